//! Subscriptions and their deliveries (contracts/peoplevox.md §5).
//!
//! A delivery is fired once and never repeated: nothing is known of retries, and users of the remote sweep beside events.

use bytes::Bytes;
use http::Request;
use jiff::SignedDuration;
use serde_json::Value;
use sim_core::{Cx, FaultKind, Outbound, form};

use crate::options::FieldSet;

/// Seconds between an occurrence and its delivery.
const DELAY_SECONDS: i64 = 1;

/// What can be subscribed to (§5.2). `Returns` and `OnDespatchOrderReceived` are taken and never fire here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    AvailabilityChanges,
    SalesOrderStatusChanges,
    GoodsReceived,
    TrackingNumberReceived,
    IncrementalChanges,
    Returns,
    DespatchPackageTrackingNumberReceived,
    DespatchPackageDespatched,
    OnDespatchOrderReceived,
}

impl EventType {
    /// Every type, in the order of the WSDL.
    const ALL: [Self; 9] = [
        Self::AvailabilityChanges,
        Self::SalesOrderStatusChanges,
        Self::GoodsReceived,
        Self::TrackingNumberReceived,
        Self::IncrementalChanges,
        Self::Returns,
        Self::DespatchPackageTrackingNumberReceived,
        Self::DespatchPackageDespatched,
        Self::OnDespatchOrderReceived,
    ];

    /// The wire value.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AvailabilityChanges => "AvailabilityChanges",
            Self::SalesOrderStatusChanges => "SalesOrderStatusChanges",
            Self::GoodsReceived => "GoodsReceived",
            Self::TrackingNumberReceived => "TrackingNumberReceived",
            Self::IncrementalChanges => "IncrementalChanges",
            Self::Returns => "Returns",
            Self::DespatchPackageTrackingNumberReceived => "DespatchPackageTrackingNumberReceived",
            Self::DespatchPackageDespatched => "DespatchPackageDespatched",
            Self::OnDespatchOrderReceived => "OnDespatchOrderReceived",
        }
    }

    /// The types that a service knows: the three newest came after 2016 (§5.2). By exact case: .NET knows no other.
    pub(crate) fn of(field_set: FieldSet) -> &'static [Self] {
        match field_set {
            FieldSet::Recent => &Self::ALL,
            FieldSet::Y2016 => &Self::ALL[..6],
        }
    }
}

/// One subscription. Its filter is kept and not applied: no working example of one is known (§5.3).
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub id: i64,
    pub event: EventType,
    pub filter: String,
    pub url: String,
    /// Body of a POST; `None` for GET.
    pub params: Option<String>,
    /// Percent-encode what replaces a placeholder.
    pub encode: bool,
}

/// The subscriptions of the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Subscriptions {
    list: Vec<Subscription>,
    last_id: i64,
    last_delivery: u64,
    /// Deliveries answered with 2xx, with something else, and not at all.
    pub answered: (u64, u64, u64),
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self { list: Vec::new(), last_id: 1000, last_delivery: 0, answered: (0, 0, 0) }
    }
}

impl Subscriptions {
    /// Adds a subscription under the next id, also when an equal one exists.
    pub(crate) fn add(&mut self, mut subscription: Subscription) -> i64 {
        self.last_id += 1;
        subscription.id = self.last_id;
        self.list.push(subscription);
        self.last_id
    }

    /// Removes a subscription, if there is one.
    pub(crate) fn remove(&mut self, id: i64) {
        self.list.retain(|subscription| subscription.id != id);
    }

    /// Every subscription, for tests: the remote itself cannot list them.
    pub(crate) fn list(&self) -> &[Subscription] {
        &self.list
    }

    /// Whether anybody listens to an event.
    pub(crate) fn listens(&self, event: EventType) -> bool {
        self.list.iter().any(|subscription| subscription.event == event)
    }

    /// Puts the deliveries of an occurrence into the outbox. The entity is only made when somebody listens.
    pub(crate) fn fire(&mut self, cx: &mut Cx<'_>, event: EventType, entity: impl FnOnce() -> Value) {
        if !self.listens(event) {
            return;
        }
        let entity = entity();
        for subscription in self.list.iter().filter(|subscription| subscription.event == event) {
            let Some(request) = request(subscription, &entity) else {
                continue;
            };
            if cx.faults.strikes(FaultKind::EventDropped) {
                continue;
            }
            let copies = if cx.faults.strikes(FaultKind::EventDuplicated) { 2 } else { 1 };
            let late = cx.faults.strikes(FaultKind::EventReordered);
            let wait = if late { cx.rng.between(30, 300) } else { DELAY_SECONDS };
            for _ in 0..copies {
                self.last_delivery += 1;
                cx.outbox.push(Outbound {
                    id: self.last_delivery,
                    due: cx.now.saturating_add(SignedDuration::from_secs(wait)).unwrap_or(cx.now),
                    request: request.clone(),
                });
            }
        }
    }

    /// Counts how a delivery went. Nothing is repeated.
    pub(crate) fn delivered(&mut self, status: Option<u16>) {
        match status {
            Some(200..=299) => self.answered.0 += 1,
            Some(_) => self.answered.1 += 1,
            None => self.answered.2 += 1,
        }
    }
}

fn request(subscription: &Subscription, entity: &Value) -> Option<Request<Bytes>> {
    let url = legal_uri(&fill(&subscription.url, entity, subscription.encode));
    let builder = Request::builder().uri(url);
    match &subscription.params {
        None => builder.method("GET").body(Bytes::new()).ok(),
        Some(params) => builder
            .method("POST")
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(fill(params, entity, subscription.encode)))
            .ok(),
    }
}

/// Whether requests to this URL can be made at all.
pub(crate) fn is_callable(url: &str) -> bool {
    fill(url, &Value::Null, false)
        .parse::<http::Uri>()
        .is_ok_and(|uri| uri.scheme().is_some() && uri.authority().is_some())
}

/// Replaces every `{Property.Path}`. Text between braces that leads nowhere becomes empty.
fn fill(template: &str, entity: &Value, encode: bool) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((path, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let mut values = Vec::new();
        resolve(entity, path.trim(), &mut values);
        let text = values.join(",");
        out.push_str(&if encode { form::encode(&text) } else { text });
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Follows a property path; a collection on the way gives one value per member (§5.2).
fn resolve(entity: &Value, path: &str, out: &mut Vec<String>) {
    if let Value::Array(members) = entity {
        for member in members {
            resolve(member, path, out);
        }
        return;
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    match entity.get(name) {
        None | Some(Value::Null) => {}
        Some(value) if !rest.is_empty() => resolve(value, rest, out),
        Some(Value::String(text)) => out.push(text.clone()),
        Some(Value::Object(_) | Value::Array(_)) => {}
        Some(other) => out.push(other.to_string()),
    }
}

/// Escapes only what no URI may hold (spaces, quotes, non-ASCII), as .NET's `Uri` does; everything else stays raw.
fn legal_uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') {
            out.push(c);
        } else {
            out.push_str(&form::encode(c.encode_utf8(&mut [0; 4])));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_through_a_collection_gives_comma_joined_values() {
        // contracts/peoplevox.md §5.2
        let entity = json!({"DespatchNumber": "DES1", "N": 2, "Picks": [
            {"SalesOrder": {"SalesOrderNumber": "A"}}, {"SalesOrder": {"SalesOrderNumber": "B"}}]});
        let filled =
            fill("d={DespatchNumber}&o={Picks.SalesOrder.SalesOrderNumber}&n={N}&x={No.Such}&{open", &entity, false);
        assert_eq!(filled, "d=DES1&o=A,B&n=2&x=&{open");
    }

    #[test]
    fn values_are_encoded_only_when_asked_and_uris_stay_legal() {
        let entity = json!({"ItemCode": "A&B ë"});
        assert_eq!(fill("i={ItemCode}", &entity, true), "i=A%26B%20%C3%AB");
        assert_eq!(legal_uri(&fill("http://h/?i={ItemCode}", &entity, false)), "http://h/?i=A&B%20%C3%AB");
    }

    #[test]
    fn only_absolute_urls_can_be_called() {
        assert!(is_callable("https://hub.example/hook?sku={ItemCode}"));
        assert!(!is_callable("/hook"));
        assert!(!is_callable("not a url"));
    }
}
