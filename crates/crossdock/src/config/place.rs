//! Where in the file something is wrong, so that nobody has to look for it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigFault;

/// A value that can be read and must not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// From the root of the file, tables of an array by their number: `mirakl`, `0`, `stock`, `buffer`.
    path: Vec<String>,
    problem: String,
    advice: String,
}

impl Wrong {
    /// A key, written with dots; what is wrong with it, and what to do, which is a sentence without its full stop.
    pub(super) fn new(key: &str, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        let path = key.split('.').map(str::to_owned).collect();
        Self { path, problem: problem.into(), advice: advice.into() }
    }

    /// The same, seen from a table further out.
    pub(super) fn within(mut self, table: &str) -> Self {
        self.path.splice(0..0, table.split('.').map(str::to_owned));
        self
    }

    /// With the line and column in the file that it was read from, and the connection's name instead of a number.
    pub(super) fn explain(&self, text: &str) -> ConfigFault {
        let (at, key) = self.find(text);
        ConfigFault(format!(
            "{}{key}: {}. {}",
            at.map_or_else(String::new, |at| place(text, at)),
            self.problem,
            self.advice
        ))
    }

    /// The byte at which the key stands, or the innermost of its tables that the file has, and the key as people read it.
    fn find(&self, text: &str) -> (Option<usize>, String) {
        let (mut at, mut words) = (None, String::new());
        let root = DeTable::parse(text).ok().map(|root| DeValue::Table(root.into_inner()));
        let mut value = root.as_ref();
        for step in &self.path {
            let next = value.and_then(|value| enter(value, step));
            if let Some((start, _)) = next {
                at = Some(start);
            }
            value = next.map(|(_, value)| value);
            match (step.parse::<usize>(), value.and_then(name)) {
                (Ok(_), Some(name)) => words = format!("{words} `{name}`"),
                (Ok(number), None) => words = format!("{words} number {}", number + 1),
                (Err(_), _) if words.ends_with('`') => words = format!("{words}: {step}"),
                (Err(_), _) if words.is_empty() => words.clone_from(step),
                (Err(_), _) => words = format!("{words}.{step}"),
            }
        }
        (at, words)
    }
}

/// One step into the file.
fn enter<'a, 'i>(value: &'a DeValue<'i>, step: &str) -> Option<(usize, &'a DeValue<'i>)> {
    match value {
        DeValue::Table(table) => {
            let (key, value) = table.iter().find(|(key, _)| key.get_ref().as_ref() == step)?;
            Some((key.span().start, value.get_ref()))
        }
        DeValue::Array(array) => {
            let value: &Spanned<DeValue<'_>> = array.get(step.parse::<usize>().ok()?)?;
            Some((value.span().start, value.get_ref()))
        }
        _ => None,
    }
}

/// The name that a connection's table gives itself.
fn name<'a>(value: &'a DeValue<'_>) -> Option<&'a str> {
    let DeValue::Table(table) = value else { return None };
    match table.iter().find(|(key, _)| key.get_ref().as_ref() == "name")?.1.get_ref() {
        DeValue::String(name) => Some(name.as_ref()),
        _ => None,
    }
}

/// `line 3, column 7: ` of a byte of the text.
pub(super) fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("line {line}, column {column}: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[merchant]\nname = \"Acme\"\n\n[[mirakl]]\nname = \"jl\"\n[mirakl.stock]\n  buffer = -1\n";

    fn explained(key: &str) -> String {
        Wrong::new(key, "it is bad", "Mend it").explain(TEXT).0
    }

    #[test]
    fn a_value_is_found_where_it_stands() {
        assert_eq!(
            explained("mirakl.0.stock.buffer"),
            "line 7, column 3: mirakl `jl`: stock.buffer: it is bad. Mend it"
        );
        assert_eq!(explained("merchant.name"), "line 2, column 1: merchant.name: it is bad. Mend it");
    }

    #[test]
    fn a_key_that_is_not_in_the_file_is_looked_for_in_its_table() {
        let text = explained("mirakl.0.stock.cap");
        assert!(text.starts_with("line 6, column 9: mirakl `jl`: stock.cap: "), "{text}");
        assert_eq!(explained("listen"), "listen: it is bad. Mend it");
    }

    #[test]
    fn tables_are_put_before_a_key() {
        assert_eq!(Wrong::new("c.d", "", "").within("a.0"), Wrong::new("a.0.c.d", "", ""));
    }
}
