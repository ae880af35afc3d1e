//! The twin itself: routes, limits, the clock.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header::RETRY_AFTER};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sim_core::effect_log::kind;
use sim_core::world::Channel;
use sim_core::{Cx, FaultKind, Twin, World};

use crate::auth::{self, Refused, Role};
use crate::graphql::{self, Documents};
use crate::limits::{Limits, Rule};
use crate::options::Options;
use crate::resolve::{self, DECIDING, View};
use crate::shop::{Delivery, OWN_SELLER, Shop, Task};
use crate::trade::{self, Basket};
use crate::webhooks::Hooks;
use crate::{control, refunds, reply, rest, seed};

/// Invoices are numbered from here: a planned order's number is added.
pub(crate) const FIRST_INVOICE: u64 = 10_000;

/// The twin of a Marketplacer instance.
#[derive(Debug, Clone)]
pub struct MarketplacerTwin {
    pub(crate) world: Arc<World>,
    pub(crate) options: Options,
    pub(crate) shop: Shop,
    pub(crate) hooks: Hooks,
    /// Whether the seller's key has been revoked.
    pub(crate) revoked: bool,
    /// The next order number for orders that no plan holds.
    pub(crate) next_number: u64,
    documents: Documents,
    limits: Limits,
    /// Places in the world's orders that are still to come.
    plan: VecDeque<usize>,
}

/// What a request may use.
pub(crate) struct Desk<'a, 'c> {
    pub(crate) shop: &'a mut Shop,
    pub(crate) hooks: &'a mut Hooks,
    pub(crate) options: &'a Options,
    pub(crate) role: Role,
    pub(crate) cx: &'a mut Cx<'c>,
    /// See [`View::echo`].
    pub(crate) echo: Vec<(u64, i64)>,
    pub(crate) sparse: bool,
    /// See [`View::deciding`].
    pub(crate) deciding: Option<&'static str>,
    pub(crate) unknown_enum: bool,
}

impl Desk<'_, '_> {
    /// The shop as the caller sees it.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            shop: self.shop,
            hooks: self.hooks,
            options: self.options,
            role: self.role,
            sparse: self.sparse,
            deciding: self.deciding,
            unknown_enum: self.unknown_enum,
            echo: &self.echo,
        }
    }

    /// The scope that a root field needs and the caller lacks.
    pub(crate) fn missing_scope(&self, name: &str) -> Option<String> {
        resolve::missing_scope(self.options, self.role, name)
    }
}

impl MarketplacerTwin {
    /// A twin of a world.
    pub fn new(world: Arc<World>, options: Options) -> Self {
        let orders = world.orders.iter().enumerate();
        let plan = orders.filter(|(_, order)| order.channel == Channel::Marketplacer).map(|(index, _)| index).collect();
        let last = world.orders.iter().map(|order| order.number).max().unwrap_or(0);
        Self {
            shop: seed::shop(&world, &options),
            hooks: Hooks::default(),
            revoked: false,
            next_number: last + 1,
            documents: Documents::default(),
            limits: Limits::default(),
            plan,
            world,
            options,
        }
    }

    fn next_order(&self) -> Option<Timestamp> {
        let index = self.plan.front()?;
        self.world.orders.get(*index).map(|order| order.at)
    }

    fn place_planned(&mut self, cx: &mut Cx<'_>) {
        let world = Arc::clone(&self.world);
        let Some(order) = self.plan.pop_front().and_then(|index| world.orders.get(index)) else {
            return;
        };
        let basket = Basket {
            id: FIRST_INVOICE + order.number,
            buyer: order.customer.clone(),
            message: order.message.clone(),
            lines: &order.lines,
            delivery: Delivery::BuyOnline,
            defect: order.defect,
            review: trade::review_of(world.plan.seed, order.number, &self.options),
        };
        // A refused sale is in the effect log; there is nobody else to tell.
        let _ = trade::place(&mut self.shop, cx.effects, order.at, basket);
    }

    fn do_task(&mut self, cx: &mut Cx<'_>) {
        match self.shop.take_task() {
            Some((at, Task::ClearReview(invoice))) => trade::clear_review(&mut self.shop, cx.effects, at, invoice),
            Some((at, Task::Approve(request))) => {
                // It may have been settled by a control call meanwhile.
                let _ = refunds::approve(&mut self.shop, cx.effects, at, &self.options, request);
            }
            None => {}
        }
    }

    fn rules(&self, path: &str, request: &Request<Bytes>, role: Option<Role>) -> Vec<Rule> {
        let window = |counted: String, limit: usize, seconds: i64, per: &str| Rule {
            counted,
            window: format!("{limit} per {seconds} s per {per}"),
            limit,
            span: SignedDuration::from_secs(seconds),
        };
        let options = &self.options;
        if path != "/graphql" {
            return vec![window("rest".to_owned(), options.rest_per_second, 1, "REST surface")];
        }
        let source = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let mut rules =
            vec![window(format!("address:{}", source.unwrap_or("local")), options.per_address, 10, "address")];
        if let Some(role) = role {
            rules.push(window(format!("key:{role:?}"), options.per_key, 10, "key"));
            rules.push(window("operator".to_owned(), options.per_operator, 10, "operator"));
        }
        rules
    }

    /// Counts a request in the published windows, or refuses it.
    fn count(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        if !self.options.limits {
            return None;
        }
        let path = request.uri().path();
        let role = auth::identify(request.headers(), &self.options, self.revoked);
        let rules = self.rules(path, request, role.ok());
        let refusal = self.limits.admit(cx.now, &rules).err()?;
        cx.effects.push(cx.now, kind::WINDOW_EXCEEDED, path, json!({ "window": refusal.window }));
        let wait = refusal.until.duration_since(cx.now).as_millis();
        let seconds = i64::try_from(wait).unwrap_or(0).saturating_add(999) / 1_000;
        Some(self.refusal(self.options.retry_after.then_some(seconds.max(1))))
    }

    fn refusal(&self, wait: Option<i64>) -> Response<Bytes> {
        let mut response = reply::text(self.options.refusal_status, "Retry later");
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn route(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        let rest_path = path.strip_prefix("/api/v2/client/").filter(|_| self.options.rest_enabled);
        if path != "/graphql" && rest_path.is_none() {
            return reply::text(404, "Not Found");
        }
        let role = auth::identify(request.headers(), &self.options, self.revoked);
        if !cx.counted
            && let Some(refusal) = self.count(cx, request)
        {
            return refusal;
        }
        let role = match role {
            Ok(role) => role,
            Err(refused) => return unauthorised(refused, rest_path.is_some()),
        };
        let sparse = cx.faults.strikes(FaultKind::Sparse);
        let mut desk = Desk {
            role,
            sparse,
            deciding: self.deciding(sparse, cx),
            unknown_enum: cx.faults.strikes(FaultKind::UnknownEnum),
            echo: Vec::new(),
            shop: &mut self.shop,
            hooks: &mut self.hooks,
            options: &self.options,
            cx,
        };
        match rest_path {
            Some(rest_path) => rest::handle(&mut desk, rest_path, request),
            None if request.method() == Method::POST => graphql::handle(&mut desk, &mut self.documents, request),
            None => reply::text(404, "Not Found"),
        }
    }

    /// The deciding field that a struck reply empties, where the options say so. Only then are dice thrown.
    fn deciding(&self, sparse: bool, cx: &mut Cx<'_>) -> Option<&'static str> {
        if !sparse || !self.options.sparse_deciding {
            return None;
        }
        let last = i64::try_from(DECIDING.len()).unwrap_or(1) - 1;
        DECIDING.get(usize::try_from(cx.rng.between(0, last)).unwrap_or(0)).copied()
    }

    /// Hands what has happened to the webhooks.
    fn tell(&mut self) {
        self.hooks.absorb(&mut self.shop.news, &self.options);
    }
}

/// 401; the exact bodies are unknown (`contracts/marketplacer.md` §12.3), the two texts are documented.
fn unauthorised(refused: Refused, rest: bool) -> Response<Bytes> {
    match refused {
        Refused::Basic => {
            let mut response = reply::text(401, "Unauthorized");
            let challenge = HeaderValue::from_static("Basic realm=\"Application\"");
            response.headers_mut().insert(http::header::WWW_AUTHENTICATE, challenge);
            response
        }
        Refused::Key if rest => reply::api_error(401, "unauthorized", "Unauthorized", "API Token has expired", None),
        Refused::Key => reply::json(401, &json!({ "errors": [{ "message": "API Token has expired" }] })),
    }
}

impl Twin for MarketplacerTwin {
    fn name(&self) -> &'static str {
        "marketplacer"
    }

    fn handle(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        let response = self.route(cx, request);
        self.tell();
        response
    }

    fn only_reads(&self, request: &Request<Bytes>) -> bool {
        if request.uri().path() != "/graphql" {
            return request.method() == Method::GET;
        }
        // A document that has the word anywhere may be a mutation, and then it is none of a replica's.
        !request.body().windows(8).any(|word| word == b"mutation")
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.shop, &mut other.shop);
        std::mem::swap(&mut self.hooks, &mut other.hooks);
    }

    fn arrive(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.count(cx, request)
    }

    fn throttle(&self, _request: &Request<Bytes>, wait: Option<i64>) -> Response<Bytes> {
        self.refusal(wait)
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Option<Timestamp> {
        loop {
            let moments = [self.next_order(), self.shop.next_task(), self.hooks.next()];
            let next = moments.into_iter().flatten().min()?;
            if next > cx.now {
                return Some(next);
            }
            if moments[0] == Some(next) {
                self.place_planned(cx);
            } else if moments[1] == Some(next) {
                self.do_task(cx);
            } else {
                self.hooks.step(&self.shop, &self.options, cx);
            }
            self.tell();
        }
    }

    fn delivered(&mut self, cx: &mut Cx<'_>, id: u64, status: Option<u16>) {
        let now = cx.now;
        self.hooks.answered(id, status, now, &self.options, cx);
    }

    fn state(&self) -> Value {
        let stock = self.shop.by_sku.iter().filter_map(|(sku, ids)| {
            let variant = self.shop.variants.get(ids.first()?)?;
            let shown = if variant.infinite { json!("INFINITE") } else { json!(variant.count) };
            Some((sku.clone(), shown))
        });
        let own = self.shop.invoices.values().filter(|invoice| invoice.seller == OWN_SELLER);
        let invoices = own.map(|invoice| {
            let flags: Vec<&str> = invoice.flags.iter().map(|flag| flag.name()).collect();
            let shipped = invoice.lines.iter().filter(|line| line.sent > 0).map(|line| line.json(line.sent));
            let seen = json!({ "flags": flags, "shipped": shipped.collect::<Vec<_>>() });
            (invoice.id.to_string(), seen)
        });
        json!({
            "stock": sorted(stock),
            "invoices": sorted(invoices),
            "connection": { "active": self.shop.active, "online": self.shop.online },
        })
    }

    fn control(&mut self, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Result<Value, String>> {
        let result = control::handle(self, cx, path, body);
        self.tell();
        result
    }
}

/// Tables without an order of their own come out sorted, so that two runs print the same.
fn sorted(entries: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.into_iter().collect()
}
