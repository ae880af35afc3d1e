//! Every statement that this engine runs, by aggregate, as a named constant.
//!
//! One test prepares them all on a fresh schema and reads their plans, so that a renamed column or a lost index is found
//! there and not by a customer.

pub(crate) mod connection;
pub(crate) mod effect;
pub(crate) mod exception;
pub(crate) mod flow;
pub(crate) mod flow_list;
pub(crate) mod inspect;
pub(crate) mod item;
pub(crate) mod journal;
pub(crate) mod lineage;
pub(crate) mod listing;
pub(crate) mod map;
pub(crate) mod page;
pub(crate) mod shown;

/// Names statements, and lists them for the test that prepares them all.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)+

        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),+];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::schema;

    /// Statements that may read all rows of a merchant in a table or a partial index: either the whole is what is asked
    /// for, or it is small, or a limit ends the walk. Each says so where it is written.
    const MAY_WALK: &[&str] = &[
        // The whole is asked for.
        "ALL_PARTS",
        "COUNT",
        "COUNTS",
        "DEMAND",
        "EFFECTS",
        "EXCEPTIONS",
        "ITEMS",
        "LINES",
        "LISTINGS",
        "DROP_KITS",
        "OPEN",
        // Small: what is live, and once after a start.
        "DOUBT",
        "DOUBT_LIVE",
        // A limit ends the walk.
        "CHANNELS",
        "CODES",
        "DIFFER",
        "HAS_KITS",
        "UNMAPPED",
        "WAITING",
        // No index knows the answer; people ask for it now and then.
        "SIMILAR",
        "WITHHELD",
    ];

    fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        [
            super::connection::ALL,
            super::effect::ALL,
            super::exception::ALL,
            super::flow::ALL,
            super::flow_list::ALL,
            super::inspect::ALL,
            super::item::ALL,
            super::journal::ALL,
            super::lineage::ALL,
            super::listing::ALL,
            super::map::ALL,
            super::page::ALL,
            super::shown::ALL,
        ]
        .into_iter()
        .flatten()
    }

    fn fresh() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::migrate(&mut conn).unwrap();
        conn
    }

    #[test]
    fn every_statement_can_be_prepared() {
        let conn = fresh();
        for (name, sql) in all() {
            if let Err(error) = conn.prepare(sql) {
                panic!("{name}: {error}\n{sql}");
            }
        }
    }

    #[test]
    fn no_statement_walks_a_whole_table() {
        let conn = fresh();
        for (name, sql) in all() {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            // Unbound parameters are NULL, which a plan does not mind.
            let steps: Vec<String> = plan.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().unwrap();
            let walks = |step: &String| {
                let in_memory = ["(subquery", "CONSTANT ROW", "SCAN picked"].iter().any(|known| step.contains(known));
                (step.starts_with("SCAN") && !in_memory) || step.ends_with("(merchant=?)")
            };
            let allowed = MAY_WALK.contains(name) || !steps.iter().any(walks);
            assert!(allowed, "{name} walks: {steps:?}\n{sql}");
        }
    }

    #[test]
    fn every_statement_is_bound_to_one_merchant() {
        for (name, sql) in all() {
            assert!(sql.contains("merchant"), "{name} would reach into another merchant's rows:\n{sql}");
        }
    }
}
