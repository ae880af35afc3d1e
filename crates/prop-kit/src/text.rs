//! Text that breaks things.

use proptest::prelude::*;

/// Pieces that have broken a parser somewhere: quotes, separators, line ends, controls, byte order marks, marks that turn
/// the direction of writing, letters in composed and decomposed form, characters of four bytes, look-alikes of markup.
const PIECES: [&str; 46] = [
    "\"",
    "\"\"",
    "'",
    ",",
    ";",
    "|",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "  ",
    "\\",
    "\\\"",
    "&",
    "&amp;",
    "&#0;",
    "<",
    ">",
    "]]>",
    "<![CDATA[",
    "<!--",
    "=1+1",
    "@",
    "-",
    "\u{0}",
    "\u{7}",
    "\u{1B}",
    "\u{7F}",
    "\u{85}",
    "\u{A0}",
    "\u{2028}",
    "\u{FEFF}",
    "\u{200B}",
    "\u{202E}",
    "שלום",
    "é",
    "e\u{301}",
    "ﬁ",
    "ß",
    "İ",
    "😀",
    "👩\u{200D}👧",
    "\u{10FFFF}",
    "\u{FFFE}",
    "北京",
];

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9]{1,6}",
        6 => prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Any text.
pub fn text() -> impl Strategy<Value = String> {
    pieces()
}

/// Text that XML 1.0 can carry: no control characters but tab and line ends, no non-characters.
pub fn xml_text() -> impl Strategy<Value = String> {
    let carried = |c: &char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}');
    pieces().prop_map(move |text| text.chars().filter(carried).collect())
}

/// Text without control characters: what stays on one line.
pub fn line() -> impl Strategy<Value = String> {
    pieces().prop_map(|text| text.chars().filter(|c| !c.is_control()).collect())
}

/// A code such as people give to articles: never empty, without space at its ends.
pub fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[A-Z0-9][A-Z0-9-]{0,14}",
        1 => ("[A-Za-z]", line()).prop_map(|(first, rest)| format!("{first}{rest}").trim().to_owned()),
    ]
}
