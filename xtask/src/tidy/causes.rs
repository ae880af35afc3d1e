//! Whoever meets a cause code can look it up: each has a page in `docs/errors`.

use super::Violation;
use super::sources::Source;

const CAUSES: &str = "crates/flow/src/cause.rs";

pub(super) fn check(files: &[Source]) -> Vec<Violation> {
    let Some(causes) = files.iter().find(|file| file.path == CAUSES) else {
        return vec![Violation::new(CAUSES, None, "the list of causes is not there")];
    };
    let codes: Vec<(usize, &str)> =
        causes.text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, code(line)?))).collect();
    if codes.is_empty() {
        return vec![Violation::new(CAUSES, None, "found no cause codes; has their form changed?")];
    }
    let mut found = Vec::new();
    for (line, code) in codes {
        let page = format!("docs/errors/{code}.md");
        match files.iter().find(|file| file.path == page) {
            None => found.push(Violation::new(CAUSES, line, format!("`{code}` has no page {page}"))),
            Some(file) if file.text.trim().is_empty() => found.push(Violation::new(&page, None, "the page is empty")),
            Some(_) => {}
        }
    }
    found
}

/// The code in a line like `SkuMissing = "sku.missing", "Merchandising", …`.
fn code(line: &str) -> Option<&str> {
    let (name, rest) = line.trim().split_once(" = \"")?;
    let (code, _) = rest.split_once("\",")?;
    let is_variant = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|character| character.is_ascii_alphanumeric());
    is_variant.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "causes! {\n    /// Doc.\n    SkuMissing = \"sku.missing\", \"Merchandising\", \"a\",\n        \"b\";\n    \
        NoLines = \"order.empty\", \"Customer service\", \"c\", \"d\";\n}\n";

    #[test]
    fn a_code_without_a_page_is_found() {
        let files = [Source::new(CAUSES, LIST), Source::new("docs/errors/sku.missing.md", "# sku.missing\n")];
        let found: Vec<_> = check(&files).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["crates/flow/src/cause.rs:5: `order.empty` has no page docs/errors/order.empty.md"]);
    }

    #[test]
    fn an_empty_page_explains_nothing() {
        let page = |code: &str, text: &str| Source::new(&format!("docs/errors/{code}.md"), text);
        let files = [Source::new(CAUSES, LIST), page("sku.missing", " \n"), page("order.empty", "# x\n")];
        assert_eq!(check(&files), [Violation::new("docs/errors/sku.missing.md", None, "the page is empty")]);
    }

    #[test]
    fn a_list_that_cannot_be_read_is_no_silent_success() {
        assert_eq!(check(&[]).len(), 1);
        assert_eq!(check(&[Source::new(CAUSES, "enum Cause {}\n")]).len(), 1);
    }
}
