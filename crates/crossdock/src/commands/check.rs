//! `crossdock check`: is everything ready to go live?
//!
//! Every connection is asked what the hub will ask it every day, through the same connectors and within the same
//! published limits, and what comes back is judged. Nothing is written anywhere. A refused login is tried once: three
//! wrong passwords lock an account.

mod ask;
mod gather;
mod known;
mod mapped;
mod meter;
mod row;
mod rules;
mod rules_channel;
mod rules_feeds;
mod rules_hub;
mod rules_service;
mod way;

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use crossdock_connector::Connector;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::Failure;
use crate::cli::ListArgs;
use crate::clock::Clock;
use crate::commands::views;
use crate::commands::views::client::unreachable;
use crate::commands::views::paper::{Paper, emit};
use crate::commands::views::table::Table;
use crate::config::{self, Config};
use crate::wire::{self, Beside, Route, Secrets};
use gather::Findings;
use known::Known;
use mapped::Mapped;
use row::Row;
use rules_channel::Plan;
use rules_hub::Recorded;
use way::HttpWay;

/// Audits a configuration before it goes live.
pub(crate) fn run(args: &ListArgs) -> Result<(), Failure> {
    let config = config::load(&args.common.config).map_err(Failure::config)?;
    let folder = args.common.config.parent().unwrap_or(Path::new("."));
    let secrets = Recorded::new(Beside(folder), config.peoplevox.name.as_str());
    let parts = wire::parts(&config, &secrets).map_err(Failure::config)?;
    let clock = Clock::real();
    let mut known = known::of_all(&config, folder, &parts.connectors, clock.now())?;
    let bar = bar(parts.connectors.len());
    let mut all = Vec::new();
    for connector in &parts.connectors {
        let name = connector.connection().to_string();
        if bar.is_hidden() {
            eprintln!("crossdock: asking {name}");
        }
        bar.set_prefix(name.clone());
        all.push(match secrets.problem_of(&name) {
            Some(_) => Findings::unasked(connector.as_ref(), "its credentials cannot be read", clock.now()),
            None => ask(connector.as_ref(), &parts.routes, clock, &bar, known.remove(&name).unwrap_or_default())?,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    let mut mapped = Mapped::open(&config, folder)?;
    let restored = mapped.restored();
    let mut rows = audit(&config, &console_token(&config, folder), &secrets, &all, &mut |connection, sku| {
        mapped.item(connection, sku)
    });
    rows.insert(0, rules_hub::restored(restored.as_deref()));
    tell(&rows, &config, args)
}

/// Asks one connection over the network.
fn ask(
    connector: &dyn Connector,
    routes: &[Route],
    clock: Clock,
    bar: &ProgressBar,
    known: Known,
) -> Result<Findings, Failure> {
    let name = connector.connection().to_string();
    let Some(route) = routes.iter().find(|route| route.connection == name) else {
        return Err(Failure::bug(&format!("no route to {name}")));
    };
    match HttpWay::new(route, clock)? {
        Ok(mut way) => Ok(gather::gather(connector, &mut way, &|text| bar.set_message(text.to_owned()), known)),
        Err(unusable) => Ok(Findings::unasked(connector, &unusable, clock.now())),
    }
}

/// Whether the console's token is set and can be read.
fn console_token(config: &Config, folder: &Path) -> Result<bool, String> {
    match &config.console_token {
        None => Ok(false),
        Some(source) => source.read("console_token", folder).map(|_| true).map_err(|fault| fault.to_string()),
    }
}

/// All rows, the hub's own first.
fn audit(
    config: &Config,
    token: &Result<bool, String>,
    secrets: &Recorded<impl Secrets>,
    all: &[Findings],
    item_of: &mut dyn FnMut(&str, &str) -> Option<String>,
) -> Vec<Row> {
    let mut rows = rules_hub::audit(config, token);
    let warehouse = all.iter().find(|findings| findings.warehouse);
    for findings in all {
        rows.push(rules_hub::secret(&findings.connection, secrets.problem_of(&findings.connection).as_deref()));
        rows.extend(rules::audit(findings));
        if let (false, Some(plan)) = (findings.warehouse, Plan::find(config, &findings.connection)) {
            rows.extend(rules_channel::audit(&plan, findings, warehouse, &mut |sku| {
                item_of(&findings.connection, sku)
            }));
            rows.extend(rules_service::audit(config, &findings.connection, warehouse));
        }
    }
    rows
}

/// Prints what was found. Exit 1 when the answer is no, 4 when it is not known because a remote could not be reached.
fn tell(rows: &[Row], config: &Config, args: &ListArgs) -> Result<(), Failure> {
    let verdict = verdict(rows);
    if args.common.json {
        let unreached: BTreeSet<&str> =
            rows.iter().filter(|row| row.unreached).map(|row| row.connection.as_str()).collect();
        views::line(&json!({ "ok": verdict.is_ok(), "unreached": unreached, "checks": rows }));
        return verdict;
    }
    if args.csv {
        emit(&table(rows, |ok| ok.to_string(), "ok").csv());
        return verdict;
    }
    let paper = Paper::of_stdout(&config.merchant.time_zone);
    let table = table(rows, |ok| if ok { "● pass" } else { "■ fail" }.to_owned(), "");
    emit(&paper.coloured(&format!("{}\n{}\n", table.text(paper.width()), summary(rows))));
    verdict
}

fn table(rows: &[Row], word: impl Fn(bool) -> String, heading: &'static str) -> Table {
    let mut table = Table::new(["connection", "check", heading, "evidence", "owner", "next"]);
    for row in rows {
        table.row([
            row.connection.clone(),
            row.check.to_owned(),
            word(row.ok),
            row.evidence.clone(),
            row.owner.to_owned(),
            row.next.clone(),
        ]);
    }
    table
}

/// A no stands whatever else could not be asked; without one, what could not be reached leaves the answer open.
fn verdict(rows: &[Row]) -> Result<(), Failure> {
    let failed = || rows.iter().filter(|row| !row.ok);
    if failed().any(|row| !row.unreached) {
        return Err(Failure::no(""));
    }
    if failed().next().is_some() { Err(unreachable(String::new())) } else { Ok(()) }
}

fn summary(rows: &[Row]) -> String {
    let all = rows.len();
    let failed = rows.iter().filter(|row| !row.ok).count();
    let open = rows.iter().filter(|row| row.unreached).count();
    match failed {
        0 => format!("● All {all} checks pass: ready to go live."),
        _ if failed == open => {
            format!("▲ {open} of {all} checks are open, because a remote could not be reached. Check again.")
        }
        1 => format!("■ 1 of {all} checks fails: not ready to go live."),
        some => format!("■ {some} of {all} checks fail: not ready to go live."),
    }
}

/// Shows on a terminal (its error stream) which question is being asked; a limit can make one wait.
fn bar(connections: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(connections as u64);
    let style = ProgressStyle::with_template("{spinner} [{pos}/{len}] {prefix}: {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

#[cfg(test)]
mod tests;
