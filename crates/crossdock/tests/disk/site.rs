//! Simulators and a hub as processes, the hub with a disk that can be made to fail.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::{http, shim};

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_crossdock");

/// What fails while the disk is switched off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// `write` or `sync`.
    pub(crate) call: &'static str,
    /// The error, as Linux numbers it.
    pub(crate) errno: i32,
}

/// Lets time pass for the processes.
#[expect(clippy::disallowed_methods, reason = "the processes under test live in real time")]
pub(crate) fn pause(span: Duration) {
    std::thread::sleep(span);
}

pub(crate) struct Site {
    folder: tempfile::TempDir,
    library: PathBuf,
    fault: Fault,
    sims: Child,
    twins: Value,
    hub: Option<Child>,
}

impl Site {
    /// Starts the simulators and a hub.
    pub(crate) fn open(fault: Fault) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let library = shim::compiled(folder.path());
        let mut sims = Command::new(PROGRAM)
            .args(["sim", "--json", "--orders", "0", "--unlimited"])
            .args(["--peoplevox-port", "0", "--marketplacer-port", "0", "--mirakl-port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sims.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let twins: Value = serde_json::from_str(&line).unwrap();
        let mut site = Self { folder, library, fault, sims, twins, hub: None };
        site.configure();
        site.start();
        site
    }

    fn word(&self, twin: &str, key: &str) -> String {
        self.twins[twin][key].as_str().unwrap().to_owned()
    }

    fn configure(&self) {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let text = format!(
            "data_dir = \"data\"\nlisten = \"{listen}\"\npublic_url = \"http://{listen}\"\n\
             [merchant]\nid = \"demo\"\nname = \"Harbour & Home\"\ntime_zone = \"Europe/London\"\n\
             [peoplevox]\nname = \"peoplevox\"\nbase_url = \"{}\"\npassword = {{ env = \"PVX\" }}\n\
             [peoplevox.settings]\nclient_id = \"{}\"\nusername = \"{}\"\n\
             [[marketplacer]]\nname = \"marketplacer\"\ntitle = \"Marketplacer\"\norder_prefix = \"MP-\"\n\
             base_url = \"{}\"\napi_key = {{ env = \"MPL\" }}\ncarriers = {{ DPD = \"DPD UK\" }}\n",
            self.word("peoplevox", "url"),
            self.word("peoplevox", "client_id"),
            self.word("peoplevox", "username"),
            self.word("marketplacer", "url"),
        );
        std::fs::write(self.folder.path().join("crossdock.toml"), text).unwrap();
    }

    /// Starts the hub.
    pub(crate) fn start(&mut self) {
        let hub = Command::new(PROGRAM)
            .arg("serve")
            .arg("--config")
            .arg(self.folder.path().join("crossdock.toml"))
            .env("PVX", self.word("peoplevox", "password"))
            .env("MPL", self.word("marketplacer", "seller_key"))
            .env("LD_PRELOAD", &self.library)
            .env("DISK_FAULT_PATH", "crossdock.db")
            .env("DISK_FAULT_CALL", self.fault.call)
            .env("DISK_FAULT_ERRNO", self.fault.errno.to_string())
            .env("DISK_FAULT_SWITCH", self.switch())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.hub = Some(hub);
    }

    fn switch(&self) -> PathBuf {
        self.folder.path().join("the disk fails")
    }

    /// Makes the disk fail, or work again.
    pub(crate) fn fail(&self, fails: bool) {
        if fails {
            std::fs::write(self.switch(), "").unwrap();
        } else {
            std::fs::remove_file(self.switch()).unwrap();
        }
    }

    /// The hub's exit code; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.hub.as_mut().unwrap().try_wait().unwrap().map(|status| status.code().unwrap_or(-1))
    }

    /// A control call to a simulator.
    pub(crate) fn twin(&self, twin: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sim/{path}", self.word(twin, "url"));
        let (_, text) = http::request("POST", &url, &body.to_string()).expect("the simulators answer");
        serde_json::from_str(&text).unwrap()
    }

    /// An item that is sold and of which there is plenty.
    pub(crate) fn item(&self) -> String {
        let state = self.twin("marketplacer", "state", &Value::Null);
        let stock = state["stock"].as_object().unwrap();
        stock.iter().find(|(_, units)| units.as_i64() > Some(10)).unwrap().0.clone()
    }

    /// The address that the warehouse calls when an item's stock moves, once the hub has subscribed to it and has had a
    /// moment to read every list. No push tells of that: the simulated shop shows the right figures from the start.
    pub(crate) fn callback(&mut self, patience: Duration) -> String {
        let mut found = None;
        self.until(patience, "the hub subscribes", |site| {
            let known = site.twin("peoplevox", "subscriptions", &Value::Null);
            let urls = known["subscriptions"].as_array().unwrap().iter().filter_map(|one| one["url"].as_str());
            found = urls.map(str::to_owned).find(|url| url.contains("/availability/"));
            found.is_some()
        });
        pause(Duration::from_secs(3));
        format!("{}?item={}", found.unwrap(), self.item())
    }

    /// Waits until something is so.
    pub(crate) fn until(&mut self, patience: Duration, what: &str, mut is: impl FnMut(&mut Self) -> bool) {
        let pause = Duration::from_millis(200);
        for _ in 0..patience.as_millis() / pause.as_millis() {
            if is(self) {
                return;
            }
            self::pause(pause);
        }
        panic!("not within {patience:?}: {what}");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for process in self.hub.iter_mut().chain([&mut self.sims]) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
