//! What stands in front of a person: one row per cause, one form that fixes all of its orders.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use crossdock_desk::ExceptionGroup;
use http::StatusCode;

use crate::act_form::ActForm;
use crate::app::App;
use crate::csv_export::Table;
use crate::frame::Frame;
use crate::html::{self, Html};
use crate::page::{Failure, View};
use crate::query::{order_url, url};
use crate::svg::spark;

#[derive(Template)]
#[template(path = "exceptions.html")]
struct Page {
    frame: Frame,
    groups: Vec<Group>,
    summary: String,
}

struct Group {
    about: ExceptionGroup,
    form: Option<ActForm>,
    spark: Html,
    place: Option<String>,
    open: bool,
    /// Whether there are more than are listed.
    more: bool,
}

/// The connection of a group whose sentence does not name it: two groups of one cause would read alike.
pub(super) fn unnamed(group: &ExceptionGroup) -> Option<String> {
    let place = html::channel(&group.exceptions.first()?.connection);
    (!place.is_empty() && !group.sentence.contains(place.as_str())).then_some(place)
}

/// `GET /exceptions`
pub(crate) async fn show(State(app): State<Arc<App>>, view: View) -> Result<Response, Failure> {
    let groups = app.ask(|app| app.desk.exceptions()).await?;
    if view.wants_csv() {
        return Ok(export(&groups).into_response());
    }
    let (frame, _) = app.frame(&view, "exceptions").await?;
    let asked = view.query.text("open");
    let total: u64 = groups.iter().map(|group| group.count).sum();
    let page = Page {
        summary: format!(
            "{} with {}, worst first.",
            html::counted(total, "open exception", "open exceptions"),
            html::counted(groups.len(), "cause", "causes")
        ),
        groups: groups
            .into_iter()
            .enumerate()
            .map(|(index, group)| Group {
                form: ActForm::for_group(&group),
                spark: spark(&group.per_hour),
                place: unnamed(&group),
                open: asked.as_ref().map_or(index == 0, |asked| *asked == group.fingerprint),
                more: u64::try_from(group.exceptions.len()).is_ok_and(|listed| listed < group.count),
                about: group,
            })
            .collect(),
        frame,
    };
    Ok(view.show(StatusCode::OK, &page))
}

fn export(groups: &[ExceptionGroup]) -> Table {
    let mut table = Table::new(
        "exceptions",
        &["cause", "sentence", "owner", "order", "connection", "detail", "opened", "due", "at_risk", "currency"],
    );
    for group in groups {
        for one in &group.exceptions {
            table.row([
                group.cause.clone(),
                group.sentence.clone(),
                group.owner.clone(),
                one.order.clone(),
                one.connection.clone(),
                one.detail.clone(),
                one.opened.to_string(),
                one.due.map(|due| due.to_string()).unwrap_or_default(),
                one.at_risk.map(crossdock_model::Money::decimal).unwrap_or_default(),
                one.at_risk.map(|money| money.currency.to_string()).unwrap_or_default(),
            ]);
        }
        if group.count > u64::try_from(group.exceptions.len()).unwrap_or(u64::MAX) {
            table.cut();
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use crossdock_desk::{ExceptionGroup, ExceptionView, Tone};
    use jiff::Timestamp;

    use super::unnamed;

    #[test]
    fn two_groups_of_one_cause_are_told_apart_by_their_channel() {
        let group = |sentence: &str| ExceptionGroup {
            fingerprint: "address.too_long/john-lewis".to_owned(),
            cause: "address.too_long".to_owned(),
            sentence: sentence.to_owned(),
            next_action: String::new(),
            owner: String::new(),
            tone: Tone::Waiting,
            count: 1,
            at_risk: None,
            first_due: None,
            first_seen: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            per_hour: Vec::new(),
            exceptions: vec![ExceptionView {
                id: 1,
                order: "JL-1".to_owned(),
                connection: "john-lewis".to_owned(),
                detail: String::new(),
                opened: Timestamp::UNIX_EPOCH,
                due: None,
                at_risk: None,
            }],
        };
        assert_eq!(unnamed(&group("1 order has an address that is too long")).as_deref(), Some("John Lewis"));
        assert_eq!(unnamed(&group("John Lewis refused 1 shipment")), None);
    }
}
