//! Orders: from a document or an event to the stored flow.

use std::cell::RefCell;
use std::collections::HashMap;

use crossdock_flow::order::{OrderCtx, OrderEvent, OrderStage, OrderState, SkuAnswer, open, step};
use crossdock_flow::{Actions, ChannelRules, Demand, Held};
use crossdock_model::{ChannelOrder, WarehouseOrder};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::{FlowKind, FlowRow, HintRow, JournalEntry, NewEffect, NewException, NewFlow, StoreError, Tx};
use jiff::Timestamp;

use crate::Inner;
use crate::ripple::Ripple;

/// A flow row's own state.
pub(crate) fn read_state(row: &FlowRow) -> Result<OrderState, StoreError> {
    serde_json::from_str(&row.data).map_err(|error| StoreError::Corrupt(format!("flow {}: {error}", row.id)))
}

/// A channel's order was read.
pub(crate) fn order_seen(
    inner: &Inner,
    tx: &mut dyn Tx,
    connection: &str,
    order: ChannelOrder,
    raw: &[u8],
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let Some(rules) = inner.rules(connection) else {
        return Ok(());
    };
    let hash = blake3::hash(raw).to_hex();
    let key = format!("{connection}/{}", order.id);
    if !tx.see(connection, &order.id, &hash.as_str()[..32], now)? {
        // The same document again; worth reading only if an earlier version of the hub could not.
        let unread = tx.flow_by_key(FlowKind::Order, &key)?.is_some_and(|row| row.state == UNREADABLE);
        if !unread {
            return Ok(());
        }
    }
    let id = match tx.flow_by_key(FlowKind::Order, &key)? {
        Some(row) => {
            let id = row.id;
            order_event(inner, tx, row, OrderEvent::Seen(Box::new(order)), now, ripple)?;
            id
        }
        None => begin(inner, tx, &rules, key, order, now, ripple)?,
    };
    tx.keep_raw(id, raw, now)?;
    Ok(())
}

fn begin(
    inner: &Inner,
    tx: &mut dyn Tx,
    rules: &ChannelRules,
    key: String,
    order: ChannelOrder,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<i64, StoreError> {
    let connection = rules.connection.clone();
    let flow = NewFlow { kind: FlowKind::Order, key, connection: connection.clone(), parent: None };
    let mut row = tx.insert_flow(&flow, now)?;
    let (state, actions) = SkuMap::with(tx, &connection, |sku| open(order, &OrderCtx { now, rules, sku }))?;
    let mut terms = vec![state.order.number.clone(), state.order.id.clone(), state.number.clone()];
    terms.extend(state.order.aliases.iter().cloned());
    terms.extend(state.order.lines.iter().filter_map(|line| line.sku.clone()));
    terms.extend([state.order.ship_to.postcode.text().to_owned(), state.order.contact.email.text().to_owned()]);
    terms.retain(|term| !term.trim().is_empty());
    tx.add_terms(row.id, &terms)?;
    let id = row.id;
    store(inner, tx, &mut row, &state, actions, now, ripple)?;
    Ok(id)
}

/// Something happened to an order.
pub(crate) fn order_event(
    inner: &Inner,
    tx: &mut dyn Tx,
    mut row: FlowRow,
    event: OrderEvent,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let Some(rules) = inner.rules(&row.connection) else {
        return Ok(());
    };
    let mut state = match read_state(&row) {
        Ok(state) => state,
        // A placeholder of an unreadable document has no state; the first readable one begins it.
        Err(_) if row.state == UNREADABLE => match event {
            OrderEvent::Seen(order) => return revive(inner, tx, row, *order, now, ripple),
            _ => return Ok(()),
        },
        Err(error) => return Err(error),
    };
    let new_postcode = match &event {
        OrderEvent::Seen(order) => Some(order.ship_to.postcode.text().to_owned()),
        _ => None,
    };
    let before = (state.stage, state.mapped.clone());
    let actions =
        SkuMap::with(tx, &row.connection, |sku| step(&mut state, event, &OrderCtx { now, rules: &rules, sku }))?;
    if let Some(postcode) = new_postcode.filter(|text| !text.trim().is_empty()) {
        tx.add_terms(row.id, &[postcode])?;
    }
    store(inner, tx, &mut row, &state, actions, now, ripple)?;
    let moved = before.0 != state.stage && matches!(state.stage, OrderStage::Elsewhere | OrderStage::InWarehouse);
    let expects = before.0 == state.stage && state.stage.at_warehouse() && before.1 != state.mapped;
    if moved || expects {
        // Parcels that a restored hub read first fitted nothing then, nor did what left of a cancellation that was taken back.
        for parcel in tx.children(row.id)? {
            super::step_again(inner, tx, parcel.id, now, ripple)?;
        }
    }
    Ok(())
}

fn revive(
    inner: &Inner,
    tx: &mut dyn Tx,
    mut row: FlowRow,
    order: ChannelOrder,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let Some(rules) = inner.rules(&row.connection) else {
        return Ok(());
    };
    let (state, actions) = SkuMap::with(tx, &row.connection, |sku| open(order, &OrderCtx { now, rules: &rules, sku }))?;
    tx.add_terms(row.id, &[state.order.number.clone(), state.number.clone()])?;
    store(inner, tx, &mut row, &state, actions, now, ripple)
}

/// The state word of a flow whose document cannot be read.
const UNREADABLE: &str = "unreadable";

/// The warehouse was asked for these orders: what it said of each, `None` where it has none.
pub(crate) fn warehouse_says(
    inner: &Inner,
    tx: &mut dyn Tx,
    number: &str,
    said: Option<WarehouseOrder>,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    match super::parcels::order_by_number(tx, number)? {
        Some(row) => order_event(inner, tx, row, OrderEvent::WarehouseSays(said), now, ripple),
        None => Ok(()),
    }
}

/// A document could not be understood: it is kept and stands in front of a person.
pub(crate) fn unreadable(
    tx: &mut dyn Tx,
    connection: &str,
    id: Option<&str>,
    reason: &str,
    raw: &[u8],
    now: Timestamp,
) -> Result<(), StoreError> {
    let hash = blake3::hash(raw).to_hex();
    let id = id.map_or_else(|| format!("unreadable-{}", &hash.as_str()[..12]), str::to_owned);
    if !tx.see(connection, &id, &hash.as_str()[..32], now)? {
        return Ok(());
    }
    let key = format!("{connection}/{id}");
    let mut row = match tx.flow_by_key(FlowKind::Order, &key)? {
        Some(row) => row,
        None => {
            let flow = NewFlow { kind: FlowKind::Order, key, connection: connection.to_owned(), parent: None };
            let mut row = tx.insert_flow(&flow, now)?;
            row.number.clone_from(&id);
            row.state = UNREADABLE.to_owned();
            tx.add_terms(row.id, std::slice::from_ref(&id))?;
            row
        }
    };
    let cause = crossdock_flow::cause::Cause::Unreadable;
    row.cause = Some(cause.code().to_owned());
    tx.update_flow(&mut row, now)?;
    tx.keep_raw(row.id, raw, now)?;
    journal(tx, row.id, now, &[("held", format!("Held: {}", cause.title()), reason.to_owned())])?;
    let held = Held::new(cause, "", reason);
    tx.open_exception(&exception(&row, &held), now)?;
    Ok(())
}

/// Stores a stepped order and everything that the step wants.
fn store(
    inner: &Inner,
    tx: &mut dyn Tx,
    row: &mut FlowRow,
    state: &OrderState,
    actions: Actions,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let rules = inner.rules(&row.connection);
    let telling = rules.as_deref().map(|rules| crossdock_flow::order::tell(state, rules, now, 0));
    row.number.clone_from(&state.order.number);
    row.state = state.word().to_owned();
    row.deadline = telling.and_then(|telling| telling.deadline);
    row.amount = state.order.total;
    row.wake_at = actions.wake_at;
    let marks = &mut row.milestones;
    if state.stage.at_warehouse() && state.stage != OrderStage::Releasing {
        marks.in_warehouse.get_or_insert(now);
    }
    if matches!(state.stage, OrderStage::Despatched | OrderStage::Confirmed) {
        marks.despatched.get_or_insert(now);
    }
    if state.stage == OrderStage::Confirmed {
        marks.confirmed.get_or_insert(now);
    }
    row.data = serde_json::to_string(state).map_err(|error| StoreError::Bug(error.to_string()))?;
    match &actions.demand {
        Demand::Keep => {}
        Demand::Set(lines) => {
            let lines = components(tx, lines)?;
            tx.put_demand(row.id, &lines)?.into_iter().for_each(|item| ripple.item(item));
        }
        Demand::Anew(lines) => {
            // What stays the same would stay counted.
            tx.put_demand(row.id, &[])?;
            let lines = components(tx, lines)?;
            tx.put_demand(row.id, &lines)?.into_iter().for_each(|item| ripple.item(item));
        }
        Demand::Counted => tx.demand_counted(row.id, now)?,
    }
    commit(inner, tx, row, actions, now, ripple)
}

/// Stores what orders and parcels have in common: row, journal, exceptions, effects.
pub(super) fn commit(
    inner: &Inner,
    tx: &mut dyn Tx,
    row: &mut FlowRow,
    actions: Actions,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    let held_before = row.cause.take();
    row.cause = actions.held.as_ref().map(|held| held.cause.code().to_owned());
    let entries: Vec<JournalEntry> = actions
        .notes
        .into_iter()
        .map(|note| JournalEntry {
            at: now,
            actor: "hub".to_owned(),
            kind: note.kind.to_owned(),
            text: note.text,
            detail: note.detail,
        })
        .collect();
    tx.update_flow_with(row, &entries, now)?;
    if held_before.is_some() && held_before != row.cause {
        tx.resolve_of_flow(row.id, held_before.as_deref(), "the cause has gone", now)?;
    }
    if let Some(held) = &actions.held {
        tx.open_exception(&exception(row, held), now)?;
    }
    let warehouse = &inner.settings.warehouse;
    for look in actions.looks {
        let (connection, kind, key) = match look {
            crossdock_flow::Look::Channel(id) => (&row.connection, "orders_by_id", id),
            crossdock_flow::Look::Warehouse(number) => (warehouse, "warehouse_orders", number),
        };
        let connection = connection.clone();
        tx.add_hint(&HintRow { connection: connection.clone(), kind: kind.to_owned(), key, at: now })?;
        ripple.wake(connection);
    }
    if let Some(key) = actions.withdraw {
        if !tx.withdraw_effect(&key)? {
            return Err(StoreError::Bug(format!("{key} cannot be taken back: it is settled, or was never planned")));
        }
        ripple.wake(warehouse);
    }
    for planned in actions.effects {
        let connection = match planned.target {
            crossdock_flow::Target::Channel => row.connection.clone(),
            crossdock_flow::Target::Warehouse => inner.settings.warehouse.clone(),
        };
        if !inner.connectors.contains_key(&connection) {
            continue;
        }
        let effect = NewEffect {
            kind: planned.operation.kind().as_str().to_owned(),
            // The lane asks the connector where to start, with what the session knows by then.
            stage: String::new(),
            operation: serde_json::to_string(&planned.operation).map_err(|e| StoreError::Bug(e.to_string()))?,
            key: planned.key,
            flow: Some(row.id),
            object: planned.object,
            priority: priority(planned.operation.kind()),
            deadline: row.deadline,
            not_before: now,
            connection: connection.clone(),
        };
        if tx.plan_effect(&effect, now)?.is_none() {
            let text = "The same call was planned before; it is not planned twice".to_owned();
            journal(tx, row.id, now, &[("duplicate", text, effect.key.clone())])?;
        }
        ripple.wake(connection);
    }
    Ok(())
}

/// Orders before despatches before stock (`B013`).
pub(crate) const fn priority(kind: crossdock_connector::OperationKind) -> u8 {
    use crossdock_connector::OperationKind as Kind;
    match kind {
        Kind::AcceptOrder | Kind::CreateOrder => 0,
        Kind::ConfirmDespatch => 1,
        Kind::Watch => 2,
        Kind::SetStock => 3,
    }
}

pub(super) fn exception(row: &FlowRow, held: &Held) -> NewException {
    NewException {
        flow: Some(row.id),
        connection: row.connection.clone(),
        cause: held.cause.code().to_owned(),
        fingerprint: fingerprint(held.cause.code(), &row.connection, &held.subject),
        owner: held.cause.owner().to_owned(),
        detail: held.detail.clone(),
        next_action: held.cause.next_action().to_owned(),
        due: row.deadline,
        amount: row.amount,
    }
}

/// Equal for exceptions that one fix closes.
pub(crate) fn fingerprint(cause: &str, connection: &str, subject: &str) -> String {
    if subject.is_empty() { format!("{cause}/{connection}") } else { format!("{cause}/{connection}/{subject}") }
}

pub(super) fn journal(
    tx: &mut dyn Tx,
    flow: i64,
    now: Timestamp,
    lines: &[(&str, String, String)],
) -> Result<(), StoreError> {
    let entries: Vec<JournalEntry> = lines
        .iter()
        .map(|(kind, text, detail)| JournalEntry {
            at: now,
            actor: "hub".to_owned(),
            kind: (*kind).to_owned(),
            text: text.clone(),
            detail: detail.clone(),
        })
        .collect();
    tx.append_journal(flow, &entries)
}

/// Kits become their components: the warehouse counts those, and a sold kit takes them from every other listing.
fn components(tx: &dyn Tx, lines: &[(String, i64)]) -> Result<Vec<(String, i64)>, StoreError> {
    let mut sums: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
    for (item, units) in lines {
        let parts = tx.kit_parts(item)?;
        if parts.is_empty() {
            let sum = sums.entry(item.clone()).or_default();
            *sum = sum.saturating_add(*units);
        }
        for part in parts {
            let sum = sums.entry(part.component).or_default();
            *sum = sum.saturating_add(units.saturating_mul(part.quantity));
        }
    }
    Ok(sums.into_iter().collect())
}

/// The SKU map as a step sees it: asked when the step asks, and once per SKU.
struct SkuMap<'a> {
    tx: &'a dyn Tx,
    connection: &'a str,
    known: RefCell<HashMap<String, SkuAnswer>>,
    failed: RefCell<Option<StoreError>>,
}

impl SkuMap<'_> {
    /// Runs a step with the map. A map that cannot be read fails the whole.
    fn with<T>(
        tx: &dyn Tx,
        connection: &str,
        run: impl FnOnce(&dyn Fn(&str) -> SkuAnswer) -> T,
    ) -> Result<T, StoreError> {
        let map = SkuMap { tx, connection, known: RefCell::default(), failed: RefCell::default() };
        let result = run(&|sku| map.answer(sku));
        map.failed.into_inner().map_or(Ok(result), Err)
    }

    fn answer(&self, sku: &str) -> SkuAnswer {
        if let Some(known) = self.known.borrow().get(sku) {
            return known.clone();
        }
        let answer = sku_answer(self.tx, self.connection, sku).unwrap_or_else(|error| {
            self.failed.borrow_mut().get_or_insert(error);
            SkuAnswer::Unknown
        });
        self.known.borrow_mut().insert(sku.to_owned(), answer.clone());
        answer
    }
}

/// What the SKU map says: a person's alias first, else the item with exactly this code.
pub(crate) fn sku_answer(tx: &dyn Tx, connection: &str, sku: &str) -> Result<SkuAnswer, StoreError> {
    let code = tx.alias(connection, sku)?.unwrap_or_else(|| sku.to_owned());
    Ok(match tx.item(&code)? {
        Some(row) if row.item.active => SkuAnswer::Item(row.item.code),
        Some(row) => SkuAnswer::Inactive(row.item.code),
        None if planted::on(Bug::UnknownSkuAsItem) => SkuAnswer::Item(sku.to_owned()),
        None => SkuAnswer::Unknown,
    })
}
