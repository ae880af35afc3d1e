//! One request: who asks, for what, how often, in which words; then the operation.

use bytes::Bytes;
use http::{Request, Response, header};
use serde_json::{Value, json};
use sim_core::effect_log::kind;
use sim_core::{Cx, FaultKind, form};

use crate::MiraklTwin;
use crate::limits;
use crate::options::{ForeignShop, Shipments};
use crate::paging::Query;
use crate::reply::{Outcome, Refusal};
use crate::route::{self, Operation};

/// What an operation sees of its request.
pub(crate) struct Call<'a> {
    pub(crate) query: Query,
    /// The JSON body; null where there is none.
    pub(crate) body: Value,
    pub(crate) request: &'a Request<Bytes>,
    /// Scheme and host for links.
    pub(crate) base: String,
    /// Whether this reply has nulls and gaps.
    pub(crate) sparse: bool,
}

impl MiraklTwin {
    /// Answers a request.
    pub(crate) fn dispatch(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        match self.answer(cx, request) {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(self.options.error_shape),
        }
    }

    fn answer(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Outcome {
        if header_text(request, header::AUTHORIZATION) != Some(&self.options.api_key) {
            return Err(Refusal::new(401, "Unauthorized"));
        }
        let operation = resolve(request)?;
        let accept = header_text(request, header::ACCEPT);
        if accept.is_some_and(|accept| !admits(accept, operation.media())) {
            return Err(Refusal::new(406, "Not Acceptable"));
        }
        let query = form::pairs(request.uri().query().unwrap_or_default());
        self.check_shop(&query)?;
        if !cx.counted {
            self.check_frequency(cx, &operation, &query)?;
        }
        if operation.needs_multi_shipment() && self.options.shipments == Shipments::Single {
            return Err(Refusal::new(403, "The multi-shipment feature is not enabled."));
        }
        if self.options.length_required && operation.bodyless_put() && !declares_length(request) {
            return Err(Refusal::new(411, "Length Required"));
        }
        let body = if operation.takes_json() { json_body(request)? } else { Value::Null };
        let call = Call {
            query,
            body,
            request,
            base: base(request).unwrap_or_else(|| self.options.base_url.clone()),
            sparse: operation.can_be_sparse() && (self.options.sparse || cx.faults.strikes(FaultKind::Sparse)),
        };
        self.operate(cx, &operation, call)
    }

    fn operate(&mut self, cx: &mut Cx<'_>, operation: &Operation, call: Call<'_>) -> Outcome {
        match operation {
            Operation::Account => Ok(self.account(&call)),
            Operation::Configuration => Ok(self.configuration()),
            Operation::Version => Ok(Self::version()),
            Operation::Orders => self.list_orders(cx, &call),
            Operation::Order(id) => self.show_order(cx, &call, id),
            Operation::Accept(id) => self.accept(cx, &call, id),
            Operation::Tracking(id) => self.track(cx, &call, id),
            Operation::Ship(id) => self.ship(cx, id),
            Operation::Cancel(id) => self.cancel(cx, id),
            Operation::CancelLines => self.cancel_lines(cx, &call),
            Operation::CreateShipments => self.create_shipments(cx, &call),
            Operation::ListShipments => self.list_shipments(call),
            Operation::ItemsToShip => self.list_items_to_ship(call),
            Operation::TrackShipments => self.track_shipments(cx, &call),
            Operation::ShipShipments => self.ship_shipments(cx, &call),
            Operation::DeleteShipments => self.delete_shipments(cx, &call),
            Operation::Carriers => Ok(Self::carriers()),
            Operation::ShippingZones => Ok(Self::shipping_zones()),
            Operation::ShippingTypes => Ok(self.shipping_types()),
            Operation::Reasons => Ok(Self::reasons(&call)),
            Operation::Offers => self.list_offers(cx.now, &call),
            Operation::Offer(id) => self.show_offer(cx.now, &call, id),
            Operation::OfferQuantity(id) => self.show_quantity(id),
            Operation::ImportStock => self.import_stock(cx, &call),
            Operation::StockImportStatus(id) => self.import_status(id),
            Operation::StockImportErrors(id) => self.import_errors(id),
        }
    }

    fn check_shop(&self, query: &Query) -> Result<(), Refusal> {
        let Some(text) = form::first(query, "shop_id") else {
            return Ok(());
        };
        let shop: i64 = text.parse().map_err(|_| Refusal::bad("'shop_id' must be a number").field("shop_id"))?;
        if shop == self.options.shop_id {
            return Ok(());
        }
        Err(match self.options.foreign_shop {
            ForeignShop::Forbidden => Refusal::new(403, format!("Access to shop {shop} is forbidden.")),
            ForeignShop::NotFound => Refusal::missing(format!("Shop with id {shop} not found.")),
        })
    }

    fn check_frequency(&mut self, cx: &mut Cx<'_>, operation: &Operation, query: &Query) -> Result<(), Refusal> {
        let name = operation.id();
        let enforced =
            |window: &limits::Window| self.options.limits && (self.options.daily_limits || !window.is_daily());
        let Some(window) = limits::window_of(name).filter(enforced) else {
            return Ok(());
        };
        let later_page = form::first(query, "offset").is_some_and(|offset| offset != "0");
        if later_page && !self.options.pages_count {
            return Ok(());
        }
        self.limits.admit(name, window, cx.now).map_err(|seconds| {
            let window = format!("{name} {} per {} s", window.calls, window.seconds);
            cx.effects.push(cx.now, kind::WINDOW_EXCEEDED, name, json!({ "window": window }));
            Self::too_many(self.options.retry_after.then_some(seconds))
        })
    }

    /// Counts a request that will be executed later. What is wrong with it otherwise shows then.
    pub(crate) fn count(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let operation = resolve(request).ok()?;
        let query = form::pairs(request.uri().query().unwrap_or_default());
        self.check_frequency(cx, &operation, &query).err().map(|refusal| refusal.reply(self.options.error_shape))
    }

    /// The refusal of a call too many; `wait` in seconds, where it is said.
    pub(crate) fn too_many(wait: Option<i64>) -> Refusal {
        let refusal = Refusal::new(429, "Too many requests");
        match wait {
            Some(seconds) => refusal.header(header::RETRY_AFTER, seconds.to_string()),
            None => refusal,
        }
    }
}

fn resolve(request: &Request<Bytes>) -> Result<Operation, Refusal> {
    let path = request.uri().path();
    let segments: Vec<&str> = path.strip_prefix("/api/").map(|rest| rest.split('/').collect()).unwrap_or_default();
    if let Some(operation) = route::find(request.method().as_str(), &segments) {
        return Ok(operation);
    }
    let methods = route::methods(&segments);
    if methods.is_empty() {
        return Err(Refusal::missing(format!("No resource at {path}")));
    }
    Err(Refusal::new(405, "Method Not Allowed").header(header::ALLOW, methods.join(", ")))
}

/// Whether an `Accept` header admits a media type: by its own name, by its kind, or with everything.
fn admits(accept: &str, media: &str) -> bool {
    let kind = media.split('/').next().unwrap_or_default();
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().unwrap_or_default();
        let refused =
            parts.any(|part| matches!(part.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        let fits =
            named == "*/*" || named.eq_ignore_ascii_case(media) || named.eq_ignore_ascii_case(&format!("{kind}/*"));
        fits && !refused
    })
}

fn declares_length(request: &Request<Bytes>) -> bool {
    let headers = request.headers();
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

fn json_body(request: &Request<Bytes>) -> Result<Value, Refusal> {
    let media = header_text(request, header::CONTENT_TYPE).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::new(415, "Unsupported Media Type"));
    }
    serde_json::from_slice(request.body()).map_err(|_| Refusal::bad("The request body is not valid JSON."))
}

fn header_text(request: &Request<Bytes>, name: header::HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Scheme and host that the client used, as far as the request says.
fn base(request: &Request<Bytes>) -> Option<String> {
    let uri = request.uri();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        return Some(format!("{scheme}://{authority}"));
    }
    Some(format!("http://{}", header_text(request, header::HOST)?))
}
