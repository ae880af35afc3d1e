//! A parcel's way to the channel.

use crossdock_connector::{Operation, RejectCode, Rejection, Shipment};
use crossdock_flow::cause::Cause;
use crossdock_flow::despatch::{DespatchCtx, DespatchEvent, DespatchState, ParcelStage, step};
use crossdock_flow::order::{OrderEvent, OrderStage, OrderState};
use crossdock_flow::{Actions, Target};
use crossdock_model::{Carrier, ChannelShipment, KitPart, Package, PackageLine, Readiness, ShippedLine};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Shop, at, cause, order, said, shipped};

fn package(despatch: &str, tracking: &str, lines: &[(&str, i64)]) -> Package {
    Package {
        order_number: "MP-1001".to_owned(),
        despatch_number: despatch.to_owned(),
        carrier: "DPD".to_owned(),
        service: "Next day".to_owned(),
        tracking: tracking.to_owned(),
        despatched_at: at("2026-11-23T15:00:00Z"),
        lines: lines
            .iter()
            .map(|(item, quantity)| PackageLine {
                item: (*item).to_owned(),
                line: String::new(),
                parent: None,
                quantity: *quantity,
            })
            .collect(),
    }
}

fn no_kits(_: &str) -> Vec<KitPart> {
    Vec::new()
}

/// A packing bench: an order in the warehouse, one mug and two teas.
struct Bench {
    shop: Shop,
    order: OrderState,
    carriers: Vec<Carrier>,
    chosen: Option<String>,
    now: Timestamp,
}

impl Bench {
    fn new() -> Self {
        let shop = Shop::new();
        let order = shop.in_warehouse(order(Readiness::Ready));
        let carriers = vec![Carrier { code: "dpd-uk".to_owned(), name: "DPD".to_owned() }];
        Self { shop, order, carriers, chosen: None, now: at("2026-11-23T15:05:00Z") }
    }

    fn whole_orders_only() -> Self {
        let mut bench = Self::new();
        bench.shop.rules.partial_shipments = false;
        bench
    }

    /// Lets the event happen, and tells the order of the parcel as the engine does.
    fn step(&mut self, state: &mut DespatchState, event: DespatchEvent) -> Actions {
        let ctx = DespatchCtx {
            now: self.now,
            rules: &self.shop.rules,
            order: &self.order,
            carriers: &self.carriers,
            chosen: self.chosen.clone(),
            parts: &no_kits,
        };
        let actions = step(state, event, &ctx);
        if !state.lines.is_empty() && !self.order.parcels.contains_key(&state.mark) {
            let event = OrderEvent::ParcelLeft {
                package: state.mark.clone(),
                lines: state.lines.clone(),
                words: String::new(),
            };
            self.shop.step(&mut self.order, event);
        }
        actions
    }

    fn seen(&mut self, package: &Package) -> (DespatchState, Actions) {
        let mut state = DespatchState::new(package.clone());
        let actions = self.step(&mut state, DespatchEvent::Seen(package.clone()));
        (state, actions)
    }
}

fn shipment(actions: &Actions) -> Shipment {
    match actions.effects.as_slice() {
        [planned] => match &planned.operation {
            Operation::ConfirmDespatch(shipment) => (**shipment).clone(),
            other => panic!("not a shipment: {other:?}"),
        },
        other => panic!("one shipment was expected: {other:?}"),
    }
}

#[test]
fn b061_a_parcel_is_recorded_with_carrier_tracking_and_its_own_units() {
    let mut bench = Bench::new();
    let (state, actions) = bench.seen(&package("D1", "T1", &[("MUG", 1), ("TEA", 1)]));
    let told = shipment(&actions);
    assert_eq!((told.carrier_code.as_deref(), told.tracking.as_str()), (Some("dpd-uk"), "T1"));
    assert_eq!((told.order_id.as_str(), told.package.as_str()), ("remote-1001", "D1/T1"));
    assert_eq!(told.lines, shipped(&[("l1", 1), ("l2", 1)]));
    let planned = &actions.effects[0];
    assert_eq!((planned.target, planned.object.as_str()), (Target::Channel, "order/remote-1001"));
    assert_eq!((state.stage, planned.key.as_str()), (ParcelStage::Confirming, "ship/mp/remote-1001/D1/T1"));
}

#[test]
fn a_parcel_reported_again_is_not_recorded_again() {
    let mut bench = Bench::new();
    let parcel = package("D1", "T1", &[("MUG", 1)]);
    let (mut state, _) = bench.seen(&parcel);
    for event in [DespatchEvent::Seen(parcel), DespatchEvent::Recheck, DespatchEvent::Replay] {
        assert_eq!(bench.step(&mut state, event).effects, []);
    }
}

#[test]
fn b065_a_parcel_without_tracking_waits_two_hours_and_is_then_held() {
    let mut bench = Bench::new();
    let (mut state, actions) = bench.seen(&package("D1", "", &[("MUG", 1)]));
    let patience_ends = at("2026-11-23T17:00:00Z");
    assert_eq!(cause(&actions), None);
    assert!(actions.wake_at.is_some_and(|at| bench.now < at && at <= patience_ends), "it asks again by itself");
    bench.now = at("2026-11-23T16:59:59Z");
    assert_eq!(cause(&bench.step(&mut state, DespatchEvent::Recheck)), None);
    bench.now = patience_ends;
    let actions = bench.step(&mut state, DespatchEvent::Recheck);
    assert_eq!((cause(&actions), state.word()), (Some(Cause::TrackingMissing), "held"));
    // The number comes after all: it goes on by itself.
    let actions = bench.step(&mut state, DespatchEvent::Seen(package("D1", "T1", &[("MUG", 1)])));
    assert_eq!((cause(&actions), shipment(&actions).tracking.as_str()), (None, "T1"));
    assert_eq!(bench.order.parcels.len(), 1, "it is still the same parcel");
}

#[test]
fn a_parcel_that_grew_before_it_had_its_tracking_number_ships_all_that_is_in_it() {
    let mut bench = Bench::new();
    let (mut state, _) = bench.seen(&package("D1", "", &[("MUG", 1)]));
    let whole = package("D1", "T1", &[("MUG", 1), ("TEA", 2)]);
    let actions = bench.step(&mut state, DespatchEvent::Seen(whole));
    assert_eq!(shipment(&actions).lines, shipped(&[("l1", 1), ("l2", 2)]));
}

#[test]
fn b064_an_unknown_carrier_holds_the_parcel_until_somebody_maps_it() {
    let mut bench = Bench::new();
    let mut parcel = package("D1", "T1", &[("MUG", 1)]);
    parcel.carrier = "House van".to_owned();
    let (mut state, actions) = bench.seen(&parcel);
    let held = actions.held.clone().unwrap();
    assert_eq!((held.cause, held.subject.as_str()), (Cause::CarrierUnknown, "House van"));
    assert_eq!(bench.order.parcels.len(), 1, "the order knows that it left");
    bench.chosen = Some("dpd-uk".to_owned());
    let actions = bench.step(&mut state, DespatchEvent::Recheck);
    assert_eq!((cause(&actions), shipment(&actions).carrier_code.as_deref()), (None, Some("dpd-uk")));
}

#[test]
fn a_channel_that_takes_names_is_given_the_name() {
    let mut bench = Bench::new();
    bench.shop.rules.free_carrier_names = true;
    let mut parcel = package("D1", "T1", &[("MUG", 1)]);
    parcel.carrier = "House van".to_owned();
    let (_, actions) = bench.seen(&parcel);
    let told = shipment(&actions);
    assert_eq!((told.carrier_code, told.carrier_name.as_str()), (None, "House van"));
}

#[test]
fn a_list_that_was_never_read_holds_no_parcel_where_any_name_is_taken() {
    for (any, listed) in [(true, false), (true, true), (false, false)] {
        let mut bench = Bench::new();
        bench.shop.rules.any_carrier_name = any;
        if !listed {
            bench.carriers.clear();
        }
        let mut parcel = package("D1", "T1", &[("MUG", 1)]);
        parcel.carrier = "House van".to_owned();
        let (_, actions) = bench.seen(&parcel);
        let held = (cause(&actions) == Some(Cause::CarrierUnknown), actions.effects.len());
        assert_eq!(held, if any && !listed { (false, 1) } else { (true, 0) }, "any: {any}, listed: {listed}");
    }
}

#[test]
fn i4_goods_beyond_the_order_hold_the_parcel() {
    let mut bench = Bench::new();
    let (state, actions) = bench.seen(&package("D1", "T1", &[("MUG", 2)]));
    assert_eq!((cause(&actions), actions.effects.len()), (Some(Cause::DespatchMismatch), 0));
    assert!(state.lines.is_empty() && bench.order.parcels.is_empty());
}

#[test]
fn a_channel_with_one_shipment_per_order_waits_for_the_rest_and_gets_it_all_at_once() {
    let mut bench = Bench::whole_orders_only();
    let (mut first, actions) = bench.seen(&package("D1", "T1", &[("MUG", 1)]));
    assert_eq!((first.stage, actions.effects.len()), (ParcelStage::AwaitingRest, 0));
    assert!(said(&actions, "awaiting_rest"));
    let actions = bench.step(&mut first, DespatchEvent::Recheck);
    assert_eq!((actions.effects.len(), said(&actions, "awaiting_rest")), (0, false), "once is enough");
    let (second, actions) = bench.seen(&package("D2", "T2", &[("TEA", 2)]));
    let told = shipment(&actions);
    assert_eq!((told.tracking.as_str(), told.lines), ("T2", shipped(&[("l1", 1), ("l2", 2)])));
    assert_eq!(second.stage, ParcelStage::Confirming);
    // The one that waited is covered by it.
    let evidence = "covered".to_owned();
    let actions = bench.step(&mut first, DespatchEvent::Confirmed { evidence });
    assert_eq!((first.stage, actions.effects.len()), (ParcelStage::Confirmed, 0));
}

#[test]
fn a_parcel_that_waited_does_not_carry_the_order_while_the_last_one_does() {
    let mut bench = Bench::whole_orders_only();
    let (mut first, _) = bench.seen(&package("DES999", "T1", &[("MUG", 1)]));
    let (_, actions) = bench.seen(&package("DES1000", "T2", &[("TEA", 2)]));
    assert_eq!(actions.effects.len(), 1, "the last one carries the whole");
    // Its half hour is over before the channel has answered.
    let actions = bench.step(&mut first, DespatchEvent::Recheck);
    assert_eq!((first.stage, actions.effects.len(), cause(&actions)), (ParcelStage::AwaitingRest, 0, None));
    // Whatever the marketplace says of the order: that it has the last one's shipment was not seen yet.
    bench.order.order.readiness = Readiness::Fulfilled;
    bench.step(&mut first, DespatchEvent::Recheck);
    assert_eq!(first.stage, ParcelStage::AwaitingRest);
}

#[test]
fn a_parcel_that_waited_carries_the_order_when_the_rest_was_cancelled() {
    let mut bench = Bench::whole_orders_only();
    let (mut first, _) = bench.seen(&package("D1", "T1", &[("MUG", 1)]));
    bench.order.mapped.retain(|line| line.line_id == "l1");
    let told = shipment(&bench.step(&mut first, DespatchEvent::Recheck));
    assert_eq!((told.tracking.as_str(), told.lines), ("T1", shipped(&[("l1", 1)])));
}

#[test]
fn a_late_tracking_number_does_not_make_half_an_order_look_whole() {
    // One unit of two left; counting the same parcel with and without its number would make two.
    let mut bench = Bench::whole_orders_only();
    let mut sale = order(Readiness::Ready);
    sale.lines = vec![crate::support::line("l1", "TEA", 2)];
    bench.order = bench.shop.in_warehouse(sale);
    let (mut state, _) = bench.seen(&package("D1", "", &[("TEA", 1)]));
    let actions = bench.step(&mut state, DespatchEvent::Seen(package("D1", "T1", &[("TEA", 1)])));
    assert_eq!((state.stage, actions.effects.len()), (ParcelStage::AwaitingRest, 0));
}

#[test]
fn r1_a_refused_shipment_is_replayed_under_a_new_key() {
    let mut bench = Bench::new();
    let (mut state, first) = bench.seen(&package("D1", "T1", &[("MUG", 1)]));
    let mut keys = vec![first.effects[0].key.clone()];
    for (code, expected) in
        [(RejectCode::RefusedByRemote, Cause::ShipRefused), (RejectCode::Conflict, Cause::DespatchMismatch)]
    {
        let actions = bench.step(&mut state, DespatchEvent::Refused(Rejection::new(code, "no")));
        assert_eq!(cause(&actions), Some(expected));
        let actions = bench.step(&mut state, DespatchEvent::Recheck);
        assert_eq!((cause(&actions), actions.effects.len()), (Some(expected), 0), "only a person clears it");
        keys.push(bench.step(&mut state, DespatchEvent::Replay).effects[0].key.clone());
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3);
}

#[test]
fn r8_a_shipment_in_doubt_is_held_and_never_repeated_without_a_person() {
    let mut bench = Bench::new();
    let (mut state, _) = bench.seen(&package("D1", "T1", &[("MUG", 1)]));
    let actions = bench.step(&mut state, DespatchEvent::Doubtful("the line went dead".to_owned()));
    assert_eq!((cause(&actions), actions.effects.len()), (Some(Cause::InDoubt), 0));
    // Seen at the channel after all.
    let evidence = "found".to_owned();
    let actions = bench.step(&mut state, DespatchEvent::Confirmed { evidence });
    assert_eq!((cause(&actions), state.stage), (None, ParcelStage::Confirmed));
}

#[test]
fn f38_a_parcel_that_the_channel_was_told_of_before_this_hub_is_not_what_is_still_to_go() {
    let there = |tracking: &str, lines: &[(&str, i64)], shipped| ChannelShipment {
        id: "s1".to_owned(),
        carrier: "DPD".to_owned(),
        tracking: tracking.to_owned(),
        package: None,
        shipped,
        lines: lines.iter().map(|(id, units)| ShippedLine { line_id: (*id).to_owned(), quantity: *units }).collect(),
    };
    // One tea of two was told by somebody; the document has one left to go.
    let of = |shipment: ChannelShipment, parcel: &Package| {
        let mut bench = Bench::new();
        bench.order.mapped.iter_mut().for_each(|mapped| mapped.quantity -= 1);
        bench.order.order.shipments = vec![shipment];
        let (state, actions) = bench.seen(parcel);
        (state.stage, actions.effects.len(), actions.held.map(|held| held.cause))
    };
    let parcel = package("D1", "T1", &[("TEA", 1)]);
    assert_eq!(of(there("T1", &[("l2", 1)], true), &parcel), (ParcelStage::Confirmed, 0, None));
    assert_eq!(of(there("T1", &[], true), &parcel).0, ParcelStage::Confirming, "it does not say what is in it");
    let mut bench = Bench::new();
    bench.order.order.shipments = vec![there("T1", &[("l2", 1)], true)];
    let (state, _) = bench.seen(&parcel);
    assert_eq!(state.stage, ParcelStage::Confirming, "of what this hub sent: its look finds it there");
    assert_eq!(of(there("T2", &[("l2", 1)], true), &parcel).0, ParcelStage::Confirming, "another parcel");
    assert_eq!(of(there("T1", &[("l2", 1)], false), &parcel).0, ParcelStage::Confirming, "entered, and not sent off");
    let more = package("D1", "T1", &[("TEA", 2)]);
    let told_in_part = of(there("T1", &[("l2", 1)], true), &more);
    assert_eq!(told_in_part, (ParcelStage::Left, 0, Some(Cause::DespatchMismatch)), "a person decides");
    let unnumbered = package("D1", "", &[("TEA", 1)]);
    assert_eq!(of(there("", &[("l2", 1)], true), &unnumbered).0, ParcelStage::Left, "no number is no proof");
    let mut kit = package("D1", "T1", &[("MUG", 2), ("TEA", 1)]);
    kit.lines.iter_mut().for_each(|line| line.parent = Some("BOX".to_owned()));
    assert_eq!(of(there("T1", &[("l1", 1)], true), &kit).0, ParcelStage::Confirmed, "a kit is one unit there");
    assert_ne!(of(there("T1", &[], true), &kit).0, ParcelStage::Confirmed, "and none is no kit");
}

#[test]
fn f38_an_order_that_was_fulfilled_elsewhere_has_no_parcel_to_tell() {
    let mut bench = Bench::new();
    bench.order.stage = OrderStage::Elsewhere;
    let (state, actions) = bench.seen(&package("D1", "T1", &[("TEA", 9)]));
    assert_eq!((state.stage, actions.effects.len(), actions.held.as_ref()), (ParcelStage::Confirmed, 0, None));
    assert!(said(&actions, "elsewhere"));
    // What is on its way to the channel already is answered by the channel.
    let mut bench = Bench::new();
    let (mut state, _) = bench.seen(&package("D1", "T1", &[("MUG", 1)]));
    bench.order.stage = OrderStage::Elsewhere;
    let actions = bench.step(&mut state, DespatchEvent::Recheck);
    assert_eq!((state.stage, said(&actions, "elsewhere")), (ParcelStage::Confirming, false));
}

#[test]
fn a090_a_parcel_that_the_channel_does_not_know_after_an_hour_is_told_until_it_does() {
    let mut bench = Bench::new();
    let (mut state, actions) = bench.seen(&package("D1", "T1", &[("TEA", 2)]));
    let ends = bench.now + SignedDuration::from_hours(1);
    assert_eq!((state.stage, actions.wake_at), (ParcelStage::Confirming, Some(ends)));
    bench.now = ends - SignedDuration::from_secs(1);
    let actions = bench.step(&mut state, DespatchEvent::Recheck);
    assert_eq!((cause(&actions), actions.wake_at), (None, Some(ends)), "not yet");
    bench.now = ends;
    let actions = bench.step(&mut state, DespatchEvent::Recheck);
    assert_eq!(cause(&actions), Some(Cause::Unconfirmed));
    assert!(said(&actions, "held"));
    let again = bench.step(&mut state, DespatchEvent::Recheck);
    assert_eq!(cause(&again), Some(Cause::Unconfirmed));
    assert!(!said(&again, "held"), "written down once");
    let known = bench.step(&mut state, DespatchEvent::Confirmed { evidence: "seen".to_owned() });
    assert_eq!((cause(&known), state.stage), (None, ParcelStage::Confirmed));
}

#[test]
fn of_two_parcels_in_any_order_one_carries_the_order() {
    // The later one is read first: it waits, and carries the order when the other one has left.
    let mut bench = Bench::whole_orders_only();
    let (mut second, actions) = bench.seen(&package("D2", "T2", &[("TEA", 2)]));
    assert_eq!((second.stage, actions.effects.len()), (ParcelStage::AwaitingRest, 0));
    let (mut first, actions) = bench.seen(&package("D1", "T1", &[("MUG", 1)]));
    assert_eq!((first.stage, actions.effects.len()), (ParcelStage::AwaitingRest, 0));
    let told = shipment(&bench.step(&mut second, DespatchEvent::Recheck));
    assert_eq!((second.stage, told.lines.len()), (ParcelStage::Confirming, 2));
    assert_eq!(bench.step(&mut first, DespatchEvent::Recheck).effects, []);

    // The earlier one has its number late, or the later one: whichever had it at once carries the order.
    for (unnumbered, numbered) in [("D1", "D2"), ("D2", "D1")] {
        let mut bench = Bench::whole_orders_only();
        let (mut late, _) = bench.seen(&package(unnumbered, "", &[("MUG", 1)]));
        let (carrier, actions) = bench.seen(&package(numbered, "T", &[("TEA", 2)]));
        assert_eq!((carrier.stage, shipment(&actions).lines.len()), (ParcelStage::Confirming, 2));
        let actions = bench.step(&mut late, DespatchEvent::Seen(package(unnumbered, "T9", &[("MUG", 1)])));
        assert_eq!((late.stage, actions.effects.len()), (ParcelStage::AwaitingRest, 0), "told with the other one");
        bench.shop.step(&mut bench.order, OrderEvent::ParcelConfirmed { package: carrier.mark.clone() });
        let actions = bench.step(&mut late, DespatchEvent::Recheck);
        assert_eq!((late.stage, actions.effects.len()), (ParcelStage::AwaitingRest, 0), "until the channel says so");
        bench.order.order.readiness = Readiness::Fulfilled;
        let actions = bench.step(&mut late, DespatchEvent::Recheck);
        assert_eq!((late.stage, actions.effects.len()), (ParcelStage::Confirmed, 0));
        assert!(said(&actions, "confirmed"));
    }
}
