//! The warehouse's carrier in the channel's own list (`B064`).

use crossdock_model::Carrier;
use crossdock_planted::{self as planted, Bug};

/// What the carrier map says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CarrierAnswer {
    /// This carrier of the channel's list.
    Listed(Carrier),
    /// Not on the list; the channel takes a name.
    ByName(String),
    /// Not on the list; somebody has to map it.
    Unknown,
}

/// Finds the channel's carrier: a person's choice first, then the same code or name, then a well-known other name.
/// Never a guess by likeness.
pub fn carrier(
    warehouse: &str,
    chosen: Option<&str>,
    list: &[Carrier],
    aliases: &[(String, String)],
    free_names: bool,
) -> CarrierAnswer {
    let by_code = |code: &str| list.iter().find(|entry| entry.code.eq_ignore_ascii_case(code));
    let by_name = |name: &str| list.iter().find(|entry| squash(&entry.name) == squash(name));
    let by_other_name = || {
        aliases
            .iter()
            .filter(|(alias, _)| squash(alias) == squash(warehouse))
            .find_map(|(_, name)| by_name(name).or_else(|| by_code(name)))
    };
    let found =
        chosen.and_then(by_code).or_else(|| by_name(warehouse)).or_else(|| by_code(warehouse)).or_else(by_other_name);
    let likely = || list.first().filter(|_| planted::on(Bug::CarrierByLikeness));
    match found.or_else(likely) {
        Some(entry) => CarrierAnswer::Listed(entry.clone()),
        None if free_names && !warehouse.trim().is_empty() => CarrierAnswer::ByName(warehouse.trim().to_owned()),
        None => CarrierAnswer::Unknown,
    }
}

/// Letters and digits in lower case: `Royal Mail` and `royal-mail` are one.
fn squash(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Vec<Carrier> {
        [("rm", "Royal Mail"), ("dpd-uk", "DPD"), ("68", "Evri")]
            .map(|(code, name)| Carrier { code: code.into(), name: name.into() })
            .to_vec()
    }

    #[test]
    fn b064_a_carrier_is_found_by_choice_name_or_known_alias_and_never_by_likeness() {
        let aliases = [("Hermes".to_owned(), "Evri".to_owned())];
        let find = |name: &str, chosen: Option<&str>| match carrier(name, chosen, &list(), &aliases, false) {
            CarrierAnswer::Listed(entry) => entry.code,
            other => format!("{other:?}"),
        };
        assert_eq!(find("royal-mail", None), "rm");
        assert_eq!(find("HERMES", None), "68");
        assert_eq!(find("House van", Some("dpd-uk")), "dpd-uk");
        assert_eq!(find("DPDX", None), "Unknown");
        assert_eq!(carrier("House van", None, &list(), &aliases, true), CarrierAnswer::ByName("House van".to_owned()));
    }
}
