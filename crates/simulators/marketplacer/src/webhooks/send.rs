//! Deliveries and what becomes of them (`contracts/marketplacer.md` §6.2, §6.3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, Mac};
use http::{Method, Request, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use sim_core::{Cx, FaultKind, Outbound};

use crate::auth::Role;
use crate::entity::Entity;
use crate::graphql::evaluate;
use crate::options::Options;
use crate::resolve::View;
use crate::shop::Shop;
use crate::webhooks::{Attempt, Event, Hook, Hooks, Status};

/// A receiver has this long.
const TIME_OUT: i64 = 30;
/// An event is given up after this long.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// `retry_count^4` seconds, at least a minute, at most four days.
fn backoff(failures: u32, options: &Options) -> SignedDuration {
    let seconds = i64::from(failures).saturating_pow(4).clamp(60, 4 * 24 * 3_600);
    scaled(seconds, options)
}

fn scaled(seconds: i64, options: &Options) -> SignedDuration {
    SignedDuration::from_millis(seconds * 1_000 / options.webhook_speed.max(1))
}

/// What an answer means.
enum Verdict {
    Delivered,
    Retry,
    /// A 4xx or a redirect: no retry, and the webhook is switched off.
    Disable,
}

fn verdict(status: Option<u16>) -> Verdict {
    match status {
        Some(200..=299) => Verdict::Delivered,
        None | Some(429 | 500..) => Verdict::Retry,
        Some(_) => Verdict::Disable,
    }
}

impl Hooks {
    /// Does what is due first, at the moment it is due.
    pub(crate) fn step(&mut self, shop: &Shop, options: &Options, cx: &mut Cx<'_>) {
        let next_try = self.queue.first().copied();
        let next_timeout = self.timeouts.first().copied();
        match (next_try, next_timeout) {
            (Some((at, event)), timeout) if timeout.is_none_or(|(other, _)| at <= other) => {
                self.queue.pop_first();
                self.send(event, at, shop, options, cx);
            }
            (_, Some((at, attempt))) => self.answered(attempt, None, at, options, cx),
            _ => {}
        }
    }

    fn send(&mut self, id: u64, at: Timestamp, shop: &Shop, options: &Options, cx: &mut Cx<'_>) {
        let Some((hook_id, entity)) = self.events.get(&id).map(|event| (event.hook, event.entity)) else {
            return;
        };
        let Some(hook) = self.registered.get_mut(&hook_id) else {
            return;
        };
        if hook.enabled && hook.in_flight >= hook.concurrent {
            hook.waiting.push_back(id);
            return;
        }
        // A retry must not touch the event that has come up since.
        if self.pending.get(&(hook_id, entity)) == Some(&id) {
            self.pending.remove(&(hook_id, entity));
        }
        if !self.registered.get(&hook_id).is_some_and(|hook| hook.enabled) {
            self.finish(id, Status::Cancelled, at);
            self.let_next(hook_id, at);
            return;
        }
        if self.events.get(&id).is_some_and(|event| event.sequence.is_none()) {
            let payload = self.payload(hook_id, entity, shop, options, cx);
            if !self.is_news(hook_id, entity, &payload) {
                self.finish(id, Status::Skipped, at);
                self.let_next(hook_id, at);
                return;
            }
            self.sequence += 1;
            if let Some(event) = self.events.get_mut(&id) {
                event.payload = payload;
                event.sequence = Some(self.sequence);
            }
            if cx.faults.strikes(FaultKind::EventDropped) {
                let data = json!({ "event": Entity::WebhookEvent(id).gid() });
                cx.effects.push(at, "webhook_dropped", entity.gid(), data);
                self.finish(id, Status::Sent, at);
                self.let_next(hook_id, at);
                return;
            }
        }
        self.put_out(id, at, options, cx);
    }

    /// The reply to the webhook's query, about the thing as it is now.
    fn payload(&self, hook: u64, entity: Entity, shop: &Shop, options: &Options, cx: &mut Cx<'_>) -> Value {
        let Some(hook) = self.registered.get(&hook) else {
            return Value::Null;
        };
        let view = View {
            shop,
            hooks: self,
            options,
            role: if hook.by_seller { Role::Seller } else { Role::Operator },
            sparse: cx.faults.strikes(FaultKind::Sparse),
            deciding: None,
            unknown_enum: cx.faults.strikes(FaultKind::UnknownEnum),
            echo: &[],
        };
        evaluate(&view, &hook.compiled, &entity.gid())
    }

    /// Whether a payload is to be sent: with `allowSkip`, one that repeats the last one is not.
    fn is_news(&mut self, hook: u64, entity: Entity, payload: &Value) -> bool {
        let Some(hook) = self.registered.get_mut(&hook).filter(|hook| hook.allow_skip) else {
            return true;
        };
        let last = hook.last.insert(entity, payload.clone());
        last.as_ref() != Some(payload)
    }

    fn put_out(&mut self, id: u64, at: Timestamp, options: &Options, cx: &mut Cx<'_>) {
        let Some(event) = self.events.get(&id) else { return };
        let hook_id = event.hook;
        let Some(hook) = self.registered.get_mut(&hook_id) else {
            return;
        };
        let Some(request) = delivery(id, event, hook, &options.vertical) else {
            self.finish(id, Status::Failed, at);
            self.let_next(hook_id, at);
            return;
        };
        hook.in_flight += 1;
        let delayed = cx.faults.strikes(FaultKind::EventReordered);
        let delay = if delayed { cx.rng.between(5, 60) } else { 0 };
        let due = at.saturating_add(SignedDuration::from_secs(delay)).unwrap_or(at);
        let copies = if cx.faults.strikes(FaultKind::EventDuplicated) { 2 } else { 1 };
        let times_out = due.saturating_add(scaled(TIME_OUT, options)).unwrap_or(due);
        for copy in 0..copies {
            self.attempt_count += 1;
            cx.outbox.push(Outbound { id: self.attempt_count, due, request: request.clone() });
            // The answer to a stray copy is nobody's.
            if copy == 0 {
                self.attempts.insert(self.attempt_count, Attempt { event: id, times_out });
                self.timeouts.insert((times_out, self.attempt_count));
            }
        }
    }

    /// Learns how an attempt went. `None`: no answer, or too late.
    pub(crate) fn answered(
        &mut self,
        attempt: u64,
        status: Option<u16>,
        at: Timestamp,
        options: &Options,
        cx: &mut Cx<'_>,
    ) {
        let Some(Attempt { event: id, times_out }) = self.attempts.remove(&attempt) else {
            return;
        };
        self.timeouts.remove(&(times_out, attempt));
        let Some(event) = self.events.get_mut(&id) else { return };
        let hook_id = event.hook;
        event.tries += 1;
        event.responses.extend(status.map(|status| (at, status)));
        let (failures, created) = (event.tries, event.created);
        let Some(hook) = self.registered.get_mut(&hook_id) else {
            return;
        };
        hook.in_flight = hook.in_flight.saturating_sub(1);
        if status == Some(429) && hook.concurrent > 1 {
            hook.concurrent -= 1;
        }
        self.let_next(hook_id, at);
        match verdict(status) {
            Verdict::Delivered => self.finish(id, Status::Sent, at),
            Verdict::Disable => {
                self.finish(id, Status::Failed, at);
                self.disable(hook_id, at, status, cx);
            }
            Verdict::Retry => {
                let given_up = created.saturating_add(GIVEN_UP).is_ok_and(|end| end < at);
                if given_up || self.registered.get(&hook_id).is_none_or(|hook| failures > hook.max_retries) {
                    self.finish(id, Status::Failed, at);
                    if options.disable_after_retries {
                        self.disable(hook_id, at, status, cx);
                    }
                    return;
                }
                let again = at.saturating_add(backoff(failures, options)).unwrap_or(at);
                self.queue.insert((again, id));
                if let Some(event) = self.events.get_mut(&id) {
                    event.status = Status::Rejected;
                    event.retry_after = Some(again);
                }
            }
        }
    }

    /// A place among the concurrent deliveries is free, or was not needed.
    fn let_next(&mut self, hook: u64, at: Timestamp) {
        let next = self.registered.get_mut(&hook).and_then(|hook| hook.waiting.pop_front());
        self.queue.extend(next.map(|event| (at, event)));
    }

    fn disable(&mut self, id: u64, at: Timestamp, status: Option<u16>, cx: &mut Cx<'_>) {
        let Some(hook) = self.registered.get_mut(&id).filter(|hook| hook.enabled) else {
            return;
        };
        hook.enabled = false;
        let data = json!({ "status": status, "url": hook.url });
        cx.effects.push(at, "webhook_disabled", Entity::Webhook(id).gid(), data);
    }

    fn finish(&mut self, id: u64, status: Status, at: Timestamp) {
        if let Some(event) = self.events.get_mut(&id) {
            event.status = status;
            event.processed = Some(at);
            event.retry_after = None;
        }
    }
}

/// The request of a delivery; `None` when the headers that somebody configured cannot be sent.
fn delivery(id: u64, event: &Event, hook: &Hook, vertical: &str) -> Option<Request<Bytes>> {
    let body = json!({
        "id": Entity::WebhookEvent(id).gid(), "event_name": event.name, "payload": event.payload,
    });
    let body = Bytes::from(body.to_string());
    let sequence = event.sequence?;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&hook.url)
        .header(header::USER_AGENT, "Marketplacer Client/1.0.0")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "*/*")
        .header(header::ACCEPT_ENCODING, "gzip")
        .header("Idempotency-Key", STANDARD.encode(format!("{vertical}:{sequence}")))
        .header("Marketplacer-Sequence", sequence)
        .header("Marketplacer-Vertical", vertical);
    if let Some(key) = &hook.hmac_key {
        request = request.header("Marketplacer-Hmac-256", signature(key, &body)?);
    }
    for (name, value) in &hook.headers {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        request = request.header(name, value);
    }
    request.body(body).ok()
}

/// Base64 of HMAC-SHA256 over the raw body.
fn signature(key: &str, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(body);
    Some(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_a_minute_to_four_days() {
        let seconds = |failures| backoff(failures, &Options::default()).as_secs();
        assert_eq!(seconds(1), 60);
        assert_eq!(seconds(2), 60);
        assert_eq!(seconds(3), 81);
        assert_eq!(seconds(10), 10_000);
        assert_eq!(seconds(25), 345_600);
        let fast = Options { webhook_speed: 60, ..Options::default() };
        assert_eq!(backoff(1, &fast).as_secs(), 1);
    }

    #[test]
    fn a_signature_is_the_base64_of_the_raw_bodys_hmac() {
        // RFC 4231, test case 2.
        let signed = signature("Jefe", b"what do ya want for nothing?");
        assert_eq!(signed.as_deref(), Some("W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="));
    }
}
