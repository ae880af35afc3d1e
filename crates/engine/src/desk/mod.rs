//! The desk: fills the views that people ask for, and does what they decide.
//!
//! A view is made in one consistent read of the database; what only the lanes know (limits, schedules) is copied out of
//! them before. An act is one write transaction, recorded with its actor.
//!
//! Architecture invariant: views change nothing. (The one exception is `why` for an id that nobody knows: it asks the
//! channels.) No lane is locked inside a job of the store: lanes write to the store while they are locked.

mod act;
mod act_connections;
mod act_maps;
mod act_orders;
mod act_restored;
mod calls;
mod connections;
mod exceptions;
mod formula;
mod locate;
mod orders;
mod page;
mod parcels;
mod raw;
mod sides;
mod steps;
mod stock;
mod suggest;
mod today;
mod view;
mod why;
mod words;

#[cfg(test)]
mod tests;

use crossdock_desk::{
    Act, ActDone, ActRefused, ConnectionView, Desk, DeskError, DespatchFilter, DespatchList, ExceptionGroup,
    OrderFilter, OrderList, OrderPage, OrderRow, StockFilter, StockList, Today, Why,
};
use crossdock_store::StoreError;
use jiff::Timestamp;

use crate::Hub;
use view::View;

impl Hub {
    /// Looks at the database once.
    fn look<R>(&self, job: impl FnOnce(&View<'_>) -> Result<R, StoreError>) -> Result<R, DeskError> {
        let (inner, now) = (self.inner.as_ref(), self.inner.latest());
        inner.store.ask(|tx| job(&View { inner, tx, now })).map_err(|error| DeskError::Store(error.to_string()))
    }
}

impl Desk for Hub {
    fn now(&self) -> Timestamp {
        self.inner.latest()
    }

    fn version(&self) -> u64 {
        self.inner.store.version()
    }

    fn merchant(&self) -> String {
        self.inner.settings.merchant.clone()
    }

    fn today(&self) -> Result<Today, DeskError> {
        let facts = connections::gather(&self.inner, self.inner.latest());
        self.look(|view| today::today(view, facts))
    }

    fn orders(&self, filter: &OrderFilter) -> Result<OrderList, DeskError> {
        self.look(|view| orders::list(view, filter))
    }

    fn order(&self, id: &str) -> Result<Option<OrderPage>, DeskError> {
        self.look(|view| page::page(view, id))
    }

    fn find(&self, text: &str) -> Result<Vec<OrderRow>, DeskError> {
        self.look(|view| orders::find(view, text))
    }

    fn why(&self, id: &str) -> Result<Why, DeskError> {
        why::of_any(self, id)
    }

    fn exceptions(&self) -> Result<Vec<ExceptionGroup>, DeskError> {
        self.look(|view| exceptions::groups(view, usize::MAX))
    }

    fn stock(&self, filter: &StockFilter) -> Result<StockList, DeskError> {
        self.look(|view| stock::list(view, filter))
    }

    fn despatches(&self, filter: &DespatchFilter) -> Result<DespatchList, DeskError> {
        self.look(|view| parcels::list(view, filter))
    }

    fn connections(&self) -> Result<Vec<ConnectionView>, DeskError> {
        let facts = connections::gather(&self.inner, self.inner.latest());
        self.look(|view| {
            let figures = view.tx.stock_counts(view.now)?;
            connections::views(view, facts, &figures)
        })
    }

    fn act(&self, actor: &str, act: &Act) -> Result<ActDone, ActRefused> {
        act::act(&self.inner, actor, act)
    }
}
