//! What holds for every text, date and reply (`reliability.md` §4, T9). Python's `csv` and `xml.etree` are the second
//! opinion on the two languages that Peoplevox speaks.

use std::collections::BTreeMap;

use crossdock_connector::{Intake, Outcome, RejectCode, WebhookRequest};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use prop_kit::{cases, line, python, sample, text, word, xml_text};
use proptest::prelude::*;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::csv_table::{self, Table};
use crate::dates::{import_format, parse_report, search_from};
use crate::fixtures::{self, draft, envelope, reply, reply_at, with_rows};
use crate::order_note::Note;
use crate::saved_rows::{self, Sent};
use crate::search_clause::{self, Field, is_expressible};
use crate::soap::{self, Fields, Op, is_xml};
use crate::values::{boolean, canonical, excerpt, whole_number};

const HEADER: [&str; 3] = ["Sales,order", "Item \"code\"", "Name"];

fn row() -> impl Strategy<Value = [String; 3]> {
    // The first cell is never blank: a row of blanks is no row.
    (word(), text(), text()).prop_map(|(key, a, b)| [format!("K{key}"), a, b])
}

fn rows() -> impl Strategy<Value = Vec<[String; 3]>> {
    prop::collection::vec(row(), 1..5)
}

fn written(rows: &[[String; 3]]) -> String {
    csv_table::write(&HEADER, rows.iter().map(|row| row.iter().map(String::as_str).collect()))
}

fn read(text: &str) -> Vec<Vec<String>> {
    let table = Table::parse(text);
    table.rows().map(|row| (0..3).map(|column| row.cell(Some(column)).to_owned()).collect()).collect()
}

fn trimmed(rows: &[[String; 3]]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect()
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_a_table_is_read_as_it_was_written(rows in rows()) {
        let text = written(&rows);
        prop_assert_eq!(read(&text), trimmed(&rows));
        let table = Table::parse(&text);
        prop_assert_eq!(table.header(), HEADER);
        prop_assert_eq!(read(&format!("\u{FEFF}{text}")), trimmed(&rows), "a byte order mark is no part of a name");
    }

    /// F18: whatever a page holds, each of its rows is counted once, whole or misshapen.
    #[test]
    fn prop_f18_every_row_of_any_text_is_counted_once(text in prop::collection::vec(text(), 0..12)) {
        let table = Table::parse(&text.concat());
        prop_assert_eq!(table.rows().count() + table.misshapen().count(), table.len());
        for row in table.rows() {
            for column in 0..4 {
                prop_assert_eq!(row.cell(Some(column)).trim(), row.cell(Some(column)));
            }
        }
    }

    #[test]
    fn prop_a_column_is_found_whatever_its_case_and_blanks(names in prop::collection::btree_set("[a-z]{1,8}", 1..6)) {
        let names: Vec<String> = names.into_iter().collect();
        let header: Vec<String> = names.iter().map(|name| format!(" {} ", name.to_uppercase())).collect();
        let table = Table::parse(&csv_table::write(&header.iter().map(String::as_str).collect::<Vec<_>>(), std::iter::empty()));
        for (place, name) in names.iter().enumerate() {
            prop_assert_eq!(table.column(&[name]), Some(place));
        }
        prop_assert_eq!(table.column(&["not there"]), None);
    }

    #[test]
    fn prop_a_whole_number_is_exact_or_none(text in prop_oneof![text(), "-?[0-9]{0,22}[.]?0{0,3}[0-9]?"]) {
        let plain = text.trim();
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
        let exact = whole.parse::<i128>().ok().filter(|_| !whole.starts_with('+'));
        let expected = exact
            .filter(|_| !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0'))
            .and_then(|exact| i64::try_from(exact).ok());
        prop_assert_eq!(whole_number(&text), expected);
    }

    #[test]
    fn prop_canonical_text_stays_on_one_line_and_stays_canonical(given in text()) {
        let once = canonical(&given);
        let breaks = ['\r', '\n', '\t', '\u{85}', '\u{2028}', '\u{2029}'];
        prop_assert!(!once.contains(breaks));
        prop_assert_eq!(&canonical(&once), &once);
        prop_assert_eq!(once.trim(), &once);
        // Nothing but breaks and blanks is lost, so composed and decomposed letters stay what they are.
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(letters(&once), letters(&given));
    }

    #[test]
    fn prop_a_remotes_words_are_passed_on_short_and_on_one_line(given in prop::collection::vec(text(), 0..60)) {
        let said = excerpt(&given.concat());
        prop_assert!((1..=300).contains(&said.chars().count()) && !said.chars().any(char::is_control));
        prop_assert!(boolean(&said).is_none_or(|_| said.len() <= 5));
    }

    /// The clause is a program that the server runs: a value either stands in it as it is, between its own quotes, or
    /// the order is refused.
    #[test]
    fn prop_a_search_value_never_leaves_its_quotes(values in prop::collection::vec(prop_oneof![text(), line(), word()], 1..5)) {
        let clause = search_clause::any_of(Field::Template("F"), values.iter().map(String::as_str), "number");
        if values.iter().any(|value| !is_expressible(value)) {
            prop_assert_eq!(clause.unwrap_err().code, RejectCode::CannotExpress);
        } else {
            // Whoever cuts at quotes, as every such language does, gets exactly the values back.
            let clause = clause.unwrap();
            let inside: Vec<&str> = clause.split('"').skip(1).step_by(2).collect();
            prop_assert_eq!(inside, values.iter().map(String::as_str).collect::<Vec<_>>());
            let outside: String = clause.split('"').step_by(2).collect();
            prop_assert_eq!(outside.matches("F.Equals(").count(), values.len());
            prop_assert!(!clause.contains('\\') && !clause.chars().any(char::is_control));
        }
    }

    #[test]
    fn prop_a_request_is_refused_or_carries_its_text_whole(given in text()) {
        let fields = Fields::new().with("templateName", &given);
        let call = soap::call(&fixtures::config(), Op::GetSaveTemplate, Some("sid"), &fields, "x");
        if given.chars().all(is_xml) {
            prop_assert_eq!(fixtures::element(&call.unwrap(), "templateName"), given);
        } else {
            prop_assert_eq!(call.unwrap_err().code, RejectCode::CannotExpress);
        }
    }

    #[test]
    fn prop_an_answer_is_read_as_it_was_meant(
        id in -2_i64..3, total in 0_i64..1_000, detail in xml_text(), references in prop::collection::vec(xml_text(), 0..4),
    ) {
        // A parser turns a bare carriage return into a line feed (XML 1.0 §2.11).
        let detail = detail.replace('\r', "");
        prop_assume!(!detail.to_lowercase().contains("session"));
        let references: Vec<String> = references.iter().map(|text| text.replace('\r', "")).collect();
        let rows: Vec<(&str, &str)> = references.iter().map(|reference| (reference.as_str(), "Success")).collect();
        let Answer::Response(response) = answer::read(&reply(with_rows("GetData", id, total, &detail, &rows)), Op::GetData)
        else {
            return Err(TestCaseError::fail("it is an answer"));
        };
        prop_assert_eq!((response.id, response.total, &response.detail), (id, total, &detail));
        let read: Vec<&str> = response.statuses.iter().map(|row| row.reference.as_str()).collect();
        prop_assert_eq!(read, references.iter().map(|reference| reference.trim()).collect::<Vec<_>>());
    }

    /// F13: half an answer, or one with a piece of something else in it, is never half believed.
    #[test]
    fn prop_f13_an_answer_that_was_cut_is_no_answer(cut in 0_usize..700, detail in xml_text(), middle in text()) {
        let whole = with_rows("SaveData", 0, 1, &detail, &[("A", "Success")]);
        let mut end = cut.min(whole.len() - 1);
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        let is_answer = |body: &str| matches!(answer::read(&reply_at(200, body), Op::SaveData), Answer::Response(_));
        prop_assert!(!is_answer(&whole[..end]), "{}", &whole[..end]);
        prop_assert!(!is_answer(&middle));
        // It may still be one with something harmless in the middle; it must not panic.
        let _ = is_answer(&format!("{}{middle}{}", &whole[..end], &whole[end..]));
    }

    #[test]
    fn prop_a_note_tells_the_next_stage_what_it_was_told(
        status in prop::option::of(text()), held in prop::option::of(any::<bool>()), flags in any::<(bool, bool)>(),
        missing in prop::option::of(prop::collection::vec(word(), 0..4)), counts in (0_u64..9, 0_u64..9), second in 0_i64..2_000_000_000,
    ) {
        let note = Note {
            status,
            on_hold: held,
            held_by_us: held,
            unallocated: flags.0,
            lines_sent: Some(flags.1),
            resent: flags.1,
            missing,
            read_at: Timestamp::from_second(second).ok(),
            rereads: counts.0,
            relooks: counts.1,
            ..Note::default()
        };
        prop_assert_eq!(Note::read(&note.write()), note);
    }

    #[test]
    fn prop_no_callback_panics_and_none_names_what_cannot_be_searched(query in prop::collection::vec(text(), 0..6), event in 0_usize..3) {
        let query = query.concat();
        let codes = ["ItemCode=", "SalesOrderNumber=", ""];
        for query in [query.clone(), format!("{}{query}", codes[event])] {
            let request = WebhookRequest {
                method: &http::Method::GET,
                event: ["availability", "despatch", "order"][event],
                query: &query,
                headers: &http::HeaderMap::new(),
                body: &bytes::Bytes::new(),
                secret: "s",
                at: fixtures::now(),
            };
            let Intake::Accept(hints) = crate::callbacks::intake(&request) else { continue };
            for hint in hints {
                match hint.look {
                    crossdock_connector::Read::Availability { items: codes, .. }
                    | crossdock_connector::Read::DespatchesOf { orders: codes, .. } => {
                        prop_assert!(codes.iter().all(|code| is_expressible(code)));
                    }
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
    }

    /// A value that is sent is never longer than Peoplevox counts, and what is too long is refused, not cut.
    #[test]
    fn prop_lengths_are_counted_as_the_remote_counts(name in text(), town in prop::collection::vec(text(), 0..40)) {
        let mut given = draft("SO-1");
        let town = town.concat();
        given.ship_to.recipient = name.as_str().into();
        given.ship_to.company = "".into();
        given.ship_to.city = town.as_str().into();
        let sent = canonical(&town);
        let fits = sent.encode_utf16().count() <= 100 && sent.chars().all(is_xml);
        let person = if name.trim().is_empty() { "Buyer".to_owned() } else { canonical(&name) };
        let checked = crate::draft_rows::check(&fixtures::config(), &given, None);
        prop_assert_eq!(checked.is_ok(), fits && person.encode_utf16().count() <= 100 && person.chars().all(is_xml));
    }
}

/// What a reply may do to the rows of a call: leave some out, name some twice, name strangers, in any order.
fn named() -> impl Strategy<Value = Vec<(String, &'static str)>> {
    let row = (
        prop_oneof![6 => prop::sample::select(vec!["A", "B", "C"]), 1 => Just("X")],
        prop_oneof![5 => Just("Success"), 3 => Just("Error"), 1 => Just("Queued")],
    );
    prop::collection::vec(row.prop_map(|(reference, status)| (reference.to_owned(), status)), 0..7)
}

fn judged(id: i64, total: i64, rows: &[(String, &'static str)]) -> BTreeMap<&'static str, String> {
    const SENT: [(&str, usize); 3] = [("A", 1), ("B", 1), ("C", 2)];
    let rows: Vec<(&str, &str)> = rows.iter().map(|(reference, status)| (reference.as_str(), *status)).collect();
    let answer = answer::read(&reply(with_rows("SaveData", id, total, "No such item", &rows)), Op::SaveData);
    let sent: Vec<Sent<'_>> = SENT.iter().map(|(reference, rows)| Sent { reference, rows: *rows }).collect();
    let done = |_| Outcome::Done(crossdock_connector::Evidence::text("stored"));
    let outcomes = saved_rows::outcomes(&fixtures::config(), answer, &sent, "a line", done);
    assert_eq!(outcomes.len(), sent.len(), "one outcome for each that was sent");
    let word = |outcome: Outcome| match outcome {
        Outcome::Done(_) => "stored",
        Outcome::Rejected(_) => "refused",
        Outcome::Unknown(_) => "unknown",
        _ => "other",
    };
    SENT.iter()
        .map(|(reference, _)| *reference)
        .zip(outcomes.into_iter().map(|outcome| word(outcome).to_owned()))
        .collect()
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// F18: any permutation, omission or repetition of rows gives each order one outcome, the same one in any order of the
    /// rows; and nothing counts as stored that the reply does not vouch for.
    #[test]
    fn prop_f18_rows_in_any_order_give_each_order_one_outcome(
        (rows, shuffled) in named().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        id in prop_oneof![Just(0_i64), Just(-1)], total in 0_i64..6,
    ) {
        let outcomes = judged(id, total, &rows);
        prop_assert_eq!(&outcomes, &judged(id, total, &shuffled));
        let all_good = id == 0 && total == 4 && rows.iter().all(|(_, status)| *status == "Success");
        for (reference, outcome) in &outcomes {
            let own: Vec<&str> = rows.iter().filter(|(name, _)| name == reference).map(|(_, status)| *status).collect();
            if outcome == "stored" && !all_good {
                prop_assert!(!own.is_empty() && own.iter().all(|status| *status == "Success"), "{}: {:?}", reference, own);
            }
            if outcome == "refused" && !rows.is_empty() {
                prop_assert!(own.contains(&"Error"), "{}: {:?}", reference, own);
            }
            prop_assert_ne!(outcome, "other");
        }
    }

    #[test]
    fn prop_f18_a_row_that_is_left_out_is_never_taken_for_stored(rows in named(), gone in 0_usize..3) {
        let gone = ["A", "B", "C"][gone];
        let rows: Vec<_> = rows.into_iter().filter(|(reference, _)| reference != gone).collect();
        // The call failed as a whole, so that nothing vouches for a row that is not named.
        let outcomes = judged(-1, 1, &rows);
        prop_assert_ne!(outcomes[gone].as_str(), "stored");
    }
}

fn zones() -> Vec<TimeZone> {
    ["Europe/London", "Europe/Berlin", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "UTC"]
        .map(|name| TimeZone::get(name).unwrap())
        .to_vec()
}

fn report_format(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("'%d/%m/%Y %H:%M:%S'").to_string()
}

/// F62: every minute of the 48 hours around both changes, in London and elsewhere. What a report shows is read back as
/// the moment it was, except in the repeated hour, where the first of the two is taken: never later than the truth.
#[test]
fn prop_f62_every_minute_around_both_changes_is_read_as_it_was() {
    let mut repeated = 0;
    for (zone, changes) in [
        ("Europe/London", ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"]),
        ("America/New_York", ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"]),
        ("Australia/Lord_Howe", ["2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z"]),
    ] {
        let zone = TimeZone::get(zone).unwrap();
        for change in changes {
            let change: Timestamp = change.parse().unwrap();
            for minute in -24 * 60..24 * 60 {
                let at = change + SignedDuration::from_mins(minute);
                let shown = report_format(at, &zone);
                let read = parse_report(&shown, &zone, at).unwrap().at;
                let ambiguous = zone.to_ambiguous_timestamp(zone.to_datetime(at)).is_ambiguous();
                assert!(read <= at, "{shown} is read as {read}, later than {at}");
                assert!(read == at || ambiguous, "{shown} is read as {read}, not {at}");
                assert!(at.duration_since(read) <= SignedDuration::from_hours(1));
                repeated += i32::from(read != at);
                // A search that begins there finds it by the clock on the wall, and by that of Greenwich.
                let from = search_from(at, &zone);
                assert!(from <= zone.to_datetime(at) && from <= TimeZone::UTC.to_datetime(at));
            }
        }
    }
    assert_eq!(repeated, 60 + 60 + 30, "the second half of each repeated stretch, and nothing else");
}

/// The hour that the clocks skip is on no report; where one shows it all the same, it is read as the hour after.
#[test]
fn prop_f62_every_minute_that_the_clocks_skip_is_read_an_hour_on() {
    let zone = TimeZone::get("Europe/London").unwrap();
    for minute in 0..60 {
        let read = parse_report(&format!("29/03/2026 01:{minute:02}"), &zone, fixtures::now()).unwrap().at;
        let expected: Timestamp = "2026-03-29T01:00:00Z".parse().unwrap();
        assert_eq!(read, expected + SignedDuration::from_mins(minute));
    }
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn prop_a_search_finds_whatever_comes_later(zone in 0_usize..6, second in 1_600_000_000_i64..1_900_000_000, later in 0_i64..100_000) {
        let zone = &zones()[zone];
        let since = Timestamp::from_second(second).unwrap();
        let row = since + SignedDuration::from_secs(later);
        let from = search_from(since, zone);
        prop_assert!(zone.to_datetime(row) >= from && TimeZone::UTC.to_datetime(row) >= from);
    }

    #[test]
    fn prop_an_import_shows_the_wall_clock_to_the_second(zone in 0_usize..6, second in 0_i64..4_000_000_000, nanos in 0_i32..1_000_000_000) {
        let zone = &zones()[zone];
        let at = Timestamp::new(second, nanos).unwrap();
        let shown: jiff::civil::DateTime = import_format(at, zone).replace(' ', "T").parse().unwrap();
        let wall = zone.to_datetime(at);
        prop_assert_eq!(shown, wall.with().subsec_nanosecond(0).build().unwrap());
    }

    #[test]
    fn prop_no_text_is_a_date_by_accident(given in prop_oneof![text(), "[0-9/: ']{0,22}"], zone in 0_usize..6) {
        let zone = &zones()[zone];
        if let Some(date) = parse_report(&given, zone, fixtures::now()) {
            let digits = given.bytes().filter(u8::is_ascii_digit).count();
            prop_assert!(digits >= 4 && given.contains('/'), "{:?} is {:?}", given, date);
            prop_assert!(!date.year_supplied || given.to_lowercase().contains("yyyy"));
        }
    }
}

/// Python reads every table that the hub writes, cell for cell.
#[test]
fn prop_python_reads_the_tables_that_are_written() {
    let tables = sample(&rows(), 300);
    let texts: Vec<String> = tables.iter().map(|rows| written(rows)).collect();
    let read = python(
        "return [list(csv.reader(io.StringIO(text, newline=''), strict=True)) for text in given]",
        &json!(texts),
    );
    for (rows, read) in tables.iter().zip(read.as_array().unwrap()) {
        let mut expected = vec![json!(HEADER)];
        expected.extend(rows.iter().map(|row| json!(row)));
        assert_eq!(read, &json!(expected), "{:?}", written(rows));
    }
}

/// The hub reads every table that Python writes: bare and quoted cells, both line ends.
#[test]
fn prop_tables_that_python_writes_are_read() {
    let tables = sample(&rows(), 300);
    let script = "out = []
for place, rows in enumerate(given):
    text = io.StringIO(newline='')
    quoting = csv.QUOTE_ALL if place % 2 else csv.QUOTE_MINIMAL
    # With bare cells Python quotes only what its own line end holds, so that has to be both characters.
    end = '\\n' if place % 2 and place % 3 else '\\r\\n'
    csv.writer(text, quoting=quoting, lineterminator=end).writerows([['Sales,order', 'Item \"code\"', 'Name']] + rows)
    out.append(text.getvalue())
return out";
    let texts = python(script, &json!(tables));
    for (rows, text) in tables.iter().zip(texts.as_array().unwrap()) {
        assert_eq!(read(text.as_str().unwrap()), trimmed(rows), "{text:?}");
    }
}

/// Python's XML parser reads every request that the hub writes.
#[test]
fn prop_python_reads_the_envelopes_that_are_written() {
    let texts = sample(&xml_text(), 300);
    let bodies: Vec<String> = texts
        .iter()
        .map(|text| {
            let fields = Fields::new().with("templateName", text).with("searchClause", text).inside("getRequest");
            let call = soap::call(&fixtures::config(), Op::GetData, Some(text), &fields, "x").unwrap();
            String::from_utf8(call.request.body().to_vec()).unwrap()
        })
        .collect();
    let script = "ns = '{http://www.peoplevox.net/}'
out = []
for body in given:
    root = etree.fromstring(body.encode('utf-8'))
    names = ['SessionId', 'templateName', 'searchClause']
    out.append([(root.find('.//' + ns + name).text or '') for name in names])
return out";
    let read = python(script, &json!(bodies));
    for (text, read) in texts.iter().zip(read.as_array().unwrap()) {
        assert_eq!(read, &json!([text, text, text]));
    }
}

/// The hub reads every answer that Python's XML writer makes, whatever it escapes and however.
#[test]
fn prop_answers_that_python_writes_are_read() {
    // What Python writes bare, a parser must turn into a line feed, so carriage returns are left out.
    let texts: Vec<String> = sample(&xml_text(), 300).into_iter().map(|text| text.replace('\r', "")).collect();
    let script = "out = []
for place, text in enumerate(given):
    detail = etree.Element('Detail')
    detail.text = text
    out.append(etree.tostring(detail, encoding='us-ascii' if place % 2 else 'unicode'))
return [text if isinstance(text, str) else text.decode().split('?>\\n', 1)[-1] for text in out]";
    let details = python(script, &json!(texts));
    for (text, detail) in texts.iter().zip(details.as_array().unwrap()) {
        let inside = format!("<ResponseId>0</ResponseId><TotalCount>1</TotalCount>{}", detail.as_str().unwrap());
        match answer::read(&reply(envelope("GetData", &inside)), Op::GetData) {
            Answer::Response(response) => assert_eq!(&response.detail, text),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}
