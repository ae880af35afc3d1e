//! The settings of one connection. Secrets are not among them: the key is passed to [`crate::Mirakl::new`].

use std::collections::BTreeMap;

use crossdock_connector::{Budget, ConfigError, Session};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::preset::Preset;
use crate::read::{FACT_MULTI_SHIPMENT, FACT_ORDER_ACCEPTANCE};
use crate::windows;

/// Who accepts orders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// As the platform says (PC01 `order_acceptance`, `contracts/john-lewis.md §2.3`); the seller until it has said so,
    /// and the seller where it says `BOTH`.
    #[default]
    AutoDetect,
    /// The seller accepts (OR21).
    Seller,
    /// The operator accepts on its own.
    Automatic,
}

/// How many shipments one order may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shipments {
    /// As the platform says (PC01 `multi_shipment`, `contracts/john-lewis.md §2.4`). Until it has said so, it is asked
    /// before anything that depends on it.
    #[default]
    AutoDetect,
    /// One shipment per order (OR23, OR24).
    Single,
    /// Several shipments per order (ST01, ST23, ST24).
    Multi,
}

/// How many shipments one order has, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// One.
    Single,
    /// Several.
    Multi,
    /// Neither the settings nor the platform have said so.
    Unknown,
}

/// Figures for one window: at most `calls` calls in any `per_seconds` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowLimit {
    /// Calls allowed, at least 1.
    pub calls: u32,
    /// Seconds, at least 1.
    pub per_seconds: u32,
}

/// The settings of one connection to a Mirakl operator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A known marketplace whose usual settings apply: `john-lewis`. None by default.
    pub preset: Option<Preset>,
    /// The shop, where the key's user has several (`contracts/john-lewis.md §2.1`). The user's default shop if absent.
    pub shop_id: Option<i64>,
    /// Who accepts orders: `auto-detect` (default), `seller` or `automatic`.
    pub acceptance: Acceptance,
    /// Shipments per order: `auto-detect` (default), `single` or `multi`.
    pub shipments: Shipments,
    /// Rows per page of a list, 1 to 100; 100 by default (`contracts/john-lewis.md §2.1`).
    pub page_size: u32,
    /// Lines of one stock file, at least 1; 100,000 by default. Mirakl publishes no maximum; this bounds our memory.
    pub stock_lines_per_file: usize,
    /// Minutes after which a stock file that the platform has not finished with is given up, 1 to 1440; 20 by default
    /// (F19). The next file, with the newest figures, goes out only then.
    pub stock_import_minutes: u32,
    /// Codes of the fulfilment centres from which this seller ships (`fulfillment.center.code`,
    /// `contracts/john-lewis.md §2.2`). Orders of any other centre are neither accepted nor shipped. All, when empty.
    pub fulfilment_centres: Vec<String>,
    /// Other figures for the call windows `calls`, `OR11`, `ST12`, `STO01`, `STO02`, `STO03`, `A01`, `SH21`; the
    /// published maxima by default.
    pub windows: BTreeMap<String, WindowLimit>,
    /// Hours after the order was placed within which it should leave, where it names no deadline of its own; the preset's
    /// figure, else 24. They run by the channel's calendar, which the connector does not know.
    pub despatch_within_hours: Option<u32>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            preset: None,
            shop_id: None,
            acceptance: Acceptance::default(),
            shipments: Shipments::default(),
            page_size: 100,
            stock_lines_per_file: 100_000,
            stock_import_minutes: 20,
            fulfilment_centres: Vec::new(),
            windows: BTreeMap::new(),
            despatch_within_hours: None,
        }
    }
}

/// How fast the operator expects the seller to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceLevels {
    /// From the order's date to the despatch, for orders without a `shipping_deadline` of their own; working hours where
    /// the channel has a calendar.
    pub despatch_within: SignedDuration,
}

/// Hours assumed where neither a setting nor a preset says anything: the operators seen refuse after three days or
/// later (`contracts/john-lewis.md §2.3`), and one day is what ratings usually forgive.
const CAUTIOUS_HOURS: u32 = 24;

impl Config {
    /// Checks the figures and gives the call windows.
    pub(crate) fn check(&self) -> Result<Vec<Budget>, ConfigError> {
        let refuse = |setting, problem: String, advice| Err(ConfigError { setting, problem, advice });
        if self.shop_id.is_some_and(|id| id <= 0) {
            return refuse("shop_id", "it is not positive".to_owned(), "Take the number from the shop's settings page");
        }
        if !(1..=100).contains(&self.page_size) {
            return refuse("page_size", format!("{} is not allowed", self.page_size), "Use 1 to 100");
        }
        if self.stock_lines_per_file == 0 {
            return refuse("stock_lines_per_file", "a file needs a line".to_owned(), "Use 1 or more, such as 100000");
        }
        if !(1..=1440).contains(&self.stock_import_minutes) {
            let problem = format!("{} is not allowed", self.stock_import_minutes);
            return refuse("stock_import_minutes", problem, "Use 1 to 1440, such as 20");
        }
        if self.despatch_within_hours == Some(0) {
            return refuse("despatch_within_hours", "nobody is that fast".to_owned(), "Use 1 or more, such as 24");
        }
        windows::budgets(&self.windows)
    }

    /// The service levels: set, else the preset's, else a cautious day.
    pub(crate) fn service_levels(&self) -> ServiceLevels {
        let preset = self.preset.map_or(CAUTIOUS_HOURS, Preset::despatch_hours);
        let hours = self.despatch_within_hours.unwrap_or(preset);
        ServiceLevels { despatch_within: SignedDuration::from_hours(i64::from(hours)) }
    }

    /// Whether the operator accepts orders on its own.
    pub(crate) fn accepts_automatically(&self, session: &Session) -> bool {
        match self.acceptance {
            Acceptance::Automatic => true,
            Acceptance::Seller => false,
            Acceptance::AutoDetect => session.fact(FACT_ORDER_ACCEPTANCE) == Some("AUTOMATIC"),
        }
    }

    /// How many shipments one order has.
    pub(crate) fn mode(&self, session: &Session) -> Mode {
        match (self.shipments, session.fact(FACT_MULTI_SHIPMENT)) {
            (Shipments::Multi, _) | (Shipments::AutoDetect, Some("true")) => Mode::Multi,
            (Shipments::Single, _) | (Shipments::AutoDetect, Some(_)) => Mode::Single,
            (Shipments::AutoDetect, None) => Mode::Unknown,
        }
    }

    /// How long a stock file may take.
    pub(crate) fn stock_patience(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.stock_import_minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: &str) -> Result<Config, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let config = config("{}").unwrap();
        assert!(config.check().is_ok());
        assert_eq!(config.page_size, 100);
        assert_eq!(config.stock_lines_per_file, 100_000);
        assert_eq!(config.service_levels().despatch_within, SignedDuration::from_hours(24));
    }

    #[test]
    fn john_lewis_is_a_preset_whose_figures_can_be_overruled() {
        let preset = config(r#"{"preset":"john-lewis"}"#).unwrap().service_levels();
        assert_eq!(preset.despatch_within.as_hours(), 24);
        let own = config(r#"{"preset":"john-lewis","despatch_within_hours":6}"#).unwrap().service_levels();
        assert_eq!(own.despatch_within.as_hours(), 6);
    }

    #[test]
    fn a_misspelt_setting_or_preset_is_refused() {
        assert!(config(r#"{"pagesize":50}"#).unwrap_err().contains("pagesize"));
        assert!(config(r#"{"preset":"john-louis"}"#).unwrap_err().contains("john-louis"));
        assert!(config(r#"{"windows":{"OR11":{"calls":1,"per":60}}}"#).is_err());
    }

    #[test]
    fn figures_that_cannot_work_are_refused_with_the_settings_name() {
        for (json, setting) in [
            (r#"{"shop_id":0}"#, "shop_id"),
            (r#"{"page_size":0}"#, "page_size"),
            (r#"{"page_size":101}"#, "page_size"),
            (r#"{"stock_lines_per_file":0}"#, "stock_lines_per_file"),
            (r#"{"stock_import_minutes":0}"#, "stock_import_minutes"),
            (r#"{"stock_import_minutes":1441}"#, "stock_import_minutes"),
            (r#"{"despatch_within_hours":0}"#, "despatch_within_hours"),
        ] {
            assert_eq!(config(json).unwrap().check().unwrap_err().setting, setting, "{json}");
        }
    }
}
