//! Personal data under cover, in text and in JSON: a terminal is logged, scrolled back and pasted into tickets.
//!
//! Equal to what the console's API does by itself, and harmless when done twice.

use crossdock_desk::{Act, AddressParts, OrderPage};
use crossdock_model::Private;

/// The first letter and nothing of the length. Blank stays blank: that nothing was given can be why an order is held.
fn initial(value: &Private<String>) -> String {
    value.text().trim().chars().next().map(|first| format!("{first}•••")).unwrap_or_default()
}

/// First letter and the domain's last part.
fn email(value: &Private<String>) -> String {
    match value.text().trim().split_once('@') {
        Some((_, domain)) => format!("{}@•••.{}", initial(value), domain.rsplit('.').next().unwrap_or_default()),
        None => initial(value),
    }
}

/// The outward half of a postcode: it names a district, not a house.
fn postcode(value: &Private<String>) -> String {
    match value.text().trim().split_once(' ') {
        Some((outward, _)) => format!("{outward} •••"),
        None => initial(value),
    }
}

/// Takes from a page what it says about a person, the raw document included.
pub(crate) fn page(page: &mut OrderPage) {
    page.contact.name = initial(&page.contact.name).into();
    page.contact.email = email(&page.contact.email).into();
    page.contact.phone = initial(&page.contact.phone).into();
    let to = &mut page.ship_to;
    for field in [&mut to.recipient, &mut to.company, &mut to.line1, &mut to.line2, &mut to.city, &mut to.region] {
        *field = initial(field).into();
    }
    to.postcode = postcode(&to.postcode).into();
    page.message = initial(&page.message.as_str().into());
    page.raw = None;
    for (act, _) in &mut page.acts {
        if let Act::CorrectAddress { parts, .. } = act {
            *parts = AddressParts::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::page;

    #[test]
    fn nothing_about_the_person_is_left_and_masking_twice_changes_nothing() {
        let mut once = sample();
        page(&mut once);
        let text = serde_json::to_string(&once).unwrap();
        for secret in ["Canary", "canary", "Quay Street", "4AP", "07700", "ring twice", "rawdocument"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        assert!(text.contains("LS1 •••") && text.contains("z•••@•••.uk"), "{text}");
        let mut twice = once.clone();
        page(&mut twice);
        assert_eq!(serde_json::to_string(&twice).unwrap(), text);
    }

    #[test]
    fn what_was_not_given_stays_visible_as_not_given() {
        let mut held = sample();
        held.ship_to.line1 = "  ".into();
        page(&mut held);
        assert_eq!(held.ship_to.line1.text(), "");
        assert_eq!(held.contact.name.text(), "Z•••");
    }
}
