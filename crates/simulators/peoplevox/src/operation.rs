//! The operations, from arguments to outcome (contracts/peoplevox.md §2).

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use sim_core::{Cx, FaultKind};

use crate::cell::{EXPORT_DATE, Style};
use crate::event::{EventType, Subscription, is_callable};
use crate::options::{FieldSet, RowOrder};
use crate::report::{Report, ReportData};
use crate::search::{Clause, Dataset, Query, order_by, parse, run, split_columns, write_csv};
use crate::session::{EXPIRED, INVALID, Sessions, decode_password};
use crate::soap::{Call, Outcome};
use crate::template::{TemplateData, table};
use crate::warehouse::Warehouse;

/// The operations that the WSDL names.
pub(crate) const OPERATIONS: [&str; 9] = [
    "Authenticate",
    "GetData",
    "GetReportData",
    "GetReportColumns",
    "GetSaveTemplate",
    "SaveData",
    "SubscribeEvent",
    "SubscribePostEvent",
    "UnsubscribeEvent",
];

/// Runs a call for the tenant named in the URL. `Err` is the text of a SOAP fault.
pub(crate) fn perform(
    warehouse: &mut Warehouse,
    sessions: &mut Sessions,
    cx: &mut Cx<'_>,
    tenant: &str,
    call: &Call,
) -> Result<Outcome, String> {
    if call.operation == "Authenticate" {
        return Ok(authenticate(warehouse, sessions, cx, tenant, call));
    }
    if let Err(text) = check_session(warehouse, sessions, cx, tenant, call) {
        return Ok(Outcome::error(text));
    }
    match call.operation.as_str() {
        "GetData" => get_data(warehouse, call),
        "GetReportData" => {
            let mut outcome = get_report_data(warehouse, call)?;
            // A report without rows may come without its header too (§2.4).
            if !outcome.failed && outcome.total == 0 && cx.faults.strikes(FaultKind::Sparse) {
                outcome.detail.clear();
            }
            Ok(outcome)
        }
        "GetReportColumns" => Ok(report_columns(warehouse, call)),
        "GetSaveTemplate" => Ok(save_template(warehouse, call)),
        "SaveData" => {
            let action = call.int("Action")?;
            Ok(crate::save::save(warehouse, cx, call.text("TemplateName"), call.text("CsvData"), action))
        }
        "SubscribeEvent" => subscribe(warehouse, call, "callbackUrl", None),
        "SubscribePostEvent" => {
            let mut params = call.text("postParams").to_owned();
            if warehouse.options.double_escaped_params {
                params = params.replace("&amp;", "&");
            }
            subscribe(warehouse, call, "postUrl", Some(params))
        }
        "UnsubscribeEvent" => {
            warehouse.subscriptions.remove(i64::from(call.int("subscriptionId")?));
            Ok(Outcome::ok(1, "True"))
        }
        other => Err(format!("Simulator: no operation '{other}'")),
    }
}

fn authenticate(warehouse: &Warehouse, sessions: &mut Sessions, cx: &mut Cx<'_>, tenant: &str, call: &Call) -> Outcome {
    let options = &warehouse.options;
    let client = call.text("clientId");
    if !client.eq_ignore_ascii_case(&options.client_id) || !tenant.eq_ignore_ascii_case(&options.client_id) {
        return Outcome::error("Simulator : Security - No such client");
    }
    if !call.text("username").eq_ignore_ascii_case(&options.username) {
        return Outcome::error("Simulator : Security - No such user");
    }
    let sent = call.text("password");
    let decoded = decode_password(sent);
    let id = cx.rng.uuid();
    let detail = format!("{client},{id}");
    if options.password_plain {
        if sent == options.password {
            sessions.open(cx.now, id);
            return Outcome::ok(1, detail);
        }
        // The wrong encoding shows up only later, as an invalid session (§1.3): this id is known to nobody.
        if decoded.as_deref() == Some(options.password.as_str()) {
            return Outcome::ok(1, detail);
        }
    } else if decoded.as_deref() == Some(options.password.as_str()) {
        sessions.open(cx.now, id);
        return Outcome::ok(1, detail);
    }
    Outcome::error("Simulator : Security - Wrong password")
}

fn check_session(
    warehouse: &Warehouse,
    sessions: &mut Sessions,
    cx: &mut Cx<'_>,
    tenant: &str,
    call: &Call,
) -> Result<(), &'static str> {
    if !tenant.eq_ignore_ascii_case(&warehouse.options.client_id) {
        return Err(INVALID);
    }
    let idle = SignedDuration::from_secs(warehouse.options.session_idle_minutes.saturating_mul(60));
    sessions.touch(cx.now, &call.session, idle)?;
    if cx.faults.strikes(FaultKind::SessionExpired) {
        sessions.end(&call.session);
        return Err(EXPIRED);
    }
    Ok(())
}

fn get_data(warehouse: &Warehouse, call: &Call) -> Result<Outcome, String> {
    let (page, per_page) = (call.int("PageNo")?, call.int("ItemsPerPage")?);
    let name = call.text("TemplateName");
    let Some(index) = warehouse.template(name) else {
        return Ok(Outcome::error(format!("Simulator : Export - No template '{name}'")));
    };
    let data = TemplateData { template: &warehouse.templates[index], table: &warehouse.tables[index] };
    let style = Style { zone: TimeZone::UTC, date: EXPORT_DATE, report: false, crlf: warehouse.options.crlf };
    let clause = match clause(call, &data, warehouse.options.search_zone.as_ref().unwrap_or(&style.zone)) {
        Ok(clause) => clause,
        Err(problem) => return Ok(problem),
    };
    let scattered = warehouse.options.row_order == RowOrder::Scattered;
    let query = Query { clause, order: Vec::new(), scattered, page, per_page };
    let columns: Vec<usize> = (0..data.width()).collect();
    let (total, rows) = run(&data, &query);
    Ok(Outcome::ok(count(total), write_csv(&data, &columns, &rows, &style)))
}

fn get_report_data(warehouse: &Warehouse, call: &Call) -> Result<Outcome, String> {
    let (page, per_page) = (call.int("PageNo")?, call.int("ItemsPerPage")?);
    let name = call.text("TemplateName");
    let Some(report) = Report::by_name(name) else {
        return Ok(Outcome::error(format!("Simulator : Report - No report '{name}'")));
    };
    let options = &warehouse.options;
    let data = ReportData { report, warehouse };
    let style = Style {
        zone: options.zone.clone(),
        date: match (options.yyyy_defect && report == Report::OrdersByStatus, options.report_seconds) {
            (false, false) => "%d/%m/%Y %H:%M",
            (false, true) => EXPORT_DATE,
            (true, false) => "%d/%m/YYYY %H:%M",
            (true, true) => "%d/%m/YYYY %H:%M:%S",
        },
        report: true,
        crlf: options.crlf,
    };
    let clause = match clause(call, &data, warehouse.options.search_zone.as_ref().unwrap_or(&style.zone)) {
        Ok(clause) => clause,
        Err(problem) => return Ok(problem),
    };
    let unknown = |name: &str| Outcome::error(format!("Simulator : Report - No column '{name}'"));
    let order = match order_by(call.text("OrderBy"), &data) {
        Ok(order) => order,
        Err(name) => return Ok(unknown(&name)),
    };
    let wanted = split_columns(call.text("Columns"));
    let mut columns = Vec::new();
    for name in &wanted {
        match data.column(name) {
            Some(column) => columns.push(column),
            None => return Ok(unknown(name)),
        }
    }
    if wanted.is_empty() {
        columns = (0..data.width()).collect();
    }
    let query = Query { clause, order, scattered: false, page, per_page };
    let (total, rows) = run(&data, &query);
    let size = u32::try_from(per_page).ok().filter(|size| *size > 0).unwrap_or(u32::MAX);
    if options.empty_detail_above_page.is_some_and(|most| size > most) {
        return Ok(Outcome::ok(count(total), ""));
    }
    Ok(Outcome::ok(count(total), write_csv(&data, &columns, &rows, &style)))
}

fn clause(call: &Call, data: &dyn Dataset, zone: &TimeZone) -> Result<Option<Clause>, Outcome> {
    let bound =
        parse(call.text("SearchClause")).and_then(|node| node.map(|node| Clause::bind(node, data, zone)).transpose());
    bound.map_err(|problem| Outcome::error(format!("Simulator : Search - {problem}")))
}

fn report_columns(warehouse: &Warehouse, call: &Call) -> Outcome {
    let name = call.text("templateName");
    let Some(report) = Report::by_name(name) else {
        return Outcome::error(format!("Simulator : Report - No report '{name}'"));
    };
    let data = ReportData { report, warehouse };
    let names: Vec<String> = (0..data.width())
        .map(|column| {
            let name = data.header(column);
            if warehouse.options.bracketed_report_columns { format!("[{name}]") } else { name.to_owned() }
        })
        .collect();
    Outcome::ok(count(names.len()), names.join(","))
}

fn save_template(warehouse: &Warehouse, call: &Call) -> Outcome {
    let name = call.text("templateName");
    let Some(index) = warehouse.template(name).filter(|index| *index != table::DESPATCHES) else {
        // A negative count says that there is no such template (§2.2).
        return Outcome { total: -1, ..Outcome::error(format!("Simulator : Import - No template '{name}'")) };
    };
    let headers: Vec<&str> = warehouse.templates[index].columns.iter().map(|column| column.header.as_str()).collect();
    Outcome::ok(count(headers.len()), headers.join(","))
}

fn subscribe(warehouse: &mut Warehouse, call: &Call, url: &str, params: Option<String>) -> Result<Outcome, String> {
    let name = call.text("eventType").trim();
    let known = EventType::of(warehouse.options.field_set);
    let event = known
        .iter()
        .copied()
        .find(|event| event.name() == name)
        .ok_or_else(|| format!("Simulator: '{name}' is no event type"))?;
    // The older service has no such parameter, and a serializer passes over what it does not know.
    let encode = warehouse.options.field_set == FieldSet::Recent && call.flag("encodeParameterData")?;
    let url = call.text(url).trim();
    if !is_callable(url) {
        return Ok(Outcome::error(format!("Simulator : Events - Cannot call '{url}'")));
    }
    let id = warehouse.subscriptions.add(Subscription {
        id: 0,
        event,
        filter: call.text("filter").to_owned(),
        url: url.to_owned(),
        params,
        encode,
    });
    Ok(Outcome::ok(1, id.to_string()))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
