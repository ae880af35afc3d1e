//! I8 to I11: the hub's own records. Nothing acknowledged is left lying, each remote effect was written down before, the
//! journals' chains hold, and nothing private is in any of them.

use std::collections::BTreeMap;

use crossdock_engine::Hub;
use crossdock_store::{EffectRow, FlowFilter, FlowKind, FlowRow, Store, StoreError};
use jiff::SignedDuration;

use super::{Evidence, Verdict};
use crate::rig::{MARKETPLACER, MIRAKL, PEOPLEVOX};
use crate::simulate::ledger::Key;
use crate::simulate::seed::CANARY;

/// A flow of the hub with what belongs to it.
pub(super) struct Page {
    pub(super) row: FlowRow,
    /// Causes of its open exceptions.
    pub(super) open: Vec<String>,
    /// Causes of all its exceptions and when each was opened.
    pub(super) ever: Vec<(String, jiff::Timestamp)>,
    effects: Vec<EffectRow>,
    parcels: Vec<(FlowRow, Vec<EffectRow>)>,
    /// What its journals, exceptions and effects say.
    texts: Vec<String>,
    /// Its journals, for people.
    told: Vec<String>,
    broken_chain: bool,
    lines: usize,
}

impl Page {
    /// Its journals, line by line.
    pub(super) fn told(&self) -> &[String] {
        &self.told
    }

    /// When it has to have left.
    pub(super) fn deadline(&self) -> Option<jiff::Timestamp> {
        self.row.deadline
    }

    /// The state word.
    pub(super) fn state(&self) -> &str {
        &self.row.state
    }
}

/// The hub's records.
pub(super) struct Books {
    pub(super) pages: BTreeMap<Key, Page>,
    /// Open groups that belong to no order: cause and detail.
    pub(super) elsewhere: Vec<(String, String)>,
    texts: Vec<String>,
}

/// The connection, and the number under which the channel's own log has the order.
fn key_of(row: &FlowRow) -> Key {
    (row.connection.clone(), row.number.clone())
}

impl Books {
    pub(super) fn read(hub: &Hub, store: &dyn Store) -> Result<Self, StoreError> {
        store.ask(|tx| {
            let filter = FlowFilter { limit: 100_000, ..FlowFilter::default() };
            let (rows, _) = tx.list_flows(FlowKind::Order, &filter)?;
            let mut pages = BTreeMap::new();
            for row in rows {
                let mut texts = Vec::new();
                let mut children = Vec::new();
                let mut broken_chain = tx.verify_journal(row.id)?.is_some();
                let (mut lines, mut told) = (0, Vec::new());
                let (mut open, mut ever) = (Vec::new(), Vec::new());
                let mut flows = vec![row.clone()];
                flows.extend(tx.children(row.id)?);
                for flow in &flows {
                    broken_chain |= tx.verify_journal(flow.id)?.is_some();
                    for line in tx.journal(flow.id)? {
                        lines += usize::from(flow.id == row.id);
                        let entry = &line.entry;
                        told.push(format!("{} {}: {} | {}", entry.at, entry.actor, entry.text, entry.detail));
                        texts.push(line.entry.text);
                        texts.push(line.entry.detail);
                    }
                    for exception in tx.exceptions_of(flow.id)? {
                        if exception.resolved.is_none() {
                            open.push(exception.what.cause.clone());
                        }
                        ever.push((exception.what.cause, exception.opened));
                        texts.push(exception.what.detail);
                        texts.push(exception.what.fingerprint);
                        texts.push(exception.resolution);
                    }
                    let effects = tx.effects_of(flow.id)?;
                    texts.extend(effects.iter().map(|effect| effect.evidence.clone()));
                    if flow.id != row.id {
                        children.push((flow.clone(), effects));
                    }
                }
                let effects = tx.effects_of(row.id)?;
                for effect in effects.iter().chain(children.iter().flat_map(|(_, effects)| effects)) {
                    told.push(format!(
                        "effect {} {:?} {}: {}",
                        effect.key, effect.phase, effect.stage, effect.evidence
                    ));
                }
                let key = key_of(&row);
                let page = Page { row, open, ever, effects, parcels: children, texts, told, broken_chain, lines };
                pages.insert(key, page);
            }
            let mut elsewhere = Vec::new();
            let mut texts = Vec::new();
            for group in tx.groups()? {
                texts.push(group.example.what.detail.clone());
                texts.push(group.fingerprint.clone());
                if group.example.what.flow.is_none() {
                    elsewhere.push((group.example.what.cause, group.example.what.detail));
                }
            }
            for connection in hub.connections() {
                texts.extend(tx.schedules(&connection)?.into_iter().map(|row| row.problem));
            }
            Ok(Self { pages, elsewhere, texts })
        })
    }
}

pub(super) fn judge(
    verdict: &mut Verdict,
    evidence: &Evidence<'_>,
    books: &Books,
    store: &dyn Store,
) -> Result<(), StoreError> {
    chains(verdict, evidence, books);
    private(verdict, evidence, books);
    left_lying(verdict, evidence, books, store)
}

/// I9: each remote effect has its intent, and a journal whose chain holds.
fn chains(verdict: &mut Verdict, evidence: &Evidence<'_>, books: &Books) {
    for (key, page) in &books.pages {
        if page.broken_chain {
            verdict.find_of("I9", key, format!("{key:?}: the chain of its journal does not hold"));
        }
        if page.lines == 0 {
            verdict.find_of("I9", key, format!("{key:?} has no journal"));
        }
    }
    // What an old backup has forgotten was written down all the same.
    if !evidence.story.restored.is_empty() {
        return;
    }
    for (number, stored) in &evidence.ledger.stored {
        let page = books.pages.get(&stored.key);
        let written = page.is_some_and(|page| {
            page.effects.iter().any(|effect| effect.kind == "create_order" && (effect.touched || effect.attempt > 0))
        });
        if !written {
            verdict.find("I9", format!("{number} was created in the warehouse and no intent says so"));
        }
    }
    for (key, sale) in &evidence.ledger.sales {
        let page = books.pages.get(key);
        if sale.accepted > 0 && !has(page, "accept_order") {
            verdict.find_of("I9", key, format!("{key:?} was accepted and no intent says so"));
        }
        if sale.accepted > 1 {
            verdict.find_of("I2", key, format!("{key:?} was accepted {} times", sale.accepted));
        }
        let told: usize = sale.shipped.values().map(Vec::len).sum();
        let intents = page.map_or(0, |page| {
            let sent = page.parcels.iter().filter(|(_, effects)| {
                effects.iter().any(|effect| effect.kind == "confirm_despatch" && (effect.touched || effect.attempt > 0))
            });
            sent.count()
        });
        if told > 0 && intents == 0 {
            verdict.find_of("I9", key, format!("{key:?} has {told} shipments and no intent says so"));
        }
    }
}

fn has(page: Option<&Page>, kind: &str) -> bool {
    page.is_some_and(|page| page.effects.iter().any(|effect| effect.kind == kind))
}

/// I10: no secret and no customer's data in any record or error.
fn private(verdict: &mut Verdict, evidence: &Evidence<'_>, books: &Books) {
    let mut needles = vec![
        CANARY.to_lowercase(),
        sim_peoplevox::Options::default().password.to_lowercase(),
        sim_marketplacer::Options::default().seller_key.to_lowercase(),
        sim_mirakl::Options::default().api_key.to_lowercase(),
    ];
    // The sender's other addresses are in other fields: a street and a telephone number of every customer.
    for order in &evidence.world.orders {
        needles.push(order.customer.line1.to_lowercase());
        needles.push(order.customer.phone.to_lowercase());
    }
    needles.sort_unstable();
    needles.dedup();
    let texts = books.pages.values().flat_map(|page| &page.texts).chain(&books.texts);
    let texts = texts.chain(evidence.errors).chain(&evidence.story.acts);
    let mut found = 0;
    for text in texts {
        let small = text.to_lowercase();
        if let Some(needle) = needles.iter().find(|needle| !needle.is_empty() && small.contains(needle.as_str())) {
            found += 1;
            if found <= 3 {
                verdict.find("I10", format!("`{needle}` is in `{text}`"));
            }
        }
    }
}

/// I8, I11: no event that was acknowledged and no effect is left lying.
fn left_lying(
    verdict: &mut Verdict,
    evidence: &Evidence<'_>,
    books: &Books,
    store: &dyn Store,
) -> Result<(), StoreError> {
    let old = evidence.now.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(evidence.now);
    for connection in [PEOPLEVOX, MARKETPLACER, MIRAKL] {
        let (hints, queue, row) =
            store.ask(|tx| Ok((tx.hints(connection, 1_000)?, tx.queue(connection)?, tx.connection(connection)?)))?;
        for hint in hints.iter().filter(|hint| hint.at < old) {
            verdict
                .find("I8", format!("{connection}: the event {} {} of {} is left lying", hint.kind, hint.key, hint.at));
        }
        for count in &queue {
            // A figure that goes out just now is no backlog.
            if count.in_doubt > 0 || count.waiting > 0 && count.kind != "set_stock" {
                verdict.find("I11", format!("{connection}: {count:?} long after everything was mended"));
            }
        }
        if row.stopped {
            verdict.find("I11", format!("{connection} is stopped though its credentials are right"));
        }
    }
    for (cause, detail) in &books.elsewhere {
        // The channels list a few things that the warehouse never had; a customer of such a thing is held as well.
        let listed = detail.strip_prefix("listing ").and_then(|rest| rest.split_once(" at ")).map(|(sku, _)| sku);
        if cause == "listing.unmapped" && listed.is_some_and(|sku| evidence.world.item(sku).is_none()) {
            continue;
        }
        verdict.find("I14", format!("{cause} is open though everything is well: {detail}"));
    }
    Ok(())
}
