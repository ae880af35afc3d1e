//! The run-book: what each cause means and how to mend it, compiled in from `docs/errors`, so that a page and the papers
//! never disagree.
//!
//! The index of that folder names all causes, their owners and their order; each has a paper of the same shape: a title, an
//! owner, sections. A test of the source tree holds both to that.

use std::sync::LazyLock;

use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd, html};

use crate::html::Html;
use crate::query::percent;

macro_rules! papers {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!("../../../docs/errors/", $code, ".md")))),*]
    };
}

/// Every paper, by its cause.
const PAPERS: &[(&str, &str)] = papers![
    "accept.refused" "address.incomplete" "address.postcode" "address.too_long" "carrier.unknown" "channel.inactive"
    "channel.state" "connection.auth" "connection.down" "connection.offline" "connection.scope" "connection.webhook"
    "despatch.mismatch" "despatch.no_tracking" "despatch.refused" "despatch.unconfirmed" "effect.failing"
    "effect.in_doubt" "feed.failing" "feed.unreadable" "hub.restored" "listing.unmapped" "order.cancelled_late" "order.changed"
    "order.collect" "order.empty" "order.late" "order.more_wanted" "order.quantity" "order.unreadable" "sku.inactive" "sku.missing"
    "sku.unknown" "stock.guard" "stock.refused" "warehouse.cancelled" "warehouse.conflict" "warehouse.mismatch"
    "warehouse.refused"
];
const INDEX: &str = include_str!("../../../docs/errors/README.md");

/// Causes of one kind: orders, parcels, stock.
pub(crate) struct Family {
    /// Its name.
    pub(crate) name: String,
    /// The causes, as in the index.
    pub(crate) causes: Vec<Cause>,
}

/// One cause.
pub(crate) struct Cause {
    /// Its stable code.
    pub(crate) code: &'static str,
    /// What it says: `unknown SKU`.
    pub(crate) title: String,
    /// The team that owns it.
    pub(crate) owner: String,
    /// Whether it goes away by itself: `yes`, `no`, `partly`.
    pub(crate) by_itself: String,
    /// Its paper, without title, owner and the section that leads to the console.
    pub(crate) body: Html,
}

impl Cause {
    /// Its address.
    pub(crate) fn href(&self) -> String {
        href(self.code)
    }
}

static BOOK: LazyLock<Vec<Family>> = LazyLock::new(read_index);

/// All causes.
pub(crate) fn families() -> &'static [Family] {
    &BOOK
}

/// The cause of a code; `None` for one that this version does not know.
pub(crate) fn find(code: &str) -> Option<&'static Cause> {
    BOOK.iter().flat_map(|family| &family.causes).find(|cause| cause.code == code)
}

fn href(code: &str) -> String {
    format!("/causes/{}", percent(code))
}

/// The index's table: a row whose first cell is bold begins a family, a row whose first cell links to a paper is a cause.
fn read_index() -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for line in INDEX.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, first, title, owner, by_itself, _] = cells.as_slice() else { continue };
        if let Some(name) = first.strip_prefix("**").and_then(|name| name.strip_suffix("**")) {
            families.push(Family { name: name.to_owned(), causes: Vec::new() });
        }
        let code = first.strip_prefix("[`").and_then(|rest| rest.split_once('`')).map(|(code, _)| code);
        let paper = code.and_then(|code| PAPERS.iter().find(|(known, _)| *known == code));
        if let (Some((code, text)), Some(family)) = (paper, families.last_mut()) {
            family.causes.push(Cause {
                code,
                title: (*title).to_owned(),
                owner: (*owner).to_owned(),
                by_itself: (*by_itself).to_owned(),
                body: body(text),
            });
        }
    }
    families
}

/// A paper's sections as markup.
fn body(text: &str) -> Html {
    let from = text.find("\n## ").unwrap_or(0);
    let to = text.find("\n## Find them").unwrap_or(text.len());
    markup(text.get(from..to).unwrap_or_default())
}

/// Markdown as markup. A link to another paper leads to its page; one to a file that is no page here keeps its words only.
fn markup(text: &str) -> Html {
    let mut left_open = Vec::new();
    let events = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let there = target(&dest_url);
            left_open.push(there.is_some());
            let dest_url = CowStr::from(there?);
            Some(Event::Start(Tag::Link { link_type, dest_url, title, id }))
        }
        Event::End(TagEnd::Link) => left_open.pop().unwrap_or(false).then_some(Event::End(TagEnd::Link)),
        // The papers are text; markup in them would be a mistake.
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        other => Some(other),
    });
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, events);
    Html::own(out)
}

fn target(link: &str) -> Option<String> {
    let code = link.strip_suffix(".md")?;
    PAPERS.iter().any(|(known, _)| *known == code).then(|| href(code))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_paper_in_the_folder_has_its_place_in_the_book() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors");
        let there: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".md")?.to_owned()))
            .filter(|name| name != "README")
            .collect();
        let shown: BTreeSet<String> =
            families().iter().flat_map(|family| &family.causes).map(|cause| cause.code.to_owned()).collect();
        assert_eq!(shown, there);
    }

    #[test]
    fn index_and_paper_say_the_same_title_and_owner() {
        for (code, text) in PAPERS {
            let cause = find(code).unwrap();
            assert!(text.starts_with(&format!("# `{code}`: {}\n", cause.title)), "{code}: {}", cause.title);
            assert!(text.contains(&format!("\n**Owner: {}**\n", cause.owner)), "{code}: {}", cause.owner);
            for section in ["What happened", "What to do", "Does it go away by itself?"] {
                assert!(cause.body.to_string().contains(&format!("<h2>{section}</h2>")), "{code}: {section}");
            }
            assert!(!cause.body.to_string().contains("Find them"), "{code}");
        }
    }

    #[test]
    fn links_lead_to_pages_of_the_console_or_nowhere() {
        let text = "[one](sku.unknown.md), [two](../configuration.md), [*three*](https://evil.example) <b>four</b>";
        let out = markup(text).to_string();
        assert_eq!(
            out,
            "<p><a href=\"/causes/sku.unknown\">one</a>, two, <em>three</em> &lt;b&gt;four&lt;/b&gt;</p>\n"
        );
        for (code, _) in PAPERS {
            let body = find(code).map(|cause| cause.body.to_string()).unwrap_or_default();
            assert!(!body.contains(".md") && !body.contains("http"), "{code}: {body}");
        }
    }
}
