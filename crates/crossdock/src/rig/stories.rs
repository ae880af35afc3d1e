//! Stories of a working day, told to the twins through their control calls and read from their own logs.

use std::sync::Arc;

use crossdock_desk::{Act, AddressParts, Desk};
use crossdock_store::Store;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::effect_log::kind;
use sim_core::{Effect, World, WorldPlan};

use super::virtual_drive::VirtualDrive;
use super::{MARKETPLACER, MIRAKL, PEOPLEVOX, TwinOptions, Twins, dawn};
use crate::commands::demo_check::{Scenario, open_hub};

/// A quiet world without planned customers, an hour after the hub's start.
struct Yard {
    drive: VirtualDrive,
    world: Arc<World>,
    store: Arc<dyn Store>,
    _folder: tempfile::TempDir,
}

impl Yard {
    fn open(options: TwinOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(WorldPlan::new(7, dawn(), 0, SignedDuration::from_hours(1)));
        let scenario = Scenario { orders: 0, seed: 7, faults: 0.0, sabotage: None, options, restarts: 0 };
        let twins = Twins::new(&world, &scenario.options);
        let (hub, store) =
            open_hub(&folder.path().join("x.db"), &scenario, dawn()).unwrap_or_else(|_| panic!("no hub"));
        let drive = VirtualDrive::new(twins, hub, dawn());
        let mut yard = Self { drive, world, store, _folder: folder };
        yard.pass(60);
        yard
    }

    fn pass(&mut self, minutes: i64) {
        let until = self.drive.now + SignedDuration::from_mins(minutes);
        self.drive.run_until(until).unwrap();
    }

    fn pass_seconds(&mut self, seconds: i64) {
        let until = self.drive.now + SignedDuration::from_secs(seconds);
        self.drive.run_until(until).unwrap();
    }

    fn tell(&mut self, twin: &str, path: &str, body: &Value) -> Value {
        let now = self.drive.now;
        self.drive.twins.host(twin).unwrap().control(now, path, body).unwrap()
    }

    fn state(&mut self, twin: &str) -> Value {
        self.drive.twins.host(twin).unwrap().state()
    }

    fn shown(&mut self, twin: &str, sku: &str) -> i64 {
        self.state(twin)["stock"][sku].as_i64().unwrap_or(-1)
    }

    fn effects(&mut self, twin: &str, of: &str, since: Timestamp) -> Vec<Effect> {
        let log = self.drive.twins.host(twin).unwrap().effects().all();
        log.iter().filter(|effect| effect.kind == of && effect.at >= since).cloned().collect()
    }

    /// A plain item with plenty of stock that is in no kit.
    fn item(&self, nth: usize) -> String {
        let in_kits: Vec<&String> =
            self.world.catalogue.iter().flat_map(|item| item.parts.iter().map(|(code, _)| code)).collect();
        let plain = self.world.catalogue.iter().filter(|item| {
            item.parts.is_empty() && !item.deactivated && item.on_hand > 10 && !in_kits.contains(&&item.code)
        });
        plain.map(|item| item.code.clone()).nth(nth).unwrap()
    }

    fn causes(&self) -> Vec<String> {
        self.drive.hub.exceptions().unwrap().into_iter().map(|group| group.cause).collect()
    }
}

#[test]
fn a061_an_event_reaches_marketplacer_at_once_and_b055_mirakl_with_the_next_file() {
    let mut yard = Yard::open(TwinOptions::default());
    let item = yard.item(0);
    let began = yard.drive.now;
    yard.tell(PEOPLEVOX, "stock", &json!({ "item": item, "receive": 7 }));
    let expected = yard.state(PEOPLEVOX)["available"][&item].as_i64().unwrap() - 1;
    yard.pass_seconds(5);
    let pushed = yard.effects(MARKETPLACER, kind::STOCK_SET, began);
    assert!(
        pushed.iter().any(|effect| effect.object == item && effect.data["quantity"] == expected),
        "within five seconds, not at the next sweep: {pushed:?}"
    );
    yard.pass_seconds(130);
    let filed = yard.effects(MIRAKL, kind::STOCK_SET, began);
    assert!(filed.iter().any(|effect| effect.object == item && effect.data["quantity"] == expected), "{filed:?}");
}

#[test]
fn a057_a_sale_on_one_channel_lowers_the_other_before_the_warehouse_counts_it() {
    let mut yard = Yard::open(TwinOptions::default());
    let item = yard.item(1);
    let before = yard.shown(MIRAKL, &item);
    yard.tell(MARKETPLACER, "orders", &json!({ "lines": [{ "sku": item, "quantity": 3 }] }));
    yard.pass(4);
    assert_eq!(yard.shown(MIRAKL, &item), before - 3);
    assert_eq!(yard.shown(MARKETPLACER, &item), before - 3);
    // And once the warehouse counts it, it is not taken off twice.
    yard.pass(40);
    assert_eq!(yard.shown(MIRAKL, &item), before - 3);
}

#[test]
fn a_kit_follows_its_smallest_component() {
    let mut yard = Yard::open(TwinOptions::default());
    let kit = yard.world.catalogue.iter().find(|item| !item.parts.is_empty()).unwrap().clone();
    let (part, per_kit) = kit.parts[1].clone();
    yard.tell(PEOPLEVOX, "stock", &json!({ "item": part, "on_hand": per_kit * 4 }));
    yard.pass(5);
    assert_eq!(yard.shown(MARKETPLACER, &kit.code), 3, "four kits less the buffer of one");
    assert_eq!(yard.shown(MIRAKL, &kit.code), 3);
}

#[test]
fn a_feed_that_zeroes_everything_is_stopped_until_a_person_releases_it() {
    let mut yard = Yard::open(TwinOptions::default());
    // Between two sweeps, so that the warehouse's own figures do not mend it meanwhile.
    yard.pass(2);
    let item = yard.item(2);
    let shown = yard.shown(MIRAKL, &item);
    let codes: Vec<String> = yard.world.catalogue.iter().map(|item| item.code.clone()).collect();
    let rows = codes.into_iter().map(|item| crossdock_model::Available { item, available: 0 }).collect();
    let now = yard.drive.now;
    yard.drive.hub.feed_availability(rows, now, now).unwrap();
    yard.pass(3);
    assert_eq!(yard.shown(MIRAKL, &item), shown, "nothing was zeroed");
    assert_eq!(yard.shown(MARKETPLACER, &item), shown, "nothing was zeroed");
    assert_eq!(yard.causes().iter().filter(|cause| *cause == "stock.guard").count(), 2);
    let act = Act::ReleaseGuard { connection: MARKETPLACER.to_owned() };
    yard.drive.hub.act("a person", &act).unwrap();
    yard.pass(2);
    assert_eq!(yard.shown(MARKETPLACER, &item), 0, "released on purpose");
    assert_eq!(yard.shown(MIRAKL, &item), shown, "the other channel still waits");
}

#[test]
fn a108_a_channel_that_takes_figures_and_publishes_nothing_is_reported_within_one_sweep() {
    let mut yard = Yard::open(TwinOptions::default());
    yard.tell(MIRAKL, "connection", &json!({ "active": false }));
    for nth in 3..9 {
        let item = yard.item(nth);
        yard.tell(PEOPLEVOX, "stock", &json!({ "item": item, "receive": 5 }));
    }
    yard.pass(5);
    assert!(!yard.causes().contains(&"channel.inactive".to_owned()), "nobody can know before a read-back");
    yard.pass(20);
    assert!(yard.causes().contains(&"channel.inactive".to_owned()), "{:?}", yard.causes());
    // The connection is repaired: the figures are sent again and the exception closes by itself.
    yard.tell(MIRAKL, "connection", &json!({ "active": true }));
    yard.pass(50);
    assert!(!yard.causes().contains(&"channel.inactive".to_owned()), "{:?}", yard.causes());
    let item = yard.item(3);
    let expected = yard.state(PEOPLEVOX)["available"][&item].as_i64().unwrap() - 1;
    assert_eq!(yard.shown(MIRAKL, &item), expected);
}

/// The warehouse number of the newest order.
fn newest_order(yard: &mut Yard) -> String {
    let created = yard.effects(PEOPLEVOX, kind::WAREHOUSE_ORDER_CREATED, dawn());
    created.last().unwrap().object.clone()
}

#[test]
fn a087_b087_two_parcels_with_two_carriers_arrive_as_two_shipments_on_both_platforms() {
    let mut yard = Yard::open(TwinOptions::default());
    yard.tell(PEOPLEVOX, "pickers", &json!({ "paused": true }));
    let (first, second) = (yard.item(4), yard.item(5));
    let lines = json!({ "lines": [{ "sku": first, "quantity": 2 }, { "sku": second, "quantity": 1 }] });
    for channel in [MARKETPLACER, MIRAKL] {
        yard.tell(channel, "orders", &lines);
        yard.pass(30);
        let number = newest_order(&mut yard);
        let parcels = json!({ "order": number, "parcels": [
            { "carrier": "Royal Mail", "tracking": format!("RM-{channel}"), "lines": [{ "item": first, "quantity": 1 }] },
            { "carrier": "DPD", "tracking": format!("DPD-{channel}"),
              "lines": [{ "item": first, "quantity": 1 }, { "item": second, "quantity": 1 }] },
        ] });
        yard.tell(PEOPLEVOX, "despatch", &parcels);
        yard.pass(30);
        let shipped = yard.effects(channel, kind::SHIPPED, dawn());
        let mut seen: Vec<(String, usize)> = shipped
            .iter()
            .map(|effect| {
                let lines = effect.data["lines"].as_array().map_or(0, Vec::len);
                (effect.data["tracking"].as_str().unwrap().to_owned(), lines)
            })
            .collect();
        seen.sort();
        assert_eq!(seen, [(format!("DPD-{channel}"), 2), (format!("RM-{channel}"), 1)], "{channel}");
        let carriers: Vec<_> = shipped.iter().map(|effect| effect.data["carrier"].to_string()).collect();
        assert!(carriers.iter().any(|name| name.contains("DPD")) && carriers.iter().any(|name| name.contains("Royal")));
    }
}

#[test]
fn b063_tracking_comes_before_ship_where_one_shipment_is_taken() {
    let mut yard = Yard::open(TwinOptions { single_shipment: true, ..TwinOptions::default() });
    let item = yard.item(6);
    yard.tell(MIRAKL, "orders", &json!({ "lines": [{ "sku": item, "quantity": 1 }] }));
    yard.pass(400);
    let tracking = yard.effects(MIRAKL, kind::TRACKING_SET, dawn());
    let shipped = yard.effects(MIRAKL, kind::SHIPPED, dawn());
    assert_eq!((tracking.len(), shipped.len()), (1, 1));
    assert!(tracking[0].seq < shipped[0].seq);
    assert_eq!(tracking[0].data["tracking"], shipped[0].data["tracking"]);
}

#[test]
fn a102_an_order_with_an_unknown_sku_waits_and_goes_on_by_itself_once_it_is_mapped() {
    let mut yard = Yard::open(TwinOptions::default());
    let item = yard.item(7);
    yard.tell(
        MIRAKL,
        "orders",
        &json!({ "lines": [{ "sku": "JL-88213-NVY", "quantity": 1 }], "defect": "unknown_sku", "number": 88213 }),
    );
    yard.pass(10);
    let group = yard.drive.hub.exceptions().unwrap().into_iter().find(|group| group.cause == "sku.unknown").unwrap();
    assert_eq!((group.owner.as_str(), group.count), ("Merchandising", 1));
    let number = group.exceptions[0].order.clone();
    let why = yard.drive.hub.why(&number).unwrap();
    assert!(why.sentence.starts_with("Held: line 1: SKU JL-88213-NVY has no warehouse item"), "{}", why.sentence);
    let act = Act::MapSku { connection: MIRAKL.to_owned(), sku: "JL-88213-NVY".to_owned(), item: item.clone() };
    yard.drive.hub.act("Merchandising", &act).unwrap();
    yard.pass(30);
    let created = yard.effects(PEOPLEVOX, kind::WAREHOUSE_LINE_CREATED, dawn());
    assert_eq!(created.last().unwrap().data["item"], item);
    assert!(!yard.causes().contains(&"sku.unknown".to_owned()));
    assert!(yard.store.version() > 0);
}

#[test]
fn a105_an_order_without_a_postcode_waits_and_goes_on_once_it_is_corrected() {
    let mut yard = Yard::open(TwinOptions::default());
    let item = yard.item(8);
    yard.tell(MARKETPLACER, "orders", &json!({ "lines": [{ "sku": item, "quantity": 1 }], "postcode": "" }));
    yard.pass(5);
    let group = yard.drive.hub.exceptions().unwrap().into_iter().find(|g| g.cause == "address.incomplete").unwrap();
    let order = group.exceptions[0].order.clone();
    let parts = AddressParts { postcode: "LS1 4AP".into(), ..AddressParts::default() };
    let act = Act::CorrectAddress { order, parts };
    yard.drive.hub.act("Customer service", &act).unwrap();
    yard.pass(5);
    assert_eq!(yard.effects(PEOPLEVOX, kind::WAREHOUSE_ORDER_RELEASED, dawn()).len(), 1);
}

#[test]
fn a016_an_order_under_review_does_not_reach_the_warehouse() {
    let mut yard = Yard::open(TwinOptions::default());
    let item = yard.item(9);
    let placed =
        yard.tell(MARKETPLACER, "orders", &json!({ "lines": [{ "sku": item, "quantity": 1 }], "under_review": true }));
    yard.pass(8);
    assert!(yard.effects(PEOPLEVOX, kind::WAREHOUSE_ORDER_CREATED, dawn()).is_empty());
    yard.tell(MARKETPLACER, "clear", &json!({ "legacyId": placed["legacyId"] }));
    yard.pass(8);
    assert_eq!(yard.effects(PEOPLEVOX, kind::WAREHOUSE_ORDER_CREATED, dawn()).len(), 1);
}

#[test]
fn f52_units_whose_cancellation_was_asked_for_and_turned_down_stay_sold_and_stand_in_front_of_the_warehouse() {
    turned_down(false);
}

#[test]
fn f52_units_that_were_added_in_the_warehouse_and_left_before_the_hub_saw_them_are_told_all_the_same() {
    turned_down(true);
}

/// A unit of three is asked to be cancelled, and then not. `at_once`: it is added in the warehouse and leaves in the same minute.
fn turned_down(at_once: bool) {
    let mut yard = Yard::open(TwinOptions::default());
    yard.tell(PEOPLEVOX, "pickers", &json!({ "paused": true }));
    let (item, told) = (yard.item(10), "order.more_wanted".to_owned());
    let before = yard.shown(MIRAKL, &item);
    let placed = yard.tell(MARKETPLACER, "orders", &json!({ "lines": [{ "sku": item, "quantity": 3 }] }));
    let asked = json!({ "legacyId": placed["legacyId"], "lines": [{ "sku": item, "quantity": 1 }] });
    let request = yard.tell(MARKETPLACER, "cancellation", &asked);
    yard.pass(30);
    let lines = yard.effects(PEOPLEVOX, kind::WAREHOUSE_LINE_CREATED, dawn());
    assert_eq!(lines.last().unwrap().data["quantity"], 2, "without the unit that nobody has decided on");
    assert!(!yard.causes().contains(&told));

    yard.tell(MARKETPLACER, "deny", &request);
    yard.pass(30);
    let groups = yard.drive.hub.exceptions().unwrap();
    let group = groups.iter().find(|group| group.cause == told).unwrap();
    assert_eq!(group.sentence, "Marketplacer expects more units in 1 order than Peoplevox was given");
    let number = newest_order(&mut yard);
    let page = yard.drive.hub.order(&number).unwrap().unwrap();
    assert_eq!(page.lines[0].problem.as_deref(), Some("1 unit not given to Peoplevox"));
    let why = yard.drive.hub.why(&number).unwrap();
    let words = "Held: Marketplacer expects 1 unit of line 1 beyond what the warehouse was given. Warehouse owns this.";
    assert!(why.sentence.starts_with(words), "{}", why.sentence);
    assert_eq!(yard.shown(MIRAKL, &item), before - 3, "the warehouse counts two, and the third is sold all the same");

    // Somebody adds it in the warehouse, and nobody has to tell the hub.
    yard.tell(PEOPLEVOX, "edit", &json!({ "order": number, "item": item, "quantity": 3 }));
    if !at_once {
        yard.pass(30);
        assert!(!yard.causes().contains(&told));
        assert_eq!(yard.shown(MIRAKL, &item), before - 3, "not taken off twice");
    }
    let parcels = json!([{ "carrier": "DPD", "tracking": "DPD-3", "lines": [{ "item": item, "quantity": 3 }] }]);
    yard.tell(PEOPLEVOX, "despatch", &json!({ "order": number, "parcels": parcels }));
    yard.pass(30);
    let shipped = yard.effects(MARKETPLACER, kind::SHIPPED, dawn());
    assert_eq!(shipped.len(), 1);
    assert_eq!(shipped[0].data["lines"][0]["quantity"], 3);
    let still: Vec<_> = yard.causes().into_iter().filter(|cause| cause != "listing.unmapped").collect();
    assert_eq!(still, [""; 0]);
    assert_eq!(yard.drive.hub.why(&number).unwrap().state.as_deref(), Some("confirmed"));
}
