//! What a hub over the same configuration knows already: how much of each limit it has used, when it last read what. An
//! audit beside a running hub shares its limits, and must not take what the hub needs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crossdock_connector::Connector;
use crossdock_desk::Tone;
use crossdock_model::ConnectionHealth;
use crossdock_store::{Store, StoreError, WindowRow};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};

use crate::Failure;
use crate::commands::views::source::{database_file, running};
use crate::config::Config;

/// What is known of one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether a hub runs now.
    pub(super) running: bool,
    /// Calls made in each window that ends now.
    pub(super) used: BTreeMap<String, u32>,
    /// When a list was last read to its end.
    pub(super) read: BTreeMap<String, Timestamp>,
    /// Lists that a running hub should have read by now.
    pub(super) late: Vec<String>,
    /// The last probe's verdict.
    pub(super) health: Option<ConnectionHealth>,
}

/// Asks the running hub, else its database; before the first start nothing is known.
pub(super) fn of_all(
    config: &Config,
    folder: &Path,
    connectors: &[Arc<dyn Connector>],
    now: Timestamp,
) -> Result<BTreeMap<String, Known>, Failure> {
    if let Some(client) = running(config, folder)? {
        let views = client.connections()?;
        return Ok(views.into_iter().map(|view| (view.name.clone(), of_view(view))).collect());
    }
    let file = database_file(config, folder);
    if !file.exists() {
        return Ok(BTreeMap::new());
    }
    // Opened for a moment only: while the remotes are asked a hub may want to start.
    let store = match SqliteStore::open(&file, &config.merchant.id, SqliteOptions::default()) {
        Ok(store) => Arc::new(store) as Arc<dyn Store>,
        Err(StoreError::InUse(_)) => return Ok(BTreeMap::new()),
        Err(error) => return Err(Failure::store(error)),
    };
    let mut all = BTreeMap::new();
    for connector in connectors {
        let name = connector.connection().to_string();
        let lengths: BTreeMap<String, SignedDuration> =
            connector.windows().into_iter().map(|budget| (budget.window, budget.per)).collect();
        let known = store.ask(|tx| {
            Ok(Known {
                running: false,
                used: used(&tx.windows(&name)?, &lengths, now),
                read: tx.schedules(&name)?.into_iter().filter_map(|row| Some((row.name, row.last_good?))).collect(),
                late: Vec::new(),
                health: tx.connection(&name)?.health,
            })
        });
        all.insert(name, known.map_err(Failure::store)?);
    }
    Ok(all)
}

fn of_view(view: crossdock_desk::ConnectionView) -> Known {
    // The desk writes names with spaces.
    let name = |text: &str| text.replace(' ', "_");
    let late = view.schedules.iter().filter(|row| row.tone >= Tone::Risk).map(|row| name(&row.name)).collect();
    Known {
        running: true,
        used: view.windows.into_iter().map(|window| (window.name, window.used)).collect(),
        read: view.schedules.iter().filter_map(|row| Some((name(&row.name), row.last_good?))).collect(),
        late,
        health: view.state.map(|state| ConnectionHealth { state, detail: view.detail }),
    }
}

/// The calls of each window that ends now.
fn used(rows: &[WindowRow], lengths: &BTreeMap<String, SignedDuration>, now: Timestamp) -> BTreeMap<String, u32> {
    rows.iter()
        .filter_map(|row| {
            let since = now.checked_sub(*lengths.get(&row.window)?).ok()?.as_microsecond();
            let calls = row.calls.iter().filter(|(at, _)| *at > since).map(|(_, calls)| *calls);
            Some((row.window.clone(), calls.fold(0, u32::saturating_add)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_inside_the_window_are_counted() {
        let now = Timestamp::from_second(1_000).unwrap();
        let row = |window: &str, calls: &[(i64, u32)]| WindowRow {
            connection: "jl".into(),
            window: window.into(),
            calls: calls.iter().map(|(second, calls)| (second * 1_000_000, *calls)).collect(),
        };
        let lengths = [("calls".to_owned(), SignedDuration::from_secs(15))].into();
        let rows = [row("calls", &[(980, 9), (985, 4), (986, 2), (999, 1)]), row("gone", &[(999, 1)])];
        assert_eq!(used(&rows, &lengths, now), [("calls".to_owned(), 3)].into());
    }
}
