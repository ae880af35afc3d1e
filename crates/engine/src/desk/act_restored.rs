//! Letting a hub write again whose database was restored.

use std::sync::Arc;

use crossdock_connector::ReadKind;
use crossdock_model::ConnectionState;
use crossdock_store::StoreError;
use jiff::Timestamp;

use super::act::Said;
use super::view::title;
use super::words;
use crate::Inner;
use crate::lineage;

/// Lets it write again, once everything was read since and no call of the hub before can be under way any more.
///
/// A connection that does not answer is not waited for: nothing can be written to it either, and its looks come first
/// when it answers again. Nor is a list that fails again and again, about which a person was told. The warehouse's figures
/// are waited for in any case: they are what the marketplaces are told, and old ones sell what has left.
pub(super) fn release(inner: &Arc<Inner>, actor: &str) -> Result<Said, StoreError> {
    let now = inner.latest();
    let Some((since, _)) = lineage::restored(inner.store.as_ref())? else {
        if inner.recovery.reads_only() {
            // It stopped writing, and could not write that down.
            lineage::release(inner, actor, now)?;
        }
        return Ok(Err("The database was not restored, so there is nothing to release.".to_owned()));
    };
    let settled = since.saturating_add(inner.settings.timings.doubling_horizon).unwrap_or(since);
    if now < settled {
        let left = words::since(now, settled);
        return Ok(Err(format!(
            "What the hub sent before may still be arriving. Release it in {left}, at {}.",
            words::clock(settled, now, &inner.settings.zone)
        )));
    }
    let (unread, silent) = unread(inner, since);
    if !unread.is_empty() {
        return Ok(Err(format!("Not read again yet: {}. Wait until it was, then release it.", words::listed(&unread))));
    }
    lineage::release(inner, actor, now)?;
    let but = if silent.is_empty() {
        String::new()
    } else {
        format!(" Not read since the restore: {}.", words::listed(&silent))
    };
    Ok(Ok(format!("Released. Everything is looked up once more before it is sent.{but}")))
}

/// What was not read since, and what is not waited for.
fn unread(inner: &Inner, since: Timestamp) -> (Vec<String>, Vec<String>) {
    let (mut unread, mut silent) = (Vec::new(), Vec::new());
    for name in inner.connection_names() {
        let Some(lane) = inner.lane(&name) else { continue };
        let row = lane.row();
        let state = row.health.as_ref().map(|health| health.state);
        let dumb = row.stopped || matches!(state, Some(ConnectionState::Down | ConnectionState::AuthFailed));
        for (schedule, _) in lane.schedule_rows() {
            // Neither a probe nor a list of carriers says what was done before.
            let matters = schedule.name != ReadKind::Health.as_str() && schedule.name != ReadKind::Carriers.as_str();
            if !matters || schedule.last_good.is_some_and(|at| at >= since) {
                continue;
            }
            let what = format!("{} of {}", schedule.name.replace('_', " "), title(inner, &name));
            let figures = name == inner.settings.warehouse && schedule.name == ReadKind::Availability.as_str();
            if (dumb || schedule.failures > 2) && !figures {
                silent.push(what);
            } else {
                unread.push(what);
            }
        }
    }
    (unread, silent)
}
