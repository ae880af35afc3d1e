//! What is known of certain operators beforehand. A preset saves typing; every figure in it may be set otherwise.

use serde::Deserialize;

/// A marketplace whose usual settings are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// John Lewis, the third-party brand programme (`contracts/john-lewis.md §1`, route A).
    JohnLewis,
}

impl Preset {
    /// Hours to despatch.
    ///
    /// John Lewis publishes none (`contracts/john-lewis.md §7`), so it is this project's own caution: one day.
    pub(crate) const fn despatch_hours(self) -> u32 {
        match self {
            Self::JohnLewis => 24,
        }
    }

    /// Carriers' names as warehouses write them, and the names to look for in the operator's list.
    pub(crate) const fn carrier_aliases(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::JohnLewis => UNITED_KINGDOM,
        }
    }
}

/// Carriers of the United Kingdom. An alias may stand twice: Hermes became Evri, and lists hold either name.
const UNITED_KINGDOM: &[(&str, &str)] = &[
    ("royal mail", "Royal Mail"),
    ("royalmail", "Royal Mail"),
    ("tracked 24", "Royal Mail"),
    ("tracked 48", "Royal Mail"),
    ("dpd", "DPD"),
    ("dpd local", "DPD"),
    ("interlink", "DPD"),
    ("evri", "Evri"),
    ("evri", "Hermes"),
    ("hermes", "Evri"),
    ("hermes", "Hermes"),
    ("myhermes", "Evri"),
    ("myhermes", "Hermes"),
    ("dhl", "DHL"),
    ("dhl parcel uk", "DHL"),
    ("ups", "UPS"),
    ("yodel", "Yodel"),
    ("parcelforce", "Parcelforce"),
    ("parcel force", "Parcelforce"),
];
