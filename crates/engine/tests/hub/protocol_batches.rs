//! F18: many orders in one call, and one of them is bad.

use crossdock_connector::{ReadKind, Repeat};
use crossdock_store::Phase;

use crate::protocol::shop;
use crate::support::{Fake, Fault, World, item, rules, sale};

fn eight() -> Vec<String> {
    (1..=8).map(|id| id.to_string()).collect()
}

#[test]
fn orders_that_wait_share_a_call() {
    let ids = eight();
    let mut world = shop(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    world.run(20);
    assert_eq!(world.remote("wms").asked("create_order write").len(), 1);
    assert!(ids.iter().all(|id| world.remote("wms").times(&format!("MP-{id}")) == 1));
}

#[test]
fn a_batch_refused_in_one_breath_is_halved_until_the_bad_row_stands_alone() {
    let ids = eight();
    for bad in ["1", "5", "8"] {
        let mut world = shop(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        world.remote("wms").poison.insert(format!("MP-{bad}"));
        // A split is no failure: nobody pauses for it.
        world.run(2);
        for id in &ids {
            let (times, phase) = (world.remote("wms").times(&format!("MP-{id}")), world.effect("mp", id).phase);
            let expected = if id == bad { (0, Phase::Rejected) } else { (1, Phase::Confirmed) };
            assert_eq!((times, phase), expected, "order {id}, bad {bad}");
        }
        let writes = world.remote("wms").asked("create_order write");
        assert!(writes.len() <= 10, "{} writes to find one row of eight", writes.len());
        assert!(writes.iter().any(|asked| asked.objects == [format!("MP-{bad}")]), "it was refused alone");
    }
}

#[test]
fn a_row_that_the_reply_does_not_mention_is_a_doubt_and_not_a_success() {
    let mut world = shop(&["1", "2", "3"]);
    world.remote("wms").faults = [Fault::OnlyRows(1)].into();
    world.run(30);
    let mentioned = world.remote("wms").asked("create_order write")[0].objects[0].clone();
    for id in ["1", "2", "3"] {
        let expected = if format!("MP-{id}") == mentioned { Phase::Confirmed } else { Phase::Unknown };
        assert_eq!(world.effect("mp", id).phase, expected, "order {id}");
    }
    world.run(1_200);
    for id in ["1", "2", "3"] {
        assert_eq!(
            (world.effect("mp", id).phase, world.remote("wms").times(&format!("MP-{id}"))),
            (Phase::Confirmed, 1)
        );
    }
}

#[test]
fn a_batch_whose_reply_is_lost_is_settled_row_by_row() {
    let mut world = shop(&["1", "2", "3"]);
    world.remote("wms").faults = [Fault::LostBefore].into();
    world.run(40);
    // One of the three was carried out late.
    world.remote("wms").done.insert("MP-2".to_owned(), 1);
    world.run(1_200);
    for id in ["1", "2", "3"] {
        assert_eq!(
            (world.effect("mp", id).phase, world.remote("wms").times(&format!("MP-{id}"))),
            (Phase::Confirmed, 1)
        );
    }
}

/// One row may break the remote whenever it comes, so a batch that keeps getting lost travels in ever smaller company.
#[test]
fn f18_a_batch_that_gets_lost_again_and_again_is_made_smaller() {
    let mut wms = Fake::new("wms", true, &[ReadKind::Items]);
    (wms.repeat, wms.batch) = (Repeat::Harmless, 100);
    wms.remote().items = vec![item("MUG")];
    wms.remote().faults = vec![Fault::LostBefore; 200].into();
    let mp = Fake::new("mp", false, &[ReadKind::Orders]);
    mp.remote().orders = (1..=12).map(|id| sale(&id.to_string(), &[("MUG", 1)])).collect();
    let mut world = World::new(wms, vec![(mp, rules("mp"))]);
    world.run(4_500);
    let writes = world.remote("wms").asked("create_order write");
    let sizes = |id: usize| {
        let of_it = writes.iter().filter(|asked| asked.objects.contains(&format!("MP-{id}")));
        of_it.map(|asked| asked.objects.len()).collect::<Vec<_>>()
    };
    for id in 1..=12 {
        let sizes = sizes(id);
        assert!(sizes.len() >= 7, "{sizes:?}");
        assert!(sizes[..3] == [12; 3] && sizes[3..6].iter().all(|size| *size <= 10), "{sizes:?}");
        assert!(sizes[3] > 1 && sizes[6..].iter().all(|size| *size == 1), "{sizes:?}");
    }
}
