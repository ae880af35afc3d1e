//! Delivery services that are mapped need a column in the warehouse's template, or each of their orders would be held.

use super::ask::Stop;
use super::gather::Findings;
use super::row::{INTEGRATION, Row};
use crate::commands::views::paper::counted;
use crate::config::Config;

const CHECK: &str = "services";
/// Our name of the column (`contracts/peoplevox.md §3.3`).
const COLUMN: &str = "ServiceType";
const TEMPLATE: &str = "Sales orders";

/// The row of a channel that maps services; `None` for one that maps none.
pub(super) fn audit(config: &Config, connection: &str, warehouse: Option<&Findings>) -> Option<Row> {
    let marketplacer = config.marketplacer.iter().map(|channel| (channel.name.as_str(), channel.services.len()));
    let mirakl = config.mirakl.iter().map(|channel| (channel.name.as_str(), channel.services.len()));
    let (_, mapped) =
        marketplacer.chain(mirakl).find(|(name, _)| *name == connection).filter(|(_, mapped)| *mapped > 0)?;
    let own = config.peoplevox.settings.columns.get(TEMPLATE).and_then(|columns| columns.get(COLUMN));
    let column = own.map_or(COLUMN, |own| own.trim());
    Some(row(connection, mapped, column, warehouse))
}

fn row(connection: &str, mapped: usize, column: &str, warehouse: Option<&Findings>) -> Row {
    let Some(header) = warehouse.and_then(|warehouse| warehouse.facts.get(&format!("template.{TEMPLATE}"))) else {
        let because = match warehouse.map(|warehouse| &warehouse.health) {
            Some(Err(stop)) => stop.about("the warehouse's template"),
            _ => Stop::Failed("the warehouse's template was not read".to_owned()),
        };
        return Row::unknown(connection, CHECK, &because);
    };
    let mapped = counted(mapped as u64, "service", "services");
    let there = header.split(',').any(|name| name.trim().trim_matches('"').trim().eq_ignore_ascii_case(column));
    if there {
        return Row::pass(connection, CHECK, format!("{mapped} mapped; {TEMPLATE} has the column {column}"));
    }
    let evidence = format!("{mapped} mapped, but {TEMPLATE} has no column {column}: their orders would be held");
    let next = format!("Add {column} to the template {TEMPLATE}, or remove `services` from the channel's settings");
    Row::fail(connection, CHECK, evidence, INTEGRATION, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rig::demo_config::{Urls, config};

    fn warehouse(header: Option<&str>) -> Findings {
        Findings {
            asked: true,
            facts: header.map(|header| (format!("template.{TEMPLATE}"), header.to_owned())).into_iter().collect(),
            ..Findings::blank("peoplevox", true, &Stop::Unasked(String::new()), jiff::Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn a_mapped_service_needs_its_column() {
        let judged = |header: Option<&str>| row("jl", 2, COLUMN, Some(&warehouse(header)));
        assert!(judged(Some("SalesOrderNumber, \"servicetype\"")).ok);
        let missing = judged(Some("SalesOrderNumber,Status"));
        assert!(!missing.ok && missing.next.contains("ServiceType"), "{missing:?}");
        assert!(!judged(None).ok, "what was not read is not taken for good");
    }

    #[test]
    fn a_channel_without_services_is_not_asked_for_one() {
        let mut config = config(&Urls::in_process(), "https://hub.example.com", false).unwrap();
        let header = warehouse(Some("SalesOrderNumber,Service level"));
        assert!(audit(&config, "john-lewis", Some(&header)).is_none());
        config.mirakl[0].services = [("Next day".to_owned(), "DPD-NEXT".to_owned())].into();
        assert!(!audit(&config, "john-lewis", Some(&header)).unwrap().ok);
        // The tenant may call the column as it likes.
        let names = [(COLUMN.to_owned(), "Service level".to_owned())].into();
        config.peoplevox.settings.columns.insert(TEMPLATE.to_owned(), names);
        assert!(audit(&config, "john-lewis", Some(&header)).unwrap().ok);
    }
}
