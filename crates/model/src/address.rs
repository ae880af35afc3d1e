//! Postal addresses, as the channels give them and the warehouse needs them.

use serde::{Deserialize, Serialize};

use crate::Private;

/// Where goods go. Nothing here is trimmed or corrected: what the marketplace said is what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// The person or household.
    pub recipient: Private<String>,
    /// The company, when there is one.
    pub company: Private<String>,
    /// First address line.
    pub line1: Private<String>,
    /// Second address line, often empty.
    pub line2: Private<String>,
    /// Town or city.
    pub city: Private<String>,
    /// County, state or region.
    pub region: Private<String>,
    /// Postcode as written.
    pub postcode: Private<String>,
    /// Country as an ISO 3166 alpha-2 code (`GB`), empty when the channel gave none that is known.
    pub country_code: String,
    /// Country name in English (`United Kingdom`), as the warehouse wants it.
    pub country: String,
}

impl Address {
    /// Whether the channel gave nothing at all; a Mirakl operator hides addresses until an order may be shipped.
    pub fn is_blank(&self) -> bool {
        [&self.line1, &self.line2, &self.city, &self.postcode].iter().all(|part| part.is_blank())
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_blank_when_no_part_of_the_place_is_given() {
        assert!(Address::default().is_blank());
        let named = Address { recipient: "Ada".into(), country_code: "GB".to_owned(), ..Address::default() };
        assert!(named.is_blank(), "whose it is does not say where");
        for part in 0..4 {
            let mut address = Address::default();
            let parts = [&mut address.line1, &mut address.line2, &mut address.city, &mut address.postcode];
            *parts.into_iter().nth(part).unwrap() = "x".into();
            assert!(!address.is_blank(), "part {part}");
        }
    }
}
