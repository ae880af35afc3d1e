//! Simulators and a hub as real processes, and the questions to the simulators' control API.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use sim_core::{Effect, World};

use super::demo_check::{TITLES, kits};
use crate::Failure;
use crate::rig::demo_config::{Urls, text};
use crate::rig::oracle::Evidence;
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX};

/// A process that ends with its owner.
pub(crate) struct Own(Child);

impl Own {
    /// Starts one.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failure> {
        command.spawn().map(Self).map_err(|error| Failure::bug(&error))
    }

    /// SIGKILL on this platform: nothing is flushed, nothing is said.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Its number in the operating system.
    pub(crate) fn number(&self) -> u32 {
        self.0.id()
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.0.try_wait().ok().flatten().map(|status| status.to_string())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The simulators, served by a process of their own.
pub(crate) struct Sims {
    _process: Own,
    /// Addresses and credentials, as `crossdock sim --json` says them.
    pub(crate) twins: Value,
    client: reqwest::Client,
}

impl Sims {
    /// Starts them with further arguments.
    pub(crate) fn start(exe: &Path, arguments: &[String]) -> Result<Self, Failure> {
        let mut command = Command::new(exe);
        command.args(["sim", "--json", "--peoplevox-port", "0", "--marketplacer-port", "0", "--mirakl-port", "0"]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = Own::start(&mut command)?;
        let output = process.0.stdout.take().ok_or_else(|| Failure::config("the simulators have no output"))?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map_err(|error| Failure::bug(&error))?;
        let twins = serde_json::from_str(&line).map_err(|error| Failure::bug(&error))?;
        let client = reqwest::Client::builder().no_proxy().build().map_err(|error| Failure::bug(&error))?;
        Ok(Self { _process: process, twins, client })
    }

    /// A control call to one of them.
    pub(crate) async fn ask(&self, twin: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        let url = format!("{}/_sim/{path}", word(&self.twins[twin]["url"]));
        let answer = self.client.post(url).body(body.to_string()).send().await;
        let text = answer.map_err(|error| Failure::bug(&error))?.text().await.map_err(|error| Failure::bug(&error))?;
        serde_json::from_str(&text).map_err(|error| Failure::bug(&error))
    }

    /// Ends all faults.
    pub(crate) async fn quiet(&self) -> Result<(), Failure> {
        for twin in TWINS {
            self.ask(twin, "faults", &json!({ "all": 0.0 })).await?;
        }
        Ok(())
    }

    /// How often each fault struck.
    pub(crate) async fn struck(&self) -> Result<BTreeMap<String, u64>, Failure> {
        let mut sums = BTreeMap::new();
        for twin in TWINS {
            let faults = self.ask(twin, "faults", &Value::Null).await?;
            for (kind, count) in faults["struck"].as_object().into_iter().flatten() {
                *sums.entry(kind.clone()).or_insert(0) += count.as_u64().unwrap_or(0);
            }
        }
        Ok(sums)
    }

    /// What the remotes say, for the judge.
    pub(crate) async fn collect(&self, world: &World) -> Result<Evidence, Failure> {
        let mut evidence = Evidence { buffer: 1, kits: kits(world), ..Evidence::default() };
        for (twin, connection) in [(PEOPLEVOX, PEOPLEVOX), (MARKETPLACER, MARKETPLACER), ("mirakl", MIRAKL)] {
            let log = self.ask(twin, "effects", &Value::Null).await?;
            let log: Vec<Effect> =
                serde_json::from_value(log["effects"].clone()).map_err(|error| Failure::bug(&error))?;
            let state = self.ask(twin, "state", &Value::Null).await?;
            match TITLES.iter().find(|(name, _)| *name == connection) {
                Some((_, title)) => evidence.channels.push(((*title).to_owned(), log, state)),
                None => {
                    evidence.peoplevox = log;
                    evidence.peoplevox_state = state;
                }
            }
        }
        Ok(evidence)
    }
}

const TWINS: [&str; 3] = [PEOPLEVOX, MARKETPLACER, "mirakl"];

/// A hub's files, and how it is started on them.
pub(crate) struct Site {
    exe: PathBuf,
    config: PathBuf,
    /// Its database.
    pub(crate) database: PathBuf,
    secrets: [(&'static str, String); 3],
}

impl Site {
    /// Writes the configuration of a hub for these simulators into a folder.
    pub(crate) fn new(exe: &Path, folder: &Path, sims: &Sims) -> Result<Self, Failure> {
        let twins = &sims.twins;
        let url = |name: &str| word(&twins[name]["url"]);
        let urls = Urls { peoplevox: url(PEOPLEVOX), marketplacer: url(MARKETPLACER), mirakl: url("mirakl") };
        let listen = free_port()?;
        let text = text(&urls, &format!("http://{listen}")).replace("127.0.0.1:8080", &listen);
        let config = folder.join("crossdock.toml");
        std::fs::write(&config, text).map_err(|error| Failure::bug(&error))?;
        Ok(Self {
            exe: exe.to_path_buf(),
            config,
            database: folder.join("data").join("crossdock.db"),
            secrets: [
                ("CROSSDOCK_PEOPLEVOX_PASSWORD", word(&twins[PEOPLEVOX]["password"])),
                ("CROSSDOCK_MARKETPLACER_KEY", word(&twins[MARKETPLACER]["seller_key"])),
                ("CROSSDOCK_JOHN_LEWIS_KEY", word(&twins["mirakl"]["api_key"])),
            ],
        })
    }

    /// Starts the hub with further arguments.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Result<Own, Failure> {
        let mut command = Command::new(&self.exe);
        command.arg("serve").arg("--config").arg(&self.config).args(arguments);
        command.envs(self.secrets.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        Own::start(&mut command)
    }
}

/// A JSON value's text.
pub(crate) fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn free_port() -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| Failure::bug(&error))?;
    listener.local_addr().map(|address| address.to_string()).map_err(|error| Failure::bug(&error))
}
