//! Walks a selection over objects. What an object's field holds is the resolver's business; this file knows only
//! GraphQL: aliases, fragments, lists, nullability, errors with their path.

use graphql_parser::query::{Directive, Selection, TypeCondition};
use serde_json::{Map, Value, json};

use crate::graphql::coerce;
use crate::graphql::document::{AstField, AstSelections, AstValue, Compiled, location};
use crate::resolve::{Failure, Object, Out, View};
use crate::schema::{FieldDef, TypeRef, schema};

/// One step of an error's path.
#[derive(Debug, Clone, Copy)]
enum Step<'d> {
    Key(&'d str),
    Index(usize),
}

/// A null that a non-null type forbids, on its way to the nearest nullable parent.
#[derive(Debug)]
struct Bubble;

/// A field of a selection on a concrete type, with everything selected below it.
pub(super) struct Chosen<'d> {
    pub(super) key: &'d str,
    pub(super) field: &'d AstField,
    /// None for `__typename`.
    def: Option<&'static FieldDef>,
    below: Vec<&'d AstSelections>,
}

/// What a run needs beside the objects.
pub(super) struct Walk<'d> {
    pub(super) document: &'d Compiled,
    pub(super) variables: &'d Map<String, Value>,
    pub(super) errors: Vec<Value>,
    path: Vec<Step<'d>>,
}

impl<'d> Walk<'d> {
    pub(super) fn new(document: &'d Compiled, variables: &'d Map<String, Value>) -> Self {
        Self { document, variables, errors: Vec::new(), path: Vec::new() }
    }

    /// The fields that selections ask of a concrete type, in order, equal keys merged.
    pub(super) fn choose(&self, selections: &[&'d AstSelections], owner: &str) -> Vec<Chosen<'d>> {
        let mut chosen = Vec::new();
        for selection in selections {
            self.choose_into(selection, owner, &mut chosen);
        }
        chosen
    }

    fn choose_into(&self, selections: &'d AstSelections, owner: &str, chosen: &mut Vec<Chosen<'d>>) {
        for item in &selections.items {
            match item {
                Selection::Field(field) if self.included(&field.directives) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).as_str();
                    match chosen.iter_mut().find(|other| other.key == key) {
                        Some(other) => other.below.push(&field.selection_set),
                        None => chosen.push(Chosen {
                            key,
                            field,
                            def: schema().field(owner, &field.name),
                            below: vec![&field.selection_set],
                        }),
                    }
                }
                Selection::InlineFragment(fragment) if self.included(&fragment.directives) => {
                    let applies = match &fragment.type_condition {
                        Some(TypeCondition::On(condition)) => schema().applies(condition, owner),
                        None => true,
                    };
                    if applies {
                        self.choose_into(&fragment.selection_set, owner, chosen);
                    }
                }
                Selection::FragmentSpread(spread) if self.included(&spread.directives) => {
                    let Some(fragment) = self.document.fragments.get(&spread.fragment_name) else {
                        continue;
                    };
                    let TypeCondition::On(condition) = &fragment.type_condition;
                    if schema().applies(condition, owner) {
                        self.choose_into(&fragment.selection_set, owner, chosen);
                    }
                }
                _ => {}
            }
        }
    }

    /// `@include` and `@skip`.
    fn included(&self, directives: &[Directive<'static, String>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let condition = condition.and_then(|(_, value)| coerce::filled(value, self.variables));
            let condition = condition.and_then(|value| value.as_bool());
            match directive.name.as_str() {
                "include" => condition != Some(false),
                "skip" => condition != Some(true),
                _ => true,
            }
        })
    }

    /// The arguments of a field.
    pub(super) fn arguments(&self, chosen: &Chosen<'d>) -> Map<String, Value> {
        let mut arguments = Map::new();
        for (name, value) in &chosen.field.arguments {
            let ty = chosen.def.and_then(|def| def.arguments.iter().find(|(known, _)| known == name));
            let Some(filled) = self.filled(value) else { continue };
            let coerced = ty.and_then(|(_, ty)| coerce::coerce(filled, ty).ok());
            arguments.insert(name.clone(), coerced.unwrap_or_default());
        }
        arguments
    }

    fn filled(&self, value: &AstValue) -> Option<Value> {
        coerce::filled(value, self.variables)
    }

    /// Runs the root fields of a query.
    pub(super) fn query(&mut self, view: &View<'_>, selections: &'d AstSelections) -> Value {
        let chosen = self.choose(&[selections], "Query");
        self.object(view, &Object::Query, &chosen).unwrap_or(Value::Null)
    }

    /// Completes one root field of a mutation that has been performed.
    pub(super) fn performed(&mut self, view: &View<'_>, chosen: &Chosen<'d>, out: Out) -> Value {
        self.path.push(Step::Key(chosen.key));
        let value = self.complete(view, chosen, out);
        self.path.pop();
        value.unwrap_or(Value::Null)
    }

    fn object(&mut self, view: &View<'_>, object: &Object, fields: &[Chosen<'d>]) -> Result<Value, Bubble> {
        let mut result = Map::with_capacity(fields.len());
        for chosen in fields {
            if chosen.field.name == "__typename" {
                result.insert(chosen.key.to_owned(), json!(object.type_name()));
                continue;
            }
            self.path.push(Step::Key(chosen.key));
            let out = if chosen.field.arguments.is_empty() {
                view.field(object, &chosen.field.name, &Map::new())
            } else {
                view.field(object, &chosen.field.name, &self.arguments(chosen))
            };
            let value = self.complete(view, chosen, out);
            self.path.pop();
            result.insert(chosen.key.to_owned(), value?);
        }
        Ok(Value::Object(result))
    }

    fn complete(&mut self, view: &View<'_>, chosen: &Chosen<'d>, out: Out) -> Result<Value, Bubble> {
        let Some(ty) = chosen.def.map(|def| &def.ty) else {
            return Ok(Value::Null);
        };
        match out {
            Out::Leaf(Value::Null) if ty.is_required() => {
                let failure = Failure::new("Cannot return null for a non-nullable field");
                self.fail(chosen, &failure);
                Err(Bubble)
            }
            Out::Leaf(value) => Ok(value),
            Out::Fail(failure) => {
                self.fail(chosen, &failure);
                if ty.is_required() && !failure.null_stays { Err(Bubble) } else { Ok(Value::Null) }
            }
            Out::One(object) => {
                let fields = self.choose(&chosen.below, object.type_name());
                let value = self.object(view, &object, &fields);
                absorb(value, ty)
            }
            Out::Many(objects) => {
                let value = self.list(view, chosen, &objects, ty);
                absorb(value, ty)
            }
        }
    }

    fn list(
        &mut self,
        view: &View<'_>,
        chosen: &Chosen<'d>,
        objects: &[Option<Object>],
        ty: &TypeRef,
    ) -> Result<Value, Bubble> {
        let item = match ty {
            TypeRef::NonNull(inner) => inner,
            other => other,
        };
        let item_required = matches!(item, TypeRef::List(item) if item.is_required());
        let mut values = Vec::with_capacity(objects.len());
        // The objects of a list are nearly always of one type: choose its fields once.
        let mut fields: (&str, Vec<Chosen<'d>>) = ("", Vec::new());
        for (index, object) in objects.iter().enumerate() {
            let Some(object) = object else {
                values.push(Value::Null);
                continue;
            };
            if fields.0 != object.type_name() {
                fields = (object.type_name(), self.choose(&chosen.below, object.type_name()));
            }
            self.path.push(Step::Index(index));
            let value = self.object(view, object, &fields.1);
            self.path.pop();
            match value {
                Ok(value) => values.push(value),
                Err(Bubble) if item_required => return Err(Bubble),
                Err(Bubble) => values.push(Value::Null),
            }
        }
        Ok(Value::Array(values))
    }

    fn fail(&mut self, chosen: &Chosen<'d>, failure: &Failure) {
        let path: Vec<Value> = self
            .path
            .iter()
            .map(|step| match step {
                Step::Key(key) => json!(key),
                Step::Index(index) => json!(index),
            })
            .collect();
        let mut error = json!({
            "message": failure.message, "locations": location(chosen.field.position), "path": path,
        });
        if let (Some(code), Some(error)) = (failure.code, error.as_object_mut()) {
            error.insert("extensions".to_owned(), json!({ "code": code }));
        }
        self.errors.push(error);
    }
}

fn absorb(value: Result<Value, Bubble>, ty: &TypeRef) -> Result<Value, Bubble> {
    match value {
        Err(Bubble) if !ty.is_required() => Ok(Value::Null),
        other => other,
    }
}
