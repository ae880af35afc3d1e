//! The twin: its state, and what it does when its time has come.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sim_core::world::{Channel, Defect, PlannedOrder};
use sim_core::{Cx, Twin, World};

use crate::agenda::{Agenda, Job};
use crate::imports::Imports;
use crate::limits::Limits;
use crate::offers::Offers;
use crate::options::Options;
use crate::orders::Orders;
use crate::place::Purchase;
use crate::shipment::Shipments;
use crate::text::after;

/// Whether the shop sells (A01 `shop_state`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShopState {
    Open,
    Close,
    Suspended,
    Terminated,
}

impl ShopState {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Open, "OPEN"),
        (Self::Close, "CLOSE"),
        (Self::Suspended, "SUSPENDED"),
        (Self::Terminated, "TERMINATED"),
    ];

    /// The wire code.
    pub(crate) fn code(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("", |(_, code)| code)
    }

    /// The state of a wire code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == code).map(|(state, _)| *state)
    }
}

/// Seconds after which a stuck import tries to get further.
const IMPORT_LATER: i64 = 15;

/// A Mirakl marketplace with one shop.
///
/// Wrap it in [`sim_core::Simulated`], which adds faults and the control API.
#[derive(Debug, Clone)]
pub struct MiraklTwin {
    pub(crate) options: Options,
    world: Arc<World>,
    /// Positions of this channel's orders in the world, by time.
    planned: Vec<usize>,
    next_planned: usize,
    pub(crate) offers: Offers,
    pub(crate) orders: Orders,
    pub(crate) shipments: Shipments,
    pub(crate) imports: Imports,
    pub(crate) agenda: Agenda,
    pub(crate) limits: Limits,
    /// Whether stock files change what customers see.
    pub(crate) publishing: bool,
    pub(crate) shop_state: ShopState,
    /// Whether imports get no further.
    pub(crate) imports_stuck: bool,
    /// Whether error reports are kept back.
    pub(crate) reports_missing: bool,
    /// The number of the next order that the control API places.
    pub(crate) next_number: u64,
    pub(crate) cancelations: u64,
    pub(crate) refunds: u64,
}

impl MiraklTwin {
    /// A marketplace that lists the world's catalogue and awaits its customers.
    pub fn new(world: Arc<World>, options: Options) -> Self {
        let planned = world
            .orders
            .iter()
            .enumerate()
            .filter(|(_, order)| order.channel == Channel::Mirakl)
            .map(|(position, _)| position)
            .collect();
        Self {
            offers: Offers::of(&world),
            next_number: world.orders.iter().map(|order| order.number).max().unwrap_or(0) + 1,
            planned,
            next_planned: 0,
            world,
            options,
            orders: Orders::default(),
            shipments: Shipments::default(),
            imports: Imports::default(),
            agenda: Agenda::default(),
            limits: Limits::default(),
            publishing: true,
            shop_state: ShopState::Open,
            imports_stuck: false,
            reports_missing: false,
            cancelations: 0,
            refunds: 0,
        }
    }

    /// When the world began: the shop exists since then.
    pub(crate) fn opened(&self) -> Timestamp {
        self.world.plan.start
    }

    fn planned_order(&self) -> Option<&PlannedOrder> {
        self.world.orders.get(*self.planned.get(self.next_planned)?)
    }

    /// Does everything that is due, in time order, and says when something is due next.
    pub(crate) fn run_due(&mut self, cx: &mut Cx<'_>) -> Option<Timestamp> {
        loop {
            let order_at = self.planned_order().map(|order| order.at);
            let job_at = self.agenda.next();
            let next = [order_at, job_at].into_iter().flatten().min()?;
            if next > cx.now {
                return Some(next);
            }
            // At equal times jobs come first: an import that ends now is there for the customer who orders now.
            if job_at == Some(next) {
                if let Some((at, job)) = self.agenda.take() {
                    self.perform(cx, at, job);
                }
            } else if let Some(purchase) = self.planned_order().map(purchase_of) {
                self.next_planned += 1;
                // A refused sale is in the effect log; the world has no other customer for it.
                let _ = self.place(cx, next, purchase);
            }
        }
    }

    fn perform(&mut self, cx: &mut Cx<'_>, at: Timestamp, job: Job) {
        match job {
            Job::Validated(order) => {
                self.validated(cx, at, order);
            }
            Job::DebitRequested(order) => self.debit_requested(at, order),
            Job::Debited(order) => {
                self.debited(cx, at, order);
            }
            Job::AutoRefuse(order) => self.auto_refuse(cx, at, order),
            Job::Receive(order) => self.received(cx, at, order),
            Job::Close(order) => self.closed(at, order),
            Job::ImportRuns(_) | Job::ImportEnds(_) if self.imports_stuck => {
                self.agenda.note(after(at, IMPORT_LATER), job);
            }
            Job::ImportRuns(import) => self.imports.run(import),
            Job::ImportEnds(import) => self.finish_import(cx, at, import),
        }
    }
}

fn purchase_of(order: &PlannedOrder) -> Purchase {
    Purchase {
        number: order.number,
        customer: order.customer.clone(),
        lines: order.lines.clone(),
        message: order.message.clone(),
        centre: None,
        defect: order.defect.map(|defect| {
            match defect {
                Defect::UnknownSku => "unknown_sku",
                Defect::NoPostcode => "no_postcode",
                Defect::LongAddress => "long_address",
            }
            .to_owned()
        }),
    }
}

impl Twin for MiraklTwin {
    fn name(&self) -> &'static str {
        "mirakl"
    }

    fn handle(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        let reply = self.dispatch(cx, request);
        // With delays of zero, what a call sets off is there before the next one.
        self.run_due(cx);
        reply
    }

    fn only_reads(&self, request: &Request<Bytes>) -> bool {
        request.method() == Method::GET
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.offers, &mut other.offers);
        std::mem::swap(&mut self.orders, &mut other.orders);
        std::mem::swap(&mut self.shipments, &mut other.shipments);
        std::mem::swap(&mut self.imports, &mut other.imports);
    }

    fn arrive(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        self.count(cx, request)
    }

    fn throttle(&self, _request: &Request<Bytes>, wait: Option<i64>) -> Response<Bytes> {
        Self::too_many(wait).reply(self.options.error_shape)
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Option<Timestamp> {
        self.run_due(cx)
    }

    fn delivered(&mut self, _cx: &mut Cx<'_>, _id: u64, _status: Option<u16>) {
        // Sellers have no webhooks (contracts/john-lewis.md §2.1 "Push"); this twin never calls anybody.
    }

    /// `{"stock": {sku: quantity}, "orders": {order_id: {"state", "tracking", "carrier", "shipments": […]}}}`.
    fn state(&self) -> Value {
        let stock: Map<String, Value> =
            self.offers.listed().map(|offer| (offer.sku.clone(), json!(offer.quantity))).collect();
        let orders: Map<String, Value> = self
            .orders
            .all()
            .iter()
            .map(|order| {
                let tracking = order.tracking.as_ref();
                let state = json!({
                    "state": order.shown(),
                    "tracking": tracking.and_then(|t| t.number.as_deref()),
                    "carrier": tracking.and_then(|t| t.name.as_deref()),
                    "shipments": self.shipments_of(order),
                });
                (order.id.clone(), state)
            })
            .collect();
        json!({ "stock": stock, "orders": orders })
    }

    fn control(&mut self, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Result<Value, String>> {
        let result = self.control_call(cx, path, body);
        self.run_due(cx);
        result
    }
}
