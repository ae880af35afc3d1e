//! What people decide.

use crossdock_connector::{OperationKind, RejectCode, Rejection};
use crossdock_desk::{Act, AddressParts, Desk, FigureState, OrderFilter, StockFilter, Tone};
use crossdock_flow::order::OrderEvent;
use crossdock_model::{ChannelOrder, Readiness};

use super::kit::{Bench, JL, MP, at, order};

fn map_sku(item: &str) -> Act {
    Act::MapSku { connection: JL.to_owned(), sku: "JL-88213-NVY".to_owned(), item: item.to_owned() }
}

fn replay(order: &str) -> Act {
    Act::Replay { order: order.to_owned() }
}

#[test]
fn b073_one_map_lets_every_order_go_on_that_waited_for_it() {
    let bench = Bench::new();
    for number in 1..=15 {
        bench.see(JL, order(&format!("10{number}"), "JL-88213-NVY"));
    }
    assert_eq!(
        bench.act(&map_sku("JL-88213-NAVI")),
        Err("The warehouse has no item JL-88213-NAVI, so JL-88213-NVY was not mapped. Create it there first, or \
             choose a code that exists: JL-88213-NAVY."
            .to_owned())
    );
    assert_eq!(bench.act(&map_sku("JL-88213-NAVY")), Ok("Mapped. 15 orders go on.".to_owned()));
    assert!(bench.hub.exceptions().unwrap().is_empty());
    let page = bench.page("101");
    assert_eq!((page.row.state.as_str(), page.lines[0].item.as_deref()), ("released", Some("JL-88213-NAVY")));
    let mapped = page.steps.iter().find(|step| step.text == "SKU JL-88213-NVY is item JL-88213-NAVY").unwrap();
    assert_eq!(mapped.actor, "pat");
    let released = OrderFilter { state: Some("released".to_owned()), ..OrderFilter::default() };
    assert_eq!(bench.hub.orders(&released).unwrap().total, 15);
}

#[test]
fn b073_what_is_held_for_another_cause_too_is_not_counted_as_going_on() {
    let bench = Bench::new();
    bench.see(JL, order("1", "JL-88213-NVY"));
    let mut bad = order("2", "JL-88213-NVY");
    bad.ship_to.postcode = "SW1A".into();
    bench.see(JL, bad);
    assert_eq!(bench.act(&map_sku("A")), Ok("Mapped. 1 order goes on, 1 is still held for another cause.".to_owned()));
    assert_eq!(bench.group().sentence, "1 order has a postcode that is not valid");
}

#[test]
fn a_map_for_a_channel_that_is_not_there_names_those_that_are() {
    let bench = Bench::new();
    let act = Act::MapSku { connection: "jl".to_owned(), sku: "X".to_owned(), item: "A".to_owned() };
    assert_eq!(bench.act(&act), Err("There is no channel called jl. Use marketplacer or john-lewis.".to_owned()));
}

#[test]
fn b064_a_carrier_is_mapped_to_the_channels_list_and_its_parcels_go_on() {
    let bench = Bench::new();
    bench.carriers(JL, &[("68", "Evri"), ("rm", "Royal Mail")]);
    bench.see(JL, order("1", "A"));
    bench.in_warehouse("1");
    bench.despatch("JL-1", "EVRI 24", at(0));
    assert_eq!(bench.group().sentence, "1 parcel waits on one carrier that is not on John Lewis's list: EVRI 24");
    assert_eq!(bench.page("1").acts[0].1, "Map carrier EVRI 24 (perhaps 68: Evri)");
    let map = |code: &str| Act::MapCarrier {
        connection: JL.to_owned(),
        carrier: "Evri 24".to_owned(),
        code: code.to_owned(),
    };
    assert_eq!(
        bench.act(&map("69")),
        Err("John Lewis has no carrier with the code 69, so Evri 24 was not mapped. Perhaps 68 (Evri).".to_owned())
    );
    // Mapped under another spelling than the warehouse's: it is the same carrier.
    assert_eq!(bench.act(&map("68")), Ok("Mapped. 1 parcel goes on.".to_owned()));
    let page = bench.page("1");
    assert_eq!(page.parcels[0].words, "on its way to John Lewis");
    assert!(page.steps.iter().any(|step| step.actor == "pat"), "{:#?}", page.steps);
}

#[test]
fn a104_a_corrected_address_keeps_what_was_left_empty_and_goes_on() {
    let bench = Bench::new();
    let mut bad = order("1", "A");
    bad.ship_to.postcode = "SW1A".into();
    bench.see(JL, bad);
    let correct = |postcode: &str| Act::CorrectAddress {
        order: "1".to_owned(),
        parts: AddressParts { city: " ".into(), postcode: postcode.into(), ..AddressParts::default() },
    };
    assert_eq!(bench.act(&correct("")), Err("All fields were empty, so the address is as it was.".to_owned()));
    assert_eq!(
        bench.act(&correct("SW1")),
        Ok("Corrected, and 1 is still held: the postcode does not have the form of a British one.".to_owned())
    );
    assert_eq!(bench.act(&correct("SW1A 1AA")), Ok("Corrected. 1 goes on: on its way to the warehouse.".to_owned()));
    let page = bench.page("1");
    assert_eq!((page.ship_to.city.text(), page.ship_to.postcode.text()), ("Leeds", "SW1A 1AA"));
    assert_eq!(page.row.place, "Leeds SW1A");
    assert!(page.steps.iter().any(|step| step.actor == "pat"));
    assert_eq!(
        bench.act(&correct("LS1 4AP")),
        Err("Peoplevox has, or may have, 1 as JL-1; correct the address there.".to_owned())
    );
}

#[test]
fn a103_an_address_that_the_marketplace_still_hides_is_not_corrected_in_part() {
    let bench = Bench::new();
    let mut hidden = order("1", "A");
    let shown = std::mem::take(&mut hidden.ship_to);
    hidden.readiness = Readiness::NotYet("WAITING_DEBIT".to_owned());
    bench.see(JL, hidden);
    let line1 = || AddressParts { line1: "2 Corrected Row".into(), ..AddressParts::default() };
    let correct = || bench.act(&Act::CorrectAddress { order: "1".to_owned(), parts: line1() });
    let refused = correct().unwrap_err();
    assert!(refused.contains("only once it may be shipped"), "{refused}");
    let mut ready = order("1", "A");
    ready.ship_to = shown;
    ready.updated_at = at(1);
    bench.see(JL, ready);
    // Nothing half is laid over the address that came.
    assert_eq!(bench.page("1").row.words, "On its way to the warehouse");
}

#[test]
fn a103_name_company_region_and_country_are_corrected_as_well() {
    let bench = Bench::new();
    let mut bad = order("1", "A");
    bad.ship_to.recipient = "".into();
    bad.ship_to.company = "Long Name Holdings".into();
    (bad.ship_to.country, bad.ship_to.country_code) = (String::new(), String::new());
    bench.see(JL, bad);
    let correct = |parts| bench.act(&Act::CorrectAddress { order: "1".to_owned(), parts });
    let blank = AddressParts::default;
    let unknown = correct(AddressParts { country: "Untied Kingdom".into(), ..blank() }).unwrap_err();
    assert!(unknown.contains("Untied Kingdom") && unknown.contains("nothing was corrected"), "{unknown}");
    assert_eq!(
        correct(AddressParts { country: "uk".into(), ..blank() }),
        Ok("Corrected, and 1 is still held: missing: name.".to_owned())
    );
    let rest = AddressParts { recipient: "Zoe Canary".into(), company: "-".into(), region: "Kent".into(), ..blank() };
    assert_eq!(correct(rest), Ok("Corrected. 1 goes on: on its way to the warehouse.".to_owned()));
    let to = bench.page("1").ship_to;
    assert_eq!((to.recipient.text(), to.company.text(), to.region.text()), ("Zoe Canary", "", "Kent"));
    assert_eq!((to.country_code.as_str(), to.country.as_str()), ("GB", "United Kingdom"));
}

#[test]
fn b067_a_refused_order_is_replayed_with_a_new_call_and_asked_for_again() {
    let bench = Bench::new();
    bench.see(JL, order("1", "A"));
    assert_eq!(
        bench.act(&replay("1")),
        Err("1 is not held (on its way to the warehouse), so there is nothing to replay.".to_owned())
    );
    let rejection = Rejection::new(RejectCode::RefusedByRemote, "the service type is not known");
    bench.happen("1", OrderEvent::Refused { kind: OperationKind::CreateOrder, rejection });
    assert_eq!(bench.group().sentence, "Peoplevox refused 1 order");
    // What the warehouse did not like may be the address.
    assert!(matches!(bench.page("1").acts[0].0, Act::CorrectAddress { .. }));
    assert_eq!(bench.act(&replay("1")), Ok("Replayed. 1 goes on: on its way to the warehouse.".to_owned()));
    let page = bench.page("1");
    assert_eq!(
        page.calls.iter().map(|call| call.reference.as_str()).collect::<Vec<_>>(),
        ["order/JL-1", "order/JL-1#1"]
    );
    assert!(page.steps.iter().any(|step| step.text == "Replayed by pat" && step.actor == "pat"));
    let hints = bench.hub.store().ask(|tx| tx.hints(JL, 5)).unwrap();
    assert_eq!((hints.len(), hints[0].key.as_str()), (1, "1"));
}

#[test]
fn an_act_never_picks_one_of_two_orders_with_the_same_number() {
    let bench = Bench::new();
    bench.see(JL, order("1", "X"));
    bench.see(MP, order("1", "X"));
    assert_eq!(
        bench.act(&replay("1")),
        Err("More than one order has the number 1, so nothing was done. Use the number that the warehouse has for it."
            .to_owned())
    );
    // The page's own acts name the order so that it is unique.
    let page = bench.page("1");
    assert_eq!(page.acts.last().unwrap().0, replay("MP-1"));
    assert_eq!(
        bench.act(&replay("MP-1")),
        Ok("Replayed, and 1 is still held: line 1: SKU X has no warehouse item.".to_owned())
    );
    assert_eq!(bench.act(&replay("2")), Err("No order has the number 2, so nothing was done.".to_owned()));
}

#[test]
fn a065_a_new_buffer_computes_every_figure_again_and_survives_a_restart() {
    let bench = Bench::new();
    bench.stock(JL, &["A".to_owned()], 12);
    let set = |units| Act::SetBuffer { connection: JL.to_owned(), units };
    assert_eq!(bench.act(&set(-1)), Err("A buffer is 0 to 1,000,000 units, so it is still 1.".to_owned()));
    assert_eq!(
        bench.act(&set(4)),
        Ok("John Lewis keeps back 4 units of each item now. 1 figure was computed again, 1 waits to be sent."
            .to_owned())
    );
    let list = bench.hub.stock(&StockFilter::default()).unwrap();
    let figure = &list.rows[0].channels[0];
    assert_eq!((figure.buffer, figure.desired), (4, Some(8)));
    let inner = &bench.hub.inner;
    let connectors = inner.connectors.values().cloned().collect();
    let (store, settings) = (inner.store.clone(), inner.settings.clone());
    let again = crate::Hub::boot(store, settings, connectors, Box::new(|| [7; 32]), at(1)).unwrap();
    assert_eq!(again.stock(&StockFilter::default()).unwrap().rows[0].channels[0].buffer, 4);
}

#[test]
fn a_push_that_the_guard_stopped_goes_out_only_when_a_person_says_so() {
    let bench = Bench::new();
    let skus: Vec<String> = (10..40).map(|n| format!("G{n}")).collect();
    bench.items(&skus.iter().map(String::as_str).collect::<Vec<_>>());
    let release = Act::ReleaseGuard { connection: JL.to_owned() };
    assert_eq!(
        bench.act(&release),
        Err("No push to John Lewis is stopped, so there is nothing to release.".to_owned())
    );
    bench.stock(JL, &skus, 0);
    bench.answer(JL, 200);
    assert!(matches!(bench.hub.next_call(JL, at(0)).unwrap(), crate::LaneTurn::Idle(_)));
    let group = bench.group();
    assert_eq!(
        (group.sentence.as_str(), group.tone),
        (
            "A stock push to John Lewis was stopped: the push would take 30 of 30 listings in stock to 0 (30 % allowed)",
            Tone::Risk
        )
    );
    let list = bench.hub.stock(&StockFilter::default()).unwrap();
    assert_eq!(list.guards.len(), 1);
    let guarded = list.rows.iter().flat_map(|row| &row.channels);
    assert_eq!(guarded.filter(|figure| figure.state == FigureState::Guarded).count(), 30);
    assert_eq!(
        bench.act(&release),
        Ok("Released. 30 figures go to John Lewis; the guard watches again in 15 minutes.".to_owned())
    );
    assert!(bench.hub.exceptions().unwrap().is_empty());
    assert!(matches!(bench.hub.next_call(JL, at(0)).unwrap(), crate::LaneTurn::Call(_)));
}

#[test]
fn a_connection_whose_key_was_refused_waits_for_a_person() {
    let bench = Bench::new();
    bench.answer(JL, 401);
    let words = |bench: &Bench| Desk::connections(&bench.hub).unwrap().remove(2).words;
    assert_eq!(words(&bench), "stopped: the credentials were refused");
    assert_eq!(bench.group().sentence, "John Lewis refused the credentials");
    let reconnect = |name: &str| Act::Reconnect { connection: name.to_owned() };
    assert_eq!(
        bench.act(&reconnect("jl")),
        Err("There is no connection called jl. Use peoplevox, marketplacer or john-lewis.".to_owned())
    );
    assert_eq!(bench.act(&reconnect(JL)), Ok("John Lewis is asked again now; its page says how that went.".to_owned()));
    bench.answer(JL, 200);
    assert_eq!(words(&bench), "live, 0 s ago");
    assert!(bench.hub.exceptions().unwrap().is_empty());
}

#[test]
fn a_later_document_that_cannot_be_read_stops_nothing_and_is_said() {
    let bench = Bench::new();
    bench.see(JL, order("1", "A"));
    bench.apply(|_, tx, now, _| crate::apply::unreadable(tx, JL, Some("1"), "cut off", b"{", now));
    let why = bench.why("1");
    assert!(
        why.ends_with("Its newest document at John Lewis cannot be read; Crossdock goes by the one before."),
        "{why}"
    );
    assert_eq!(bench.page("1").row.state, "released");
    assert_eq!(
        bench.act(&replay("1")),
        Ok("John Lewis is asked for 1 again; it goes on as soon as it can be read.".to_owned())
    );
}

#[test]
fn b030_what_nobody_could_read_is_asked_for_again() {
    let bench = Bench::new();
    bench.apply(|_, tx, now, _| crate::apply::unreadable(tx, JL, Some("77"), "no lines", b"{}", now));
    assert_eq!(
        bench.act(&replay("77")),
        Ok("John Lewis is asked for 77 again; it goes on as soon as it can be read.".to_owned())
    );
    let readable = ChannelOrder { updated_at: at(1), ..order("77", "A") };
    bench.see(JL, readable);
    assert_eq!(bench.page("77").row.state, "released");
}
