//! One line of the audit.

use serde::Serialize;

use super::ask::Stop;

/// The team that owns connections, clocks and configuration.
pub(super) const INTEGRATION: &str = "Integration";
/// The team that owns SKUs and listings.
pub(super) const MERCHANDISING: &str = "Merchandising";
/// The team that owns items, kits and carriers.
pub(super) const WAREHOUSE: &str = "Warehouse";
/// The team that owns the shops at the marketplaces.
pub(super) const ECOMMERCE: &str = "Ecommerce";

/// What was checked, what was seen, and who does what about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    /// The connection; `hub` for the hub's own settings.
    pub(super) connection: String,
    /// What was checked.
    pub(super) check: &'static str,
    /// Whether it is as it has to be.
    pub(super) ok: bool,
    /// What was seen.
    pub(super) evidence: String,
    /// The team that owns it; empty when nothing is to be done.
    pub(super) owner: &'static str,
    /// What to do; empty when nothing is to be done.
    pub(super) next: String,
    /// Whether this is not known because a remote could not be reached, and may be well.
    #[serde(skip)]
    pub(super) unreached: bool,
}

impl Row {
    /// It is as it has to be.
    pub(super) fn pass(connection: &str, check: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            connection: connection.to_owned(),
            check,
            ok: true,
            evidence: evidence.into(),
            owner: "",
            next: String::new(),
            unreached: false,
        }
    }

    /// It is not.
    pub(super) fn fail(
        connection: &str,
        check: &'static str,
        evidence: impl Into<String>,
        owner: &'static str,
        next: impl Into<String>,
    ) -> Self {
        Self {
            connection: connection.to_owned(),
            check,
            ok: false,
            evidence: evidence.into(),
            owner,
            next: next.into(),
            unreached: false,
        }
    }

    /// Nobody knows, because what it needs could not be read. That is not ready either.
    pub(super) fn unknown(connection: &str, check: &'static str, because: &Stop) -> Self {
        let next = match because {
            Stop::Limit(_) => "Check again when the limit has room, or beside a hub that has read it lately",
            _ => "Mend the connection first, then check again",
        };
        let evidence = format!("not checked: {}", because.text());
        let unreached = matches!(because, Stop::Unreached(_));
        Self { unreached, ..Self::fail(connection, check, evidence, INTEGRATION, next) }
    }
}
