//! The hub's own settings, and whether its secrets can be read.

use std::cell::RefCell;
use std::net::SocketAddr;

use crossdock_model::Private;
use jiff::tz::TimeZone;

use super::row::{INTEGRATION, Row};
use crate::config::{self, Config, ConfigFault, SecretSource};
use crate::wire::Secrets;

/// The name that rows about the hub itself carry.
const HUB: &str = "hub";

/// Secrets that remember which of them could not be read, so that one missing key does not hide all other findings.
pub(super) struct Recorded<S> {
    inner: S,
    warehouse: String,
    missing: RefCell<Vec<(String, String)>>,
}

impl<S: Secrets> Recorded<S> {
    /// Over the secrets' real place.
    pub(super) fn new(inner: S, warehouse: &str) -> Self {
        Self { inner, warehouse: warehouse.to_owned(), missing: RefCell::new(Vec::new()) }
    }

    /// Why a connection's secrets cannot be read; `None` when they can.
    pub(super) fn problem_of(&self, connection: &str) -> Option<String> {
        let missing = self.missing.borrow();
        missing.iter().find(|(place, _)| self.belongs(place, connection)).map(|(_, text)| text.clone())
    }

    /// Places are written as `peoplevox.password` and "mirakl `john-lewis`.api_key".
    fn belongs(&self, place: &str, connection: &str) -> bool {
        match place.split('`').nth(1) {
            Some(name) => name == connection,
            None => connection == self.warehouse,
        }
    }
}

impl<S: Secrets> Secrets for Recorded<S> {
    fn read(&self, source: &SecretSource, place: &str) -> Result<Private<String>, ConfigFault> {
        Ok(self.inner.read(source, place).unwrap_or_else(|fault| {
            self.missing.borrow_mut().push((place.to_owned(), fault.to_string()));
            // Never sent: a connection without its secret is not asked.
            Private::from("missing")
        }))
    }
}

/// Whether a connection's secrets can be read.
pub(super) fn secret(connection: &str, problem: Option<&str>) -> Row {
    const CHECK: &str = "secrets";
    match problem {
        None => Row::pass(connection, CHECK, "can be read"),
        Some(text) => Row::fail(connection, CHECK, text, INTEGRATION, "Put the secret where the configuration says"),
    }
}

/// The hub's own rows. `token` says whether the console has a token, or why it cannot be read.
pub(super) fn audit(config: &Config, token: &Result<bool, String>) -> Vec<Row> {
    vec![
        time_zone(&config.merchant.time_zone),
        public_url(config.public_url.as_deref()),
        console(&config.listen, token),
    ]
}

/// Whether the database went on, or why it is taken for a restored one.
pub(super) fn restored(why: Option<&str>) -> Row {
    const CHECK: &str = "database";
    match why {
        None => Row::pass(HUB, CHECK, "not restored from a copy, as far as its mark tells"),
        Some(why) => Row::fail(
            HUB,
            CHECK,
            why,
            INTEGRATION,
            "Start the hub, let it read everything, then `crossdock connections release-restored`",
        ),
    }
}

fn time_zone(name: &str) -> Row {
    const CHECK: &str = "time zone";
    if TimeZone::get(name).is_ok() {
        Row::pass(HUB, CHECK, name)
    } else {
        let evidence = format!("`{name}` is not a known time zone");
        Row::fail(HUB, CHECK, evidence, INTEGRATION, "Write an IANA name, for example Europe/London")
    }
}

fn public_url(url: Option<&str>) -> Row {
    const CHECK: &str = "public address";
    let Some(text) = url else {
        return Row::pass(HUB, CHECK, "not set: changes are found by asking, not by being told");
    };
    match config::public_url(text) {
        Ok(()) if text.starts_with("https") => Row::pass(HUB, CHECK, text),
        Ok(()) => Row::pass(HUB, CHECK, format!("{text}, for remotes on this machine only")),
        Err(because) => {
            let next = "Write the https address under which remotes reach this hub, or leave `public_url` out";
            Row::fail(HUB, CHECK, format!("`{text}` {because}"), INTEGRATION, next)
        }
    }
}

fn console(listen: &str, token: &Result<bool, String>) -> Row {
    const CHECK: &str = "console";
    let Ok(address) = listen.parse::<SocketAddr>() else {
        let next = "Write an address and a port, for example 127.0.0.1:8080";
        return Row::fail(HUB, CHECK, format!("`{listen}` is not an address and port"), INTEGRATION, next);
    };
    match token {
        Err(problem) => {
            Row::fail(HUB, CHECK, problem.clone(), INTEGRATION, "Put the token where the configuration says")
        }
        Ok(true) => Row::pass(HUB, CHECK, format!("{listen}, with a token")),
        Ok(false) if address.ip().is_loopback() => Row::pass(HUB, CHECK, format!("{listen}, for this machine only")),
        Ok(false) => Row::fail(
            HUB,
            CHECK,
            format!("{listen} can be reached from other machines, and no token is set"),
            INTEGRATION,
            "Set `console_token`, or listen on 127.0.0.1",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_are_given_an_https_address_or_none() {
        for good in [None, Some("https://hub.example.com"), Some("http://127.0.0.1:8080"), Some("http://[::1]:80")] {
            assert!(public_url(good).ok, "{good:?}");
        }
        for bad in ["http://hub.example.com", "hub.example.com", "https://hub.example.com/?a=b", "ftp://localhost", ""]
        {
            let row = public_url(Some(bad));
            assert!(!row.ok && !row.next.is_empty(), "{bad}");
        }
    }

    #[test]
    fn a_console_for_other_machines_needs_a_token() {
        assert!(console("127.0.0.1:8080", &Ok(false)).ok);
        assert!(console("0.0.0.0:8080", &Ok(true)).ok);
        assert!(!console("0.0.0.0:8080", &Ok(false)).ok);
        assert!(!console("localhost", &Ok(true)).ok);
        assert!(!console("127.0.0.1:8080", &Err("the variable is not set".into())).ok);
    }

    #[test]
    fn a_time_zone_is_one_that_clocks_know() {
        assert!(time_zone("Europe/London").ok);
        assert!(!time_zone("London").ok);
    }

    #[test]
    fn one_missing_secret_is_put_down_to_its_own_connection() {
        struct None_;
        impl Secrets for None_ {
            fn read(&self, _: &SecretSource, place: &str) -> Result<Private<String>, ConfigFault> {
                if place.contains("other") { Ok("key".into()) } else { Err(ConfigFault(format!("{place}: not set"))) }
            }
        }
        let secrets = Recorded::new(None_, "peoplevox");
        let source = SecretSource::env("X");
        for place in ["peoplevox.password", "mirakl `john-lewis`.api_key", "mirakl `other`.api_key"] {
            assert!(secrets.read(&source, place).is_ok());
        }
        assert_eq!(secrets.problem_of("peoplevox").as_deref(), Some("peoplevox.password: not set"));
        assert!(secrets.problem_of("john-lewis").is_some_and(|text| text.contains("john-lewis")));
        assert_eq!(secrets.problem_of("other"), None);
        assert!(!secret("john-lewis", secrets.problem_of("john-lewis").as_deref()).ok);
        assert!(secret("other", None).ok);
    }
}
