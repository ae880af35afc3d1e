//! The GraphQL documents that this connector sends: constants, one operation per file.
//!
//! The marketplace's schema is not part of this repository; [`documents`] hands every document out, so that a conformance
//! run can check them against a schema that the operator of the hub may have.

use std::fmt::Write as _;

/// One operation, as it is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Document {
    /// The operation's name within the text.
    pub(crate) name: &'static str,
    /// The whole text, fragments included.
    pub(crate) text: &'static str,
}

pub(crate) const INVOICES: Document = Document {
    name: "CrossdockInvoices",
    text: concat!(include_str!("graphql/invoices.graphql"), include_str!("graphql/invoice_fields.graphql")),
};

pub(crate) const INVOICES_BY_ID: Document = Document {
    name: "CrossdockInvoicesById",
    text: concat!(include_str!("graphql/invoices_by_id.graphql"), include_str!("graphql/invoice_fields.graphql")),
};

pub(crate) const ADVERTS: Document = Document {
    name: "CrossdockAdverts",
    text: concat!(include_str!("graphql/adverts.graphql"), include_str!("graphql/advert_fields.graphql")),
};

pub(crate) const ADVERT_VARIANTS: Document = Document {
    name: "CrossdockAdvertVariants",
    text: concat!(include_str!("graphql/advert_variants.graphql"), include_str!("graphql/advert_fields.graphql")),
};

pub(crate) const CARRIERS: Document =
    Document { name: "CrossdockCarriers", text: include_str!("graphql/carriers.graphql") };

pub(crate) const PRINCIPAL: Document =
    Document { name: "CrossdockPrincipal", text: include_str!("graphql/principal.graphql") };

pub(crate) const WEBHOOKS: Document =
    Document { name: "CrossdockWebhooks", text: include_str!("graphql/webhooks.graphql") };

/// The same list with all that can be wrong about a webhook, our secret among it; only asked when one is set up.
pub(crate) const WEBHOOKS_IN_FULL: Document =
    Document { name: "CrossdockWebhooksInFull", text: include_str!("graphql/webhooks_in_full.graphql") };

pub(crate) const SHIPMENTS_OF: Document =
    Document { name: "CrossdockShipmentsOf", text: include_str!("graphql/shipments_of.graphql") };

pub(crate) const SHIPMENT_CREATE: Document =
    Document { name: "CrossdockShipmentCreate", text: include_str!("graphql/shipment_create.graphql") };

/// The stock mutation for a single figure; [`stock_update`] widens it.
pub(crate) const STOCK_UPDATE: Document = Document {
    name: "CrossdockStockUpdate",
    text: concat!(include_str!("graphql/stock_update.graphql"), include_str!("graphql/stock_result.graphql")),
};

pub(crate) const WEBHOOK_CREATE: Document =
    Document { name: "CrossdockWebhookCreate", text: include_str!("graphql/webhook_create.graphql") };

pub(crate) const WEBHOOK_UPDATE: Document =
    Document { name: "CrossdockWebhookUpdate", text: include_str!("graphql/webhook_update.graphql") };

/// What the marketplace shall send us when an invoice changes. Its own default carries no id at all
/// (`contracts/marketplacer.md §6.1`).
pub(crate) const PAYLOAD_INVOICE: &str = include_str!("graphql/payload_invoice.graphql");

/// What the marketplace shall send us when a variant changes.
pub(crate) const PAYLOAD_VARIANT: &str = include_str!("graphql/payload_variant.graphql");

/// Every document with its name: the operations that are sent, and the queries that our webhooks register. The stock
/// mutation is listed for one figure; calls with more figures repeat its only field under further aliases.
pub fn documents() -> &'static [(&'static str, &'static str)] {
    const ALL: &[(&str, &str)] = &[
        (INVOICES.name, INVOICES.text),
        (INVOICES_BY_ID.name, INVOICES_BY_ID.text),
        (ADVERTS.name, ADVERTS.text),
        (ADVERT_VARIANTS.name, ADVERT_VARIANTS.text),
        (CARRIERS.name, CARRIERS.text),
        (PRINCIPAL.name, PRINCIPAL.text),
        (WEBHOOKS.name, WEBHOOKS.text),
        (WEBHOOKS_IN_FULL.name, WEBHOOKS_IN_FULL.text),
        (SHIPMENTS_OF.name, SHIPMENTS_OF.text),
        (SHIPMENT_CREATE.name, SHIPMENT_CREATE.text),
        (STOCK_UPDATE.name, STOCK_UPDATE.text),
        (WEBHOOK_CREATE.name, WEBHOOK_CREATE.text),
        (WEBHOOK_UPDATE.name, WEBHOOK_UPDATE.text),
        ("payload of INVOICE webhooks", PAYLOAD_INVOICE),
        ("payload of VARIANT webhooks", PAYLOAD_VARIANT),
    ];
    ALL
}

/// The stock mutation for `figures` variants: fields `s0`, `s1`, … with variables `v0`, `v1`, …
pub(crate) fn stock_update(figures: usize) -> String {
    let variables: Vec<String> = (0..figures).map(|index| format!("$v{index}: VariantUpdateMutationInput!")).collect();
    let mut text = format!("mutation {}({}) {{\n", STOCK_UPDATE.name, variables.join(", "));
    for index in 0..figures {
        // Writing to a String cannot fail.
        let _ = write!(text, "  s{index}: variantUpdate(input: $v{index}) {{\n    ...StockResult\n  }}\n");
    }
    text.push_str("}\n\n");
    text.push_str(include_str!("graphql/stock_result.graphql"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widened_stock_mutation_grows_out_of_the_published_one() {
        assert_eq!(stock_update(1), STOCK_UPDATE.text);
        let three = stock_update(3);
        assert!(three.contains("$v2: VariantUpdateMutationInput!") && three.contains("s2: variantUpdate(input: $v2)"));
        assert_eq!(three.matches("fragment StockResult").count(), 1);
    }

    #[test]
    fn names_are_unique_and_stand_in_the_text() {
        let mut seen = std::collections::BTreeSet::new();
        for (name, text) in documents() {
            assert!(seen.insert(name), "{name} twice");
            assert!(name.starts_with("payload") || text.contains(name), "{name}");
        }
    }

    #[test]
    fn order_flow_depends_on_no_money_field_and_never_on_order() {
        // contracts/marketplacer.md §1 (money fields are being removed) and §0 (sellers may not read Order).
        for (name, text) in documents() {
            assert!(!text.contains("Cents") && !text.contains("Formatted"), "{name}");
            assert!(text.lines().all(|line| !line.trim_start().starts_with("order ")), "{name}");
        }
    }
}
