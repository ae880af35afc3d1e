//! Checks a document against the schema before anything runs. One wrong field refuses the whole request, in the words and
//! with the codes of `contracts/marketplacer.md` §3.9.

use std::collections::HashMap;

use graphql_parser::Pos;
use graphql_parser::query::{Selection, TypeCondition};
use serde_json::{Map, Value, json};

use crate::graphql::coerce;
use crate::graphql::document::{AstField, AstSelections, AstValue, Compiled, Errors, Operation, location};
use crate::schema::{FieldDef, TypeRef, schema};

/// Deeper documents are refused (`contracts/marketplacer.md` §3.1); it also ends fragments that contain themselves.
const MAX_DEPTH: usize = 30;
/// More selected fields than this are not looked at.
const MAX_FIELDS: usize = 5_000;

struct Check<'a> {
    document: &'a Compiled,
    errors: Errors,
    path: Vec<String>,
    fields: usize,
    /// Declared variables of the operation: type, has a default, used.
    variables: HashMap<&'a str, (TypeRef, bool, bool)>,
    operation: String,
    /// The deprecated amounts are gone from the schema.
    cents_removed: bool,
}

/// All errors of a document.
pub(super) fn document(document: &Compiled, cents_removed: bool) -> Errors {
    let mut errors = Vec::new();
    for operation in &document.operations {
        errors.extend(check(document, operation, cents_removed));
    }
    errors
}

fn check(document: &Compiled, operation: &Operation, cents_removed: bool) -> Errors {
    let kind = if operation.mutation { "mutation" } else { "query" };
    let label = operation.name.as_ref().map_or(kind.to_owned(), |name| format!("{kind} {name}"));
    let declared = operation.variables.iter().map(|variable| {
        let ty = coerce::declared(&variable.var_type);
        (variable.name.as_str(), (ty, variable.default_value.is_some(), false))
    });
    let mut check = Check {
        document,
        errors: Vec::new(),
        path: vec![label],
        fields: 0,
        variables: declared.collect(),
        operation: operation.name.clone().unwrap_or_else(|| format!("anonymous {kind}")),
        cents_removed,
    };
    check.selections(operation.root(), &operation.selections, 0);
    for variable in &operation.variables {
        let used = check.variables.get(variable.name.as_str()).is_some_and(|(.., used)| *used);
        if !used {
            let message = format!("Variable ${} is declared by {} but not used", variable.name, check.operation);
            check.error(variable.position, &message, "variableNotUsed", &[("variableName", &variable.name)]);
        }
    }
    check.errors
}

impl Check<'_> {
    fn error(&mut self, pos: Pos, message: &str, code: &str, details: &[(&str, &str)]) {
        let mut extensions = Map::new();
        extensions.insert("code".to_owned(), json!(code));
        for (name, value) in details {
            extensions.insert((*name).to_owned(), json!(value));
        }
        self.errors.push(json!({
            "path": self.path, "message": message, "locations": location(pos), "extensions": extensions,
        }));
    }

    fn selections(&mut self, owner: &str, selections: &AstSelections, depth: usize) {
        if depth > MAX_DEPTH {
            let message = format!("Query has depth of {depth}, which exceeds max depth of {MAX_DEPTH}");
            let pos = selections.span.0;
            return self.error(pos, &message, "queryTooDeep", &[]);
        }
        for item in &selections.items {
            self.fields += 1;
            if self.fields > MAX_FIELDS {
                if self.fields == MAX_FIELDS + 1 {
                    self.error(selections.span.0, "Query selects too many fields", "queryTooComplex", &[]);
                }
                return;
            }
            match item {
                Selection::Field(field) => {
                    self.path.push(field.alias.as_ref().unwrap_or(&field.name).clone());
                    self.field(owner, field, depth);
                    self.path.pop();
                }
                Selection::InlineFragment(fragment) => {
                    let condition = match &fragment.type_condition {
                        Some(TypeCondition::On(name)) => name.as_str(),
                        None => owner,
                    };
                    self.path.push(format!("... on {condition}"));
                    self.fragment(condition, &fragment.selection_set, fragment.position, depth);
                    self.path.pop();
                }
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    let Some(fragment) = document.fragments.get(&spread.fragment_name) else {
                        let name = &spread.fragment_name;
                        let message = format!("Fragment {name} was used, but not defined");
                        self.error(spread.position, &message, "useAndDefineFragment", &[("fragmentName", name)]);
                        continue;
                    };
                    let TypeCondition::On(condition) = &fragment.type_condition;
                    self.path.push(format!("fragment {}", fragment.name));
                    self.fragment(condition, &fragment.selection_set, fragment.position, depth);
                    self.path.pop();
                }
            }
        }
    }

    fn fragment(&mut self, condition: &str, selections: &AstSelections, pos: Pos, depth: usize) {
        if !schema().is_composite(condition) {
            let message = format!("No such type {condition}, so it can't be a fragment condition");
            return self.error(pos, &message, "undefinedType", &[("typeName", condition)]);
        }
        self.selections(condition, selections, depth + 1);
    }

    fn field(&mut self, owner: &str, field: &AstField, depth: usize) {
        let name = &field.name;
        for (directive, argument) in field.directives.iter().flat_map(|d| d.arguments.iter().map(move |a| (d, a))) {
            let boolean = TypeRef::NonNull(Box::new(TypeRef::Named("Boolean".to_owned())));
            self.value(&argument.1, &boolean, directive.position);
        }
        if name == "__typename" {
            return;
        }
        let gone = self.cents_removed && name.ends_with("Cents");
        let Some(def) = schema().field(owner, name).filter(|_| !gone) else {
            let message = format!("Field '{name}' doesn't exist on type '{owner}'");
            let details = [("typeName", owner), ("fieldName", name.as_str())];
            return self.error(field.position, &message, "undefinedField", &details);
        };
        self.arguments(field, def);
        let returned = def.ty.name();
        let empty = field.selection_set.items.is_empty();
        match (schema().is_composite(returned), empty) {
            (true, true) => {
                let message = format!(
                    "Field must have selections (field '{name}' returns {returned} but has no selections. Did you mean \
                     '{name} {{ ... }}'?)"
                );
                self.error(field.position, &message, "selectionMismatch", &[("nodeName", name)]);
            }
            (false, false) => {
                let message = format!("Selections can't be made on scalars (field '{name}' returns {returned})");
                self.error(field.position, &message, "selectionMismatch", &[("nodeName", name)]);
            }
            (true, false) => self.selections(returned, &field.selection_set, depth + 1),
            (false, true) => {}
        }
    }

    fn arguments(&mut self, field: &AstField, def: &FieldDef) {
        let name = &field.name;
        for (argument, value) in &field.arguments {
            if let Some((_, ty)) = def.arguments.iter().find(|(known, _)| known == argument) {
                self.value(value, ty, field.position);
            } else {
                let message = format!("Field '{name}' doesn't accept argument '{argument}'");
                let details = [("name", name.as_str()), ("argumentName", argument.as_str())];
                self.error(field.position, &message, "argumentNotAccepted", &details);
            }
        }
        let given = |wanted: &String| field.arguments.iter().any(|(argument, _)| argument == wanted);
        let missing: Vec<&str> = def
            .arguments
            .iter()
            .filter(|(argument, ty)| ty.is_required() && !given(argument))
            .map(|(argument, _)| argument.as_str())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let message = format!("Field '{name}' is missing required arguments: {missing}");
            self.error(field.position, &message, "missingRequiredArguments", &[("arguments", &missing)]);
        }
    }

    /// A literal or a variable where a value of a type belongs.
    fn value(&mut self, value: &AstValue, ty: &TypeRef, pos: Pos) {
        let inner = match ty {
            TypeRef::NonNull(inner) => inner,
            other => other,
        };
        match (value, inner) {
            (AstValue::Variable(name), _) => self.variable(name, ty, pos),
            (AstValue::List(items), TypeRef::List(item)) => {
                for value in items {
                    self.value(value, item, pos);
                }
            }
            (single, TypeRef::List(item)) => self.value(single, item, pos),
            (AstValue::Object(given), TypeRef::Named(name)) if schema().input(name).is_some() => {
                let fields = schema().input(name).unwrap_or_default();
                let mut rest = Map::new();
                for (field, value) in given {
                    match fields.iter().find(|(known, _)| known == field) {
                        Some((_, ty)) => self.value(value, ty, pos),
                        None => drop(rest.insert(field.clone(), Value::Null)),
                    }
                }
                for unknown in rest.keys() {
                    let message = format!("InputObject '{name}' doesn't accept argument '{unknown}'");
                    self.error(pos, &message, "argumentNotAccepted", &[("name", name), ("argumentName", unknown)]);
                }
                for (field, ty) in fields {
                    if ty.is_required() && !given.contains_key(field) && name != "InvoiceSort" {
                        let message =
                            format!("Argument '{field}' on InputObject '{name}' is required. Expected type {ty}");
                        self.error(pos, &message, "missingRequiredInputObjectAttribute", &[("argumentName", field)]);
                    }
                }
            }
            (literal, _) => self.literal(literal, ty, pos),
        }
    }

    fn literal(&mut self, literal: &AstValue, ty: &TypeRef, pos: Pos) {
        let is_enum = schema().values(ty.name()).is_some();
        let confused = is_enum && !matches!(literal, AstValue::Enum(_) | AstValue::Null);
        let confused = confused || (!is_enum && matches!(literal, AstValue::Enum(_)));
        let value = coerce::filled(literal, &Map::new()).unwrap_or_default();
        if confused || coerce::coerce(value, ty).is_err() {
            let message = format!("Argument has an invalid value ({literal}). Expected type '{ty}'.");
            self.error(pos, &message, "argumentLiteralsIncompatible", &[("typeName", ty.name())]);
        }
    }

    fn variable(&mut self, name: &str, wanted: &TypeRef, pos: Pos) {
        let Some((declared, has_default, used)) = self.variables.get_mut(name) else {
            let message = format!("Variable ${name} is used by {} but not declared", self.operation);
            return self.error(pos, &message, "variableNotDefined", &[("variableName", name)]);
        };
        *used = true;
        if !fits(declared, *has_default, wanted) {
            let message = format!("Type mismatch on variable ${name} ({declared} / {wanted})");
            let declared = declared.to_string();
            self.error(pos, &message, "variableMismatch", &[("variableName", name), ("typeName", &declared)]);
        }
    }
}

/// Whether a variable of one type may stand where another is wanted.
fn fits(declared: &TypeRef, has_default: bool, wanted: &TypeRef) -> bool {
    match (declared, wanted) {
        (TypeRef::NonNull(declared), TypeRef::NonNull(wanted)) | (TypeRef::List(declared), TypeRef::List(wanted)) => {
            fits(declared, false, wanted)
        }
        (declared, TypeRef::NonNull(wanted)) => has_default && fits(declared, false, wanted),
        (TypeRef::NonNull(declared), wanted) => fits(declared, false, wanted),
        // One value may stand for a list of one.
        (TypeRef::Named(_), TypeRef::List(wanted)) => fits(declared, false, wanted),
        (TypeRef::Named(declared), TypeRef::Named(wanted)) => declared == wanted,
        (TypeRef::List(_), TypeRef::Named(_)) => false,
    }
}
