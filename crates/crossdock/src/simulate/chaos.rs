//! Lets the events of a plan happen: finds a victim, does it, notes it, and says what has to be mended later.

use crossdock_desk::{Act, AddressParts, Desk};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sim_core::{FaultKind, Rng};

use super::course::{Course, Died, later};
use super::disk::{Edge, Health};
use super::ledger::{Key, Ledger};
use super::plan::{Chaos, What};
use super::story::Story;
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX};

/// Something that follows from an event.
#[derive(Debug, Clone)]
pub(crate) enum Later {
    /// A control call.
    Control(&'static str, &'static str, Value),
    /// A person's act.
    Act(Act),
    /// The disk is well again.
    DiskWell,
    /// A remote can be reached again.
    RemoteUp(&'static str),
    /// A process is started.
    Boot,
}

/// What an event wants of the run beyond the twins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    None,
    /// The process ends in good order, and starts again after so many seconds.
    Stop(i64),
    /// The process is killed; with half a commit behind the last one.
    PowerLost,
    /// The process is killed and the database replaced by the backup.
    Restore,
}

/// Everything that an event may touch.
pub(crate) struct Scene<'a> {
    pub(crate) course: &'a mut Course,
    pub(crate) story: &'a mut Story,
    /// Plain items that are in stock and in no kit.
    pub(crate) items: &'a [String],
    /// What has to happen later.
    pub(crate) later: Vec<(Timestamp, Later)>,
}

const CHANNELS: [&str; 2] = [MARKETPLACER, MIRAKL];

fn hours(dice: &mut Rng, least: i64, most: i64) -> SignedDuration {
    SignedDuration::from_mins(dice.between(least * 60, most * 60))
}

impl Scene<'_> {
    /// Lets an event happen.
    pub(crate) fn happen(&mut self, event: &Chaos) -> Result<Blow, Died> {
        let mut dice = Rng::new(event.draw, "simulate/event");
        let dice = &mut dice;
        match event.what {
            What::CustomerCancels
            | What::CustomerCancelsPart
            | What::CancellationAsked
            | What::AddressAmended
            | What::CorrectAddress
            | What::Replay => self.at_the_channel(event.what, dice),
            What::WarehouseCancels
            | What::WarehouseEditsQuantity
            | What::WarehouseEditsAddress
            | What::WarehouseDeletes
            | What::CarrierUnknown => self.in_the_warehouse(event.what, dice),
            What::WebhookForged | What::WebhookReplayed => return self.at_the_door(event.what, dice),
            What::DiskFull | What::DiskError | What::RemoteDown | What::KeyRevoked => self.outage(event.what, dice),
            What::Restart => {
                self.story.happens(event.what);
                return Ok(Blow::Stop(0));
            }
            What::HubDown => {
                self.story.happens(event.what);
                return Ok(Blow::Stop(dice.between(60, 6 * 3_600)));
            }
            What::LostPower => {
                self.story.happens(event.what);
                return Ok(Blow::PowerLost);
            }
            What::OldBackup => return Ok(Blow::Restore),
            What::CrashBeforeCommit | What::CrashAfterCommit | What::CrashBeforeCall | What::CrashAfterCall => {
                self.crash(event.what, dice);
            }
            _ => self.beside_orders(event.what, dice),
        }
        Ok(Blow::None)
    }

    fn control(&mut self, connection: &str, path: &str, body: &Value) -> Result<Value, String> {
        let now = self.course.now;
        let said = body.to_string();
        self.course.trace.note(now, "control", &[connection.as_bytes(), path.as_bytes(), said.as_bytes()]);
        let host = self.course.twins.host(connection).ok_or("no such twin")?;
        host.control(now, path, body)
    }

    /// A person acts, if the hub is there to be asked. What it says is noted.
    pub(crate) fn act(&mut self, act: &Act) -> Option<bool> {
        let hub = self.course.hub.clone()?;
        self.course.something_happened();
        let done = hub.act("a person", act);
        let text = match &done {
            Ok(done) => done.sentence.clone(),
            Err(refused) => refused.sentence.clone(),
        };
        self.course.trace.note(self.course.now, "act", &[format!("{act:?}").as_bytes(), text.as_bytes()]);
        self.story.acts.push(text);
        let is_kept = matches!(
            act,
            Act::SetBuffer { .. } | Act::MapSku { .. } | Act::MapCarrier { .. } | Act::CorrectAddress { .. }
        );
        if is_kept && done.is_ok() {
            self.story.decided.push((self.course.now, act.clone()));
        }
        Some(done.is_ok())
    }

    fn after(&mut self, wait: SignedDuration, what: Later) {
        self.later.push((later(self.course.now, wait), what));
    }

    /// An order at a channel that is not over and has not left.
    fn open_sale(&self, dice: &mut Rng) -> Option<(Key, super::ledger::Units)> {
        let ledger = Ledger::read(&self.course.twins);
        let open: Vec<_> = ledger
            .sales
            .iter()
            .filter(|(_, sale)| sale.placed.is_some() && !sale.over() && sale.shipped.is_empty())
            .collect();
        let (key, sale) = open.get(dice.index(open.len()))?;
        Some(((*key).clone(), sale.left_at(self.course.now)))
    }

    /// An order that a customer of Marketplacer places at this moment, so that nobody has seen it yet.
    fn just_sold(&mut self, dice: &mut Rng) -> Option<(Key, super::ledger::Units)> {
        let item = self.items.get(dice.index(self.items.len()))?.clone();
        let quantity = dice.between(2, 4);
        let body = json!({ "lines": [{ "sku": item, "quantity": quantity }] });
        let placed = self.control(MARKETPLACER, "orders", &body).ok()?;
        let number = placed["legacyId"].as_u64()?.to_string();
        Some(((MARKETPLACER.to_owned(), number), [(item, quantity)].into()))
    }

    fn at_the_channel(&mut self, what: What, dice: &mut Rng) {
        let just_now = what == What::CancellationAsked && dice.chance(0.5);
        let sale = if just_now { self.just_sold(dice) } else { self.open_sale(dice) };
        let Some((key, units)) = sale else { return };
        let (connection, number) = key.clone();
        let id = if connection == MARKETPLACER { "legacyId" } else { "order_id" };
        let done = match what {
            What::CustomerCancels => self.control(&connection, "cancel", &json!({ id: number })).is_ok(),
            What::CustomerCancelsPart => {
                let Some((sku, count)) = units.iter().next().map(|(sku, count)| (sku.clone(), *count)) else { return };
                // The whole of it is another event.
                if units.len() == 1 && count == 1 {
                    return;
                }
                let quantity = if units.len() == 1 { dice.between(1, count - 1) } else { dice.between(1, count) };
                let body = if connection == MARKETPLACER {
                    json!({ id: number, "lines": [{ "sku": sku, "quantity": quantity }] })
                } else {
                    json!({ id: number, "line": 1, "quantity": quantity })
                };
                self.control(&connection, "cancel", &body).is_ok()
            }
            What::CancellationAsked if connection == MARKETPLACER => {
                let mut body = json!({ id: number });
                if let Some((sku, count)) = units.iter().next().filter(|_| dice.chance(0.5)) {
                    body["lines"] = json!([{ "sku": sku, "quantity": dice.between(1, *count) }]);
                }
                let answer = self.control(&connection, "cancellation", &body);
                let request = answer.ok().and_then(|answer| answer["refundRequest"].as_u64());
                if let Some(request) = request {
                    let wait = hours(dice, 1, 6);
                    self.after(wait, Later::Control(MARKETPLACER, "deny", json!({ "refundRequest": request })));
                }
                request.is_some()
            }
            What::AddressAmended => {
                let line1 = format!("{} Amended Quay KANARIA-{}", dice.between(1, 99), dice.between(1_000, 9_999));
                self.story.private.push(line1.clone());
                let corrected = self.story.was(&key, &[What::CorrectAddress]);
                let amended = self.control(&connection, "amend", &json!({ id: number, "line1": line1 })).is_ok();
                if amended && !corrected {
                    self.story.addresses.insert(key.clone(), line1);
                }
                amended
            }
            What::CorrectAddress => {
                let line1 = format!("{} Corrected Row KANARIA-{}", dice.between(1, 99), dice.between(1_000, 9_999));
                self.story.private.push(line1.clone());
                let parts = AddressParts { line1: line1.clone().into(), ..AddressParts::default() };
                let act = Act::CorrectAddress { order: number, parts };
                let done = self.act(&act) == Some(true);
                if done {
                    self.story.addresses.insert(key.clone(), line1);
                }
                // A process that died of it may have kept it all the same.
                done || self.course.disk.is_dead()
            }
            What::Replay => self.act(&Act::Replay { order: number }).is_some(),
            _ => false,
        };
        if done {
            self.story.touches(what, &key);
        }
    }

    fn in_the_warehouse(&mut self, what: What, dice: &mut Rng) {
        let ledger = Ledger::read(&self.course.twins);
        let open: Vec<_> = ledger
            .stored
            .iter()
            .filter(|(_, stored)| stored.exists() && stored.cancelled.is_none() && stored.parcels.is_empty())
            .collect();
        let Some((number, stored)) = open.get(dice.index(open.len())) else { return };
        let (number, key) = ((*number).clone(), stored.key.clone());
        let line = stored.lines.iter().next().map(|(item, count)| (item.clone(), *count));
        let done = match (what, line) {
            (What::WarehouseCancels, _) => self.control(PEOPLEVOX, "cancel", &json!({ "order": number })).is_ok(),
            (What::WarehouseDeletes, _) => self.control(PEOPLEVOX, "delete", &json!({ "order": number })).is_ok(),
            (What::WarehouseEditsAddress, _) => {
                let line1 = format!("{} Edited Yard KANARIA-{}", dice.between(1, 99), dice.between(1_000, 9_999));
                self.story.private.push(line1.clone());
                self.control(PEOPLEVOX, "edit", &json!({ "order": number, "line1": line1 })).is_ok()
            }
            (What::WarehouseEditsQuantity, Some((item, count))) => {
                let units = if count > 1 { count - 1 } else { count + 1 };
                let body = json!({ "order": number, "item": item, "quantity": units });
                self.control(PEOPLEVOX, "edit", &body).is_ok()
            }
            (What::CarrierUnknown, Some(_)) => {
                let lines: Vec<Value> =
                    stored.lines.iter().map(|(item, count)| json!({ "item": item, "quantity": count })).collect();
                let carrier = format!("Bicycle Couriers {}", dice.between(1, 3));
                let tracking = format!("BIKE{:06}", dice.between(0, 999_999));
                let parcels = json!([{ "carrier": carrier, "tracking": tracking, "lines": lines }]);
                let sent = self.control(PEOPLEVOX, "despatch", &json!({ "order": number, "parcels": parcels })).is_ok();
                if sent {
                    // The Marketplacer twin's eighth carrier, "Own fleet", by its global id.
                    let code = if key.0 == MARKETPLACER { "U2hpcG1lbnRDYXJyaWVyLTY4" } else { "yodel" };
                    let act = Act::MapCarrier { connection: key.0.clone(), carrier, code: code.to_owned() };
                    let wait = hours(dice, 1, 4);
                    self.after(wait, Later::Act(act));
                }
                sent
            }
            _ => false,
        };
        if done {
            self.story.touches(what, &key);
        }
    }

    fn at_the_door(&mut self, what: What, dice: &mut Rng) -> Result<Blow, Died> {
        let count = self.course.callbacks.len();
        let Some(old) = self.course.callbacks.get(dice.index(count)).cloned() else { return Ok(Blow::None) };
        let request = match what {
            What::WebhookReplayed => old,
            _ => forged(&old, dice),
        };
        self.story.happens(what);
        self.course.knock(&request)?;
        Ok(Blow::None)
    }

    fn outage(&mut self, what: What, dice: &mut Rng) {
        let now = self.course.now;
        let wait = match what {
            What::DiskFull | What::DiskError => SignedDuration::from_secs(dice.between(10, 3_600)),
            _ => SignedDuration::from_secs(dice.between(60, 5 * 3_600)),
        };
        match what {
            What::DiskFull | What::DiskError => {
                let health = if what == What::DiskFull { Health::Full } else { Health::Failing };
                self.course.disk.set_health(health);
                self.after(wait, Later::DiskWell);
            }
            What::RemoteDown => {
                let connection = [PEOPLEVOX, MARKETPLACER, MIRAKL][dice.index(3)];
                let kind = [FaultKind::Refused, FaultKind::LostRequest, FaultKind::ErrorBefore][dice.index(3)];
                if let Some(host) = self.course.twins.host(connection) {
                    host.faults().set(kind, 1.0);
                }
                self.after(wait, Later::RemoteUp(connection));
            }
            _ => {
                let _ = self.control(MARKETPLACER, "connection", &json!({ "key": "revoked" }));
                self.after(wait, Later::Control(MARKETPLACER, "connection", json!({ "key": "valid" })));
                let moment = wait.saturating_add(SignedDuration::from_mins(dice.between(1, 60)));
                self.after(moment, Later::Act(Act::Reconnect { connection: MARKETPLACER.to_owned() }));
                self.story.outages.push((now, later(now, moment)));
            }
        }
        self.story.outages.push((now, later(now, wait)));
        self.story.happens(what);
    }

    fn crash(&mut self, what: What, dice: &mut Rng) {
        if self.course.hub.is_none() {
            return;
        }
        let steps = u64::try_from(dice.between(0, 12)).unwrap_or(0);
        match what {
            What::CrashBeforeCommit => self.course.disk.crash_after(steps, Edge::Before),
            What::CrashAfterCommit => self.course.disk.crash_after(steps, Edge::After),
            What::CrashBeforeCall => self.course.crash = Some((steps, Edge::Before)),
            _ => self.course.crash = Some((steps, Edge::After)),
        }
        self.story.happens(what);
    }

    fn item(&self, dice: &mut Rng) -> Option<String> {
        self.items.get(dice.index(self.items.len())).cloned()
    }

    fn beside_orders(&mut self, what: What, dice: &mut Rng) {
        let channel = CHANNELS[dice.index(2)];
        let Some(item) = self.item(dice) else { return };
        let wait = hours(dice, 1, 5);
        let done = match what {
            What::ItemSwitchedOff => {
                let off = self.control(PEOPLEVOX, "item", &json!({ "item": item, "active": false })).is_ok();
                if off {
                    self.story.switched.insert(item.clone());
                    self.after(wait, Later::Control(PEOPLEVOX, "item", json!({ "item": item, "active": true })));
                }
                off
            }
            What::UnknownSkuMapped => return self.unknown_sku(channel, &item, wait, dice),
            What::Recount => {
                let units = dice.between(0, 60);
                self.control(PEOPLEVOX, "stock", &json!({ "item": item, "on_hand": units })).is_ok()
            }
            What::ChannelInactive => {
                let off = self.control(channel, "connection", &json!({ "active": false })).is_ok();
                let now = self.course.now;
                self.story.outages.push((now, later(now, wait)));
                self.after(wait, Later::Control(channel, "connection", json!({ "active": true })));
                off
            }
            What::WebhookDisabled => self
                .control(MARKETPLACER, "webhook", &json!({ "enabled": false }))
                .is_ok_and(|answer| answer["changed"].as_u64().unwrap_or(0) > 0),
            What::SubscriptionLost => {
                let known = self.control(PEOPLEVOX, "subscriptions", &Value::Null).unwrap_or_default();
                let list = known["subscriptions"].as_array().cloned().unwrap_or_default();
                let Some(one) = list.get(dice.index(list.len())) else { return };
                self.control(PEOPLEVOX, "forget", &json!({ "subscription": one["id"] })).is_ok()
            }
            What::SetBuffer => {
                let units = dice.between(0, 3);
                let set = self.act(&Act::SetBuffer { connection: channel.to_owned(), units }) == Some(true);
                if set {
                    let now = self.course.now;
                    self.story.buffers.entry(channel.to_owned()).or_default().push((now, units));
                }
                set
            }
            What::Reconnect => {
                let connection = [PEOPLEVOX, MARKETPLACER, MIRAKL][dice.index(3)].to_owned();
                self.act(&Act::Reconnect { connection }).is_some()
            }
            What::MapAgain => {
                let act = Act::MapSku { connection: channel.to_owned(), sku: item.clone(), item };
                self.act(&act).is_some()
            }
            What::ImportsStuck => {
                let body = json!({ "stuck": true, "reports": dice.chance(0.5) });
                let stuck = self.control(MIRAKL, "imports", &body).is_ok();
                let now = self.course.now;
                self.story.outages.push((now, later(now, wait)));
                self.after(wait, Later::Control(MIRAKL, "imports", json!({ "stuck": false, "reports": true })));
                stuck
            }
            What::ListingOff => {
                let off = self.control(MIRAKL, "listing", &json!({ "sku": item, "listed": false })).is_ok();
                self.after(wait, Later::Control(MIRAKL, "listing", json!({ "sku": item, "listed": true })));
                off
            }
            What::StockForced => {
                let body = json!({ "sku": item, "quantity": dice.between(0, 5) });
                self.control(channel, "stock", &body).is_ok()
            }
            _ => false,
        };
        if done {
            self.story.happens(what);
        }
    }

    /// A customer buys what the warehouse does not know under this name, and hours later a person maps it.
    fn unknown_sku(&mut self, channel: &'static str, item: &str, wait: SignedDuration, dice: &mut Rng) {
        let sku = format!("HAND-{:05}", dice.between(0, 99_999));
        let body = json!({ "lines": [{ "sku": sku, "quantity": dice.between(1, 2) }] });
        let Ok(answer) = self.control(channel, "orders", &body) else { return };
        if channel == MIRAKL && answer["placed"] != json!(true) {
            return;
        }
        let number = answer["order_id"].as_str().map(str::to_owned);
        let number = number.or_else(|| answer["legacyId"].as_u64().map(|id| id.to_string()));
        let Some(number) = number else { return };
        let key = (channel.to_owned(), number);
        self.story.touches(What::UnknownSkuMapped, &key);
        self.story.mapped.insert((channel.to_owned(), sku.clone()), item.to_owned());
        let act = Act::MapSku { connection: channel.to_owned(), sku, item: item.to_owned() };
        self.after(wait, Later::Act(act));
    }
}

/// A callback that the sender never made: another secret in the path, or another body under the old signature.
fn forged(old: &Request<bytes::Bytes>, dice: &mut Rng) -> Request<bytes::Bytes> {
    let (mut head, body) = old.clone().into_parts();
    let mut body = body.to_vec();
    if body.is_empty() || dice.chance(0.5) {
        let uri = head.uri.to_string();
        let (front, _) = uri.rsplit_once('/').unwrap_or((&uri, ""));
        let guess = format!("{front}/{}", dice.uuid());
        if let Ok(uri) = guess.parse() {
            head.uri = uri;
        }
    } else {
        let at = dice.index(body.len());
        if let Some(byte) = body.get_mut(at) {
            *byte = byte.wrapping_add(1);
        }
    }
    Request::from_parts(head, body.into())
}
