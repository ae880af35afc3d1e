//! Runs a twin: faults around it, the control API beside it, its outbox behind it.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fault::OLDEST_READ;
use crate::{Cx, EffectLog, FaultKind, Faults, Outbound, Rng, Twin, form};

/// What a client gets.
#[derive(Debug)]
pub enum Answer {
    /// A reply.
    Reply(Response<Bytes>),
    /// The connection closes without a reply, after the remote acted, before it acts, or without its ever acting.
    Lost,
    /// The connection is refused; the remote saw nothing.
    Refused,
}

/// A twin with everything around it, whatever its type.
pub trait Host: Send {
    /// The twin's name.
    fn name(&self) -> &'static str;
    /// Answers a request, faults included. Paths below `/_sim/` are the control API.
    fn serve(&mut self, now: Timestamp, request: &Request<Bytes>) -> Answer;
    /// Does what is due; says when to call again.
    fn tick(&mut self, now: Timestamp) -> Option<Timestamp>;
    /// Takes the deliveries that are due.
    fn take_outbound(&mut self, now: Timestamp) -> Vec<Outbound>;
    /// Reports how a delivery went.
    fn delivered(&mut self, now: Timestamp, id: u64, status: Option<u16>);
    /// The effect log.
    fn effects(&self) -> &EffectLog;
    /// The faults, to set and to read.
    fn faults(&mut self) -> &mut Faults;
    /// The twin's state as one object.
    fn state(&self) -> Value;
    /// A control call: `path` is what follows `/_sim/`.
    fn control(&mut self, now: Timestamp, path: &str, body: &Value) -> Result<Value, String>;
}

/// A twin and its surroundings.
#[derive(Debug)]
pub struct Simulated<T> {
    twin: T,
    rng: Rng,
    faults: Faults,
    effects: EffectLog,
    outbox: Vec<Outbound>,
    /// Requests that the client has given up and that are still to be executed, by moment.
    late: Vec<(Timestamp, Request<Bytes>)>,
    /// What a lagging replica answers from, and since when it has not caught up. Only there while such reads can strike.
    past: Option<(Timestamp, T)>,
}

impl<T: Twin> Simulated<T> {
    /// Sets a twin up, without faults.
    pub fn new(twin: T, seed: u64) -> Self {
        let name = twin.name();
        Self {
            rng: Rng::new(seed, name),
            faults: Faults::none(seed, name),
            twin,
            effects: EffectLog::default(),
            outbox: Vec::new(),
            late: Vec::new(),
            past: None,
        }
    }

    /// The twin itself.
    pub fn twin(&self) -> &T {
        &self.twin
    }

    fn with<R>(&mut self, now: Timestamp, act: impl FnOnce(&mut T, &mut Cx<'_>) -> R) -> R {
        let mut cx = Cx {
            now,
            rng: &mut self.rng,
            faults: &mut self.faults,
            effects: &mut self.effects,
            outbox: &mut self.outbox,
            counted: false,
        };
        act(&mut self.twin, &mut cx)
    }

    /// What stands between the client and the twin before the twin sees anything.
    fn intercepted(&mut self, now: Timestamp, request: &Request<Bytes>) -> Option<Answer> {
        if self.faults.strikes(FaultKind::Refused) {
            return Some(Answer::Refused);
        }
        if self.faults.strikes(FaultKind::LostRequest) {
            return Some(Answer::Lost);
        }
        if self.faults.strikes(FaultKind::ErrorBefore) {
            return Some(Answer::Reply(plain(StatusCode::SERVICE_UNAVAILABLE, "text/plain", "Service Unavailable")));
        }
        if self.faults.strikes(FaultKind::Html) {
            let page = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon.</body></html>";
            return Some(Answer::Reply(plain(StatusCode::OK, "text/html", page)));
        }
        if self.faults.strikes(FaultKind::Throttled) {
            let wait = self.faults.waiting_time();
            return Some(Answer::Reply(self.twin.throttle(request, wait)));
        }
        if self.faults.rate(FaultKind::LateCommit) > 0.0
            && !self.twin.only_reads(request)
            && self.faults.strikes(FaultKind::LateCommit)
        {
            if let Some(refusal) = self.with(now, |twin, cx| twin.arrive(cx, request)) {
                return Some(Answer::Reply(refusal));
            }
            let due = now.saturating_add(self.faults.lateness()).unwrap_or(now);
            let at = self.late.partition_point(|(moment, _)| *moment <= due);
            self.late.insert(at, (due, request.clone()));
            return Some(Answer::Lost);
        }
        None
    }

    /// Executes the requests whose late moment has come, each at its own. Nobody waits for the replies.
    fn execute_late(&mut self, now: Timestamp) {
        while self.late.first().is_some_and(|(due, _)| *due <= now) {
            let (due, request) = self.late.remove(0);
            self.with(due, |twin, cx| {
                twin.tick(cx);
                cx.counted = true;
                twin.handle(cx, &request);
            });
        }
    }

    /// The twin's reply, from the state of some minutes ago where such a read strikes.
    fn reply(&mut self, now: Timestamp, request: &Request<Bytes>) -> Response<Bytes> {
        if self.faults.rate(FaultKind::StaleRead) <= 0.0 {
            self.past = None;
            return self.with(now, |twin, cx| twin.handle(cx, request));
        }
        match &self.past {
            Some((since, _)) if now.duration_since(*since) <= OLDEST_READ => {}
            _ => self.past = Some((now, self.twin.clone())),
        }
        if self.twin.only_reads(request)
            && self.faults.strikes(FaultKind::StaleRead)
            && let Some((since, mut replica)) = self.past.take()
        {
            self.twin.exchange(&mut replica);
            let reply = self.with(now, |twin, cx| twin.handle(cx, request));
            self.twin.exchange(&mut replica);
            self.past = Some((since, replica));
            return reply;
        }
        self.with(now, |twin, cx| twin.handle(cx, request))
    }

    fn answer(&mut self, now: Timestamp, request: &Request<Bytes>) -> Answer {
        if let Some(answer) = self.intercepted(now, request) {
            return answer;
        }
        let reply = self.reply(now, request);
        if self.faults.strikes(FaultKind::LostReply) {
            return Answer::Lost;
        }
        if self.faults.strikes(FaultKind::ErrorAfter) {
            return Answer::Reply(plain(StatusCode::BAD_GATEWAY, "text/plain", "Bad Gateway"));
        }
        if !reply.body().is_empty() && self.faults.strikes(FaultKind::Truncated) {
            let (parts, body) = reply.into_parts();
            return Answer::Reply(Response::from_parts(parts, body.slice(..body.len() / 2)));
        }
        Answer::Reply(reply)
    }

    fn control_http(&mut self, now: Timestamp, path: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let body = if request.body().is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(request.body()).map_err(|error| format!("the body is not JSON: {error}"))
        };
        let query = form::pairs(request.uri().query().unwrap_or_default());
        let result = body.and_then(|body| {
            if path == "effects" {
                let after = form::first(&query, "after").and_then(|text| text.parse().ok()).unwrap_or(0);
                return Ok(json!({ "effects": self.effects.after(after) }));
            }
            self.control(now, path, &body)
        });
        let (status, value) = match result {
            Ok(value) => (StatusCode::OK, value),
            Err(problem) => (StatusCode::BAD_REQUEST, json!({ "error": problem })),
        };
        plain(status, "application/json", &value.to_string())
    }
}

impl<T: Twin> Host for Simulated<T> {
    fn name(&self) -> &'static str {
        self.twin.name()
    }

    fn serve(&mut self, now: Timestamp, request: &Request<Bytes>) -> Answer {
        self.tick(now);
        match request.uri().path().strip_prefix("/_sim/") {
            Some(path) => {
                let path = path.to_owned();
                Answer::Reply(self.control_http(now, &path, request))
            }
            None => self.answer(now, request),
        }
    }

    fn tick(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.execute_late(now);
        let next = self.with(now, Twin::tick);
        let outbound = self.outbox.iter().map(|call| call.due).min();
        let late = self.late.first().map(|(due, _)| *due);
        [next, outbound, late].into_iter().flatten().min()
    }

    fn take_outbound(&mut self, now: Timestamp) -> Vec<Outbound> {
        let mut due: Vec<Outbound> = self.outbox.extract_if(.., |call| call.due <= now).collect();
        due.sort_by_key(|call| call.due);
        due
    }

    fn delivered(&mut self, now: Timestamp, id: u64, status: Option<u16>) {
        self.with(now, |twin, cx| twin.delivered(cx, id, status));
    }

    fn effects(&self) -> &EffectLog {
        &self.effects
    }

    fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    fn state(&self) -> Value {
        self.twin.state()
    }

    fn control(&mut self, now: Timestamp, path: &str, body: &Value) -> Result<Value, String> {
        match path {
            "state" => Ok(self.twin.state()),
            "clock" => Ok(json!({ "now": now.to_string() })),
            "effects" => Ok(json!({ "effects": self.effects.all() })),
            "faults" => {
                set_faults(&mut self.faults, body)?;
                Ok(json!({ "rates": self.faults.rates(), "struck": self.faults.struck() }))
            }
            other => self
                .with(now, |twin, cx| twin.control(cx, other, body))
                .unwrap_or_else(|| Err(format!("no control call `{other}`; see docs/simulators.md"))),
        }
    }
}

fn set_faults(faults: &mut Faults, body: &Value) -> Result<(), String> {
    let Some(wanted) = body.as_object() else { return Ok(()) };
    for (name, rate) in wanted {
        let rate = rate.as_f64().ok_or_else(|| format!("`{name}` wants a number from 0 to 1"))?;
        match name.as_str() {
            "all" => {
                faults.set_all(rate);
                continue;
            }
            "common" => {
                faults.set_common(rate);
                continue;
            }
            _ => {}
        }
        let kind = serde_json::from_value::<FaultKind>(Value::String(name.clone())).map_err(|_| {
            let known: Vec<String> = FaultKind::ALL.iter().map(|k| json!(k).to_string()).collect();
            format!("no fault `{name}`; known: \"all\", \"common\", {}", known.join(", "))
        })?;
        faults.set(kind, rate);
    }
    Ok(())
}

fn plain(status: StatusCode, media: &'static str, body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(media));
    response
}
