//! What people ask of the hub, as plain data.
//!
//! The console, the command line and the JSON API all show these views; the engine fills them. Sentences are made once,
//! here and in `flow`, so that a page and a terminal never disagree.
//!
//! Architecture invariant: no SQL, no HTML, no wire type, no remote's name.

mod act;
mod connections;
mod despatch;
mod exceptions;
mod order;
mod stock;
mod today;

pub use act::{Act, ActDone, ActRefused, AddressParts};
pub use connections::{ConnectionView, QueueView, ScheduleView, WindowView};
pub use despatch::{DespatchFilter, DespatchList, DespatchRowView};
pub use exceptions::{ExceptionGroup, ExceptionView};
pub use order::{
    CallView, Due, LineView, OrderFilter, OrderList, OrderPage, OrderRow, ParcelView, Side, Sides, Step, StepMark, Why,
};
pub use stock::{ChannelFigure, FigureState, GuardView, StockFilter, StockList, StockRow};
pub use today::{HourBar, OrderCounts, Spread, StockCounts, Today};

use jiff::Timestamp;

/// Why a question could not be answered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeskError {
    /// The database did not answer; the text says why.
    #[error("the database did not answer: {0}")]
    Store(String),
}

/// How a thing stands, for colour, shape and word: ok ● green, waiting ◐ blue, at risk ▲ amber, broken ■ red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As it should be.
    Ok,
    /// Under way, nothing to do.
    Waiting,
    /// Somebody should act before a clock runs out.
    Risk,
    /// Standing still until somebody acts.
    Broken,
}

/// The six questions, and the acts that follow from their answers. All calls may block on the database for some
/// milliseconds; call them from a blocking context.
pub trait Desk: Send + Sync {
    /// The hub's clock (simulated in a demonstration).
    fn now(&self) -> Timestamp;
    /// Grows whenever anything visible changed; live pages ask again when it moves.
    fn version(&self) -> u64;
    /// The merchant's name for the header.
    fn merchant(&self) -> String;
    /// What needs me now?
    fn today(&self) -> Result<Today, DeskError>;
    /// Orders by filter.
    fn orders(&self, filter: &OrderFilter) -> Result<OrderList, DeskError>;
    /// One order by any id (channel number, warehouse number, tracking number, alias); `None` if the hub never saw it.
    fn order(&self, id: &str) -> Result<Option<OrderPage>, DeskError>;
    /// Everything that an id could mean: the orders that match, best first, at most 50.
    fn find(&self, text: &str) -> Result<Vec<OrderRow>, DeskError>;
    /// One true sentence about any id, also one the hub never saw.
    fn why(&self, id: &str) -> Result<Why, DeskError>;
    /// Open exceptions, grouped by cause, worst first.
    fn exceptions(&self) -> Result<Vec<ExceptionGroup>, DeskError>;
    /// Stock by item.
    fn stock(&self, filter: &StockFilter) -> Result<StockList, DeskError>;
    /// What left the building and whether the channel knows.
    fn despatches(&self, filter: &DespatchFilter) -> Result<DespatchList, DeskError>;
    /// Is anything silently standing still?
    fn connections(&self) -> Result<Vec<ConnectionView>, DeskError>;
    /// Does something on behalf of a person.
    fn act(&self, actor: &str, act: &Act) -> Result<ActDone, ActRefused>;
}
