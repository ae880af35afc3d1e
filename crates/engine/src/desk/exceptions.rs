//! What stands in front of a person, grouped by what one fix closes.

use crossdock_desk::{ExceptionGroup, ExceptionView, Tone};
use crossdock_flow::cause::Cause;
use crossdock_store::{GroupRow, StoreError};
use jiff::{SignedDuration, Timestamp};

use super::view::View;
use super::words::{self, count};

/// Exceptions shown of one group.
const MOST: u64 = 100;
/// A first deadline nearer than this is at risk.
const SOON: SignedDuration = SignedDuration::from_hours(4);
/// Bars of a group's chart.
const HOURS: usize = 24;

/// The open groups, worst first; at most `limit`, because each costs two more look-ups.
pub(super) fn groups(view: &View<'_>, limit: usize) -> Result<Vec<ExceptionGroup>, StoreError> {
    let mut rows: Vec<(Tone, GroupRow)> =
        view.tx.groups()?.into_iter().map(|row| (tone(&row, view.now), row)).collect();
    // The store's order (first deadline, then money) decides between equals.
    rows.sort_by_key(|(tone, _)| std::cmp::Reverse(*tone));
    rows.truncate(limit);
    rows.into_iter().map(|(tone, row)| group(view, tone, row)).collect()
}

fn group(view: &View<'_>, tone: Tone, row: GroupRow) -> Result<ExceptionGroup, StoreError> {
    let since = view.now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(view.now);
    let mut per_hour = vec![0_u32; HOURS];
    for at in view.tx.opened_since(&row.fingerprint, since)? {
        if let Some(bar) = usize::try_from(at.duration_since(since).as_hours())
            .ok()
            .and_then(|hour| per_hour.get_mut(hour.min(HOURS - 1)))
        {
            *bar = bar.saturating_add(1);
        }
    }
    let exceptions = view
        .tx
        .open_in_group(&row.fingerprint, MOST)?
        .into_iter()
        .map(|exception| ExceptionView {
            id: exception.id,
            order: exception.number,
            connection: exception.what.connection,
            detail: exception.what.detail,
            opened: exception.opened,
            due: exception.what.due,
            at_risk: exception.what.amount,
        })
        .collect();
    Ok(ExceptionGroup {
        sentence: sentence(view, &row),
        fingerprint: row.fingerprint,
        cause: row.example.what.cause,
        next_action: row.example.what.next_action,
        owner: row.example.what.owner,
        tone,
        count: row.count,
        at_risk: row.at_risk,
        first_due: row.first_due,
        first_seen: row.first_seen,
        last_seen: row.last_seen,
        per_hour,
        exceptions,
    })
}

/// Broken is what stands still whatever the clock says, and what is late; at risk is what is due soon, and what lets a
/// channel sell or a warehouse pick what it should not.
fn tone(row: &GroupRow, now: Timestamp) -> Tone {
    let left = row.first_due.map(|due| due.duration_since(now));
    let code = row.example.what.cause.as_str();
    match Cause::parse(code) {
        Some(Cause::InDoubt | Cause::WarehouseMismatch | Cause::WarehouseConflict | Cause::DespatchMismatch) => {
            Tone::Broken
        }
        Some(Cause::Restored) => Tone::Broken,
        _ if code.starts_with("connection.") => Tone::Broken,
        _ if left.is_some_and(|left| left <= SignedDuration::ZERO) => Tone::Broken,
        Some(
            Cause::StockGuard
            | Cause::ChannelInactive
            | Cause::CancelledLate
            | Cause::OrderChanged
            | Cause::MoreWanted
            | Cause::WarehouseCancelled
            | Cause::Late
            | Cause::Unconfirmed,
        ) => Tone::Risk,
        _ if left.is_some_and(|left| left < SOON) => Tone::Risk,
        _ => Tone::Waiting,
    }
}

/// One sentence about a group.
fn sentence(view: &View<'_>, row: &GroupRow) -> String {
    let what = &row.example.what;
    let title = view.title(&what.connection);
    let warehouse = view.warehouse();
    let subject = row.fingerprint.splitn(3, '/').nth(2).unwrap_or_default();
    let n = row.count;
    let one = n == 1;
    // `1 order waits`, `15 orders wait`.
    let orders = |singular: &str, plural: &str| {
        let verb = if one { singular } else { plural };
        format!("{} {verb}", count(n, "order", "orders"))
    };
    let parcels = |singular: &str, plural: &str| {
        let verb = if one { singular } else { plural };
        format!("{} {verb}", count(n, "parcel", "parcels"))
    };
    let Some(cause) = Cause::parse(&what.cause) else {
        return format!("{}: {}", what.cause, what.detail);
    };
    match cause {
        Cause::SkuMissing => orders("has a line without a SKU", "have a line without a SKU"),
        Cause::SkuUnknown => format!("{} on one unknown SKU: {subject}", orders("waits", "wait")),
        Cause::SkuInactive => {
            format!("{} on an item that is switched off in {warehouse}: SKU {subject}", orders("waits", "wait"))
        }
        Cause::QuantityInvalid => {
            orders("has a quantity that cannot be picked", "have a quantity that cannot be picked")
        }
        Cause::NoLines => orders("has no line to ship", "have no line to ship"),
        Cause::AddressIncomplete => orders("has an incomplete address", "have an incomplete address"),
        Cause::AddressPostcode => orders("has a postcode that is not valid", "have a postcode that is not valid"),
        Cause::AddressTooLong => orders(
            "has an address that is too long for the warehouse",
            "have an address that is too long for the warehouse",
        ),
        Cause::ChannelState => {
            format!("{} in a state of {title} that Crossdock does not know: {subject}", orders("is", "are"))
        }
        Cause::CollectOrder => orders("is collected by the customer", "are collected by the customer"),
        Cause::Unreadable => format!("{} of {title} cannot be read", count(n, "order", "orders")),
        Cause::CancelledLate => format!("{} cancelled at {title} while in the warehouse", orders("was", "were")),
        Cause::OrderChanged => format!("{} changed at {title} while in the warehouse", orders("was", "were")),
        Cause::MoreWanted => {
            format!("{title} expects more units in {} than {warehouse} was given", count(n, "order", "orders"))
        }
        Cause::WarehouseCancelled => {
            format!("{} cancelled in {warehouse} and still expected by {title}", orders("is", "are"))
        }
        Cause::Late => format!("{} {title} should have left by now", orders("for", "for")),
        Cause::Unconfirmed => format!("{} to {title} for an hour", parcels("is not confirmed", "are not confirmed")),
        Cause::CallFailing => {
            format!("{title}: {} failing again and again", if one { "a call is" } else { "calls are" })
        }
        Cause::FeedFailing => words::capital(what.detail.trim_end_matches('.')),
        Cause::AcceptRefused => format!("{title} refused the acceptance of {}", count(n, "order", "orders")),
        Cause::WarehouseRefused => format!("{warehouse} refused {}", count(n, "order", "orders")),
        Cause::WarehouseMismatch => format!(
            "{warehouse} holds {} otherwise than {} sent",
            count(n, "order", "orders"),
            if one { "it was" } else { "they were" }
        ),
        Cause::WarehouseConflict => format!("{} a number that another order has in {warehouse}", orders("has", "have")),
        Cause::FeedUnreadable => words::capital(what.detail.trim_end_matches('.')),
        Cause::InDoubt => format!(
            "Nobody can tell whether {} carried out",
            if one { "1 call was".to_owned() } else { format!("{} were", count(n, "call", "calls")) }
        ),
        Cause::CarrierUnknown => {
            format!("{} on one carrier that is not on {title}'s list: {subject}", parcels("waits", "wait"))
        }
        Cause::TrackingMissing => parcels("left without a tracking number", "left without a tracking number"),
        Cause::DespatchMismatch => parcels("does not fit what was ordered", "do not fit what was ordered"),
        Cause::ShipRefused => format!("{title} refused {}", count(n, "shipment", "shipments")),
        Cause::ListingUnmapped => format!("Listing {subject} at {title} has no warehouse item"),
        Cause::ChannelInactive => words::capital(what.detail.trim_end_matches('.')),
        Cause::StockGuard => {
            format!("A stock push to {title} was stopped: {}", words::small(what.detail.trim_end_matches('.')))
        }
        Cause::StockRefused => format!("{title} refused the stock figure of SKU {subject}"),
        Cause::AuthFailed => format!("{title} refused the credentials"),
        Cause::ScopeMissing => format!("A right or a setting is missing at {title}"),
        Cause::SellerOffline => format!("The shop is switched off at {title}"),
        Cause::WebhookDisabled => format!("{title} switched Crossdock's webhook off"),
        Cause::ConnectionDown => format!("{title} does not answer"),
        Cause::Restored => format!("Nothing is sent anywhere: {}", words::small(what.detail.trim_end_matches('.'))),
    }
}
