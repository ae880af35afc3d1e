//! What an operator of the hub may choose for one Marketplacer connection.
//!
//! One type serves every marketplace that runs on Marketplacer: a new marketplace is a new base URL and a new key, never
//! new code. Secrets are not in here; they are handed to [`Marketplacer::new`](crate::Marketplacer::new) apart.

use crossdock_connector::ConfigError;
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Which of the two surfaces carries stock figures (`contracts/marketplacer.md §0`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StockApi {
    /// The bulk call where the key allows it, else the mutations.
    #[default]
    Auto,
    /// The legacy REST bulk call alone: hundreds of figures in one call, where the key and the instance still allow it.
    Rest,
    /// One GraphQL mutation per variant, several of them under aliases in one call.
    Graphql,
}

/// Settings of one connection. Every field may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// User name of the HTTP Basic gate in front of a non-production instance. With it the API key travels in
    /// `marketplacer-api-key` and Basic in `Authorization`; without it the key travels as `Authorization: Bearer`. The two
    /// key headers are never sent together (`contracts/marketplacer.md §1`).
    pub basic_auth_username: Option<String>,
    /// Which surface carries stock figures. Default `auto`.
    pub stock_api: StockApi,
    /// Rows per page of a read, 1 to 500 (`contracts/marketplacer.md §3.1`). Default 100.
    pub page_size: u32,
    /// GraphQL calls in any 10 seconds, 1 to 600. The published limit is 600 per source address
    /// (`contracts/marketplacer.md §8`); the default of 500 leaves room for other tools behind the same address.
    pub calls_per_10s: u32,
    /// Figures in one REST stock call, 1 to 5000. The remote publishes no limit (`contracts/marketplacer.md §12.1`).
    /// Default 500.
    pub stock_lines_per_call: usize,
    /// Figures in one GraphQL stock call, 1 to 100: each is an aliased mutation, and the remote publishes no limit for those
    /// (`contracts/marketplacer.md §12.10`). Default 20.
    pub stock_aliases: usize,
    /// Name of the HTTP header that carries the shared secret of our webhooks. Default `X-Crossdock-Token`.
    pub webhook_header: String,
    /// Sign webhooks with an HMAC key instead of the static header. As documented only an operator's webhooks are signed
    /// (`contracts/marketplacer.md §6.1`), and an operator's key is no connection of the hub's: leave it off unless the
    /// marketplace says that it signs sellers' webhooks too. Default false.
    pub use_hmac: bool,
    /// Status flags beside the documented ones that hold nothing up at this marketplace, spelt as it sends them. An order with
    /// any other unknown flag is held rather than picked (`contracts/marketplacer.md §5.1`: only documented flags have a
    /// meaning). Default: none.
    pub harmless_flags: Vec<String>,
    /// The marketplace's time zone, such as `Australia/Sydney`: a despatch is dated by its day there. Default: the offset in which
    /// the marketplace writes the order's own time.
    pub time_zone: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            basic_auth_username: None,
            stock_api: StockApi::Auto,
            page_size: 100,
            calls_per_10s: 500,
            stock_lines_per_call: 500,
            stock_aliases: 20,
            webhook_header: "X-Crossdock-Token".to_owned(),
            use_hmac: false,
            harmless_flags: Vec::new(),
            time_zone: None,
        }
    }
}

impl Config {
    /// The marketplace's zone, where it is set.
    pub(crate) fn zone(&self) -> Option<TimeZone> {
        TimeZone::get(self.time_zone.as_deref()?).ok()
    }

    /// Refuses values that the remote would refuse later, or that could never work.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let whole = |given: usize| u64::try_from(given).unwrap_or(u64::MAX);
        in_range("page_size", u64::from(self.page_size), 500, "Write a number from 1 to 500")?;
        in_range("calls_per_10s", u64::from(self.calls_per_10s), 600, "Write a number from 1 to 600")?;
        in_range("stock_lines_per_call", whole(self.stock_lines_per_call), 5000, "Write a number from 1 to 5000")?;
        in_range("stock_aliases", whole(self.stock_aliases), 100, "Write a number from 1 to 100")?;
        if http::HeaderName::from_bytes(self.webhook_header.as_bytes()).is_err() {
            return Err(ConfigError {
                setting: "webhook_header",
                problem: "it is not the name of an HTTP header".to_owned(),
                advice: "Use letters, digits and hyphens, for example X-Crossdock-Token",
            });
        }
        if self.time_zone.is_some() && self.zone().is_none() {
            return Err(ConfigError {
                setting: "time_zone",
                problem: "it is not the name of a time zone".to_owned(),
                advice: "Write a name such as Europe/London or Australia/Sydney, or leave the setting out",
            });
        }
        match &self.basic_auth_username {
            Some(name) if name.is_empty() || name.contains(':') || name.chars().any(char::is_control) => {
                Err(ConfigError {
                    setting: "basic_auth_username",
                    problem: "HTTP Basic cannot carry this user name".to_owned(),
                    advice: "Give a user name without a colon, or leave the setting out",
                })
            }
            _ => Ok(()),
        }
    }
}

fn in_range(setting: &'static str, given: u64, most: u64, advice: &'static str) -> Result<(), ConfigError> {
    if (1..=most).contains(&given) {
        Ok(())
    } else {
        Err(ConfigError { setting, problem: format!("{given} is out of range"), advice })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<Config, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn an_empty_table_is_a_working_connection() {
        let config = parse("{}").unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.stock_api, StockApi::Auto);
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        assert!(parse(r#"{"pagesize": 50}"#).is_err());
        assert!(parse(r#"{"api_key": "secrets do not belong here"}"#).is_err());
    }

    #[test]
    fn values_that_cannot_work_are_refused_by_name() {
        for (json, setting) in [
            (r#"{"page_size": 0}"#, "page_size"),
            (r#"{"page_size": 501}"#, "page_size"),
            (r#"{"calls_per_10s": 601}"#, "calls_per_10s"),
            (r#"{"stock_lines_per_call": 0}"#, "stock_lines_per_call"),
            (r#"{"stock_aliases": 101}"#, "stock_aliases"),
            (r#"{"webhook_header": "X Token"}"#, "webhook_header"),
            (r#"{"basic_auth_username": "a:b"}"#, "basic_auth_username"),
            (r#"{"time_zone": "Somewhere/Else"}"#, "time_zone"),
        ] {
            assert_eq!(parse(json).unwrap().check().unwrap_err().setting, setting, "{json}");
        }
    }
}
