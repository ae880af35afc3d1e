//! The health probe: does the login work, and which columns has the tenant configured?
//!
//! Two calls, one per template that orders are written to; `GetSaveTemplate` is also the cheapest probe of a session
//! (`contracts/peoplevox.md §1.4`). What they say is kept as facts, and what is missing is said before the first order
//! meets it (`contracts/peoplevox.md §3.2`).

use crossdock_connector::{Call, Failure, Observation, Page, Read, ReadReply, RejectCode, Rejection, Reply, Session};
use crossdock_model::{ConnectionHealth, ConnectionState};
use serde::{Deserialize, Serialize};

use crate::answer::{self, Answer};
use crate::config::Config;
use crate::requests;
use crate::soap::Op;
use crate::templates::{Columns, ORDER_ITEMS, SALES_ORDERS, holds_orders};
use crate::values::excerpt;

/// What the first call tells the second.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Probe {
    /// What is wrong with the first template, as sentences.
    problems: Vec<String>,
    /// How many columns it has.
    columns: usize,
    /// Whether orders will be held until they are read back.
    holds: bool,
}

fn probe(page: &Page) -> Result<Option<Probe>, Rejection> {
    if page.is_first() {
        return Ok(None);
    }
    serde_json::from_str(&page.0)
        .map(Some)
        .map_err(|_| Rejection::new(RejectCode::CannotExpress, "the page token is not one of this connector"))
}

/// The call that is due.
pub(crate) fn plan(config: &Config, session: &Session, page: &Page) -> Result<Call, Rejection> {
    let template = if probe(page)?.is_none() { SALES_ORDERS } else { ORDER_ITEMS };
    requests::get_save_template(config, session, template)
}

/// What it says.
pub(crate) fn interpret(config: &Config, page: &Page, reply: &Reply) -> Result<ReadReply, Failure> {
    let before = probe(page).map_err(Failure::Rejected)?;
    let table = if before.is_none() { SALES_ORDERS } else { ORDER_ITEMS };
    let mut out = ReadReply::default();
    let mut problems = Vec::new();
    let columns = match answer::read(reply, Op::GetSaveTemplate) {
        // A count below zero stands for a template that is not there (`contracts/peoplevox.md §2.2`).
        Answer::Response(response) if response.id == 0 && response.total >= 0 => {
            Some(Columns::from_header_line(table, &response.detail)).filter(|columns| columns.count() > 0)
        }
        Answer::Response(response) => {
            problems.push(format!(
                "Peoplevox does not give the columns of the template \"{table}\": {}.",
                excerpt(&response.detail)
            ));
            None
        }
        other => return other.into_success().map(|_| out),
    };
    match &columns {
        Some(columns) => {
            out.facts.push(columns.fact());
            let missing = columns.missing(config);
            if !missing.is_empty() {
                problems.push(format!(
                    "The template \"{table}\" has no column {}: add it in the Integration page of Peoplevox, or map it \
                     to the name it has there.",
                    missing.join(", ")
                ));
            }
        }
        None if problems.is_empty() => problems.push(format!(
            "The template \"{table}\" has no columns: configure it in the Integration page of Peoplevox."
        )),
        None => {}
    }
    let Some(mut header) = before else {
        let holds = columns.as_ref().is_some_and(|columns| holds_orders(config, columns));
        let probe = Probe { problems, columns: columns.map_or(0, |columns| columns.count()), holds };
        // Three plain fields always become JSON.
        let page = Page(serde_json::to_string(&probe).unwrap_or_default());
        out.next = Some(Read::Health { page });
        return Ok(out);
    };
    header.problems.append(&mut problems);
    let health = if header.problems.is_empty() {
        let detail = format!(
            "Logged in; \"{SALES_ORDERS}\" has {} columns, \"{ORDER_ITEMS}\" {}; {}",
            header.columns,
            columns.map_or(0, |columns| columns.count()),
            how_held(config, header.holds)
        );
        ConnectionHealth { state: ConnectionState::Live, detail }
    } else {
        ConnectionHealth { state: ConnectionState::ScopeMissing, detail: header.problems.join(" ") }
    };
    out.observations.push(Observation::Health(health));
    Ok(out)
}

/// Whether an order can be picked before it was compared, and what to do about it.
fn how_held(config: &Config, holds: bool) -> String {
    match (holds, config.hold_with_action) {
        (true, false) => "orders are held until they are read back.".to_owned(),
        (true, true) => "orders are held, and no stock is allocated, until they are read back.".to_owned(),
        (false, true) => "no stock is allocated to orders until they are read back.".to_owned(),
        (false, false) => {
            let remedy = if config.use_on_hold {
                format!("add the column OnHold to \"{SALES_ORDERS}\", or set hold_with_action")
            } else {
                "set use_on_hold or hold_with_action".to_owned()
            };
            format!(
                "orders are NOT held until they are read back: one may be picked while its lines are missing or its \
                 address is cut; {remedy}."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, element, reply, reply_at, result};

    /// Runs both calls of a probe and returns its verdict and all facts.
    fn run(config: &Config, replies: [&str; 2]) -> (ConnectionHealth, Vec<(String, String)>) {
        let mut page = Page::first();
        let mut facts = Vec::new();
        for (body, template) in replies.iter().zip([SALES_ORDERS, ORDER_ITEMS]) {
            let call = plan(config, &fixtures::session(), &page).unwrap();
            assert_eq!(element(&call, "templateName"), template);
            let mut out = interpret(config, &page, &reply((*body).to_owned())).unwrap();
            facts.append(&mut out.facts);
            match out.next {
                Some(Read::Health { page: next }) => page = next,
                _ => match out.observations.as_slice() {
                    [Observation::Health(health)] => return (health.clone(), facts),
                    other => panic!("{other:?}"),
                },
            }
        }
        panic!("the probe did not end");
    }

    fn header() -> String {
        crate::templates::known_columns(SALES_ORDERS).join(",")
    }

    #[test]
    fn a_whole_template_is_live_and_remembered() {
        let lines = "\"SalesOrderNumber\",\"ItemCode\",\"QuantityOrdered\"\n";
        let (health, facts) = run(
            &fixtures::config(),
            [&result("GetSaveTemplate", 0, 1, &header()), &result("GetSaveTemplate", 0, 1, lines)],
        );
        assert_eq!(health.state, ConnectionState::Live);
        assert!(health.detail.contains("held until"), "{}", health.detail);
        assert_eq!(facts[0], ("template.Sales orders".to_owned(), header()));
        assert_eq!(facts[1].1, "SalesOrderNumber,ItemCode,QuantityOrdered");
    }

    /// An order that may be picked half imported is a risk that a person has to know of before the first one.
    #[test]
    fn the_probe_says_whether_an_order_can_be_picked_before_it_was_compared() {
        let bare = header().replace("OnHold,", "");
        let lines = result("GetSaveTemplate", 0, 1, "SalesOrderNumber,ItemCode,QuantityOrdered");
        for (columns, use_on_hold, with_action, expected) in [
            (header(), true, false, "orders are held until"),
            (header(), true, true, "no stock is allocated, until"),
            (header(), false, false, "NOT held"),
            (header(), false, false, "set use_on_hold"),
            (header(), false, true, "no stock is allocated to orders until"),
            (bare.clone(), true, false, "NOT held"),
            (bare.clone(), true, false, "add the column OnHold"),
            (bare, true, true, "no stock is allocated to orders until"),
        ] {
            let mut config = fixtures::config();
            (config.use_on_hold, config.hold_with_action) = (use_on_hold, with_action);
            let (health, _) = run(&config, [&result("GetSaveTemplate", 0, 1, &columns), &lines]);
            assert_eq!(health.state, ConnectionState::Live);
            assert!(health.detail.contains(expected), "{expected}: {}", health.detail);
        }
    }

    #[test]
    fn a_missing_column_is_named_whichever_template_lacks_it() {
        let mut config = fixtures::config();
        config.message_column = Some("Attribute3".to_owned());
        config.site = Some("North".to_owned());
        let without = header().replace("ShippingAddressPostcode,", "").replace(",Status,Site", "");
        let (health, _) = run(
            &config,
            [&result("GetSaveTemplate", 0, 1, &without), &result("GetSaveTemplate", 0, 1, "SalesOrderNumber,ItemCode")],
        );
        assert_eq!(health.state, ConnectionState::ScopeMissing);
        for column in ["ShippingAddressPostcode", "Status", "Site", "Attribute3", "QuantityOrdered", "Integration page"]
        {
            assert!(health.detail.contains(column), "{}", health.detail);
        }
    }

    #[test]
    fn a_template_that_is_not_there_is_a_finding_and_forgets_nothing() {
        for bad in [
            result("GetSaveTemplate", -1, 0, "No such template"),
            result("GetSaveTemplate", 0, -1, ""),
            result("GetSaveTemplate", 0, 0, ""),
        ] {
            let (health, facts) = run(
                &fixtures::config(),
                [&bad, &result("GetSaveTemplate", 0, 1, "SalesOrderNumber,ItemCode,QuantityOrdered")],
            );
            assert_eq!(health.state, ConnectionState::ScopeMissing);
            assert!(health.detail.contains("\"Sales orders\""), "{}", health.detail);
            assert_eq!(facts.len(), 1, "what was known of the template before stays");
        }
    }

    #[test]
    fn no_answer_is_no_finding() {
        let config = fixtures::config();
        let expired = result("GetSaveTemplate", -1, 0, "System : Security - Session Expired");
        assert_eq!(interpret(&config, &Page::first(), &reply(expired)), Err(Failure::Reauth));
        assert!(matches!(interpret(&config, &Page::first(), &reply_at(502, "")), Err(Failure::Retry(_))));
        assert!(matches!(interpret(&config, &Page("x".into()), &reply_at(200, "")), Err(Failure::Rejected(_))));
        assert!(plan(&config, &fixtures::session(), &Page("x".into())).is_err());
    }
}
