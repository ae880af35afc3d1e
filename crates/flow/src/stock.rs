//! What a channel may show (`A010`, `A060`, `A065`, `B016`).

use crossdock_planted::{self as planted, Bug};

use crate::{ChannelRules, GuardRules};

/// The units of a plain item that may be promised: available, less what is sold and not yet counted by the warehouse.
///
/// Never negative: a warehouse that owes goods has nothing to sell.
pub fn promisable(available: i64, pending: i64) -> i64 {
    let pending = if planted::on(Bug::DemandForgotten) { 0 } else { pending.max(0) };
    available.saturating_sub(pending).max(0)
}

/// What a channel shows of an item or kit with this many promisable units: less the buffer, at most the cap.
pub fn publish(promisable: i64, rules: &ChannelRules) -> i64 {
    let buffer = if planted::on(Bug::BufferForgotten) { 0 } else { rules.buffer.max(0) };
    let shown = promisable.saturating_sub(buffer).max(0);
    rules.cap.map_or(shown, |cap| shown.min(cap.max(0)))
}

/// The kits that can be made of their components: `(promisable units, units per kit)` for each. The smallest decides.
///
/// A kit without parts, or with a part that needs no units, can be promised to nobody: 0.
pub fn kits(parts: &[(i64, i64)]) -> i64 {
    let mut counts = parts.iter().map(|(units, per_kit)| if *per_kit > 0 { units.max(&0) / per_kit } else { 0 });
    if planted::on(Bug::KitByLargest) {
        return counts.max().unwrap_or(0);
    }
    counts.by_ref().min().unwrap_or(0)
}

/// The state of a channel's listings just before a push.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cliff {
    /// All listings.
    pub listings: u64,
    /// Listings that show more than 0 now.
    pub in_stock: u64,
    /// Listings that the waiting push would take to 0.
    pub to_zero: u64,
    /// Listings that recent pushes took to 0.
    pub zeroed: u64,
    /// Listings that the waiting push would change.
    pub changing: u64,
}

/// Whether a push must stop and ask; the sentence says why.
pub fn guard(cliff: Cliff, rules: &GuardRules) -> Option<String> {
    if cliff.listings < rules.at_least || planted::on(Bug::GuardOff) {
        return None;
    }
    let share = |part: u64, whole: u64| {
        #[expect(clippy::cast_precision_loss, reason = "a share for a threshold, of counts far below 2^52")]
        let share = part as f64 / whole.max(1) as f64;
        share
    };
    let falling = cliff.to_zero + cliff.zeroed;
    let sellable = cliff.in_stock + cliff.zeroed;
    if cliff.to_zero > 0 && share(falling, sellable) > rules.zero_share {
        return Some(format!(
            "The push would take {} of {sellable} listings in stock to 0 ({} % allowed)",
            falling,
            percent(rules.zero_share)
        ));
    }
    if share(cliff.changing, cliff.listings) > rules.change_share {
        return Some(format!(
            "The push would change {} of {} listings ({} % allowed)",
            cliff.changing,
            cliff.listings,
            percent(rules.change_share)
        ));
    }
    None
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(buffer: i64, cap: Option<i64>) -> ChannelRules {
        ChannelRules { buffer, cap, ..ChannelRules::new("mp", "Marketplacer", "MP-") }
    }

    #[test]
    fn b083_a_channel_shows_what_can_really_be_shipped() {
        assert_eq!(publish(promisable(10, 0), &rules(1, None)), 9);
        assert_eq!(publish(promisable(10, 4), &rules(1, None)), 5);
        assert_eq!(publish(promisable(1, 0), &rules(1, None)), 0);
        assert_eq!(publish(promisable(-3, 2), &rules(0, None)), 0);
        assert_eq!(publish(promisable(500, 0), &rules(0, Some(99))), 99);
        assert_eq!(publish(promisable(i64::MIN, i64::MAX), &rules(i64::MAX, Some(-1))), 0);
    }

    #[test]
    fn the_figure_is_never_above_available_less_pending_less_buffer() {
        for available in -3..20 {
            for pending in 0..12 {
                for buffer in 0..4 {
                    let shown = publish(promisable(available, pending), &rules(buffer, None));
                    assert!(shown >= 0 && (shown == 0 || shown <= available - pending - buffer));
                }
            }
        }
    }

    #[test]
    fn a_kit_follows_its_smallest_component() {
        assert_eq!(kits(&[(10, 1), (7, 2)]), 3);
        assert_eq!(kits(&[(10, 1), (0, 2)]), 0);
        assert_eq!(kits(&[]), 0);
        assert_eq!(kits(&[(10, 0)]), 0);
    }

    #[test]
    fn a_feed_that_zeroes_everything_is_stopped() {
        let cliff = Cliff { listings: 200, in_stock: 190, to_zero: 190, zeroed: 0, changing: 190 };
        assert!(guard(cliff, &GuardRules::default()).unwrap().contains("190 of 190"));
        let few = Cliff { to_zero: 5, changing: 5, ..cliff };
        assert_eq!(guard(few, &GuardRules::default()), None);
    }

    #[test]
    fn the_guard_lets_through_exactly_what_it_allows() {
        let rules = GuardRules::default();
        let push = |in_stock, to_zero, zeroed| Cliff { listings: 100, in_stock, to_zero, zeroed, changing: to_zero };
        assert_eq!(guard(push(100, 30, 0), &rules), None, "three in ten may sell out");
        let stopped = guard(push(100, 31, 0), &rules).unwrap();
        assert_eq!(stopped, "The push would take 31 of 100 listings in stock to 0 (30 % allowed)");
        // What went a moment ago counts among what was in stock then.
        assert_eq!(guard(push(80, 10, 20), &rules), None);
        assert!(guard(push(80, 11, 20), &rules).unwrap().contains("31 of 100"));
        // A push that takes nothing to 0 only mends what others did.
        assert_eq!(guard(Cliff { changing: 50, ..push(10, 0, 90) }, &rules), None);
    }

    #[test]
    fn a_small_catalogue_may_jump_and_a_large_one_may_change_by_its_share() {
        let rules = GuardRules { change_share: 0.5, at_least: 20, ..GuardRules::default() };
        let changing = |listings, changing| Cliff { listings, changing, in_stock: listings, ..Cliff::default() };
        assert_eq!(guard(changing(20, 10), &rules), None, "half of it");
        let stopped = guard(changing(20, 11), &rules).unwrap();
        assert_eq!(stopped, "The push would change 11 of 20 listings (50 % allowed)");
        assert_eq!(guard(changing(19, 19), &rules), None, "no share is computed of so few");
        assert!(guard(changing(200, 200), &GuardRules::default()).is_none(), "the house lets a price week through");
    }

    #[test]
    fn zeroing_in_slices_is_stopped_as_well() {
        let slice = Cliff { listings: 200, in_stock: 140, to_zero: 10, zeroed: 51, changing: 10 };
        assert!(guard(slice, &GuardRules::default()).is_some());
    }
}
