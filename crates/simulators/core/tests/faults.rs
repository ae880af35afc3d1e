//! The faults that the host puts around any twin, shown with the smallest twin there can be: a counter.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::fault::{LATEST_COMMIT, OLDEST_READ};
use sim_core::{Answer, Cx, FaultKind, Host, Simulated, Twin};

/// POST adds one, GET shows the sum; at most three calls are let through in all.
#[derive(Debug, Clone, Default)]
struct Counter {
    sum: u64,
    admitted: u64,
    logins: u64,
}

impl Counter {
    fn admit(&mut self) -> Option<Response<Bytes>> {
        self.admitted += 1;
        (self.admitted > 3).then(|| self.throttle(&Request::default(), Some(7)))
    }
}

impl Twin for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn handle(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        if !cx.counted
            && let Some(refusal) = self.admit()
        {
            return refusal;
        }
        if request.method() == Method::POST {
            self.sum += 1;
            cx.effects.push(cx.now, "added", "sum", json!(self.sum));
        }
        Response::new(Bytes::from(format!("{} of {}", self.sum, self.logins)))
    }

    fn only_reads(&self, request: &Request<Bytes>) -> bool {
        request.method() == Method::GET
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.sum, &mut other.sum);
    }

    fn arrive(&mut self, _: &mut Cx<'_>, _: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.admit()
    }

    fn throttle(&self, _: &Request<Bytes>, wait: Option<i64>) -> Response<Bytes> {
        let mut reply = Response::new(Bytes::new());
        *reply.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        if let Some(wait) = wait {
            reply.headers_mut().insert("retry-after", wait.into());
        }
        reply
    }

    fn tick(&mut self, _: &mut Cx<'_>) -> Option<Timestamp> {
        None
    }

    fn delivered(&mut self, _: &mut Cx<'_>, _: u64, _: Option<u16>) {}

    fn state(&self) -> Value {
        json!({ "sum": self.sum, "admitted": self.admitted })
    }

    fn control(&mut self, _: &mut Cx<'_>, path: &str, _: &Value) -> Option<Result<Value, String>> {
        if path == "login" {
            self.logins += 1;
        }
        Some(Ok(Value::Null))
    }
}

fn host() -> Simulated<Counter> {
    Simulated::new(Counter::default(), 7)
}

fn second(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
    start + SignedDuration::from_secs(seconds)
}

fn call(host: &mut Simulated<Counter>, at: Timestamp, method: Method) -> Answer {
    host.serve(at, &Request::builder().method(method).uri("/").body(Bytes::new()).unwrap())
}

fn text(answer: &Answer) -> String {
    match answer {
        Answer::Reply(reply) => String::from_utf8(reply.body().to_vec()).unwrap(),
        other => format!("{other:?}"),
    }
}

#[test]
fn f03_a_lost_request_is_never_executed_and_looks_like_a_lost_reply() {
    let mut host = host();
    host.faults().set(FaultKind::LostRequest, 1.0);
    assert!(matches!(call(&mut host, second(0), Method::POST), Answer::Lost));
    host.tick(second(86_400));
    assert_eq!(host.state(), json!({ "sum": 0, "admitted": 0 }));
    assert_eq!(host.faults().struck()[&FaultKind::LostRequest], 1);
}

#[test]
fn f05_a_late_commit_is_executed_once_after_the_client_gave_up_and_within_four_minutes() {
    for seed in 0..50 {
        let mut host = Simulated::new(Counter::default(), seed);
        host.faults().set(FaultKind::LateCommit, 1.0);
        assert!(matches!(call(&mut host, second(0), Method::POST), Answer::Lost));
        assert_eq!(host.state()["sum"], 0, "nothing happened yet");
        let due = host.tick(second(0)).expect("the late moment is announced");
        assert!(due > second(0) && due.duration_since(second(0)) <= LATEST_COMMIT, "{due}");
        host.tick(second(3_600));
        host.tick(second(7_200));
        assert_eq!(host.state()["sum"], 1);
        assert_eq!(host.effects().all()[0].at, due, "at its own moment, however seldom the host is asked");
    }
}

#[test]
fn a_late_commit_counts_in_the_windows_when_it_arrives_and_not_again() {
    let mut host = host();
    host.faults().set(FaultKind::LateCommit, 1.0);
    call(&mut host, second(0), Method::POST);
    assert_eq!(host.state()["admitted"], 1);
    host.tick(second(3_600));
    assert_eq!(host.state(), json!({ "sum": 1, "admitted": 1 }));
    host.faults().set(FaultKind::LateCommit, 0.0);
    call(&mut host, second(3_600), Method::GET);
    call(&mut host, second(3_600), Method::GET);
    host.faults().set(FaultKind::LateCommit, 1.0);
    match call(&mut host, second(3_600), Method::POST) {
        Answer::Reply(reply) => assert_eq!(reply.status(), 429, "a full window refuses it at once"),
        other => panic!("{other:?}"),
    }
    host.tick(second(7_200));
    assert_eq!(host.state()["sum"], 1, "what was refused is not executed later");
}

#[test]
fn a_read_is_never_executed_late() {
    let mut host = host();
    host.faults().set(FaultKind::LateCommit, 1.0);
    assert_eq!(text(&call(&mut host, second(0), Method::GET)), "0 of 0");
}

#[test]
fn f61_a_stale_read_shows_the_past_but_forgets_no_login_and_a_write_is_never_stale() {
    let mut host = host();
    host.faults().set(FaultKind::StaleRead, 1.0);
    assert_eq!(text(&call(&mut host, second(0), Method::GET)), "0 of 0");
    assert_eq!(text(&call(&mut host, second(60), Method::POST)), "1 of 0");
    host.control(second(61), "login", &Value::Null).unwrap();
    assert_eq!(text(&call(&mut host, second(120), Method::GET)), "0 of 1", "the old sum, the new login");
    assert_eq!(host.state()["sum"], 1, "the truth is not touched");
}

#[test]
fn f61_no_read_is_older_than_ten_minutes() {
    let mut host = host();
    host.faults().set(FaultKind::StaleRead, 1.0);
    call(&mut host, second(0), Method::GET);
    call(&mut host, second(1), Method::POST);
    assert_eq!(text(&call(&mut host, second(OLDEST_READ.as_secs() + 1), Method::GET)), "1 of 0");
}

#[test]
fn f11_a_refusal_without_a_full_window_comes_with_and_without_a_waiting_time() {
    let mut host = host();
    host.faults().set(FaultKind::Throttled, 1.0);
    let mut told = [0, 0];
    for _ in 0..40 {
        let Answer::Reply(reply) = call(&mut host, second(0), Method::POST) else { panic!("no reply") };
        assert_eq!(reply.status(), 429);
        told[usize::from(reply.headers().contains_key("retry-after"))] += 1;
    }
    assert!(told[0] > 5 && told[1] > 5, "{told:?}");
    assert_eq!(host.state(), json!({ "sum": 0, "admitted": 0 }), "nothing was executed or counted");
}

#[test]
fn the_control_call_sets_one_fault_the_common_ones_or_all() {
    let mut host = host();
    host.control(second(0), "faults", &json!({ "common": 0.5 })).unwrap();
    let set = |host: &mut Simulated<Counter>| host.faults().rates().values().filter(|rate| **rate > 0.0).count();
    assert_eq!(set(&mut host), FaultKind::COMMON.len());
    host.control(second(0), "faults", &json!({ "all": 0.5 })).unwrap();
    assert_eq!(set(&mut host), FaultKind::ALL.len());
    host.control(second(0), "faults", &json!({ "late_commit": 0.0 })).unwrap();
    assert_eq!(set(&mut host), FaultKind::ALL.len() - 1);
    assert!(host.control(second(0), "faults", &json!({ "gremlins": 0.5 })).unwrap_err().contains("\"common\""));
}
