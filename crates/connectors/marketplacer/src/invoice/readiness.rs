//! What may be done with an invoice now, from its status flags (`contracts/marketplacer.md §5.1`).
//!
//! The flags are a history, not a state: several at once are normal, and only together with what is left to ship do they
//! say whether a warehouse may pick.

use crossdock_model::{Delivery, Readiness};
use crossdock_planted::{self as planted, Bug};

/// `InvoiceStatusFlagEnum` (`contracts/marketplacer.md §2.2`).
const KNOWN: [&str; 11] = [
    "PAID",
    "PAYMENT_UNDER_REVIEW",
    "SENT",
    "PARTIALLY_SENT",
    "AWAITING_RETURN",
    "AWAITING_REFUND",
    "REFUNDED",
    "CANCELLED",
    "READY",
    "COLLECTED",
    "REMITTED",
];

/// What the decision rests on.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent answers of the remote, not states of one machine"
)]
pub(super) struct Facts<'a> {
    /// `None` when the invoice carried no list of flags.
    pub(super) flags: Option<&'a [String]>,
    /// Flags beside the documented ones that are known to hold nothing up.
    pub(super) harmless: &'a [String],
    /// Whether `paidAt` is set.
    pub(super) paid: bool,
    /// The remote's word for the way of delivery, and ours.
    pub(super) delivery: (&'a str, Option<Delivery>),
    /// Whether some line has units left to ship, whatever is requested for them.
    pub(super) units_left: bool,
    /// Whether some line has units left that nobody wants to cancel.
    pub(super) something_open: bool,
    /// Whether a cancellation is open for units that are left.
    pub(super) cancellation_requested: bool,
    /// Whether every line was cancelled or refunded.
    pub(super) all_withdrawn: bool,
    /// Whether a line could not be seen. Nothing is picked then, lest the order leave short.
    pub(super) line_missing: bool,
    /// Whether a line does not say how much of it awaits dispatch: a part may be cancelled without another trace.
    pub(super) line_silent: bool,
    /// Whether refund requests could not be seen: one of them may be a cancellation.
    pub(super) requests_hidden: bool,
}

/// The flags that neither this version nor the settings know.
pub(super) fn unknown<'a>(flags: &'a [String], harmless: &[String]) -> Vec<&'a str> {
    let known = |flag: &&String| KNOWN.contains(&flag.as_str()) || harmless.contains(flag);
    flags.iter().filter(|flag| !known(flag)).map(String::as_str).collect()
}

/// `deliveryType` in the hub's words.
pub(super) fn delivery(word: &str) -> Option<Delivery> {
    match word {
        "BUY_ONLINE" => Some(Delivery::Ship),
        "CLICK_AND_COLLECT" => Some(Delivery::Collect),
        "NO_DISPATCH" => Some(Delivery::None),
        _ => None,
    }
}

/// The decision. Only one path leads to [`Readiness::Ready`].
pub(super) fn decide(facts: &Facts<'_>) -> Readiness {
    let Some(flags) = facts.flags else {
        return Readiness::Unknown("no status flags".to_owned());
    };
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let words = flags.join(", ");
    if !flags.is_empty() && !flags.iter().any(|flag| KNOWN.contains(&flag.as_str())) {
        return Readiness::Unknown(words);
    }
    let sent = has("SENT") || has("PARTIALLY_SENT");
    if has("CANCELLED") {
        // The flags are a history: it may stand for a part of the invoice only, and the rest may be due.
        if facts.units_left || facts.line_missing {
            return Readiness::Unknown(format!("{words}: flagged cancelled, but not all of it is seen to be"));
        }
        if !sent {
            return Readiness::Cancelled;
        }
    }
    if has("PAYMENT_UNDER_REVIEW") {
        return Readiness::NotYet("payment under review".to_owned());
    }
    if facts.line_missing {
        return Readiness::Unknown("a line came back empty".to_owned());
    }
    let Some(delivery) = facts.delivery.1 else {
        return Readiness::Unknown(format!("delivery type {}", facts.delivery.0));
    };
    if !facts.units_left && (sent || has("COLLECTED")) {
        return Readiness::Fulfilled;
    }
    if facts.all_withdrawn {
        return Readiness::Cancelled;
    }
    if planted::on(Bug::UnpaidReleased) {
        return Readiness::Ready;
    }
    if !has("PAID") {
        return Readiness::NotYet("awaiting payment".to_owned());
    }
    if !facts.paid {
        // Both belong together (`§5.1`): waiting for a date that nobody will send would be waiting for ever.
        return Readiness::Unknown(format!("{words}, without a time of payment"));
    }
    match delivery {
        Delivery::Collect if has("COLLECTED") => Readiness::Fulfilled,
        Delivery::Collect => Readiness::NotYet("click and collect".to_owned()),
        Delivery::None => Readiness::Fulfilled,
        Delivery::Ship if facts.something_open => to_be_picked(facts, flags, words),
        Delivery::Ship if facts.cancellation_requested => {
            Readiness::NotYet("cancellation requested, not decided yet".to_owned())
        }
        Delivery::Ship => Readiness::Unknown(format!("{words}, and nothing awaits dispatch")),
    }
}

/// The last gate: what would be picked now is held where something about it is not understood or not seen.
fn to_be_picked(facts: &Facts<'_>, flags: &[String], words: String) -> Readiness {
    if !unknown(flags, facts.harmless).is_empty() {
        Readiness::Unknown(words)
    } else if facts.requests_hidden {
        Readiness::Unknown("refund requests cannot be read, and one may be a cancellation".to_owned())
    } else if facts.line_silent {
        Readiness::Unknown("a line does not say what of it awaits dispatch".to_owned())
    } else {
        Readiness::Ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readiness(flags: &[&str], change: impl FnOnce(&mut Facts<'_>)) -> Readiness {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut facts = Facts {
            flags: Some(&flags),
            harmless: &[],
            paid: true,
            delivery: ("BUY_ONLINE", Some(Delivery::Ship)),
            units_left: true,
            something_open: true,
            cancellation_requested: false,
            all_withdrawn: false,
            line_missing: false,
            line_silent: false,
            requests_hidden: false,
        };
        change(&mut facts);
        decide(&facts)
    }

    fn not_yet(text: &str) -> Readiness {
        Readiness::NotYet(text.to_owned())
    }

    #[test]
    fn a_paid_invoice_with_something_to_ship_may_be_picked() {
        assert_eq!(readiness(&["PAID"], |_| ()), Readiness::Ready);
        assert_eq!(readiness(&["PAID", "PARTIALLY_SENT"], |_| ()), Readiness::Ready);
        assert_eq!(readiness(&["REMITTED", "PAID", "AWAITING_RETURN"], |_| ()), Readiness::Ready);
    }

    #[test]
    fn nothing_is_picked_before_the_money_is_sure() {
        // contracts/marketplacer.md §5.1: fraud review holds an order even when it is paid.
        assert_eq!(readiness(&["PAID", "PAYMENT_UNDER_REVIEW"], |_| ()), not_yet("payment under review"));
        assert_eq!(readiness(&[], |facts| facts.paid = false), not_yet("awaiting payment"));
        assert_eq!(readiness(&["REMITTED"], |_| ()), not_yet("awaiting payment"));
    }

    fn nothing_left(facts: &mut Facts<'_>) {
        facts.units_left = false;
        facts.something_open = false;
    }

    #[test]
    fn a_cancelled_invoice_is_never_picked() {
        assert_eq!(readiness(&["PAID", "CANCELLED"], nothing_left), Readiness::Cancelled);
        assert_eq!(readiness(&["CANCELLED", "PAYMENT_UNDER_REVIEW"], nothing_left), Readiness::Cancelled);
        let withdrawn = |facts: &mut Facts<'_>| {
            nothing_left(facts);
            facts.all_withdrawn = true;
        };
        assert_eq!(readiness(&["PAID"], withdrawn), Readiness::Cancelled);
    }

    #[test]
    fn a_cancellation_beside_units_that_are_left_needs_a_person() {
        // contracts/marketplacer.md §5.1: the flags are a history set; what is left may be due.
        for flags in [&["PAID", "CANCELLED"][..], &["PAID", "PARTIALLY_SENT", "CANCELLED"]] {
            assert!(matches!(readiness(flags, |_| ()), Readiness::Unknown(_)), "{flags:?}");
        }
        let asked_for = |facts: &mut Facts<'_>| {
            facts.something_open = false;
            facts.cancellation_requested = true;
        };
        assert!(matches!(readiness(&["PAID", "CANCELLED"], asked_for), Readiness::Unknown(_)));
        let hole = |facts: &mut Facts<'_>| {
            nothing_left(facts);
            facts.line_missing = true;
        };
        assert!(matches!(readiness(&["CANCELLED"], hole), Readiness::Unknown(_)));
    }

    #[test]
    fn units_that_somebody_wants_to_cancel_wait_for_the_decision() {
        let asked_for = |facts: &mut Facts<'_>| {
            facts.something_open = false;
            facts.cancellation_requested = true;
        };
        let waits = not_yet("cancellation requested, not decided yet");
        assert_eq!(readiness(&["PAID", "AWAITING_RETURN"], asked_for), waits);
        assert_eq!(readiness(&["PAID", "PARTIALLY_SENT"], asked_for), waits, "the rest may yet be due: not fulfilled");
        let partly = |facts: &mut Facts<'_>| facts.cancellation_requested = true;
        assert_eq!(readiness(&["PAID"], partly), Readiness::Ready, "what nobody wants to cancel goes on");
    }

    #[test]
    fn what_left_the_warehouse_stays_fulfilled_even_when_it_is_refunded_later() {
        let settled = |facts: &mut Facts<'_>| {
            nothing_left(facts);
            facts.all_withdrawn = true;
        };
        assert_eq!(readiness(&["PAID", "SENT", "REFUNDED"], settled), Readiness::Fulfilled);
        assert_eq!(readiness(&["PAID", "PARTIALLY_SENT", "CANCELLED"], settled), Readiness::Fulfilled);
    }

    #[test]
    fn collection_and_bookings_never_reach_the_pickers() {
        let collect = |facts: &mut Facts<'_>| facts.delivery = ("CLICK_AND_COLLECT", Some(Delivery::Collect));
        assert_eq!(readiness(&["PAID", "READY"], collect), not_yet("click and collect"));
        assert_eq!(readiness(&["PAID", "COLLECTED"], collect), Readiness::Fulfilled);
        let booking = |facts: &mut Facts<'_>| facts.delivery = ("NO_DISPATCH", Some(Delivery::None));
        assert_eq!(readiness(&["PAID"], booking), Readiness::Fulfilled);
    }

    #[test]
    fn what_is_not_understood_is_held() {
        assert_eq!(readiness(&["TELEPORTED"], |_| ()), Readiness::Unknown("TELEPORTED".to_owned()));
        assert_eq!(readiness(&["PAID", "TELEPORTED"], |_| ()), Readiness::Unknown("PAID, TELEPORTED".to_owned()));
        let drone = |facts: &mut Facts<'_>| facts.delivery = ("DRONE", None);
        assert_eq!(readiness(&["PAID"], drone), Readiness::Unknown("delivery type DRONE".to_owned()));
        let no_flags = |facts: &mut Facts<'_>| facts.flags = None;
        assert!(matches!(readiness(&[], no_flags), Readiness::Unknown(_)));
        for unseen in [
            |facts: &mut Facts<'_>| facts.line_missing = true,
            |facts: &mut Facts<'_>| facts.line_silent = true,
            |facts: &mut Facts<'_>| facts.requests_hidden = true,
        ] {
            assert!(matches!(readiness(&["PAID"], unseen), Readiness::Unknown(_)));
        }
    }

    #[test]
    fn what_contradicts_itself_is_held_and_does_not_wait_for_ever() {
        assert!(matches!(readiness(&["PAID"], |facts| facts.paid = false), Readiness::Unknown(_)));
        assert!(matches!(readiness(&["PAID"], nothing_left), Readiness::Unknown(_)));
    }

    #[test]
    fn an_unknown_word_changes_nothing_where_nothing_would_be_picked() {
        assert_eq!(readiness(&["PAID", "SENT", "GIFTED"], nothing_left), Readiness::Fulfilled);
        assert_eq!(readiness(&["PAYMENT_UNDER_REVIEW", "GIFTED"], |_| ()), not_yet("payment under review"));
    }

    #[test]
    fn ready_needs_every_condition_at_once() {
        // Every combination of the conditions of §5.1: exactly one of them is Ready.
        let mut ready = 0;
        for bits in 0_u16..1024 {
            let on = |bit: u8| bits & (1 << bit) != 0;
            let mut flags = Vec::new();
            if on(0) {
                flags.push("PAID");
            }
            if !on(1) {
                flags.push("PAYMENT_UNDER_REVIEW");
            }
            if !on(2) {
                flags.push("CANCELLED");
            }
            if !on(9) {
                flags.push("TELEPORTED");
            }
            let outcome = readiness(&flags, |facts| {
                facts.paid = on(3);
                facts.something_open = on(4);
                if !on(5) {
                    facts.delivery = ("CLICK_AND_COLLECT", Some(Delivery::Collect));
                }
                facts.line_missing = !on(6);
                facts.line_silent = !on(7);
                facts.requests_hidden = !on(8);
            });
            ready += u32::from(outcome == Readiness::Ready);
            assert_eq!(outcome == Readiness::Ready, bits == 1023, "{flags:?} {bits:010b}");
        }
        assert_eq!(ready, 1);
    }
}
