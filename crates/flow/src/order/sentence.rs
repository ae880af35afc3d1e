//! One true sentence about an order (`A033`, `A038`, `B031`).

use crossdock_model::Readiness;
use jiff::Timestamp;

use super::deadline::deadline;
use super::{OrderStage, OrderState};
use crate::{ChannelRules, words};

/// What can be told of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The sentence.
    pub sentence: String,
    /// The state in a few words: `Held: unknown SKU`.
    pub words: String,
    /// When it has to have been accepted, then when it has to have left; `None` when nothing is to be shipped any more.
    pub deadline: Option<Timestamp>,
}

/// Tells how an order stands. `others` is how many other orders wait on the same cause.
pub fn tell(state: &OrderState, rules: &ChannelRules, now: Timestamp, others: u64) -> Telling {
    let open = !state.stage.is_final() || state.held.is_some();
    let deadline = open.then(|| deadline(state, rules));
    let due = deadline.map_or(String::new(), |due| format!(" {} {}.", due.what, words::due(due.at, now)));
    let deadline = deadline.map(|due| due.at);
    if let Some((cause, _, detail)) = &state.held {
        let waiting = match others {
            0 => String::new(),
            1 => " 1 other order waits on it.".to_owned(),
            n => format!(" {n} other orders wait on it."),
        };
        return Telling {
            sentence: format!(
                "Held: {}. {} owns this.{due} Fix: {}.{waiting}",
                plain(detail, cause.title()),
                cause.owner(),
                uncapital(cause.next_action())
            ),
            words: format!("Held: {}", cause.title()),
            deadline,
        };
    }
    let title = &rules.title;
    let (words, sentence) = match state.stage {
        OrderStage::Received => match &state.order.readiness {
            Readiness::NotYet(why) => (
                format!("Waiting: {why}"),
                format!("Waiting for {title}: {why}. The warehouse gets it as soon as it may be picked.{due}"),
            ),
            _ => ("Received".to_owned(), format!("Received; it is being checked.{due}")),
        },
        OrderStage::Accepting => {
            ("Accepting".to_owned(), format!("Checked; the acceptance is on its way to {title}.{due}"))
        }
        OrderStage::Releasing => {
            ("On its way to the warehouse".to_owned(), format!("On its way to the warehouse as {}.{due}", state.number))
        }
        OrderStage::InWarehouse => (
            "In the warehouse".to_owned(),
            format!("In the warehouse as {}, complete and released for picking.{due}", state.number),
        ),
        OrderStage::PartDespatched => {
            let parcels = words::count(state.parcels.len() as u64, "parcel", "parcels");
            (
                "Partly despatched".to_owned(),
                format!("{parcels} left; the rest is still in the warehouse as {}.{due}", state.number),
            )
        }
        OrderStage::Despatched => (
            "Despatched, not confirmed yet".to_owned(),
            format!("Everything has left the warehouse; {title} does not know every parcel yet.{due}"),
        ),
        OrderStage::Confirmed => {
            let parcels = words::count(state.parcels.len() as u64, "parcel", "parcels");
            ("Confirmed".to_owned(), format!("Complete: {parcels} left and {title} was seen to know it."))
        }
        OrderStage::Cancelled => ("Cancelled".to_owned(), format!("Cancelled at {title} before the warehouse had it.")),
        OrderStage::Elsewhere => {
            ("Fulfilled elsewhere".to_owned(), "Fulfilled before the hub saw it; nothing is to be done.".to_owned())
        }
    };
    Telling { sentence, words, deadline }
}

fn plain<'a>(detail: &'a str, title: &'a str) -> &'a str {
    if detail.is_empty() { title } else { detail }
}

fn uncapital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
