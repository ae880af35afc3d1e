//! The console's lists as tables: what waits for a person, stock, despatches, connections.

use std::fmt::Write as _;

use crossdock_desk::{ConnectionView, DespatchList, ExceptionGroup, StockList};

use super::paper::{Paper, clean, counted, grouped, shape, tone, word};
use super::table::Table;

/// Exceptions of one cause that the text shows; a file holds all that the desk gives.
const SHOWN: usize = 10;

/// What waits for a person, a block for each cause.
pub(crate) fn exceptions(groups: &[ExceptionGroup], paper: &Paper) -> String {
    if groups.is_empty() {
        return "● Nothing waits for a person.\n".to_owned();
    }
    let mut out = String::new();
    for group in groups {
        let _ = writeln!(out, "{} {}", shape(group.tone), clean(&group.sentence));
        let mut facts =
            vec![word(group.tone).to_owned(), format!("{} ({})", group.next_action, group.owner), group.cause.clone()];
        facts.extend(group.at_risk.map(|money| format!("{money} at risk")));
        facts.extend(group.first_due.map(|due| format!("first due {}", paper.time(due))));
        let _ = writeln!(out, "  {}", clean(&facts.join(" · ")));
        let mut table = Table::new(["order", "connection", "detail", "opened", "due"]);
        for one in group.exceptions.iter().take(SHOWN) {
            table.row([
                if one.order.is_empty() { "-".to_owned() } else { one.order.clone() },
                one.connection.clone(),
                one.detail.clone(),
                paper.time(one.opened),
                paper.maybe(one.due),
            ]);
        }
        for line in table.text(paper.width().map(|width| width.saturating_sub(2))).lines() {
            let _ = writeln!(out, "  {line}");
        }
        let more = group.count.saturating_sub(group.exceptions.len().min(SHOWN) as u64);
        if more > 0 {
            let _ = writeln!(out, "  and {} more", grouped(more));
        }
        out.push('\n');
    }
    let all = groups.iter().map(|group| group.count).sum();
    let _ = writeln!(
        out,
        "{} with {}.",
        counted(all, "exception", "exceptions"),
        counted(groups.len() as u64, "cause", "causes")
    );
    out
}

/// One row for each exception.
pub(crate) fn exceptions_csv(groups: &[ExceptionGroup]) -> Table {
    let mut table = Table::new([
        "cause",
        "tone",
        "owner",
        "next_action",
        "id",
        "order",
        "connection",
        "detail",
        "opened",
        "due",
        "at_risk",
        "currency",
    ]);
    for group in groups {
        for one in &group.exceptions {
            table.row([
                group.cause.clone(),
                word(group.tone).to_owned(),
                group.owner.clone(),
                group.next_action.clone(),
                one.id.to_string(),
                one.order.clone(),
                one.connection.clone(),
                one.detail.clone(),
                one.opened.to_string(),
                one.due.map_or_else(String::new, |due| due.to_string()),
                one.at_risk.map_or_else(String::new, crossdock_model::Money::decimal),
                one.at_risk.map_or_else(String::new, |money| money.currency.to_string()),
            ]);
        }
    }
    table
}

fn figure(value: Option<i64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// One row for each published figure.
pub(crate) fn stock(list: &StockList, paper: &Paper) -> String {
    let mut out = String::new();
    for guard in &list.guards {
        let _ = writeln!(
            out,
            "▲ {}: {} Stopped since {}. Let it go out with: crossdock stock release {}",
            clean(&guard.connection),
            clean(&guard.sentence),
            paper.time(guard.since),
            clean(&guard.connection)
        );
    }
    if !list.guards.is_empty() {
        out.push('\n');
    }
    let mut table =
        Table::new(["item", "name", "available", "sold", "channel", "SKU", "should show", "sent", "shows", "", "how"])
            .right(&[2, 3, 6, 7, 8]);
    for row in &list.rows {
        let kit = if row.kit { " (kit)" } else { "" };
        let own = [
            format!("{}{kit}", row.item),
            row.name.clone(),
            figure(row.available),
            if row.pending == 0 { String::new() } else { row.pending.to_string() },
        ];
        if row.channels.is_empty() {
            let [item, name, available, pending] = own;
            let none = String::new;
            table.row([item, name, available, pending, "-".to_owned(), none(), none(), none(), none(), none(), none()]);
            continue;
        }
        for (index, channel) in row.channels.iter().enumerate() {
            // The item is named once; its other channels follow below it.
            let [item, name, available, pending] = if index == 0 { own.clone() } else { Default::default() };
            table.row([
                item,
                name,
                available,
                pending,
                channel.connection.clone(),
                channel.sku.clone(),
                figure(channel.desired),
                figure(channel.sent),
                figure(channel.read_back),
                tone(channel.tone).to_owned(),
                channel.words.clone(),
            ]);
        }
    }
    if table.is_empty() {
        out.push_str("No item fits.\n");
        return out;
    }
    out.push_str(&table.text(paper.width()));
    out.push_str(&extent(list.rows.len(), list.total, "item", "items"));
    out
}

/// One row for each published figure, with everything repeated.
pub(crate) fn stock_csv(list: &StockList) -> Table {
    let mut table = Table::new([
        "item",
        "name",
        "available",
        "observed",
        "pending",
        "kit",
        "connection",
        "sku",
        "buffer",
        "desired",
        "sent",
        "read_back",
        "read_back_at",
        "tone",
        "words",
    ]);
    let plain = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
    let moment = |at: Option<jiff::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    for row in &list.rows {
        let own = [
            row.item.clone(),
            row.name.clone(),
            plain(row.available),
            moment(row.observed),
            row.pending.to_string(),
            row.kit.to_string(),
        ];
        for channel in &row.channels {
            let [item, name, available, observed, pending, kit] = own.clone();
            table.row([
                item,
                name,
                available,
                observed,
                pending,
                kit,
                channel.connection.clone(),
                channel.sku.clone(),
                channel.buffer.to_string(),
                plain(channel.desired),
                plain(channel.sent),
                plain(channel.read_back),
                moment(channel.read_back_at),
                word(channel.tone).to_owned(),
                channel.words.clone(),
            ]);
        }
        if row.channels.is_empty() {
            let [item, name, available, observed, pending, kit] = own;
            let none = String::new;
            table.row([
                item,
                name,
                available,
                observed,
                pending,
                kit,
                none(),
                none(),
                none(),
                none(),
                none(),
                none(),
                none(),
                none(),
                none(),
            ]);
        }
    }
    table
}

/// One row for each parcel.
pub(crate) fn despatches(list: &DespatchList, paper: &Paper) -> String {
    let mut table =
        Table::new(["", "order", "channel", "despatch", "carrier", "tracking", "left", "confirmed", "how", "due"]);
    for row in &list.rows {
        table.row([
            tone(row.tone).to_owned(),
            row.order.clone(),
            row.channel.clone(),
            row.despatch.clone(),
            row.carrier.clone(),
            row.tracking.clone(),
            paper.time(row.despatched),
            paper.maybe(row.confirmed),
            row.words.clone(),
            row.due.as_ref().map_or_else(String::new, |due| due.words.clone()),
        ]);
    }
    let open = if list.open == 0 {
        "● Everything that left has been confirmed.\n".to_owned()
    } else {
        format!("▲ {} not confirmed yet.\n", counted(list.open, "parcel is", "parcels are"))
    };
    if table.is_empty() {
        return open;
    }
    format!("{}{}{open}", table.text(paper.width()), extent(list.rows.len(), list.total, "parcel", "parcels"))
}

/// One row for each parcel.
pub(crate) fn despatches_csv(list: &DespatchList) -> Table {
    let mut table = Table::new([
        "order",
        "channel",
        "despatch",
        "carrier",
        "tracking",
        "despatched",
        "confirmed",
        "tone",
        "words",
        "due",
    ]);
    for row in &list.rows {
        table.row([
            row.order.clone(),
            row.channel.clone(),
            row.despatch.clone(),
            row.carrier.clone(),
            row.tracking.clone(),
            row.despatched.to_string(),
            row.confirmed.map_or_else(String::new, |at| at.to_string()),
            word(row.tone).to_owned(),
            row.words.clone(),
            row.due.as_ref().map_or_else(String::new, |due| due.at.to_string()),
        ]);
    }
    table
}

/// The connections, what waits for each, and the schedules.
pub(crate) fn connections(views: &[ConnectionView], paper: &Paper) -> String {
    let mut table = Table::new(["", "connection", "kind", "state", "last good", "limits used", "waiting", "push"]);
    for view in views {
        let windows: Vec<String> = view
            .windows
            .iter()
            .filter(|window| window.used > 0)
            .map(|window| format!("{} {}/{} in {} s", window.name, window.used, window.limit, window.per_seconds))
            .collect();
        table.row([
            tone(view.tone).to_owned(),
            view.name.clone(),
            format!("{} ({})", view.kind, view.role),
            view.words.clone(),
            paper.maybe(view.last_good),
            if windows.is_empty() { "-".to_owned() } else { windows.join(", ") },
            queue(view),
            view.push.clone(),
        ]);
    }
    let mut out = table.text(paper.width());
    for view in views.iter().filter(|view| !view.detail.is_empty()) {
        let _ = writeln!(out, "{} {}: {}", shape(view.tone), clean(&view.name), clean(&view.detail));
    }
    let mut schedules =
        Table::new(["", "connection", "schedule", "last good", "next", "failures", "problem"]).right(&[5]);
    for view in views {
        for schedule in &view.schedules {
            schedules.row([
                tone(schedule.tone).to_owned(),
                view.name.clone(),
                schedule.name.clone(),
                paper.maybe(schedule.last_good),
                paper.maybe(schedule.next),
                schedule.failures.to_string(),
                schedule.problem.clone(),
            ]);
        }
    }
    if !schedules.is_empty() {
        let _ = write!(out, "\nSCHEDULES\n{}", schedules.text(paper.width()));
    }
    out
}

fn queue(view: &ConnectionView) -> String {
    let waiting: Vec<String> = view
        .queue
        .iter()
        .filter(|queue| queue.waiting + queue.in_doubt + queue.held > 0)
        .map(|queue| {
            let mut text = format!("{} {}", grouped(queue.waiting), queue.what);
            if queue.in_doubt > 0 {
                let _ = write!(text, ", {} in doubt", queue.in_doubt);
            }
            if queue.held > 0 {
                let _ = write!(text, ", {} held", queue.held);
            }
            text
        })
        .collect();
    if waiting.is_empty() { "-".to_owned() } else { waiting.join("; ") }
}

/// One row for each connection.
pub(crate) fn connections_csv(views: &[ConnectionView]) -> Table {
    let mut table = Table::new([
        "connection",
        "kind",
        "role",
        "tone",
        "words",
        "detail",
        "last_good",
        "waiting",
        "in_doubt",
        "held",
    ]);
    for view in views {
        let sum = |count: fn(&crossdock_desk::QueueView) -> u64| view.queue.iter().map(count).sum::<u64>().to_string();
        table.row([
            view.name.clone(),
            view.kind.clone(),
            view.role.clone(),
            word(view.tone).to_owned(),
            view.words.clone(),
            view.detail.clone(),
            view.last_good.map_or_else(String::new, |at| at.to_string()),
            sum(|queue| queue.waiting),
            sum(|queue| queue.in_doubt),
            sum(|queue| queue.held),
        ]);
    }
    table
}

/// `812 items.`, or how many of them are shown and how to have all.
fn extent(shown: usize, total: u64, one: &str, many: &str) -> String {
    if shown as u64 >= total {
        format!("\n{}.\n", counted(shown as u64, one, many))
    } else {
        format!("\nThe first {shown} of {}; --csv and --json give all.\n", counted(total, one, many))
    }
}

#[cfg(test)]
mod tests;
