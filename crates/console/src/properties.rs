//! What holds for every text that a page, an address or a spreadsheet carries (`reliability.md` §4, T9).

use crossdock_model::Private;
use prop_kit::{cases, python, sample, text};
use proptest::prelude::*;
use serde_json::json;

use crate::csv_export::Table;
use crate::html::{count, escape};
use crate::mask;
use crate::query::{Pager, Query, order_url, percent, unpercent, url};

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_any_order_number_survives_its_address(number in text()) {
        prop_assert_eq!(unpercent(&percent(&number)), number.clone());
        let address = order_url(&number);
        prop_assert!(address.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte)));
        prop_assert_eq!(address.matches('/').count(), 2);
    }

    #[test]
    fn prop_what_is_not_well_formed_stays_as_it_is(given in prop_oneof![text(), "[%+0-9a-fA-F g]{0,12}"]) {
        let read = unpercent(&given);
        let hex = |pair: &[u8]| pair.len() >= 3 && pair[0] == b'%' && pair[1].is_ascii_hexdigit() && pair[2].is_ascii_hexdigit();
        let escapes = given.as_bytes().windows(3).any(hex);
        if !escapes {
            prop_assert_eq!(read, given);
        }
    }

    #[test]
    fn prop_no_text_becomes_markup(given in text()) {
        let shown = escape(&given);
        prop_assert!(!shown.contains(['<', '>', '"', '\'']));
        let left = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].iter().fold(shown.clone(), |text, entity| text.replace(entity, ""));
        prop_assert!(!left.contains('&'), "{}", shown);
    }

    /// C28: under cover, a value tells its first letter, and nothing of what follows or how long it is.
    #[test]
    fn prop_c28_a_masked_value_tells_one_letter(first in "[A-Z]", rest in text(), domain in text()) {
        let secret = format!("CANARY{}", rest.replace('.', ""));
        let private = |text: String| Private::from(text);
        let name = mask::text(&private(format!("{first}{secret}")));
        prop_assert_eq!(name, format!("{first}•••"));
        for address in [format!("{first}{secret}@x.example"), format!("{first}@{secret}"), format!("{first}@{domain}@{secret}"), format!("{first}@{secret}.example")] {
            let shown = mask::email(&private(address.clone()));
            prop_assert!(!shown.contains("CANARY"), "{} of {}", shown, address);
        }
        let code = mask::postcode(&private(format!("LS1 {secret}")));
        prop_assert!(!code.contains("CANARY"), "{}", code);
    }

    #[test]
    fn prop_a_count_keeps_its_digits(n in any::<i64>()) {
        let shown = count(n);
        let plain = shown.replace(',', "").replace('−', "-");
        prop_assert_eq!(plain, n.to_string());
        prop_assert!(shown.trim_start_matches('−').split(',').skip(1).all(|group| group.len() == 3));
    }

    #[test]
    fn prop_a_pager_never_leads_out_of_the_list(shown in 0_usize..60, total in any::<u64>(), page in any::<u32>(), pages in any::<u32>()) {
        let pager = Pager::new(shown, total, page, pages, |page| format!("/orders?page={page}"));
        prop_assert_eq!(pager.before.is_some(), page > 1);
        prop_assert_eq!(pager.after.is_some(), page.max(1) < pages);
    }

    #[test]
    fn prop_a_filter_survives_its_address(channel in text(), state in text(), page in any::<u32>()) {
        let number = page.to_string();
        let address = url("/orders", &[("channel", Some(&channel)), ("state", Some(&state)), ("page", Some(&number))]);
        let pairs = address.split_once('?').map_or("", |(_, query)| query).split('&').filter_map(|pair| pair.split_once('='));
        let filter = Query(pairs.map(|(name, value)| (name.to_owned(), unpercent(value))).collect()).orders();
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        prop_assert_eq!((filter.channel, filter.state, filter.page), (given(&channel), given(&state), page.max(1)));
    }
}

/// Python reads each export cell for cell; a cell that a spreadsheet would take for a formula bears an apostrophe.
#[test]
fn prop_python_reads_the_exports_that_are_written() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let tables = sample(&prop::collection::vec((text(), text()), 1..6), 200);
    let files: Vec<String> = tables
        .iter()
        .map(|rows| {
            let mut table = Table::new("orders", &["Number, \"name\"", "State"]);
            rows.iter().for_each(|(a, b)| table.row([a.clone(), b.clone()]));
            let body = runtime.block_on(axum::body::to_bytes(table.into_response().into_body(), usize::MAX)).unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        })
        .collect();
    let script = "return [list(csv.reader(io.StringIO(text.removeprefix('\\ufeff'), newline=''), strict=True)) for text in given]";
    let read = python(script, &json!(files));
    let disarmed = |cell: &String| {
        let number = cell
            .strip_prefix('-')
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.'));
        if !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
            format!("'{cell}")
        } else {
            cell.clone()
        }
    };
    for (rows, read) in tables.iter().zip(read.as_array().unwrap()) {
        let mut expected = vec![json!(["Number, \"name\"", "State"])];
        expected.extend(rows.iter().map(|(a, b)| json!([disarmed(a), disarmed(b)])));
        assert_eq!(read, &json!(expected));
    }
}

/// Python's HTML parser reads out of each escaped text what went in.
#[test]
fn prop_python_reads_the_markup_that_is_written() {
    let texts = sample(&text(), 300);
    let shown: Vec<String> = texts.iter().map(|text| escape(text)).collect();
    let read = python("import html\nreturn [html.unescape(text) for text in given]", &json!(shown));
    assert_eq!(read, json!(texts));
}
