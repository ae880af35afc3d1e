//! The causes that can hold something, who owns each, and what to do.
//!
//! A code is stable: it is stored, filtered by, and has a page in `docs/errors`.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $owner:literal, $title:literal, $action:literal;)*) => {
        /// Why something is held.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Cause {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The team that owns it unless the settings say otherwise.
            pub const fn owner(self) -> &'static str {
                match self { $(Self::$name => $owner,)* }
            }

            /// The cause in a few words, to follow "Held:".
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do, as an imperative.
            pub const fn next_action(self) -> &'static str {
                match self { $(Self::$name => $action,)* }
            }
        }
    };
}

causes! {
    /// A line has no SKU at all.
    SkuMissing = "sku.missing", "Merchandising", "a line has no SKU",
        "Give the listing its SKU at the marketplace, then replay the order";
    /// A SKU has no warehouse item (`A101`, `B073`).
    SkuUnknown = "sku.unknown", "Merchandising", "unknown SKU", "Map the SKU to a warehouse item";
    /// The item is switched off in the warehouse.
    SkuInactive = "sku.inactive", "Merchandising", "the item is switched off in the warehouse",
        "Activate the item in the warehouse, or map the SKU to another item";
    /// A quantity that cannot be picked.
    QuantityInvalid = "order.quantity", "Customer service", "a quantity cannot be picked",
        "Ask the marketplace what was ordered, then replay the order";
    /// The order has no line to ship.
    NoLines = "order.empty", "Customer service", "it has no line to ship",
        "Look at the order at the marketplace, then replay it";
    /// Parts of the address are missing (`A103`).
    AddressIncomplete = "address.incomplete", "Customer service", "the address is incomplete", "Correct the address";
    /// The postcode has no British form (`A104`).
    AddressPostcode = "address.postcode", "Customer service", "the postcode is not valid", "Correct the postcode";
    /// A part is longer than the warehouse takes.
    AddressTooLong = "address.too_long", "Customer service", "a part of the address is too long", "Shorten the address";
    /// A state that this version does not know.
    ChannelState = "channel.state", "Integration", "the marketplace uses an unknown state",
        "Look at the order at the marketplace; update Crossdock if the state is new";
    /// Collection orders are not the warehouse's.
    CollectOrder = "order.collect", "Customer service", "the customer collects it",
        "Hand the order over in the shop; the warehouse does not ship it";
    /// A document that cannot be read.
    Unreadable = "order.unreadable", "Integration", "the order cannot be read",
        "Look at the raw document; the order is complete at the marketplace";
    /// A row of a list (listings, items, despatches) that cannot be read.
    FeedUnreadable = "feed.unreadable", "Integration", "a row of a list cannot be read",
        "Mend the row that the text names at the remote; the rest of the list is used";
    /// Cancelled at the marketplace while in the warehouse.
    CancelledLate = "order.cancelled_late", "Warehouse", "cancelled at the marketplace while in the warehouse",
        "Stop picking and cancel the order in the warehouse; if it has left, wait for the return";
    /// The address or the order changed at the marketplace while in the warehouse.
    OrderChanged = "order.changed", "Warehouse", "changed at the marketplace while in the warehouse",
        "Change the order in the warehouse as the marketplace has it now, then replay it here";
    /// The marketplace expects units that it did not expect when the warehouse was given the order.
    MoreWanted = "order.more_wanted", "Warehouse", "the marketplace expects more than the warehouse was given",
        "Add the units to the order in the warehouse, or cancel them at the marketplace";
    /// Cancelled in the warehouse, wanted at the marketplace.
    WarehouseCancelled = "warehouse.cancelled", "Customer service", "cancelled in the warehouse only",
        "Cancel it at the marketplace as well, or put it into the warehouse again under the same number";
    /// The service level has run out and it has not left.
    Late = "order.late", "Warehouse", "it should have left by now",
        "Find out what stops it in the warehouse; it closes by itself once everything has left";
    /// The marketplace did not take the acceptance.
    AcceptRefused = "accept.refused", "Ecommerce", "the marketplace refused the acceptance",
        "Look at the order at the marketplace, then replay it";
    /// The warehouse did not take the order.
    WarehouseRefused = "warehouse.refused", "Warehouse", "the warehouse refused the order",
        "Mend what the text names, then replay the order";
    /// The warehouse stored something else than was sent.
    WarehouseMismatch = "warehouse.mismatch", "Warehouse", "the warehouse holds something else than was sent",
        "Compare the order in the warehouse with the marketplace's, mend it there, then replay";
    /// An order with this number exists already and is not ours.
    WarehouseConflict = "warehouse.conflict", "Warehouse", "another order has this number in the warehouse",
        "Find out who created it; rename or cancel it, then replay";
    /// A write whose outcome nobody can tell.
    InDoubt = "effect.in_doubt", "Integration", "nobody can tell whether a call was carried out",
        "Look at the remote system, then replay";
    /// The carrier is not on the channel's list (`B064`).
    CarrierUnknown = "carrier.unknown", "Warehouse", "the carrier is not on the marketplace's list",
        "Map the carrier to one of the marketplace's";
    /// No tracking number long after despatch (`B065`).
    TrackingMissing = "despatch.no_tracking", "Warehouse", "despatched without a tracking number",
        "Enter the tracking number in the warehouse";
    /// More left than was ordered, or other goods.
    DespatchMismatch = "despatch.mismatch", "Warehouse", "what left does not fit what was ordered",
        "Compare the despatch with the order; correct it in the warehouse or at the marketplace";
    /// The channel was not told of a parcel for an hour.
    Unconfirmed = "despatch.unconfirmed", "Ecommerce", "a parcel is not confirmed to the marketplace",
        "Look at the marketplace's connection; enter the shipment by hand if the time runs out";
    /// The channel did not take the shipment.
    ShipRefused = "despatch.refused", "Ecommerce", "the marketplace refused the shipment",
        "Mend what the text names, then replay the order";
    /// A listing's SKU has no item (`A072`).
    ListingUnmapped = "listing.unmapped", "Merchandising", "a listing has no warehouse item",
        "Map the SKU, or take the listing off";
    /// A channel accepts stock and does not publish it (`A108`).
    ChannelInactive = "channel.inactive", "Ecommerce", "the marketplace takes stock figures but does not publish them",
        "Look at the connection at the marketplace: it is switched off or broken there";
    /// The cliff guard stopped a push.
    StockGuard = "stock.guard", "Ecommerce", "a stock push would change too much at once",
        "Check the figures in the warehouse; release the push if they are right";
    /// The channel did not take a figure.
    StockRefused = "stock.refused", "Merchandising", "the marketplace refused a stock figure",
        "Look at the listing at the marketplace";
    /// The credentials were refused.
    AuthFailed = "connection.auth", "Integration", "the credentials were refused",
        "Put new credentials in place, then reconnect";
    /// A right or a template column is missing.
    ScopeMissing = "connection.scope", "Integration", "a right or a setting is missing at the remote",
        "Give the right or add the column that the text names";
    /// The shop is closed at the marketplace.
    SellerOffline = "connection.offline", "Ecommerce", "the shop is switched off at the marketplace",
        "Open the shop at the marketplace";
    /// Our webhook was switched off.
    WebhookDisabled = "connection.webhook", "Integration", "the marketplace switched our webhook off",
        "Crossdock switches it on again by itself; look at its log if this comes back";
    /// A list that cannot be read for long, while the connection answers.
    FeedFailing = "feed.failing", "Integration", "a list cannot be read",
        "Mend what the text names; until then its figures are as old as the last good reading";
    /// A call that fails again and again.
    CallFailing = "effect.failing", "Integration", "a call fails again and again",
        "Look at what the remote says; Crossdock goes on trying";
    /// The database came back from a copy.
    Restored = "hub.restored", "Integration", "the database was restored",
        "Wait until everything was read again, compare the newest orders on all sides, then release it";
    /// The remote does not answer.
    ConnectionDown = "connection.down", "Integration", "the remote does not answer",
        "Wait, or ask its operator; nothing is lost meanwhile";
}

impl Cause {
    /// The cause with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cause| cause.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    #[test]
    fn codes_are_unique_and_read_back() {
        for cause in Cause::ALL {
            assert_eq!(Cause::parse(cause.code()), Some(*cause));
        }
        assert_eq!(Cause::parse("nonsense"), None);
    }
}
