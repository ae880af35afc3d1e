//! The order flow: received → checked → accepted → released → in warehouse → despatched → confirmed, or held.

mod check;
mod deadline;
mod draft;
mod prepare;
mod sentence;
mod state;
mod step;
mod track;
mod wanted;

pub use check::{Problem, SkuAnswer, check};
pub use draft::{draft, is_speakable, warehouse_number};
pub use sentence::{Telling, tell};
pub use state::{AddressFix, Edited, MappedLine, OrderStage, OrderState, ParcelMark};
pub use step::{OrderCtx, OrderEvent, open, step};
