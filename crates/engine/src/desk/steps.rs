//! The timeline of an order: what happened, and what comes next.

use crossdock_desk::{Step, StepMark};
use crossdock_flow::order::OrderStage;
use crossdock_flow::words::span;
use crossdock_model::Readiness;
use crossdock_store::{JournalEntry, StoreError};
use jiff::SignedDuration;

use super::view::{Order, Parcel, View};
use super::words;

/// The journals of an order and its parcels, oldest first, and what comes next.
pub(super) fn steps(view: &View<'_>, order: &Order, parcels: &[Parcel]) -> Result<Vec<Step>, StoreError> {
    let mut entries: Vec<JournalEntry> = Vec::new();
    for row in view.tx.journal(order.row.id)? {
        entries.push(row.entry);
    }
    for parcel in parcels {
        let own = view.tx.journal(parcel.row.id)?.into_iter().map(|row| row.entry);
        // The order's own journal tells that a parcel left and that the channel knows it.
        entries.extend(own.filter(|entry| !matches!(entry.kind.as_str(), "left" | "confirmed")));
    }
    // Stable: what happened at one moment stays in the order in which it was written.
    entries.sort_by_key(|entry| entry.at);
    let last = entries.len().saturating_sub(1);
    let mut before = None;
    let mut steps = Vec::with_capacity(entries.len() + 1);
    for (index, entry) in entries.into_iter().enumerate() {
        let gap = before.map_or_else(String::new, |at| {
            format!("+ {}", span(entry.at.duration_since(at).max(SignedDuration::ZERO)))
        });
        before = Some(entry.at);
        steps.push(Step {
            at: Some(entry.at),
            gap,
            mark: mark(&entry.kind, index == last),
            actor: actor(&entry),
            text: entry.text,
            detail: entry.detail,
        });
    }
    steps.extend(next(view, order, parcels));
    Ok(steps)
}

fn mark(kind: &str, is_last: bool) -> StepMark {
    match kind {
        "held" | "refused" | "in_doubt" => StepMark::Stopped,
        "accepting" | "released" if is_last => StepMark::Waiting,
        _ => StepMark::Done,
    }
}

/// Who did it. The hub writes a person's replay and correction down in the person's name.
fn actor(entry: &JournalEntry) -> String {
    let person = match entry.kind.as_str() {
        "replayed" => entry.text.strip_prefix("Replayed by "),
        "corrected" => entry.text.strip_prefix("Address corrected by "),
        _ => None,
    };
    person.unwrap_or(&entry.actor).to_owned()
}

/// What comes next; nothing when all is done.
fn next(view: &View<'_>, order: &Order, parcels: &[Parcel]) -> Option<Step> {
    let title = &order.rules.title;
    let step = |text: String, actor: &str| {
        Some(Step {
            at: None,
            gap: String::new(),
            mark: StepMark::Next,
            text,
            actor: actor.to_owned(),
            detail: String::new(),
        })
    };
    let Some(state) = &order.state else {
        return step(format!("A document of {title} that can be read"), "");
    };
    let held = state.held.as_ref().or_else(|| parcels.iter().find_map(|parcel| parcel.state.as_ref()?.held.as_ref()));
    if let Some((cause, ..)) = held {
        return step(cause.next_action().to_owned(), cause.owner());
    }
    match state.stage {
        OrderStage::Received => match &state.order.readiness {
            Readiness::NotYet(why) => step(format!("{title} lets it be picked; until then: {why}"), ""),
            _ => step("The checks".to_owned(), ""),
        },
        OrderStage::Accepting => step(format!("{title} is seen to have the acceptance"), ""),
        OrderStage::Releasing => step(format!("In {}, read back and released for picking", view.warehouse()), ""),
        OrderStage::InWarehouse => step("Pick and despatch in the warehouse".to_owned(), ""),
        OrderStage::PartDespatched => {
            let waits = waiting_units(order);
            step(format!("{} to leave the warehouse", words::count(waits, "unit", "units")), "")
        }
        OrderStage::Despatched => step(format!("{title} is seen to know every parcel"), ""),
        OrderStage::Confirmed | OrderStage::Cancelled | OrderStage::Elsewhere => None,
    }
}

fn waiting_units(order: &Order) -> u64 {
    order.state.as_ref().map_or(0, |state| {
        state
            .mapped
            .iter()
            .map(|line| line.quantity.saturating_sub(state.despatched(&line.line_id)).max(0))
            .fold(0_u64, |sum, units| sum.saturating_add(units.unsigned_abs()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_word_of_a_journal_is_still_under_way() {
        assert_eq!(mark("released", true), StepMark::Waiting);
        assert_eq!(mark("released", false), StepMark::Done);
        assert_eq!(mark("held", false), StepMark::Stopped);
    }
}
