//! The five calls that are made, each as one function. Which template, which columns and which rows is for others to say.

use crossdock_connector::{Call, Rejection, Session};

use crate::config::Config;
use crate::soap::{self, Fields, Op};

fn session_id(session: &Session) -> &str {
    // Without a token the header is sent empty: the remote then says that the session is invalid, which leads to a login.
    session.token.as_ref().map_or("", |token| token.text())
}

/// A page of a template's data (`contracts/peoplevox.md §2.3`).
pub(crate) fn get_data(
    config: &Config,
    session: &Session,
    template: &str,
    (no, size): (u32, u32),
    clause: &str,
    label: &'static str,
) -> Result<Call, Rejection> {
    let fields = Fields::new()
        .with("TemplateName", template)
        .with("PageNo", &no.to_string())
        .with("ItemsPerPage", &size.to_string())
        .with("SearchClause", clause)
        .inside("getRequest");
    soap::call(config, Op::GetData, Some(session_id(session)), &fields, label)
}

/// What to ask of a report (`contracts/peoplevox.md §2.4`).
#[derive(Debug)]
pub(crate) struct ReportQuery<'a> {
    /// Our name of the report.
    pub(crate) report: &'static str,
    /// The search clause, empty for everything.
    pub(crate) clause: String,
    /// Our name of the column to sort by, and whether `asc` is said.
    pub(crate) order_by: &'static str,
    /// Our names of the columns to fetch; those that the tenant lacks are left out.
    pub(crate) columns: &'a [&'static str],
}

/// A page of a report.
pub(crate) fn get_report(
    config: &Config,
    session: &Session,
    query: &ReportQuery<'_>,
    (no, size): (u32, u32),
    label: &'static str,
) -> Result<Call, Rejection> {
    let columns: Vec<_> = query
        .columns
        .iter()
        .map(|ours| config.column(query.report, ours))
        .filter(|theirs| !theirs.is_empty())
        .map(|theirs| format!("[{theirs}]"))
        .collect();
    let fields = Fields::new()
        .with("TemplateName", config.report(query.report))
        .with("PageNo", &no.to_string())
        .with("ItemsPerPage", &size.to_string())
        .with("SearchClause", &query.clause)
        .with("FilterClause", "")
        .with("OrderBy", &format!("[{}] asc", config.column(query.report, query.order_by)))
        .with("Columns", &columns.join(","))
        .inside("getReportRequest");
    soap::call(config, Op::GetReportData, Some(session_id(session)), &fields, label)
}

/// The columns of a template (`contracts/peoplevox.md §2.6`).
pub(crate) fn get_save_template(config: &Config, session: &Session, template: &str) -> Result<Call, Rejection> {
    let fields = Fields::new().with("templateName", template);
    soap::call(config, Op::GetSaveTemplate, Some(session_id(session)), &fields, "template columns")
}

/// What an import does beyond adding and editing (`contracts/peoplevox.md §2.6`). Action 2 deletes and is never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// 0: allocates stock.
    Allocate,
    /// 1: does not.
    DoNotAllocate,
}

/// An upsert of rows (`contracts/peoplevox.md §2.6`).
pub(crate) fn save_data(
    config: &Config,
    session: &Session,
    template: &str,
    csv: &str,
    action: Action,
    label: &'static str,
) -> Result<Call, Rejection> {
    let action = match action {
        Action::Allocate => "0",
        Action::DoNotAllocate => "1",
    };
    let fields =
        Fields::new().with("TemplateName", template).with("CsvData", csv).with("Action", action).inside("saveRequest");
    soap::call(config, Op::SaveData, Some(session_id(session)), &fields, label)
}

/// A subscription to an event with a form body (`contracts/peoplevox.md §5.1`).
pub(crate) fn subscribe(
    config: &Config,
    session: &Session,
    event: &str,
    url: &str,
    params: &str,
) -> Result<Call, Rejection> {
    let fields = Fields::new()
        .with("eventType", event)
        .with("filter", "")
        .with("postUrl", url)
        .with("postParams", params)
        .with("encodeParameterData", "true");
    soap::call(config, Op::SubscribePostEvent, Some(session_id(session)), &fields, "subscribe")
}
