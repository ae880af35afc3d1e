//! The customer of an order, with addresses once the seller may see them.

use serde_json::{Value, json};

use super::{Fields, given};
use crate::order::Order;

/// The `customer` object.
pub(crate) fn customer(order: &Order, hidden: bool, sparse: bool) -> Value {
    let customer = &order.customer;
    let mut fields = Fields::new(sparse);
    fields.set("customer_id", format!("C-{}", order.commercial_id));
    fields.maybe("civility", None::<Value>);
    fields.set("firstname", customer.first_name.as_str());
    fields.set("lastname", customer.last_name.as_str());
    fields.maybe("locale", Some("en_GB"));
    for key in ["billing_address", "shipping_address"] {
        let address = if hidden { blank(sparse) } else { address(order, key, sparse) };
        fields.set(key, address);
    }
    fields.done()
}

/// The address that a parcel goes to.
pub(crate) fn shipping_address(order: &Order, sparse: bool) -> Value {
    address(order, "shipping_address", sparse)
}

fn address(order: &Order, key: &str, sparse: bool) -> Value {
    let customer = &order.customer;
    let mut fields = Fields::new(sparse);
    fields.maybe("civility", None::<Value>);
    fields.set("firstname", customer.first_name.as_str());
    fields.set("lastname", customer.last_name.as_str());
    fields.maybe("company", None::<Value>);
    fields.set("street_1", customer.line1.as_str());
    fields.maybe("street_2", given(&customer.line2));
    fields.set("city", customer.city.as_str());
    fields.maybe("state", given(&customer.county));
    fields.maybe("zip_code", given(&customer.postcode));
    fields.set("country", "United Kingdom");
    fields.null_if_sparse("country_iso_code", "GBR");
    fields.maybe("phone", given(&customer.phone));
    if key == "shipping_address" {
        fields.maybe("phone_secondary", None::<Value>);
        fields.maybe("additional_info", given(&order.message));
    }
    fields.done()
}

/// Before SHIPPING (inferred, contracts/john-lewis.md §2.2): the object that the schema requires, with nothing in it.
fn blank(sparse: bool) -> Value {
    if sparse {
        return Value::Null;
    }
    json!({
        "firstname": "",
        "lastname": "",
        "street_1": "",
        "city": "",
        "zip_code": "",
        "country": "",
        "country_iso_code": "",
    })
}
