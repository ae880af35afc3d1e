//! Registers our webhooks (`contracts/marketplacer.md §3.8`, `§6.1`).
//!
//! `webhookCreate` makes a second webhook when it is repeated, and none can be deleted; so the list is searched first. One that
//! was switched off or is not as it should be is put right rather than doubled, and those that were left over at an address
//! which the hub has given up are switched off.

use crossdock_connector::{
    Call, Evidence, Failure, Operation, Outcome, RejectCode, Rejection, Repeat, Reply, Stage, StageKind, Step,
    WatchedEvent,
};
use crossdock_model::ConnectionName;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::hooks::{Found, Wanted};
use super::{all, cannot, unsupported};
use crate::answer::{self, Answer, Trouble, cut, payload_errors};
use crate::config::Config;
use crate::documents::{PAYLOAD_INVOICE, PAYLOAD_VARIANT, WEBHOOK_CREATE, WEBHOOK_UPDATE, WEBHOOKS_IN_FULL};
use crate::http_call::Credentials;
use crate::reads::health::WEBHOOKS_PER_PAGE;
use crate::wire::{Rest, rest, take_nodes};

pub(crate) const LOOK: Stage = Stage::new("look");
const ENABLE: Stage = Stage::new("enable");
const CREATE: Stage = Stage::new("create");
const CONFIRM: Stage = Stage::new("confirm");
const RETIRE: Stage = Stage::new("retire");

pub(crate) fn stage_kind(stage: &Stage) -> StageKind {
    if *stage == CREATE {
        StageKind::Write(Repeat::Doubles)
    } else if *stage == ENABLE || *stage == RETIRE {
        StageKind::Write(Repeat::Harmless)
    } else {
        StageKind::Look
    }
}

fn wanted<'a>(config: &'a Config, step: &Step<'a>) -> Result<Wanted<'a>, Rejection> {
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
    let header = (!config.use_hmac).then_some(config.webhook_header.as_str());
    Ok(Wanted { kind, query, url, secret, header })
}

/// What the looks have found.
fn found(step: &Step<'_>) -> Found {
    serde_json::from_value(step.note.clone()).unwrap_or_default()
}

pub(crate) fn plan(credentials: &Credentials, config: &Config, steps: &[Step<'_>]) -> Result<Call, Rejection> {
    let [step] = steps else {
        return Err(cannot("webhooks are registered one by one"));
    };
    let wanted = wanted(config, step)?;
    let found = found(step);
    if *step.stage == CREATE {
        let mut attributes = attributes(&wanted)?;
        attributes.insert("type".to_owned(), json!(wanted.kind));
        attributes.insert("url".to_owned(), json!(wanted.url));
        let variables = json!({ "input": { "attributes": attributes } });
        return credentials.graphql("create webhook", WEBHOOK_CREATE, &variables);
    }
    if *step.stage == ENABLE {
        let ours = found.ours.ok_or_else(|| cannot("no webhook to put right"))?;
        let input = json!({ "webhookId": ours.id, "attributes": attributes(&wanted)? });
        return credentials.graphql("repair webhook", WEBHOOK_UPDATE, &json!({ "input": input }));
    }
    if *step.stage == RETIRE {
        let id = found.stale.first().ok_or_else(|| cannot("no webhook to switch off"))?;
        let input = json!({ "webhookId": id, "attributes": { "enabled": false } });
        return credentials.graphql("retire webhook", WEBHOOK_UPDATE, &json!({ "input": input }));
    }
    let variables = json!({ "first": WEBHOOKS_PER_PAGE, "after": found.after });
    credentials.graphql("own webhooks", WEBHOOKS_IN_FULL, &variables)
}

/// What a new and a repaired webhook have in common. `allowSkip` stays off: our payload is only the id, so every later event
/// would look like a repeat of the first (`contracts/marketplacer.md §6.4`). No event name means all events (`§6.1`).
fn attributes(wanted: &Wanted<'_>) -> Result<Map<String, Value>, Rejection> {
    if wanted.secret.is_empty() || http::HeaderValue::from_str(wanted.secret).is_err() {
        return Err(cannot("the webhook's secret is empty or cannot be sent in a header"));
    }
    let mut attributes = Map::new();
    attributes.insert("enabled".to_owned(), json!(true));
    attributes.insert("allowSkip".to_owned(), json!(false));
    attributes.insert("eventName".to_owned(), Value::Null);
    attributes.insert("queryString".to_owned(), json!(wanted.query));
    match wanted.header {
        None => attributes.insert("hmacKey".to_owned(), json!(wanted.secret)),
        Some(name) => {
            let headers = Map::from_iter([(name.to_owned(), json!(wanted.secret))]);
            attributes.insert("headers".to_owned(), Value::Object(headers))
        }
    };
    Ok(attributes)
}

pub(crate) fn interpret(
    connection: &ConnectionName,
    config: &Config,
    steps: &[Step<'_>],
    reply: &Reply,
) -> Vec<Outcome> {
    let outcome = |step: &Step<'_>| match wanted(config, step) {
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
            .map_or_else(of_write, |answer| written(&answer, "webhookCreate", |_| next(CONFIRM, Value::Null)));
    }
    if *step.stage == ENABLE {
        return answer.map_or_else(of_write, |answer| {
            written(&answer, "webhookUpdate", |webhook| {
                if webhook.get("enabled").and_then(Value::as_bool) == Some(true) {
                    ours_is_well(connection, wanted, &found(step), "put right")
                } else {
                    let text = "the webhook stays switched off; switch it on in the portal";
                    Outcome::Rejected(Rejection::new(RejectCode::Mismatch, text))
                }
            })
        });
    }
    if *step.stage == RETIRE {
        return answer.map_or_else(of_write, |answer| retired(connection, step, wanted, &answer));
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

/// The same for a write; of them, a creation would be done twice.
fn of_write(trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Scope(rejection) => Outcome::Rejected(rejection),
        other => other.of_doubling_write(LOOK),
    }
}

fn looked(connection: &ConnectionName, step: &Step<'_>, wanted: &Wanted<'_>, mut answer: Answer) -> Outcome {
    let unclear = |text: &str| Outcome::NotDone(Failure::Retry(text.to_owned()));
    let mut list = match answer.take("webhooks") {
        Ok(list) => list,
        Err(trouble) => return of_look(trouble),
    };
    let Some(nodes) = take_nodes(&mut list) else {
        return unclear("webhooks without a list");
    };
    let mut found = found(step);
    for node in &nodes {
        found.take(connection, wanted, node);
    }
    match rest(&list, found.after.as_deref()) {
        Rest::After(cursor) => {
            found.after = Some(cursor);
            return next(step.stage.clone(), note(&found));
        }
        Rest::Unclear => return unclear("nobody can say whether there are more webhooks"),
        Rest::Nothing => found.after = None,
    }
    match &found.ours {
        Some(ours) if !ours.wrong.is_empty() => next(ENABLE, note(&found)),
        Some(_) => ours_is_well(connection, wanted, &found, "the webhook is there and switched on"),
        None if *step.stage == CONFIRM => unclear("the new webhook cannot be seen yet"),
        // One more could be made beside it, and none can be deleted.
        None if found.hidden => unclear("a webhook came back empty, and it may be ours"),
        None => Outcome::Absent { stage: CREATE, note: Value::Null },
    }
}

/// Ours is as it should be: done, unless others are left over.
fn ours_is_well(connection: &ConnectionName, wanted: &Wanted<'_>, found: &Found, summary: &str) -> Outcome {
    if found.stale.is_empty() {
        return done(connection, wanted, found.ours.as_ref().map(|ours| ours.id.as_str()), summary);
    }
    next(RETIRE, note(found))
}

/// What became of one that was left over. A refusal leaves it as it is: it does the hub no harm.
fn retired(connection: &ConnectionName, step: &Step<'_>, wanted: &Wanted<'_>, answer: &Answer) -> Outcome {
    match written(answer, "webhookUpdate", |_| next(RETIRE, Value::Null)) {
        Outcome::Next { .. } | Outcome::Rejected(_) => {
            let mut found = found(step);
            found.stale = found.stale.split_off(1.min(found.stale.len()));
            ours_is_well(connection, wanted, &found, "those left over were switched off")
        }
        other => other,
    }
}

fn note(found: &Found) -> Value {
    serde_json::to_value(found).unwrap_or(Value::Null)
}

/// What a webhook mutation says.
fn written(answer: &Answer, field: &str, success: impl FnOnce(&Value) -> Outcome) -> Outcome {
    let Some(payload) = answer.root(field) else {
        return of_write(answer.nothing(field));
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
fn done(connection: &ConnectionName, wanted: &Wanted<'_>, id: Option<&str>, summary: &str) -> Outcome {
    let ours = format!("/in/{connection}/");
    let shown = match wanted.url.split_once(&ours) {
        Some((base, _)) => format!("{base}{ours}…"),
        None => "…".to_owned(),
    };
    let facts = json!({ "webhook_id": id.map(cut), "url": cut(&shown) });
    Outcome::Done(Evidence { summary: summary.to_owned(), facts })
}
