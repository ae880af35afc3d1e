//! Hints: one read for all that wait.

use std::sync::Arc;

use crossdock_connector::{Read, ReadKind};
use crossdock_store::{HintRow, StoreError};
use jiff::{SignedDuration, Timestamp};

use super::pick::Soonest;
use super::{Lane, LaneTurn, Source, Work};
use crate::Inner;

impl Lane {
    /// One read for all the hints of a kind that wait (`lanes and budgets`: a burst costs one read).
    pub(super) fn hinted(
        &mut self,
        inner: &Arc<Inner>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<Option<LaneTurn>, StoreError> {
        if let Some((read, source)) = self.pages.pop() {
            return self.look(inner, read, source, now, soonest, true);
        }
        let name = self.name.clone();
        let hints = inner.store.ask(|tx| tx.hints(&name, 400))?;
        let busy = self.flights.values().any(|f| matches!(&f.work, Work::Read { source: Source::Hints { .. }, .. }));
        let Some(first) = hints.first().filter(|_| !busy) else {
            return Ok(None);
        };
        // With much of the window used, a short wait lets a burst become one call.
        let calm = if self.half_used(now) { SignedDuration::from_secs(2) } else { SignedDuration::ZERO };
        let ripe = first.at.saturating_add(calm).unwrap_or(now);
        if ripe > now {
            soonest.at(ripe);
            return Ok(None);
        }
        let same: Vec<&HintRow> = hints.iter().filter(|hint| hint.kind == first.kind).take(100).collect();
        let keys: Vec<String> = same.iter().map(|hint| hint.key.clone()).collect();
        let Some((kind, read)) = hint_read(&first.kind, keys.clone()) else {
            return Ok(None);
        };
        // Served are the hints that had arrived by now.
        let asked = now.saturating_add(SignedDuration::from_micros(1)).unwrap_or(now);
        self.look(inner, read, Source::Hints { kind, keys, asked, rows: Vec::new() }, now, soonest, false)
    }

    fn look(
        &mut self,
        inner: &Arc<Inner>,
        read: Read,
        source: Source,
        now: Timestamp,
        soonest: &mut Soonest,
        put_back: bool,
    ) -> Result<Option<LaneTurn>, StoreError> {
        let Ok(call) = self.connector.plan_read(&read, &self.session) else {
            if let Source::Hints { kind, keys, asked, .. } = source {
                let name = self.name.clone();
                inner.store.change(move |tx| tx.serve_hints(&name, kind.as_str(), &keys, asked))?;
            }
            return Ok(None);
        };
        if let Some(until) = self.blocked(&call, now) {
            soonest.at(until);
            if put_back {
                self.pages.push((read, source));
            }
            return Ok(None);
        }
        self.launch(inner, call, Work::Read { read, source }, Vec::new(), now).map(Some)
    }

    fn half_used(&mut self, now: Timestamp) -> bool {
        self.meters.values_mut().any(|meter| {
            let (used, limit) = meter.usage(now);
            used.saturating_mul(2) > limit
        })
    }
}

fn hint_read(kind: &str, keys: Vec<String>) -> Option<(ReadKind, Read)> {
    let page = crossdock_connector::Page::first();
    match kind {
        "availability" => Some((ReadKind::Availability, Read::Availability { items: keys, page })),
        "orders_by_id" => Some((ReadKind::OrdersById, Read::OrdersById { ids: keys })),
        "despatches_of" => Some((ReadKind::DespatchesOf, Read::DespatchesOf { orders: keys, page })),
        "warehouse_orders" => Some((ReadKind::WarehouseOrders, Read::WarehouseOrders { orders: keys, page })),
        _ => None,
    }
}
