//! The audit against the simulated remotes, on a virtual clock: no socket, no waiting.

use bytes::Bytes;
use crossdock_connector::{Call, SendError};
use crossdock_model::Private;
use jiff::{SignedDuration, Timestamp};
use sim_core::{Answer, Host, World, WorldPlan};

use super::*;
use crate::config::{ConfigFault, SecretSource};
use crate::rig::demo_config::{self, TwinSecrets, Urls};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX, TwinOptions, Twins, dawn};
use crate::wire::Secrets;
use way::Way;

/// A twin on a clock that moves when somebody waits.
struct TwinWay<'a> {
    host: &'a mut dyn Host,
    now: Timestamp,
    calls: Vec<&'static str>,
    waited: SignedDuration,
}

impl Way for TwinWay<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn send(&mut self, call: &Call) -> Result<http::Response<Bytes>, SendError> {
        self.calls.push(call.label);
        self.now += SignedDuration::from_millis(40);
        match self.host.serve(self.now, &call.request) {
            Answer::Reply(mut response) => {
                let date = self.now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                response.headers_mut().insert("date", date.parse().unwrap());
                Ok(response)
            }
            Answer::Lost => Err(SendError::Lost("the line went dead".into())),
            Answer::Refused => Err(SendError::NotSent("refused".into())),
        }
    }

    fn wait_until(&mut self, moment: Timestamp) {
        self.waited += moment.duration_since(self.now);
        self.now = self.now.max(moment);
    }
}

struct Wrong(&'static str);

impl Secrets for Wrong {
    fn read(&self, source: &SecretSource, place: &str) -> Result<Private<String>, ConfigFault> {
        if place.contains(self.0) { Ok("wrong-secret".into()) } else { TwinSecrets.read(source, place) }
    }
}

struct Audited {
    rows: Vec<Row>,
    calls: Vec<(String, Vec<&'static str>)>,
    waited: SignedDuration,
    writes: usize,
}

fn audited(secrets: impl Secrets, prepare: impl FnOnce(&mut Twins)) -> Audited {
    let config = demo_config::config(&Urls::in_process(), "https://hub.example.com", false).unwrap();
    let secrets = Recorded::new(secrets, config.peoplevox.name.as_str());
    let parts = wire::parts(&config, &secrets).unwrap();
    let world = World::new(WorldPlan::new(7, dawn(), 10, SignedDuration::from_hours(1)));
    let mut twins = Twins::new(&world, &TwinOptions::default());
    prepare(&mut twins);
    let (mut all, mut calls, mut waited) = (Vec::new(), Vec::new(), SignedDuration::ZERO);
    for connector in &parts.connectors {
        let name = connector.connection().to_string();
        let host = twins.host(&name).unwrap().as_mut();
        let mut way = TwinWay { host, now: dawn(), calls: Vec::new(), waited: SignedDuration::ZERO };
        all.push(gather::gather(connector.as_ref(), &mut way, &|_| (), Known::default()));
        waited += way.waited;
        calls.push((name, way.calls));
    }
    let rows = audit(&config, &Ok(false), &secrets, &all, &mut |_, _| None);
    let writes = twins.hosts.iter().map(|(_, host)| host.effects().all().len()).sum();
    Audited { rows, calls, waited, writes }
}

fn row<'a>(audited: &'a Audited, connection: &str, check: &str) -> &'a Row {
    let found = audited.rows.iter().find(|row| row.connection == connection && row.check == check);
    found.unwrap_or_else(|| panic!("{connection} has no row `{check}`: {:#?}", audited.rows))
}

#[test]
fn what_is_wrong_in_the_simulated_shop_is_found_and_nothing_else() {
    let audited = audited(TwinSecrets, |_| ());
    // The twin's shop has two adverts that an audit should find; all else is in order.
    let failed: Vec<(&str, &str)> =
        audited.rows.iter().filter(|row| !row.ok).map(|row| (row.connection.as_str(), row.check)).collect();
    assert_eq!(failed, [(MARKETPLACER, "listings have SKUs"), (MARKETPLACER, "SKUs")], "{:#?}", audited.rows);
    let skus = row(&audited, MARKETPLACER, "SKUs");
    assert!(skus.evidence.contains("-OLD (nearest: ") && skus.evidence.contains("; not on sale now)"), "{skus:?}");
    assert!(row(&audited, PEOPLEVOX, "templates").evidence.contains("Sales orders: "));
    assert_eq!(row(&audited, MIRAKL, "clock").evidence, "0 s apart");
    assert!(row(&audited, MIRAKL, "SKUs").evidence.contains("an active item"));
}

#[test]
fn the_audit_only_looks() {
    let audited = audited(TwinSecrets, |_| ());
    assert!(audited.calls.iter().all(|(_, calls)| calls.len() > 2), "{:?}", audited.calls);
    assert_eq!(audited.writes, 0);
}

#[test]
fn published_limits_are_waited_for_and_never_exceeded() {
    // The twins answer 429 (or block) when a limit is exceeded, which would show as a failed row.
    let audited = audited(TwinSecrets, |_| ());
    let warehouse = audited.calls.iter().find(|(name, _)| name == PEOPLEVOX).unwrap().1.len();
    assert!(warehouse <= 15 || audited.waited.is_positive(), "{warehouse} calls in no time");
    assert!(audited.rows.iter().all(|row| !row.evidence.contains("wait")), "{:#?}", audited.rows);
}

#[test]
fn a_wrong_password_is_tried_once_and_the_remotes_words_are_shown() {
    let audited = audited(Wrong("peoplevox"), |_| ());
    let calls = &audited.calls.iter().find(|(name, _)| name == PEOPLEVOX).unwrap().1;
    assert_eq!(calls.len(), 1, "{calls:?}");
    let refused = row(&audited, PEOPLEVOX, "connection");
    assert!(!refused.ok && refused.evidence.starts_with("the credentials were refused: "), "{refused:?}");
    // The channels' SKUs cannot be judged without the item master, and that is said rather than passed.
    let skus = row(&audited, MIRAKL, "SKUs");
    assert!(!skus.ok && skus.evidence.contains("not checked"), "{skus:?}");
}

#[test]
fn a_wrong_key_stops_its_own_connection_only() {
    let audited = audited(Wrong("john-lewis"), |_| ());
    let calls = &audited.calls.iter().find(|(name, _)| name == MIRAKL).unwrap().1;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert!(!row(&audited, MIRAKL, "connection").ok);
    assert!(row(&audited, PEOPLEVOX, "connection").ok && row(&audited, PEOPLEVOX, "items").ok);
}

#[test]
fn a_remote_that_never_answers_is_given_up_and_named() {
    let audited = audited(TwinSecrets, |twins| {
        if let Some(host) = twins.host(MIRAKL) {
            host.faults().set_all(1.0);
        }
    });
    assert!(!row(&audited, MIRAKL, "connection").ok);
    let calls = &audited.calls.iter().find(|(name, _)| name == MIRAKL).unwrap().1;
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[test]
fn what_the_hub_lives_on_can_be_read() {
    let audited = audited(TwinSecrets, |_| ());
    let stock = row(&audited, PEOPLEVOX, "stock");
    assert!(stock.evidence.contains("figures") && stock.evidence.ends_with("no hub has read them yet"), "{stock:?}");
    assert!(row(&audited, PEOPLEVOX, "despatches").evidence.starts_with("can be read"), "{:#?}", audited.rows);
    for channel in [MIRAKL, MARKETPLACER] {
        assert!(row(&audited, channel, "orders").evidence.contains("of the last 1 h"), "{:#?}", audited.rows);
    }
    let limits = row(&audited, PEOPLEVOX, "limits");
    assert!(limits.ok && limits.evidence.contains(" of 15 in 15 s"), "{limits:?}");
    assert!(row(&audited, MIRAKL, "limits").evidence.contains("OR11 1 of 1 in 1 m"), "{:#?}", audited.rows);
}

#[test]
fn every_finding_says_what_was_seen_who_owns_it_and_what_to_do() {
    for audited in
        [audited(TwinSecrets, |_| ()), audited(Wrong("peoplevox"), |_| ()), audited(Wrong("john-lewis"), |_| ())]
    {
        for row in audited.rows.iter().filter(|row| !row.ok) {
            assert!(!row.evidence.is_empty() && !row.owner.is_empty() && !row.next.is_empty(), "{row:?}");
        }
    }
}

#[test]
fn a_no_is_told_from_a_remote_that_could_not_be_reached() {
    let pass = Row::pass("hub", "time zone", "UTC");
    let no = Row::fail("jl", "SKUs", "12", row::MERCHANDISING, "Map them");
    let away = Row::unknown("jl", "orders", &ask::Stop::Unreached("timed out".into()));
    let denied = Row::unknown("jl", "orders", &ask::Stop::Denied("wrong key".into()));
    let code = |rows: &[&Row]| {
        let rows: Vec<Row> = rows.iter().map(|row| (*row).clone()).collect();
        verdict(&rows).err().map_or(0, |failure| failure.code)
    };
    assert_eq!([code(&[&pass]), code(&[&pass, &away]), code(&[&away, &no]), code(&[&denied])], [0, 4, 1, 1]);
}

#[test]
fn the_summary_counts_and_the_json_has_every_field() {
    let pass = Row::pass("hub", "time zone", "UTC");
    let fail = Row::fail("jl", "SKUs", "12", row::MERCHANDISING, "Map them");
    let away = Row::unknown("jl", "orders", &ask::Stop::Unreached("timed out".into()));
    assert_eq!(summary(&[pass.clone(), pass.clone()]), "● All 2 checks pass: ready to go live.");
    assert_eq!(summary(&[pass.clone(), fail.clone()]), "■ 1 of 2 checks fails: not ready to go live.");
    assert_eq!(summary(&[away.clone(), fail]), "■ 2 of 2 checks fail: not ready to go live.");
    assert!(summary(&[pass, away]).starts_with("▲ 1 of 2 checks are open"));
    let value = serde_json::to_value(Row::fail("jl", "SKUs", "12", row::MERCHANDISING, "Map them")).unwrap();
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["connection", "check", "ok", "evidence", "owner", "next"]);
}
