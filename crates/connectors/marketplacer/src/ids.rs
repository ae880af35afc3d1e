//! Marketplacer's two kinds of id, and how the hub keeps both in one text.
//!
//! GraphQL wants an opaque global id (`VmFyaWFudC0yMQ==`), the REST stock call wants the number that people see (`21`)
//! (`contracts/marketplacer.md §1`, IDs). A listing therefore carries both as `<global id>|<number>`. The number is never
//! computed from the global id for a write: the remote calls that id opaque.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Both ids of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListingId<'a> {
    /// For GraphQL.
    pub(crate) global: &'a str,
    /// For REST; digits only.
    pub(crate) number: Option<&'a str>,
}

impl<'a> ListingId<'a> {
    /// Takes apart what [`ListingId::encode`] put together.
    pub(crate) fn decode(text: &'a str) -> Self {
        let (global, number) = text.split_once('|').unwrap_or((text, ""));
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        Self { global, number: is_number.then_some(number) }
    }

    /// `<global id>|<number>`, or the global id alone where no number is known.
    pub(crate) fn encode(global: &str, number: Option<&str>) -> String {
        match number {
            Some(number) => format!("{global}|{number}"),
            None => global.to_owned(),
        }
    }
}

/// An invoice id that somebody gave, as the remote wants it: the number that people see (`10501`) becomes a global id, anything
/// else stays as it is. `contracts/marketplacer.md §1` shows the form, and the vendor's own sample builds ids so.
pub(crate) fn invoice(given: &str) -> String {
    let given = given.trim();
    if !given.is_empty() && given.bytes().all(|byte| byte.is_ascii_digit()) {
        STANDARD.encode(format!("Invoice-{given}"))
    } else {
        given.to_owned()
    }
}

/// Whether a text is surely the global id of an invoice. Others may be one in a form that we have not seen, or something that a
/// person typed.
pub(crate) fn is_invoice(global: &str) -> bool {
    let decoded = STANDARD.decode(global).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let number = decoded.as_deref().and_then(|text| text.strip_prefix("Invoice-"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The number inside a global id, only ever to be shown to people when the remote left `legacyId` out.
pub(crate) fn number_of(global: &str) -> Option<String> {
    let decoded = String::from_utf8(STANDARD.decode(global).ok()?).ok()?;
    let number = decoded.rsplit_once('-')?.1;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_keeps_both_ids() {
        let text = ListingId::encode("VmFyaWFudC0yMQ==", Some("21"));
        assert_eq!(text, "VmFyaWFudC0yMQ==|21");
        assert_eq!(ListingId::decode(&text), ListingId { global: "VmFyaWFudC0yMQ==", number: Some("21") });
    }

    #[test]
    fn a_listing_without_a_usable_number_has_none() {
        for text in ["VmFyaWFudC0yMQ==", "VmFyaWFudC0yMQ==|", "VmFyaWFudC0yMQ==|2 1", "VmFyaWFudC0yMQ==|-1"] {
            assert_eq!(ListingId::decode(text).number, None, "{text}");
        }
    }

    #[test]
    fn the_number_that_people_see_names_its_invoice() {
        assert_eq!(invoice(" 13737 "), "SW52b2ljZS0xMzczNw==");
        for other in ["SW52b2ljZS0xMzczNw==", "MP-13737", "", "13737a"] {
            assert_eq!(invoice(other), other, "nothing is stripped or guessed");
        }
        assert!(is_invoice("SW52b2ljZS0xMzczNw=="));
        for other in ["13737", "MP-13737", "VmFyaWFudC0yMQ==", "SW52b2ljZS0=", ""] {
            assert!(!is_invoice(other), "{other}");
        }
    }

    #[test]
    fn people_see_the_number_even_when_it_was_left_out() {
        assert_eq!(number_of("SW52b2ljZS0xMzczNw=="), Some("13737".to_owned()));
        for odd in ["", "!!", "SW52b2ljZQ==", "SW52b2ljZS0="] {
            assert_eq!(number_of(odd), None, "{odd}");
        }
    }
}
