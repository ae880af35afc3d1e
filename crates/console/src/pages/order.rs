//! Why has this order not reached the warehouse?

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use crossdock_desk::{Act, OrderPage, Side, Step, StepMark, Why};
use http::StatusCode;

use crate::act_form::ActForm;
use crate::app::App;
use crate::frame::Frame;
use crate::page::{Failure, View};
use crate::query::{order_url, url};
use crate::runbook::{self, Cause};
use crate::{html, mask};

#[derive(Template)]
#[template(path = "order.html")]
struct Page {
    frame: Frame,
    order: OrderPage,
    forms: Vec<ActForm>,
    person: Vec<(&'static str, String)>,
    revealed: bool,
    show: String,
    hide: String,
    others: String,
    /// Whether one of the forms corrects the address.
    corrects: bool,
    /// The run-book's page of what holds it.
    cause: Option<&'static Cause>,
}

impl Page {
    fn sides(&self) -> [&Side; 3] {
        let sides = &self.order.sides;
        [&sides.channel, &sides.hub, &sides.warehouse]
    }
}

#[derive(Template)]
#[template(path = "unknown.html")]
struct Unknown {
    frame: Frame,
    why: Why,
}

/// `GET /orders/{number}`: any id will do.
pub(crate) async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, view: View) -> Result<Response, Failure> {
    let (frame, _) = app.frame(&view, "orders").await?;
    let asked = id.clone();
    let Some(mut page) = app.ask(move |app| app.desk.order(&asked)).await? else {
        let why = app.ask(move |app| app.desk.why(&id)).await?;
        return Ok(view.show(StatusCode::NOT_FOUND, &Unknown { frame, why }));
    };
    let revealed = view.query.on("reveal");
    let person = person(&page, revealed);
    if !revealed {
        mask::page(&mut page);
    }
    let hide = order_url(&page.row.number);
    let page = Page {
        corrects: page.acts.iter().any(|(act, _)| matches!(act, Act::CorrectAddress { .. })),
        forms: page.acts.iter().map(|(act, label)| ActForm::new(act, label)).collect(),
        person,
        revealed,
        show: format!("{hide}?reveal=1#customer"),
        hide: format!("{hide}#customer"),
        cause: page.why.cause.as_deref().and_then(runbook::find),
        others: url("/orders", &[("cause", page.why.cause.as_deref())]),
        order: page,
        frame,
    };
    Ok(view.show(StatusCode::OK, &page))
}

/// Who bought and where it goes, under cover unless asked for; what is missing is said, because it explains holds.
fn person(page: &OrderPage, revealed: bool) -> Vec<(&'static str, String)> {
    let cover = |private: &crossdock_model::Private<String>| {
        if revealed { private.text().to_owned() } else { mask::text(private) }
    };
    let to = &page.ship_to;
    let lines = [&to.company, &to.line1, &to.line2, &to.city, &to.region].map(cover);
    let street: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.trim().is_empty()).collect();
    let or_none = |text: String| if text.trim().is_empty() { "none given".to_owned() } else { text };
    vec![
        ("Name", or_none(cover(&page.contact.name))),
        (
            "E-mail",
            or_none(if revealed { page.contact.email.text().to_owned() } else { mask::email(&page.contact.email) }),
        ),
        ("Telephone", or_none(cover(&page.contact.phone))),
        ("Recipient", or_none(cover(&to.recipient))),
        ("Address", or_none(street.join(", "))),
        ("Postcode", or_none(if revealed { to.postcode.text().to_owned() } else { mask::postcode(&to.postcode) })),
        ("Country", or_none(to.country.clone())),
    ]
}

fn step_class(step: &Step) -> &'static str {
    match step.mark {
        StepMark::Done => "done",
        StepMark::Waiting => "waiting",
        StepMark::Stopped => "stopped",
        StepMark::Next => "next",
    }
}
