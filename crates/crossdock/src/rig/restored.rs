//! Stories of a hub whose database came back from a copy: the judge reads what the remotes say was done.

use std::path::Path;

use crossdock_desk::{Act, Desk};
use jiff::{SignedDuration, Timestamp};
use sim_core::effect_log::kind;
use sim_core::{World, WorldPlan};

use super::oracle::{Verdict, judge};
use super::virtual_drive::VirtualDrive;
use super::{TwinOptions, Twins, dawn};
use crate::commands::demo_check::{Scenario, evidence, held, open_hub};

/// What only a hub does to a remote.
const WRITTEN: [&str; 8] = [
    kind::ORDER_ACCEPTED,
    kind::WAREHOUSE_ORDER_CREATED,
    kind::WAREHOUSE_ORDER_UPDATED,
    kind::WAREHOUSE_ORDER_RELEASED,
    kind::WAREHOUSE_LINE_CREATED,
    kind::TRACKING_SET,
    kind::SHIPPED,
    kind::STOCK_SET,
];

fn minutes(count: i64) -> Timestamp {
    dawn() + SignedDuration::from_mins(count)
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// How often anything was written to any remote.
fn written(twins: &mut Twins) -> usize {
    let logs = twins.hosts.iter().map(|(_, host)| host.effects().all());
    logs.map(|log| log.iter().filter(|effect| WRITTEN.contains(&effect.kind.as_str())).count()).sum()
}

/// In memory where the machine has such a folder: a simulated day commits thousands of times.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A morning of orders; a backup; the disk is lost some time later and the backup takes its place.
fn morning(seed: u64, backup_at: i64, lost_at: i64, faults: f64) -> Verdict {
    let span = SignedDuration::from_hours(4);
    let (data, backup) = (folder(), folder());
    let path = data.path().join("crossdock.db");
    let options = TwinOptions::default();
    let scenario = Scenario { orders: 24, seed, faults, sabotage: None, options, restarts: 0 };
    let world = World::new(WorldPlan::new(seed, dawn(), scenario.orders, span));
    let mut twins = Twins::new(&world, &scenario.options);
    twins.faults(faults);
    let open = |now| open_hub(&path, &scenario, now).unwrap_or_else(|failure| panic!("{failure:?}"));

    let (hub, store) = open(dawn());
    let mut drive = VirtualDrive::new(twins, hub, dawn());
    drive.run_until(minutes(backup_at)).unwrap();
    let VirtualDrive { twins, hub, now, .. } = drive;
    drop((hub, store));
    copy(data.path(), backup.path());

    let (hub, store) = open(now);
    assert!(hub.exceptions().unwrap().iter().all(|group| group.cause != "hub.restored"), "it only was restarted");
    let mut drive = VirtualDrive::new(twins, hub, now);
    drive.run_until(minutes(lost_at)).unwrap();
    let VirtualDrive { twins, hub, now, .. } = drive;
    drop((hub, store));
    copy(backup.path(), data.path());

    let (hub, store) = open(now);
    let mut drive = VirtualDrive::new(twins, hub, now);
    // A stock file that the hub before had handed in is still worked through by the remote.
    drive.run_until(minutes(lost_at + 3)).unwrap();
    let before = written(&mut drive.twins);
    drive.run_until(minutes(lost_at + 10)).unwrap();
    assert!(drive.hub.act("a person", &Act::ReleaseRestored).is_err(), "too early");
    drive.run_until(minutes(lost_at + 40)).unwrap();
    assert_eq!(written(&mut drive.twins), before, "a restored hub wrote before it was released");
    let mut wait = lost_at + 40;
    while let Err(refused) = drive.hub.act("a person", &Act::ReleaseRestored) {
        assert!(wait < lost_at + 240, "{refused}");
        wait += 10;
        drive.run_until(minutes(wait)).unwrap();
    }
    drive.run_until(minutes(4 * 60 + 10 * 60)).unwrap();
    drive.twins.faults(0.0);
    drive.run_until(minutes(4 * 60 + 12 * 60)).unwrap();
    let held = held(store.as_ref()).unwrap_or_else(|failure| panic!("{failure:?}"));
    judge(&evidence(&mut drive.twins, &world), &held)
}

#[test]
fn f38_p2_p4_a_restored_backup_loses_nothing_and_repeats_nothing_whenever_it_was_made() {
    for (seed, backup_at, lost_at) in [(9, 130, 235), (7, 2, 70), (8, 90, 200)] {
        let verdict = morning(seed, backup_at, lost_at, 0.0);
        assert!(
            verdict.agrees(),
            "seed {seed}, backup at minute {backup_at}, lost at {lost_at}: {:#?}",
            verdict.findings
        );
        assert!(verdict.confirmed > 10, "{verdict:#?}");
    }
}

#[test]
fn f38_nor_does_it_with_every_fault_at_three_percent() {
    let verdict = morning(11, 75, 160, 0.03);
    assert!(verdict.agrees(), "{:#?}", verdict.findings);
    assert!(verdict.confirmed > 10, "{verdict:#?}");
}
