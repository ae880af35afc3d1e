//! Do the marketplaces show the right stock?

use std::collections::{HashMap, HashSet};

use crossdock_connector::OperationKind;
use crossdock_desk::{ChannelFigure, FigureState, GuardView, StockCounts, StockFilter, StockList, StockRow, Tone};
use crossdock_flow::cause::Cause;
use crossdock_flow::stock::promisable;
use crossdock_store::{ItemRow, ListingRow, StockCountRow, StockQuery, StoreError};
use jiff::Timestamp;

use super::formula::{self, Basis};
use super::orders::{PAGE, paging, skipped};
use super::view::View;
use super::words;

/// How many rows are looked at to add up what buffers hold back: what is held back has no index of its own.
const WITHHELD_ROWS: u64 = 1_000;

/// A page of stock.
pub(super) fn list(view: &View<'_>, asked: &StockFilter) -> Result<StockList, StoreError> {
    let query =
        StockQuery { text: asked.text.clone(), only: asked.only.clone(), offset: skipped(asked.page), limit: PAGE };
    let (found, total) = view.tx.stock_page(&query)?;
    let guards = guards(view)?;
    let pushes = pushes(view)?;
    let kits = view.tx.has_kits()?;
    let mut rows = Vec::with_capacity(found.len());
    for (item, listings) in found {
        rows.extend(row(view, item, &listings, &pushes, kits)?);
    }
    let (page, pages, _) = paging(asked.page, total);
    Ok(StockList { rows, total, page, pages, guards })
}

/// The pushes that stand still.
fn guards(view: &View<'_>) -> Result<Vec<GuardView>, StoreError> {
    let mut guards = Vec::new();
    for channel in &view.inner.settings.channels {
        let connection = &channel.rules.connection;
        if let Some((sentence, since)) = view.tx.connection(connection)?.guard {
            guards.push(GuardView { connection: connection.clone(), sentence: words::sentence(&sentence), since });
        }
    }
    Ok(guards)
}

/// How the pushes of a channel stand.
#[derive(Debug, Clone, Copy, Default)]
struct Push {
    /// A guard holds them.
    guarded: bool,
    /// Nobody knows whether the one under way arrived.
    in_doubt: bool,
    /// The channel takes figures and does not publish them.
    ignored: bool,
}

fn pushes(view: &View<'_>) -> Result<HashMap<String, Push>, StoreError> {
    let ignored: HashSet<String> = view
        .tx
        .groups()?
        .into_iter()
        .filter(|group| group.example.what.cause == Cause::ChannelInactive.code())
        .map(|group| group.example.what.connection)
        .collect();
    let mut pushes = HashMap::new();
    for channel in &view.inner.settings.channels {
        let connection = &channel.rules.connection;
        let kind = OperationKind::SetStock.as_str();
        let push = Push {
            guarded: view.tx.connection(connection)?.guard.is_some(),
            in_doubt: view.tx.queue(connection)?.iter().any(|row| row.kind == kind && row.in_doubt > 0),
            ignored: ignored.contains(connection),
        };
        pushes.insert(connection.clone(), push);
    }
    Ok(pushes)
}

fn row(
    view: &View<'_>,
    item: Option<ItemRow>,
    listings: &[ListingRow],
    pushes: &HashMap<String, Push>,
    kits: bool,
) -> Result<Option<StockRow>, StoreError> {
    let basis = item.as_ref().map(|item| formula::basis(view, item, kits)).transpose()?;
    let channels: Vec<ChannelFigure> = listings
        .iter()
        .map(|listing| {
            let push = pushes.get(&listing.connection).copied().unwrap_or_default();
            figure(view, listing, push, basis.as_ref())
        })
        .collect();
    if let Some(item) = item {
        let code = item.item.code;
        return Ok(Some(StockRow {
            pending: view.tx.demand_of(&code)?,
            kit: matches!(basis, Some(Basis::Kit(_))) || kits && !view.tx.kit_parts(&code)?.is_empty(),
            name: item.item.name,
            available: item.available,
            observed: item.observed,
            item: code,
            channels,
        }));
    }
    // A listing without an item, or one whose item has left the item master.
    let Some(first) = listings.first() else {
        return Ok(None);
    };
    let item = first.item.clone().unwrap_or_else(|| first.sku.clone());
    Ok(Some(StockRow {
        item: if item.is_empty() { first.listing.clone() } else { item },
        name: first.title.clone(),
        available: None,
        observed: None,
        pending: 0,
        kit: false,
        channels,
    }))
}

fn figure(view: &View<'_>, listing: &ListingRow, push: Push, basis: Option<&Basis>) -> ChannelFigure {
    let (state, mut words, tone) = standing(listing, push, view.now);
    let rules = view.rules(&listing.connection);
    if !listing.active {
        let because = listing.inactive_because.trim();
        words.push_str("; not on sale there");
        if !because.is_empty() {
            words.push_str(": ");
            words.push_str(because);
        }
    }
    ChannelFigure {
        connection: listing.connection.clone(),
        sku: listing.sku.clone(),
        buffer: rules.buffer,
        formula: basis.filter(|_| listing.item.is_some()).map(|basis| basis.words(&rules)).unwrap_or_default(),
        desired: listing.desired,
        sent: listing.sent,
        // Less than none: the channel did not say; the largest number: it sells without a limit.
        read_back: (0..i64::MAX).contains(&listing.published).then_some(listing.published),
        read_back_at: Some(listing.published_at),
        state,
        words,
        tone,
    }
}

/// How a listing's figure stands.
fn standing(listing: &ListingRow, push: Push, now: Timestamp) -> (FigureState, String, Tone) {
    let said = |state, words: &str, tone| (state, words.to_owned(), tone);
    if listing.item.is_none() {
        return said(FigureState::Unmapped, "no warehouse item", Tone::Broken);
    }
    if push.guarded && listing.dirty {
        return said(FigureState::Guarded, "held by the guard", Tone::Risk);
    }
    if listing.differs > 0 && listing.published == i64::MAX {
        return said(FigureState::Differs, "sells without a limit", Tone::Broken);
    }
    if listing.differs > 0 {
        let sent = listing.sent.unwrap_or(listing.published);
        let (by, way) = match listing.published.saturating_sub(sent) {
            by @ ..0 => (by.unsigned_abs(), "less"),
            by => (by.unsigned_abs(), "more"),
        };
        let mending = mending(listing, push).map(|words| format!("; {words}")).unwrap_or_default();
        let words = format!("shows {} {way} than was sent{mending}", words::grouped(by));
        return (FigureState::Differs, words, Tone::Risk);
    }
    if listing.flying.is_some() && push.in_doubt {
        return said(FigureState::Waiting, IN_DOUBT, Tone::Risk);
    }
    if listing.flying.is_some() {
        return said(FigureState::Waiting, "being sent", Tone::Waiting);
    }
    if listing.dirty {
        return said(FigureState::Waiting, "waits to be sent", Tone::Waiting);
    }
    if listing.desired.is_none() {
        return said(FigureState::Waiting, "the warehouse has not said how much there is", Tone::Waiting);
    }
    match (listing.sent, listing.sent_at) {
        (Some(sent), Some(at)) if at > listing.published_at || listing.published != sent => {
            let words = format!("sent {}, not read back", words::ago(at, now));
            (FigureState::Sent, words, Tone::Waiting)
        }
        _ => said(FigureState::Agrees, "agrees", Tone::Ok),
    }
}

/// A push is dropped after a doubt and the next one carries the newest figure, so this is all there is to say.
const IN_DOUBT: &str = "in doubt: the push got no answer; the next one carries the newest figure";

/// Why a figure that differs is not mended yet.
fn mending(listing: &ListingRow, push: Push) -> Option<String> {
    if listing.flying.is_some() {
        return Some(if push.in_doubt { IN_DOUBT.to_owned() } else { "being sent again".to_owned() });
    }
    let times = match listing.differs {
        0 | 1 => String::new(),
        times => format!(", seen {times} times in a row"),
    };
    if push.ignored {
        return Some(format!("the channel takes figures and does not show them{times}"));
    }
    (listing.dirty || !times.is_empty()).then(|| format!("waits to be sent again{times}"))
}

/// Stock in numbers, over all channels.
pub(super) fn counts(view: &View<'_>, rows: &[StockCountRow]) -> Result<StockCounts, StoreError> {
    let sum = |part: fn(&StockCountRow) -> u64| rows.iter().map(part).fold(0_u64, u64::saturating_add);
    Ok(StockCounts {
        listings: sum(|row| row.listings),
        differ: sum(|row| row.differ),
        unmapped: sum(|row| row.unmapped),
        withheld: withheld(view)?,
        waiting: sum(|row| row.waiting),
    })
}

/// The units that buffers hold back, of the first thousand items with any: per listing its buffer, but never more than
/// there is. An overview's figure, not an account.
fn withheld(view: &View<'_>) -> Result<i64, StoreError> {
    if view.inner.settings.channels.iter().all(|channel| view.rules(&channel.rules.connection).buffer <= 0) {
        return Ok(0);
    }
    let query = StockQuery { only: Some("withheld".to_owned()), limit: WITHHELD_ROWS, ..StockQuery::default() };
    let (rows, _) = view.tx.stock_page(&query)?;
    if rows.is_empty() {
        return Ok(0);
    }
    let demand: HashMap<String, i64> = view.tx.demand()?.into_iter().collect();
    let mut sum = 0_i64;
    for (item, listings) in rows {
        let Some((code, available)) = item.and_then(|row| Some((row.item.code, row.available?))) else {
            continue;
        };
        let there = promisable(available, demand.get(&code).copied().unwrap_or(0));
        for listing in listings.iter().filter(|listing| listing.desired.is_some()) {
            let buffer = view.rules(&listing.connection).buffer.max(0);
            sum = sum.saturating_add(buffer.min(there));
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + second).unwrap()
    }

    fn listing() -> ListingRow {
        ListingRow {
            connection: "jl".into(),
            listing: "1".into(),
            sku: "A".into(),
            title: String::new(),
            item: Some("A".into()),
            published: 5,
            published_at: at(0),
            active: true,
            inactive_because: String::new(),
            desired: Some(5),
            sent: Some(5),
            sent_at: Some(at(-60)),
            flying: None,
            dirty: false,
            differs: 0,
        }
    }

    #[test]
    fn b023_a_figure_agrees_only_when_it_was_read_back() {
        let said = |listing: &ListingRow, guarded| standing(listing, Push { guarded, ..Push::default() }, at(4));
        assert_eq!(said(&listing(), false).0, FigureState::Agrees);
        let sent = ListingRow { sent: Some(3), desired: Some(3), sent_at: Some(at(0)), ..listing() };
        assert_eq!(said(&sent, false).1, "sent 4 s ago, not read back");
        let differs = ListingRow { differs: 1, ..sent };
        assert_eq!(said(&differs, false).1, "shows 2 more than was sent");
        let dirty = ListingRow { dirty: true, ..listing() };
        assert_eq!(said(&dirty, false).0, FigureState::Waiting);
        assert_eq!(said(&dirty, true).0, FigureState::Guarded);
        let unmapped = ListingRow { item: None, ..listing() };
        assert_eq!(said(&unmapped, true).0, FigureState::Unmapped);
    }

    #[test]
    fn a_figure_that_differs_says_why_it_is_not_mended_yet() {
        let seen = |times| ListingRow { differs: times, sent: Some(3), desired: Some(3), ..listing() };
        let said = |listing: &ListingRow, push| standing(listing, push, at(4)).1;
        let dirty = ListingRow { dirty: true, ..seen(1) };
        assert_eq!(said(&dirty, Push::default()), "shows 2 more than was sent; waits to be sent again");
        let flying = ListingRow { flying: Some(7), ..seen(2) };
        assert_eq!(said(&flying, Push::default()), "shows 2 more than was sent; being sent again");
        let doubt = Push { in_doubt: true, ..Push::default() };
        assert!(said(&flying, doubt).ends_with(IN_DOUBT));
        let ignored = Push { ignored: true, ..Push::default() };
        assert_eq!(
            said(&ListingRow { dirty: true, ..seen(3) }, ignored),
            "shows 2 more than was sent; the channel takes figures and does not show them, seen 3 times in a row"
        );
        let under_way = ListingRow { flying: Some(7), ..listing() };
        assert_eq!(standing(&under_way, doubt, at(4)).2, Tone::Risk);
    }
}
