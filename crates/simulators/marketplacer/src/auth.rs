//! Whose key a request carries (`contracts/marketplacer.md` §1).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::entity::Entity;
use crate::options::{BothKeys, Options};

/// Whose eyes a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Seller,
    Operator,
}

/// Why a request is refused with 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The gate in front of a test instance.
    Basic,
    /// The key is missing, wrong, or no longer valid: one text for all.
    Key,
}

/// Finds out. A revoked seller key is a wrong key.
pub(crate) fn identify(headers: &HeaderMap, options: &Options, seller_revoked: bool) -> Result<Role, Refused> {
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, credentials) = authorization.split_once(' ').unwrap_or(("", ""));
    if let Some((user, password)) = &options.basic_auth {
        let expected = STANDARD.encode(format!("{user}:{password}"));
        if !scheme.eq_ignore_ascii_case("basic") || credentials.trim() != expected {
            return Err(Refused::Basic);
        }
    }
    let bearer = scheme.eq_ignore_ascii_case("bearer").then(|| credentials.trim());
    let header = headers.get("marketplacer-api-key").and_then(|value| value.to_str().ok());
    let key = match (bearer, header) {
        (Some(_), Some(_)) if options.both_key_headers == BothKeys::Refused => return Err(Refused::Key),
        (_, Some(key)) | (Some(key), None) => key,
        (None, None) => return Err(Refused::Key),
    };
    if key == options.operator_key {
        Ok(Role::Operator)
    } else if key == options.seller_key && !seller_revoked {
        Ok(Role::Seller)
    } else {
        Err(Refused::Key)
    }
}

/// Resource and level (`contracts/marketplacer.md` §1).
pub(crate) type Scope = (&'static str, &'static str);

/// The scope that reading a thing by its id needs, whatever the root field.
pub(crate) fn scope_of_thing(entity: Entity) -> Option<Scope> {
    Some(match entity {
        Entity::Invoice(_) | Entity::LineItem(_) | Entity::Order(_) | Entity::Shipment(_) => ("orders", "read"),
        Entity::Advert(_) | Entity::UnpublishedAdvert(_) | Entity::DeletedAdvert(_) | Entity::Variant(_) => {
            ("adverts", "read")
        }
        Entity::RefundRequest(_) | Entity::RefundLine(_) => ("refunds", "read"),
        Entity::Webhook(_) | Entity::WebhookEvent(_) => ("webhooks", "read"),
        _ => return None,
    })
}

/// The scope that a root field or REST resource needs.
pub(crate) fn scope_of(field: &str) -> Option<Scope> {
    Some(match field {
        "invoices" => ("orders", "read"),
        "shipmentCreate" | "shipmentUpdate" | "clickAndCollectStatusUpdate" => ("orders", "write"),
        "allAdverts" | "advertsWhere" | "variantsWhere" => ("adverts", "read"),
        "variantUpdate" => ("adverts", "write"),
        "refundRequests" | "refundReasons" => ("refunds", "read"),
        name if name.starts_with("refundRequest") => ("refunds", "write"),
        "webhooks" | "webhookEvents" => ("webhooks", "read"),
        "webhookCreate" | "webhookUpdate" => ("webhooks", "write"),
        _ => return None,
    })
}

/// Whether scopes hold what is needed: a higher level includes the lower ones.
pub(crate) fn allows(scopes: &[String], resource: &str, level: &str) -> bool {
    let rank = |level: &str| ["read", "write", "manage"].iter().position(|known| *known == level);
    scopes
        .iter()
        .filter_map(|scope| scope.split_once(':'))
        .any(|(held, at)| held == resource && rank(at) >= rank(level) && rank(at).is_some())
}

#[cfg(test)]
mod tests {
    use super::allows;

    #[test]
    fn a_higher_level_includes_the_lower_ones() {
        let scopes = ["orders:write".to_owned(), "adverts:read".to_owned()];
        assert!(allows(&scopes, "orders", "read"));
        assert!(allows(&scopes, "adverts", "read"));
        assert!(!allows(&scopes, "adverts", "write"));
        assert!(!allows(&scopes, "refunds", "read"));
    }
}
