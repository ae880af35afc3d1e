//! What a person sets for a connection to Peoplevox, and the checks that a wrong setting meets at start.
//!
//! The base address of the tenant's region is not here: the transport owns it, and it can never be derived
//! (`contracts/peoplevox.md §1.1`). The password is not here either: it is a parameter of its own.

use std::collections::BTreeMap;

use crossdock_connector::ConfigError;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::templates::{self, REPORTS, TEMPLATES};

/// How `Authenticate` wants the password (`contracts/peoplevox.md §1.3`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordEncoding {
    /// Base64 of its UTF-8 bytes: every region but, it is said, the United States.
    #[default]
    Base64,
    /// As it is: reported of the United States region.
    Plain,
}

/// The settings of one tenant. Only `client_id` and `username` have no default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The tenant's client id: part of the address and of every login (`contracts/peoplevox.md §1.1`).
    pub client_id: String,
    /// The name of an ordinary Peoplevox user, best one made for the hub alone (`contracts/peoplevox.md §9`).
    pub username: String,
    /// How the password is sent.
    #[serde(default)]
    pub password_encoding: PasswordEncoding,
    /// The zone of the wall-clock times in **reports**, which carry none (`contracts/peoplevox.md §3.4`, §12.10). May also
    /// be written `report_time_zone`.
    #[serde(default = "default_time_zone", alias = "report_time_zone")]
    pub time_zone: String,
    /// The zone of the dates that are **imported**, which carry none either; without it, [`Self::time_zone`]. The one
    /// piece of evidence says local time: an order for 5 July comes back as 4 July, 23:00, in the UTC of exports
    /// (`contracts/peoplevox.md §3.4`).
    #[serde(default)]
    pub import_time_zone: Option<String>,
    /// The reference of the one Site that the hub works with: its stock alone counts (`contracts/peoplevox.md §4.1`), and
    /// orders name it in their column `Site`, which chooses the warehouse (§3.3). Without it, the stock of all sites but
    /// Peoplevox's own `SystemSite` counts, and orders name none.
    #[serde(default)]
    pub site: Option<String>,
    /// Create orders on hold, compare what was stored, and only then release them. Needs the column `OnHold` in the
    /// tenant's template `Sales orders`; without the column orders are created unheld.
    #[serde(default = "default_true")]
    pub use_on_hold: bool,
    /// Import orders and lines with Action 1, so that no stock is allocated, and ask for it with a last import with
    /// Action 0 once they were compared. Off by default, because the codes were seen in the code of one client only
    /// (`contracts/peoplevox.md §2.6`, `reliability.md §5`).
    #[serde(default)]
    pub hold_with_action: bool,
    /// Pieces of error texts that mean "not now": what Peoplevox refuses with one of them is tried again instead of being
    /// held against the order or the login. Compared without regard to case. None is known beforehand, since no error
    /// text but those of sessions is (`contracts/peoplevox.md §8`).
    #[serde(default)]
    pub retry_texts: Vec<String>,
    /// The template column that carries the delivery message, for example `Attribute1`. Without it no message is sent,
    /// since Peoplevox has no standard field for one (A080).
    #[serde(default)]
    pub message_column: Option<String>,
    /// Rows in one `SaveData`; 100 is what production users send (`contracts/peoplevox.md §2.6`, §9).
    #[serde(default = "default_rows")]
    pub rows_per_call: usize,
    /// Rows in one page of a read, 5 to 1000 (`contracts/peoplevox.md §2.3`). It has to divide down to ten or less, since a
    /// page that comes short is asked for again from the same row in smaller ones.
    #[serde(default = "default_page")]
    pub page_size: u32,
    /// Calls allowed in any stretch of `per_seconds` (`contracts/peoplevox.md §9`; one source only, hence a setting).
    #[serde(default = "default_fifteen")]
    pub calls: u32,
    /// The length of that stretch in seconds.
    #[serde(default = "default_fifteen")]
    pub per_seconds: u32,
    /// Log in again after this many minutes without a call; a session ends after 30 (`contracts/peoplevox.md §1.4`).
    #[serde(default = "default_renew")]
    pub renew_session_after_minutes: u32,
    /// The tenant's own column names: template or report → our column name → the tenant's
    /// (`contracts/peoplevox.md §3.2`). For a report, an empty name says that the report has no such column.
    #[serde(default)]
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// The tenant's own report names: our report name → the tenant's.
    #[serde(default)]
    pub reports: BTreeMap<String, String>,
}

fn default_time_zone() -> String {
    "Europe/London".to_owned()
}

const fn default_true() -> bool {
    true
}

const fn default_rows() -> usize {
    100
}

const fn default_page() -> u32 {
    1000
}

const fn default_fifteen() -> u32 {
    15
}

const fn default_renew() -> u32 {
    25
}

impl Config {
    /// The tenant's name of a column of a template or report. May be empty for a report column that is not there.
    pub(crate) fn column<'a>(&'a self, table: &str, ours: &'a str) -> &'a str {
        self.columns.get(table).and_then(|columns| columns.get(ours)).map_or(ours, |theirs| theirs.trim())
    }

    /// The tenant's name of a report.
    pub(crate) fn report<'a>(&'a self, ours: &'a str) -> &'a str {
        self.reports.get(ours).map_or(ours, |theirs| theirs.trim())
    }

    /// The zone of the dates that are imported. [`Self::check`] has seen that it exists.
    pub(crate) fn import_zone(&self) -> TimeZone {
        TimeZone::get(self.import_time_zone.as_deref().unwrap_or(&self.time_zone)).unwrap_or(TimeZone::UTC)
    }

    /// Whether an error text is one of those that a person has said to try again.
    pub(crate) fn is_retry_text(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.retry_texts.iter().any(|piece| text.contains(&piece.trim().to_lowercase()))
    }

    /// Checks every setting; the zone of the reports comes out of it.
    pub(crate) fn check(&self) -> Result<TimeZone, ConfigError> {
        let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.client_id.is_empty() || self.client_id.len() > 100 || !self.client_id.chars().all(safe) {
            return Err(wrong("client_id", "it is not a Peoplevox client id", "Copy it from your Peoplevox address."));
        }
        if self.username.trim().is_empty() {
            return Err(wrong("username", "it is empty", "Give the name of a Peoplevox user made for the hub."));
        }
        let ranges: [(&'static str, u64, u64, u64, &'static str); 5] = [
            ("rows_per_call", self.rows_per_call as u64, 1, 1000, "100 is proven; choose 1 to 1000."),
            ("page_size", self.page_size.into(), 5, 1000, "1000 is proven; choose 5 to 1000."),
            ("calls", self.calls.into(), 1, 10_000, "15 is the published figure."),
            ("per_seconds", self.per_seconds.into(), 1, 86_400, "15 is the published figure."),
            ("renew_session_after_minutes", self.renew_session_after_minutes.into(), 1, 29, "Choose 1 to 29."),
        ];
        for (setting, value, least, most, advice) in ranges {
            if !(least..=most).contains(&value) {
                return Err(wrong(setting, format!("{value} is outside {least} to {most}"), advice));
            }
        }
        if !crate::cursor::divides_down(self.page_size) {
            let problem = format!("{} rows cannot be divided into small pages", self.page_size);
            return Err(wrong("page_size", problem, "Choose 1000, 500, 250, 200, 100 or 50."));
        }
        if self.retry_texts.iter().any(|piece| piece.trim().chars().count() < 4) {
            let advice = "Give a piece of the error text that is long enough to mean nothing else.";
            return Err(wrong("retry_texts", "a piece is shorter than four characters", advice));
        }
        if let Some(site) = &self.site
            && !crate::search_clause::is_expressible(site)
        {
            return Err(wrong("site", "it is empty or holds a double quote", "Give a Site reference or leave it out."));
        }
        if self.message_column.as_ref().is_some_and(|column| column.trim().is_empty()) {
            return Err(wrong("message_column", "it is empty", "Name a column such as Attribute1 or leave it out."));
        }
        self.check_names()?;
        let zone = |setting, name: &str| {
            TimeZone::get(name).map_err(|_| {
                wrong(setting, format!("`{name}` is not a known zone"), "Write for example Europe/London.")
            })
        };
        if let Some(name) = &self.import_time_zone {
            zone("import_time_zone", name)?;
        }
        zone("time_zone", &self.time_zone)
    }

    fn check_names(&self) -> Result<(), ConfigError> {
        for (table, columns) in &self.columns {
            let known = templates::known_columns(table);
            if known.is_empty() {
                let advice = "Use our name of a template or report, as the manual lists them.";
                return Err(wrong("columns", format!("`{table}` is not a template or report that is used"), advice));
            }
            for (ours, theirs) in columns {
                if !known.contains(&ours.as_str()) {
                    let problem = format!("`{ours}` is not a column of `{table}` that is used");
                    return Err(wrong("columns", problem, "Use our column name on the left, yours on the right."));
                }
                // A bracket or a quote would end the name inside a search clause.
                let clean = !theirs.chars().any(|c| matches!(c, '[' | ']' | '"' | ',') || c.is_control());
                let template = TEMPLATES.iter().any(|(name, _)| name == table);
                if !clean || (template && theirs.trim().is_empty()) {
                    let problem = format!("`{theirs}` cannot be the name of a column of `{table}`");
                    return Err(wrong("columns", problem, "Write the column's header as Peoplevox shows it."));
                }
            }
        }
        for (ours, theirs) in &self.reports {
            if !REPORTS.iter().any(|(name, _)| name == ours) {
                let advice = "Use our report name on the left, yours on the right.";
                return Err(wrong("reports", format!("`{ours}` is not a report that is used"), advice));
            }
            if theirs.trim().is_empty() {
                return Err(wrong("reports", format!("`{ours}` has no name"), "Write the report's name in Peoplevox."));
            }
        }
        Ok(())
    }
}

fn wrong(setting: &'static str, problem: impl Into<String>, advice: &'static str) -> ConfigError {
    ConfigError { setting, problem: problem.into(), advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Config {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn two_settings_are_enough() {
        let config = parse(r#"{"client_id":"demo123","username":"api"}"#);
        assert!(config.check().is_ok());
        assert_eq!((config.rows_per_call, config.page_size, config.calls, config.per_seconds), (100, 1000, 15, 15));
        assert_eq!(config.renew_session_after_minutes, 25);
        assert_eq!(config.time_zone, "Europe/London");
        assert_eq!(config.import_zone(), TimeZone::get("Europe/London").unwrap());
        assert!(!config.hold_with_action, "the codes were seen in one client only");
        assert!(config.use_on_hold);
        assert_eq!(config.password_encoding, PasswordEncoding::Base64);
    }

    #[test]
    fn names_of_a_tenant_replace_ours() {
        let config = parse(
            r#"{"client_id":"d","username":"a","report_time_zone":"Australia/Sydney","password_encoding":"plain",
               "columns":{"Sales orders":{"ShippingAddressPostcode":"ShipPost"},"Despatch summary":{"Parent":""}},
               "reports":{"Despatch summary":"Hub despatches"}}"#,
        );
        assert!(config.check().is_ok());
        assert_eq!(config.column("Sales orders", "ShippingAddressPostcode"), "ShipPost");
        assert_eq!(config.column("Sales orders", "OnHold"), "OnHold");
        assert_eq!(config.report("Despatch summary"), "Hub despatches");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (extra, setting) in [
            (r#""client_id":"a/b""#, "client_id"),
            (r#""username":" ""#, "username"),
            (r#""rows_per_call":0"#, "rows_per_call"),
            (r#""page_size":0"#, "page_size"),
            (r#""page_size":997"#, "page_size"),
            (r#""page_size":999"#, "page_size"),
            (r#""retry_texts":["time-out","err"]"#, "retry_texts"),
            (r#""calls":0"#, "calls"),
            (r#""per_seconds":0"#, "per_seconds"),
            (r#""renew_session_after_minutes":30"#, "renew_session_after_minutes"),
            (r#""time_zone":"Mars/Olympus""#, "time_zone"),
            (r#""import_time_zone":"Mars/Olympus""#, "import_time_zone"),
            (r#""site":"a\"b""#, "site"),
            (r#""message_column":"""#, "message_column"),
            (r#""columns":{"Sales order":{"OnHold":"x"}}"#, "columns"),
            (r#""columns":{"Sales orders":{"Onhold":"x"}}"#, "columns"),
            (r#""columns":{"Sales orders":{"OnHold":""}}"#, "columns"),
            (r#""columns":{"Item types":{"Name":"a\"b"}}"#, "columns"),
            (r#""reports":{"Stock":"x"}"#, "reports"),
            (r#""reports":{"Despatch summary":" "}"#, "reports"),
        ] {
            let mut value = serde_json::json!({"client_id": "demo123", "username": "api"});
            let extra: serde_json::Value = serde_json::from_str(&format!("{{{extra}}}")).unwrap();
            value.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let config: Config = serde_json::from_value(value).unwrap();
            assert_eq!(config.check().unwrap_err().setting, setting, "{extra}");
        }
        assert!(serde_json::from_str::<Config>(r#"{"client_id":"d","username":"a","passwort":"x"}"#).is_err());
    }
}
