//! The checks that an order passes before the warehouse sees it (`A081`, `A103`, `B073`).

use crossdock_model::{Address, ChannelOrder};

use crate::cause::Cause;
use crate::{AddressRules, Held};

/// What the SKU map says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkuAnswer {
    /// This active item.
    Item(String),
    /// An item that is switched off.
    Inactive(String),
    /// Nothing.
    Unknown,
}

/// Something that is wrong with an order.
pub type Problem = Held;

/// Everything that is wrong with an order's lines and, when `address` is given, with its address; worst first.
///
/// Lines that are cancelled or have nothing open are not looked at.
pub fn check(
    order: &ChannelOrder,
    address: Option<(&Address, &AddressRules)>,
    sku: &dyn Fn(&str) -> SkuAnswer,
) -> Vec<Problem> {
    let mut problems = lines(order, sku);
    if let Some((address, rules)) = address {
        problems.extend(postal(address, rules));
    }
    problems
}

fn lines(order: &ChannelOrder, sku: &dyn Fn(&str) -> SkuAnswer) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut any_to_ship = false;
    for (index, line) in order.lines.iter().enumerate().filter(|(_, line)| !line.cancelled) {
        let position = index + 1;
        if line.quantity <= 0 || line.open < 0 || line.open > line.quantity || line.quantity > 1_000_000 {
            problems.push(Held::new(
                Cause::QuantityInvalid,
                "",
                format!("line {position}: {} of {} units to ship", line.open, line.quantity),
            ));
            continue;
        }
        if line.open == 0 {
            continue;
        }
        any_to_ship = true;
        let Some(code) = line.sku.as_deref().map(str::trim).filter(|code| !code.is_empty()) else {
            problems.push(Held::new(Cause::SkuMissing, "", format!("line {position} has no SKU")));
            continue;
        };
        match sku(code) {
            SkuAnswer::Item(_) => {}
            SkuAnswer::Inactive(item) => problems.push(Held::new(
                Cause::SkuInactive,
                code,
                format!("line {position}: item {item} is switched off in the warehouse"),
            )),
            SkuAnswer::Unknown => problems.push(Held::new(
                Cause::SkuUnknown,
                code,
                format!("line {position}: SKU {code} has no warehouse item"),
            )),
        }
    }
    if !any_to_ship && problems.is_empty() {
        problems.push(Held::new(Cause::NoLines, "", "no line has a unit left to ship"));
    }
    problems
}

fn postal(address: &Address, rules: &AddressRules) -> Vec<Problem> {
    let parts = [
        ("name", &address.recipient),
        ("first address line", &address.line1),
        ("town", &address.city),
        ("postcode", &address.postcode),
    ];
    let mut missing: Vec<&str> = parts.iter().filter(|(_, text)| text.is_blank()).map(|(name, _)| *name).collect();
    let mut problems = Vec::new();
    if address.country.trim().is_empty() && address.country_code.is_empty() {
        missing.push("country");
    }
    if !missing.is_empty() {
        problems.push(Held::new(Cause::AddressIncomplete, "", format!("missing: {}", missing.join(", "))));
    }
    let limited = [
        ("name", &address.recipient, rules.name_max),
        ("first address line", &address.line1, rules.line_max),
        ("second address line", &address.line2, rules.line_max),
        ("town", &address.city, rules.line_max),
        ("region", &address.region, rules.line_max),
    ];
    for (name, text, max) in limited {
        let length = text.text().encode_utf16().count();
        if length > max {
            problems.push(Held::new(
                Cause::AddressTooLong,
                "",
                format!("the {name} has {length} characters, the warehouse takes {max}"),
            ));
        }
    }
    let british = address.country_code == "GB";
    if british && rules.check_postcode && !address.postcode.is_blank() && !is_postcode(address.postcode.text()) {
        problems.push(Held::new(Cause::AddressPostcode, "", "the postcode does not have the form of a British one"));
    }
    problems
}

/// Whether a text has the form of a British postcode: outward code of 2–4 characters that begins with a letter, inward
/// code of a digit and two letters; spaces and case do not matter. `GIR 0AA` counts too.
fn is_postcode(text: &str) -> bool {
    let plain: Vec<u8> =
        text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| byte.to_ascii_uppercase()).collect();
    if !(5..=7).contains(&plain.len()) || !plain.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let (outward, inward) = plain.split_at(plain.len() - 3);
    let inward_fits =
        matches!(inward, [digit, a, b] if digit.is_ascii_digit() && a.is_ascii_alphabetic() && b.is_ascii_alphabetic());
    let outward_fits = outward == b"GIR"
        || (outward[0].is_ascii_alphabetic() && outward.iter().any(u8::is_ascii_digit) && {
            let letters = outward.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
            let rest = &outward[letters..];
            letters <= 2 && rest.len() <= 2 && rest.first().is_some_and(u8::is_ascii_digit)
        });
    inward_fits && outward_fits
}

#[cfg(test)]
mod tests {
    use super::is_postcode;

    #[test]
    fn a104_british_postcodes_are_told_from_other_texts() {
        for good in ["LS1 4AP", "ls14ap", "SW1A 1AA", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "EC1A 1BB", "GIR 0AA"]
        {
            assert!(is_postcode(good), "{good}");
        }
        for bad in [
            "SW1A",
            "12345",
            "LS1 4A",
            "LS1 4APP",
            "1LS 4AP",
            "LSA 4AP",
            "LS1-4AP",
            "",
            "QQQ 1AA",
            "M123 1AA",
            "D02 X285 9",
        ] {
            assert!(!is_postcode(bad), "{bad}");
        }
    }
}
