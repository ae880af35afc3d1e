//! The twin's part of the schema against the vendor's own, where somebody has it at hand: set `CROSSDOCK_CONTRACTS` to the
//! folder of the contract papers. The vendor's file is not part of this project.

use std::collections::HashMap;

use graphql_parser::schema::{Definition, TypeDefinition, parse_schema};

#[test]
fn every_declared_field_is_in_the_vendors_schema_with_the_same_type() {
    let Some(folder) = std::env::var_os("CROSSDOCK_CONTRACTS") else { return };
    let file = std::path::Path::new(&folder).join("marketplacer/marketplacer.graphqls");
    let text = std::fs::read_to_string(file).expect("the schema file");
    let document = parse_schema::<String>(&text).expect("a schema");
    let mut fields: HashMap<(String, String), String> = HashMap::new();
    for definition in document.definitions {
        match definition {
            Definition::TypeDefinition(TypeDefinition::Object(object)) => {
                for field in object.fields {
                    fields.insert((object.name.clone(), field.name), field.field_type.to_string());
                }
            }
            Definition::TypeDefinition(TypeDefinition::Interface(interface)) => {
                for field in interface.fields {
                    fields.insert((interface.name.clone(), field.name), field.field_type.to_string());
                }
            }
            Definition::TypeDefinition(TypeDefinition::InputObject(input)) => {
                for field in input.fields {
                    fields.insert((input.name.clone(), field.name), field.value_type.to_string());
                }
            }
            _ => {}
        }
    }
    // Attachments are taken as they come: the twin keeps no images.
    let free = [("RefundRequestNoteInput".to_owned(), "attachments".to_owned())];
    let wrong: Vec<String> = sim_marketplacer::declared_fields()
        .into_iter()
        .filter_map(|(owner, name, ty)| {
            let key = (owner, name);
            let theirs = fields.get(&key);
            let agrees = theirs == Some(&ty) || free.contains(&key);
            (!agrees).then(|| format!("{}.{}: {ty}, theirs {theirs:?}", key.0, key.1))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}
