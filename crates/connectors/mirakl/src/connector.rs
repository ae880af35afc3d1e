//! The connector itself: which question goes to which part.

use crossdock_connector::{
    Budget, Call, Capability, ConfigError, Connector, Failure, Operation, OperationKind, Outcome, Page, Read, ReadKind,
    ReadReply, Rejection, Reply, Session, Stage, StageKind, Step,
};
use crossdock_model::{ConnectionName, Currency, Private};
use jiff::SignedDuration;

use crate::config::{Config, Mode, ServiceLevels};
use crate::operation::{accept, all, misplaced, mode, multi, single, stock};
use crate::order::Shop;
use crate::preset::Preset;
use crate::read;
use crate::request::{Caller, cannot};
use crate::windows::A01;

/// Where operations go that this platform does not know.
const UNSUPPORTED: Stage = Stage::new("unsupported");

/// A translator for one seller's shop at one Mirakl operator.
#[derive(Debug)]
pub struct Mirakl {
    connection: ConnectionName,
    config: Config,
    caller: Caller,
    windows: Vec<Budget>,
}

impl Mirakl {
    /// A connector for `connection`, with the shop's API key as the operator's back office shows it
    /// (`contracts/john-lewis.md §2.1`: it is sent raw, without `Bearer`).
    ///
    /// Fails when a figure of the configuration cannot work or the key cannot be a header.
    pub fn new(connection: ConnectionName, config: Config, api_key: Private<String>) -> Result<Self, ConfigError> {
        let windows = config.check()?;
        let key = api_key.into_inner().trim().to_owned();
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ConfigError {
                setting: "api_key",
                problem: "it is empty or holds characters that no key has".to_owned(),
                advice: "Copy the shop's API key from the operator's back office (user menu, API key)",
            });
        }
        let caller = Caller { api_key: Private::from(key), shop_id: config.shop_id };
        Ok(Self { connection, config, caller, windows })
    }

    /// How fast the operator expects the seller to act: settings, else the preset, else one day each.
    pub fn service_levels(&self) -> ServiceLevels {
        self.config.service_levels()
    }

    /// Carrier names as warehouses write them (lower case), each with a name to look for in the operator's list
    /// (`ReadKind::Carriers`). An alias may stand several times, best first. Empty without a preset.
    pub fn carrier_aliases(&self) -> &[(&str, &str)] {
        self.config.preset.map_or(&[], Preset::carrier_aliases)
    }

    fn shop<'a>(&'a self, session: &Session) -> Shop<'a> {
        Shop {
            accepts_automatically: self.config.accepts_automatically(session),
            ships_in_parts: self.config.mode(session) == Mode::Multi,
            centres: &self.config.fulfilment_centres,
            currency: session.fact(read::FACT_SHOP_CURRENCY).and_then(|code| Currency::new(code).ok()),
            now: session.now,
        }
    }

    /// Whether the platform is asked for its switches before the orders: how an order is read depends on them.
    fn asks_switches(&self, page: &Page, session: &Session) -> bool {
        page.is_first() && self.config.mode(session) == Mode::Unknown
    }

    /// How long the account's answer stands: as long as A01's window makes it.
    fn account_every(&self) -> SignedDuration {
        let window = self.windows.iter().find(|budget| budget.window == A01);
        window
            .map_or(SignedDuration::ZERO, |budget| budget.per / i32::try_from(budget.calls).unwrap_or(i32::MAX).max(1))
    }
}

/// The part of an operation that a stage belongs to.
enum Part {
    Accept,
    Mode,
    Single,
    Multi,
    Stock,
    None,
}

fn part(kind: OperationKind, stage: &Stage) -> Part {
    match kind {
        OperationKind::AcceptOrder if [accept::LOOK, accept::ACCEPT, accept::CONFIRM].contains(stage) => Part::Accept,
        OperationKind::ConfirmDespatch if *stage == mode::ASK => Part::Mode,
        OperationKind::ConfirmDespatch if single::owns(stage) => Part::Single,
        OperationKind::ConfirmDespatch if multi::owns(stage) => Part::Multi,
        OperationKind::SetStock if [stock::UPLOAD, stock::STATUS, stock::REPORT].contains(stage) => Part::Stock,
        _ => Part::None,
    }
}

impl Connector for Mirakl {
    fn kind(&self) -> &'static str {
        "mirakl"
    }

    fn connection(&self) -> &ConnectionName {
        &self.connection
    }

    fn capabilities(&self, session: &Session) -> Vec<Capability> {
        let shop = self.shop(session);
        let mut capabilities = vec![Capability::Channel];
        if !shop.accepts_automatically {
            capabilities.push(Capability::Acceptance);
        }
        if shop.ships_in_parts {
            capabilities.push(Capability::PartialShipments);
        }
        if session.fact(crate::read::FACT_REGISTERED_CARRIERS_ONLY) == Some("false") {
            capabilities.push(Capability::AnyCarrierName);
        }
        capabilities
    }

    fn reads(&self) -> Vec<ReadKind> {
        vec![ReadKind::Health, ReadKind::Orders, ReadKind::OrdersById, ReadKind::Listings, ReadKind::Carriers]
    }

    fn plan_read(&self, read: &Read, session: &Session) -> Result<Call, Rejection> {
        let size = self.config.page_size;
        match read {
            Read::Health { page } => read::plan_health(&self.caller, page, session),
            Read::Orders { page, .. } if self.asks_switches(page, session) => read::plan_platform(&self.caller),
            Read::Orders { since, page } => read::plan_orders(&self.caller, *since, page, size),
            Read::OrdersById { ids } => read::plan_orders_by_id(&self.caller, ids),
            Read::Listings { page } => read::plan_listings(&self.caller, page, size),
            Read::Carriers { .. } => read::plan_carriers(&self.caller),
            other => Err(cannot(format!("a Mirakl shop has no {}", other.kind().as_str()))),
        }
    }

    fn interpret_read(&self, read: &Read, session: &Session, reply: &Reply) -> Result<ReadReply, Failure> {
        let (size, shop) = (self.config.page_size, self.shop(session));
        match read {
            Read::Health { page } => read::health(page, session, reply, self.account_every()),
            Read::Orders { since, page } if self.asks_switches(page, session) => read::switches_first(*since, reply),
            Read::Orders { since, page } => read::orders(*since, page, size, shop, reply),
            Read::OrdersById { .. } => read::orders_by_id(shop, reply),
            Read::Listings { page } => read::listings(page, size, reply),
            Read::Carriers { .. } => read::carriers(reply),
            other => Err(Failure::Rejected(cannot(format!("a Mirakl shop has no {}", other.kind().as_str())))),
        }
    }

    fn first_stage(&self, operation: &Operation, session: &Session) -> Stage {
        match operation {
            Operation::AcceptOrder { .. } => accept::ACCEPT,
            Operation::ConfirmDespatch(_) => match self.config.mode(session) {
                Mode::Multi => multi::LOOK,
                Mode::Single => single::LOOK,
                Mode::Unknown => mode::ASK,
            },
            Operation::SetStock { .. } => stock::UPLOAD,
            Operation::CreateOrder(_) | Operation::Watch { .. } => UNSUPPORTED,
        }
    }

    fn recovery_stage(&self, operation: &Operation, session: &Session) -> Stage {
        match operation {
            Operation::AcceptOrder { .. } => accept::LOOK,
            _ => self.first_stage(operation, session),
        }
    }

    fn stage_kind(&self, operation: &Operation, stage: &Stage) -> StageKind {
        match part(operation.kind(), stage) {
            Part::Accept => accept::stage_kind(stage),
            Part::Single => single::stage_kind(stage),
            Part::Multi => multi::stage_kind(stage),
            Part::Stock => stock::stage_kind(stage),
            Part::Mode | Part::None => StageKind::Look,
        }
    }

    fn batch_limit(&self, kind: OperationKind, stage: &Stage) -> usize {
        match part(kind, stage) {
            Part::Accept => accept::batch_limit(stage),
            Part::Mode => mode::STEPS_PER_CALL,
            Part::Single => single::batch_limit(stage),
            Part::Multi => multi::batch_limit(stage),
            Part::Stock if *stage == stock::UPLOAD => self.config.stock_lines_per_file,
            Part::Stock | Part::None => 1,
        }
    }

    /// A stock file is one operation, however many lines it has: each takes the whole batch.
    fn weight(&self, operation: &Operation, stage: &Stage) -> usize {
        match part(operation.kind(), stage) {
            Part::Stock => self.batch_limit(operation.kind(), stage),
            _ => 1,
        }
    }

    fn plan(&self, steps: &[Step<'_>], session: &Session) -> Result<Call, Rejection> {
        let Some(first) = steps.first() else {
            return Err(cannot("there is nothing to do"));
        };
        match part(first.operation.kind(), first.stage) {
            Part::Accept => accept::plan(&self.caller, steps, first.stage),
            Part::Mode => mode::plan(&self.caller),
            Part::Single => single::plan(&self.caller, steps, first.stage, session),
            Part::Multi => multi::plan(&self.caller, steps, first.stage, session),
            Part::Stock => stock::plan(&self.caller, steps, first.stage),
            Part::None => Err(cannot(match first.operation {
                Operation::Watch { .. } => "Mirakl calls no seller back; changes are found by asking".to_owned(),
                Operation::CreateOrder(_) => "a channel takes no orders from the hub".to_owned(),
                _ => format!("`{}` is not a stage of this connector", first.stage.as_str()),
            })),
        }
    }

    fn interpret(&self, steps: &[Step<'_>], _session: &Session, reply: &Reply) -> Vec<Outcome> {
        let Some(first) = steps.first() else { return Vec::new() };
        match part(first.operation.kind(), first.stage) {
            Part::Accept => accept::interpret(steps, first.stage, reply),
            Part::Mode => mode::interpret(steps, reply),
            Part::Single => single::interpret(steps, first.stage, reply),
            Part::Multi => multi::interpret(steps, first.stage, reply),
            Part::Stock => stock::interpret(steps, first.stage, reply, self.config.stock_patience()),
            Part::None => all(steps, &misplaced(first)),
        }
    }

    fn windows(&self) -> Vec<Budget> {
        self.windows.clone()
    }

    /// Two, so that a slow page of offers does not hold up a despatch; effects on one order never overlap anyway.
    fn in_flight(&self) -> usize {
        2
    }
}
