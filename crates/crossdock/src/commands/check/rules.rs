//! What every connection has to be, and what the warehouse has to hold.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crossdock_flow::cause::Cause;
use crossdock_model::{ConnectionState, Item, KitPart};
use jiff::SignedDuration;

use super::ask::Stop;
use super::gather::{Findings, List, Listed};
use super::row::{INTEGRATION, MERCHANDISING, Row, WAREHOUSE};
use super::rules_feeds;
use crate::commands::views::paper::counted;

/// How far a remote's clock may be from ours. Polls reach back ten minutes, sessions and looks count in minutes.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(30);

/// How many examples a row names.
pub(super) const EXAMPLES: usize = 10;

/// The rows of one connection.
pub(super) fn audit(findings: &Findings) -> Vec<Row> {
    let mut rows = vec![alive(findings), clock(findings)];
    if findings.warehouse {
        rows.extend([templates(findings), items(findings), kits(findings)]);
    }
    rows.extend(rules_feeds::audit(findings));
    rows
}

fn alive(findings: &Findings) -> Row {
    const CHECK: &str = "connection";
    let name = &findings.connection;
    let health = match &findings.health {
        Ok(health) => health,
        Err(stop) if !findings.asked => {
            return Row::fail(name, CHECK, stop.text(), INTEGRATION, "Mend the configuration, then check again");
        }
        Err(stop @ Stop::Limit(_)) => return Row::unknown(name, CHECK, stop),
        Err(stop) => {
            let down = Cause::ConnectionDown;
            let next = "Check base_url and network; ask the remote's operator if both are right";
            let unreached = matches!(stop, Stop::Unreached(_));
            return Row { unreached, ..Row::fail(name, CHECK, stop.text(), down.owner(), next) };
        }
    };
    let cause = match health.state {
        ConnectionState::Live => return Row::pass(name, CHECK, health.detail.clone()),
        // The login worked; what is missing is the templates' row.
        ConnectionState::ScopeMissing if findings.warehouse => return Row::pass(name, CHECK, "the login works"),
        ConnectionState::ScopeMissing => Cause::ScopeMissing,
        ConnectionState::AuthFailed => Cause::AuthFailed,
        ConnectionState::SellerOffline => Cause::SellerOffline,
        ConnectionState::WebhookDisabled => Cause::WebhookDisabled,
        ConnectionState::Down => Cause::ConnectionDown,
    };
    let next = match cause {
        Cause::AuthFailed => "Put the right credentials in place; it was tried once and is not repeated",
        other => other.next_action(),
    };
    Row::fail(name, CHECK, format!("{}: {}", cause.title(), health.detail), cause.owner(), next)
}

fn clock(findings: &Findings) -> Row {
    const CHECK: &str = "clock";
    let name = &findings.connection;
    match (findings.skew, &findings.health) {
        (None, Err(problem)) => Row::unknown(name, CHECK, problem),
        (None, Ok(_)) => Row::pass(name, CHECK, "the remote does not say its time"),
        (Some(skew), _) if skew > SKEW_MAX => Row::fail(
            name,
            CHECK,
            format!("the remote's clock and this machine's are {} s apart", skew.as_secs()),
            INTEGRATION,
            "Set this machine's clock by NTP; if it is right, tell the remote's operator",
        ),
        (Some(skew), _) => Row::pass(name, CHECK, format!("{} s apart", skew.as_secs())),
    }
}

fn templates(findings: &Findings) -> Row {
    const CHECK: &str = "templates";
    let name = &findings.connection;
    let health = match &findings.health {
        Err(problem) => return Row::unknown(name, CHECK, problem),
        Ok(health) => health,
    };
    match health.state {
        ConnectionState::ScopeMissing => Row::fail(
            name,
            CHECK,
            health.detail.clone(),
            Cause::ScopeMissing.owner(),
            "Add the columns in the warehouse's Integration page, or map them in the settings",
        ),
        ConnectionState::Live => {
            let columns: Vec<String> = findings
                .facts
                .iter()
                .filter_map(|(fact, columns)| {
                    let template = fact.strip_prefix("template.")?;
                    Some(format!("{template}: {}", counted(columns.split(',').count() as u64, "column", "columns")))
                })
                .collect();
            Row::pass(name, CHECK, columns.join("; "))
        }
        _ => Row::unknown(name, CHECK, &Stop::Failed(health.detail.clone())),
    }
}

fn items(findings: &Findings) -> Row {
    const CHECK: &str = "items";
    let name = &findings.connection;
    let list = match whole(name, CHECK, &findings.items, WAREHOUSE) {
        Ok(list) => list,
        Err(row) => return row,
    };
    let active = list.rows.iter().filter(|item| item.active).count();
    if active == 0 {
        let evidence = format!("no active item among {}", list.rows.len());
        return Row::fail(name, CHECK, evidence, WAREHOUSE, "Create the items in the warehouse before going live");
    }
    let evidence = format!(
        "{} active of {}, {} read",
        counted(active as u64, "item", "items"),
        list.rows.len(),
        counted(u64::from(list.pages), "page", "pages")
    );
    Row::pass(name, CHECK, evidence)
}

fn kits(findings: &Findings) -> Row {
    const CHECK: &str = "kits";
    let name = &findings.connection;
    let list = match whole(name, CHECK, &findings.kits, WAREHOUSE) {
        Ok(list) => list,
        Err(row) => return row,
    };
    let Ok(items) = &findings.items else {
        return Row::unknown(name, CHECK, &Stop::Failed("the items could not be read".to_owned()));
    };
    let astray = lost_parts(&list.rows, &items.rows);
    if astray.is_empty() {
        let kits: BTreeSet<&str> = list.rows.iter().map(|part| part.kit.as_str()).collect();
        return Row::pass(name, CHECK, counted(kits.len() as u64, "kit", "kits"));
    }
    let evidence = format!(
        "{} not an active item: {}",
        counted(astray.len() as u64, "kit part is", "kit parts are"),
        examples(&astray)
    );
    Row::fail(name, CHECK, evidence, MERCHANDISING, "Mend the kits in the warehouse: nobody can pick such a kit")
}

/// Parts (or kits) that are no active item.
fn lost_parts(parts: &[KitPart], items: &[Item]) -> Vec<String> {
    let active = active(items);
    parts
        .iter()
        .filter(|part| !active.contains(part.component.as_str()) || !active.contains(part.kit.as_str()))
        .map(|part| format!("{} in {}", part.component, part.kit))
        .collect()
}

/// The codes of the items that the warehouse works with.
pub(super) fn active(items: &[Item]) -> BTreeSet<&str> {
    items.iter().filter(|item| item.active).map(|item| item.code.as_str()).collect()
}

/// The list when it was read whole and understood; else the row that says why not.
pub(super) fn whole<'a, T>(
    name: &str,
    check: &'static str,
    list: &'a List<T>,
    owner: &'static str,
) -> Result<&'a Listed<T>, Row> {
    match list {
        Err(problem) => Err(Row::unknown(name, check, problem)),
        Ok(list) if list.unreadable.is_empty() => Ok(list),
        Ok(list) => {
            let count = counted(list.unreadable.len() as u64, "entry", "entries");
            let evidence = format!("{count} cannot be understood: {}", examples(&list.unreadable));
            Err(Row::fail(name, check, evidence, owner, "Mend what the text names at the remote"))
        }
    }
}

/// The first few, and how many more there are.
pub(super) fn examples(all: &[String]) -> String {
    let mut text = all.iter().take(EXAMPLES).map(String::as_str).collect::<Vec<_>>().join(", ");
    if all.len() > EXAMPLES {
        let _ = write!(text, " and {} more", all.len() - EXAMPLES);
    }
    text
}

#[cfg(test)]
mod tests {
    use crossdock_model::ConnectionHealth;

    use super::super::row::ECOMMERCE;
    use super::*;

    fn findings(warehouse: bool) -> Findings {
        let nothing = Stop::Unasked("it was not asked".to_owned());
        Findings {
            asked: true,
            health: Ok(ConnectionHealth { state: ConnectionState::Live, detail: "logged in".into() }),
            facts: [("template.Sales orders".to_owned(), "A,B,C".to_owned())].into(),
            skew: Some(SignedDuration::from_secs(30)),
            ..Findings::blank("remote", warehouse, &nothing, jiff::Timestamp::UNIX_EPOCH)
        }
    }

    fn in_state(state: ConnectionState, warehouse: bool) -> Findings {
        let health = Ok(ConnectionHealth { state, detail: "the remote's words".into() });
        Findings { health, ..findings(warehouse) }
    }

    fn listed<T>(rows: Vec<T>) -> Listed<T> {
        Listed { rows, unreadable: Vec::new(), pages: 1 }
    }

    fn item(code: &str, active: bool) -> Item {
        Item { code: code.into(), name: String::new(), barcode: String::new(), active }
    }

    fn part(kit: &str, component: &str) -> KitPart {
        KitPart { kit: kit.into(), component: component.into(), quantity: 1 }
    }

    #[test]
    fn a_refused_login_is_one_row_with_the_remotes_words() {
        let row = alive(&in_state(ConnectionState::AuthFailed, false));
        assert!(!row.ok && row.evidence.contains("the remote's words") && row.next.contains("tried once"));
        let no_secret = Err(Stop::Unasked("no secret".into()));
        let unasked = Findings { asked: false, health: no_secret, ..findings(false) };
        assert!(!alive(&unasked).ok && alive(&unasked).next.contains("configuration"));
        let offline = alive(&in_state(ConnectionState::SellerOffline, false));
        assert_eq!((offline.ok, offline.owner), (false, ECOMMERCE));
    }

    #[test]
    fn missing_columns_are_the_templates_fault_not_the_connections() {
        let missing = in_state(ConnectionState::ScopeMissing, true);
        assert!(alive(&missing).ok);
        let row = templates(&missing);
        assert!(!row.ok && row.evidence.contains("the remote's words"));
        assert!(!alive(&in_state(ConnectionState::ScopeMissing, false)).ok);
        assert_eq!(templates(&findings(true)).evidence, "Sales orders: 3 columns");
    }

    #[test]
    fn half_a_minute_between_two_clocks_is_the_most() {
        assert!(clock(&findings(true)).ok);
        let apart = Findings { skew: Some(SignedDuration::from_secs(31)), ..findings(true) };
        assert!(!clock(&apart).ok);
        let silent = Findings { skew: None, ..findings(true) };
        assert!(clock(&silent).ok);
        let dead = Findings { skew: None, health: Err(Stop::Unreached("timed out".into())), ..findings(true) };
        assert!(!clock(&dead).ok && clock(&dead).unreached && alive(&dead).unreached);
        let no = Findings { health: Err(Stop::Failed("no such page".into())), ..dead };
        assert!(!alive(&no).ok && !alive(&no).unreached);
    }

    #[test]
    fn nothing_can_be_sold_from_an_empty_warehouse() {
        let empty = Findings { items: Ok(listed(vec![item("A", false)])), ..findings(true) };
        assert!(!items(&empty).ok);
        let one = Findings { items: Ok(listed(vec![item("A", true)])), ..findings(true) };
        assert!(items(&one).ok);
        assert!(!items(&findings(true)).ok, "what was not read is not ready");
    }

    #[test]
    fn a_kit_is_only_as_good_as_its_parts() {
        let stocked = vec![item("SET", true), item("CUP", true), item("OLD", false)];
        let with = |parts| Findings { items: Ok(listed(stocked.clone())), kits: Ok(listed(parts)), ..findings(true) };
        assert!(kits(&with(Vec::new())).ok);
        assert!(kits(&with(vec![part("SET", "CUP")])).ok);
        let row = kits(&with(vec![part("SET", "CUP"), part("SET", "OLD")]));
        assert!(!row.ok && row.evidence.contains("OLD in SET") && !row.evidence.contains("CUP in SET"), "{row:?}");
    }

    #[test]
    fn entries_that_nobody_understands_are_shown_and_not_passed_over() {
        let mut list = listed(vec![item("A", true)]);
        list.unreadable = (1..=12).map(|n| format!("row {n}")).collect();
        let row = items(&Findings { items: Ok(list), ..findings(true) });
        assert!(!row.ok && row.evidence.contains("12 entries") && row.evidence.ends_with("and 2 more"), "{row:?}");
    }
}
