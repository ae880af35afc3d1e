//! The rules of selling, sending and stock (`contracts/marketplacer.md` §3.4, §3.5, §5.1). Both surfaces and the control calls
//! come through here, so that every change is logged and announced once.

mod sale;
mod shipping;
mod stock;

pub(crate) use self::sale::{Basket, cancel, clear_review, place, remit, review_of};
pub(crate) use self::shipping::{NewShipment, ShipmentChange, correct_shipment, hand_over, settle_sent_flags, ship};
pub(crate) use self::stock::{Stock, delete, edit_stock, reimport, rename_variant, set_stock};

/// A refusal of a write: the field and its message, as both surfaces show it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invalid {
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

impl Invalid {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}
