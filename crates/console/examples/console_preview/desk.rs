//! A desk that answers from made-up data and moves by itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crossdock_desk::{
    Act, ActDone, ActRefused, ConnectionView, Desk, DeskError, DespatchFilter, DespatchList, ExceptionGroup,
    OrderFilter, OrderList, OrderPage, OrderRow, StockFilter, StockList, Today, Tone, Why,
};
use jiff::{Timestamp, ToSpan};

use crate::{data, orders};

/// The preview's desk.
pub(crate) struct Preview {
    empty: bool,
    begun: Instant,
    acts: AtomicU64,
}

#[expect(clippy::disallowed_methods, reason = "a preview for people's eyes runs on the real clock")]
fn begin() -> Instant {
    Instant::now()
}

impl Preview {
    /// A busy Monday.
    pub(crate) fn busy() -> Self {
        Self { empty: false, begun: begin(), acts: AtomicU64::new(0) }
    }

    /// A hub that was just set up.
    pub(crate) fn empty() -> Self {
        Self { empty: true, ..Self::busy() }
    }

    fn elapsed(&self) -> u64 {
        self.begun.elapsed().as_secs()
    }

    /// Orders that came in since the start: one in eight seconds.
    fn all(&self) -> Vec<OrderRow> {
        if self.empty { Vec::new() } else { orders::rows(self.now(), self.elapsed() / 8) }
    }
}

fn page_of<T>(rows: Vec<T>, page: u32) -> (Vec<T>, u64, u32) {
    let total = rows.len() as u64;
    let pages = u32::try_from(total.div_ceil(50)).unwrap_or(1);
    let skip = (page.max(1) as usize - 1) * 50;
    (rows.into_iter().skip(skip).take(50).collect(), total, pages)
}

impl Desk for Preview {
    fn now(&self) -> Timestamp {
        data::opening() + i64::try_from(self.elapsed()).unwrap_or(0).seconds()
    }

    fn version(&self) -> u64 {
        if self.empty { 0 } else { self.elapsed() / 4 + self.acts.load(Ordering::Relaxed) }
    }

    fn merchant(&self) -> String {
        "Northgate Home".to_owned()
    }

    fn today(&self) -> Result<Today, DeskError> {
        Ok(if self.empty { data::nothing(self.now()) } else { data::today(self.now(), self.elapsed() / 8) })
    }

    fn orders(&self, filter: &OrderFilter) -> Result<OrderList, DeskError> {
        let now = self.now();
        let mut rows = self.all();
        rows.retain(|row| {
            filter.channel.as_ref().is_none_or(|name| *name == row.channel)
                && filter.state.as_ref().is_none_or(|state| *state == row.state)
                && filter.text.as_ref().is_none_or(|text| row.number.starts_with(text.as_str()))
                && filter.cause.as_deref().is_none_or(|cause| match cause {
                    "sku.unknown" => row.words.contains("unknown SKU"),
                    "address.postcode" => row.words.contains("postcode"),
                    _ => false,
                })
                && filter
                    .due_within_hours
                    .is_none_or(|hours| row.due.as_ref().is_some_and(|due| due.at < now + i64::from(hours).hours()))
        });
        if filter.due_within_hours.is_some() {
            rows.sort_by_key(|row| row.due.as_ref().map(|due| due.at));
        }
        let (rows, total, pages) = page_of(rows, filter.page);
        Ok(OrderList { rows, total, page: filter.page.max(1), pages })
    }

    fn order(&self, id: &str) -> Result<Option<OrderPage>, DeskError> {
        let row = self.all().into_iter().find(|row| row.number.eq_ignore_ascii_case(id));
        Ok(row.map(|row| orders::page(row, self.now())))
    }

    fn find(&self, text: &str) -> Result<Vec<OrderRow>, DeskError> {
        let text = text.to_ascii_lowercase();
        let mut rows = self.all();
        rows.retain(|row| {
            row.number.to_ascii_lowercase().starts_with(&text)
                || row.place.to_ascii_lowercase().ends_with(&text)
                || (text == "jl-88213-nvy" && row.words.contains("SKU"))
        });
        rows.truncate(50);
        Ok(rows)
    }

    fn why(&self, id: &str) -> Result<Why, DeskError> {
        Ok(Why {
            id: id.to_owned(),
            known: false,
            sentence: format!(
                "No order, parcel or item is known as {id}; John Lewis and Marketplacer were asked and do not know it."
            ),
            state: None,
            cause: None,
            owner: None,
            fix: Some("Check the number; orders of the last minute may not have been read yet".to_owned()),
            due: None,
            others: 0,
            tone: Tone::Waiting,
        })
    }

    fn exceptions(&self) -> Result<Vec<ExceptionGroup>, DeskError> {
        Ok(if self.empty { Vec::new() } else { data::exceptions(self.now()) })
    }

    fn stock(&self, filter: &StockFilter) -> Result<StockList, DeskError> {
        let mut list = if self.empty { StockList::default() } else { data::stock(self.now()) };
        list.rows.retain(|row| {
            let begins = |text: &String| {
                let text = text.to_ascii_uppercase();
                row.item.starts_with(&text) || row.channels.iter().any(|figure| figure.sku.starts_with(&text))
            };
            filter.text.as_ref().is_none_or(begins)
                && filter.only.as_deref().is_none_or(|only| row.channels.iter().any(|figure| data::is(figure, only)))
        });
        let (rows, total, pages) = page_of(list.rows, filter.page);
        Ok(StockList { rows, total, page: filter.page.max(1), pages, guards: list.guards })
    }

    fn despatches(&self, filter: &DespatchFilter) -> Result<DespatchList, DeskError> {
        let mut rows = if self.empty { Vec::new() } else { data::despatches(self.now()) };
        let open = rows.iter().filter(|row| row.confirmed.is_none()).count() as u64;
        rows.retain(|row| {
            filter.channel.as_ref().is_none_or(|name| *name == row.channel) && (!filter.open || row.confirmed.is_none())
        });
        let (rows, total, pages) = page_of(rows, filter.page);
        Ok(DespatchList { rows, total, open, page: filter.page.max(1), pages })
    }

    fn connections(&self) -> Result<Vec<ConnectionView>, DeskError> {
        Ok(if self.empty { data::silent() } else { data::connections(self.now()) })
    }

    fn act(&self, _: &str, act: &Act) -> Result<ActDone, ActRefused> {
        self.acts.fetch_add(1, Ordering::Relaxed);
        match act {
            Act::MapSku { sku, item, .. } if item.starts_with("NO") => Err(ActRefused {
                sentence: format!(
                    "The warehouse has no item {item}, so {sku} was not mapped. Create the item first, or check the code."
                ),
            }),
            Act::MapSku { sku, item, .. } => Ok(ActDone { sentence: format!("{sku} is {item} now. 15 orders go on.") }),
            _ => Ok(ActDone { sentence: "Done.".to_owned() }),
        }
    }
}
