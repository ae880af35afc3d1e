//! A query document, read and checked once and then kept by its text: clients send the same few documents for ever.

use std::collections::HashMap;
use std::sync::Arc;

use graphql_parser::Pos;
use graphql_parser::query::{
    Definition, Document, Field, FragmentDefinition, OperationDefinition, SelectionSet, VariableDefinition, parse_query,
};
use serde_json::{Value, json};

use crate::graphql::validate;

/// The parser's types, owning their text.
pub(crate) type AstField = Field<'static, String>;
pub(crate) type AstSelections = SelectionSet<'static, String>;
pub(crate) type AstFragment = FragmentDefinition<'static, String>;
pub(crate) type AstVariable = VariableDefinition<'static, String>;
pub(crate) type AstValue = graphql_parser::query::Value<'static, String>;
pub(crate) type AstType = graphql_parser::query::Type<'static, String>;

/// An operation of a document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: Option<String>,
    pub(crate) mutation: bool,
    pub(crate) variables: Vec<AstVariable>,
    pub(crate) selections: AstSelections,
}

impl Operation {
    /// The root type.
    pub(crate) fn root(&self) -> &'static str {
        if self.mutation { "Mutation" } else { "Query" }
    }
}

/// A document that is fit to run.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) operations: Vec<Operation>,
    pub(crate) fragments: HashMap<String, AstFragment>,
}

/// Errors of a document, as the reply shows them.
pub(crate) type Errors = Vec<Value>;

/// A place in a document, as replies show it.
pub(crate) fn location(pos: Pos) -> Value {
    json!([{ "line": pos.line, "column": pos.column }])
}

/// Reads and checks a document. `cents_removed`: see [`crate::Options::cents_removed`].
pub(crate) fn compile(text: &str, cents_removed: bool) -> Result<Compiled, Errors> {
    let parsed = parse_query::<String>(text)
        .map_err(|error| vec![json!({ "message": format!("Parse error: {error}"), "locations": [] })])?;
    let compiled = collect(parsed.into_static())?;
    let errors = validate::document(&compiled, cents_removed);
    if errors.is_empty() { Ok(compiled) } else { Err(errors) }
}

fn collect(document: Document<'static, String>) -> Result<Compiled, Errors> {
    let mut operations = Vec::new();
    let mut fragments = HashMap::new();
    for definition in document.definitions {
        let operation = match definition {
            Definition::Fragment(fragment) => {
                fragments.insert(fragment.name.clone(), fragment);
                continue;
            }
            Definition::Operation(operation) => operation,
        };
        operations.push(match operation {
            OperationDefinition::SelectionSet(selections) => {
                Operation { name: None, mutation: false, variables: Vec::new(), selections }
            }
            OperationDefinition::Query(query) => Operation {
                name: query.name,
                mutation: false,
                variables: query.variable_definitions,
                selections: query.selection_set,
            },
            OperationDefinition::Mutation(mutation) => Operation {
                name: mutation.name,
                mutation: true,
                variables: mutation.variable_definitions,
                selections: mutation.selection_set,
            },
            OperationDefinition::Subscription(subscription) => {
                let message = "Schema is not configured for subscriptions";
                let locations = location(subscription.position);
                return Err(vec![json!({ "message": message, "locations": locations })]);
            }
        });
    }
    if operations.is_empty() {
        return Err(vec![json!({ "message": "The document has no operation", "locations": [] })]);
    }
    Ok(Compiled { operations, fragments })
}

/// Documents by their text. Emptied when somebody sends too many different ones.
#[derive(Debug, Default, Clone)]
pub(crate) struct Documents {
    known: HashMap<String, Result<Arc<Compiled>, Errors>>,
}

impl Documents {
    /// The document of a text, read now if it is new.
    pub(crate) fn get(&mut self, text: &str, cents_removed: bool) -> Result<Arc<Compiled>, Errors> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        if self.known.len() >= 500 {
            self.known.clear();
        }
        let compiled = compile(text, cents_removed).map(Arc::new);
        self.known.insert(text.to_owned(), compiled.clone());
        compiled
    }
}
