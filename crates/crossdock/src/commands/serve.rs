//! `crossdock serve`: the hub, from its configuration.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossdock_console::{ConsoleSettings, Delivery, Door};
use crossdock_engine::{Hub, WebhookDelivery};
use crossdock_model::Private;
use crossdock_store::{Store, StoreError};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use tokio::net::TcpListener;

use crate::Failure;
use crate::cli::ServeArgs;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::drive::Driver;
use crate::wire::{self, Beside, Parts};

/// The hub's door for webhooks.
struct HubDoor {
    hub: Hub,
    clock: Clock,
}

impl Door for HubDoor {
    fn deliver(&self, delivery: Delivery) -> u16 {
        let delivery = WebhookDelivery {
            method: delivery.method,
            connection: delivery.connection,
            event: delivery.event,
            token: delivery.token,
            query: delivery.query,
            headers: delivery.headers,
            body: delivery.body,
        };
        self.hub.deliver(&delivery, self.clock.now())
    }
}

/// Opens the database of a configuration and boots the hub over it.
pub(crate) fn boot(config: &Config, parts: &mut Parts, folder: &Path, clock: Clock) -> Result<Hub, Failure> {
    let data = folder.join(&config.data_dir);
    std::fs::create_dir_all(&data)
        .map_err(|error| Failure::config(format!("data_dir {}: {error}. Create it or name another", data.display())))?;
    let store = SqliteStore::open(&data.join("crossdock.db"), &config.merchant.id, SqliteOptions::default())
        .map_err(Failure::store)?;
    let store = Arc::new(store);
    watch_pages(&store)?;
    let store: Arc<dyn Store> = store;
    let (print, now) = (config.print.clone(), clock.now());
    store.change(move |tx| config::note(tx, &print, now)).map_err(Failure::store)?;
    let connectors = std::mem::take(&mut parts.connectors);
    Hub::boot(store, parts.settings.clone(), connectors, wire::system_entropy(), now).map_err(Failure::store)
}

/// How long after a start the pages are read for the first time: a start has better things to do.
const FIRST_CHECK: Duration = Duration::from_mins(1);
/// How often they are read after that (fault F37: daily).
const EVERY_CHECK: Duration = Duration::from_hours(24);

/// Lets real time pass.
#[expect(clippy::disallowed_methods, reason = "the binary is where time passes")]
fn pause(span: Duration) {
    std::thread::sleep(span);
}

/// Reads every page once a day. A damaged database ends the process, and is refused at the next start: nothing may be
/// sent from it.
fn watch_pages(store: &Arc<SqliteStore>) -> Result<(), Failure> {
    // The store ends with the hub, not with this thread.
    let store = Arc::downgrade(store);
    let work = move || {
        pause(FIRST_CHECK);
        while let Some(store) = store.upgrade() {
            if let Err(error @ StoreError::Corrupt(_)) = store.quick_check() {
                eprintln!("crossdock: {error}");
                std::process::exit(3);
            }
            drop(store);
            pause(EVERY_CHECK);
        }
    };
    std::thread::Builder::new().name("pages".to_owned()).spawn(work).map_err(|error| Failure::bug(&error))?;
    Ok(())
}

/// Where the console listens, if it may listen there.
pub(super) fn address(listen: &str, token: bool) -> Result<SocketAddr, Failure> {
    let address: SocketAddr = listen
        .parse()
        .map_err(|_| Failure::config(format!("`{listen}` is not an address and port, for example 127.0.0.1:8080")))?;
    if !address.ip().is_loopback() && !token {
        return Err(Failure::config(format!(
            "`{listen}` can be reached from other machines and Crossdock has no users yet. Listen on 127.0.0.1, or set `console_token`"
        )));
    }
    Ok(address)
}

/// Serves the console and the webhook door of a hub. Returns the address once it listens.
pub(crate) async fn console(
    hub: &Hub,
    clock: Clock,
    listen: &str,
    token: Option<Private<String>>,
    hosts: Vec<String>,
) -> Result<SocketAddr, Failure> {
    let address = address(listen, token.is_some())?;
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::config(format!("{listen}: {error}. Stop what listens there, or choose another port"))
    })?;
    let bound = listener.local_addr().map_err(|error| Failure::bug(&error))?;
    let settings = ConsoleSettings { token, hosts };
    let door = Arc::new(HubDoor { hub: hub.clone(), clock });
    let router = crossdock_console::router(Arc::new(hub.clone()), door, settings);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("console: {error}");
        }
    });
    Ok(bound)
}

/// Runs the hub until it is told to stop.
pub(crate) fn run(args: &ServeArgs) -> Result<(), Failure> {
    let common = &args.common;
    let config = config::load(&common.config).map_err(Failure::config)?;
    let folder = common.config.parent().unwrap_or(Path::new(".")).to_path_buf();
    let mut parts = wire::parts(&config, &Beside(&folder)).map_err(Failure::config)?;
    let token = config
        .console_token
        .as_ref()
        .map(|source| source.read("console_token", &folder))
        .transpose()
        .map_err(Failure::config)?;
    let clock = match args.clock.as_deref() {
        None => Clock::real(),
        Some(text) => {
            Clock::shared(text).ok_or_else(|| Failure::config(format!("--clock: `{text}` is not FROM@ANCHOR*SPEED")))?
        }
    };
    let runtime = super::runtime()?;
    runtime.block_on(async {
        let hub = boot(&config, &mut parts, &folder, clock)?;
        let address = console(&hub, clock, &config.listen, token, config.console_hosts.clone()).await?;
        let driver = Driver::start(&hub, &parts.routes, clock, &tokio::runtime::Handle::current())?;
        println!("Crossdock serves {} at http://{address} (Ctrl-C stops it)", config.merchant.name);
        if common.json {
            println!("{}", serde_json::json!({ "console": format!("http://{address}"), "ready": true }));
        }
        super::until_stopped().await;
        tokio::task::spawn_blocking(move || driver.stop()).await.map_err(|error| Failure::bug(&error))
    })
}
