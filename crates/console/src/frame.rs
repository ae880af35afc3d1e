//! What surrounds every page: the merchant, the health of all feeds, the side bar and its counts.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use crossdock_desk::{DeskError, DespatchFilter, OrderFilter, Today, Tone};
use jiff::Timestamp;

use crate::app::App;
use crate::assets::Addresses;
use crate::clock::Clock;
use crate::html::{self, Html};
use crate::icons;
use crate::page::{Failure, Said, View};
use crate::query::url;

/// How old the counts of the frame may be while nothing moved, seconds: their words count time as well.
const FRESH: i64 = 5;

/// What the frame shows, asked once for all pages that are open.
pub(crate) struct Gathered {
    version: u64,
    at: Timestamp,
    merchant: String,
    /// The first page's data; its feeds and counts serve the frame.
    pub(crate) today: Today,
    /// Despatches that their channel does not know.
    pub(crate) unconfirmed: u64,
    due_soon: u64,
}

/// One entry of the side bar.
pub(crate) struct NavItem {
    /// Where it leads.
    pub(crate) href: String,
    /// Its name.
    pub(crate) name: String,
    /// Its count; empty when there is nothing to say.
    pub(crate) count: String,
    /// What the count counts.
    pub(crate) title: String,
    /// How bad what it counts is.
    pub(crate) class: &'static str,
    /// Whether this is the page shown.
    pub(crate) here: bool,
    /// Its drawing.
    pub(crate) icon: Html,
}

/// The frame of one page.
pub(crate) struct Frame {
    /// The addresses of style and script.
    pub(crate) assets: Addresses,
    /// The hub's clock.
    pub(crate) clock: Clock,
    /// The merchant's name.
    pub(crate) merchant: String,
    /// Health in words.
    pub(crate) health: String,
    /// And its tone.
    pub(crate) health_tone: Tone,
    /// The pages.
    pub(crate) nav: Vec<NavItem>,
    /// Saved views.
    pub(crate) views: Vec<NavItem>,
    /// What the act before said.
    pub(crate) said: Option<Said>,
    /// What the search box holds.
    pub(crate) asked: String,
    /// `light` or `dark` when the address asks for it.
    pub(crate) theme: Option<&'static str>,
    /// Whether a token guards the console.
    pub(crate) guarded: bool,
    /// Path and query of this page.
    pub(crate) path: String,
}

impl App {
    /// The counts of the frame, asked anew when anything moved. Blocking.
    pub(crate) fn gather(&self) -> Result<Arc<Gathered>, DeskError> {
        let version = self.desk.version();
        let now = self.desk.now();
        let kept = self.gathered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept {
            let age = now.as_second().saturating_sub(kept.at.as_second());
            if kept.version == version && (0..FRESH).contains(&age) {
                return Ok(kept);
            }
        }
        let due_soon = OrderFilter { due_within_hours: Some(4), page: 1, ..OrderFilter::default() };
        let unconfirmed = DespatchFilter { open: true, page: 1, ..DespatchFilter::default() };
        let fresh = Arc::new(Gathered {
            version,
            at: now,
            merchant: self.desk.merchant(),
            today: self.desk.today()?,
            unconfirmed: self.desk.despatches(&unconfirmed)?.open,
            due_soon: self.desk.orders(&due_soon)?.total,
        });
        *self.gathered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// The frame around a page, and what it was made of.
    pub(crate) async fn frame(
        self: &Arc<Self>,
        view: &View,
        here: &'static str,
    ) -> Result<(Frame, Arc<Gathered>), Failure> {
        let gathered = self.ask(Self::gather).await?;
        let today = &gathered.today;
        let frame = Frame {
            assets: Addresses::new(),
            clock: Clock::new(self.desk.now(), &today.zone),
            merchant: gathered.merchant.clone(),
            health: today.health.clone(),
            health_tone: today.health_tone,
            nav: nav(&gathered, here),
            views: views(&gathered, &view.path),
            said: view.said.clone(),
            asked: view.query.text("q").unwrap_or_default(),
            theme: match view.query.text("theme").as_deref() {
                Some("dark") => Some("dark"),
                Some("light") => Some("light"),
                _ => None,
            },
            guarded: self.settings.token.is_some(),
            path: view.path.clone(),
        };
        Ok((frame, gathered))
    }
}

fn nav(gathered: &Gathered, here: &'static str) -> Vec<NavItem> {
    let today = &gathered.today;
    let urgent = today.needs.iter().filter(|group| group.tone >= Tone::Risk).count();
    let worst = today.needs.iter().map(|group| group.tone).max();
    let open: u64 = today.needs.iter().map(|group| group.count).sum();
    let ailing = today.feeds.iter().filter(|feed| feed.tone >= Tone::Risk).count();
    let item = |id: &'static str, href: &str, name: &str, n: u64, title: &str, tone: Option<Tone>| NavItem {
        href: href.to_owned(),
        name: name.to_owned(),
        count: if n == 0 { String::new() } else { html::count(n) },
        title: title.to_owned(),
        class: tone.map_or("", html::tone_class),
        here: id == here,
        icon: icons::of(id),
    };
    let wide = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    vec![
        item("today", "/", "Today", wide(urgent), "things that need somebody", worst),
        item("orders", "/orders", "Orders", 0, "", None),
        item("exceptions", "/exceptions", "Exceptions", open, "open exceptions", worst),
        item("stock", "/stock", "Stock", today.stock.differ, "listings that differ", Some(Tone::Risk)),
        item("despatch", "/despatch", "Despatch", gathered.unconfirmed, "parcels not confirmed", Some(Tone::Risk)),
        item(
            "connections",
            "/connections",
            "Connections",
            wide(ailing),
            "connections in trouble",
            today.feeds.iter().map(|feed| feed.tone).max(),
        ),
    ]
}

/// Views that people would save: what is due soon, and one per cause that holds orders.
fn views(gathered: &Gathered, path: &str) -> Vec<NavItem> {
    let item = |href: String, name: String, n: u64, tone: Tone| NavItem {
        here: href == path,
        href,
        name,
        count: html::count(n),
        title: String::new(),
        class: html::tone_class(tone),
        icon: Html::default(),
    };
    let due = if gathered.due_soon == 0 { Tone::Ok } else { Tone::Risk };
    let mut out = vec![item("/orders?due_within_hours=4".to_owned(), "Due < 4 h".to_owned(), gathered.due_soon, due)];
    let mut causes: BTreeMap<&str, (u64, Tone)> = BTreeMap::new();
    for group in &gathered.today.needs {
        let concerns_orders = group.exceptions.iter().any(|exception| !exception.order.is_empty());
        if concerns_orders {
            let entry = causes.entry(&group.cause).or_insert((0, Tone::Ok));
            entry.0 += group.count;
            entry.1 = entry.1.max(group.tone);
        }
    }
    for (code, (n, tone)) in causes {
        out.push(item(url("/orders", &[("cause", Some(code))]), html::cause(code), n, tone));
    }
    out
}
