//! A raw document for eyes.

/// As text; JSON gets line breaks and indents. Only white space is changed: a figure such as `84.10` keeps its digits,
/// which reading and writing it again would not promise.
pub(super) fn pretty(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
        return text.into_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                out.push(letter);
                string(&mut letters, &mut out);
            }
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = letters.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    out
}

/// The rest of a string, up to its closing quote.
fn string(letters: &mut impl Iterator<Item = char>, out: &mut String) {
    while let Some(letter) = letters.next() {
        out.push(letter);
        match letter {
            '"' => return,
            '\\' => out.extend(letters.next()),
            _ => {}
        }
    }
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn json_is_laid_out_and_keeps_every_digit_and_escape() {
        let raw = br#"{"id":"A\"{1}","price":84.10,"lines":[ {"n":1},{}],"none":[]}"#;
        let shown = "{\n  \"id\": \"A\\\"{1}\",\n  \"price\": 84.10,\n  \"lines\": [\n    {\n      \"n\": 1\n    },\n    {}\n  ],\n  \"none\": []\n}";
        assert_eq!(pretty(raw), shown);
    }

    #[test]
    fn what_is_not_json_is_shown_as_it_came() {
        assert_eq!(pretty(b"<order>1</order>"), "<order>1</order>");
        assert_eq!(pretty(b"{\"cut\":"), "{\"cut\":");
    }
}
