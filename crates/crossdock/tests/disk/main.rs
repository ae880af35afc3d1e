//! The real program on a disk that fails: a full one is waited for, a failed fsync ends the process (faults F34, F35).

mod http;
#[path = "../../../store/sqlite/tests/disk_faults/shim.rs"]
mod shim;
mod site;

use std::time::Duration;

use serde_json::{Value, json};
use site::{Fault, Site};

/// How long something may take that takes some seconds on an idle machine.
const PATIENCE: Duration = Duration::from_mins(4);

fn created(site: &Site) -> usize {
    let log = site.twin("peoplevox", "effects", &Value::Null);
    let all = log["effects"].as_array().unwrap().iter();
    all.filter(|effect| effect["kind"] == "warehouse_order_created").count()
}

fn buy(site: &Site) {
    let sku = site.item();
    let placed = site.twin("marketplacer", "orders", &json!({ "lines": [{ "sku": sku, "quantity": 1 }] }));
    assert!(placed.get("error").is_none(), "{placed}");
}

#[test]
fn f34_a_full_disk_answers_callbacks_503_sends_nothing_and_goes_on_when_there_is_room() {
    let mut site = Site::open(Fault { call: "write", errno: 28 });
    let callback = site.callback(PATIENCE);
    assert_eq!(http::get(&callback), 200);
    site.fail(true);
    assert_eq!(http::get(&callback), 503);
    buy(&site);
    // Long enough for the order's webhook, and for a poll in between.
    site::pause(Duration::from_secs(8));
    assert_eq!(created(&site), 0, "nothing is sent that was not written down");
    assert_eq!(http::get(&callback), 503);
    assert_eq!(site.ended(), None, "it waits");
    site.fail(false);
    site.until(PATIENCE, "the order reaches the warehouse", |site| created(site) == 1);
    assert_eq!(http::get(&callback), 200);
}

#[test]
fn f35_a_failed_fsync_ends_the_process_and_the_next_start_does_what_was_left_once() {
    let mut site = Site::open(Fault { call: "sync", errno: 5 });
    let callback = site.callback(PATIENCE);
    assert_eq!(http::get(&callback), 200);
    site.fail(true);
    buy(&site);
    // The hub may be gone before it has answered.
    let status = http::get(&callback);
    assert!(status == 503 || status == 0, "{status}");
    site.until(PATIENCE, "the process ends", |site| site.ended() == Some(3));
    assert_eq!(created(&site), 0);
    site.fail(false);
    site.start();
    site.until(PATIENCE, "the order reaches the warehouse", |site| created(site) == 1);
    site::pause(Duration::from_secs(5));
    assert_eq!(created(&site), 1);
}
