//! How a figure comes about, spelled out for whoever asks why a channel shows no more.
//!
//! It goes the way of `apply::stock`, over the same functions of `flow::stock`: the result is the figure, and the words are
//! its parts.

use crossdock_flow::ChannelRules;
use crossdock_flow::stock::{kits, promisable, publish};
use crossdock_store::{ItemRow, StoreError};

use super::view::View;
use super::words::grouped;

/// What the figures of an item are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Basis {
    /// The warehouse has not said how much there is of this item.
    Unsaid(String),
    /// A plain item.
    Plain(Units),
    /// The parts of a kit: item, its units, units per kit.
    Kit(Vec<(String, Units, i64)>),
}

/// The units of a plain item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Units {
    /// Switched off in the warehouse: nothing of it is promised.
    Off,
    /// Available, and sold but not counted by the warehouse yet.
    On(i64, i64),
}

impl Units {
    fn left(self) -> i64 {
        match self {
            Self::Off => 0,
            Self::On(available, pending) => promisable(available, pending),
        }
    }
}

/// Reads what the figures of an item are made of.
pub(super) fn basis(view: &View<'_>, item: &ItemRow, any_kits: bool) -> Result<Basis, StoreError> {
    let code = &item.item.code;
    let parts = if any_kits { view.tx.kit_parts(code)? } else { Vec::new() };
    if parts.is_empty() {
        let units = units(view, Some(item))?;
        return Ok(units.map_or_else(|| Basis::Unsaid(code.clone()), Basis::Plain));
    }
    let mut kit = Vec::with_capacity(parts.len());
    for part in parts {
        let component = view.tx.item(&part.component)?;
        let Some(units) = units(view, component.as_ref())? else {
            return Ok(Basis::Unsaid(part.component));
        };
        kit.push((part.component, units, part.quantity));
    }
    Ok(Basis::Kit(kit))
}

fn units(view: &View<'_>, item: Option<&ItemRow>) -> Result<Option<Units>, StoreError> {
    let Some(item) = item else { return Ok(None) };
    if !item.item.active {
        return Ok(Some(Units::Off));
    }
    let Some(available) = item.available else { return Ok(None) };
    Ok(Some(Units::On(available, view.tx.demand_of(&item.item.code)?)))
}

impl Basis {
    /// The figure for a channel; `None` while the warehouse has not said.
    #[cfg(test)]
    fn figure(&self, rules: &ChannelRules) -> Option<i64> {
        Some(publish(self.left()?, rules))
    }

    fn left(&self) -> Option<i64> {
        match self {
            Self::Unsaid(_) => None,
            Self::Plain(units) => Some(units.left()),
            Self::Kit(parts) => {
                let counts: Vec<(i64, i64)> =
                    parts.iter().map(|(_, units, per_kit)| (units.left(), *per_kit)).collect();
                Some(kits(&counts))
            }
        }
    }

    /// The figure for a channel as a sum: `12 available − 2 sold, not counted yet − 1 buffer = 9`.
    pub(super) fn words(&self, rules: &ChannelRules) -> String {
        let Some(left) = self.left() else {
            let Self::Unsaid(item) = self else { return String::new() };
            return format!("The warehouse has not said how much there is of {item}.");
        };
        let shown = publish(left, rules);
        let buffer = rules.buffer.max(0);
        let less_buffer = left.saturating_sub(buffer);
        let head = match self {
            Self::Plain(Units::Off) => {
                return "The item is switched off in the warehouse, so nothing is shown.".to_owned();
            }
            Self::Plain(Units::On(available, pending)) => {
                let sum = available.saturating_sub((*pending).max(0)).saturating_sub(buffer);
                let taken = format!("{} − {} buffer", sold(*available, *pending), grouped(buffer.unsigned_abs()));
                return format!("{taken} = {}", ending(sum, shown, rules));
            }
            Self::Kit(parts) => decides(parts),
            Self::Unsaid(_) => String::new(),
        };
        let kits = grouped(left.unsigned_abs());
        let noun = if left == 1 { "kit" } else { "kits" };
        let buffer = grouped(buffer.unsigned_abs());
        format!("{head}: {kits} {noun} − {buffer} buffer = {}", ending(less_buffer, shown, rules))
    }
}

/// The part of which there is least.
fn decides(parts: &[(String, Units, i64)]) -> String {
    let makes = |units: Units, per_kit: i64| kits(&[(units.left(), per_kit)]);
    let Some((item, units, per_kit)) = parts.iter().min_by_key(|(_, units, per_kit)| makes(*units, *per_kit)) else {
        return String::new();
    };
    let stock = match units {
        Units::Off => "switched off in the warehouse".to_owned(),
        Units::On(available, pending) => sold(*available, *pending),
    };
    format!("Of its parts {item} decides: {stock}, {} to a kit", signed(*per_kit))
}

fn sold(available: i64, pending: i64) -> String {
    format!("{} available − {} sold, not counted yet", signed(available), grouped(pending.max(0).unsigned_abs()))
}

/// The sum, and what became of it: nothing below 0 is shown, nor anything above the cap.
fn ending(sum: i64, shown: i64, rules: &ChannelRules) -> String {
    if sum == shown {
        return signed(shown);
    }
    match rules.cap {
        Some(cap) if sum > cap.max(0) => format!("{}; at most {} are shown here", signed(sum), signed(cap.max(0))),
        _ => format!("{}, so {}", signed(sum), signed(shown)),
    }
}

fn signed(n: i64) -> String {
    let sign = if n < 0 { "−" } else { "" };
    format!("{sign}{}", grouped(n.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(buffer: i64, cap: Option<i64>) -> ChannelRules {
        ChannelRules { buffer, cap, ..ChannelRules::new("mp", "Marketplacer", "MP-") }
    }

    fn plain(available: i64, pending: i64) -> Basis {
        Basis::Plain(Units::On(available, pending))
    }

    #[test]
    fn a_figure_is_told_as_the_sum_that_it_is() {
        let said = |basis: &Basis, buffer, cap| basis.words(&rules(buffer, cap));
        assert_eq!(said(&plain(1_200, 2), 1, None), "1,200 available − 2 sold, not counted yet − 1 buffer = 1,197");
        assert_eq!(said(&plain(2, 3), 1, None), "2 available − 3 sold, not counted yet − 1 buffer = −2, so 0");
        assert_eq!(
            said(&plain(500, 0), 0, Some(99)),
            "500 available − 0 sold, not counted yet − 0 buffer = 500; at most 99 are shown here"
        );
        let kit = Basis::Kit(vec![("POT".to_owned(), Units::On(10, 0), 1), ("CUP".to_owned(), Units::On(7, 1), 2)]);
        assert_eq!(
            said(&kit, 1, None),
            "Of its parts CUP decides: 7 available − 1 sold, not counted yet, 2 to a kit: 3 kits − 1 buffer = 2"
        );
        let off = Basis::Kit(vec![("CUP".to_owned(), Units::Off, 2)]);
        assert_eq!(
            said(&off, 1, None),
            "Of its parts CUP decides: switched off in the warehouse, 2 to a kit: 0 kits − 1 buffer = −1, so 0"
        );
        assert!(said(&Basis::Plain(Units::Off), 1, None).contains("switched off"));
        assert!(said(&Basis::Unsaid("CUP".to_owned()), 1, None).contains("CUP"));
    }

    #[test]
    fn the_sum_ends_with_the_figure_that_is_published() {
        for available in -3..12 {
            for pending in 0..5 {
                for buffer in 0..4 {
                    for cap in [None, Some(0), Some(4)] {
                        let rules = rules(buffer, cap);
                        let basis = plain(available, pending);
                        let figure = basis.figure(&rules).unwrap();
                        let words = basis.words(&rules);
                        let last = words.rsplit(['=', ',', ';']).next().unwrap().replace('−', "-");
                        let number = last.split_whitespace().find_map(|word| word.parse::<i64>().ok());
                        assert_eq!(number, Some(figure), "{words}");
                    }
                }
            }
        }
    }
}
