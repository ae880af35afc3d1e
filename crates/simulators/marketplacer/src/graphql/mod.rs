//! `POST /graphql`: a small GraphQL server over the twin's part of the schema.

mod coerce;
mod document;
mod execute;
mod mutation;
mod validate;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Map, Value, json};

pub(crate) use self::document::{Compiled, Documents, Operation, compile};
use self::execute::Walk;
use crate::auth::Role;
use crate::reply;
use crate::resolve::{Failure, Out, View};
use crate::twin::Desk;

/// Answers a request.
pub(crate) fn handle(desk: &mut Desk<'_, '_>, documents: &mut Documents, request: &Request<Bytes>) -> Response<Bytes> {
    let Ok(body) = serde_json::from_slice::<Value>(request.body()) else {
        let problem = json!({ "errors": [{ "message": "The request body is not JSON" }] });
        return reply::json(400, &problem);
    };
    reply::json(200, &answer(desk, documents, &body))
}

fn answer(desk: &mut Desk<'_, '_>, documents: &mut Documents, body: &Value) -> Value {
    let Some(text) = body.get("query").and_then(Value::as_str) else {
        return json!({ "errors": [{ "message": "No query string was present" }] });
    };
    let document = match documents.get(text, desk.options.cents_removed) {
        Ok(document) => document,
        Err(errors) => return json!({ "errors": errors }),
    };
    let name = body.get("operationName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let operation = match name {
        Some(name) => document.operations.iter().find(|o| o.name.as_deref() == Some(name)),
        None => document.operations.first().filter(|_| document.operations.len() == 1),
    };
    let Some(operation) = operation else {
        let message = name.map_or_else(
            || "An operation name is required".to_owned(),
            |name| format!("No operation named \"{name}\""),
        );
        return json!({ "errors": [{ "message": message }] });
    };
    let given = body.get("variables").unwrap_or(&Value::Null);
    let variables = match coerce::variables(&operation.variables, given) {
        Ok(variables) => variables,
        Err(errors) => return json!({ "errors": errors }),
    };
    run(desk, &document, operation, &variables)
}

fn run(
    desk: &mut Desk<'_, '_>,
    document: &Arc<Compiled>,
    operation: &Operation,
    variables: &Map<String, Value>,
) -> Value {
    let mut walk = Walk::new(document, variables);
    let data = if operation.mutation {
        let chosen = walk.choose(&[&operation.selections], "Mutation");
        let mut data = Map::new();
        for field in &chosen {
            let arguments = walk.arguments(field);
            let name = field.field.name.as_str();
            let out = match desk.missing_scope(name) {
                Some(scope) => Out::Fail(Failure::missing_scope(&scope)),
                None => mutation::perform(desk, name, &arguments),
            };
            let value = walk.performed(&desk.view(), field, out);
            data.insert(field.key.to_owned(), value);
        }
        Value::Object(data)
    } else {
        walk.query(&desk.view(), &operation.selections)
    };
    reply_of(data, walk.errors)
}

fn reply_of(data: Value, errors: Vec<Value>) -> Value {
    // Built by hand: the macro would copy the whole reply.
    let mut reply = Map::new();
    if !errors.is_empty() {
        reply.insert("errors".to_owned(), Value::Array(errors));
    }
    reply.insert("data".to_owned(), data);
    Value::Object(reply)
}

/// Runs the query of a webhook for one object, as the operator of the hook would see it.
pub(crate) fn evaluate(view: &View<'_>, document: &Compiled, id: &str) -> Value {
    let given = json!({ "id": id });
    let Some(operation) = document.operations.first().filter(|operation| !operation.mutation) else {
        return json!({ "errors": [{ "message": "not a query" }] });
    };
    match coerce::variables(&operation.variables, &given) {
        Ok(variables) => {
            let mut walk = Walk::new(document, &variables);
            let data = walk.query(view, &operation.selections);
            reply_of(data, walk.errors)
        }
        Err(errors) => json!({ "errors": errors }),
    }
}

impl Role {
    /// Whether a field is for the operator's eyes only (`contracts/marketplacer.md` §0, §2.2).
    pub(crate) fn is_barred(self, owner: &str, field: &str) -> bool {
        self == Self::Seller && owner == "Invoice" && field == "order"
    }
}
