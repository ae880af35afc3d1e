//! A remote write is settled: whoever wanted it learns so.

use crossdock_connector::{Evidence, Operation, OperationKind, RejectCode, Rejection, StockLine};
use crossdock_flow::cause::Cause;
use crossdock_flow::despatch::DespatchEvent;
use crossdock_flow::order::OrderEvent;
use crossdock_store::{EffectRow, FlowKind, NewException, StoreError, Tx};
use jiff::Timestamp;

use super::orders::fingerprint;
use super::parcels::ask_for_parcels;
use super::{order_event, parcel_event};
use crate::Inner;
use crate::lineage;
use crate::ripple::Ripple;

/// How an effect ended.
#[derive(Debug, Clone)]
pub(crate) enum Settled {
    /// Done, and seen to be done.
    Done(Evidence),
    /// Refused for good.
    Refused(Rejection),
    /// Nobody can tell.
    Doubtful(String),
    /// It was taken back. `sent`: something of it may be at the remote.
    Withdrawn {
        /// See there.
        sent: bool,
    },
}

/// Tells the effect's cause how it ended.
pub(crate) fn settle(
    inner: &Inner,
    tx: &mut dyn Tx,
    effect: &EffectRow,
    operation: &Operation,
    settled: Settled,
    now: Timestamp,
    ripple: &mut Ripple,
) -> Result<(), StoreError> {
    match operation {
        Operation::SetStock { lines } => return stock(tx, effect, lines, settled, now),
        Operation::Watch { event, .. } => return watch(tx, effect, *event, settled, now),
        Operation::CreateOrder(_) | Operation::AcceptOrder { .. } | Operation::ConfirmDespatch(_) => {}
    }
    let Some(row) = effect.flow.map(|id| tx.flow(id)).transpose()?.flatten() else {
        return Ok(());
    };
    let kind = operation.kind();
    match row.kind {
        FlowKind::Order => {
            let created = kind == OperationKind::CreateOrder && matches!(settled, Settled::Done(_));
            // A replayed order (`…#1`) may be there from the time before; nothing of this hub has touched this one.
            if created && effect.attempt == 0 && !effect.doubted && !effect.key.contains('#') {
                lineage::stranger(inner, tx, row.created, now)?;
            }
            let event = match settled {
                Settled::Done(evidence) if evidence.facts["cancelled"] == true => OrderEvent::Refused {
                    kind,
                    rejection: Rejection::new(RejectCode::WrongState, "the order is cancelled in the warehouse"),
                },
                Settled::Done(evidence) => OrderEvent::Done { kind, evidence: evidence.summary },
                Settled::Refused(rejection) => OrderEvent::Refused { kind, rejection },
                Settled::Doubtful(detail) => OrderEvent::Doubtful { kind, detail },
                Settled::Withdrawn { sent } => OrderEvent::Withdrawn { sent },
            };
            order_event(inner, tx, row, event, now, ripple)?;
            if created && effect.attempt == 0 {
                // It was there already. What left of it meanwhile was no order of this hub's when the report was read.
                let number = effect.object.strip_prefix("sales-order/").unwrap_or(&effect.object);
                ask_for_parcels(inner, tx, number, now, ripple)?;
            }
            if created && let Operation::CreateOrder(draft) = operation {
                draft.lines.iter().for_each(|line| ripple.item(line.item.clone()));
            }
            Ok(())
        }
        FlowKind::Despatch => {
            let event = match settled {
                Settled::Done(evidence) => DespatchEvent::Confirmed { evidence: evidence.summary },
                Settled::Refused(rejection) => DespatchEvent::Refused(rejection),
                Settled::Doubtful(detail) => DespatchEvent::Doubtful(detail),
                // Only warehouse orders are taken back.
                Settled::Withdrawn { .. } => return Ok(()),
            };
            parcel_event(inner, tx, row, event, now, ripple)
        }
    }
}

/// A call that fails again and again stands in front of somebody, while it is tried on.
pub(crate) fn effect_fails(tx: &mut dyn Tx, effect: &EffectRow, now: Timestamp) -> Result<(), StoreError> {
    let cause = Cause::CallFailing;
    let exception = NewException {
        flow: effect.flow,
        connection: effect.connection.clone(),
        cause: cause.code().to_owned(),
        fingerprint: failing(effect),
        owner: cause.owner().to_owned(),
        detail: format!("{}: {}", effect.kind.replace('_', " "), effect.evidence),
        next_action: cause.next_action().to_owned(),
        due: effect.deadline,
        amount: None,
    };
    tx.open_exception(&exception, now)?;
    Ok(())
}

/// It does not any more.
pub(crate) fn effect_goes_on(tx: &mut dyn Tx, effect: &EffectRow, now: Timestamp) -> Result<(), StoreError> {
    match effect.flow {
        Some(flow) => tx.resolve_of_flow(flow, Some(Cause::CallFailing.code()), "it was carried out", now)?,
        None => tx.resolve_fingerprint(&failing(effect), "it was carried out", now)?,
    };
    Ok(())
}

fn failing(effect: &EffectRow) -> String {
    fingerprint(Cause::CallFailing.code(), &effect.connection, &effect.kind)
}

fn stock(
    tx: &mut dyn Tx,
    effect: &EffectRow,
    lines: &[StockLine],
    settled: Settled,
    now: Timestamp,
) -> Result<(), StoreError> {
    let connection = effect.connection.as_str();
    match settled {
        Settled::Done(evidence) => {
            let refused = refused_lines(&evidence);
            let skus: std::collections::BTreeSet<&str> = refused.iter().map(|(sku, _)| sku.as_str()).collect();
            let is_refused = |line: &StockLine| skus.contains(line.sku.as_str());
            if evidence.facts["unnamed"].as_u64().unwrap_or(0) > 0 {
                // Some lines were refused and nobody can say which: none counts as sent.
                tx.stock_landed(connection, effect.id, true)?;
                for (sku, reason) in &refused {
                    refuse(tx, connection, sku, reason, now)?;
                }
                return Ok(());
            }
            let sent: Vec<(String, i64)> = lines
                .iter()
                .filter(|line| !is_refused(line))
                .map(|line| (line.listing.clone(), line.quantity))
                .collect();
            tx.stock_sent(connection, effect.id, &sent, now)?;
            for line in lines.iter().filter(|line| !is_refused(line)).take(1_000) {
                let mark = fingerprint(Cause::StockRefused.code(), connection, &line.sku);
                tx.resolve_fingerprint(&mark, "the channel took the figure", now)?;
            }
            if !refused.is_empty() {
                tx.stock_landed(connection, effect.id, false)?;
            }
            for (sku, reason) in refused {
                refuse(tx, connection, &sku, &reason, now)?;
            }
            Ok(())
        }
        // Figures are absolute and the newest wins: what is in doubt is simply sent again, with today's figure.
        Settled::Doubtful(_) | Settled::Withdrawn { .. } => tx.stock_landed(connection, effect.id, true),
        Settled::Refused(rejection) => {
            let alone = lines.len() == 1;
            tx.stock_landed(connection, effect.id, !alone)?;
            if let (true, Some(line)) = (alone, lines.first()) {
                refuse(tx, connection, &line.sku, &rejection.detail, now)?;
            }
            Ok(())
        }
    }
}

/// The rows that an import reported as wrong: `facts.errors = [{sku, reason}]`.
fn refused_lines(evidence: &Evidence) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let Some(errors) = evidence.facts.get("errors").and_then(serde_json::Value::as_array) else {
        return Vec::new();
    };
    errors.iter().map(|error| (text(&error["sku"]), text(&error["reason"]))).collect()
}

fn refuse(tx: &mut dyn Tx, connection: &str, sku: &str, reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let cause = Cause::StockRefused;
    let exception = NewException {
        flow: None,
        connection: connection.to_owned(),
        cause: cause.code().to_owned(),
        fingerprint: fingerprint(cause.code(), connection, sku),
        owner: cause.owner().to_owned(),
        detail: format!("SKU {sku}: {reason}"),
        next_action: cause.next_action().to_owned(),
        due: None,
        amount: None,
    };
    tx.open_exception(&exception, now)?;
    Ok(())
}

fn watch(
    tx: &mut dyn Tx,
    effect: &EffectRow,
    event: crossdock_connector::WatchedEvent,
    settled: Settled,
    now: Timestamp,
) -> Result<(), StoreError> {
    match settled {
        Settled::Done(evidence) => {
            let known = tx.subscriptions(&effect.connection)?;
            if let Some(mut row) = known.into_iter().find(|row| row.event == event.as_str()) {
                let id = ["subscription_id", "webhook_id"].iter().find_map(|key| evidence.facts.get(key));
                row.remote_id = Some(id.map_or_else(
                    || "known".to_owned(),
                    |id| id.as_str().map_or_else(|| id.to_string(), str::to_owned),
                ));
                tx.put_subscription(&row)?;
            }
            let cause = Cause::WebhookDisabled.code();
            tx.resolve_fingerprint(&fingerprint(cause, &effect.connection, ""), "switched on again", now)?;
            Ok(())
        }
        // Polling does the work alone; the connection page says that nothing is pushed.
        Settled::Refused(_) | Settled::Doubtful(_) | Settled::Withdrawn { .. } => Ok(()),
    }
}
