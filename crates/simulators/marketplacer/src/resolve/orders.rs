//! Fields of invoices, lines, addresses, shipments and carriers (`contracts/marketplacer.md` §2.1–2.4, §2.6).

use serde_json::{Value, json};

use crate::entity::Entity;
use crate::refunds;
use crate::resolve::{Out, View, leaf};
use crate::shop::{Invoice, Line, Shipment, invoice_of_order, order_of_invoice};

/// What the UnknownEnum fault says: a word that no contract lists, where what awaits dispatch still tells what to do.
const UNKNOWN: &str = "GIFT_WRAPPED";

/// Prices hold 20 % tax.
fn tax(pence: i64) -> i64 {
    pence / 6
}

impl View<'_> {
    pub(super) fn invoice(&self, id: u64, name: &str) -> Out {
        let Some(invoice) = self.shop.invoices.get(&id) else {
            return Out::NULL;
        };
        match name {
            "order" => Out::entity(Entity::Order(order_of_invoice(id))),
            "seller" => Out::entity(Entity::Seller(invoice.seller)),
            "createdAt" => self.moment(invoice.created),
            "updatedAt" => self.moment(invoice.updated),
            "paidAt" => self.moment_or_null(invoice.paid),
            "remittedAt" => self.moment_or_null(invoice.remitted),
            "statusFlags" => {
                let mut flags: Vec<&str> = invoice.flags.iter().map(|flag| flag.name()).collect();
                let odd = self.unknown_enum && (self.options.unknown_flags_on_open || invoice.awaiting() == 0);
                flags.extend(odd.then_some(UNKNOWN));
                leaf(flags)
            }
            "status" => leaf(invoice.status()),
            "buyerFirstName" => leaf(invoice.buyer.first_name.as_str()),
            "buyerSurname" => leaf(invoice.buyer.last_name.as_str()),
            "buyerEmailAddress" => leaf(invoice.buyer.email.as_str()),
            "buyerPhone" => leaf(invoice.buyer.phone.as_str()),
            "buyerMessageToSeller" => leaf(invoice.message.as_str()),
            "buyerBillingAddress" | "shippingAddress" => Out::entity(Entity::Address(id)),
            "shippingDescription" => leaf("Standard delivery (2 to 4 working days)"),
            "deliveryType" => leaf(invoice.delivery.name()),
            "lineItems" => Out::entities(invoice.lines.iter().map(|line| Entity::LineItem(line.id))),
            "shipments" => Out::entities(invoice.shipments.iter().map(|id| Entity::Shipment(*id))),
            "refundRequests" => Out::entities(invoice.refunds.iter().map(|id| Entity::RefundRequest(*id))),
            "externalTaxApplied" => leaf(false),
            "paymentInstrumentType" => leaf("credit_card"),
            "taxRate" | "postageTaxRate" => leaf(0.2),
            money => invoice_money(invoice, money),
        }
    }

    pub(super) fn order(&self, id: u64, name: &str) -> Out {
        let Some(invoice) = self.shop.invoices.get(&invoice_of_order(id)) else {
            return Out::NULL;
        };
        let under_review = invoice.paid.is_none();
        match name {
            "status" => leaf(if under_review { "PENDING_REVIEW" } else { "COMPLETE" }),
            "createdAt" => self.moment(invoice.created),
            "updatedAt" => self.moment(invoice.updated),
            "firstName" => leaf(invoice.buyer.first_name.as_str()),
            "surname" => leaf(invoice.buyer.last_name.as_str()),
            "emailAddress" => leaf(invoice.buyer.email.as_str()),
            "phone" => leaf(invoice.buyer.phone.as_str()),
            "messageToSeller" => leaf(invoice.message.as_str()),
            "address" | "billingAddress" => Out::entity(Entity::Address(invoice.id)),
            "isGift" => leaf(false),
            money => invoice_money(invoice, money),
        }
    }

    pub(super) fn line_item(&self, id: u64, name: &str) -> Out {
        let Some((invoice, line)) = self.shop.line(id) else {
            return Out::NULL;
        };
        let total = line.price * line.quantity;
        match name {
            "quantity" => leaf(line.quantity),
            "quantityAwaitingDispatch" if self.options.awaiting_leaves_out_requests => {
                leaf((line.awaiting() - refunds::requested(self.shop, invoice, id, false)).max(0))
            }
            "quantityAwaitingDispatch" => leaf(line.awaiting()),
            "quantityReturnable" => leaf((line.sent - line.refunded).max(0)),
            "status" => leaf(line_status(line, "ALLOCATED")),
            "statusFull" if self.unknown_enum && line.awaiting() > 0 => leaf(UNKNOWN),
            "statusFull" => {
                let shipped = line.sent > 0 && line.awaiting() == 0;
                leaf(line_status(line, if shipped { "SHIPPED" } else { "ALLOCATED" }))
            }
            "variantId" => Out::id(Entity::Variant(line.variant)),
            "variantLegacyId" => leaf(line.variant),
            "variantSku" => Out::Leaf(json!(line.sku)),
            "variantBarcode" => Out::Leaf(json!(line.barcode)),
            "variantName" => leaf(line.name.as_str()),
            "variant" => Out::maybe(self.shop.find(Entity::Variant(line.variant))),
            "advertId" => Out::id(Entity::Advert(line.advert)),
            "advertLegacyId" => leaf(line.advert),
            "advertTitle" => leaf(line.title.as_str()),
            "advert" => Out::maybe(self.shop.find(Entity::Advert(line.advert)).map(|_| Entity::Advert(line.advert))),
            "brandName" => leaf("Kettle & Coral"),
            "shipments" => Out::entities(line.shipments.iter().map(|id| Entity::Shipment(*id))),
            "shipment" => Out::maybe(line.shipments.last().map(|id| Entity::Shipment(*id))),
            "pricingModel" => leaf("MARKETPLACE"),
            "itemAmountCents" => leaf(line.price),
            "subtotalCents" | "totalCents" => leaf(total),
            "discountCents" | "postageCents" => leaf(0),
            "taxTotalCents" => leaf(tax(total)),
            "taxRate" | "postageTaxRate" => leaf(0.2),
            _ => Out::NULL,
        }
    }

    pub(super) fn address(&self, invoice: u64, name: &str) -> Out {
        let Some(invoice) = self.shop.invoices.get(&invoice) else {
            return Out::NULL;
        };
        let buyer = &invoice.buyer;
        match name {
            "address" => leaf(buyer.line1.as_str()),
            "subaddress" => Out::Leaf(some_text(&buyer.line2)),
            "city" => leaf(buyer.city.as_str()),
            "postcode" => leaf(buyer.postcode.as_str()),
            "state" if buyer.county.is_empty() => Out::NULL,
            "state" => Out::entity(Entity::State(invoice.id)),
            "country" => Out::entity(Entity::Country),
            "fullAddress" => {
                let parts = [&buyer.line1, &buyer.line2, &buyer.city, &buyer.county, &buyer.postcode];
                let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
                leaf(parts.join(", "))
            }
            _ => Out::NULL,
        }
    }

    pub(super) fn state(&self, invoice: u64, name: &str) -> Out {
        let Some(invoice) = self.shop.invoices.get(&invoice) else {
            return Out::NULL;
        };
        match name {
            "name" | "short" => leaf(invoice.buyer.county.as_str()),
            "slug" => leaf(invoice.buyer.county.to_lowercase().replace(' ', "-")),
            "country" => Out::entity(Entity::Country),
            _ => Out::NULL,
        }
    }

    pub(super) fn shipment(&self, id: u64, name: &str) -> Out {
        let Some(shipment) = self.shop.shipments.get(&id) else {
            return Out::NULL;
        };
        match name {
            "carrier" => leaf(shipment.carrier.as_str()),
            "trackingNumber" => leaf(shipment.tracking.as_str()),
            "trackingLink" => Out::Leaf(self.tracking_link(shipment)),
            "note" => Out::Leaf(json!(shipment.note)),
            "dispatchedAt" => self.moment(shipment.dispatched),
            "createdAt" => self.moment(shipment.created),
            "updatedAt" => self.moment(shipment.updated),
            "invoice" => Out::entity(Entity::Invoice(shipment.invoice)),
            "shippedItems" => {
                let items = (0_u32..).zip(&shipment.items);
                Out::entities(items.map(|(index, _)| Entity::ShippedItem(id, index)))
            }
            _ => Out::NULL,
        }
    }

    fn tracking_link(&self, shipment: &Shipment) -> Value {
        if let Some(link) = &shipment.link {
            return json!(link);
        }
        let carrier = self.shop.carrier_by_name(&shipment.carrier);
        let template = carrier.and_then(|carrier| carrier.tracking_url.as_ref());
        template.map_or(Value::Null, |template| {
            json!(template.replace("{TRACKING_NUMBER}", &sim_core::form::encode(&shipment.tracking)))
        })
    }

    pub(super) fn shipped_item(&self, shipment: u64, index: u32, name: &str) -> Out {
        let item = self.shop.shipments.get(&shipment).and_then(|shipment| {
            let index = usize::try_from(index).ok()?;
            shipment.items.get(index).copied()
        });
        let Some((line, quantity)) = item else { return Out::NULL };
        match name {
            "lineItem" => Out::entity(Entity::LineItem(line)),
            "quantity" => leaf(quantity),
            _ => Out::NULL,
        }
    }

    pub(super) fn carrier(&self, id: u64, name: &str) -> Out {
        let Some(carrier) = self.shop.carriers.get(&id) else {
            return Out::NULL;
        };
        match name {
            "name" => leaf(carrier.name.as_str()),
            "trackingUrl" => Out::Leaf(json!(carrier.tracking_url)),
            _ => Out::NULL,
        }
    }
}

fn line_status(line: &Line, otherwise: &'static str) -> &'static str {
    if line.cancelled == line.quantity {
        "CANCELLED"
    } else if line.refunded > 0 && line.refunded + line.cancelled == line.quantity {
        "REFUNDED"
    } else {
        otherwise
    }
}

fn invoice_money(invoice: &Invoice, name: &str) -> Out {
    let total = invoice.subtotal() + invoice.shipping();
    match name {
        "subtotalCents" => leaf(invoice.subtotal()),
        "discountCents" => leaf(0),
        "shippingCostCents" => leaf(invoice.shipping()),
        "taxTotalCents" => leaf(tax(total)),
        "taxShippingCents" => leaf(tax(invoice.shipping())),
        "totalCents" | "totalIncludingAdjustmentsCents" => leaf(total),
        _ => Out::NULL,
    }
}

fn some_text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}
