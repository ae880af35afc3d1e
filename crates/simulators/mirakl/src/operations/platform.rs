//! A01, PC01, V01: the shop and the operator's switches (contracts/mirakl/account_platform.txt).

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::MiraklTwin;
use crate::dispatch::Call;
use crate::options::{Acceptance, Model, Shipments};
use crate::reply;
use crate::text::iso;
use crate::wire::Fields;
use crate::wire::order::CHANNEL;

impl MiraklTwin {
    /// A01.
    pub(crate) fn account(&self, call: &Call<'_>) -> Response<Bytes> {
        let opened = iso(self.opened());
        let mut fields = Fields::new(call.sparse);
        fields.set("shop_id", self.options.shop_id);
        fields.set("shop_name", "Example Home Ltd");
        fields.set("shop_state", self.shop_state.code());
        fields.set("model", if self.sells_by_dropship() { "DROPSHIP" } else { "MARKETPLACE" });
        fields.set("currency_iso_code", "GBP");
        fields.set("date_created", opened.as_str());
        fields.set("last_updated_date", opened.as_str());
        fields.maybe("closed_from", None::<Value>);
        fields.maybe("closed_to", None::<Value>);
        fields.maybe("suspension_type", None::<Value>);
        fields.unless_sparse("billing_info", json!({}));
        fields.set("channels", json!([CHANNEL]));
        fields.set("contact_informations", contact());
        fields.set("default_billing_information", billing());
        fields.set("domains", json!(["PRODUCT"]));
        fields.set("evaluations_count", 0);
        fields.set("free_shipping", false);
        fields.set("is_professional", true);
        fields.set("offers_count", self.active_offers());
        fields.set("orders_count", self.orders.len());
        fields.set("payment_details", json!({ "paid_balance": 0, "payable_balance": 0, "pending_balance": 0 }));
        fields.set("payment_method_mandatory", false);
        fields.set("premium", false);
        fields.set("pro_details", json!({}));
        fields.set("shipping", json!({ "lead_time_to_ship": 1 }));
        fields.set("shipping_country", "GBR");
        fields.unless_sparse("shipping_types", json!(["STD"]));
        fields.unless_sparse("shipping_zones", json!(["UK"]));
        fields.set("shippings", json!([shipping()]));
        fields.set("shop_additional_fields", json!([]));
        reply::json(200, &fields.done())
    }

    fn active_offers(&self) -> usize {
        self.offers.listed().filter(|offer| offer.quantity > 0).count()
    }

    /// PC01. The switches that matter to a client follow the twin's options.
    pub(crate) fn configuration(&self) -> Response<Bytes> {
        let body = json!({
            "features": self.features(),
            "modules": {
                "mirakl_catalog_integrator": true,
                "mirakl_catalog_manager": false,
                "mirakl_catalog_transformer": false,
                "mirakl_platform_services": false,
                "offer_management": true,
                "order_management": true,
                "promotions": false,
                "quotes": false,
                "tax_manager": { "activated": false, "tax_provider": { "avalara": false, "vertex": false } },
            },
            "platform_configuration": {
                "customer_model": { "b2b": false, "b2c": true },
                "enhanced_seller_invoicing": { "enabled": false },
                "platform_model": {
                    "drop_ship": self.sells_by_dropship(),
                    "marketplace": !self.sells_by_dropship(),
                    "one_creditor": false,
                },
            },
            "platform_name": "Simulated marketplace",
            "tenant_name": "simulated",
            "timezone": "Europe/London",
        });
        reply::json(200, &body)
    }

    /// Whether offers have purchase prices.
    pub(crate) fn sells_by_dropship(&self) -> bool {
        self.options.model == Model::Dropship
    }

    fn features(&self) -> Value {
        let multi = self.options.shipments == Shipments::Multi;
        let mut features = fixed_features();
        features["order_workflows"] = json!({
            "no_customer_payment_confirmation": false,
            "order_acceptance": match self.options.acceptance {
                Acceptance::Seller => "NOT_AUTOMATIC",
                Acceptance::Automatic => "AUTOMATIC",
                Acceptance::Both => "BOTH",
            },
            "pause_debit_workflow": false,
            "pay_on_due_date": false,
            "pay_on_shipment": false,
            "sellers_edit_shipping_origin": false,
            "shipping_and_billing_details_before_acceptance": !self.options.hidden_addresses,
        });
        features["disable_seller_alternative_carrier"] = json!(self.options.registered_carriers_only);
        features["shipment"] = json!({ "multi_part_item_shipment": multi, "multi_shipment": multi });
        features
    }

    /// V01. Only its status counts.
    pub(crate) fn version() -> Response<Bytes> {
        reply::json(200, &json!({ "version": "simulated" }))
    }
}

fn contact() -> Value {
    json!({
        "street1": "1 Harbour View",
        "city": "Bristol",
        "zip_code": "BS1 5TX",
        "country": "GBR",
        "email": "shop@example.com",
        "lastname": "Example",
    })
}

fn billing() -> Value {
    json!({
        "id": "2c1f6a0e-5b0d-4f6e-9d53-6d1f0a7c2b11",
        "default_language": "en_GB",
        "registration_address": { "street_1": "1 Harbour View", "city": "Bristol", "country_iso_code": "GBR" },
    })
}

fn shipping() -> Value {
    json!({
        "shipping_type_code": "STD",
        "shipping_type_label": "Standard delivery",
        "shipping_zone_code": "UK",
        "shipping_zone_label": "United Kingdom",
    })
}

fn fixed_features() -> Value {
    json!({
        "catalog": {
            "allow_shop_contribution_to_all_channels": false,
            "exclude_invalid_products": true,
            "list_of_multiple_values_separator": "|",
            "product_acceptance_by_channel": false,
            "product_data_validation_by_channel": false,
            "product_import_only_on_leaf": true,
        },
        "circular_economy_data_collection": false,
        "competitive_pricing_tool": false,
        "direct_payment_customer_store": { "activated": false, "refund_cancel_authorized": false },
        "dropship": { "retail_pricing_edition_enabled": "NO", "retail_pricing_enabled": false },
        "kyc_status_per_seller": false,
        "lead_time_to_ship_by_sellers_enabled": "YES",
        "multi_currency": false,
        "multi_payout_psp_per_seller": false,
        "no_reply_needed": false,
        "offer_prices_decimals": "2",
        "operator_csv_delimiter": "SEMICOLON",
        "order_conditions": {
            "lead_time_to_ship": true,
            "maximum_order_quantity": false,
            "minimum_order_quantity": false,
            "package_order_quantity": false,
        },
        "order_tax_mode": "TAX_INCLUDED",
        "payment_confirmation": false,
        "pricing": {
            "channel_pricing": "DISABLED",
            "discount_period_required": false,
            "discount_price_creation_in_the_past_blocked": false,
            "scheduled_pricing": false,
            "volume_discount": false,
            "volume_pricing": false,
        },
        "product_data_validation_by_channel": false,
        "promotion": { "cart_promotion_campaign": false, "discount_campaign": false, "seller_promotion": false },
        "returns": { "drop_ship": false, "marketplace": false, "one_creditor": false },
        "shop_tax_options": { "tax_identification_number": { "mandatory": false } },
        "tax_collection": {
            "activated": "NO",
            "product_tax_code_mandatory": false,
            "tax_collection_by_operator": false,
        },
        "tax_id_number": { "mandatory": false },
        "warehouses": { "geolocation": false, "restricted_countries": [] },
    })
}
