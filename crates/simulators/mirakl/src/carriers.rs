//! The operator's registered carriers (SH21), and tracking as orders and shipments hold it.

use serde_json::{Value, json};

/// A registered carrier.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Carrier {
    pub(crate) code: &'static str,
    pub(crate) label: &'static str,
    pub(crate) standard_code: &'static str,
    /// Holds `{trackingId}`.
    pub(crate) tracking_url: &'static str,
}

/// The register, by label as SH21 sorts it. The real operator's register is unknown (contracts/john-lewis.md §7); these
/// codes are this twin's own.
pub(crate) const CARRIERS: [Carrier; 6] = [
    Carrier {
        code: "dhl",
        label: "DHL",
        standard_code: "DHL",
        tracking_url: "https://track.dhl.example/?AWB={trackingId}",
    },
    Carrier {
        code: "dpd-uk",
        label: "DPD",
        standard_code: "DPD",
        tracking_url: "https://track.dpd.example/parcels/{trackingId}",
    },
    Carrier {
        code: "evri",
        label: "Evri",
        standard_code: "EVRI",
        tracking_url: "https://track.evri.example/{trackingId}",
    },
    Carrier {
        code: "parcelforce",
        label: "Parcelforce",
        standard_code: "PARCELFORCE",
        tracking_url: "https://track.parcelforce.example/?number={trackingId}",
    },
    Carrier {
        code: "rm",
        label: "Royal Mail",
        standard_code: "ROYAL_MAIL",
        tracking_url: "https://track.royalmail.example/#/{trackingId}",
    },
    Carrier {
        code: "yodel",
        label: "Yodel",
        standard_code: "YODEL",
        tracking_url: "https://track.yodel.example/{trackingId}",
    },
];

/// A carrier and a tracking number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tracking {
    /// Of a registered carrier.
    pub(crate) code: Option<String>,
    /// The registered carrier's label, or the name of any other.
    pub(crate) name: Option<String>,
    pub(crate) standard_code: Option<String>,
    pub(crate) number: Option<String>,
    /// Computed for registered carriers.
    pub(crate) url: Option<String>,
}

/// A text field that counts only when it says something.
pub(crate) fn text(body: &Value, key: &str) -> Option<String> {
    body.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

impl Tracking {
    /// Reads carrier and number from a request; `url_key` is `carrier_url` in OR23 and `tracking_url` in ST01 and ST23.
    ///
    /// A `carrier_code` must be registered, and then needs a number because every registered link has a place for one.
    /// Without a code a `carrier_name` is mandatory (contracts/john-lewis.md §2.2 OR23, §2.4 ST01), unless the operator takes
    /// registered carriers only.
    pub(crate) fn read(body: &Value, url_key: &str, only_registered: bool) -> Result<Self, String> {
        let number = text(body, "tracking_number");
        if let Some(code) = text(body, "carrier_code") {
            let Some(carrier) = CARRIERS.iter().find(|carrier| carrier.code == code) else {
                return Err(format!("No carrier with code '{code}'."));
            };
            let Some(number) = number else {
                return Err(format!("The tracking number is mandatory for carrier '{code}'."));
            };
            return Ok(Self {
                url: Some(carrier.tracking_url.replace("{trackingId}", &number)),
                code: Some(code),
                name: Some(carrier.label.to_owned()),
                standard_code: Some(carrier.standard_code.to_owned()),
                number: Some(number),
            });
        }
        if only_registered {
            return Err("The carrier code is mandatory.".to_owned());
        }
        let Some(name) = text(body, "carrier_name") else {
            return Err("The carrier code or the carrier name is mandatory.".to_owned());
        };
        Ok(Self {
            code: None,
            name: Some(name),
            standard_code: text(body, "carrier_standard_code"),
            number,
            url: text(body, url_key),
        })
    }

    /// The data of a `tracking_set` effect.
    pub(crate) fn effect(&self) -> Value {
        json!({
            "tracking": self.number.as_deref().unwrap_or_default(),
            "carrier": self.name.as_deref().unwrap_or_default(),
        })
    }
}
