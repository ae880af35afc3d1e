//! The words of the trade, as types: what an order, a despatch, an address, a quantity and an amount of money *are*.
//!
//! Architecture invariant: this crate knows no remote system, no storage, no clock and no I/O. It only says what a
//! well-formed value is. Whether a value is *acceptable* (an order may be released, a figure may be published) is a rule
//! and lives in `crossdock-flow`.

mod address;
mod connection;
mod country;
mod despatch;
mod id;
mod item;
mod money;
mod order;
mod private;
mod warehouse;

pub use address::Address;
pub use connection::{ConnectionHealth, ConnectionState};
pub use country::{country, country_named};
pub use despatch::{Carrier, ChannelShipment, DespatchRow, Package, PackageLine, ShippedLine};
pub use id::{ConnectionName, InvalidId, MerchantId};
pub use item::{Available, Item, KitPart, Listing};
pub use money::{Currency, Money, MoneyError};
pub use order::{ChannelOrder, Contact, Delivery, OrderLine, Readiness};
pub use private::Private;
pub use warehouse::{DraftLine, OrderDraft, WarehouseLine, WarehouseOrder};
