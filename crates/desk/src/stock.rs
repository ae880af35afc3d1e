//! Do the marketplaces show the right stock?

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Tone;

/// Which items to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StockFilter {
    /// Only items or SKUs that begin with this text.
    pub text: Option<String>,
    /// `differ`, `unmapped`, `waiting`, `withheld`, or all.
    pub only: Option<String>,
    /// Page, from 1.
    pub page: u32,
}

/// A page of stock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StockList {
    /// The rows, at most 50, by item code.
    pub rows: Vec<StockRow>,
    /// How many match.
    pub total: u64,
    /// The page shown.
    pub page: u32,
    /// Pages.
    pub pages: u32,
    /// Guards that stopped a push.
    pub guards: Vec<GuardView>,
}

/// How one published figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureState {
    /// The marketplace was seen to show what was sent.
    Agrees,
    /// Sent, not read back yet.
    Sent,
    /// Waits to be sent.
    Waiting,
    /// The marketplace shows something else.
    Differs,
    /// The listing's SKU has no warehouse item.
    Unmapped,
    /// A guard holds it.
    Guarded,
}

/// One channel's figure for an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChannelFigure {
    /// The connection.
    pub connection: String,
    /// The SKU there.
    pub sku: String,
    /// The buffer that was taken off.
    pub buffer: i64,
    /// What should be shown.
    pub desired: Option<i64>,
    /// What was last sent.
    pub sent: Option<i64>,
    /// What the marketplace was last seen to show, and when.
    pub read_back: Option<i64>,
    /// When that was.
    pub read_back_at: Option<Timestamp>,
    /// How it stands.
    pub state: FigureState,
    /// In words; where it differs, also why it is not mended yet.
    pub words: String,
    /// How the figure comes about: `12 available − 2 sold, not counted yet − 1 buffer = 9`; empty for an unmapped listing.
    #[serde(default)]
    pub formula: String,
    /// Tone.
    pub tone: Tone,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StockRow {
    /// Item code; the SKU for an unmapped listing.
    pub item: String,
    /// Name.
    pub name: String,
    /// What the warehouse says is available; `None` when it was never seen.
    pub available: Option<i64>,
    /// When that was observed.
    pub observed: Option<Timestamp>,
    /// Sold, but not yet counted by the warehouse.
    pub pending: i64,
    /// Whether it is a kit.
    pub kit: bool,
    /// The channels' figures.
    pub channels: Vec<ChannelFigure>,
}

/// A stopped push.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuardView {
    /// The connection.
    pub connection: String,
    /// Why it stopped, in one sentence with its figures.
    pub sentence: String,
    /// Since when.
    pub since: Timestamp,
}
