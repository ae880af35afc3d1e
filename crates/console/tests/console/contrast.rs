//! Text is readable in both themes: at least 4.5:1 against every ground it stands on (WCAG 2.2 AA, 1.4.3).

use std::collections::HashMap;

/// The colours of each theme, from the style sheet itself.
fn themes() -> Vec<HashMap<String, [f64; 3]>> {
    let css = include_str!("../../assets/tokens.css");
    let mut themes = Vec::new();
    for block in css.split('{').skip(1) {
        let mut colours = HashMap::new();
        for line in block.split(';') {
            let Some((name, value)) = line.trim().split_once(": #") else { continue };
            let part = |at: usize| f64::from(u8::from_str_radix(&value[at..at + 2], 16).unwrap());
            colours.insert(name.to_owned(), [part(0), part(2), part(4)]);
        }
        if !colours.is_empty() {
            themes.push(colours);
        }
    }
    themes
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(|part| {
        let part = part / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_stands_out_from_its_ground_in_both_themes() {
    let themes = themes();
    assert_eq!(themes.len(), 3, "light, dark chosen, dark by the system");
    assert_eq!(themes[1], themes[2], "dark is one theme, however it came about");
    let neutral = ["--page", "--side", "--surface", "--raised", "--hover"];
    for theme in &themes {
        let check = |text: &str, ground: &str| {
            let ratio = contrast(theme[text], theme[ground]);
            assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
        };
        for text in ["--text", "--muted", "--accent", "--ok", "--wait", "--risk", "--bad"] {
            for ground in neutral {
                check(text, ground);
            }
        }
        for ground in ["--accent-weak", "--ok-weak", "--wait-weak", "--risk-weak", "--bad-weak"] {
            check("--text", ground);
            check("--accent", ground);
        }
        for tone in ["ok", "wait", "risk", "bad"] {
            check(&format!("--{tone}"), &format!("--{tone}-weak"));
        }
        check("--risk", "--accent-weak");
        check("--bad", "--accent-weak");
        check("--muted", "--accent-weak");
        check("--on-accent", "--accent");
    }
}
