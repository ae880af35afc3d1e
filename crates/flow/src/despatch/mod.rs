//! The despatch flow: a parcel left → mapped to the channel's lines and carrier → recorded at the channel → seen there.

mod allocate;
mod carrier;
mod state;

pub use allocate::{allocate, packages};
pub use carrier::{CarrierAnswer, carrier};
pub use state::{DespatchCtx, DespatchEvent, DespatchState, ParcelStage, step};
