//! Everything about one order.

use crossdock_desk::{Act, AddressParts, LineView, OrderPage};
use crossdock_flow::cause::Cause;
use crossdock_flow::order::{OrderState, SkuAnswer};
use crossdock_flow::words;
use crossdock_model::{Address, Contact, OrderLine};
use crossdock_store::{EffectRow, StoreError};

use super::locate::{Located, locate};
use super::view::{Order, Parcel, View, address};
use super::{act_orders, calls, orders, parcels, raw, sides, steps, suggest, why};

/// The page of the order that an id names.
pub(super) fn page(view: &View<'_>, id: &str) -> Result<Option<OrderPage>, StoreError> {
    let Some(located) = locate(view.tx, id)? else {
        return Ok(None);
    };
    let Located { row, ambiguous } = located;
    let order = Order::read(view, row);
    let children: Vec<Parcel> = view.tx.children(order.row.id)?.into_iter().map(Parcel::read).collect();
    let row = orders::row_of(view, &order);
    let state = order.state.as_ref();
    let lines = match state {
        Some(state) => lines(view, &order, state)?,
        None => Vec::new(),
    };
    // An act must mean this order: where its number is not unique, its warehouse number is.
    let name = match state {
        Some(state) if ambiguous => state.number.clone(),
        _ => row.number.clone(),
    };
    Ok(Some(OrderPage {
        why: why::of_order(view, &row.number, &order, &children)?,
        warehouse_number: state.filter(|state| state.stage.at_warehouse()).map(|state| state.number.clone()),
        aliases: state.map(|state| aliases(state, &row.number)).unwrap_or_default(),
        contact: state.map_or_else(Contact::default, |state| state.order.contact.clone()),
        ship_to: state.map_or_else(Address::default, address),
        message: state.map(|state| state.order.message.text().to_owned()).unwrap_or_default(),
        service: state.map(|state| state.order.service.clone()).unwrap_or_default(),
        sides: sides::sides(view, &order, &row, &children),
        steps: steps::steps(view, &order, &children)?,
        parcels: children.iter().map(|parcel| parcels::on_page(view, parcel)).collect(),
        calls: effects(view, &order, &children)?.iter().map(|effect| calls::call(view, effect)).collect(),
        raw: view.tx.raw_of(order.row.id)?.map(|bytes| raw::pretty(&bytes)),
        acts: acts(view, &order, &name, &lines, &children)?,
        lines,
        row,
    }))
}

/// The channel's id and its other ids, without the number that stands above.
fn aliases(state: &OrderState, number: &str) -> Vec<String> {
    let mut aliases: Vec<String> = Vec::new();
    for alias in std::iter::once(&state.order.id).chain(&state.order.aliases) {
        if alias != number && !alias.trim().is_empty() && !aliases.contains(alias) {
            aliases.push(alias.clone());
        }
    }
    aliases
}

fn effects(view: &View<'_>, order: &Order, parcels: &[Parcel]) -> Result<Vec<EffectRow>, StoreError> {
    let mut effects = view.tx.effects_of(order.row.id)?;
    for parcel in parcels {
        effects.extend(view.tx.effects_of(parcel.row.id)?);
    }
    effects.sort_by_key(|effect| effect.id);
    Ok(effects)
}

fn lines(view: &View<'_>, order: &Order, state: &OrderState) -> Result<Vec<LineView>, StoreError> {
    let mut lines = Vec::with_capacity(state.order.lines.len());
    for (index, line) in state.order.lines.iter().enumerate() {
        let mapped = state.mapped.iter().find(|mapped| mapped.line_id == line.id);
        let (item, problem) = if let Some(mapped) = mapped {
            (Some(mapped.item.clone()), None)
        } else if state.stage.is_final() {
            (None, None)
        } else {
            looked_up(view, &order.row.connection, line)?
        };
        let lacking = state.lacking.iter().find(|lacking| lacking.line_id == line.id).map(|lacking| {
            let units = words::count(lacking.quantity.unsigned_abs(), "unit", "units");
            format!("{units} not given to {}", view.warehouse())
        });
        let problem =
            if line.cancelled { Some(format!("cancelled at {}", order.rules.title)) } else { lacking.or(problem) };
        lines.push(LineView {
            position: index + 1,
            sku: line.sku.clone().unwrap_or_default(),
            item,
            title: line.title.clone(),
            quantity: line.quantity,
            despatched: state.despatched(&line.id),
            confirmed: state.confirmed(&line.id),
            problem,
        });
    }
    Ok(lines)
}

/// What a line would become today, and what stands in its way.
fn looked_up(
    view: &View<'_>,
    connection: &str,
    line: &OrderLine,
) -> Result<(Option<String>, Option<String>), StoreError> {
    let Some(sku) = line.sku.as_deref().map(str::trim).filter(|sku| !sku.is_empty()) else {
        return Ok((None, Some("no SKU".to_owned())));
    };
    let (item, mut problem) = match sku_answer(view, connection, sku)? {
        SkuAnswer::Item(item) => (Some(item), None),
        SkuAnswer::Inactive(item) => (Some(item), Some("the item is switched off in the warehouse".to_owned())),
        SkuAnswer::Unknown => (None, Some("no warehouse item".to_owned())),
    };
    if line.quantity <= 0 || line.open < 0 || line.open > line.quantity {
        problem = Some(format!("{} of {} units to ship", line.open, line.quantity));
    }
    Ok((item, problem))
}

/// What the SKU map says: a person's alias first, else the item with exactly this code.
fn sku_answer(view: &View<'_>, connection: &str, sku: &str) -> Result<SkuAnswer, StoreError> {
    let code = view.tx.alias(connection, sku)?.unwrap_or_else(|| sku.to_owned());
    Ok(match view.tx.item(&code)? {
        Some(row) if row.item.active => SkuAnswer::Item(row.item.code),
        Some(row) => SkuAnswer::Inactive(row.item.code),
        None => SkuAnswer::Unknown,
    })
}

/// What a person can do about it, the likeliest first.
fn acts(
    view: &View<'_>,
    order: &Order,
    name: &str,
    lines: &[LineView],
    parcels: &[Parcel],
) -> Result<Vec<(Act, String)>, StoreError> {
    let mut acts: Vec<(Act, String)> = Vec::new();
    let connection = &order.row.connection;
    let ask_again = || (Act::Replay { order: name.to_owned() }, "Ask for it again".to_owned());
    let Some(state) = &order.state else {
        acts.extend(act_orders::remote_id(&order.row).map(|_| ask_again()));
        return Ok(acts);
    };
    let cause = state.held.as_ref().map(|(cause, ..)| *cause);
    match cause {
        Some(Cause::SkuUnknown | Cause::SkuInactive) => {
            for line in lines.iter().filter(|line| line.problem.is_some() && !line.sku.trim().is_empty()) {
                let barcode = state.order.lines.get(line.position - 1).and_then(|line| line.barcode.as_deref());
                map_sku(view, connection, line.sku.trim(), barcode, &mut acts)?;
            }
        }
        // A refusal is often about a part of the address that the checks let pass.
        Some(Cause::AddressIncomplete | Cause::AddressPostcode | Cause::AddressTooLong | Cause::WarehouseRefused)
            if act_orders::correctable(state) =>
        {
            let parts = AddressParts::from(&address(state));
            acts.push((Act::CorrectAddress { order: name.to_owned(), parts }, "Correct the address".to_owned()));
        }
        _ => {}
    }
    let held: Vec<_> = parcels.iter().filter_map(|parcel| parcel.state.as_ref()?.held.as_ref()).collect();
    for (cause, carrier, _) in &held {
        if *cause == Cause::CarrierUnknown {
            map_carrier(view, connection, carrier, &mut acts)?;
        }
    }
    if cause.is_some() || !held.is_empty() {
        acts.push((Act::Replay { order: name.to_owned() }, "Check again".to_owned()));
    } else if order.row.cause.as_deref() == Some(Cause::Unreadable.code()) {
        acts.push(ask_again());
    }
    Ok(acts)
}

fn map_sku(
    view: &View<'_>,
    connection: &str,
    sku: &str,
    barcode: Option<&str>,
    acts: &mut Vec<(Act, String)>,
) -> Result<(), StoreError> {
    let act = Act::MapSku { connection: connection.to_owned(), sku: sku.to_owned(), item: String::new() };
    if matches!(sku_answer(view, connection, sku)?, SkuAnswer::Item(_)) || acts.iter().any(|(known, _)| *known == act) {
        return Ok(());
    }
    let similar = suggest::items(view.tx, sku, barcode)?;
    let label =
        if similar.is_empty() { format!("Map {sku}") } else { format!("Map {sku} (perhaps {})", similar.join(" or ")) };
    acts.push((act, label));
    Ok(())
}

fn map_carrier(
    view: &View<'_>,
    connection: &str,
    carrier: &str,
    acts: &mut Vec<(Act, String)>,
) -> Result<(), StoreError> {
    let act = Act::MapCarrier { connection: connection.to_owned(), carrier: carrier.to_owned(), code: String::new() };
    if acts.iter().any(|(known, _)| *known == act) {
        return Ok(());
    }
    let list = view.tx.carriers(connection)?;
    let label = match suggest::carriers(&list, carrier).first() {
        Some(near) => format!("Map carrier {carrier} (perhaps {}: {})", near.code, near.name),
        None => format!("Map carrier {carrier}"),
    };
    acts.push((act, label));
    Ok(())
}
