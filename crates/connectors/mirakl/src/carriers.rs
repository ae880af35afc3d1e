//! The carrier of a shipment in Mirakl's words, shared by OR23, ST01 and ST23.

use crossdock_connector::{RejectCode, Rejection, Session, Shipment};

/// Who carries a parcel: a registered carrier by its code, or any other by name and link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CarrierRef<'a> {
    /// A code of the operator's own list (SH21). The operator computes the link.
    Registered(&'a str),
    /// A name, and a link if there is one.
    Named {
        /// The carrier's name.
        name: &'a str,
        /// Where the parcel can be followed.
        url: Option<&'a str>,
    },
}

/// Chooses between code and name, and refuses what the operator would refuse (`contracts/john-lewis.md §2.2`, OR23).
pub(crate) fn carrier_of<'a>(shipment: &'a Shipment, session: &Session) -> Result<CarrierRef<'a>, Rejection> {
    let given = |text: &'a Option<String>| text.as_deref().filter(|text| !text.trim().is_empty());
    let refuse = |detail: String| Err(Rejection::new(RejectCode::CannotExpress, detail));
    if shipment.tracking.trim().is_empty() {
        return refuse(format!("order {} has no tracking number to send", shipment.order_id));
    }
    if let Some(code) = given(&shipment.carrier_code) {
        return Ok(CarrierRef::Registered(code));
    }
    if shipment.carrier_name.trim().is_empty() {
        return refuse(format!("order {} has neither a carrier code nor a carrier name", shipment.order_id));
    }
    if session.is(crate::read::FACT_REGISTERED_CARRIERS_ONLY) {
        return refuse(format!(
            "this operator takes registered carriers only, and `{}` is not mapped to one of its codes",
            shipment.carrier_name
        ));
    }
    Ok(CarrierRef::Named { name: &shipment.carrier_name, url: given(&shipment.tracking_url) })
}
