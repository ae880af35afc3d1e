//! What holds for every clause, cell and envelope that a client may send. Python's `csv` and `xml.etree` are the second
//! opinion: a client in another language meets the same service.

use jiff::tz::TimeZone;
use prop_kit::{cases, python, sample, text, word, xml_text};
use proptest::prelude::*;
use serde_json::json;

use crate::cell::{Cell, EXPORT_DATE, Kind, Style, parse_date, parse_decimal};
use crate::search::{Clause, Dataset, Literal, Node, Query, RowId, parse, run, split_columns, write_csv};
use crate::soap::{self, Call, Elements, Outcome};

/// A clause of comparisons, as a client builds it: the text, and what it must mean as `column|operator|value`.
fn clause() -> impl Strategy<Value = (String, Vec<String>)> {
    let value = text().prop_map(|text| text.chars().filter(|c| !matches!(c, '"' | '\\')).collect::<String>());
    let term = ("[A-Za-z_][A-Za-z0-9_]{0,8}", 0_usize..6, value, any::<bool>());
    prop::collection::vec((term, any::<bool>(), any::<bool>()), 1..5).prop_map(|terms| {
        let (mut clause, mut meant) = (String::new(), Vec::new());
        for (place, ((name, op, value, bracketed), and, nested)) in terms.into_iter().enumerate() {
            // A name that is a word of the language is only a column in brackets.
            let name = format!("c{name}");
            if place > 0 {
                clause.push_str(if and { " AND " } else { " OR " });
            }
            let column = if bracketed { format!("[{name}]") } else { name.clone() };
            let (written, op) = match op {
                0 => (format!("{column}.Equals(\"{value}\")"), "Equal"),
                1 => (format!("{column}.Contains(\"{value}\")"), "Contains"),
                2 => (format!("{column}.StartsWith(\"{value}\")"), "StartsWith"),
                3 => (format!("{column} == \"{value}\""), "Equal"),
                4 => (format!("{column}!=\"{value}\""), "NotEqual"),
                _ => (format!("{column} >= \"{value}\""), "AtLeast"),
            };
            let (open, close) = if nested { ("(", ")") } else { ("", "") };
            clause.extend([open, &written, close]);
            meant.push(format!("{name}|{op}|{value}"));
        }
        (clause, meant)
    })
}

/// The comparisons of a parsed clause, in the order in which they stand.
fn leaves(text: &str) -> Result<Vec<String>, String> {
    fn walk(node: &Node, out: &mut Vec<String>) {
        match node {
            Node::All(nodes) | Node::Any(nodes) => nodes.iter().for_each(|node| walk(node, out)),
            Node::Not(node) => walk(node, out),
            Node::Test { column, op, literal } => {
                let value = match literal {
                    Literal::Text(text) | Literal::Number(text) => text.clone(),
                    Literal::Bool(value) => value.to_string(),
                    Literal::Date(date) => date.to_string(),
                };
                out.push(format!("{}|{op:?}|{value}", column.text));
            }
        }
    }
    let mut out = Vec::new();
    if let Some(node) = parse(text)? {
        walk(&node, &mut out);
    }
    Ok(out)
}

proptest! {
    #![proptest_config(cases(512))]

    /// The value between the quotes is the value that is compared, whatever it is made of.
    #[test]
    fn prop_a_clause_means_what_it_says((clause, meant) in clause()) {
        prop_assert_eq!(leaves(&clause), Ok(meant), "{}", clause);
    }

    #[test]
    fn prop_no_clause_panics_and_none_hides_a_second_one(given in prop::collection::vec(prop_oneof![
        text(),
        prop::sample::select(vec!["(", ")", "[A]", "A", ".Equals(", "\"", "'", "!", "AND", " OR ", ">=", "DateTime(2024,01,15,00,00,00)", "1", "-"]).prop_map(str::to_owned),
    ], 0..14)) {
        let given = given.concat();
        if let Ok(leaves) = leaves(&given) {
            // Every comparison needs an operator or a method of its own in the text.
            let signs = given.matches(['=', '<', '>']).count() + given.to_lowercase().matches("equals").count()
                + given.to_lowercase().matches("with").count() + given.to_lowercase().matches("contains").count();
            prop_assert!(leaves.len() <= signs, "{:?}: {:?}", given, leaves);
        }
    }

    #[test]
    fn prop_a_quote_in_a_value_may_be_doubled_or_escaped(value in text()) {
        let expected = Ok(vec![format!("F|Equal|{value}")]);
        let doubled = value.replace('"', "\"\"");
        if !value.contains('\\') {
            prop_assert_eq!(leaves(&format!("F.Equals(\"{doubled}\")")), expected.clone());
        }
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        prop_assert_eq!(leaves(&format!("F.Equals(\"{escaped}\")")), expected);
    }

    #[test]
    fn prop_a_decimal_is_exact_to_four_places(whole in 0_i64..900_000_000, part in 0_i64..10_000, negative in any::<bool>()) {
        let sign = if negative { "-" } else { "" };
        let value = (whole * 10_000 + part) * if negative { -1 } else { 1 };
        prop_assert_eq!(parse_decimal(&format!("{sign}{whole}.{part:04}")), Some(value));
        prop_assert_eq!(parse_decimal(&format!("{sign}{whole}.{part:04}9")), Some(value), "further digits are cut");
    }

    #[test]
    fn prop_no_cell_panics_on_any_text(given in text(), kind in 0_usize..6) {
        let kind = [Kind::Text, Kind::Int, Kind::Decimal, Kind::Bool, Kind::Date, Kind::Status][kind];
        let zone = TimeZone::get("Europe/London").unwrap();
        let style = Style { zone: zone.clone(), date: EXPORT_DATE, report: true, crlf: false };
        if let Some(cell) = Cell::parse(kind, &given, &zone) {
            let mut out = String::new();
            cell.print(&style, &mut out);
            prop_assert_eq!(cell == Cell::Empty, out.is_empty());
            if kind == Kind::Text {
                prop_assert_eq!(out, given.trim());
            }
        }
    }

    #[test]
    fn prop_a_date_comes_back_from_an_export_as_it_went_in(second in 0_i64..4_000_000_000, zone in 0_usize..3) {
        let zone = TimeZone::get(["Europe/London", "UTC", "Australia/Sydney"][zone]).unwrap();
        let at = jiff::Timestamp::from_second(second).unwrap();
        let shown = crate::cell::print_date(at, &zone, EXPORT_DATE);
        let read = parse_date(&shown, &zone).unwrap();
        // In the hour that the clocks repeat, the text alone does not say which.
        prop_assert!(read == at || zone.to_ambiguous_timestamp(zone.to_datetime(at)).is_ambiguous());
    }

    #[test]
    fn prop_a_list_of_columns_is_split_at_its_own_commas(names in prop::collection::vec("[A-Za-z][A-Za-z ,.]{0,10}[a-z]", 1..6)) {
        let list = names.iter().map(|name| format!("[{name}]")).collect::<Vec<_>>().join(",");
        prop_assert_eq!(split_columns(&list), names);
    }

    #[test]
    fn prop_no_envelope_panics(body in prop::collection::vec(text(), 0..8), cut in 0_usize..600) {
        let _ = soap::read(body.concat().as_bytes());
        let whole = envelope("SaveData", "csvData", &body.concat().replace(|c: char| !is_xml(c), ""));
        let mut end = cut.min(whole.len());
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert_eq!(soap::read(&whole.as_bytes()[..end]).is_ok(), end == whole.len());
    }
}

const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

fn envelope(operation: &str, name: &str, value: &str) -> String {
    let mut escaped = String::new();
    soap::escape(&mut escaped, value);
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><{operation} xmlns=\"{}\"><r><{name}>{escaped}</{name}></r></{operation}></s:Body></s:Envelope>",
        crate::wsdl::NAMESPACE
    )
}

fn call(operation: &str) -> Call {
    soap::read(envelope(operation, "x", "").as_bytes()).unwrap()
}

/// Python's XML parser reads every answer of the service, carriage returns included.
#[test]
fn prop_python_reads_the_answers_that_are_written() {
    let texts = sample(&xml_text(), 300);
    let call = call("GetData");
    let bodies: Vec<String> =
        texts.iter().map(|text| soap::write(&call, &Outcome::ok(7, text.as_str()), Elements::Recent)).collect();
    let script = "ns = '{http://www.peoplevox.net/}'
return [etree.fromstring(body.encode()).find('.//' + ns + 'Detail').text or '' for body in given]";
    let read = python(script, &json!(bodies));
    assert_eq!(read, json!(texts));
}

/// The service reads every request that Python's XML writer makes.
#[test]
fn prop_requests_that_python_writes_are_read() {
    // Python writes a line end as it is, and a parser makes one character of it (XML 1.0 §2.11).
    let texts: Vec<String> = sample(&xml_text(), 300).into_iter().map(|text| text.replace('\r', "")).collect();
    let script = "soap, ns = 'http://schemas.xmlsoap.org/soap/envelope/', 'http://www.peoplevox.net/'
out = []
for text in given:
    root = etree.Element('{%s}Envelope' % soap)
    body = etree.SubElement(root, '{%s}Body' % soap)
    request = etree.SubElement(etree.SubElement(body, '{%s}GetData' % ns), '{%s}getRequest' % ns)
    etree.SubElement(request, '{%s}SearchClause' % ns).text = text
    out.append(etree.tostring(root, encoding='unicode'))
return out";
    let bodies = python(script, &json!(texts));
    for (text, body) in texts.iter().zip(bodies.as_array().unwrap()) {
        let call = soap::read(body.as_str().unwrap().as_bytes()).unwrap();
        assert_eq!((call.operation.as_str(), call.text("SearchClause")), ("GetData", text.as_str()));
    }
}

/// Python's CSV reader reads every export, cell for cell.
#[test]
fn prop_python_reads_the_exports_that_are_written() {
    let rows = sample(&(word(), text(), text()), 300);
    let table = Texts(rows.iter().map(|(a, b, c)| [a.clone(), b.clone(), c.clone()]).collect());
    let ids = table.all();
    let texts: Vec<String> = [true, false]
        .into_iter()
        .map(|crlf| {
            let style = Style { zone: TimeZone::UTC, date: EXPORT_DATE, report: false, crlf };
            write_csv(&table, &[0, 1, 2], &ids, &style)
        })
        .collect();
    let read = python(
        "return [list(csv.reader(io.StringIO(text, newline=''), strict=True)) for text in given]",
        &json!(texts),
    );
    for read in read.as_array().unwrap() {
        let rows: Vec<_> = read.as_array().unwrap().iter().skip(1).cloned().collect();
        assert_eq!(json!(rows), json!(table.0));
    }
}

/// A table of three columns of text.
struct Texts(Vec<[String; 3]>);

impl Dataset for Texts {
    fn width(&self) -> usize {
        3
    }

    fn header(&self, column: usize) -> &str {
        ["Key", "Other, \"quoted\"", "Third"][column]
    }

    fn kind(&self, _: usize) -> Kind {
        Kind::Text
    }

    fn all(&self) -> Vec<RowId> {
        (0..self.0.len()).map(|row| (row, 0)).collect()
    }

    fn lookup(&self, column: usize, text: &str) -> Option<Vec<RowId>> {
        (column == 0).then(|| self.all().into_iter().filter(|(row, _)| self.0[*row][0] == text).collect())
    }

    fn since(&self, _: usize, _: jiff::Timestamp) -> Option<Vec<RowId>> {
        None
    }

    fn cell(&self, (row, _): RowId, column: usize) -> Cell<'_> {
        Cell::text(&self.0[row][column])
    }

    fn brackets(&self) -> bool {
        false
    }

    fn ignores_case(&self) -> bool {
        false
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// With an index or without, over any number of pages: each matching row once, and no other.
    #[test]
    fn prop_a_search_finds_each_matching_row_once(
        rows in prop::collection::vec(("[ab]{0,2}", "[ab]{0,2}"), 0..20), wanted in prop::collection::vec("[ab]{1,2}", 1..3),
        column in 0_usize..2, size in 1_i32..7, scattered in any::<bool>(),
    ) {
        let table = Texts(rows.iter().map(|(a, b)| [a.clone(), b.clone(), String::new()]).collect());
        let name = ["Key", "Third"][column];
        let clause = wanted.iter().map(|value| format!("{name}.Equals(\"{value}\")")).collect::<Vec<_>>().join(" OR ");
        let node = parse(&clause).unwrap().unwrap();
        let mut found = Vec::new();
        for page in 1..=20 {
            let clause = Clause::bind(node.clone(), &table, &TimeZone::UTC).unwrap();
            let query = Query { clause: Some(clause), scattered, page, per_page: size, ..Query::default() };
            found.extend(run(&table, &query).1);
        }
        found.sort_unstable();
        let matches = |row: &RowId| wanted.contains(&table.0[row.0][[0, 2][column]]);
        prop_assert_eq!(found, table.all().into_iter().filter(matches).collect::<Vec<_>>());
    }
}
