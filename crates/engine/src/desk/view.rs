//! What every view looks through: one consistent read, the rules and the moment.

use std::sync::Arc;

use crossdock_flow::ChannelRules;
use crossdock_flow::despatch::DespatchState;
use crossdock_flow::order::{OrderState, Telling, tell};
use crossdock_model::Address;
use crossdock_store::{FlowRow, ReadTx, StoreError};
use jiff::Timestamp;

use super::words;
use crate::Inner;
use crate::apply::{read_order, read_parcel};

/// One look at the database.
pub(super) struct View<'a> {
    pub(super) inner: &'a Inner,
    pub(super) tx: &'a dyn ReadTx,
    pub(super) now: Timestamp,
}

impl View<'_> {
    /// A connection's name for people.
    pub(super) fn title(&self, connection: &str) -> String {
        title(self.inner, connection)
    }

    /// The warehouse's name for people.
    pub(super) fn warehouse(&self) -> String {
        self.title(&self.inner.settings.warehouse)
    }

    /// A channel's rules; the defaults for a channel that is no longer configured, whose orders are still there.
    pub(super) fn rules(&self, connection: &str) -> Arc<ChannelRules> {
        self.inner
            .rules(connection)
            .unwrap_or_else(|| Arc::new(ChannelRules::new(connection, &words::name(connection), "")))
    }

    /// How many others wait on the fingerprint. Causes without a subject stand alone: one fix closes one of them.
    pub(super) fn others(&self, cause: &str, connection: &str, subject: &str) -> Result<u64, StoreError> {
        if subject.is_empty() {
            return Ok(0);
        }
        let fingerprint = crate::apply::fingerprint(cause, connection, subject);
        let waiting = self.tx.flows_waiting_on(&fingerprint, 10_001)?;
        Ok((waiting.len() as u64).saturating_sub(1))
    }
}

/// A connection's name for people.
pub(super) fn title(inner: &Inner, connection: &str) -> String {
    inner.rules(connection).map_or_else(|| words::name(connection), |rules| rules.title.clone())
}

/// An order with what it means.
pub(super) struct Order {
    pub(super) row: FlowRow,
    /// `None` for a placeholder whose document was never readable.
    pub(super) state: Option<OrderState>,
    pub(super) rules: Arc<ChannelRules>,
}

impl Order {
    pub(super) fn read(view: &View<'_>, row: FlowRow) -> Self {
        Self { state: read_order(&row).ok(), rules: view.rules(&row.connection), row }
    }

    pub(super) fn telling(&self, now: Timestamp, others: u64) -> Option<Telling> {
        self.state.as_ref().map(|state| tell(state, &self.rules, now, others))
    }
}

/// A parcel with what it means.
pub(super) struct Parcel {
    pub(super) row: FlowRow,
    pub(super) state: Option<DespatchState>,
}

impl Parcel {
    pub(super) fn read(row: FlowRow) -> Self {
        Self { state: read_parcel(&row).ok(), row }
    }
}

/// Where an order goes, with a person's correction laid over what the marketplace said.
pub(super) fn address(state: &OrderState) -> Address {
    let said = &state.order.ship_to;
    state.fix.as_ref().map_or_else(|| said.clone(), |fix| fix.over(said))
}
