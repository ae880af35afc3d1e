//! The connection flow: is it alive, and does it tell us of changes?

use crossdock_connector::{Capability, Operation, ReadKind, Session, WatchedEvent};
use crossdock_flow::cause::Cause;
use crossdock_model::{ConnectionHealth, ConnectionState};
use crossdock_store::{NewEffect, StoreError, SubscriptionRow, Tx};
use jiff::Timestamp;

use super::orders::fingerprint;
use super::stock::standalone;
use crate::Inner;

/// The causes that a probe opens and closes.
const PROBED: [(ConnectionState, Cause); 5] = [
    (ConnectionState::AuthFailed, Cause::AuthFailed),
    (ConnectionState::ScopeMissing, Cause::ScopeMissing),
    (ConnectionState::SellerOffline, Cause::SellerOffline),
    (ConnectionState::WebhookDisabled, Cause::WebhookDisabled),
    (ConnectionState::Down, Cause::ConnectionDown),
];

/// A probe was answered, or a connection changed its state otherwise.
pub(crate) fn health_seen(
    tx: &mut dyn Tx,
    connection: &str,
    health: &ConnectionHealth,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (state, cause) in PROBED {
        if health.state == state {
            tx.open_exception(&standalone(connection, cause, "", health.detail.clone()), now)?;
        } else {
            tx.resolve_fingerprint(&fingerprint(cause.code(), connection, ""), "the connection is well again", now)?;
        }
    }
    Ok(())
}

/// A row of a list could not be read: it is left out, and a person is told.
pub(crate) fn row_unreadable(
    tx: &mut dyn Tx,
    connection: &str,
    kind: ReadKind,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = format!("a row of {} cannot be read: {reason}", kind.as_str());
    tx.open_exception(&standalone(connection, Cause::FeedUnreadable, kind.as_str(), detail), now)?;
    Ok(())
}

/// A list was asked for in vain again and again, while the connection answers.
pub(crate) fn feed_fails(
    tx: &mut dyn Tx,
    connection: &str,
    kind: ReadKind,
    problem: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let detail = format!("{connection}: {} cannot be read: {problem}", kind.as_str().replace('_', " "));
    tx.open_exception(&standalone(connection, Cause::FeedFailing, kind.as_str(), detail), now)?;
    Ok(())
}

/// It was read.
pub(crate) fn feed_goes_on(
    tx: &mut dyn Tx,
    connection: &str,
    kind: ReadKind,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mark = fingerprint(Cause::FeedFailing.code(), connection, kind.as_str());
    tx.resolve_fingerprint(&mark, "it was read", now)?;
    Ok(())
}

/// A whole list was read without such a row.
pub(crate) fn rows_readable(
    tx: &mut dyn Tx,
    connection: &str,
    kind: ReadKind,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mark = fingerprint(Cause::FeedUnreadable.code(), connection, kind.as_str());
    tx.resolve_fingerprint(&mark, "every row could be read", now)?;
    Ok(())
}

/// Asks the remote to tell us of changes, once per event; again when the webhook was switched off there.
pub(crate) fn plan_watches(
    inner: &Inner,
    tx: &mut dyn Tx,
    connection: &str,
    session: &Session,
    disabled: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (Some(base), Some(connector)) = (&inner.settings.public_url, inner.connectors.get(connection)) else {
        return Ok(());
    };
    let capabilities = connector.capabilities(session);
    if !capabilities.contains(&Capability::Push) {
        return Ok(());
    }
    let events: &[WatchedEvent] = if capabilities.contains(&Capability::Warehouse) {
        &[WatchedEvent::Availability, WatchedEvent::Despatch]
    } else {
        &[WatchedEvent::Order]
    };
    let known = tx.subscriptions(connection)?;
    // The whole address: another port is another address, however the texts begin.
    let ours = format!("{}/in/", base.trim_end_matches('/'));
    for event in events {
        let row = match known.iter().find(|row| row.event == event.as_str()) {
            Some(row) if !disabled && row.url.starts_with(&ours) => continue,
            Some(row) if row.url.starts_with(&ours) => row.clone(),
            _ => {
                let token = inner.secret();
                let url = format!("{ours}{connection}/{}/{token}", event.as_str());
                SubscriptionRow {
                    connection: connection.to_owned(),
                    event: event.as_str().to_owned(),
                    token,
                    secret: inner.secret(),
                    url,
                    remote_id: None,
                    created: now,
                    last_delivery: None,
                    deliveries: 0,
                }
            }
        };
        tx.put_subscription(&row)?;
        let operation = Operation::Watch { event: *event, url: row.url.clone(), secret: row.secret.clone() };
        let again = if disabled { format!("@{}", now.as_second()) } else { String::new() };
        let effect = NewEffect {
            connection: connection.to_owned(),
            kind: operation.kind().as_str().to_owned(),
            key: format!("watch/{connection}/{}/{}{again}", event.as_str(), &row.token[..row.token.len().min(12)]),
            flow: None,
            object: format!("watch/{}", event.as_str()),
            priority: super::orders::priority(operation.kind()),
            deadline: None,
            stage: String::new(),
            operation: serde_json::to_string(&operation).map_err(|error| StoreError::Bug(error.to_string()))?,
            not_before: now,
        };
        tx.plan_effect(&effect, now)?;
    }
    Ok(())
}
