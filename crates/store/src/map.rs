//! What people decide: SKU aliases, carriers, settings; with history.

use crossdock_model::Carrier;
use jiff::Timestamp;

use crate::StoreError;

/// Reading.
pub trait Maps {
    /// The item that a channel's SKU is an alias of.
    fn alias(&self, connection: &str, sku: &str) -> Result<Option<String>, StoreError>;
    /// The channel's carrier for a carrier of the warehouse (compared in lower case).
    fn carrier_alias(&self, connection: &str, carrier: &str) -> Result<Option<String>, StoreError>;
    /// The carriers that a channel approves.
    fn carriers(&self, connection: &str) -> Result<Vec<Carrier>, StoreError>;
    /// A setting as text.
    fn setting(&self, key: &str) -> Result<Option<String>, StoreError>;
}

/// Changing; every change is kept with its actor.
pub trait MapsMut {
    /// Sets an alias.
    fn put_alias(
        &mut self,
        connection: &str,
        sku: &str,
        item: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Sets a carrier alias.
    fn put_carrier_alias(
        &mut self,
        connection: &str,
        carrier: &str,
        code: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Replaces the list of approved carriers.
    fn put_carriers(&mut self, connection: &str, carriers: &[Carrier]) -> Result<(), StoreError>;
    /// Sets a setting.
    fn put_setting(&mut self, key: &str, value: &str, actor: &str, now: Timestamp) -> Result<(), StoreError>;
}
