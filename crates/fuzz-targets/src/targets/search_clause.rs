//! Search clauses: what the hub writes, the twin reads as the same values; and the twin's parser alone, on anything.

use crossdock_connector::{Connector as _, Page, Read, RejectCode};
use sim_peoplevox::clause_texts;

use super::tenant::{SESSION, TENANT, element};
use crate::cut::Cut;

/// First byte: which search, or the parser alone. Then the values, one on each line; or a clause.
pub(crate) fn run(input: &[u8]) {
    let mut cut = Cut::new(input);
    let kind = *cut.choose(&[0, 1, 2, 3_u8]);
    let rest = cut.rest_text();
    if kind == 3 {
        // The twin takes a clause or says why not; values of a clause that it takes stand in the clause.
        if let Ok(texts) = clause_texts(&rest) {
            assert!(texts.iter().all(|text| text.len() <= rest.len()), "a value longer than its clause");
        }
        return;
    }
    // `\r` alone ends no line here, so that values can hold it.
    let values: Vec<String> = rest.split('\n').map(str::to_owned).collect();
    let read = match kind {
        0 => Read::Availability { items: values.clone(), page: Page::first() },
        1 => Read::DespatchesOf { orders: values.clone(), page: Page::first() },
        _ => Read::WarehouseOrders { orders: values.clone(), page: Page::first() },
    };
    match TENANT.plan_read(&read, &SESSION) {
        Err(rejection) => assert_eq!(rejection.code, RejectCode::CannotExpress, "{rejection:?}"),
        Ok(call) => {
            let clause = element(&call, "SearchClause");
            let texts = clause_texts(&clause).unwrap_or_else(|problem| panic!("{problem}: {clause}"));
            assert!(!texts.is_empty(), "a search for nothing finds everything: {clause}");
            // Values that cannot be said are left out; the others come in their order, unchanged, and nothing besides.
            let mut wanted = values.iter();
            for text in &texts {
                assert!(wanted.any(|value| value == text), "{text:?} was not asked for: {clause}");
            }
            for value in &values {
                let plain =
                    !value.trim().is_empty() && value.chars().all(|c| c.is_alphanumeric() || "-/. ,'".contains(c));
                assert!(!plain || texts.contains(value), "{value:?} is missing: {clause}");
            }
        }
    }
}
