//! Where the answers come from: the running hub, or its database when no hub runs.

use std::path::Path;
use std::sync::Arc;

use crossdock_desk::{
    Act, ActDone, ActRefused, ConnectionView, Desk, DeskError, DespatchFilter, DespatchList, ExceptionGroup, OrderPage,
    StockFilter, StockList, Why,
};
use crossdock_engine::Hub;
use crossdock_model::Private;
use crossdock_store::{Store, StoreError};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};

use super::client::Client;
use crate::Failure;
use crate::clock::Clock;
use crate::config::{self, Config, ConfigFault, SecretSource};
use crate::wire::{self, Secrets};

/// Where `crossdock demo` and a hub without further settings listen.
const USUAL_PLACE: &str = "127.0.0.1:8080";

/// Pages that a whole list may have (50 rows each).
const MOST_PAGES: u32 = 2_000;

/// Who an act through the database is recorded for.
const ACTOR: &str = "command line";

/// A desk to ask.
pub(crate) enum Source {
    /// The hub that runs.
    Running {
        /// How to ask it.
        client: Client,
        /// The merchant's time zone.
        zone: String,
        /// For people, before the answer: nothing, or how it was found.
        note: Option<String>,
    },
    /// The database of a hub that does not run. The text says so.
    Database {
        /// A hub without a driver: it shows and records, and calls nobody.
        hub: Box<Hub>,
        /// The merchant's time zone.
        zone: String,
        /// For people, before the answer.
        note: String,
    },
}

/// Secrets for a hub that will call nobody: whoever looks at the database needs no key of a remote.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn read(&self, _source: &SecretSource, _place: &str) -> Result<Private<String>, ConfigFault> {
        Ok(Private::from("not-needed"))
    }
}

impl Source {
    /// The hub at the configured address, else the database. Without a configuration only a hub at the usual address
    /// (a demonstration) can answer.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let config = match config::load(path) {
            Ok(config) => config,
            Err(fault) if path.exists() => return Err(Failure::config(fault)),
            Err(fault) => {
                // Whoever else listens there gives no time zone, and then the missing file is what is wrong.
                let hub =
                    Client::find(USUAL_PLACE, None)?.and_then(|client| client.zone().ok().map(|zone| (client, zone)));
                let (client, zone) = hub.ok_or_else(|| Failure::config(fault))?;
                let note = format!("there is no {}; asking the hub at {USUAL_PLACE}", path.display());
                return Ok(Self::Running { client, zone, note: Some(note) });
            }
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        match running(&config, folder)? {
            Some(client) => Ok(Self::Running { client, zone: config.merchant.time_zone, note: None }),
            None => database(&config, folder),
        }
    }

    /// What to tell a person before the answer.
    pub(crate) fn note(&self) -> Option<&str> {
        match self {
            Self::Running { note, .. } => note.as_deref(),
            Self::Database { note, .. } => Some(note),
        }
    }

    /// What to tell a person after an act.
    pub(crate) fn later(&self) -> Option<&'static str> {
        match self {
            Self::Running { .. } => None,
            Self::Database { .. } => Some("No hub runs: what follows from it is done when one starts."),
        }
    }

    /// The merchant's time zone.
    pub(crate) fn zone(&self) -> &str {
        match self {
            Self::Running { zone, .. } | Self::Database { zone, .. } => zone,
        }
    }

    /// One order, or the sentence why there is none.
    pub(crate) fn order(&self, id: &str) -> Result<Result<OrderPage, Why>, Failure> {
        match self {
            Self::Running { client, .. } => client.order(id),
            Self::Database { hub, .. } => match hub.order(id).map_err(refused)? {
                Some(page) => Ok(Ok(page)),
                None => hub.why(id).map(Err).map_err(refused),
            },
        }
    }

    /// One sentence about any id.
    pub(crate) fn why(&self, id: &str) -> Result<Why, Failure> {
        match self {
            Self::Running { client, .. } => client.why(id),
            Self::Database { hub, .. } => hub.why(id).map_err(refused),
        }
    }

    /// Open exceptions by cause.
    pub(crate) fn exceptions(&self) -> Result<Vec<ExceptionGroup>, Failure> {
        match self {
            Self::Running { client, .. } => client.exceptions(),
            Self::Database { hub, .. } => hub.exceptions().map_err(refused),
        }
    }

    /// Stock: one page, or all of them as one.
    pub(crate) fn stock(&self, filter: &StockFilter, whole: bool) -> Result<StockList, Failure> {
        let page = |page| {
            let filter = StockFilter { page, ..filter.clone() };
            match self {
                Self::Running { client, .. } => client.stock(&filter),
                Self::Database { hub, .. } => hub.stock(&filter).map_err(refused),
            }
        };
        let mut list = page(1)?;
        if whole {
            for number in 2..=list.pages.min(MOST_PAGES) {
                list.rows.append(&mut page(number)?.rows);
            }
            list.pages = 1;
        }
        Ok(list)
    }

    /// Despatches: one page, or all of them as one.
    pub(crate) fn despatches(&self, filter: &DespatchFilter, whole: bool) -> Result<DespatchList, Failure> {
        let page = |page| {
            let filter = DespatchFilter { page, ..filter.clone() };
            match self {
                Self::Running { client, .. } => client.despatches(&filter),
                Self::Database { hub, .. } => hub.despatches(&filter).map_err(refused),
            }
        };
        let mut list = page(1)?;
        if whole {
            for number in 2..=list.pages.min(MOST_PAGES) {
                list.rows.append(&mut page(number)?.rows);
            }
            list.pages = 1;
        }
        Ok(list)
    }

    /// The connections.
    pub(crate) fn connections(&self) -> Result<Vec<ConnectionView>, Failure> {
        match self {
            Self::Running { client, .. } => client.connections(),
            Self::Database { hub, .. } => Desk::connections(hub.as_ref()).map_err(refused),
        }
    }

    /// Does something on behalf of a person.
    pub(crate) fn act(&self, act: &Act) -> Result<Result<ActDone, ActRefused>, Failure> {
        match self {
            Self::Running { client, .. } => client.act(act),
            Self::Database { hub, .. } => Ok(hub.act(ACTOR, act)),
        }
    }
}

/// A client of the hub that runs with a configuration; `None` when none does.
pub(crate) fn running(config: &Config, folder: &Path) -> Result<Option<Client>, Failure> {
    let token = config.console_token.as_ref().map(|source| source.read("console_token", folder)).transpose();
    Client::find(&config.listen, token.map_err(Failure::config)?)
}

/// Where the database of a configuration is.
pub(crate) fn database_file(config: &Config, folder: &Path) -> std::path::PathBuf {
    folder.join(&config.data_dir).join("crossdock.db")
}

fn database(config: &Config, folder: &Path) -> Result<Source, Failure> {
    let file = database_file(config, folder);
    if !file.exists() {
        return Err(Failure::config(format!(
            "no hub listens at {} and there is no database at {}. Start one with `crossdock serve`",
            config.listen,
            file.display()
        )));
    }
    let parts = wire::parts(config, &NoSecrets).map_err(Failure::config)?;
    let opened = SqliteStore::open(&file, &config.merchant.id, SqliteOptions::default());
    let store: Arc<dyn Store> = Arc::new(opened.map_err(|error| in_use(error, &config.listen))?);
    let now = Clock::real().now();
    let hub =
        Hub::boot(store, parts.settings, parts.connectors, wire::system_entropy(), now).map_err(Failure::store)?;
    Ok(Source::Database {
        hub: Box::new(hub),
        zone: config.merchant.time_zone.clone(),
        note: format!("no hub listens at {}; this is from the database {}", config.listen, file.display()),
    })
}

/// A hub that runs but does not listen where the configuration says is the one puzzling case: it has its own words.
fn in_use(error: StoreError, listen: &str) -> Failure {
    match error {
        StoreError::InUse(who) => Failure {
            code: 3,
            text: format!(
                "a hub has this database open ({who}), but it does not answer at {listen}. It may still be starting; \
                 else give this command the configuration that the hub runs with"
            ),
        },
        other => Failure::store(other),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err as it is")]
fn refused(error: DeskError) -> Failure {
    Failure { code: 3, text: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_a_hub_has_open_is_explained() {
        let failure = in_use(StoreError::InUse("process 12".into()), "127.0.0.1:8080");
        assert_eq!(failure.code, 3);
        assert!(failure.text.contains("process 12") && failure.text.contains("127.0.0.1:8080"), "{}", failure.text);
        assert_eq!(in_use(StoreError::Corrupt("page 7".into()), "x").code, 3);
    }

    #[test]
    fn without_a_hub_and_without_a_database_nothing_is_created() {
        let folder = tempfile::tempdir().unwrap();
        let text = crate::rig::demo_config::text(&crate::rig::demo_config::Urls::in_process(), "http://127.0.0.1:1");
        let path = folder.path().join("crossdock.toml");
        std::fs::write(&path, text.replace("127.0.0.1:8080", "127.0.0.1:1")).unwrap();
        let Err(failure) = Source::open(&path) else { panic!("it opened something") };
        assert_eq!(failure.code, 2);
        assert!(failure.text.contains("crossdock serve"), "{}", failure.text);
        assert!(!folder.path().join("data").exists());
    }

    #[test]
    fn the_database_of_a_stopped_hub_answers_without_any_secret() {
        let folder = tempfile::tempdir().unwrap();
        let text = crate::rig::demo_config::text(&crate::rig::demo_config::Urls::in_process(), "http://127.0.0.1:1");
        let config = config::parse(&text.replace("127.0.0.1:8080", "127.0.0.1:1")).unwrap();
        let file = database_file(&config, folder.path());
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        drop(SqliteStore::open(&file, &config.merchant.id, SqliteOptions::default()).unwrap());
        let source = database(&config, folder.path()).unwrap_or_else(|failure| panic!("{}", failure.text));
        assert!(source.note().is_some_and(|note| note.contains("127.0.0.1:1")));
        assert_eq!(source.zone(), "Europe/London");
        let why = source.why("JL-1042-A").unwrap();
        assert!(!why.known && !why.sentence.is_empty());
        assert!(source.order("JL-1042-A").unwrap().is_err());
        let buffer = Act::SetBuffer { connection: "john-lewis".into(), units: 2 };
        assert!(source.act(&buffer).unwrap().is_ok());
        let unknown = Act::Replay { order: "JL-1042-A".into() };
        assert!(source.act(&unknown).unwrap().is_err());
        assert_eq!(source.connections().unwrap().len(), 3);
    }
}
