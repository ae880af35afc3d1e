//! From a channel's order to the warehouse's.

use std::collections::BTreeMap;

use crossdock_model::{Address, ChannelOrder, DraftLine, Money, OrderDraft};
use jiff::Timestamp;

use super::{AddressFix, MappedLine, SkuAnswer};
use crate::ChannelRules;

/// The longest sales order number the warehouse takes (`contracts/peoplevox.md §3.3`).
const NUMBER_MAX: usize = 30;

/// The warehouse's number of a marketplace order: prefix and number. A number that would be too long becomes the prefix
/// and a digest, so that two orders never share one; the digest form holds a `~`, which no plain number may contain.
pub fn warehouse_number(prefix: &str, number: &str) -> String {
    let plain = format!("{prefix}{number}");
    if plain.len() <= NUMBER_MAX && is_speakable(number) && !number.is_empty() {
        return plain;
    }
    let digest = blake3::hash(number.as_bytes()).to_hex();
    let room = NUMBER_MAX.saturating_sub(prefix.len() + 1);
    format!("{prefix}~{}", &digest.as_str()[..room.min(20)])
}

/// Whether a text has only characters that may stand in a warehouse order's number as they are: what people can say on the
/// telephone, and search clauses and addresses can carry.
pub fn is_speakable(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

/// The address with a person's correction laid over it.
pub(super) fn corrected(address: &Address, fix: Option<&AddressFix>) -> Address {
    fix.map_or_else(|| address.clone(), |fix| fix.over(address))
}

/// The warehouse order of a checked order, and what each channel line became. Lines with the same item are summed
/// (fault F56): the warehouse keys lines by item.
pub fn draft(
    order: &ChannelOrder,
    ship_to: Address,
    number: &str,
    rules: &ChannelRules,
    sku: &dyn Fn(&str) -> SkuAnswer,
    ship_by: Option<Timestamp>,
) -> (OrderDraft, Vec<MappedLine>) {
    let mut mapped = Vec::new();
    let mut sums: BTreeMap<String, (usize, i64, Option<Money>)> = BTreeMap::new();
    for line in order.lines.iter().filter(|line| !line.cancelled && line.open > 0) {
        let Some(SkuAnswer::Item(item)) = line.sku.as_deref().map(|code| sku(code.trim())) else {
            continue;
        };
        mapped.push(MappedLine { line_id: line.id.clone(), item: item.clone(), quantity: line.open });
        let position = sums.len();
        let sum = sums.entry(item).or_insert((position, 0, line.unit_price));
        sum.1 = sum.1.saturating_add(line.open);
        if sum.2 != line.unit_price {
            sum.2 = None;
        }
    }
    let mut lines: Vec<_> = sums.into_iter().collect();
    lines.sort_by_key(|(_, (position, ..))| *position);
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(index, (item, (_, quantity, unit_price)))| DraftLine {
            line: (index + 1).to_string(),
            item,
            quantity,
            unit_price,
        })
        .collect();
    let draft = OrderDraft {
        number: number.to_owned(),
        reference: order.number.clone(),
        channel: rules.title.clone(),
        placed_at: order.placed_at,
        ship_by,
        contact: order.contact.clone(),
        ship_to,
        service: rules.service_type(&order.service).map(str::to_owned),
        total: order.total,
        shipping: order.shipping,
        message: order.message.clone(),
        lines,
    };
    (draft, mapped)
}

#[cfg(test)]
mod tests {
    use super::warehouse_number;

    #[test]
    fn numbers_fit_and_stay_apart() {
        assert_eq!(warehouse_number("JL-", "1037-A"), "JL-1037-A");
        let long_a = warehouse_number("JL-", &"9".repeat(40));
        // As long as the warehouse takes, and not a letter longer, whatever the prefix.
        assert_eq!(warehouse_number(&"P".repeat(20), &"9".repeat(40)).len(), super::NUMBER_MAX);
        assert_eq!(warehouse_number("JL-", &"9".repeat(27)), format!("JL-{}", "9".repeat(27)));
        let long_b = warehouse_number("JL-", &format!("{}8", "9".repeat(39)));
        assert!(long_a.len() <= 30 && long_b.len() <= 30 && long_a != long_b);
        // A number in digest form can never be a plain one.
        assert!(!warehouse_number("JL-", "~abc").ends_with("~abc"));
        assert_ne!(warehouse_number("JL-", "A B"), warehouse_number("JL-", "A-B"));
    }
}
