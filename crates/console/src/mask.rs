//! Personal data under cover: a page shows who and where only when asked.

use crossdock_desk::OrderPage;
use crossdock_model::Private;

/// A name or a line: its first letter and nothing of its length. Blank stays blank, because "none given" is a fact that
/// explains a held order.
pub(crate) fn text(private: &Private<String>) -> String {
    private.text().trim().chars().next().map(|first| format!("{first}•••")).unwrap_or_default()
}

/// The longest last part of a domain that is shown: longer ones are rare, and may be something else.
const LONGEST_TAIL: usize = 6;

/// An e-mail address: first letter and domain's last part.
pub(crate) fn email(private: &Private<String>) -> String {
    // What is no domain (without a dot, with a second @) may be anything, a name included.
    let domain = private.text().trim().rsplit_once('@').and_then(|(_, domain)| domain.rsplit_once('.'));
    match domain {
        Some((_, tail)) if tail.len() <= LONGEST_TAIL => format!("{}@•••.{tail}", text(private)),
        _ => text(private),
    }
}

/// The outward part of a postcode: it names a district, not a house.
pub(crate) fn postcode(private: &Private<String>) -> String {
    let trimmed = private.text().trim();
    match trimmed.split_once(' ') {
        Some((outward, _)) => format!("{outward} •••"),
        None => text(private),
    }
}

/// The page without what it says about a person; for the JSON API.
pub(crate) fn page(page: &mut OrderPage) {
    page.contact.name = text(&page.contact.name).into();
    page.contact.email = email(&page.contact.email).into();
    page.contact.phone = text(&page.contact.phone).into();
    let to = &mut page.ship_to;
    for field in [&mut to.recipient, &mut to.company, &mut to.line1, &mut to.line2, &mut to.city, &mut to.region] {
        *field = text(field).into();
    }
    to.postcode = postcode(&to.postcode).into();
    page.message = text(&page.message.as_str().into());
    page.raw = None;
    for (act, _) in &mut page.acts {
        blank_address(act);
    }
}

/// An address correction that was filled in beforehand would tell what the page hides.
pub(crate) fn blank_address(act: &mut crossdock_desk::Act) {
    if let crossdock_desk::Act::CorrectAddress { parts, .. } = act {
        *parts = crossdock_desk::AddressParts::default();
    }
}

#[cfg(test)]
mod tests {
    use super::{email, postcode, text};

    #[test]
    fn a_masked_value_tells_neither_content_nor_length() {
        assert_eq!(text(&"Zoë Canary".into()), "Z•••");
        assert_eq!(text(&"Zo".into()), "Z•••");
        assert_eq!(text(&"  ".into()), "");
        assert_eq!(email(&"zoe@example.co.uk".into()), "z•••@•••.uk");
        assert_eq!(postcode(&"LS1 4AP".into()), "LS1 •••");
        assert_eq!(postcode(&"SW1A".into()), "S•••");
    }
}
