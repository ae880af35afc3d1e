//! Connections: forward paging by cursor (`contracts/marketplacer.md` §3.1).
//!
//! A cursor is the place in the sorted list, as servers of this make do it. The list may change between two pages, so a
//! client can see an entry twice or miss one at a page's border: that is real (§11.7), and an overlap between sweeps heals
//! it.

use std::rc::Rc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::entity::Entity;
use crate::options::Options;
use crate::resolve::search::InvoiceSearch;
use crate::resolve::{Failure, Object, Out, leaf};
use crate::shop::Shop;

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) type_name: &'static str,
    pub(crate) edge_name: &'static str,
    nodes: Vec<Entity>,
    offset: usize,
    /// Whether the list goes on behind the page.
    more: bool,
    total: Total,
}

/// How long a list is.
#[derive(Debug)]
enum Total {
    Known(usize),
    /// Counted when somebody asks: most callers only want the next page of many.
    Invoices(Box<InvoiceSearch>),
}

/// Names of a connection's types.
pub(crate) type Names = (&'static str, &'static str);

pub(crate) const INVOICES: Names = ("InvoicesConnection", "InvoicesEdge");
pub(crate) const CARRIERS: Names = ("ShipmentCarrierConnection", "ShipmentCarrierEdge");
pub(crate) const ALL_ADVERTS: Names = ("AllAdvertsConnection", "AllAdvertsEdge");
pub(crate) const ADVERTS: Names = ("AdvertsConnection", "AdvertsEdge");
pub(crate) const VARIANTS: Names = ("VariantConnection", "VariantEdge");
pub(crate) const BARE_VARIANTS: Names = ("AllAdvertVariantConnection", "AllAdvertVariantEdge");
pub(crate) const WEBHOOKS: Names = ("WebhooksConnection", "WebhooksEdge");
pub(crate) const EVENTS: Names = ("WebhookEventsConnection", "WebhookEventsEdge");
pub(crate) const REFUNDS: Names = ("RefundRequestConnection", "RefundRequestEdge");

fn cursor(place: usize) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

fn place(cursor: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor.trim_end_matches('=')).ok()?;
    String::from_utf8(bytes).ok()?.parse().ok()
}

/// Where a page begins, and how long it may be.
fn window(arguments: &Map<String, Value>, options: &Options) -> Result<(usize, usize), Failure> {
    let offset = match arguments.get("after").and_then(Value::as_str) {
        None | Some("") => 0,
        Some(after) => {
            let unknown = || Failure::new(format!("Invalid cursor for argument 'after': {after:?}"));
            place(after).ok_or_else(unknown)?
        }
    };
    let first = match arguments.get("first").and_then(Value::as_i64) {
        None => options.page_default,
        Some(first) => usize::try_from(first).unwrap_or(0).min(options.page_max),
    };
    Ok((offset, first))
}

/// The page of a list that the arguments ask for.
pub(crate) fn connection(
    names: Names,
    ids: &[u64],
    kind: impl Fn(u64) -> Entity,
    arguments: &Map<String, Value>,
    options: &Options,
) -> Out {
    let (offset, first) = match window(arguments, options) {
        Ok(window) => window,
        Err(failure) => return Out::Fail(failure),
    };
    let nodes: Vec<Entity> = ids.iter().skip(offset).take(first).map(|id| kind(*id)).collect();
    let more = offset.saturating_add(nodes.len()) < ids.len();
    one(Connection { type_name: names.0, edge_name: names.1, nodes, offset, more, total: Total::Known(ids.len()) })
}

/// The page of invoices that the arguments ask for; what lies behind it is not looked at.
pub(crate) fn invoices(search: InvoiceSearch, shop: &Shop, arguments: &Map<String, Value>, options: &Options) -> Out {
    let (offset, first) = match window(arguments, options) {
        Ok(window) => window,
        Err(failure) => return Out::Fail(failure),
    };
    let mut found = search.page(shop, offset, first.saturating_add(1));
    let more = found.len() > first;
    found.truncate(first);
    let nodes = found.into_iter().map(Entity::Invoice).collect();
    let total = Total::Invoices(Box::new(search));
    one(Connection { type_name: INVOICES.0, edge_name: INVOICES.1, nodes, offset, more, total })
}

fn one(connection: Connection) -> Out {
    Out::One(Object::Connection(Rc::new(connection)))
}

impl Connection {
    pub(super) fn field(self: &Rc<Self>, shop: &Shop, name: &str) -> Out {
        match name {
            "totalCount" => leaf(match &self.total {
                Total::Known(total) => *total,
                Total::Invoices(search) => search.run(shop).len(),
            }),
            "nodes" => Out::entities(self.nodes.iter().copied()),
            "edges" => {
                let edges = (0..self.nodes.len()).map(|index| Some(Object::Edge(Rc::clone(self), index)));
                Out::Many(edges.collect())
            }
            "pageInfo" => {
                let end = self.offset + self.nodes.len();
                let filled = !self.nodes.is_empty();
                let info = json!({
                    "hasNextPage": self.more,
                    "hasPreviousPage": self.offset > 0,
                    "startCursor": filled.then(|| cursor(self.offset + 1)),
                    "endCursor": filled.then(|| cursor(end)),
                });
                let info = info.as_object().cloned().unwrap_or_default();
                Out::One(Object::Made("PageInfo", Rc::new(info)))
            }
            _ => Out::NULL,
        }
    }

    pub(super) fn edge(&self, index: usize, name: &str) -> Out {
        match name {
            "cursor" => leaf(cursor(self.offset + index + 1)),
            _ => Out::maybe(self.nodes.get(index).copied()),
        }
    }
}
