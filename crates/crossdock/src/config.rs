//! `crossdock.toml`: one file, unknown keys refused with their line and the nearest known name, no secrets in it.

mod calendar;
mod place;
mod record;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crossdock_flow::calendar::Calendar;
use crossdock_flow::{ChannelRules, StockMode};
use crossdock_model::{ConnectionName, MerchantId, Private};
use jiff::SignedDuration;
use serde::Deserialize;

use calendar::CalendarTable;
use place::{Wrong, place};
pub(crate) use record::{Print, note};
pub(crate) use verify::public_url;

/// Why a configuration was refused. Exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigFault(pub(crate) String);

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the database lives; relative to the file.
    #[serde(default = "data_dir")]
    pub(crate) data_dir: PathBuf,
    /// Address of the console.
    #[serde(default = "listen")]
    pub(crate) listen: String,
    /// Where remotes reach this hub for webhooks.
    pub(crate) public_url: Option<String>,
    /// Where the console's token is kept; needed to listen on anything but loopback.
    #[serde(default)]
    pub(crate) console_token: Option<SecretSource>,
    /// Names under which the console is opened besides the loopback ones, for example behind a proxy.
    #[serde(default)]
    pub(crate) console_hosts: Vec<String>,
    pub(crate) merchant: Merchant,
    /// The warehouse.
    pub(crate) peoplevox: Warehouse,
    /// Marketplaces on Marketplacer.
    #[serde(default)]
    pub(crate) marketplacer: Vec<Channel<crossdock_marketplacer::Config>>,
    /// Marketplaces on Mirakl; John Lewis is one of them.
    #[serde(default)]
    pub(crate) mirakl: Vec<Channel<crossdock_mirakl::Config>>,
    #[serde(default)]
    pub(crate) timings: Timings,
    /// What is remembered of the file that this was read from.
    #[serde(skip)]
    pub(crate) print: Print,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Merchant {
    pub(crate) id: MerchantId,
    pub(crate) name: String,
    #[serde(default = "zone")]
    pub(crate) time_zone: String,
}

/// Where a secret is: an environment variable or a file, never the configuration itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretSource {
    env: Option<String>,
    file: Option<PathBuf>,
}

impl SecretSource {
    #[cfg(test)]
    pub(crate) fn env(name: &str) -> Self {
        Self { env: Some(name.to_owned()), file: None }
    }

    /// Reads the secret. `place` names the setting in the error.
    pub(crate) fn read(&self, place: &str, beside: &Path) -> Result<Private<String>, ConfigFault> {
        let text = match (&self.env, &self.file) {
            (Some(name), None) => std::env::var(name).map_err(|_| {
                ConfigFault(format!("{place}: the environment variable {name} is not set. Set it, or use `file`"))
            })?,
            (None, Some(file)) => {
                let path = beside.join(file);
                std::fs::read_to_string(&path)
                    .map_err(|error| ConfigFault(format!("{place}: {} cannot be read: {error}", path.display())))?
            }
            _ => return Err(ConfigFault(format!("{place}: give exactly one of `env` and `file`"))),
        };
        let text = text.trim().to_owned();
        if text.is_empty() {
            return Err(ConfigFault(format!("{place}: the secret is empty")));
        }
        Ok(Private::new(text))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Warehouse {
    pub(crate) name: ConnectionName,
    pub(crate) base_url: String,
    pub(crate) password: SecretSource,
    #[serde(default = "timeout")]
    pub(crate) timeout_seconds: u64,
    /// The connector's own settings.
    pub(crate) settings: crossdock_peoplevox::Config,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channel<S> {
    pub(crate) name: ConnectionName,
    /// The name that people read.
    pub(crate) title: String,
    /// Put before the marketplace's number to form the warehouse's; unique per channel.
    pub(crate) order_prefix: String,
    pub(crate) base_url: String,
    pub(crate) api_key: SecretSource,
    #[serde(default = "timeout")]
    pub(crate) timeout_seconds: u64,
    /// Second credential where the instance stands behind HTTP Basic.
    #[serde(default)]
    pub(crate) basic_password: Option<SecretSource>,
    /// Carriers of the warehouse and their name in the channel's list, where the two differ.
    #[serde(default)]
    pub(crate) carriers: BTreeMap<String, String>,
    /// Delivery services in the channel's words, and the warehouse's service type for each.
    #[serde(default)]
    pub(crate) services: BTreeMap<String, String>,
    /// Working days, cut-off and holidays by which service levels run.
    #[serde(default)]
    pub(crate) calendar: Option<CalendarTable>,
    /// The connector's own settings.
    pub(crate) settings: Option<S>,
    #[serde(default)]
    pub(crate) stock: Stock,
    #[serde(default)]
    pub(crate) orders: Orders,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Stock {
    pub(crate) mode: Option<StockMode>,
    pub(crate) every_seconds: u64,
    pub(crate) buffer: i64,
    pub(crate) cap: Option<i64>,
    pub(crate) read_back_minutes: u64,
    pub(crate) guard_zero_share: f64,
    pub(crate) guard_change_share: f64,
    pub(crate) guard_at_least: u64,
}

impl Default for Stock {
    fn default() -> Self {
        let guard = crossdock_flow::GuardRules::default();
        Self {
            mode: None,
            every_seconds: 60,
            buffer: 1,
            cap: None,
            read_back_minutes: 15,
            guard_zero_share: guard.zero_share,
            guard_change_share: guard.change_share,
            guard_at_least: guard.at_least,
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Orders {
    pub(crate) poll_seconds: Option<u64>,
    pub(crate) accept_within_hours: Option<u32>,
    pub(crate) despatch_within_hours: Option<u32>,
    pub(crate) check_postcode: Option<bool>,
    pub(crate) free_carrier_names: bool,
}

/// How often and how patiently; see `docs/configuration.md`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Timings {
    pub(crate) despatches_seconds: u64,
    pub(crate) availability_minutes: u64,
    pub(crate) items_minutes: u64,
    pub(crate) carriers_minutes: u64,
    pub(crate) health_seconds: u64,
    pub(crate) first_look_back_days: u64,
    pub(crate) doubt_seconds: u64,
    pub(crate) overlap_minutes: u64,
    pub(crate) settle_seconds: u64,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            despatches_seconds: 60,
            availability_minutes: 15,
            items_minutes: 360,
            carriers_minutes: 1_440,
            health_seconds: 300,
            first_look_back_days: 7,
            doubt_seconds: 300,
            overlap_minutes: 10,
            settle_seconds: 180,
        }
    }
}

fn data_dir() -> PathBuf {
    PathBuf::from("data")
}
fn listen() -> String {
    "127.0.0.1:8080".to_owned()
}
fn zone() -> String {
    "Europe/London".to_owned()
}
const fn timeout() -> u64 {
    60
}

/// Reads a file.
pub(crate) fn load(path: &Path) -> Result<Config, ConfigFault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        ConfigFault(format!(
            "{} cannot be read: {error}. Copy crossdock.example.toml and fill it in, or give another file with --config",
            path.display()
        ))
    })?;
    parse(&text).map_err(|fault| ConfigFault(format!("{}: {}", path.display(), fault.0)))
}

/// Reads a text; errors name line, column and the nearest known key.
pub(crate) fn parse(text: &str) -> Result<Config, ConfigFault> {
    let mut config: Config = toml::from_str(text).map_err(|error| explain(text, &error))?;
    verify::verify(&config).map_err(|wrong| wrong.explain(text))?;
    config.print = Print::of(text);
    Ok(config)
}

fn explain(text: &str, error: &toml::de::Error) -> ConfigFault {
    let place = error.span().map_or_else(String::new, |span| place(text, span.start));
    let message = error.message();
    let message = without_value(message);
    let message = message.as_ref();
    let advice = nearest(message).map_or_else(String::new, |name| format!(". Did you mean `{name}`?"));
    ConfigFault(format!("{place}{message}{advice}"))
}

/// The parser's message without the text that stands in the file: it may be a secret that was written where its place
/// belongs, and errors end up in terminals and logs. Line and column say where it is.
fn without_value(message: &str) -> Cow<'_, str> {
    for opening in ["invalid type: string \"", "invalid value: string \""] {
        if let Some(rest) = message.strip_prefix(opening)
            && let Some((_, expected)) = rest.rsplit_once("\", expected ")
        {
            return Cow::Owned(format!("a text stands where it cannot, expected {expected}"));
        }
    }
    Cow::Borrowed(message)
}

/// The known key nearest to the unknown one, from the parser's own list of expected names.
fn nearest(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let given = quoted.next().filter(|_| message.contains("unknown"))?.to_owned();
    quoted
        .map(|name| (strsim::jaro_winkler(&given, name), name.to_owned()))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

/// What the rest of the configuration has to know of a platform's own settings.
pub(crate) trait Operator {
    /// Whether sellers may have to accept orders there.
    const SELLER_ACCEPTS: bool;
    /// The marketplace's time zone, where it is set.
    fn time_zone(&self) -> Option<&str>;
    /// The calendar that is known of the operator beforehand.
    fn calendar(&self) -> Option<CalendarTable>;
}

impl Operator for crossdock_marketplacer::Config {
    const SELLER_ACCEPTS: bool = false;

    fn time_zone(&self) -> Option<&str> {
        self.time_zone.as_deref()
    }

    fn calendar(&self) -> Option<CalendarTable> {
        None
    }
}

impl Operator for crossdock_mirakl::Config {
    const SELLER_ACCEPTS: bool = true;

    fn time_zone(&self) -> Option<&str> {
        None
    }

    fn calendar(&self) -> Option<CalendarTable> {
        self.preset.map(CalendarTable::of_preset)
    }
}

impl<S: Operator> Channel<S> {
    /// When the channel's service levels run; `None`: always. `zone` is the merchant's.
    fn calendar(&self, zone: &str) -> Result<Option<Calendar>, Wrong> {
        let settings = self.settings.as_ref();
        let zone = settings.and_then(Operator::time_zone).unwrap_or(zone);
        calendar::calendar(self.calendar.as_ref(), settings.and_then(Operator::calendar), zone)
    }

    /// The rules of the channel. `mode` is how stock goes out unless the file says otherwise, `zone` the merchant's.
    pub(crate) fn rules(&self, mode: StockMode, zone: &str) -> ChannelRules {
        let mut rules = ChannelRules::new(self.name.as_str(), &self.title, &self.order_prefix);
        rules.buffer = self.stock.buffer;
        rules.cap = self.stock.cap;
        rules.guard.zero_share = self.stock.guard_zero_share;
        rules.guard.change_share = self.stock.guard_change_share;
        rules.guard.at_least = self.stock.guard_at_least;
        rules.free_carrier_names = self.orders.free_carrier_names;
        rules.address.check_postcode = self.orders.check_postcode.unwrap_or(true);
        rules.stock_mode = self.stock.mode.unwrap_or(mode);
        rules.carrier_aliases = self.carriers.iter().map(|(own, theirs)| (own.clone(), theirs.clone())).collect();
        rules.services = self.services.iter().map(|(words, own)| (words.clone(), own.trim().to_owned())).collect();
        // A file with a calendar that cannot be kept is refused where it is read.
        rules.calendar = self.calendar(zone).unwrap_or_default();
        if let Some(hours) = self.orders.accept_within_hours {
            rules.accept_within = SignedDuration::from_hours(i64::from(hours));
        }
        if let Some(hours) = self.orders.despatch_within_hours {
            rules.despatch_within = SignedDuration::from_hours(i64::from(hours));
        }
        rules
    }

    /// How often orders are polled unless the file says otherwise.
    pub(crate) fn poll(&self, default_seconds: u64) -> SignedDuration {
        seconds(self.orders.poll_seconds.unwrap_or(default_seconds))
    }
}

/// A length of time in seconds, as a signed duration.
pub(crate) fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[merchant]
id = "acme"
name = "Acme Home"

[peoplevox]
name = "peoplevox"
base_url = "https://wms.example.com"
password = { env = "PVX" }
[peoplevox.settings]
client_id = "acme"
username = "hub"

[[mirakl]]
name = "john-lewis"
title = "John Lewis"
order_prefix = "JLM-"
base_url = "https://operator.example.com"
api_key = { env = "JL" }
settings = { preset = "john-lewis" }
"#;

    #[test]
    fn a_good_file_is_read() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.listen, "127.0.0.1:8080");
        assert_eq!(config.mirakl[0].rules(StockMode::Schedule, "Europe/London").prefix, "JLM-");
    }

    #[test]
    fn the_example_is_a_good_file_and_so_is_every_line_that_it_shows() {
        let example = include_str!("../../../crossdock.example.toml");
        parse(example).unwrap();
        // A line that is commented out is one of the file as soon as the mark is taken away.
        let key = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.trim_end().contains(' '));
        let table = |line: &str| line.starts_with('[') && line.ends_with(']');
        let shown: Vec<&str> = example
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| key(rest) || table(rest)).unwrap_or(line))
            .collect();
        let config = parse(&shown.join("\n")).unwrap();
        assert!(config.mirakl[0].calendar.is_some() && config.timings.overlap_minutes == 10);
    }

    #[test]
    fn rules_come_from_the_file_the_preset_and_the_house_in_this_order() {
        let rules = |text: &str| parse(text).unwrap().mirakl[0].rules(StockMode::Schedule, "Europe/London");
        let preset = rules(GOOD);
        assert_eq!(preset.accept_within.as_hours(), 24);
        let works = |rules: &ChannelRules, day| rules.calendar.as_ref().is_some_and(|calendar| calendar.works(day));
        let saturday = jiff::civil::date(2026, 11, 28);
        assert!(preset.calendar.is_some() && !works(&preset, saturday));

        let text = GOOD.replace(
            "settings = {",
            "orders = { accept_within_hours = 8 }\nservices = { \"Next day\" = \"DPD-NEXT\" }\n\
             calendar = { working_days = [\"sat\"] }\nsettings = {",
        );
        let own = rules(&text);
        assert_eq!(own.accept_within.as_hours(), 8);
        assert_eq!(own.service_type("NEXT DAY"), Some("DPD-NEXT"));
        assert!(works(&own, saturday));
        // Another operator has no calendar until somebody gives it one.
        assert_eq!(rules(&GOOD.replace("preset = \"john-lewis\"", "")).calendar, None);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_the_nearest_name() {
        let bad = GOOD.replace("base_url = \"https://operator", "base_ulr = \"https://operator");
        let text = parse(&bad).unwrap_err().to_string();
        assert!(text.contains("line 18, column 1") && text.contains("Did you mean `base_url`?"), "{text}");
        let nested = GOOD.replace("preset =", "presett =");
        let text = parse(&nested).unwrap_err().to_string();
        assert!(text.contains("line 20") && text.contains("`preset`"), "{text}");
    }

    #[test]
    fn a_secret_comes_from_one_place_and_is_never_empty() {
        let missing = SecretSource::env("CROSSDOCK_TEST_NO_SUCH_VARIABLE").read("mirakl.api_key", Path::new("."));
        assert!(missing.unwrap_err().to_string().contains("CROSSDOCK_TEST_NO_SUCH_VARIABLE"));
        let neither = SecretSource { env: None, file: None }.read("x", Path::new("."));
        assert!(neither.unwrap_err().to_string().contains("exactly one"));
    }
}
