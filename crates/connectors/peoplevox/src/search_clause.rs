//! Building the expression that filters a read (`contracts/peoplevox.md §2.5`).
//!
//! A clause is a small program that the server runs, and how a double quote inside a value is escaped is **not known**.
//! Decision: a value that could end its own quotes (a double quote, a backslash, a control character) is never put into a
//! clause, and neither is a character that XML cannot carry, which would spoil the whole request and with it every other value
//! of the search. It is refused as [`RejectCode::CannotExpress`] instead of being guessed at.

use crossdock_connector::{RejectCode, Rejection};
use crossdock_planted::{self as planted, Bug};
use jiff::civil::DateTime;

use crate::soap::is_xml;

/// How a column is named in a clause: bare in templates, in brackets in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    /// A template's column.
    Template(&'a str),
    /// A report's column.
    Report(&'a str),
}

impl Field<'_> {
    fn text(self) -> String {
        match self {
            Self::Template(name) => name.to_owned(),
            Self::Report(name) => format!("[{name}]"),
        }
    }
}

/// Whether a value can stand in a clause without any escaping, and in a request at all.
pub(crate) fn is_expressible(value: &str) -> bool {
    let ends = |c: char| c == '"' || c == '\\' || c.is_control() || !is_xml(c);
    !value.trim().is_empty() && (planted::on(Bug::ClauseUnchecked) || !value.chars().any(ends))
}

/// `Field.Equals("a") OR Field.Equals("b")`, in parentheses when there are several. `what` names the values for people.
pub(crate) fn any_of<'v>(
    field: Field<'_>,
    values: impl IntoIterator<Item = &'v str>,
    what: &str,
) -> Result<String, Rejection> {
    let field = field.text();
    let mut terms = Vec::new();
    for value in values {
        if !is_expressible(value) {
            return Err(Rejection::new(
                RejectCode::CannotExpress,
                format!(
                    "the {what} is empty or holds a double quote, a backslash or a character that XML cannot carry; \
                     it cannot be searched for in Peoplevox"
                ),
            ));
        }
        terms.push(format!("{field}.Equals(\"{value}\")"));
    }
    match terms.as_slice() {
        [] => Err(Rejection::new(RejectCode::CannotExpress, format!("there is no {what} to search for"))),
        [one] => Ok(one.clone()),
        _ => Ok(format!("({})", terms.join(" OR "))),
    }
}

/// `Field >= DateTime(yyyy,MM,dd,HH,mm,ss)`.
pub(crate) fn at_or_after(field: Field<'_>, moment: DateTime) -> String {
    format!(
        "{} >= DateTime({:04},{:02},{:02},{:02},{:02},{:02})",
        field.text(),
        moment.year(),
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

/// Both conditions, or the one that is there.
pub(crate) fn both(first: Option<String>, second: Option<String>) -> String {
    match (first, second) {
        (Some(first), Some(second)) => format!("{first} AND {second}"),
        (first, second) => first.or(second).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_joined_with_or() {
        let clause = any_of(Field::Template("SalesOrderNumber"), ["SO-1", "JL/2 'x'"], "number").unwrap();
        assert_eq!(clause, r#"(SalesOrderNumber.Equals("SO-1") OR SalesOrderNumber.Equals("JL/2 'x'"))"#);
        let clause = any_of(Field::Report("Item code"), ["A"], "item").unwrap();
        assert_eq!(clause, r#"[Item code].Equals("A")"#);
    }

    /// The injection corpus of this small language: nothing that could end a literal is let in.
    #[test]
    fn what_could_end_a_literal_is_refused() {
        for bad in
            [r#"x") OR 1 == 1 OR F.Equals(""#, "\"", "a\\", "a\\\"", "a\nb", "a\0", "a\u{FFFF}", "\u{FFFE}", "", "  "]
        {
            let refusal = any_of(Field::Template("F"), ["fine", bad], "item code").unwrap_err();
            assert_eq!(refusal.code, RejectCode::CannotExpress, "{bad:?}");
        }
        assert!(any_of(Field::Template("F"), [], "item code").is_err());
        for odd in ["a' OR 1", "a)b(", "[x]", "DateTime(1)", "Zoë", "a,b", "a.b", "OR"] {
            assert!(any_of(Field::Template("F"), [odd], "item code").is_ok(), "{odd}");
        }
    }

    #[test]
    fn a_moment_is_written_with_all_its_digits() {
        let moment = jiff::civil::date(2024, 1, 5).at(7, 8, 9, 999_999_999);
        assert_eq!(
            at_or_after(Field::Report("Despatch date"), moment),
            "[Despatch date] >= DateTime(2024,01,05,07,08,09)"
        );
    }
}
