//! What people read.

use crossdock_connector::ReadKind;
use crossdock_desk::{Desk, DespatchFilter, FigureState, OrderFilter, StepMark, StockFilter, Tone};
use crossdock_flow::order::OrderEvent;
use crossdock_model::{ChannelShipment, Readiness};

use super::kit::{Bench, JL, MP, WAREHOUSE, at, order};
use crate::apply;
use crate::desk::suggest;

#[test]
fn a033_a_held_order_says_why_who_and_what_to_do() {
    let bench = Bench::new();
    for number in 1..=15 {
        bench.see(JL, order(&format!("10{number}"), "JL-88213-NVY"));
    }
    bench.clock(250);
    let why = bench.hub.why("101").unwrap();
    assert_eq!(
        why.sentence,
        "Held: line 1: SKU JL-88213-NVY has no warehouse item. Merchandising owns this. Despatch due in 1 h 50 m. \
         Fix: map the SKU to a warehouse item. 14 other orders wait on it."
    );
    assert_eq!((why.others, why.tone, why.cause.as_deref()), (14, Tone::Broken, Some("sku.unknown")));
    assert_eq!(why.due.map(|due| due.tone), Some(Tone::Risk));

    let group = bench.group();
    assert_eq!(group.sentence, "15 orders wait on one unknown SKU: JL-88213-NVY");
    assert_eq!((group.count, group.tone, group.exceptions.len()), (15, Tone::Risk, 15));
    assert_eq!(group.at_risk.map(|money| money.to_string()), Some("£1,260.00".to_owned()));
    assert_eq!((group.per_hour.len(), group.per_hour.iter().sum::<u32>()), (24, 15));

    let page = bench.page("101");
    assert_eq!(page.lines[0].problem.as_deref(), Some("no warehouse item"));
    assert_eq!(page.acts[0].1, "Map JL-88213-NVY (perhaps JL-88213-NAVY)");
    let last = page.steps.last().unwrap();
    assert_eq!((last.mark, last.text.as_str()), (StepMark::Next, "Map the SKU to a warehouse item"));
    assert!(page.steps.iter().any(|step| step.mark == StepMark::Stopped && step.text == "Held: unknown SKU"));
}

#[test]
fn an_order_is_found_by_each_of_its_ids_and_by_nothing_else() {
    let bench = Bench::new();
    bench.see(JL, order("1037-A", "A"));
    bench.in_warehouse("1037-A");
    bench.despatch("JL-1037-A", "DPD", at(0));
    for id in ["1037-a", "JL-1037-A", "basket-1037-A", "T-JL-1037-A", "d-jl-1037-a", "john-lewis/1037-A"] {
        assert_eq!(bench.page(id).row.number, "1037-A", "{id}");
    }
    for text in ["1037", "LS1 4AP", "A", ""] {
        assert!(bench.hub.order(text).unwrap().is_none(), "{text}");
    }
    assert_eq!(bench.why("LS1 4AP"), "\"LS1 4AP\" is not an order's number; it finds one order: 1037-A.");
    assert_eq!(bench.hub.find("1037").unwrap().len(), 1);
}

#[test]
fn f99_an_id_that_was_never_seen_makes_the_hub_ask_once_a_minute() {
    let bench = Bench::new();
    let waiting = || bench.hub.store().ask(|tx| tx.hints(JL, 10)).unwrap().len();
    let asking = "Crossdock has never seen \"JL-999\". It is asking Marketplacer and John Lewis now; \
                  ask again in a moment.";
    let why = bench.hub.why("JL-999").unwrap();
    assert_eq!((why.sentence.as_str(), why.known, waiting()), (asking, false, 1));
    // The channels have not answered yet, so it is still true.
    assert_eq!(bench.why("JL-999"), asking);
    bench.apply(|_, tx, now, _| {
        for channel in [JL, MP] {
            tx.serve_hints(
                channel,
                "orders_by_id",
                &["JL-999".to_owned(), "999".to_owned()],
                now + jiff::SignedDuration::from_secs(1),
            )?;
        }
        Ok(())
    });
    let answered = "Crossdock has never seen \"JL-999\". Marketplacer and John Lewis were asked a moment ago \
                    and gave no order for it.";
    assert_eq!((bench.why("JL-999").as_str(), waiting()), (answered, 0));
    bench.clock(1);
    assert_eq!((bench.why("JL-999").as_str(), waiting()), (asking, 1));
    // A sentence is no id, and an item is no stranger.
    assert_eq!(bench.why("where is it"), "Crossdock has never seen \"where is it\".");
    assert_eq!(bench.why("A"), "A is a warehouse item, its stock was not seen yet; no order names it.");
}

#[test]
fn b030_a_document_that_cannot_be_read_is_a_row_and_a_page() {
    let bench = Bench::new();
    bench.apply(|_, tx, now, _| apply::unreadable(tx, JL, Some("77"), "no lines", b"{\"price\":84.10}", now));
    let filter = OrderFilter { state: Some("held".to_owned()), ..OrderFilter::default() };
    let list = bench.hub.orders(&filter).unwrap();
    assert_eq!((list.total, list.rows[0].state.as_str()), (1, "held"));
    assert_eq!(list.rows[0].words, "Held: the order cannot be read");
    let page = bench.page("77");
    assert_eq!(
        page.why.sentence,
        "Held: the order cannot be read, no lines. Integration owns this. Fix: look at the raw document; the order \
         is complete at the marketplace."
    );
    assert_eq!(page.raw.as_deref(), Some("{\n  \"price\": 84.10\n}"));
    assert_eq!(page.acts.iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(), ["Ask for it again"]);
    assert_eq!(bench.group().sentence, "1 order of John Lewis cannot be read");
}

#[test]
fn b032_the_three_sides_agree_while_all_is_well() {
    let bench = Bench::new();
    bench.see(JL, order("1", "A"));
    let sides = bench.page("1").sides;
    assert_eq!((sides.channel.who.as_str(), sides.channel.what.as_str()), ("John Lewis says", "SHIPPING"));
    assert_eq!(sides.warehouse.what, "nothing yet; the order is on its way");
    let last = bench.page("1").steps.into_iter().rev().take(2).map(|step| (step.mark, step.text));
    assert_eq!(
        last.collect::<Vec<_>>(),
        [
            (StepMark::Next, "In Peoplevox, read back and released for picking".to_owned()),
            (StepMark::Waiting, "Released by John Lewis; checked and mapped".to_owned()),
        ]
    );
    bench.in_warehouse("1");
    let page = bench.page("1");
    assert_eq!(page.sides.warehouse.what, "1 line read back, released");
    assert_eq!((page.sides.disagreement, page.sides.warehouse.tone), (None, Tone::Ok));
    assert_eq!((page.row.place.as_str(), page.warehouse_number.as_deref()), ("Leeds LS1", Some("JL-1")));
    assert_eq!(
        page.calls.iter().map(|call| (call.what.as_str(), call.phase.as_str())).collect::<Vec<_>>(),
        [("create the warehouse order", "waits to be sent")]
    );
}

#[test]
fn b032_a_disagreement_is_said_in_words() {
    let bench = Bench::new();
    let said = |number: &str| bench.page(number).sides.disagreement.unwrap_or_default();
    for number in ["1", "2"] {
        bench.see(JL, order(number, "A"));
        bench.in_warehouse(number);
    }
    let cancelled = crossdock_model::ChannelOrder {
        readiness: Readiness::Cancelled,
        remote_state: "CANCELED".to_owned(),
        updated_at: at(1),
        ..order("1", "A")
    };
    bench.happen("1", OrderEvent::Seen(Box::new(cancelled)));
    assert_eq!(said("1"), "John Lewis cancelled it, but Peoplevox still has it as JL-1.");

    bench.carriers(JL, &[("dpd", "DPD")]);
    bench.despatch("JL-2", "DPD", at(0));
    bench.clock(10);
    assert_eq!(said("2"), "");
    bench.clock(11);
    assert_eq!(said("2"), "Peoplevox despatched it 11 m ago, and John Lewis does not know it yet.");
    assert_eq!(bench.page("2").sides.channel.tone, Tone::Risk);

    let shipment = ChannelShipment {
        id: "s".to_owned(),
        carrier: "DPD".to_owned(),
        tracking: "X".to_owned(),
        package: None,
        shipped: true,
        lines: Vec::new(),
    };
    let mut shipped = order("3", "UNKNOWN");
    shipped.shipments = vec![shipment];
    bench.see(JL, shipped);
    assert_eq!(said("3"), "John Lewis says it is shipped, but Peoplevox never had it.");
}

#[test]
fn b062_despatches_list_the_open_ones_first_and_say_how_each_stands() {
    let bench = Bench::new();
    bench.carriers(JL, &[("dpd", "DPD")]);
    for number in ["1", "2"] {
        bench.see(JL, order(number, "A"));
        bench.in_warehouse(number);
    }
    bench.despatch("JL-1", "DPD", at(0));
    bench.despatch("JL-2", "House van", at(0));
    bench.clock(2);
    bench.apply(|inner, tx, now, ripple| {
        let order = tx.find("1", 1)?.remove(0);
        let parcel = tx.children(order.id)?.remove(0);
        let evidence = "seen".to_owned();
        let event = crossdock_flow::despatch::DespatchEvent::Confirmed { evidence };
        apply::parcel_event(inner, tx, parcel, event, now, ripple)
    });
    let list = bench.hub.despatches(&DespatchFilter::default()).unwrap();
    assert_eq!((list.total, list.open, list.pages), (2, 1, 1));
    let words: Vec<_> = list.rows.iter().map(|row| (row.order.as_str(), row.words.as_str(), row.tone)).collect();
    assert_eq!(
        words,
        [
            ("2", "held: carrier House van is not on the list of John Lewis", Tone::Broken),
            ("1", "confirmed 2 m later", Tone::Ok)
        ]
    );
    let open = DespatchFilter { open: true, ..DespatchFilter::default() };
    assert_eq!(bench.hub.despatches(&open).unwrap().total, 1);
    assert_eq!(bench.why("1"), "Complete: 1 parcel left and John Lewis was seen to know it.");
    let why = bench.hub.why("2").unwrap();
    assert!(
        why.sentence.contains("Parcel D-JL-2 is held: carrier House van is not on the list of John Lewis."),
        "{}",
        why.sentence
    );
    assert_eq!(why.owner.as_deref(), Some("Warehouse"));
    let cause = OrderFilter { cause: Some("carrier.unknown".to_owned()), ..OrderFilter::default() };
    assert_eq!(bench.hub.orders(&cause).unwrap().rows[0].number, "2");
}

#[test]
fn orders_that_are_due_soon_come_by_deadline() {
    let bench = Bench::new();
    for (number, minutes) in [("1", 300), ("2", 90), ("3", 2_000)] {
        bench.see(JL, crossdock_model::ChannelOrder { ship_by: Some(at(minutes)), ..order(number, "A") });
    }
    let filter = OrderFilter { due_within_hours: Some(6), ..OrderFilter::default() };
    let list = bench.hub.orders(&filter).unwrap();
    let rows: Vec<_> =
        list.rows.iter().map(|row| (row.number.as_str(), row.due.clone().unwrap().words, row.tone)).collect();
    assert_eq!(rows, [("2", "due in 1 h 30 m".to_owned(), Tone::Risk), ("1", "due in 5 h".to_owned(), Tone::Waiting)]);
    let released = OrderFilter { state: Some("released".to_owned()), ..OrderFilter::default() };
    assert_eq!(bench.hub.orders(&released).unwrap().total, 3);
}

#[test]
fn a_silent_stop_is_seen_in_words_and_in_the_health_of_all_feeds() {
    let bench = Bench::with_reads(&[ReadKind::Health, ReadKind::Despatches]);
    let health = |bench: &Bench| bench.hub.today().unwrap().health;
    assert_eq!(health(&bench), "Peoplevox: not asked yet (and 2 more)");
    for name in [WAREHOUSE, MP, JL] {
        bench.answer(name, 200);
        bench.answer(name, 200);
    }
    assert_eq!(health(&bench), "all feeds live");
    // Read every minute: four minutes without are too long.
    bench.clock(4);
    bench.answer(WAREHOUSE, 200);
    let feeds = Desk::connections(&bench.hub).unwrap();
    assert_eq!(
        feeds.iter().map(|feed| (feed.name.as_str(), feed.words.as_str(), feed.tone)).collect::<Vec<_>>(),
        [
            (WAREHOUSE, "live, 0 s ago", Tone::Ok),
            (MP, "despatches not read for 4 m", Tone::Risk),
            (JL, "despatches not read for 4 m", Tone::Risk),
        ]
    );
    let tones: Vec<_> = feeds[1].schedules.iter().map(|row| (row.name.as_str(), row.tone)).collect();
    assert_eq!(tones, [("health", Tone::Ok), ("despatches", Tone::Risk)]);
    assert_eq!((feeds[1].windows[0].limit, feeds[1].push.starts_with("none")), (60, true));
    assert_eq!(health(&bench), "Marketplacer: despatches not read for 4 m (and 1 more)");
}

#[test]
fn today_counts_each_order_in_every_step_it_reached() {
    let bench = Bench::new();
    bench.see(JL, order("1", "A"));
    bench.see(JL, order("2", "A"));
    bench.see(MP, order("3", "UNKNOWN"));
    bench.clock(2);
    bench.in_warehouse("1");
    let today = bench.hub.today().unwrap();
    let counts = today.orders;
    assert_eq!((counts.received, counts.in_warehouse, counts.held, counts.confirmed), (3, 1, 1, 0));
    assert_eq!((today.to_warehouse.count, today.to_warehouse.median), (1, Some(120)));
    assert_eq!(today.needs.len(), 1);
    assert_eq!(today.per_hour.len(), 24);
    let last = today.per_hour.last().unwrap();
    assert_eq!(last.by_channel, [(MP.to_owned(), 1), (JL.to_owned(), 2)]);
}

#[test]
fn b016_stock_shows_what_the_buffer_holds_back_and_what_waits() {
    let bench = Bench::new();
    bench.stock(JL, &["A".to_owned()], 12);
    bench.stock(MP, &["GHOST".to_owned()], 0);
    let list = bench.hub.stock(&StockFilter::default()).unwrap();
    let figures: Vec<_> = list
        .rows
        .iter()
        .flat_map(|row| &row.channels)
        .map(|figure| (figure.sku.as_str(), figure.desired, figure.state, figure.words.as_str()))
        .collect();
    assert_eq!(
        figures,
        [
            ("A", Some(11), FigureState::Waiting, "waits to be sent"),
            ("GHOST", None, FigureState::Unmapped, "no warehouse item"),
        ]
    );
    let formulas: Vec<_> =
        list.rows.iter().flat_map(|row| &row.channels).map(|figure| figure.formula.as_str()).collect();
    assert_eq!(formulas, ["12 available − 0 sold, not counted yet − 1 buffer = 11", ""]);
    let stock = bench.hub.today().unwrap().stock;
    assert_eq!((stock.listings, stock.unmapped, stock.waiting, stock.withheld), (2, 1, 1, 1));
}

#[test]
fn a_large_catalogue_suggests_items_that_begin_like_the_sku() {
    let bench = Bench::new();
    let rows = bench.hub.store().ask(|tx| suggest::beginning_like(tx, "JL-88213-NVY")).unwrap();
    assert_eq!(rows.iter().map(|row| row.item.code.as_str()).collect::<Vec<_>>(), ["JL-88213-NAVY"]);
}
