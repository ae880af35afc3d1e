//! The drawings of the side bar: 16 × 16, one stroke, no file.

use crate::html::Html;

/// The drawing of a page by its name; empty for an unknown one.
pub(crate) fn of(page: &str) -> Html {
    let path = match page {
        "today" => r#"<path d="M2.5 7 8 2.5 13.5 7v6.5h-4V9.5h-3v4h-4z"/>"#,
        "orders" => r#"<path d="M3.5 1.5h9v13l-2.25-1.5L8 14.5 5.75 13 3.5 14.5zM6 5h4M6 8h4"/>"#,
        "exceptions" => r#"<path d="M8 2 14.5 13.5h-13zM8 6.5v3.25M8 11.75v.01"/>"#,
        "stock" => r#"<path d="M2 5 8 2l6 3v6.5l-6 3-6-3zM2 5l6 3 6-3M8 8v6.5"/>"#,
        "despatch" => {
            r#"<path d="M1 3.5h8.5v8H1zM9.5 6.5h3l2.5 2.5v2.5H9.5z"/><circle cx="4.25" cy="12" r="1.5" fill="var(--side)"/><circle cx="11.75" cy="12" r="1.5" fill="var(--side)"/>"#
        }
        "connections" => r#"<path d="M6 2v3M10 2v3M4 5h8v2.5a4 4 0 0 1-8 0zM8 11.5v3"/>"#,
        _ => return Html::default(),
    };
    Html::own(format!(
        r#"<svg class="icon" viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round" aria-hidden="true">{path}</svg>"#
    ))
}
