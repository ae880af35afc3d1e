//! What holds for every file that somebody may write (`reliability.md` §4, T9 and T10).

use prop_kit::{cases, text};
use proptest::prelude::*;

use super::GOOD;
use crate::config::{parse, public_url};

fn told(file: &str) -> Option<String> {
    parse(file).err().map(|fault| fault.to_string())
}

/// The lines of the good file that set a key.
fn settings() -> Vec<&'static str> {
    GOOD.lines().filter(|line| line.contains(" = ") && !line.trim_start().starts_with('#')).collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn prop_no_file_panics(lines in prop::collection::vec(prop_oneof![text(), prop::sample::select(settings()).prop_map(str::to_owned)], 0..12), cut in 0_usize..3_000) {
        prop_assert!(told(&lines.join("\n")).is_some(), "the tables are missing");
        let mut end = cut.min(GOOD.len());
        while !GOOD.is_char_boundary(end) {
            end -= 1;
        }
        let _ = told(&GOOD[..end]);
        let _ = told(&format!("{}{}{}", &GOOD[..end], lines.concat(), &GOOD[end..]));
    }

    /// A key that nobody knows is refused wherever it stands: a slip must not be a silent default.
    #[test]
    fn prop_a_key_that_nobody_knows_is_refused_where_it_stands(name in "zz[a-z]{2,8}", after in 0_usize..40) {
        let lines: Vec<&str> = GOOD.lines().collect();
        let places: Vec<usize> = (0..lines.len()).filter(|at| settings().contains(&lines[*at])).collect();
        let at = places[after % places.len()] + 1;
        let mut file: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        file.insert(at, format!("{name} = 1"));
        let told = told(&file.join("\n"));
        let place = format!("line {}, column 1: ", at + 1);
        prop_assert!(told.as_ref().is_some_and(|told| told.starts_with(&place) && told.contains(&name)), "{:?}", told);
    }

    /// C30: whoever writes a secret where its place belongs does not find it in an error, a log or a terminal.
    #[test]
    fn prop_c30_a_secret_in_the_wrong_place_is_not_repeated(rest in "[ -!#-\\[\\]-~]{0,20}", place in 0_usize..3, form in 0_usize..4) {
        let secret = format!("CANARY{rest}");
        let places = [("PVX", "password"), ("MP", "api_key"), ("JL", "api_key")];
        let (variable, key) = places[place];
        let new = match form {
            0 => format!("{key} = \"{secret}\""),
            1 => format!("{key} = [\"{secret}\"]"),
            2 => format!("{key} = {{ value = \"{secret}\" }}"),
            _ => format!("{key} = {{ env = [\"{secret}\"] }}"),
        };
        let told = told(&GOOD.replace(&format!("{key} = {{ env = \"{variable}\" }}"), &new));
        prop_assert!(told.as_ref().is_some_and(|told| !told.contains("CANARY")), "{:?}", told);
    }

    /// Prefixes of two channels never let two orders share a number.
    #[test]
    fn prop_two_channels_never_share_a_number(one in "[A-Za-z]{1,3}-?", other in "[A-Za-z]{1,3}-?", numbers in prop::collection::btree_set("[A-Za-z-]{1,4}", 1..12)) {
        let file = GOOD.replace("\"OUT-\"", &format!("\"{one}\"")).replace("\"JLM-\"", &format!("\"{other}\""));
        if parse(&file).is_ok() {
            for number in &numbers {
                for second in &numbers {
                    let first = crossdock_flow::order::warehouse_number(&one, number).to_lowercase();
                    prop_assert_ne!(first, crossdock_flow::order::warehouse_number(&other, second).to_lowercase());
                }
            }
        }
    }

    #[test]
    fn prop_figures_out_of_range_are_refused(key in 0_usize..8, figure in any::<i64>()) {
        let (line, range) = [
            ("despatches_seconds = 61", 1..=86_400), ("availability_minutes = 16", 1..=1_440), ("items_minutes = 361", 1..=10_080),
            ("health_seconds = 301", 1..=86_400), ("doubt_seconds = 302", 30..=86_400), ("overlap_minutes = 11", 10..=1_440),
            ("buffer = 1", 0..=1_000_000), ("cap = 9", 0..=1_000_000_i64),
        ][key].clone();
        let name = line.split(' ').next().unwrap();
        for figure in [figure, figure % 2_000_000] {
            let told = told(&GOOD.replace(&format!("{line}\n"), &format!("{name} = {figure}\n")));
            prop_assert_eq!(told.is_none(), range.contains(&figure), "{} = {}: {:?}", name, figure, told);
        }
    }

    /// C18: an address that remotes are to call is https, or loopback, and nothing but scheme, host and port.
    #[test]
    fn prop_c18_a_public_address_is_https_and_nothing_more(given in prop_oneof![text(), "(http|https|ftp)://[a-z0-9.@:/?#\\[\\]-]{0,24}"]) {
        if public_url(&given).is_ok() {
            prop_assert!(given.bytes().all(|byte| byte.is_ascii_graphic()));
            let lower = given.to_lowercase();
            let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
            prop_assert!(rest.is_some_and(|rest| !rest.trim_end_matches('/').contains(['/', '?', '#'])), "{}", given);
            prop_assert!(!given.contains('@') || given.ends_with('@') || given.contains("//@"), "{}", given);
            if lower.starts_with("http://") {
                let host = rest.unwrap_or("");
                prop_assert!(host.contains("localhost") || host.contains("127.") || host.contains("[::1]") || host.starts_with(|c: char| c.is_ascii_digit()), "{}", given);
            }
        }
    }
}
