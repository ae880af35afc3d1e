//! Parcels: how each stands, on the order's page and in the list of despatches.

use crossdock_desk::{DespatchFilter, DespatchList, DespatchRowView, ParcelView, Tone};
use crossdock_flow::despatch::ParcelStage;
use crossdock_store::{FlowFilter, FlowKind, StoreError};
use jiff::{SignedDuration, Timestamp};

use super::orders::{PAGE, paging, skipped};
use super::view::{Parcel, View};
use super::words;

/// A parcel that the channel does not know this long after it left is at risk.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// The state word of a parcel that needs nothing more.
const CONFIRMED: &str = "confirmed";

/// How a parcel stands, in words, and how bad that is.
pub(super) fn standing(view: &View<'_>, parcel: &Parcel) -> (String, Tone) {
    let title = view.title(&parcel.row.connection);
    let Some(state) = &parcel.state else {
        return ("its record cannot be read".to_owned(), Tone::Broken);
    };
    let left = state.package.despatched_at;
    let pressing = if view.now.duration_since(left) > PATIENCE { Tone::Risk } else { Tone::Waiting };
    if let Some((cause, _, detail)) = &state.held {
        let why = if detail.is_empty() { cause.title() } else { detail };
        return (format!("held: {why}"), Tone::Broken);
    }
    match state.stage {
        ParcelStage::Confirmed => {
            let at = parcel.row.milestones.confirmed.unwrap_or(left);
            (format!("confirmed {} later", words::since(left, at)), Tone::Ok)
        }
        ParcelStage::Confirming => (format!("on its way to {title}"), pressing),
        ParcelStage::AwaitingRest => ("waits for the rest of the order".to_owned(), Tone::Waiting),
        ParcelStage::Left if state.package.tracking.is_empty() => {
            ("waits for its tracking number".to_owned(), pressing)
        }
        ParcelStage::Left => (format!("{title} does not know it yet"), pressing),
    }
}

/// When it left: the parcel's own moment, or when the hub first saw it.
fn left_at(parcel: &Parcel) -> Timestamp {
    parcel
        .state
        .as_ref()
        .map(|state| state.package.despatched_at)
        .or(parcel.row.milestones.despatched)
        .unwrap_or(parcel.row.created)
}

/// A parcel on its order's page.
pub(super) fn on_page(view: &View<'_>, parcel: &Parcel) -> ParcelView {
    let (words, tone) = standing(view, parcel);
    let package = parcel.state.as_ref().map(|state| &state.package);
    ParcelView {
        despatch: package.map_or_else(|| despatch_number(parcel), |package| package.despatch_number.clone()),
        carrier: package.map(|package| package.carrier.clone()).unwrap_or_default(),
        tracking: package.map(|package| package.tracking.clone()).unwrap_or_default(),
        despatched: left_at(parcel),
        confirmed: parcel.row.milestones.confirmed,
        words,
        tone,
        items: package
            .map(|package| package.lines.iter().map(|line| (line.item.clone(), line.quantity)).collect())
            .unwrap_or_default(),
    }
}

/// The despatch number out of the key `order number/despatch number/tracking number`.
fn despatch_number(parcel: &Parcel) -> String {
    parcel.row.key.split('/').nth(1).unwrap_or_default().to_owned()
}

/// A page of despatches: those that the channel does not know yet by deadline, then the others, newest first.
pub(super) fn list(view: &View<'_>, asked: &DespatchFilter) -> Result<DespatchList, StoreError> {
    let skip = skipped(asked.page);
    let open_filter = |connection: Option<String>, offset, limit| FlowFilter {
        connection,
        not_states: vec![CONFIRMED.to_owned()],
        by_deadline: true,
        offset,
        limit,
        ..FlowFilter::default()
    };
    let (mut rows, open_here) =
        view.tx.list_flows(FlowKind::Despatch, &open_filter(asked.channel.clone(), skip, PAGE))?;
    let open = if asked.channel.is_none() {
        open_here
    } else {
        view.tx.list_flows(FlowKind::Despatch, &open_filter(None, 0, 0))?.1
    };
    let mut total = open_here;
    if !asked.open {
        let done = FlowFilter {
            connection: asked.channel.clone(),
            states: vec![CONFIRMED.to_owned()],
            offset: skip.saturating_sub(open_here),
            limit: PAGE.saturating_sub(rows.len() as u64),
            ..FlowFilter::default()
        };
        let (more, count) = view.tx.list_flows(FlowKind::Despatch, &done)?;
        rows.extend(more);
        total += count;
    }
    let (page, pages, _) = paging(asked.page, total);
    let rows = rows.into_iter().map(|row| row_of(view, &Parcel::read(row))).collect();
    Ok(DespatchList { rows, total, open, page, pages })
}

fn row_of(view: &View<'_>, parcel: &Parcel) -> DespatchRowView {
    let ParcelView { despatch, carrier, tracking, despatched, confirmed, words, tone, .. } = on_page(view, parcel);
    let open = parcel.row.state != CONFIRMED;
    DespatchRowView {
        order: parcel.row.number.clone(),
        channel: parcel.row.connection.clone(),
        despatch,
        carrier,
        tracking,
        despatched,
        confirmed,
        words,
        tone,
        due: parcel.row.deadline.filter(|_| open).map(|at| words::due(at, view.now)),
    }
}
