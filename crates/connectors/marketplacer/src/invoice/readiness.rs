//! What may be done with an invoice now, from its status flags (`contracts/marketplacer.md §5.1`).
//!
//! The flags are a history, not a state: several at once are normal, and only together with what is left to ship do they
//! say whether a warehouse may pick.

use crossdock_model::{Delivery, Readiness};

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
    /// Whether `paidAt` is set.
    pub(super) paid: bool,
    /// The remote's word for the way of delivery, and ours.
    pub(super) delivery: (&'a str, Option<Delivery>),
    /// Whether some line has units left to ship.
    pub(super) something_open: bool,
    /// Whether every line was cancelled or refunded.
    pub(super) all_withdrawn: bool,
    /// Whether a line could not be seen. Nothing is picked then, lest the order leave short.
    pub(super) line_missing: bool,
}

/// The flags that this version does not know.
pub(super) fn unknown(flags: &[String]) -> Vec<&str> {
    flags.iter().map(String::as_str).filter(|flag| !KNOWN.contains(flag)).collect()
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
    let all_gone = sent && !facts.something_open;
    if has("CANCELLED") && !all_gone {
        return Readiness::Cancelled;
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
    if !facts.something_open && (sent || has("COLLECTED")) {
        return Readiness::Fulfilled;
    }
    if facts.all_withdrawn {
        return Readiness::Cancelled;
    }
    if !has("PAID") || !facts.paid {
        return Readiness::NotYet("awaiting payment".to_owned());
    }
    match delivery {
        Delivery::Collect if has("COLLECTED") => Readiness::Fulfilled,
        Delivery::Collect => Readiness::NotYet("click and collect".to_owned()),
        Delivery::None => Readiness::Fulfilled,
        Delivery::Ship if facts.something_open => Readiness::Ready,
        Delivery::Ship => Readiness::NotYet("nothing awaits dispatch".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readiness(flags: &[&str], change: impl FnOnce(&mut Facts<'_>)) -> Readiness {
        let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let mut facts = Facts {
            flags: Some(&flags),
            paid: true,
            delivery: ("BUY_ONLINE", Some(Delivery::Ship)),
            something_open: true,
            all_withdrawn: false,
            line_missing: false,
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
        assert_eq!(readiness(&["PAID"], |facts| facts.paid = false), not_yet("awaiting payment"));
        assert_eq!(readiness(&[], |facts| facts.paid = false), not_yet("awaiting payment"));
        assert_eq!(readiness(&["REMITTED"], |_| ()), not_yet("awaiting payment"));
    }

    #[test]
    fn a_cancelled_invoice_is_never_picked() {
        assert_eq!(readiness(&["PAID", "CANCELLED"], |_| ()), Readiness::Cancelled);
        assert_eq!(readiness(&["CANCELLED", "PAYMENT_UNDER_REVIEW"], |_| ()), Readiness::Cancelled);
        let withdrawn = |facts: &mut Facts<'_>| {
            facts.something_open = false;
            facts.all_withdrawn = true;
        };
        assert_eq!(readiness(&["PAID"], withdrawn), Readiness::Cancelled);
    }

    #[test]
    fn what_left_the_warehouse_stays_fulfilled_even_when_it_is_refunded_later() {
        let settled = |facts: &mut Facts<'_>| {
            facts.something_open = false;
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
        assert_eq!(readiness(&["PAID", "TELEPORTED"], |_| ()), Readiness::Ready);
        let drone = |facts: &mut Facts<'_>| facts.delivery = ("DRONE", None);
        assert_eq!(readiness(&["PAID"], drone), Readiness::Unknown("delivery type DRONE".to_owned()));
        let no_flags = |facts: &mut Facts<'_>| facts.flags = None;
        assert!(matches!(readiness(&[], no_flags), Readiness::Unknown(_)));
        let hole = |facts: &mut Facts<'_>| facts.line_missing = true;
        assert!(matches!(readiness(&["PAID"], hole), Readiness::Unknown(_)));
    }

    #[test]
    fn ready_needs_every_condition_at_once() {
        // Every combination of the conditions of §5.1: exactly one of them is Ready.
        let mut ready = 0;
        for bits in 0_u8..64 {
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
            let outcome = readiness(&flags, |facts| {
                facts.paid = on(3);
                facts.something_open = on(4);
                if !on(5) {
                    facts.delivery = ("CLICK_AND_COLLECT", Some(Delivery::Collect));
                }
            });
            ready += u32::from(outcome == Readiness::Ready);
            assert_eq!(outcome == Readiness::Ready, bits == 63, "{flags:?} {bits:06b}");
        }
        assert_eq!(ready, 1);
    }
}
