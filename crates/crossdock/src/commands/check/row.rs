//! One line of the audit.

use serde::Serialize;

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
        }
    }

    /// Nobody knows, because what it needs could not be read. That is not ready either.
    pub(super) fn unknown(connection: &str, check: &'static str, because: &str) -> Self {
        Self::fail(
            connection,
            check,
            format!("not checked: {because}"),
            INTEGRATION,
            "Mend the connection first, then check again",
        )
    }
}
