//! Values against types: what the server accepts for a variable or an argument, and the words it refuses with
//! (`contracts/marketplacer.md` §3.4, §3.9).

use serde_json::{Map, Value, json};

use crate::graphql::document::{AstType, AstValue, AstVariable, location};
use crate::schema::{TypeRef, schema};
use crate::time;

/// Why a value is refused, and where inside it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Names and indexes, outermost first.
    pub(crate) path: Vec<String>,
    pub(crate) explanation: String,
}

impl Problem {
    fn new(explanation: impl Into<String>) -> Self {
        Self { path: Vec::new(), explanation: explanation.into() }
    }

    fn inside(mut self, step: &impl ToString) -> Self {
        self.path.insert(0, step.to_string());
        self
    }
}

/// Brings a value into the form of a type: one value for a list becomes a list of one.
pub(crate) fn coerce(value: Value, ty: &TypeRef) -> Result<Value, Problem> {
    match ty {
        TypeRef::NonNull(_) if value.is_null() => Err(Problem::new("Expected value to not be null")),
        TypeRef::NonNull(inner) => coerce(value, inner),
        _ if value.is_null() => Ok(Value::Null),
        TypeRef::List(inner) => {
            let Value::Array(items) = value else {
                return Ok(Value::Array(vec![coerce(value, inner)?]));
            };
            let items = items.into_iter().enumerate();
            let items = items.map(|(index, item)| coerce(item, inner).map_err(|problem| problem.inside(&index)));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        TypeRef::Named(name) => named(value, name),
    }
}

fn named(value: Value, name: &str) -> Result<Value, Problem> {
    if let Some(fields) = schema().input(name) {
        let Value::Object(mut given) = value else {
            return Err(Problem::new(format!("Expected {value} to be a key-value object.")));
        };
        let mut taken = Map::new();
        for (field, ty) in fields {
            match given.remove(field) {
                Some(value) => {
                    let value = coerce(value, ty).map_err(|problem| problem.inside(field))?;
                    taken.insert(field.clone(), value);
                }
                // The schema has defaults for the lists that are required inside a sort.
                None if ty.is_required() && name != "InvoiceSort" => {
                    return Err(Problem::new("Expected value to not be null").inside(field));
                }
                None => {}
            }
        }
        return match given.keys().next() {
            Some(unknown) => Err(Problem::new(format!("Field is not defined on {name}")).inside(unknown)),
            None => Ok(Value::Object(taken)),
        };
    }
    if let Some(values) = schema().values(name) {
        return match value.as_str() {
            Some(text) if values.contains(&text) => Ok(value),
            _ => {
                let expected = values.join(", ");
                Err(Problem::new(format!("Expected {value} to be one of: {expected}")))
            }
        };
    }
    let fits = match name {
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "String" => value.is_string(),
        "ID" => value.is_string() || value.is_i64(),
        "Decimal" => value.is_number() || value.as_str().is_some_and(|text| text.parse::<f64>().is_ok()),
        "ISO8601DateTime" | "ISO8601Date" => value.as_str().and_then(time::read).is_some(),
        _ => true,
    };
    if !fits {
        return Err(Problem::new(format!("Could not coerce value {value} to {name}")));
    }
    Ok(match (name, value.as_i64()) {
        ("ID", Some(number)) => Value::String(number.to_string()),
        _ => value,
    })
}

/// A literal of a document as JSON, variables filled in; `None` when it is a variable that was not given.
pub(crate) fn filled(value: &AstValue, variables: &Map<String, Value>) -> Option<Value> {
    Some(match value {
        AstValue::Variable(name) => variables.get(name)?.clone(),
        AstValue::Int(number) => json!(number.as_i64()),
        AstValue::Float(number) => json!(number),
        AstValue::String(text) | AstValue::Enum(text) => json!(text),
        AstValue::Boolean(flag) => json!(flag),
        AstValue::Null => Value::Null,
        AstValue::List(items) => items.iter().filter_map(|item| filled(item, variables)).collect(),
        AstValue::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.filter_map(|(name, value)| Some((name.clone(), filled(value, variables)?)));
            Value::Object(fields.collect())
        }
    })
}

/// The declared type of a variable.
pub(crate) fn declared(ty: &AstType) -> TypeRef {
    match ty {
        AstType::NamedType(name) => TypeRef::Named(name.clone()),
        AstType::ListType(inner) => TypeRef::List(Box::new(declared(inner))),
        AstType::NonNullType(inner) => TypeRef::NonNull(Box::new(declared(inner))),
    }
}

/// The variables of a request, checked against their declarations.
pub(crate) fn variables(declarations: &[AstVariable], given: &Value) -> Result<Map<String, Value>, Vec<Value>> {
    let mut taken = Map::new();
    let mut errors = Vec::new();
    for declaration in declarations {
        let ty = declared(&declaration.var_type);
        let value = match (given.get(&declaration.name), &declaration.default_value) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => filled(default, &Map::new()).unwrap_or_default(),
            (None, None) if ty.is_required() => Value::Null,
            (None, None) => continue,
        };
        match coerce(value.clone(), &ty) {
            Ok(value) => {
                taken.insert(declaration.name.clone(), value);
            }
            Err(problem) => errors.push(refusal(declaration, &ty, &value, &problem)),
        }
    }
    if errors.is_empty() { Ok(taken) } else { Err(errors) }
}

fn refusal(declaration: &AstVariable, ty: &TypeRef, value: &Value, problem: &Problem) -> Value {
    let name = &declaration.name;
    let mut message = format!("Variable ${name} of type {ty} was provided invalid value");
    if !problem.path.is_empty() {
        message = format!("{message} for {} ({})", problem.path.join("."), problem.explanation);
    }
    json!({
        "message": message,
        "locations": location(declaration.position),
        "extensions": {
            "value": value,
            "problems": [{ "path": problem.path, "explanation": problem.explanation }],
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coerced(value: Value, ty: &str) -> Result<Value, String> {
        coerce(value, &TypeRef::read(ty))
            .map_err(|problem| format!("{}: {}", problem.path.join("."), problem.explanation))
    }

    #[test]
    fn one_enum_value_becomes_a_list_as_the_official_sample_relies_on() {
        // contracts/marketplacer.md §10, seller invoices request.
        let sort = json!({ "fields": "CREATED_AT", "ordering": "ASCENDING" });
        assert_eq!(coerced(sort, "InvoiceSort"), Ok(json!({ "fields": ["CREATED_AT"], "ordering": "ASCENDING" })));
    }

    #[test]
    fn wrong_values_are_named_with_their_place() {
        let refused = |value, ty| coerced(value, ty).unwrap_err();
        let dated = json!({ "updatedSince": "2024-06-21T00" });
        assert_eq!(
            refused(dated, "InvoiceFilters"),
            "updatedSince: Could not coerce value \"2024-06-21T00\" to ISO8601DateTime"
        );
        assert_eq!(refused(json!("5"), "Int"), ": Could not coerce value \"5\" to Int");
        assert_eq!(refused(json!({ "shop": 1 }), "InvoiceFilters"), "shop: Field is not defined on InvoiceFilters");
        let item = json!([{ "lineItemId": "x", "quantity": 1 }, { "lineItemId": "x" }]);
        assert_eq!(refused(item, "[ShippedItemInput!]!"), "1.quantity: Expected value to not be null");
        assert!(refused(json!("LATE"), "SortOrderingEnum").contains("one of: ASCENDING, DESCENDING"));
    }
}
