//! From the marketplace to the warehouse: what may be picked, when, and as what.

use crossdock_connector::{Operation, OperationKind, RejectCode};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{AddressFix, OrderEvent, OrderStage, SkuAnswer};
use crossdock_flow::{Demand, Target};
use crossdock_model::{Delivery, Readiness};

use crate::support::{Dice, Shop, at, cause, done, drafted, kinds, line, order, refused, replay, said};

fn readinesses() -> [Readiness; 6] {
    [
        Readiness::AwaitingAcceptance,
        Readiness::NotYet("payment".to_owned()),
        Readiness::Ready,
        Readiness::Fulfilled,
        Readiness::Cancelled,
        Readiness::Unknown("TELEPORTED".to_owned()),
    ]
}

#[test]
fn every_readiness_with_every_delivery_has_exactly_one_lawful_next_step() {
    for delivery in [Delivery::Ship, Delivery::Collect, Delivery::None] {
        for readiness in readinesses() {
            let mut sale = order(readiness.clone());
            sale.delivery = delivery;
            let (state, actions) = Shop::new().open(sale);
            let expected = match readiness {
                Readiness::Cancelled => (OrderStage::Cancelled, None, vec![]),
                Readiness::Fulfilled => (OrderStage::Elsewhere, None, vec![]),
                Readiness::Unknown(_) => (OrderStage::Received, Some(Cause::ChannelState), vec![]),
                _ if delivery != Delivery::Ship => (OrderStage::Received, Some(Cause::CollectOrder), vec![]),
                Readiness::NotYet(_) => (OrderStage::Received, None, vec![]),
                Readiness::AwaitingAcceptance => (OrderStage::Accepting, None, vec![OperationKind::AcceptOrder]),
                Readiness::Ready => (OrderStage::Releasing, None, vec![OperationKind::CreateOrder]),
            };
            let found = (state.stage, cause(&actions), kinds(&actions));
            assert_eq!(found, expected, "{:?} {delivery:?}", state.order.readiness);
        }
    }
}

#[test]
fn an_order_is_accepted_before_it_is_released_and_once() {
    let shop = Shop::new();
    let (mut state, actions) = shop.open(order(Readiness::AwaitingAcceptance));
    let [planned] = actions.effects.as_slice() else { panic!("one acceptance was expected") };
    assert_eq!(planned.target, Target::Channel);
    let Operation::AcceptOrder { order_id, lines } = &planned.operation else { panic!("{:?}", planned.operation) };
    assert_eq!((order_id.as_str(), lines.as_slice()), ("remote-1001", &["l1".to_owned(), "l2".to_owned()][..]));

    // Polls that still say "awaiting acceptance" while it is under way ask for nothing more.
    assert_eq!(kinds(&shop.seen(&mut state, |_| {})), []);
    // Accepted: still nothing for the warehouse until the marketplace says that it may be picked.
    assert_eq!(kinds(&shop.step(&mut state, done(OperationKind::AcceptOrder))), []);
    assert_eq!(state.stage, OrderStage::Received);
    let released = shop.seen(&mut state, |order| order.readiness = Readiness::Ready);
    assert_eq!(kinds(&released), [OperationKind::CreateOrder]);
    assert_eq!(state.stage, OrderStage::Releasing);
}

#[test]
fn an_address_that_is_still_hidden_does_not_stand_in_the_way_of_accepting() {
    let shop = Shop::new();
    let mut sale = order(Readiness::AwaitingAcceptance);
    sale.ship_to = crossdock_model::Address::default();
    let (mut state, actions) = shop.open(sale);
    assert_eq!(kinds(&actions), [OperationKind::AcceptOrder]);
    shop.step(&mut state, done(OperationKind::AcceptOrder));
    // It does stand in the way of the warehouse.
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::Ready);
    assert_eq!(cause(&actions), Some(Cause::AddressIncomplete));
    assert_eq!(kinds(&actions), []);
}

#[test]
fn a073_nothing_is_accepted_that_cannot_be_picked() {
    let mut shop = Shop::new();
    shop.skus.remove("TEA");
    let (_, actions) = shop.open(order(Readiness::AwaitingAcceptance));
    assert_eq!((cause(&actions), kinds(&actions)), (Some(Cause::SkuUnknown), vec![]));
}

#[test]
fn f56_the_same_article_on_two_lines_is_one_warehouse_line_with_the_sum() {
    let mut shop = Shop::new();
    shop.skus.insert("TEA-OLD".to_owned(), SkuAnswer::Item("TEA".to_owned()));
    let mut sale = order(Readiness::Ready);
    sale.lines = vec![line("l1", "TEA", 2), line("l2", "MUG", 1), line("l3", "TEA-OLD", 3)];
    let (state, actions) = shop.open(sale);
    let draft = drafted(&actions);
    let lines: Vec<_> =
        draft.lines.iter().map(|line| (line.line.as_str(), line.item.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("1", "TEA", 5), ("2", "MUG", 1)]);
    // What each channel line became is remembered, so that both can be shipped.
    let mapped: Vec<_> = state.mapped.iter().map(|line| (line.line_id.as_str(), line.quantity)).collect();
    assert_eq!(mapped, [("l1", 2), ("l2", 1), ("l3", 3)]);
}

#[test]
fn the_draft_holds_every_open_unit_and_no_other() {
    let mut dice = Dice(7);
    let shop = Shop::new();
    for round in 0..2_000 {
        let mut sale = order(Readiness::Ready);
        let count = dice.below(8) + 1;
        sale.lines = (0..count)
            .map(|index| {
                let sku = ["MUG", "TEA", "GIFTBOX"][usize::try_from(dice.below(3)).unwrap()];
                let mut line = line(&format!("l{index}"), sku, dice.units(1, 9));
                line.open = dice.units(0, line.quantity);
                line.cancelled = dice.below(5) == 0;
                line
            })
            .collect();
        let open: i64 = sale.lines.iter().filter(|line| !line.cancelled).map(|line| line.open).sum();
        let (state, actions) = shop.open(sale);
        if open == 0 {
            assert_eq!(cause(&actions), Some(Cause::NoLines), "round {round}");
            continue;
        }
        let draft = drafted(&actions);
        assert_eq!(draft.lines.iter().map(|line| line.quantity).sum::<i64>(), open, "round {round}");
        assert_eq!(state.mapped.iter().map(|line| line.quantity).sum::<i64>(), open, "round {round}");
        let mut items: Vec<_> = draft.lines.iter().map(|line| &line.item).collect();
        items.sort();
        items.dedup();
        assert_eq!(items.len(), draft.lines.len(), "round {round}: one warehouse line per item");
        let Demand::Set(demand) = actions.demand else { panic!("round {round}: the units are sold") };
        assert_eq!(demand.iter().map(|(_, units)| units).sum::<i64>(), open, "round {round}");
    }
}

#[test]
fn a077_the_draft_carries_what_the_warehouse_needs() {
    let (state, actions) = Shop::new().open(order(Readiness::Ready));
    let draft = drafted(&actions);
    assert_eq!((draft.number.as_str(), draft.reference.as_str()), ("MP-1001", "1001"));
    assert_eq!((draft.channel.as_str(), draft.message.text()), ("Marketplacer", "Leave with the neighbour"));
    // The channel names no moment, so its service level counts from the order: 24 hours.
    assert_eq!(draft.ship_by, Some(at("2026-11-24T08:00:00Z")));
    assert_eq!(draft.ship_to, state.order.ship_to);
    assert_eq!(actions.effects[0].target, Target::Warehouse);
    assert_eq!(actions.effects[0].object, "sales-order/MP-1001");
}

#[test]
fn the_channels_own_deadline_wins_over_the_service_level() {
    let mut sale = order(Readiness::Ready);
    sale.ship_by = Some(at("2026-11-23T17:00:00Z"));
    let (_, actions) = Shop::new().open(sale);
    assert_eq!(drafted(&actions).ship_by, Some(at("2026-11-23T17:00:00Z")));
}

#[test]
fn f23_an_older_document_never_overwrites_a_newer_one() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::NotYet("payment".to_owned())));
    shop.seen(&mut state, |order| order.readiness = Readiness::Cancelled);
    let known = state.clone();
    let mut older = order(Readiness::Ready);
    older.updated_at = at("2026-11-23T08:29:59Z");
    let actions = shop.step(&mut state, OrderEvent::Seen(Box::new(older)));
    assert_eq!(kinds(&actions), []);
    assert_eq!((state.stage, &state.order), (OrderStage::Cancelled, &known.order));
}

#[test]
fn a_document_seen_twice_releases_once() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    for _ in 0..3 {
        assert_eq!(kinds(&shop.seen(&mut state, |_| {})), []);
        assert_eq!(kinds(&shop.step(&mut state, OrderEvent::Recheck)), []);
    }
}

#[test]
fn r1_after_a_refusal_a_person_replays_under_a_new_key_and_never_the_same_twice() {
    let shop = Shop::new();
    let (mut state, actions) = shop.open(order(Readiness::Ready));
    let mut keys = vec![actions.effects[0].key.clone()];
    for round in 0..5 {
        let held = shop.step(&mut state, refused(OperationKind::CreateOrder, RejectCode::RefusedByRemote));
        assert_eq!(cause(&held), Some(Cause::WarehouseRefused));
        // Nothing but a person clears a refusal.
        for actions in [shop.step(&mut state, OrderEvent::Recheck), shop.seen(&mut state, |_| {})] {
            assert_eq!((cause(&actions), kinds(&actions)), (Some(Cause::WarehouseRefused), vec![]), "{round}");
        }
        let again = shop.step(&mut state, replay());
        assert_eq!((cause(&again), kinds(&again)), (None, vec![OperationKind::CreateOrder]));
        keys.push(again.effects[0].key.clone());
        // A second click while it is under way does nothing more.
        assert_eq!(kinds(&shop.step(&mut state, replay())), []);
    }
    let mut unique = keys.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), keys.len(), "{keys:?}");
}

#[test]
fn a_refused_acceptance_is_replayed_under_a_new_key_too() {
    let shop = Shop::new();
    let (mut state, first) = shop.open(order(Readiness::AwaitingAcceptance));
    let held = shop.step(&mut state, refused(OperationKind::AcceptOrder, RejectCode::WrongState));
    assert_eq!(cause(&held), Some(Cause::AcceptRefused));
    let again = shop.step(&mut state, replay());
    assert_eq!(kinds(&again), [OperationKind::AcceptOrder]);
    assert_ne!(again.effects[0].key, first.effects[0].key);
}

#[test]
fn each_refusal_of_the_warehouse_names_its_own_cause() {
    for (code, expected) in [
        (RejectCode::Conflict, Cause::WarehouseConflict),
        (RejectCode::Mismatch, Cause::WarehouseMismatch),
        (RejectCode::RefusedByRemote, Cause::WarehouseRefused),
        (RejectCode::CannotExpress, Cause::WarehouseRefused),
        (RejectCode::WrongState, Cause::WarehouseRefused),
    ] {
        let shop = Shop::new();
        let (mut state, _) = shop.open(order(Readiness::Ready));
        let actions = shop.step(&mut state, refused(OperationKind::CreateOrder, code));
        assert_eq!(cause(&actions), Some(expected), "{code:?}");
    }
}

#[test]
fn r8_a_doubt_that_nobody_can_settle_is_held_for_a_person() {
    let shop = Shop::new();
    let (mut state, _) = shop.open(order(Readiness::Ready));
    let doubt = OrderEvent::Doubtful { kind: OperationKind::CreateOrder, detail: "the line went dead".to_owned() };
    let actions = shop.step(&mut state, doubt);
    assert_eq!((cause(&actions), kinds(&actions)), (Some(Cause::InDoubt), vec![]));
    assert_eq!(state.word(), "held");
}

#[test]
fn a_correction_reaches_the_warehouse_and_leaves_the_marketplaces_address_alone() {
    let shop = Shop::new();
    let mut sale = order(Readiness::Ready);
    sale.ship_to.postcode = "NOWHERE".into();
    let (mut state, actions) = shop.open(sale);
    assert_eq!(cause(&actions), Some(Cause::AddressPostcode));
    let fix = AddressFix {
        line1: "2 High Street".into(),
        line2: "".into(),
        city: "Leeds".into(),
        postcode: "LS1 4AP".into(),
        recipient: Some("Zoe Canary".into()),
        company: Some("".into()),
        region: Some("West Yorkshire".into()),
        country: Some(("GB".to_owned(), "United Kingdom".to_owned())),
    };
    let actor = "ops".to_owned();
    let actions = shop.step(&mut state, OrderEvent::Corrected { fix, actor });
    let to = drafted(&actions).ship_to;
    assert_eq!((to.line1.text(), to.postcode.text()), ("2 High Street", "LS1 4AP"));
    assert_eq!((to.recipient.text(), to.company.text(), to.region.text()), ("Zoe Canary", "", "West Yorkshire"));
    assert_eq!(to.country, "United Kingdom");
    assert_eq!(state.order.ship_to.postcode.text(), "NOWHERE");
    assert!(said(&actions, "corrected"));
}

#[test]
fn a_correction_written_by_an_earlier_version_leaves_name_and_country_to_the_marketplace() {
    let old = r#"{"line1":"2 High Street","line2":"","city":"Leeds","postcode":"LS1 4AP"}"#;
    let fix: AddressFix = serde_json::from_str(old).unwrap();
    let said = order(Readiness::Ready).ship_to;
    let to = fix.over(&said);
    assert_eq!(to.line1.text(), "2 High Street");
    assert_eq!((&to.recipient, &to.company, &to.country), (&said.recipient, &said.company, &said.country));
    assert!(!to.recipient.is_blank());
}

#[test]
fn a075_a_service_that_the_customer_paid_for_reaches_the_warehouse_in_its_own_words() {
    let mut shop = Shop::new();
    shop.rules.services = vec![("Next day".to_owned(), "DPD-NEXT".to_owned())];
    let service = |words: &str| {
        let mut sale = order(Readiness::Ready);
        sale.service = words.to_owned();
        drafted(&shop.open(sale).1).service
    };
    assert_eq!(service("Next day").as_deref(), Some("DPD-NEXT"));
    assert_eq!(service(" NEXT DAY ").as_deref(), Some("DPD-NEXT"));
    // What nobody has mapped is not guessed at.
    assert_eq!(service("Next day before noon"), None);
    assert_eq!(service("Standard"), None);
    assert_eq!(service(""), None);
}

#[test]
fn f56_one_price_of_an_article_is_kept_and_two_are_no_price() {
    let shop = Shop::new();
    let price = |minor| Some(crossdock_model::Money::from_minor(minor, crossdock_model::Currency::GBP));
    for (second, expected) in [(1_250, price(1_250)), (990, None)] {
        let mut sale = order(Readiness::Ready);
        sale.lines = vec![line("l1", "TEA", 2), line("l2", "TEA", 1)];
        sale.lines[1].unit_price = price(second);
        let (_, actions) = shop.open(sale);
        assert_eq!(drafted(&actions).lines[0].unit_price, expected);
    }
}

#[test]
fn a_line_of_which_nothing_is_left_is_not_sent() {
    let shop = Shop::new();
    let mut sale = order(Readiness::Ready);
    sale.lines[0].open = 0;
    let (state, actions) = shop.open(sale);
    assert_eq!(drafted(&actions).lines.iter().map(|line| line.item.as_str()).collect::<Vec<_>>(), ["TEA"]);
    assert_eq!(state.mapped.len(), 1);
}

#[test]
fn a103_a_country_that_is_named_one_way_or_the_other_is_a_country() {
    let shop = Shop::new();
    for (name, code, held) in [
        ("", "GB", false),
        ("United Kingdom", "", false),
        (" ", "", true),
        ("", "", true),
        ("United Kingdom", "GB", false),
    ] {
        let mut sale = order(Readiness::Ready);
        (sale.ship_to.country, sale.ship_to.country_code) = (name.to_owned(), code.to_owned());
        let (_, actions) = shop.open(sale);
        let detail = actions.held.map(|held| held.detail);
        assert_eq!(detail.as_deref(), held.then_some("missing: country"), "{name:?} {code:?}");
    }
}

#[test]
fn each_stage_has_a_word_of_its_own() {
    for (stage, word) in [
        (OrderStage::Received, "received"),
        (OrderStage::Accepting, "accepting"),
        (OrderStage::Releasing, "releasing"),
        (OrderStage::InWarehouse, "in_warehouse"),
        (OrderStage::PartDespatched, "part_despatched"),
        (OrderStage::Despatched, "despatched"),
        (OrderStage::Confirmed, "confirmed"),
        (OrderStage::Cancelled, "cancelled"),
        (OrderStage::Elsewhere, "elsewhere"),
    ] {
        assert_eq!(stage.word(), word, "it is stored, filtered by and exported");
    }
}

#[test]
fn an_acceptance_that_is_under_way_is_not_asked_for_twice_because_the_document_moves_on() {
    let shop = Shop::new();
    let (mut state, actions) = shop.open(order(Readiness::AwaitingAcceptance));
    assert_eq!((state.stage, kinds(&actions).len()), (OrderStage::Accepting, 1));
    let actions = shop.seen(&mut state, |order| order.readiness = Readiness::NotYet("WAITING_DEBIT".to_owned()));
    assert_eq!((state.stage, kinds(&actions).len()), (OrderStage::Accepting, 0));
}

#[test]
fn f76_units_that_are_sold_and_not_yet_released_are_summed_by_item() {
    let mut shop = Shop::new();
    shop.skus.insert("TEA-OLD".to_owned(), SkuAnswer::Item("TEA".to_owned()));
    let mut sale = order(Readiness::NotYet("payment".to_owned()));
    sale.lines = vec![line("l1", "TEA", 2), line("l2", "MUG", 1), line("l3", "TEA-OLD", 3)];
    let (_, actions) = shop.open(sale);
    assert_eq!(actions.demand, Demand::Set(vec![("TEA".to_owned(), 5), ("MUG".to_owned(), 1)]));
}
