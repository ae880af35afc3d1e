//! Webhooks: who wants to hear of what, and the events on their way (`contracts/marketplacer.md` §6).
//!
//! An event waits a moment before its payload is made; until then, further changes of the same thing collapse into it. The
//! payload shows the thing as it is when it is made, and keeps its sequence number and `Idempotency-Key` over all retries.

mod register;
mod send;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::auth::Role;
use crate::entity::Entity;
use crate::graphql::Compiled;
use crate::options::Options;
use crate::shop::{News, OWN_SELLER, next_id};

/// A registered webhook.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    /// `WebhookKlassEnum`.
    pub(crate) kind: String,
    /// `WebhookEventEnum`; none: all.
    pub(crate) event: Option<String>,
    pub(crate) url: String,
    pub(crate) enabled: bool,
    pub(crate) headers: Map<String, Value>,
    pub(crate) query: String,
    pub(crate) hmac_key: Option<String>,
    pub(crate) max_retries: u32,
    pub(crate) concurrent: u32,
    pub(crate) allow_skip: bool,
    pub(crate) by_seller: bool,
    compiled: Arc<Compiled>,
    in_flight: u32,
    /// Events that wait for a free place among the concurrent ones.
    waiting: VecDeque<u64>,
    /// The last payload of each thing, for `allowSkip`.
    last: HashMap<Entity, Value>,
}

/// Where an event stands (`contracts/marketplacer.md` §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Unsent,
    /// A try failed; another will follow.
    Rejected,
    Sent,
    Failed,
    Cancelled,
    Skipped,
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Rejected => "rejected",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    fn is_final(self) -> bool {
        !matches!(self, Self::Unsent | Self::Rejected)
    }
}

/// One event for one webhook.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) hook: u64,
    pub(crate) entity: Entity,
    /// `create`, `update`, `destroy`.
    pub(crate) name: &'static str,
    pub(crate) created: Timestamp,
    pub(crate) processed: Option<Timestamp>,
    pub(crate) status: Status,
    pub(crate) retry_after: Option<Timestamp>,
    pub(crate) payload: Value,
    /// Moment and HTTP status of each answer.
    pub(crate) responses: Vec<(Timestamp, u16)>,
    sequence: Option<u64>,
    tries: u32,
}

#[derive(Debug, Clone)]
struct Attempt {
    event: u64,
    times_out: Timestamp,
}

/// All webhooks and events.
#[derive(Debug, Default, Clone)]
pub(crate) struct Hooks {
    registered: BTreeMap<u64, Hook>,
    events: BTreeMap<u64, Event>,
    /// Events without payload, by what they are about.
    pending: HashMap<(u64, Entity), u64>,
    queue: BTreeSet<(Timestamp, u64)>,
    attempts: HashMap<u64, Attempt>,
    timeouts: BTreeSet<(Timestamp, u64)>,
    attempt_count: u64,
    sequence: u64,
}

/// Events are kept for three days (`contracts/marketplacer.md` §6.4).
const KEPT: SignedDuration = SignedDuration::from_hours(72);

impl Hooks {
    pub(crate) fn hook(&self, id: u64) -> Option<&Hook> {
        self.registered.get(&id)
    }

    pub(crate) fn event(&self, id: u64) -> Option<&Event> {
        self.events.get(&id)
    }

    /// The webhooks that a caller sees.
    pub(crate) fn ids(&self, role: Role) -> Vec<u64> {
        let seen = self.registered.iter().filter(|(_, hook)| hook.by_seller || role == Role::Operator);
        seen.map(|(id, _)| *id).collect()
    }

    /// The events of one webhook, or all, oldest first.
    pub(crate) fn events_of(&self, hook: Option<u64>) -> impl Iterator<Item = u64> {
        let events = self.events.iter();
        events.filter(move |(_, event)| hook.is_none_or(|hook| event.hook == hook)).map(|(id, _)| *id)
    }

    /// Switches every webhook on or off and says how many that changed.
    pub(crate) fn switch(&mut self, enabled: bool) -> usize {
        let others: Vec<&mut Hook> = self.registered.values_mut().filter(|hook| hook.enabled != enabled).collect();
        let changed = others.len();
        others.into_iter().for_each(|hook| hook.enabled = enabled);
        changed
    }

    /// When something is due: a first try, a retry, a time-out.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let first = |set: &BTreeSet<(Timestamp, u64)>| set.first().map(|(at, _)| *at);
        [first(&self.queue), first(&self.timeouts)].into_iter().flatten().min()
    }

    /// Makes events of what has happened, for every webhook that wants to know.
    pub(crate) fn absorb(&mut self, news: &mut Vec<News>, options: &Options) {
        if self.registered.is_empty() {
            news.clear();
            return;
        }
        for item in news.drain(..) {
            let wanting: Vec<u64> = self
                .registered
                .iter()
                .filter(|(_, hook)| hook.enabled && hook.kind == item.kind)
                .filter(|(_, hook)| !hook.by_seller || item.seller == OWN_SELLER)
                .filter(|(_, hook)| hook.event.as_ref().is_none_or(|event| event.eq_ignore_ascii_case(item.event)))
                .map(|(id, _)| *id)
                .collect();
            for hook in wanting {
                self.add_event(hook, &item, options);
            }
        }
    }

    fn add_event(&mut self, hook: u64, item: &News, options: &Options) {
        // Burst dedupe: an event that is not made yet will show this change too. That something is gone is told by itself.
        if item.event != "destroy" && self.pending.contains_key(&(hook, item.entity)) {
            return;
        }
        self.forget_old(item.at);
        let id = next_id(&self.events, 1);
        self.events.insert(
            id,
            Event {
                hook,
                entity: item.entity,
                name: item.event,
                created: item.at,
                processed: None,
                status: Status::Unsent,
                retry_after: None,
                payload: Value::Null,
                responses: Vec::new(),
                sequence: None,
                tries: 0,
            },
        );
        self.pending.insert((hook, item.entity), id);
        let due = item.at.saturating_add(options.webhook_settle).unwrap_or(item.at);
        self.queue.insert((due, id));
    }

    fn forget_old(&mut self, now: Timestamp) {
        while let Some(first) = self.events.first_entry() {
            let old = first.get().created.saturating_add(KEPT).is_ok_and(|end| end < now);
            if !old || !first.get().status.is_final() || self.events.len() == 1 {
                return;
            }
            self.events.pop_first();
        }
    }
}
