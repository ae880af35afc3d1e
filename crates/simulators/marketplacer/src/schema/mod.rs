//! The part of the GraphQL schema that the twin answers for: names, types and nullability (`contracts/marketplacer.md`
//! §2, §3), written in a short notation of our own and read once.

mod inputs;
mod objects;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// A type as it is written: `[Invoice!]!`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TypeRef {
    Named(String),
    List(Box<TypeRef>),
    NonNull(Box<TypeRef>),
}

impl TypeRef {
    /// Reads `[Invoice!]!`.
    pub(crate) fn read(text: &str) -> Self {
        if let Some(inner) = text.strip_suffix('!') {
            return Self::NonNull(Box::new(Self::read(inner)));
        }
        match text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => Self::List(Box::new(Self::read(inner))),
            None => Self::Named(text.to_owned()),
        }
    }

    /// The name at the heart of it.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::List(inner) | Self::NonNull(inner) => inner.name(),
        }
    }

    pub(crate) fn is_required(&self) -> bool {
        matches!(self, Self::NonNull(_))
    }
}

impl std::fmt::Display for TypeRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::List(inner) => write!(f, "[{inner}]"),
            Self::NonNull(inner) => write!(f, "{inner}!"),
        }
    }
}

/// A field of an object type.
#[derive(Debug)]
pub(crate) struct FieldDef {
    pub(crate) ty: TypeRef,
    pub(crate) arguments: Vec<(String, TypeRef)>,
}

/// All that is declared.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    objects: HashMap<String, BTreeMap<String, FieldDef>>,
    inputs: HashMap<String, Vec<(String, TypeRef)>>,
    enums: HashMap<&'static str, Vec<&'static str>>,
}

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::build);

/// The schema.
pub(crate) fn schema() -> &'static Schema {
    &SCHEMA
}

/// Every declared field as (`Invoice`, `legacyId`, `Int!`), for a conformance run against the vendor's own schema. Input
/// types are among them.
pub fn declared_fields() -> Vec<(String, String, String)> {
    let schema = schema();
    let objects = schema.objects.iter().flat_map(|(owner, fields)| {
        let row = move |(name, def): (&String, &FieldDef)| (owner.clone(), name.clone(), def.ty.to_string());
        fields.iter().map(row)
    });
    let inputs = schema.inputs.iter().flat_map(|(owner, fields)| {
        let row = move |(name, ty): &(String, TypeRef)| (owner.clone(), name.clone(), ty.to_string());
        fields.iter().map(row)
    });
    let mut all: Vec<_> = objects.chain(inputs).collect();
    all.sort();
    all
}

impl Schema {
    #[expect(clippy::format_push_string, reason = "ten short strings, once")]
    fn build() -> Self {
        let mut schema = Self::default();
        for (name, fields) in objects::OBJECTS {
            schema.objects.insert((*name).to_owned(), fields_of(fields));
        }
        for (connection, node) in objects::CONNECTIONS {
            let edge = format!("{}Edge", connection.trim_end_matches("Connection"));
            let fields = format!("edges:[{edge}] nodes:[{node}] pageInfo:PageInfo! totalCount:Int!");
            schema.objects.insert((*connection).to_owned(), fields_of(&fields));
            schema.objects.insert(edge, fields_of(&format!("cursor:String! node:{node}")));
        }
        let mut mutations = String::new();
        for (mutation, object) in objects::MUTATIONS {
            let base = mutation_type(mutation);
            mutations.push_str(&format!("{mutation}(input:{base}Input!):{base}Payload "));
            let fields = format!("status:Int! errors:[ValidationError!] clientMutationId:String {object}");
            schema.objects.insert(format!("{base}Payload"), fields_of(&fields));
        }
        schema.objects.insert("Mutation".to_owned(), fields_of(&mutations));
        for (name, fields) in inputs::INPUTS {
            schema.inputs.insert((*name).to_owned(), pairs(fields));
        }
        for (name, values) in inputs::ENUMS {
            schema.enums.insert(name, values.split_whitespace().collect());
        }
        schema
    }

    pub(crate) fn field(&self, owner: &str, name: &str) -> Option<&FieldDef> {
        self.objects.get(owner)?.get(name)
    }

    /// Whether a type has fields to select (objects, the interface, the union).
    pub(crate) fn is_composite(&self, name: &str) -> bool {
        self.objects.contains_key(name)
    }

    pub(crate) fn input(&self, name: &str) -> Option<&[(String, TypeRef)]> {
        self.inputs.get(name).map(Vec::as_slice)
    }

    pub(crate) fn values(&self, name: &str) -> Option<&[&'static str]> {
        self.enums.get(name).map(Vec::as_slice)
    }

    /// Whether a fragment on `condition` applies to an object of a concrete type.
    pub(crate) fn applies(&self, condition: &str, concrete: &str) -> bool {
        match condition {
            "AllAdvert" => matches!(concrete, "Advert" | "UnpublishedAdvert" | "DeletedAdvert"),
            "Node" => self.field(concrete, "id").is_some(),
            other => other == concrete,
        }
    }

    #[cfg(test)]
    pub(crate) fn fields(&self, owner: &str) -> Option<&BTreeMap<String, FieldDef>> {
        self.objects.get(owner)
    }
}

/// Reads `id:ID! variants(@page displayableOnly:Boolean):VariantConnection! $total!`.
fn fields_of(text: &str) -> BTreeMap<String, FieldDef> {
    let mut fields = BTreeMap::new();
    for word in words(text) {
        if let Some(money) = word.strip_prefix('$') {
            let (name, required) = money.strip_suffix('!').map_or((money, ""), |name| (name, "!"));
            let cents = FieldDef { ty: TypeRef::read(&format!("Int{required}")), arguments: Vec::new() };
            let formatted =
                FieldDef { ty: TypeRef::read(&format!("String{required}")), arguments: pairs("currency:String") };
            fields.insert(format!("{name}Cents"), cents);
            fields.insert(format!("{name}Formatted"), formatted);
            continue;
        }
        let (head, ty) = word.rsplit_once(':').unwrap_or((word, "String"));
        let (name, arguments) = head.strip_suffix(')').and_then(|head| head.split_once('(')).unwrap_or((head, ""));
        let def = FieldDef { ty: TypeRef::read(ty), arguments: pairs(&arguments.replace("@page", objects::PAGE)) };
        fields.insert(name.to_owned(), def);
    }
    fields
}

/// Reads `first:Int after:String`.
fn pairs(text: &str) -> Vec<(String, TypeRef)> {
    text.split_whitespace()
        .filter_map(|word| word.split_once(':'))
        .map(|(name, ty)| (name.to_owned(), TypeRef::read(ty)))
        .collect()
}

/// `shipmentCreate` → `ShipmentCreateMutation`, the stem of its input and payload types.
fn mutation_type(mutation: &str) -> String {
    let mut letters = mutation.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    format!("{}{}Mutation", first.unwrap_or_default(), letters.as_str())
}

/// Splits at blanks outside parentheses.
fn words(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_whitespace()
    })
    .filter(|word| !word.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_gives_types_nullability_and_arguments() {
        let invoice = |name| schema().field("Invoice", name).map(|def| def.ty.to_string());
        assert_eq!(invoice("lineItems").as_deref(), Some("[LineItem!]!"));
        assert_eq!(invoice("buyerPhone").as_deref(), Some("String"));
        assert_eq!(invoice("totalCents").as_deref(), Some("Int!"));
        assert_eq!(invoice("badQuery"), None);
        let variants = schema().field("Advert", "variants").unwrap();
        let names: Vec<_> = variants.arguments.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["after", "before", "first", "last", "displayableOnly"]);
        assert_eq!(variants.ty.to_string(), "VariantConnection!");
    }

    #[test]
    fn every_type_that_a_field_names_is_declared() {
        const SCALARS: [&str; 10] =
            ["ID", "String", "Int", "Float", "Boolean", "JSON", "Decimal", "BigInt", "ISO8601Date", "ISO8601DateTime"];
        let schema = schema();
        for (owner, field, ty) in declared_fields() {
            let name = TypeRef::read(&ty).name().to_owned();
            let known = SCALARS.contains(&name.as_str())
                || schema.is_composite(&name)
                || schema.input(&name).is_some()
                || schema.values(&name).is_some();
            assert!(known, "{owner}.{field}: {name}");
        }
    }
}
