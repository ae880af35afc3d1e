//! Which operation a method and a path mean (paths as in contracts/mirakl/*.txt).

/// An operation, with what its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    Account,
    Configuration,
    Version,
    Orders,
    Order(String),
    Accept(String),
    Tracking(String),
    Ship(String),
    Cancel(String),
    CancelLines,
    CreateShipments,
    ListShipments,
    ItemsToShip,
    TrackShipments,
    ShipShipments,
    DeleteShipments,
    Carriers,
    ShippingZones,
    ShippingTypes,
    Reasons,
    Offers,
    Offer(String),
    OfferQuantity(String),
    ImportStock,
    StockImportStatus(String),
    StockImportErrors(String),
}

impl Operation {
    /// The published name.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::Account => "A01",
            Self::Configuration => "PC01",
            Self::Version => "V01",
            Self::Orders => "OR11",
            Self::Order(_) => "OR12",
            Self::Accept(_) => "OR21",
            Self::Tracking(_) => "OR23",
            Self::Ship(_) => "OR24",
            Self::Cancel(_) => "OR29",
            Self::CancelLines => "OR30",
            Self::CreateShipments => "ST01",
            Self::ListShipments => "ST11",
            Self::ItemsToShip => "ST12",
            Self::TrackShipments => "ST23",
            Self::ShipShipments => "ST24",
            Self::DeleteShipments => "ST06",
            Self::Carriers => "SH21",
            Self::ShippingZones => "SH11",
            Self::ShippingTypes => "SH12",
            Self::Reasons => "RE01",
            Self::Offers => "OF21",
            Self::Offer(_) => "OF22",
            Self::OfferQuantity(_) => "OF26",
            Self::ImportStock => "STO01",
            Self::StockImportStatus(_) => "STO02",
            Self::StockImportErrors(_) => "STO03",
        }
    }

    /// Whether it takes a JSON body.
    pub(crate) fn takes_json(&self) -> bool {
        matches!(
            self,
            Self::Accept(_)
                | Self::Tracking(_)
                | Self::CancelLines
                | Self::CreateShipments
                | Self::TrackShipments
                | Self::ShipShipments
                | Self::DeleteShipments
        )
    }

    /// The media type of its reply.
    pub(crate) fn media(&self) -> &'static str {
        if matches!(self, Self::StockImportErrors(_)) { "text/csv" } else { "application/json" }
    }

    /// Whether its reply has fields that official examples leave out or have as null.
    pub(crate) fn can_be_sparse(&self) -> bool {
        matches!(
            self,
            Self::Account
                | Self::Orders
                | Self::Order(_)
                | Self::CreateShipments
                | Self::ListShipments
                | Self::ItemsToShip
                | Self::Reasons
                | Self::Offers
                | Self::Offer(_)
        )
    }

    /// Whether it is a PUT without a body.
    pub(crate) fn bodyless_put(&self) -> bool {
        matches!(self, Self::Ship(_) | Self::Cancel(_))
    }

    /// Whether it exists only where the operator has switched multi-shipment on.
    pub(crate) fn needs_multi_shipment(&self) -> bool {
        matches!(
            self,
            Self::CreateShipments
                | Self::ListShipments
                | Self::ItemsToShip
                | Self::TrackShipments
                | Self::ShipShipments
                | Self::DeleteShipments
        )
    }
}

/// The operation of a method and the segments after `/api/`.
pub(crate) fn find(method: &str, segments: &[&str]) -> Option<Operation> {
    let id = |text: &str| sim_core::form::decode(text);
    Some(match (method, segments) {
        ("GET", ["account"]) => Operation::Account,
        ("GET", ["platform", "configuration"]) => Operation::Configuration,
        ("GET", ["version"]) => Operation::Version,
        ("GET", ["orders"]) => Operation::Orders,
        ("PUT", ["orders", "cancel"]) => Operation::CancelLines,
        ("GET", ["orders", order]) if !order.is_empty() => Operation::Order(id(order)),
        ("PUT", ["orders", order, "accept"]) => Operation::Accept(id(order)),
        ("PUT", ["orders", order, "tracking"]) => Operation::Tracking(id(order)),
        ("PUT", ["orders", order, "ship"]) => Operation::Ship(id(order)),
        ("PUT", ["orders", order, "cancel"]) => Operation::Cancel(id(order)),
        ("POST", ["shipments"]) => Operation::CreateShipments,
        ("GET", ["shipments"]) => Operation::ListShipments,
        ("GET", ["shipments", "items_to_ship"]) => Operation::ItemsToShip,
        ("POST", ["shipments", "tracking"]) => Operation::TrackShipments,
        ("PUT", ["shipments", "ship"]) => Operation::ShipShipments,
        ("PUT", ["shipments", "delete"]) => Operation::DeleteShipments,
        ("GET", ["shipping", "carriers"]) => Operation::Carriers,
        ("GET", ["shipping", "zones"]) => Operation::ShippingZones,
        ("GET", ["shipping", "types"]) => Operation::ShippingTypes,
        ("GET", ["reasons"]) => Operation::Reasons,
        ("GET", ["offers"]) => Operation::Offers,
        ("POST", ["offers", "stock", "imports"]) => Operation::ImportStock,
        ("GET", ["offers", "stock", "imports", import, "status"]) => Operation::StockImportStatus(id(import)),
        ("GET", ["offers", "stock", "imports", import, "error_report"]) => Operation::StockImportErrors(id(import)),
        ("GET", ["offers", offer, "quantity"]) => Operation::OfferQuantity(id(offer)),
        ("GET", ["offers", offer]) if !offer.is_empty() => Operation::Offer(id(offer)),
        _ => return None,
    })
}

/// The methods that a path knows, for 405.
pub(crate) fn methods(segments: &[&str]) -> Vec<&'static str> {
    ["GET", "POST", "PUT"].into_iter().filter(|method| find(method, segments).is_some()).collect()
}
