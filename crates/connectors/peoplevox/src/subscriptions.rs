//! Asking to be called back (`contracts/peoplevox.md §5.1`, §5.2).
//!
//! Decisions, and why:
//!
//! * A despatch is watched through `TrackingNumberReceived`: it is the event whose placeholders are known, and a despatch
//!   without a tracking number could not be reported to a channel anyway. `DespatchPackageDespatched` exists, but no
//!   placeholder of it is known.
//! * One placeholder per subscription, so that the body template needs no `&`: whether an escaped `&` is expected twice
//!   over is not known.
//! * Subscribing again makes Peoplevox deliver twice, and subscriptions cannot be listed, so no look can ever tell whether
//!   a lost `subscribe` was carried out. Since a callback is only a reason to look and equal looks are merged, a second
//!   delivery does no harm: the write counts as harmless to repeat and recovers by being repeated. The id goes into the
//!   evidence, which is the only place where it is ever known.

use crossdock_connector::{
    Call, Evidence, Failure, Outcome, RejectCode, Rejection, Repeat, Reply, Session, Stage, StageKind, WatchedEvent,
};
use serde_json::json;

use crate::answer::{self, Answer};
use crate::config::Config;
use crate::requests;
use crate::soap::Op;
use crate::values::excerpt;

pub(crate) const SUBSCRIBE: &str = "subscribe";

/// The form field in which an availability callback names the item.
pub(crate) const ITEM_FIELD: &str = "item";
/// The form field in which a despatch callback names the order.
pub(crate) const ORDER_FIELD: &str = "order";

/// The only stage: a write that may be repeated.
pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    match stage.as_str() {
        SUBSCRIBE => StageKind::Write(Repeat::Harmless),
        _ => StageKind::Write(Repeat::Doubles),
    }
}

/// The call that subscribes.
pub(crate) fn plan(config: &Config, session: &Session, event: WatchedEvent, url: &str) -> Result<Call, Rejection> {
    let (event, params) = match event {
        WatchedEvent::Availability => ("AvailabilityChanges", format!("{ITEM_FIELD}={{ItemCode}}")),
        WatchedEvent::Despatch => {
            ("TrackingNumberReceived", format!("{ORDER_FIELD}={{Picks.SalesOrder.SalesOrderNumber}}"))
        }
        WatchedEvent::Order | WatchedEvent::Listing => {
            let detail = format!("Peoplevox is a warehouse; it has no event of the kind {}", event.as_str());
            return Err(Rejection::new(RejectCode::CannotExpress, detail));
        }
    };
    requests::subscribe(config, session, event, url, &params)
}

/// The id of the new subscription, or why there is none.
pub(crate) fn interpret(config: &Config, reply: &Reply) -> Outcome {
    match answer::read(reply, Op::SubscribePostEvent) {
        Answer::SessionGone => Outcome::NotDone(Failure::Reauth),
        Answer::Throttled(after) => Outcome::NotDone(Failure::Throttled(after)),
        Answer::Busy(_) => Outcome::Unknown("HTTP 503 instead of an answer".to_owned()),
        Answer::Garbled(what) => Outcome::Unknown(what),
        Answer::Response(response) if response.id == 0 => match response.detail.trim().parse::<u64>() {
            Ok(id) => Outcome::Done(Evidence {
                summary: format!("subscribed, number {id}"),
                facts: json!({ "subscription_id": id }),
            }),
            Err(_) => Outcome::Unknown("Peoplevox reports success without a subscription number".to_owned()),
        },
        Answer::Response(response) if config.is_retry_text(&response.detail) => {
            Outcome::NotDone(Failure::Retry(format!("Peoplevox refused for now: {}", excerpt(&response.detail))))
        }
        Answer::Response(response) => Outcome::Rejected(Rejection::new(
            RejectCode::RefusedByRemote,
            format!("Peoplevox refused the subscription: {}", excerpt(&response.detail)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, element, reply, reply_at, result};

    #[test]
    fn each_event_has_its_one_placeholder() {
        let subscribe = |event| plan(&fixtures::config(), &fixtures::session(), event, "https://hub.example/h?a=1&b=2");
        let call = subscribe(WatchedEvent::Availability).unwrap();
        assert_eq!(call.request.headers()["soapaction"], "\"http://www.peoplevox.net/SubscribePostEvent\"");
        assert_eq!(element(&call, "eventType"), "AvailabilityChanges");
        assert_eq!(element(&call, "postUrl"), "https://hub.example/h?a=1&b=2");
        assert_eq!(element(&call, "postParams"), "item={ItemCode}");
        assert_eq!((element(&call, "filter"), element(&call, "encodeParameterData")), (String::new(), "true".into()));
        let call = subscribe(WatchedEvent::Despatch).unwrap();
        assert_eq!(element(&call, "eventType"), "TrackingNumberReceived");
        assert_eq!(element(&call, "postParams"), "order={Picks.SalesOrder.SalesOrderNumber}");
        for other in [WatchedEvent::Order, WatchedEvent::Listing] {
            assert_eq!(subscribe(other).unwrap_err().code, RejectCode::CannotExpress);
        }
    }

    #[test]
    fn the_id_is_kept_and_everything_else_is_classified() {
        let mut config = fixtures::config();
        config.retry_texts = vec!["try again".to_owned()];
        let run = |id, detail| interpret(&config, &reply(result("SubscribePostEvent", id, 0, detail)));
        assert!(
            matches!(run(0, " 1060 "), Outcome::Done(evidence) if evidence.facts == json!({"subscription_id": 1060}))
        );
        assert!(matches!(run(0, "yes"), Outcome::Unknown(_)));
        assert!(matches!(run(-1, "No right"), Outcome::Rejected(_)));
        assert_eq!(run(-1, "System : Security - Invalid Session"), Outcome::NotDone(Failure::Reauth));
        assert!(matches!(run(-1, "Busy. Try again later"), Outcome::NotDone(Failure::Retry(_))));
        assert!(matches!(interpret(&config, &reply_at(500, "")), Outcome::Unknown(_)));
        assert_eq!(interpret(&config, &reply_at(429, "")), Outcome::NotDone(Failure::Throttled(None)));
    }
}
