//! What a parcel does next.

use crossdock_connector::{Operation, RejectCode, Rejection, Shipment};
use crossdock_model::{Carrier, KitPart, Package, Readiness, ShippedLine};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::allocate;
use super::carrier::{CarrierAnswer, carrier};
use crate::action::Target;
use crate::cause::Cause;
use crate::order::{OrderStage, OrderState};
use crate::{Actions, ChannelRules, Held, Planned, words};

/// How long a parcel may be without a tracking number before somebody is told.
const TRACKING_PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// How long a parcel may be on its way to the channel before somebody is told (A025, A090).
const CONFIRM_PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// How often a parcel that waits for the rest of its order looks again whether it has to.
const REST_AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// How often a parcel without a tracking number is asked about.
const TRACKING_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// How far a parcel has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelStage {
    /// It left; the channel was not told yet.
    Left,
    /// It waits for the rest of the order: the channel takes one shipment per order.
    AwaitingRest,
    /// On its way to the channel.
    Confirming,
    /// The channel was seen to know it.
    Confirmed,
}

/// What is remembered of a parcel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DespatchState {
    /// The key under which the order knows the parcel: its [`DespatchState::key`] when it was first seen.
    pub mark: String,
    /// The parcel as last read.
    pub package: Package,
    /// How far it has come.
    pub stage: ParcelStage,
    /// What holds it.
    pub held: Option<(Cause, String, String)>,
    /// Units per channel line; empty until allocated.
    pub lines: Vec<ShippedLine>,
    /// Grows when a person replays after a refusal.
    pub revision: u32,
    /// A refusal that only a person clears.
    pub refused: bool,
    /// Since when it is on its way to the channel.
    #[serde(default)]
    pub confirming_since: Option<Timestamp>,
}

impl DespatchState {
    /// Begins a parcel.
    pub fn new(package: Package) -> Self {
        Self {
            mark: package_key(&package),
            package,
            stage: ParcelStage::Left,
            held: None,
            lines: Vec::new(),
            revision: 0,
            refused: false,
            confirming_since: None,
        }
    }

    /// The parcel's key: despatch number and tracking number.
    pub fn key(&self) -> String {
        package_key(&self.package)
    }

    /// The state word to store and to filter by.
    pub const fn word(&self) -> &'static str {
        if self.held.is_some() {
            return "held";
        }
        match self.stage {
            ParcelStage::Left => "left",
            ParcelStage::AwaitingRest => "awaiting_rest",
            ParcelStage::Confirming => "confirming",
            ParcelStage::Confirmed => "confirmed",
        }
    }
}

fn package_key(package: &Package) -> String {
    if package.tracking.is_empty() {
        package.despatch_number.clone()
    } else {
        format!("{}/{}", package.despatch_number, package.tracking)
    }
}

/// What a step may look at besides the state.
pub struct DespatchCtx<'a> {
    /// The moment.
    pub now: Timestamp,
    /// The channel's rules.
    pub rules: &'a ChannelRules,
    /// The order the parcel belongs to, with every parcel that left before.
    pub order: &'a OrderState,
    /// The channel's approved carriers.
    pub carriers: &'a [Carrier],
    /// The carrier that a person chose for the warehouse's carrier name.
    pub chosen: Option<String>,
    /// The parts of a kit.
    pub parts: &'a dyn Fn(&str) -> Vec<KitPart>,
}

/// What may happen to a parcel.
#[derive(Debug, Clone, PartialEq)]
pub enum DespatchEvent {
    /// It was read in the warehouse's report (again).
    Seen(Package),
    /// Something it may have waited for has changed.
    Recheck,
    /// A person wants it tried again.
    Replay,
    /// The channel was seen to know it, by its own shipment or by the one that covers the whole order.
    Confirmed {
        /// What was seen.
        evidence: String,
    },
    /// The channel refused it.
    Refused(Rejection),
    /// Nobody can tell whether the channel took it.
    Doubtful(String),
}

/// Lets an event happen to a parcel.
pub fn step(state: &mut DespatchState, event: DespatchEvent, ctx: &DespatchCtx<'_>) -> Actions {
    let mut actions = Actions::default();
    let before = state.held.clone();
    match event {
        DespatchEvent::Seen(package) => {
            if state.stage == ParcelStage::Left {
                if state.package.lines != package.lines {
                    // More of it was entered since: it is allocated anew.
                    state.lines.clear();
                }
                state.package = package;
            }
        }
        DespatchEvent::Recheck => {}
        DespatchEvent::Replay => {
            if state.refused {
                state.revision += 1;
                state.refused = false;
                state.stage = ParcelStage::Left;
            }
        }
        DespatchEvent::Confirmed { evidence } => {
            if state.stage != ParcelStage::Confirmed {
                state.stage = ParcelStage::Confirmed;
                state.refused = false;
                actions.note_with("confirmed", format!("{} knows it", ctx.rules.title), evidence);
            }
        }
        DespatchEvent::Refused(rejection) => {
            let cause =
                if rejection.code == RejectCode::Conflict { Cause::DespatchMismatch } else { Cause::ShipRefused };
            state.refused = true;
            state.held = Some((cause, String::new(), rejection.detail));
        }
        DespatchEvent::Doubtful(detail) => {
            state.refused = true;
            state.held = Some((Cause::InDoubt, String::new(), detail));
        }
    }
    let waits = matches!(state.stage, ParcelStage::Left | ParcelStage::AwaitingRest) && !state.refused;
    if waits && (ctx.order.stage == OrderStage::Elsewhere || is_told(state, ctx.order)) {
        state.stage = ParcelStage::Confirmed;
        actions.note("elsewhere", format!("{} knew of it before this hub did", ctx.rules.title));
    }
    if !state.refused {
        state.held = None;
        if matches!(state.stage, ParcelStage::Left | ParcelStage::AwaitingRest)
            && let Err(held) = confirm(state, ctx, &mut actions)
        {
            state.held = Some((held.cause, held.subject, held.detail));
        }
        unconfirmed(state, ctx, &mut actions);
    }
    if state.held != before
        && let Some((cause, _, detail)) = &state.held
    {
        actions.note_with("held", format!("Held: {}", cause.title()), detail.clone());
    }
    actions.held = state.held.clone().map(|(cause, subject, detail)| Held { cause, subject, detail });
    actions
}

/// Whether the channel's own document has a parcel that this hub never told it of, and whose units are none of those that the
/// hub sent to the warehouse: a hub that was restored from a backup told of it, or a person. It is no part of what is still to go.
fn is_told(state: &DespatchState, order: &OrderState) -> bool {
    let package = &state.package;
    if !state.lines.is_empty() || package.tracking.is_empty() {
        return false;
    }
    let left = package.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.quantity));
    // A kit is one unit at the channel and several in the parcel.
    let kits = package.lines.iter().any(|line| line.parent.is_some());
    let beside = |line: &ShippedLine| {
        let ordered = order.order.lines.iter().find(|known| known.id == line.line_id).map_or(0, |known| known.quantity);
        let sent = order.mapped.iter().filter(|mapped| mapped.line_id == line.line_id);
        sent.fold(line.quantity, |sum, mapped| sum.saturating_add(mapped.quantity)) <= ordered
    };
    order.order.shipments.iter().any(|shipment| {
        let told = shipment.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.quantity));
        let whole = told >= left || kits && told > 0;
        shipment.shipped && shipment.tracking == package.tracking && whole && shipment.lines.iter().all(beside)
    })
}

/// A parcel that the channel does not know after an hour must not pass in silence: the service level runs.
fn unconfirmed(state: &mut DespatchState, ctx: &DespatchCtx<'_>, actions: &mut Actions) {
    if state.stage != ParcelStage::Confirming {
        return;
    }
    let since = *state.confirming_since.get_or_insert(ctx.now);
    let ends = since.saturating_add(CONFIRM_PATIENCE).unwrap_or(ctx.now);
    if ctx.now < ends {
        actions.wake_at = Some(ends);
    } else {
        let detail = format!("{} was not told of {} for an hour", ctx.rules.title, state.key());
        state.held = Some((Cause::Unconfirmed, String::new(), detail));
    }
}

/// Of an order's parcels the one with the highest carries it where the channel takes one shipment: one that had its tracking number
/// at once, then the latest. Despatch numbers grow: of two, the longer is the later.
fn precedence(key: &str) -> (bool, usize, &str) {
    let number = key.split('/').next().unwrap_or_default();
    (key.contains('/'), number.chars().count(), key)
}

/// Whether the channel was told of the whole order by another parcel, and says so itself.
fn told_with_another(state: &DespatchState, order: &OrderState) -> bool {
    let another = order.parcels.iter().any(|(key, mark)| *key != state.mark && mark.confirmed);
    another && order.order.readiness == Readiness::Fulfilled
}

fn confirm(state: &mut DespatchState, ctx: &DespatchCtx<'_>, actions: &mut Actions) -> Result<(), Held> {
    if state.lines.is_empty() {
        // What this parcel was counted with before is not in its own way.
        let mut others = ctx.order.clone();
        others.parcels.remove(&state.mark);
        state.lines = allocate(&state.package, &others, ctx.parts)?;
        let units = state.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.quantity));
        let units = words::count(units.unsigned_abs(), "unit", "units");
        actions.note_with("left", format!("Left with {}", state.package.carrier), format!("{} · {units}", state.key()));
    }
    if state.package.tracking.is_empty() {
        // The report lists a despatch by its date, so a number that comes later has to be asked for.
        actions.wake_at = ctx.now.saturating_add(TRACKING_AGAIN).ok();
        let patience_ends = state.package.despatched_at.saturating_add(TRACKING_PATIENCE).unwrap_or(ctx.now);
        if ctx.now >= patience_ends {
            return Err(Held::new(Cause::TrackingMissing, "", format!("despatch {}", state.package.despatch_number)));
        }
        return Ok(());
    }
    let mut lines = state.lines.clone();
    if !ctx.rules.partial_shipments {
        let mut order = ctx.order.clone();
        order.parcels.insert(state.mark.clone(), crate::order::ParcelMark { lines: lines.clone(), confirmed: false });
        if told_with_another(state, &order) {
            state.stage = ParcelStage::Confirmed;
            actions.note("confirmed", format!("{} knows it with the order's one shipment", ctx.rules.title));
            return Ok(());
        }
        // One of the parcels carries the whole, the same one whoever is asked and in whatever order they were read: two would
        // tell the order twice.
        let carries = order.parcels.keys().max_by_key(|key| precedence(key)).is_some_and(|key| *key == state.mark);
        if !order.all_left() || !carries {
            if state.stage == ParcelStage::Left {
                actions.note("awaiting_rest", "Waits for the rest: the marketplace takes one shipment per order");
            }
            state.stage = ParcelStage::AwaitingRest;
            // The channel may turn out to take several.
            actions.wake_at = ctx.now.saturating_add(REST_AGAIN).ok();
            return Ok(());
        }
        lines = order
            .mapped
            .iter()
            .map(|line| ShippedLine { line_id: line.line_id.clone(), quantity: line.quantity })
            .collect();
    }
    let (carrier_code, carrier_name) = match carrier(
        &state.package.carrier,
        ctx.chosen.as_deref(),
        ctx.carriers,
        &ctx.rules.carrier_aliases,
        ctx.rules.free_carrier_names || ctx.rules.any_carrier_name && ctx.carriers.is_empty(),
    ) {
        CarrierAnswer::Listed(entry) => (Some(entry.code), entry.name),
        CarrierAnswer::ByName(name) => (None, name),
        CarrierAnswer::Unknown => {
            let name = state.package.carrier.clone();
            let detail = format!("carrier {name} is not on the list of {}", ctx.rules.title);
            return Err(Held::new(Cause::CarrierUnknown, name, detail));
        }
    };
    state.stage = ParcelStage::Confirming;
    state.confirming_since = Some(ctx.now);
    let order_id = ctx.order.order.id.clone();
    let again = if state.revision == 0 { String::new() } else { format!("#{}", state.revision) };
    actions.effects.push(Planned {
        target: Target::Channel,
        key: format!("ship/{}/{order_id}/{}{again}", ctx.rules.connection, state.key()),
        object: format!("order/{order_id}"),
        operation: Operation::ConfirmDespatch(Box::new(Shipment {
            order_id,
            package: state.key(),
            carrier_code,
            carrier_name,
            tracking: state.package.tracking.clone(),
            tracking_url: None,
            despatched_at: state.package.despatched_at,
            lines,
        })),
    });
    Ok(())
}
