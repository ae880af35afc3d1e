//! What people have mapped already: a SKU with a mapping needs no item of its own name.

use std::path::Path;
use std::sync::Arc;

use crossdock_desk::{FigureState, StockFilter};
use crossdock_flow::cause::Cause;
use crossdock_store::{Store, StoreError};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};

use crate::Failure;
use crate::commands::views::client::Client;
use crate::commands::views::source::{database_file, running};
use crate::config::Config;

/// Questions to a running hub; where thousands of SKUs have no item, mappings are not what is missing.
const MOST_QUESTIONS: u32 = 2_000;

/// Where mappings are known.
pub(super) enum Mapped {
    /// A hub runs: it knows.
    Hub {
        /// How to ask it.
        client: Box<Client>,
        /// How many more questions are reasonable.
        left: u32,
    },
    /// None runs: its database knows.
    Database(Arc<dyn Store>),
    /// There is neither.
    Nothing,
}

impl Mapped {
    /// The running hub, else the database, else nothing: before the first start there are no mappings.
    pub(super) fn open(config: &Config, folder: &Path) -> Result<Self, Failure> {
        if let Some(client) = running(config, folder)? {
            return Ok(Self::Hub { client: Box::new(client), left: MOST_QUESTIONS });
        }
        let file = database_file(config, folder);
        if !file.exists() {
            return Ok(Self::Nothing);
        }
        match SqliteStore::open(&file, &config.merchant.id, SqliteOptions::default()) {
            Ok(store) => Ok(Self::Database(Arc::new(store))),
            Err(StoreError::InUse(_)) => Ok(Self::Nothing),
            Err(error) => Err(Failure::store(error)),
        }
    }

    /// Why the hub writes nowhere, or will not when it starts: its database was restored.
    pub(super) fn restored(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Hub { client, .. } => {
                let groups = client.exceptions().ok()?;
                groups.into_iter().find(|group| group.cause == Cause::Restored.code()).map(|group| group.sentence)
            }
            Self::Database(store) => {
                let known = store.ask(|tx| tx.lineage()).ok()?.and_then(|row| row.restored).map(|(_, why)| why);
                known.or_else(|| crossdock_engine::came_back(store.as_ref()).ok().flatten())
            }
        }
    }

    /// The item that a person said a SKU is. Without an answer there is none.
    pub(super) fn item(&mut self, connection: &str, sku: &str) -> Option<String> {
        match self {
            Self::Nothing | Self::Hub { left: 0, .. } => None,
            Self::Database(store) => store.ask(|tx| tx.alias(connection, sku)).ok().flatten(),
            Self::Hub { client, left } => {
                *left -= 1;
                let filter = StockFilter { text: Some(sku.to_owned()), only: None, page: 1 };
                let Ok(list) = client.stock(&filter) else {
                    // A hub that does not answer is not asked again for every SKU.
                    *self = Self::Nothing;
                    return None;
                };
                let row = list.rows.into_iter().find(|row| {
                    row.channels.iter().any(|channel| {
                        channel.connection == connection && channel.sku == sku && channel.state != FigureState::Unmapped
                    })
                });
                row.map(|row| row.item)
            }
        }
    }
}
