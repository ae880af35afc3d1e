//! The things of the shop that have an identity, and their global ids.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A stored thing. The number is its `legacyId`; address and state carry their invoice's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Entity {
    Address(u64),
    Advert(u64),
    AllAdvertVariant(u64),
    Brand,
    Carrier(u64),
    Country,
    DeletedAdvert(u64),
    Invoice(u64),
    LineItem(u64),
    Order(u64),
    Principal,
    RefundLine(u64),
    RefundNote(u64, u32),
    RefundReasons,
    RefundRequest(u64),
    Seller(u64),
    Shipment(u64),
    ShippedItem(u64, u32),
    State(u64),
    UnpublishedAdvert(u64),
    Variant(u64),
    Webhook(u64),
    WebhookEvent(u64),
}

impl Entity {
    /// The GraphQL type.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Address(_) => "Address",
            Self::Advert(_) => "Advert",
            Self::AllAdvertVariant(_) => "AllAdvertVariant",
            Self::Brand => "Brand",
            Self::Carrier(_) => "ShipmentCarrier",
            Self::Country => "Country",
            Self::DeletedAdvert(_) => "DeletedAdvert",
            Self::Invoice(_) => "Invoice",
            Self::LineItem(_) => "LineItem",
            Self::Order(_) => "Order",
            Self::Principal => "APIKeyPrincipal",
            Self::RefundLine(_) => "RefundRequestLineItem",
            Self::RefundNote(..) => "RefundRequestNote",
            Self::RefundReasons => "RefundReason",
            Self::RefundRequest(_) => "RefundRequest",
            Self::Seller(_) => "Seller",
            Self::Shipment(_) => "Shipment",
            Self::ShippedItem(..) => "ShippedItem",
            Self::State(_) => "State",
            Self::UnpublishedAdvert(_) => "UnpublishedAdvert",
            Self::Variant(_) => "Variant",
            Self::Webhook(_) => "Webhook",
            Self::WebhookEvent(_) => "WebhookEvent",
        }
    }

    /// The number that people see.
    pub(crate) fn legacy_id(self) -> u64 {
        match self {
            Self::Address(id)
            | Self::Advert(id)
            | Self::AllAdvertVariant(id)
            | Self::Carrier(id)
            | Self::DeletedAdvert(id)
            | Self::Invoice(id)
            | Self::LineItem(id)
            | Self::Order(id)
            | Self::RefundLine(id)
            | Self::RefundRequest(id)
            | Self::Seller(id)
            | Self::Shipment(id)
            | Self::State(id)
            | Self::UnpublishedAdvert(id)
            | Self::Variant(id)
            | Self::Webhook(id)
            | Self::WebhookEvent(id) => id,
            Self::RefundNote(parent, index) | Self::ShippedItem(parent, index) => {
                parent.saturating_mul(100).saturating_add(u64::from(index))
            }
            Self::Brand | Self::Country | Self::Principal | Self::RefundReasons => 1,
        }
    }

    /// Base64 of `Type-<legacyId>` (`contracts/marketplacer.md` §1, "IDs"). All faces of an advert and of a variant share
    /// one id, so that it survives publishing.
    pub(crate) fn gid(self) -> String {
        let kind = match self {
            Self::UnpublishedAdvert(_) | Self::DeletedAdvert(_) => "Advert",
            Self::AllAdvertVariant(_) => "Variant",
            other => other.type_name(),
        };
        STANDARD.encode(format!("{kind}-{}", self.legacy_id()))
    }

    /// What a global id names, whether it exists or not.
    pub(crate) fn from_gid(gid: &str) -> Option<Self> {
        let plain = String::from_utf8(STANDARD.decode(gid).ok()?).ok()?;
        let (kind, number) = plain.rsplit_once('-')?;
        let id = number.parse().ok()?;
        Some(match kind {
            "Advert" => Self::Advert(id),
            "Invoice" => Self::Invoice(id),
            "LineItem" => Self::LineItem(id),
            "Order" => Self::Order(id),
            "RefundRequest" => Self::RefundRequest(id),
            "RefundRequestLineItem" => Self::RefundLine(id),
            "Seller" => Self::Seller(id),
            "Shipment" => Self::Shipment(id),
            "ShipmentCarrier" => Self::Carrier(id),
            "Variant" => Self::Variant(id),
            "Webhook" => Self::Webhook(id),
            "WebhookEvent" => Self::WebhookEvent(id),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Entity;

    #[test]
    fn ids_are_those_of_the_contract_samples() {
        for (entity, gid) in [
            (Entity::Invoice(13_737), "SW52b2ljZS0xMzczNw=="),
            (Entity::LineItem(4_097), "TGluZUl0ZW0tNDA5Nw=="),
            (Entity::Advert(100_000_012), "QWR2ZXJ0LTEwMDAwMDAxMg=="),
            (Entity::Carrier(68), "U2hpcG1lbnRDYXJyaWVyLTY4"),
            (Entity::Seller(4), "U2VsbGVyLTQ="),
            (Entity::RefundRequest(529), "UmVmdW5kUmVxdWVzdC01Mjk="),
        ] {
            assert_eq!(entity.gid(), gid);
            assert_eq!(Entity::from_gid(gid), Some(entity));
        }
        assert_eq!(Entity::from_gid("not an id"), None);
    }
}
