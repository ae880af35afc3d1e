//! What holds for every order, parcel and figure (`reliability.md` §4, T9).

use std::collections::{BTreeMap, BTreeSet};

use crossdock_flow::calendar::{BankHolidays, Calendar};
use crossdock_flow::despatch::{allocate, packages};
use crossdock_flow::order::{OrderEvent, OrderState, SkuAnswer, check, is_speakable, warehouse_number};
use crossdock_flow::stock::{Cliff, guard, kits, promisable, publish};
use crossdock_flow::{AddressRules, ChannelRules, GuardRules, words};
use crossdock_model::{Address, DespatchRow, KitPart, Readiness};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use prop_kit::{cases, text, word};
use proptest::prelude::*;

use crate::support::{Shop, confirmed, done, left, line, order};

fn rules(buffer: i64, cap: Option<i64>) -> ChannelRules {
    ChannelRules { buffer, cap, ..ChannelRules::new("mp", "Marketplacer", "MP-") }
}

fn units() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -20_i64..1_000, 1 => any::<i64>(), 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn prop_a_figure_is_never_negative_nor_above_what_can_be_shipped(
        available in units(), pending in units(), buffer in units(), cap in prop::option::of(units()),
    ) {
        let shown = publish(promisable(available, pending), &rules(buffer, cap));
        let exact = i128::from(available) - i128::from(pending.max(0)) - i128::from(buffer.max(0));
        prop_assert!(shown >= 0);
        prop_assert!(i128::from(shown) <= exact.max(0));
        if let Some(cap) = cap {
            prop_assert!(shown <= cap.max(0));
        } else if exact <= i128::from(i64::MAX) && i128::from(available) - i128::from(pending.max(0)) > i128::from(i64::MIN) {
            prop_assert_eq!(i128::from(shown), exact.max(0), "nothing is held back without a reason");
        }
    }

    #[test]
    fn prop_more_sold_or_more_buffer_never_shows_more(
        available in units(), pending in 0_i64..1_000, more in 0_i64..1_000, buffer in 0_i64..50,
    ) {
        let shown = |pending, buffer| publish(promisable(available, pending), &rules(buffer, None));
        prop_assert!(shown(pending + more, buffer) <= shown(pending, buffer));
        prop_assert!(shown(pending, buffer + more) <= shown(pending, buffer));
    }

    #[test]
    fn prop_as_many_kits_as_the_scarcest_component_allows(parts in prop::collection::vec((units(), 1_i64..20), 1..6)) {
        let made = kits(&parts);
        prop_assert!(made >= 0);
        let enough = |kits: i128| parts.iter().all(|(units, per)| i128::from((*units).max(0)) >= kits * i128::from(*per));
        prop_assert!(enough(made.into()) && !enough(i128::from(made) + 1));
        let mut turned = parts.clone();
        turned.reverse();
        prop_assert_eq!(kits(&turned), made);
    }

    #[test]
    fn prop_a_feed_of_noughts_is_always_stopped_and_a_quiet_one_never(in_stock in 50_u64..5_000, share in 0_u64..=100) {
        let rules = GuardRules::default();
        let push = |to_zero| Cliff { listings: in_stock, in_stock, to_zero, zeroed: 0, changing: to_zero };
        prop_assume!(in_stock >= rules.at_least);
        prop_assert!(guard(push(in_stock), &rules).is_some());
        prop_assert_eq!(guard(push(0), &rules), None);
        // Slices of one push are judged like the whole.
        let whole = in_stock * share / 100;
        let slice = Cliff { in_stock: in_stock - whole / 2, to_zero: whole - whole / 2, zeroed: whole / 2, ..push(whole) };
        if guard(push(whole), &rules).is_some_and(|why| why.contains("to 0")) {
            prop_assert!(guard(slice, &rules).is_some());
        }
    }

    #[test]
    fn prop_an_order_number_fits_and_can_be_said(prefix in "[A-Za-z0-9._/-]{1,8}", number in prop_oneof![text(), "[0-9A-Z/-]{1,40}"]) {
        let given = warehouse_number(&prefix, &number);
        prop_assert!(given.chars().count() <= 30 && given.starts_with(&prefix));
        prop_assert!(is_speakable(&given.replacen('~', "", 1)));
        prop_assert_eq!(&given, &warehouse_number(&prefix, &number));
        let kept = given == format!("{prefix}{number}");
        prop_assert_eq!(kept, is_speakable(&number) && !number.is_empty() && prefix.len() + number.len() <= 30);
    }

    #[test]
    fn prop_two_orders_never_share_a_number(
        numbers in prop::collection::btree_set(prop_oneof![text(), "[0-9]{20,40}", "~[0-9a-f]{20}", "[A-Z0-9]{1,3}"], 2..12),
    ) {
        // The configuration refuses prefixes of which one begins another, and those with a `~`.
        let mut given = BTreeSet::new();
        for prefix in ["MP-", "JL-"] {
            for number in &numbers {
                prop_assert!(given.insert(warehouse_number(prefix, number)), "{} {:?}", prefix, number);
            }
        }
    }

    #[test]
    fn prop_words_for_a_time_are_short_for_every_time(seconds in any::<i64>(), base in 0_i64..4_000_000_000) {
        let said = words::span(SignedDuration::from_secs(seconds));
        prop_assert!(!said.is_empty() && said.len() < 40);
        let now = Timestamp::from_second(base).unwrap();
        let at = now.saturating_add(SignedDuration::from_secs(seconds % 4_000_000_000)).unwrap();
        prop_assert_eq!(words::due(at, now).ends_with("late"), at < now);
    }
}

fn zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec!["Europe/London", "Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe"])
        .prop_map(|name| TimeZone::get(name).unwrap())
}

fn moment() -> impl Strategy<Value = Timestamp> {
    // 2024 to 2031.
    (1_704_067_200_i64..1_924_991_999).prop_map(|second| Timestamp::from_second(second).unwrap())
}

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn calendar() -> impl Strategy<Value = (Calendar, TimeZone)> {
    (zone(), prop::sample::subsequence(WEEK.to_vec(), 1..=7), prop::option::of(0_i8..24), any::<bool>()).prop_map(
        |(zone, days, cut_off, england)| {
            let holidays = if england { BankHolidays::England } else { BankHolidays::None };
            let calendar = Calendar::new(zone.clone(), &days).unwrap();
            let cut_off = cut_off.map(|hour| jiff::civil::time(hour, 30, 0, 0));
            (calendar.with_cut_off(cut_off).with_bank_holidays(holidays), zone)
        },
    )
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_a_deadline_is_never_early_and_ends_on_a_working_day(
        (calendar, zone) in calendar(), order in moment(), minutes in 1_i64..20_000,
    ) {
        let length = SignedDuration::from_mins(minutes);
        let end = calendar.after(order, length);
        prop_assert!(end.duration_since(order) >= length);
        // The end of a day belongs to it.
        let last = zone.to_datetime(end - SignedDuration::from_nanos(1)).date();
        prop_assert!(calendar.works(last), "{} is no working day", last);
    }

    #[test]
    fn prop_a_later_order_or_a_longer_service_is_never_due_sooner(
        (calendar, _) in calendar(), order in moment(), later in 0_i64..10_000, minutes in 0_i64..20_000,
    ) {
        let length = SignedDuration::from_mins(minutes);
        let wait = SignedDuration::from_mins(later);
        prop_assert!(calendar.after(order + wait, length) >= calendar.after(order, length));
        prop_assert!(calendar.after(order, length + wait) >= calendar.after(order, length));
    }

    #[test]
    fn prop_where_every_day_works_hours_are_hours(zone in zone(), order in moment(), minutes in 0_i64..50_000) {
        let calendar = Calendar::new(zone, &WEEK).unwrap();
        let length = SignedDuration::from_mins(minutes);
        prop_assert_eq!(calendar.after(order, length), order + length);
    }

    #[test]
    fn prop_texts_of_an_address_are_measured_as_the_warehouse_counts(name in text(), code in text(), max in 1_usize..40) {
        let mut order = order(Readiness::Ready);
        order.lines.truncate(1);
        let address = Address { recipient: name.as_str().into(), postcode: code.as_str().into(), ..order.ship_to.clone() };
        let rules = AddressRules { name_max: max, line_max: 100, check_postcode: true };
        let found = check(&order, Some((&address, &rules)), &|sku: &str| SkuAnswer::Item(sku.to_owned()));
        let too_long = found.iter().any(|problem| problem.cause.code() == "address.too_long");
        prop_assert_eq!(too_long, name.encode_utf16().count() > max);
        // No finding repeats what it found: these are somebody's name and postcode.
        prop_assert!(name.len() < 6 || !found.iter().any(|problem| problem.detail.contains(&name)));
    }
}

/// A document of the channel, as a function of how often it was changed: later ones take back what earlier ones said.
fn document(version: u8) -> OrderEvent {
    let mut order = order(match version {
        0 => Readiness::NotYet("payment".to_owned()),
        4 | 5 => Readiness::Cancelled,
        _ => Readiness::Ready,
    });
    order.updated_at = order.updated_at.saturating_add(SignedDuration::from_secs(version.into())).unwrap();
    order.remote_state = format!("STATE-{version}");
    OrderEvent::Seen(Box::new(order))
}

/// What is known in the end, apart from when it was last heard of.
fn known(state: &OrderState) -> (String, String, Readiness, Vec<(String, bool)>, Option<String>) {
    let parcels = state.parcels.iter().map(|(key, mark)| (key.clone(), mark.confirmed)).collect();
    let held = state.held.as_ref().map(|(cause, ..)| cause.code().to_owned());
    (state.word().to_owned(), state.order.remote_state.clone(), state.order.readiness.clone(), parcels, held)
}

proptest! {
    #![proptest_config(cases(512))]

    /// Fault F23: documents that come twice, late and in any order leave the order where the newest one puts it.
    #[test]
    fn prop_f23_documents_in_any_order_end_in_the_same_state(
        versions in Just((1_u8..=3).collect::<Vec<_>>()).prop_shuffle(), again in prop::collection::vec(0_usize..3, 0..3),
    ) {
        let shop = Shop::new();
        let end = |versions: &[u8]| {
            let (mut state, _) = shop.open(order(Readiness::NotYet("payment".to_owned())));
            for version in versions {
                shop.step(&mut state, document(*version));
            }
            known(&state)
        };
        let mut given = versions.clone();
        given.extend(again.iter().map(|place| versions[*place]));
        prop_assert_eq!(end(&given), end(&[1, 2, 3]));
    }

    /// Parcels and their confirmations may overtake each other, the read-back and documents of the channel.
    #[test]
    fn prop_f23_what_happens_to_a_released_order_ends_alike_in_any_order(
        events in Just((0_u8..6).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let shop = Shop::new();
        let event = |number: &u8| match number {
            0 => done(crossdock_connector::OperationKind::CreateOrder),
            1 => left("D1/T1", &[("l1", 1)]),
            2 => left("D2/T2", &[("l2", 2)]),
            3 => document(1),
            4 => document(2),
            _ => OrderEvent::Recheck,
        };
        let end = |events: &[u8]| {
            let (mut state, _) = shop.open(order(Readiness::Ready));
            for number in events {
                shop.step(&mut state, event(number));
            }
            // A confirmation is the engine's answer to a parcel that it knows.
            for package in ["D1/T1", "D2/T2"] {
                shop.step(&mut state, confirmed(package));
            }
            known(&state)
        };
        prop_assert_eq!(end(&events), end(&[0, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn prop_f23_an_event_that_comes_twice_asks_for_nothing_twice(
        events in prop::collection::vec(0_u8..6, 1..8),
    ) {
        let shop = Shop::new();
        let (mut state, first) = shop.open(order(Readiness::Ready));
        let mut keys: Vec<String> = first.effects.iter().map(|effect| effect.key.clone()).collect();
        for number in events {
            let event = match number {
                0 => left("D1/T1", &[("l1", 1)]),
                1 => document(1),
                2 => document(2),
                3 => OrderEvent::Recheck,
                4 => done(crossdock_connector::OperationKind::CreateOrder),
                _ => OrderEvent::Woken,
            };
            for _ in 0..2 {
                let actions = shop.step(&mut state, event.clone());
                keys.extend(actions.effects.iter().map(|effect| effect.key.clone()));
            }
        }
        let different: BTreeSet<&String> = keys.iter().collect();
        prop_assert_eq!(different.len(), keys.len());
    }

    /// Fault F56: whatever the lines of an order look like, the warehouse is asked for exactly the open units of each item.
    #[test]
    fn prop_f56_the_warehouse_gets_exactly_the_open_units(
        lines in prop::collection::vec((0_usize..3, 1_i64..50, any::<bool>()), 1..8),
    ) {
        let shop = Shop::new();
        let skus = ["MUG", "TEA", "GIFTBOX"];
        let mut order = order(Readiness::Ready);
        order.lines = lines
            .iter()
            .enumerate()
            .map(|(index, (sku, quantity, cancelled))| {
                let mut line = line(&format!("l{index}"), skus[*sku], *quantity);
                line.cancelled = *cancelled;
                line
            })
            .collect();
        let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
        for (sku, quantity, _) in lines.iter().filter(|(.., cancelled)| !cancelled) {
            *wanted.entry(skus[*sku]).or_default() += quantity;
        }
        let (state, actions) = shop.open(order);
        if wanted.is_empty() {
            prop_assert!(actions.effects.is_empty() && state.held.is_some());
        } else {
            let draft = crate::support::drafted(&actions);
            let asked: BTreeMap<&str, i64> = draft.lines.iter().map(|line| (line.item.as_str(), line.quantity)).collect();
            prop_assert_eq!(asked.len(), draft.lines.len(), "each item once");
            prop_assert_eq!(asked, wanted);
        }
    }
}

fn row() -> impl Strategy<Value = DespatchRow> {
    (0_u8..3, 0_u8..3, 0_u8..3, prop_oneof![6 => -2_i64..9, 1 => Just(i64::MAX)]).prop_map(
        |(despatch, tracking, item, quantity)| DespatchRow {
            order_number: "MP-1001".to_owned(),
            despatch_number: format!("D{despatch}"),
            carrier: "DPD".to_owned(),
            service: String::new(),
            despatched_at: Timestamp::from_second(1_700_000_000 + i64::from(despatch) * 600).unwrap(),
            tracking: if tracking == 0 { String::new() } else { format!("T{tracking}") },
            item: ["MUG", "TEA", "GIFTBOX"][usize::from(item)].to_owned(),
            line: String::new(),
            parent: None,
            quantity,
        },
    )
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_parcels_are_the_same_in_whatever_order_their_rows_come(
        rows in prop::collection::vec(row(), 0..10).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let (rows, shuffled) = rows;
        let told = |rows: &[DespatchRow]| {
            let mut all: Vec<_> = packages(rows)
                .into_iter()
                .map(|parcel| {
                    let mut lines: Vec<_> = parcel.lines.into_iter().map(|line| (line.item, line.quantity)).collect();
                    lines.sort();
                    (parcel.despatch_number, parcel.tracking, lines)
                })
                .collect();
            all.sort();
            all
        };
        prop_assert_eq!(told(&rows), told(&shuffled));
        let units = |rows: &[DespatchRow]| rows.iter().map(|row| i128::from(row.quantity.max(0))).sum::<i128>();
        let packed = packages(&rows).iter().flat_map(|parcel| parcel.lines.clone()).map(|line| i128::from(line.quantity)).sum::<i128>();
        prop_assert!(packed <= units(&rows));
        if units(&rows) < i128::from(i64::MAX) {
            prop_assert_eq!(packed, units(&rows), "no unit is lost between rows and parcels");
        }
    }

    /// I4: what is told to the channel is never more than was ordered, and never other than what the parcel holds.
    #[test]
    fn prop_i4_a_parcel_is_told_whole_within_the_order_or_not_at_all(
        rows in prop::collection::vec(row(), 1..8), kit in 0_i64..3,
    ) {
        let shop = Shop::new();
        let mut order = order(Readiness::Ready);
        order.lines = vec![line("l1", "MUG", 3), line("l2", "TEA", 6), line("l3", "MUG", 2), line("l4", "GIFTBOX", 5)];
        let mut state = shop.in_warehouse(order);
        let parts = |_: &str| vec![KitPart { kit: "SET".to_owned(), component: "MUG".to_owned(), quantity: kit }];
        for parcel in packages(&rows) {
            let Ok(lines) = allocate(&parcel, &state, &parts) else { continue };
            let told: i128 = lines.iter().map(|line| i128::from(line.quantity)).sum();
            let held: i128 = parcel.lines.iter().map(|line| i128::from(line.quantity)).sum();
            prop_assert_eq!(told, held);
            let key = format!("{}/{}", parcel.despatch_number, parcel.tracking);
            shop.step(&mut state, OrderEvent::ParcelLeft { package: key, lines, words: String::new() });
            for mapped in &state.mapped {
                prop_assert!(state.despatched(&mapped.line_id) <= mapped.quantity);
            }
        }
    }

    #[test]
    fn prop_kits_leave_in_whole_numbers_or_a_person_is_asked(
        mugs in prop_oneof![5 => 0_i64..20, 1 => Just(i64::MAX)], teas in 0_i64..20, rows in 1_usize..3, per in (1_i64..4, 1_i64..4),
    ) {
        let shop = Shop::new();
        let mut order = order(Readiness::Ready);
        order.lines = vec![line("l1", "GIFTBOX", 6)];
        let state = shop.in_warehouse(order);
        let parts = |_: &str| {
            let part = |component: &str, quantity| KitPart { kit: "GIFTBOX".to_owned(), component: component.to_owned(), quantity };
            vec![part("MUG", per.0), part("TEA", per.1)]
        };
        let component = |line: usize, item: &str, quantity| DespatchRow {
            item: item.to_owned(),
            parent: Some("GIFTBOX".to_owned()),
            line: line.to_string(),
            quantity,
            ..DespatchRow {
                order_number: "MP-1001".to_owned(),
                despatch_number: "D1".to_owned(),
                carrier: "DPD".to_owned(),
                service: String::new(),
                despatched_at: Timestamp::UNIX_EPOCH,
                tracking: "T1".to_owned(),
                item: String::new(),
                line: String::new(),
                parent: None,
                quantity: 0,
            }
        };
        let all: Vec<DespatchRow> =
            (0..rows).flat_map(|line| [component(line, "MUG", mugs), component(line, "TEA", teas)]).collect();
        for parcel in packages(&all) {
            if let Ok(lines) = allocate(&parcel, &state, &parts) {
                let count = i64::try_from(rows).unwrap();
                let units: i64 = lines.iter().map(|line| line.quantity).sum();
                prop_assert_eq!((units * per.0, units * per.1), (mugs * count, teas * count));
            }
        }
    }

    #[test]
    fn prop_no_sku_or_item_text_breaks_the_checks(codes in prop::collection::vec(prop_oneof![text(), word()], 1..6)) {
        let mut order = order(Readiness::Ready);
        order.lines = codes.iter().enumerate().map(|(index, code)| line(&format!("l{index}"), code, 1)).collect();
        let known = |code: &str| if code.len().is_multiple_of(2) { SkuAnswer::Unknown } else { SkuAnswer::Item(code.to_owned()) };
        let found = check(&order, None, &known);
        let expected = codes.iter().filter(|code| code.trim().is_empty() || code.trim().len().is_multiple_of(2)).count();
        prop_assert_eq!(found.len(), expected);
    }
}
