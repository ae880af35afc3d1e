//! Do the marketplaces show the right stock?

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use crossdock_desk::{
    Act, ChannelFigure, DeskError, FigureState, GuardView, StockCounts, StockFilter, StockList, StockRow,
};
use http::StatusCode;

use super::{Tab, channels};
use crate::act_form::ActForm;
use crate::app::App;
use crate::csv_export::{MOST_PAGES, Table};
use crate::frame::Frame;
use crate::html;
use crate::page::{Failure, View};
use crate::query::{Pager, url};

#[derive(Template)]
#[template(path = "stock.html")]
struct Page {
    frame: Frame,
    filter: StockFilter,
    list: StockList,
    counts: StockCounts,
    tabs: Vec<Tab>,
    guards: Vec<(GuardView, ActForm)>,
    channels: Vec<String>,
    pager: Pager,
    csv: String,
}

/// `GET /stock`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let filter = view.query.stock();
    if view.wants_csv() {
        let table = app.ask(move |app| export(app, filter)).await?;
        return Ok(table.into_response());
    }
    let (frame, gathered) = app.frame(&view, "stock").await?;
    let asked = filter.clone();
    let list = app.ask(move |app| app.desk.stock(&asked)).await?;
    let counts = gathered.today.stock;
    let pager = Pager::new(list.rows.len(), list.total, list.page, list.pages, |page| {
        address(&filter, filter.only.as_deref(), Some(page), None)
    });
    let page = Page {
        counts,
        tabs: tabs(&filter, counts),
        guards: list
            .guards
            .iter()
            .map(|guard| {
                let act = Act::ReleaseGuard { connection: guard.connection.clone() };
                (guard.clone(), ActForm::new(&act, "Let it go out"))
            })
            .collect(),
        channels: channels(&gathered.today.feeds),
        pager,
        csv: address(&filter, filter.only.as_deref(), None, Some("csv")),
        filter,
        list,
        frame,
    };
    Ok(view.show(StatusCode::OK, &page))
}

fn address(filter: &StockFilter, only: Option<&str>, page: Option<u32>, format: Option<&str>) -> String {
    let page = page.filter(|page| *page > 1).map(|page| page.to_string());
    url("/stock", &[("only", only), ("text", filter.text.as_deref()), ("page", page.as_deref()), ("format", format)])
}

fn tabs(filter: &StockFilter, counts: StockCounts) -> Vec<Tab> {
    [
        (None, "All", 0),
        (Some("differ"), "Differ", counts.differ),
        (Some("unmapped"), "Unmapped", counts.unmapped),
        (Some("waiting"), "Waiting", counts.waiting),
        (Some("withheld"), "Withheld", 0),
    ]
    .into_iter()
    .map(|(only, name, n)| Tab {
        href: address(filter, only, None, None),
        name: name.to_owned(),
        count: if n == 0 { String::new() } else { html::count(n) },
        here: filter.only.as_deref() == only,
    })
    .collect()
}

/// Whether what the marketplace shows is worth a second look.
fn differs(figure: &ChannelFigure) -> bool {
    figure.state == FigureState::Differs
}

fn export(app: &App, mut filter: StockFilter) -> Result<Table, DeskError> {
    let mut table = Table::new(
        "stock",
        &[
            "item",
            "name",
            "available",
            "observed",
            "pending",
            "channel",
            "sku",
            "buffer",
            "desired",
            "sent",
            "read_back",
            "read_back_at",
            "words",
            "formula",
        ],
    );
    filter.page = 1;
    loop {
        let list = app.desk.stock(&filter)?;
        for row in &list.rows {
            for figure in &row.channels {
                table.row(cells(row, figure));
            }
        }
        if filter.page >= list.pages {
            return Ok(table);
        }
        if filter.page >= MOST_PAGES {
            table.cut();
            return Ok(table);
        }
        filter.page += 1;
    }
}

fn cells(row: &StockRow, figure: &ChannelFigure) -> [String; 14] {
    let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
    [
        row.item.clone(),
        row.name.clone(),
        number(row.available),
        row.observed.map(|at| at.to_string()).unwrap_or_default(),
        row.pending.to_string(),
        figure.connection.clone(),
        figure.sku.clone(),
        figure.buffer.to_string(),
        number(figure.desired),
        number(figure.sent),
        number(figure.read_back),
        figure.read_back_at.map(|at| at.to_string()).unwrap_or_default(),
        figure.words.clone(),
        figure.formula.clone(),
    ]
}
