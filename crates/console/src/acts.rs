//! What a person does: a form or a JSON document becomes an act of the desk.

use std::sync::Arc;

use axum::extract::{Form, Json, State};
use axum::response::{IntoResponse, Redirect, Response};
use crossdock_desk::{Act, ActDone, ActRefused};
use http::header::{ACCEPT, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use crate::app::App;
use crate::page::{Said, own_path};

/// Who acts while there are no users.
const ACTOR: &str = "console";

/// The most orders that one form takes up again; a group never lists more.
const MOST_AT_ONCE: usize = 100;

/// `POST /act`: the form's fields are the act's; `back` is where to return to.
pub(crate) async fn form(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let back = pairs.iter().find(|(key, _)| key == "back").map_or("/", |(_, value)| value.as_str());
    let back = own_path(back);
    let outcome = match read(&pairs) {
        Ok(acts) => carry_out(&app, acts).await,
        Err(refused) => Err(refused),
    };
    // The page's script sends the same form and stays where it is.
    if headers.get(ACCEPT).is_some_and(|kind| kind == "application/json") {
        return answer(outcome);
    }
    let said = match outcome {
        Ok(done) => Said { done: true, sentence: done.sentence },
        Err(refused) => Said { done: false, sentence: refused.sentence },
    };
    ([(SET_COOKIE, said.cookie())], Redirect::to(&back)).into_response()
}

/// `POST /api/act`: one act as JSON, as `crossdock-desk` writes it.
pub(crate) async fn api(State(app): State<Arc<App>>, Json(act): Json<Act>) -> Response {
    answer(carry_out(&app, vec![act]).await)
}

fn answer(outcome: Result<ActDone, ActRefused>) -> Response {
    match outcome {
        Ok(done) => Json(done).into_response(),
        Err(refused) => (StatusCode::CONFLICT, Json(refused)).into_response(),
    }
}

async fn carry_out(app: &Arc<App>, acts: Vec<Act>) -> Result<ActDone, ActRefused> {
    let desk = Arc::clone(&app.desk);
    let work = tokio::task::spawn_blocking(move || {
        let mut done = Vec::new();
        let mut refused = Vec::new();
        for act in &acts {
            match desk.act(ACTOR, act) {
                Ok(one) => done.push(one),
                Err(one) => refused.push(one),
            }
        }
        sum_up(done, refused)
    });
    let outcome = work.await.unwrap_or_else(|_| {
        Err(ActRefused {
            sentence: "It is not known whether this was done. Look at the page again before repeating it.".to_owned(),
        })
    });
    *app.gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    outcome
}

/// One sentence for however many acts.
fn sum_up(mut done: Vec<ActDone>, mut refused: Vec<ActRefused>) -> Result<ActDone, ActRefused> {
    match (done.len(), refused.len()) {
        (1, 0) => Ok(done.remove(0)),
        (0, 1) => Err(refused.remove(0)),
        (0, 0) => Err(ActRefused { sentence: "Nothing was chosen.".to_owned() }),
        (all, 0) => Ok(ActDone { sentence: format!("{all} orders were taken up again.") }),
        (some, rest) => Err(ActRefused {
            sentence: format!("{some} orders were taken up again, {rest} refused: {}", refused.remove(0).sentence),
        }),
    }
}

/// The acts in a form: one, or one per `order` when several are replayed.
fn read(pairs: &[(String, String)]) -> Result<Vec<Act>, ActRefused> {
    let refuse = |sentence: &str| ActRefused { sentence: sentence.to_owned() };
    let orders: Vec<&str> = pairs.iter().filter(|(key, _)| key == "order").map(|(_, value)| value.trim()).collect();
    let kind = pairs.iter().find(|(key, _)| key == "act").map(|(_, value)| value.as_str());
    if kind == Some("replay") && orders.len() > 1 {
        return Ok(orders
            .into_iter()
            .take(MOST_AT_ONCE)
            .map(|order| Act::Replay { order: order.to_owned() })
            .collect());
    }
    let mut fields = Map::new();
    for (key, value) in pairs {
        let value = value.trim();
        let value = if key == "units" {
            let units: i64 = value
                .parse()
                .ok()
                .filter(|units| *units >= 0)
                .ok_or_else(|| refuse("The buffer is a whole number of units, 0 or more."))?;
            Value::from(units)
        } else {
            Value::from(value)
        };
        fields.insert(key.clone(), value);
    }
    let act: Act = serde_json::from_value(Value::Object(fields))
        .map_err(|_| refuse("The form was not complete, so nothing was done. Load the page again."))?;
    match &act {
        Act::MapSku { item, .. } if item.is_empty() => Err(refuse("Say which warehouse item the SKU is.")),
        Act::MapCarrier { code, .. } if code.is_empty() => {
            Err(refuse("Say which code of the channel's list the carrier is."))
        }
        Act::CorrectAddress { parts, .. } if parts.is_blank() => {
            Err(refuse("All fields were empty, so the address is as it was."))
        }
        _ => Ok(vec![act]),
    }
}

#[cfg(test)]
mod tests {
    use crossdock_desk::{Act, ActDone, ActRefused};

    use super::{read, sum_up};

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_form_becomes_the_act_it_names() {
        let form = pairs(&[("act", "map_sku"), ("connection", "jl"), ("sku", "A"), ("item", " B "), ("back", "/x")]);
        let expected = Act::MapSku { connection: "jl".to_owned(), sku: "A".to_owned(), item: "B".to_owned() };
        assert_eq!(read(&form), Ok(vec![expected]));
        let form = pairs(&[("act", "set_buffer"), ("connection", "jl"), ("units", "3")]);
        assert!(matches!(read(&form).as_deref(), Ok([Act::SetBuffer { units: 3, .. }])));
    }

    #[test]
    fn an_incomplete_form_does_nothing_and_says_why() {
        for form in [
            pairs(&[]),
            pairs(&[("act", "launch")]),
            pairs(&[("act", "map_sku"), ("connection", "jl"), ("sku", "A"), ("item", " ")]),
            pairs(&[("act", "set_buffer"), ("connection", "jl"), ("units", "-1")]),
            pairs(&[("act", "set_buffer"), ("connection", "jl"), ("units", "two")]),
        ] {
            assert!(read(&form).is_err(), "{form:?}");
        }
    }

    #[test]
    fn a_group_is_replayed_at_once_and_reported_in_one_sentence() {
        let form = pairs(&[("act", "replay"), ("order", "1"), ("order", "2")]);
        assert_eq!(read(&form).map(|acts| acts.len()), Ok(2));
        let done = |n| vec![ActDone { sentence: "Done.".to_owned() }; n];
        let refused = |n| vec![ActRefused { sentence: "Gone.".to_owned() }; n];
        assert_eq!(sum_up(done(1), refused(0)).unwrap().sentence, "Done.");
        assert_eq!(sum_up(done(3), refused(0)).unwrap().sentence, "3 orders were taken up again.");
        assert!(sum_up(done(2), refused(1)).unwrap_err().sentence.ends_with("1 refused: Gone."));
    }
}
