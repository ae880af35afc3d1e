//! Registers our webhooks (`contracts/marketplacer.md §3.8`, `§6.1`).
//!
//! `webhookCreate` makes a second webhook when it is repeated, and none can be deleted; so the list is searched first, and a
//! webhook that the marketplace has switched off is switched on again rather than doubled.

use crossdock_connector::{
    Call, Evidence, Failure, Operation, Outcome, RejectCode, Rejection, Repeat, Reply, Stage, StageKind, Step,
    WatchedEvent,
};
use crossdock_model::ConnectionName;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{all, cannot, unsupported};
use crate::answer::{self, Answer, Trouble, cut, payload_errors};
use crate::config::Config;
use crate::documents::{PAYLOAD_INVOICE, PAYLOAD_VARIANT, WEBHOOK_CREATE, WEBHOOK_UPDATE, WEBHOOKS};
use crate::http_call::Credentials;
use crate::reads::health::WEBHOOKS_PER_PAGE;
use crate::wire::{Rest, rest, take_nodes};

pub(crate) const LOOK: Stage = Stage::new("look");
const ENABLE: Stage = Stage::new("enable");
const CREATE: Stage = Stage::new("create");
const CONFIRM: Stage = Stage::new("confirm");

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    if *stage == CREATE {
        StageKind::Write(Repeat::Doubles)
    } else if *stage == ENABLE {
        StageKind::Write(Repeat::Harmless)
    } else {
        StageKind::Look
    }
}

/// A subscription in Marketplacer's words.
struct Wanted<'a> {
    kind: &'static str,
    query: &'static str,
    url: &'a str,
    secret: &'a str,
}

fn wanted<'a>(step: &Step<'a>) -> Result<Wanted<'a>, Rejection> {
    let Operation::Watch { event, url, secret } = step.operation else {
        return Err(unsupported(step));
    };
    let (kind, query) = match event {
        WatchedEvent::Order => ("INVOICE", PAYLOAD_INVOICE),
        WatchedEvent::Listing => ("VARIANT", PAYLOAD_VARIANT),
        WatchedEvent::Availability | WatchedEvent::Despatch => {
            return Err(cannot(format!("Marketplacer has no webhook for `{}`", event.as_str())));
        }
    };
    Ok(Wanted { kind, query, url, secret })
}

pub(crate) fn plan(credentials: &Credentials, config: &Config, steps: &[Step<'_>]) -> Result<Call, Rejection> {
    let [step] = steps else {
        return Err(cannot("webhooks are registered one by one"));
    };
    let wanted = wanted(step)?;
    if *step.stage == CREATE {
        let mut attributes = attributes(config, &wanted)?;
        attributes.insert("type".to_owned(), json!(wanted.kind));
        attributes.insert("url".to_owned(), json!(wanted.url));
        return credentials.graphql(
            "create webhook",
            WEBHOOK_CREATE,
            &json!({ "input": { "attributes": attributes } }),
        );
    }
    if *step.stage == ENABLE {
        let id = step.note.get("webhook").and_then(Value::as_str).ok_or_else(|| cannot("no webhook to switch on"))?;
        let input = json!({ "webhookId": id, "attributes": attributes(config, &wanted)? });
        return credentials.graphql("enable webhook", WEBHOOK_UPDATE, &json!({ "input": input }));
    }
    let variables = json!({ "first": WEBHOOKS_PER_PAGE, "after": step.note.get("after").and_then(Value::as_str) });
    credentials.graphql("own webhooks", WEBHOOKS, &variables)
}

/// What a new and a repaired webhook have in common. `allowSkip` stays off: our payload is only the id, so every later event
/// would look like a repeat of the first (`contracts/marketplacer.md §6.4`).
fn attributes(config: &Config, wanted: &Wanted<'_>) -> Result<Map<String, Value>, Rejection> {
    if wanted.secret.is_empty() || http::HeaderValue::from_str(wanted.secret).is_err() {
        return Err(cannot("the webhook's secret is empty or cannot be sent in a header"));
    }
    let mut attributes = Map::new();
    attributes.insert("enabled".to_owned(), json!(true));
    attributes.insert("allowSkip".to_owned(), json!(false));
    attributes.insert("queryString".to_owned(), json!(wanted.query));
    if config.use_hmac {
        attributes.insert("hmacKey".to_owned(), json!(wanted.secret));
    } else {
        let mut headers = Map::new();
        headers.insert(config.webhook_header.clone(), json!(wanted.secret));
        attributes.insert("headers".to_owned(), Value::Object(headers));
    }
    Ok(attributes)
}

pub(crate) fn interpret(connection: &ConnectionName, steps: &[Step<'_>], reply: &Reply) -> Vec<Outcome> {
    let outcome = |step: &Step<'_>| match wanted(step) {
        Ok(wanted) => interpret_one(connection, step, &wanted, reply),
        Err(rejection) => Outcome::Rejected(rejection),
    };
    match steps {
        [step] => vec![outcome(step)],
        _ => all(steps, &Outcome::Unknown("webhooks are registered one by one".to_owned())),
    }
}

fn interpret_one(connection: &ConnectionName, step: &Step<'_>, wanted: &Wanted<'_>, reply: &Reply) -> Outcome {
    let answer = answer::read(reply);
    if *step.stage == CREATE {
        return answer
            .map_or_else(of_creation, |answer| written(&answer, "webhookCreate", |_| next(CONFIRM, Value::Null)));
    }
    if *step.stage == ENABLE {
        return answer.map_or_else(of_creation, |answer| {
            written(&answer, "webhookUpdate", |webhook| {
                if webhook.get("enabled").and_then(Value::as_bool) == Some(true) {
                    done(connection, wanted, webhook, "switched on again")
                } else {
                    let text = "the webhook stays switched off; switch it on in the portal";
                    Outcome::Rejected(Rejection::new(RejectCode::Mismatch, text))
                }
            })
        });
    }
    match answer {
        Ok(answer) => looked(connection, step, wanted, answer),
        Err(trouble) => of_look(trouble),
    }
}

/// A look that was not answered. A key without the right to webhooks is no reason to stop the connection: polling goes on.
fn of_look(trouble: Trouble) -> Outcome {
    match trouble.of_look() {
        Failure::Rejected(rejection) => Outcome::Rejected(rejection),
        failure => Outcome::NotDone(failure),
    }
}

/// The same for a write.
fn of_creation(trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Scope(rejection) => Outcome::Rejected(rejection),
        other => other.of_doubling_write(LOOK),
    }
}

fn looked(connection: &ConnectionName, step: &Step<'_>, wanted: &Wanted<'_>, mut answer: Answer) -> Outcome {
    let mut list = match answer.take("webhooks") {
        Ok(list) => list,
        Err(trouble) => return of_look(trouble),
    };
    let nodes = take_nodes(&mut list).unwrap_or_default();
    let word = |node: &Value, field: &str| node.get(field).and_then(Value::as_str).map(str::to_owned);
    let found = nodes.iter().find(|node| {
        word(node, "url").as_deref() == Some(wanted.url) && word(node, "type").as_deref() == Some(wanted.kind)
    });
    if let Some(webhook) = found {
        return match (webhook.get("enabled").and_then(Value::as_bool), word(webhook, "id")) {
            (Some(false), Some(id)) => next(ENABLE, json!({ "webhook": id })),
            (Some(false), None) => Outcome::NotDone(Failure::Retry("a webhook came back without its id".to_owned())),
            _ => done(connection, wanted, webhook, "the webhook is there and switched on"),
        };
    }
    match rest(&list, step.note.get("after").and_then(Value::as_str)) {
        Rest::After(cursor) => next(step.stage.clone(), json!({ "after": cursor })),
        Rest::Unclear => Outcome::NotDone(Failure::Retry("nobody can say whether there are more webhooks".to_owned())),
        Rest::Nothing if *step.stage == CONFIRM => {
            Outcome::NotDone(Failure::Retry("the new webhook cannot be seen yet".to_owned()))
        }
        Rest::Nothing => Outcome::Absent { stage: CREATE, note: Value::Null },
    }
}

/// What a webhook mutation says.
fn written(answer: &Answer, field: &str, success: impl FnOnce(&Value) -> Outcome) -> Outcome {
    let Some(payload) = answer.root(field) else {
        return of_creation(answer.nothing(field));
    };
    match (payload_errors(payload), payload.get("webhook").filter(|webhook| webhook.is_object())) {
        (Some(text), _) => {
            Outcome::Rejected(Rejection::new(RejectCode::RefusedByRemote, format!("Marketplacer says: {text}")))
        }
        (None, Some(webhook)) => success(webhook),
        (None, None) => Outcome::Unknown(format!("{field} answered without webhook and without errors")),
    }
}

fn next(stage: Stage, note: Value) -> Outcome {
    Outcome::Next { stage, after: SignedDuration::ZERO, note }
}

/// The URL ends in a secret; evidence shows it only up to there.
fn done(connection: &ConnectionName, wanted: &Wanted<'_>, webhook: &Value, summary: &str) -> Outcome {
    let ours = format!("/in/{connection}/");
    let shown = match wanted.url.split_once(&ours) {
        Some((base, _)) => format!("{base}{ours}…"),
        None => "…".to_owned(),
    };
    let id = webhook.get("id").and_then(Value::as_str).map(cut);
    Outcome::Done(Evidence { summary: summary.to_owned(), facts: json!({ "webhook_id": id, "url": cut(&shown) }) })
}
