//! Fields of webhooks and their events (`contracts/marketplacer.md` §3.8).

use std::rc::Rc;

use serde_json::{Value, json};

use crate::entity::Entity;
use crate::resolve::{Object, Out, View, leaf};
use crate::shop::OWN_SELLER;
use crate::time;
use crate::webhooks::Status;

impl View<'_> {
    pub(super) fn webhook(&self, id: u64, name: &str) -> Out {
        let Some(hook) = self.hooks.hook(id) else {
            return Out::NULL;
        };
        match name {
            "type" => leaf(hook.kind.as_str()),
            "eventName" => Out::Leaf(json!(hook.event)),
            "url" => leaf(hook.url.as_str()),
            "enabled" => leaf(hook.enabled),
            "headers" => Out::Leaf(Value::Object(hook.headers.clone())),
            "legacyFormat" => leaf(false),
            "queryString" => leaf(hook.query.as_str()),
            "allowSkip" => leaf(hook.allow_skip),
            "maxRetries" => leaf(hook.max_retries),
            "concurrentSendLimit" => leaf(hook.concurrent),
            "seller" => Out::maybe(hook.by_seller.then_some(Entity::Seller(OWN_SELLER))),
            "events" => Out::entities(self.hooks.events_of(Some(id)).map(Entity::WebhookEvent)),
            _ => Out::NULL,
        }
    }

    pub(super) fn webhook_event(&self, id: u64, name: &str) -> Out {
        let Some(event) = self.hooks.event(id) else {
            return Out::NULL;
        };
        match name {
            "eventName" => leaf(event.name),
            "status" => leaf(event.status.name()),
            "createdAt" => self.moment(event.created),
            "processedAt" | "sentAt" => self.moment_or_null(event.processed),
            "retryAfter" => self.moment_or_null(event.retry_after),
            "skipped" => leaf(event.status == Status::Skipped),
            "payload" => Out::Leaf(event.payload.clone()),
            "responses" => {
                let responses = event.responses.iter().enumerate().map(|(index, (at, status))| {
                    let response = json!({
                        "id": format!("{}-{index}", Entity::WebhookEvent(id).gid()),
                        "status": status, "createdAt": time::written(*at, &self.options.zone),
                    });
                    let fields = response.as_object().cloned().unwrap_or_default();
                    Some(Object::Made("WebhookEventResponse", Rc::new(fields)))
                });
                Out::Many(responses.collect())
            }
            _ => Out::NULL,
        }
    }
}
