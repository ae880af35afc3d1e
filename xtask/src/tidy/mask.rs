//! Tells code from comments, literals and tests, well enough for rules by text.
//!
//! Masks have the length and the lines of the source; what does not belong is blank. This is no parser: it knows where
//! comments and literals end, and finds the end of an item by its brackets.

/// What a piece of source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Code,
    Comment,
    Doc,
    Literal,
}

/// A Rust source with parts blanked.
#[derive(Debug)]
pub(super) struct Masks {
    /// Code only: no comments, no contents of literals, no items under `#[cfg(test)]`.
    pub(super) code: String,
    /// Code as above with tests.
    pub(super) code_and_tests: String,
    /// Everything but doc comments and tests.
    pub(super) words: String,
    /// Modules in files of their own that are compiled for tests only.
    pub(super) test_modules: Vec<String>,
}

impl Masks {
    pub(super) fn new(text: &str) -> Self {
        let classes = classify(text.as_bytes());
        let keep = |kept: &[Class]| blank(text, |at| kept.contains(&classes[at]));
        let code_and_tests = keep(&[Class::Code]);
        let mut tests = vec![false; text.len()];
        let mut test_modules = Vec::new();
        for (from, to) in test_items(&code_and_tests) {
            tests[from..to].fill(true);
            let item = code_and_tests[from..to].trim_end();
            if let Some((_, name)) = item.strip_suffix(';').and_then(|item| item.rsplit_once("mod ")) {
                test_modules.push(name.trim().to_owned());
            }
        }
        Self {
            code: blank(text, |at| classes[at] == Class::Code && !tests[at]),
            words: blank(text, |at| classes[at] != Class::Doc && !tests[at]),
            code_and_tests,
            test_modules,
        }
    }
}

/// The text with every byte that is not kept as a space; line breaks stay.
fn blank(text: &str, keep: impl Fn(usize) -> bool) -> String {
    let bytes = text.bytes().enumerate();
    let bytes = bytes.map(|(at, byte)| if byte == b'\n' || keep(at) { byte } else { b' ' }).collect();
    // Classes change at ASCII bytes only, so no character is cut in two.
    String::from_utf8(bytes).unwrap_or_default()
}

fn classify(source: &[u8]) -> Vec<Class> {
    let mut classes = vec![Class::Code; source.len()];
    let mut at = 0;
    while at < source.len() {
        let (class, end) = piece(source, at);
        classes[at..end].fill(class);
        at = end;
    }
    classes
}

/// The class of what begins here, and where it ends.
fn piece(source: &[u8], at: usize) -> (Class, usize) {
    let rest = &source[at..];
    if rest.starts_with(b"//") {
        let doc = rest.starts_with(b"//!") || (rest.starts_with(b"///") && !rest.starts_with(b"////"));
        return (if doc { Class::Doc } else { Class::Comment }, at + line_end(rest));
    }
    if rest.starts_with(b"/*") {
        let doc = rest.starts_with(b"/*!") || (rest.starts_with(b"/**") && !matches!(rest.get(3), Some(b'*' | b'/')));
        return (if doc { Class::Doc } else { Class::Comment }, at + block_comment_end(rest));
    }
    if let Some(length) = raw_string(source, at) {
        return (Class::Literal, at + length);
    }
    match rest[0] {
        b'"' => (Class::Literal, at + quoted_end(rest, b'"')),
        b'\'' if is_character(rest) => (Class::Literal, at + quoted_end(rest, b'\'')),
        _ => (Class::Code, at + 1),
    }
}

fn line_end(rest: &[u8]) -> usize {
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

fn block_comment_end(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_u32);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of a raw string (`r"…"`, `br#"…"#`, …) that begins here with its `r`.
fn raw_string(source: &[u8], at: usize) -> Option<usize> {
    let rest = source[at..].strip_prefix(b"r")?;
    let before = at.checked_sub(1).map(|at| source[at]);
    // `b` and `c` may stand before `r`; any other word that ends with `r` begins nothing.
    let of_a_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if of_a_word && !matches!(before, Some(b'b' | b'c')) {
        return None;
    }
    let hashes = rest.iter().take_while(|byte| **byte == b'#').count();
    if rest.get(hashes) != Some(&b'"') {
        return None;
    }
    let closing: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = &rest[hashes + 1..];
    let length = body.windows(closing.len()).position(|window| window == closing);
    Some(1 + hashes + 1 + length.map_or(body.len(), |length| length + closing.len()))
}

fn quoted_end(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Tells `'a'` from the lifetime `'a`.
fn is_character(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(first) => {
            let length = if first.is_ascii() {
                1
            } else {
                rest[1..].iter().skip(1).take_while(|b| **b & 0xC0 == 0x80).count() + 1
            };
            rest.get(1 + length) == Some(&b'\'')
        }
        None => false,
    }
}

/// The items under `#[cfg(test)]`, attribute included.
fn test_items(code: &str) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    let mut from = 0;
    while let Some(found) = code[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = item_end(code.as_bytes(), start);
        items.push((start, end));
        from = end;
    }
    items
}

/// Where the item ends whose attributes begin here: at its `;` or at the end of its braces.
fn item_end(code: &[u8], start: usize) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in code.iter().enumerate().skip(start) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' => depth -= 1,
            b'}' => {
                depth -= 1;
                if depth <= 0 {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = r##"let a = "x // y \" z"; // note
            /* one /* two */ still */ let b = 'c'; let c: &'static str = r#"raw " end"#; let q = '"'; let d = '\''; let e = b"z";"##;
        let masks = Masks::new(source);
        assert_eq!(
            squeezed(&masks.code),
            "let a = ; let b = ; let c: &'static str = ; let q = ; let d = ; let e = b ;"
        );
        assert_eq!(masks.code.len(), source.len());
    }

    #[test]
    fn doc_comments_are_told_from_ordinary_ones() {
        let masks =
            Masks::new("//! doc\n/// doc\n// word\n//// word\n/** doc */ /* word */ /*! doc */ fn f() { \"text ë\" }");
        assert_eq!(squeezed(&masks.words), "// word //// word /* word */ fn f() { \"text ë\" }");
    }

    #[test]
    fn test_items_are_blanked_and_what_follows_is_not() {
        let source = "fn a() {}\n#[cfg(test)]\n#[expect(x, reason = \"{\")]\nmod tests { fn t(x: [u8; 2]) { \"}\"; } }\nfn b() {}\n\
            #[cfg(test)]\npub(crate) mod fixtures;\n#[cfg(test)]\nfn c(x: [u8; 2]) -> u8 { x[0] }\nfn d() {}";
        let masks = Masks::new(source);
        assert_eq!(squeezed(&masks.code), "fn a() {} fn b() {} fn d() {}");
        assert_eq!(masks.test_modules, ["fixtures"]);
        assert!(masks.code_and_tests.contains("mod tests"));
        assert_eq!(masks.code.lines().count(), source.lines().count());
    }
}
