//! Webhooks and event callbacks: hints, stored before they are answered.

use std::sync::Arc;

use bytes::Bytes;
use crossdock_connector::{Hint, Intake, Read, WebhookRequest};
use crossdock_planted::{self as planted, Bug};
use crossdock_store::{HintRow, StoreError, Tx};
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::Inner;

/// A callback as it arrived.
#[derive(Debug)]
pub struct WebhookDelivery {
    /// `GET` or `POST`.
    pub method: http::Method,
    /// The connection, from the path.
    pub connection: String,
    /// The event, from the path.
    pub event: String,
    /// The secret, from the path.
    pub token: String,
    /// The raw query string.
    pub query: String,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The raw body.
    pub body: Bytes,
}

/// Takes a callback in: 200 once it is on the disk, 503 when it cannot be (or when the signature does not fit, because a
/// 4xx would switch a webhook off), 404 for a connection that does not exist.
pub(crate) fn deliver(inner: &Arc<Inner>, delivery: &WebhookDelivery, now: Timestamp) -> u16 {
    let subscription = inner.store.ask(|tx| {
        let rows = tx.subscriptions(&delivery.connection)?;
        Ok(rows.into_iter().find(|row| row.event == delivery.event))
    });
    let row = match subscription {
        Ok(Some(row))
            if bool::from(row.token.as_bytes().ct_eq(delivery.token.as_bytes()))
                || planted::on(Bug::TokenUnchecked) =>
        {
            row
        }
        // A remote may switch a webhook off after one 4xx, and the path may be one that was given before the data was lost.
        Ok(_) if inner.connectors.contains_key(&delivery.connection) => return 503,
        Ok(_) => return 404,
        Err(_) => return 503,
    };
    let Some(connector) = inner.connectors.get(&delivery.connection) else {
        return 404;
    };
    let request = WebhookRequest {
        method: &delivery.method,
        event: &delivery.event,
        query: &delivery.query,
        headers: &delivery.headers,
        body: &delivery.body,
        secret: &row.secret,
        at: now,
    };
    let hints = match connector.webhook(&request) {
        Intake::Accept(hints) => hints,
        Intake::BadSignature(_) => return 503,
        Intake::Unreadable(_) => return 200,
        Intake::NotForUs => return 404,
    };
    let connection = delivery.connection.clone();
    let source = format!("{connection}/hook");
    let stored = inner.store.change(move |tx| {
        let mut row = row;
        row.last_delivery = Some(now);
        row.deliveries = row.deliveries.saturating_add(1);
        tx.put_subscription(&row)?;
        let mut fresh = 0;
        for hint in hints {
            fresh += u64::from(keep(tx, &connection, &source, hint, now)?);
        }
        Ok(fresh)
    });
    match stored {
        Ok(0) => 200,
        Ok(_) => {
            inner.ring(std::iter::once(delivery.connection.as_str()));
            200
        }
        Err(_) if planted::on(Bug::HintUnstored) => 200,
        Err(_) => 503,
    }
}

fn keep(tx: &mut dyn Tx, connection: &str, source: &str, hint: Hint, now: Timestamp) -> Result<bool, StoreError> {
    if !tx.see(source, &hint.id, "", now)? {
        return Ok(false);
    }
    let kind = hint.look.kind();
    let keys = match hint.look {
        Read::OrdersById { ids } => ids,
        Read::Availability { items, .. } => items,
        Read::DespatchesOf { orders, .. } | Read::WarehouseOrders { orders, .. } => orders,
        _ => Vec::new(),
    };
    for key in keys {
        let hint = HintRow { connection: connection.to_owned(), kind: kind.as_str().to_owned(), key, at: now };
        tx.add_hint(&hint)?;
    }
    Ok(true)
}

/// What a channel calls an order: the warehouse's number is the channel's behind its prefix.
pub(crate) fn own_id(inner: &Inner, connection: &str, id: &str) -> String {
    let rules = inner.rules(connection);
    let own = rules.as_deref().and_then(|rules| id.strip_prefix(rules.prefix.as_str()));
    own.filter(|own| !own.is_empty()).unwrap_or(id).to_owned()
}

/// Asks every channel about an id that the hub never saw (`F99`).
pub(crate) fn ask_about(inner: &Arc<Inner>, id: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let channels: Vec<String> =
        inner.settings.channels.iter().map(|channel| channel.rules.connection.clone()).collect();
    let asked = channels.clone();
    let keys: Vec<String> = channels.iter().map(|connection| own_id(inner, connection, id)).collect();
    inner.store.change(move |tx| {
        for (connection, key) in channels.iter().zip(keys) {
            tx.add_hint(&HintRow { connection: connection.clone(), kind: "orders_by_id".to_owned(), key, at: now })?;
        }
        Ok(())
    })?;
    inner.ring(asked.iter().map(String::as_str));
    Ok(asked)
}
