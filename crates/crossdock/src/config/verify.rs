//! Values that can be read but would do harm: refused before anything starts, each with its place, its reason and what
//! to do instead.
//!
//! What only a connector can judge (rows per call, its windows) is refused by the connector when it is made.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use crossdock_flow::order::is_speakable;
use crossdock_flow::service_key;

use super::calendar::zone_named;
use super::place::Wrong;
use super::{Channel, Config, Operator, Stock, Timings};

/// The longest prefix: it leaves 22 of the warehouse's 30 characters to the marketplace's number
/// (`contracts/peoplevox.md §3.3`).
const PREFIX_MAX: usize = 8;
/// The longest service type of the warehouse (`contracts/peoplevox.md §3.3`).
const SERVICE_MAX: usize = 100;
/// More units than any warehouse holds back of one article: the figure is a slip.
const UNITS_MAX: i64 = 1_000_000;

const DAY_IN_SECONDS: u64 = 86_400;
const DAY_IN_MINUTES: u64 = 1_440;
const YEAR_IN_HOURS: u64 = 8_760;

/// The first thing that is wrong.
pub(super) fn verify(config: &Config) -> Result<(), Wrong> {
    zone_named("merchant.time_zone", &config.merchant.time_zone)?;
    if let Some(url) = &config.public_url {
        public_url(url).map_err(|problem| {
            let advice = "Write the address under which remotes reach this hub, for example https://hub.example.com, or leave public_url out";
            Wrong::new("public_url", format!("`{url}` {problem}"), advice)
        })?;
    }
    timings(&config.timings).map_err(|wrong| wrong.within("timings"))?;
    let warehouse = &config.peoplevox;
    call_time(warehouse.timeout_seconds).map_err(|wrong| wrong.within("peoplevox"))?;
    zone_named("peoplevox.settings.time_zone", &warehouse.settings.time_zone)?;
    if let Some(zone) = &warehouse.settings.import_time_zone {
        zone_named("peoplevox.settings.import_time_zone", zone)?;
    }
    let zone = &config.merchant.time_zone;
    let mut seen = Seen { names: vec![warehouse.name.as_str()], prefixes: Vec::new() };
    channels("marketplacer", &config.marketplacer, zone, &mut seen)?;
    channels("mirakl", &config.mirakl, zone, &mut seen)
}

/// What the channels before this one have taken.
struct Seen<'a> {
    names: Vec<&'a str>,
    prefixes: Vec<&'a str>,
}

fn channels<'a, S: Operator>(
    table: &str,
    channels: &'a [Channel<S>],
    zone: &str,
    seen: &mut Seen<'a>,
) -> Result<(), Wrong> {
    for (number, channel) in channels.iter().enumerate() {
        self::channel(channel, zone, seen).map_err(|wrong| wrong.within(&format!("{table}.{number}")))?;
    }
    Ok(())
}

fn channel<'a, S: Operator>(channel: &'a Channel<S>, zone: &str, seen: &mut Seen<'a>) -> Result<(), Wrong> {
    let name = channel.name.as_str();
    if seen.names.contains(&name) {
        return Err(Wrong::new("name", format!("two connections are called `{name}`"), "Give each its own name"));
    }
    seen.names.push(name);
    prefix(&channel.order_prefix, &seen.prefixes)?;
    seen.prefixes.push(&channel.order_prefix);
    call_time(channel.timeout_seconds)?;
    services(&channel.services)?;
    if let Some(zone) = channel.settings.as_ref().and_then(Operator::time_zone) {
        zone_named("settings.time_zone", zone)?;
    }
    channel.calendar(zone)?;
    stock(&channel.stock).map_err(|wrong| wrong.within("stock"))?;
    let orders = &channel.orders;
    if let Some(seconds) = orders.poll_seconds {
        figure("orders.poll_seconds", seconds, 1..=DAY_IN_SECONDS, 120)?;
    }
    let hours = [
        ("orders.accept_within_hours", orders.accept_within_hours),
        ("orders.despatch_within_hours", orders.despatch_within_hours),
    ];
    for (key, hours) in hours {
        if let Some(hours) = hours {
            figure(key, u64::from(hours), 1..=YEAR_IN_HOURS, 24)?;
        }
    }
    if !S::SELLER_ACCEPTS && orders.accept_within_hours.is_some() {
        let problem = "no seller accepts orders on this platform";
        return Err(Wrong::new("orders.accept_within_hours", problem, "Remove it"));
    }
    Ok(())
}

/// Order numbers of two channels must never meet, and the warehouse must be able to hold them. Prefixes are compared
/// without case, because nobody says whether the warehouse tells capitals apart.
fn prefix(own: &str, others: &[&str]) -> Result<(), Wrong> {
    let wrong = |problem: String, advice: String| Err(Wrong::new("order_prefix", problem, advice));
    if own.is_empty() || own.chars().count() > PREFIX_MAX {
        return wrong(
            format!("`{own}` must have 1 to {PREFIX_MAX} characters"),
            "Write for example \"JLM-\"".to_owned(),
        );
    }
    if !is_speakable(own) {
        return wrong(
            format!("`{own}` holds a character that an order number of the warehouse does not take"),
            "Use letters, digits and - _ . / only".to_owned(),
        );
    }
    let lower = own.to_lowercase();
    let clash = others.iter().find(|other| {
        let other = other.to_lowercase();
        other.starts_with(&lower) || lower.starts_with(&other)
    });
    match clash {
        None => Ok(()),
        Some(other) => wrong(
            format!("`{own}` and another channel's `{other}` begin alike, so two orders could share a number"),
            "Choose one that neither begins nor is begun by another's".to_owned(),
        ),
    }
}

fn services(services: &BTreeMap<String, String>) -> Result<(), Wrong> {
    let mut seen: Vec<String> = Vec::new();
    for (words, own) in services {
        let key = service_key(words);
        if key.is_empty() || own.trim().is_empty() {
            let advice = "Write the marketplace's words and the warehouse's service type, or remove the entry";
            return Err(Wrong::new("services", format!("`{words}` = `{own}` names nothing"), advice));
        }
        if own.encode_utf16().count() > SERVICE_MAX {
            let problem =
                format!("the service type of `{words}` is longer than the warehouse's {SERVICE_MAX} characters");
            return Err(Wrong::new("services", problem, "Write its name or code as in the warehouse"));
        }
        if seen.contains(&key) {
            let problem = format!("`{words}` stands there twice, since capitals and space around it do not count");
            return Err(Wrong::new("services", problem, "Keep one of the two"));
        }
        seen.push(key);
    }
    Ok(())
}

fn stock(stock: &Stock) -> Result<(), Wrong> {
    figure("every_seconds", stock.every_seconds, 1..=DAY_IN_SECONDS, 60)?;
    figure("read_back_minutes", stock.read_back_minutes, 1..=7 * DAY_IN_MINUTES, 15)?;
    for (key, units) in [("buffer", Some(stock.buffer)), ("cap", stock.cap)] {
        if let Some(units) = units.filter(|units| !(0..=UNITS_MAX).contains(units)) {
            let problem = format!("{units} is not a number of units to keep to");
            return Err(Wrong::new(key, problem, format!("Write 0 to {UNITS_MAX}")));
        }
    }
    for (key, share) in [("guard_zero_share", stock.guard_zero_share), ("guard_change_share", stock.guard_change_share)]
    {
        // Not a number is in no range.
        if !(0.0..=1.0).contains(&share) {
            let advice = "Write 0.0 to 1.0: 0.3 is 30 of 100, and 1.0 never stops anything";
            return Err(Wrong::new(key, format!("{share} is not a share"), advice));
        }
    }
    Ok(())
}

fn timings(timings: &Timings) -> Result<(), Wrong> {
    figure("despatches_seconds", timings.despatches_seconds, 1..=DAY_IN_SECONDS, 60)?;
    figure("availability_minutes", timings.availability_minutes, 1..=DAY_IN_MINUTES, 15)?;
    figure("items_minutes", timings.items_minutes, 1..=7 * DAY_IN_MINUTES, 360)?;
    figure("carriers_minutes", timings.carriers_minutes, 1..=30 * DAY_IN_MINUTES, 1_440)?;
    figure("health_seconds", timings.health_seconds, 1..=DAY_IN_SECONDS, 300)?;
    figure("first_look_back_days", timings.first_look_back_days, 1..=365, 7)?;
    // A call may leave until 30 s after it was written down, so a look before that proves nothing (rule R7).
    figure("doubt_seconds", timings.doubt_seconds, 30..=DAY_IN_SECONDS, 300)?;
    // Ten minutes at least (`reliability.md` F20): pages shift while they are read.
    figure("overlap_minutes", timings.overlap_minutes, 10..=DAY_IN_MINUTES, 10)?;
    figure("settle_seconds", timings.settle_seconds, 1..=DAY_IN_SECONDS, 180)
}

fn call_time(seconds: u64) -> Result<(), Wrong> {
    figure("timeout_seconds", seconds, 1..=900, 60)
}

fn figure(key: &str, value: u64, range: RangeInclusive<u64>, usual: u64) -> Result<(), Wrong> {
    if range.contains(&value) {
        return Ok(());
    }
    let advice = format!("Write {} to {}, such as {usual}", range.start(), range.end());
    Err(Wrong::new(key, format!("{value} cannot be meant"), advice))
}

/// What is wrong with an address at which remotes are to reach the hub.
pub(crate) fn public_url(text: &str) -> Result<(), &'static str> {
    let url = reqwest::Url::parse(text).ok().filter(|_| text.bytes().all(|b| b.is_ascii_graphic()));
    let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) else {
        return Err("is not an address that begins with https://");
    };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let more = url.path() != "/" || url.query().is_some() || url.fragment().is_some();
    if more || !url.username().is_empty() || url.password().is_some() {
        Err("holds more than scheme, host and port")
    } else if url.scheme() == "http" && !loopback {
        Err("is not https, so remotes would send secrets in the open")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
