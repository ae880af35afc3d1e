//! Stock: one push of the newest figures, unless the cliff guard holds it.

use std::sync::Arc;

use crossdock_connector::{Operation, OperationKind, Step, StockLine};
use crossdock_flow::StockMode;
use crossdock_flow::cause::Cause;
use crossdock_flow::stock::{Cliff, guard};
use crossdock_store::{NewEffect, NewException, StoreError};
use jiff::Timestamp;
use serde_json::Value;

use super::Lane;
use super::pick::Soonest;
use crate::Inner;

impl Lane {
    /// Makes one effect of the figures that wait, if the channel may be told now. Returns whether it did.
    pub(super) fn plan_stock(
        &mut self,
        inner: &Arc<Inner>,
        now: Timestamp,
        soonest: &mut Soonest,
    ) -> Result<bool, StoreError> {
        // A restored hub plans no figures: those of the day of its release are the right ones.
        if inner.recovery.reads_only() {
            return Ok(false);
        }
        let Some(channel) = inner.settings.channel(&self.name) else {
            return Ok(false);
        };
        let Some(rules) = inner.rules(&self.name) else {
            return Ok(false);
        };
        if self.row.guard.is_some() {
            return Ok(false);
        }
        let passes = self.guard_pass_until.is_some_and(|until| until > now);
        if let Some(at) = self.next_stock.filter(|at| *at > now) {
            soonest.at(at);
            return Ok(false);
        }
        let stage = self.connector.first_stage(&Operation::SetStock { lines: Vec::new() }, &self.session);
        let limit = self.connector.batch_limit(OperationKind::SetStock, &stage).max(1);
        let limit = limit.min(self.stock_cap.unwrap_or(usize::MAX));
        let (name, window) = (self.name.clone(), inner.settings.timings.guard_window);
        let since = now.saturating_sub(window).unwrap_or(now);
        let (rows, counts) = inner.store.ask(|tx| {
            let rows = tx.dirty_listings(&name, limit as u64)?;
            let counts = if rows.is_empty() { Vec::new() } else { tx.stock_counts(since)? };
            Ok((rows, counts))
        })?;
        if rows.is_empty() {
            self.stock_cap = None;
            return Ok(false);
        }
        if let Some(count) = counts.iter().find(|row| row.connection == self.name)
            && !passes
        {
            let cliff = Cliff {
                listings: count.listings,
                in_stock: count.in_stock,
                to_zero: count.to_zero,
                zeroed: count.zeroed,
                changing: count.waiting,
            };
            if let Some(sentence) = guard(cliff, &rules.guard) {
                self.stop_push(inner, sentence, now)?;
                return Ok(false);
            }
        }
        let lines: Vec<StockLine> = rows
            .iter()
            .filter_map(|row| {
                let (listing, sku) = (row.listing.clone(), row.sku.clone());
                row.desired.map(|quantity| StockLine { listing, sku, quantity })
            })
            .collect();
        let listings: Vec<String> = lines.iter().map(|line| line.listing.clone()).collect();
        let operation = Operation::SetStock { lines };
        let step = Step { effect: "", operation: &operation, stage: &stage, note: &Value::Null, attempt: 0 };
        if let Ok(call) = self.connector.plan(&[step], &self.session)
            && let Some(until) = self.blocked(&call, now)
        {
            soonest.at(until);
            return Ok(false);
        }
        let effect = NewEffect {
            connection: self.name.clone(),
            kind: operation.kind().as_str().to_owned(),
            key: format!("stock/{}/{}", self.name, now.as_microsecond()),
            flow: None,
            object: "stock".to_owned(),
            priority: crate::apply::priority(OperationKind::SetStock),
            deadline: None,
            stage: stage.as_str().to_owned(),
            operation: serde_json::to_string(&operation).map_err(|error| StoreError::Bug(error.to_string()))?,
            not_before: now,
        };
        let name = self.name.clone();
        let planned = inner.store.change(move |tx| {
            // One push under way per channel; the next one takes the newest figures.
            if tx.queue(&name)?.iter().any(|row| row.kind == effect.kind && row.waiting + row.in_doubt > 0) {
                return Ok(false);
            }
            let Some(id) = tx.plan_effect(&effect, now)? else {
                return Ok(false);
            };
            tx.stock_flying(&name, id, &listings)?;
            Ok(true)
        })?;
        if planned {
            self.queue.forget();
        }
        if planned && rules.stock_mode == StockMode::Schedule {
            self.next_stock = now.saturating_add(channel.stock_every).ok();
        }
        Ok(planned)
    }

    fn stop_push(&mut self, inner: &Arc<Inner>, sentence: String, now: Timestamp) -> Result<(), StoreError> {
        self.row.guard = Some((sentence.clone(), now));
        let row = self.row.clone();
        let cause = Cause::StockGuard;
        let exception = NewException {
            flow: None,
            connection: self.name.clone(),
            cause: cause.code().to_owned(),
            fingerprint: format!("{}/{}", cause.code(), self.name),
            owner: cause.owner().to_owned(),
            detail: sentence,
            next_action: cause.next_action().to_owned(),
            due: None,
            amount: None,
        };
        inner.store.change(move |tx| {
            tx.put_connection(&row, now)?;
            tx.open_exception(&exception, now)?;
            Ok(())
        })
    }
}
