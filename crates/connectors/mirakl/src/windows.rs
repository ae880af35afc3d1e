//! The published call frequencies (`contracts/john-lewis.md §2.2`, `§2.4`, `§2.5`, `§2.7`), as windows with settable figures.

use std::collections::BTreeMap;

use crossdock_connector::{Budget, ConfigError, Window};
use jiff::SignedDuration;

use crate::config::WindowLimit;

/// Calls without a published maximum.
pub(crate) const CALLS: Window = "calls";
/// List orders: once a minute, whatever it is asked for.
pub(crate) const OR11: Window = "OR11";
/// List the items to ship: once in five minutes (§2.4).
pub(crate) const ST12: Window = "ST12";
/// Upload a stock file: once a minute.
pub(crate) const STO01: Window = "STO01";
/// Status of a stock file: once in 15 seconds.
pub(crate) const STO02: Window = "STO02";
/// Error report of a stock file: once a minute.
pub(crate) const STO03: Window = "STO03";
/// The shop's own account: once a day.
pub(crate) const A01: Window = "A01";
/// The operator's carriers: once a day.
pub(crate) const SH21: Window = "SH21";

/// Name, calls, seconds.
///
/// All but the first are maxima that Mirakl publishes; the first is this project's own assumption of what a client that
/// acts per order may do where the platform only says "at each order".
const PUBLISHED: [(Window, u32, u32); 8] = [
    (CALLS, 60, 60),
    (OR11, 1, 60),
    (ST12, 1, 300),
    (STO01, 1, 60),
    (STO02, 1, 15),
    (STO03, 1, 60),
    (A01, 1, 86_400),
    (SH21, 1, 86_400),
];

/// Every window with its figures, the configured ones where there are any.
pub(crate) fn budgets(settings: &BTreeMap<String, WindowLimit>) -> Result<Vec<Budget>, ConfigError> {
    if let Some(unknown) = settings.keys().find(|name| PUBLISHED.iter().all(|(window, ..)| window != name)) {
        return Err(ConfigError {
            setting: "windows",
            problem: format!("there is no window called `{unknown}`"),
            advice: "Use calls, OR11, ST12, STO01, STO02, STO03, A01 or SH21",
        });
    }
    let mut budgets = Vec::with_capacity(PUBLISHED.len());
    for (window, calls, seconds) in PUBLISHED {
        let limit = settings.get(window).copied().unwrap_or(WindowLimit { calls, per_seconds: seconds });
        if limit.calls == 0 || limit.per_seconds == 0 {
            return Err(ConfigError {
                setting: "windows",
                problem: format!("`{window}` allows no call at all"),
                advice: "Give at least one call and at least one second",
            });
        }
        budgets.push(Budget {
            window: window.to_owned(),
            calls: limit.calls,
            per: SignedDuration::from_secs(i64::from(limit.per_seconds)),
        });
    }
    Ok(budgets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_maxima_hold_unless_an_operator_says_otherwise() {
        let per = |settings: &BTreeMap<String, WindowLimit>, name: &str| {
            let budgets = budgets(settings).unwrap();
            let budget = budgets.iter().find(|budget| budget.window == name).unwrap();
            (budget.calls, budget.per.as_secs())
        };
        let none = BTreeMap::new();
        assert_eq!(per(&none, "OR11"), (1, 60));
        assert_eq!(per(&none, "ST12"), (1, 300));
        assert_eq!(per(&none, "STO01"), (1, 60));
        assert_eq!(per(&none, "STO02"), (1, 15));
        assert_eq!(per(&none, "STO03"), (1, 60));
        assert_eq!(per(&none, "calls"), (60, 60));
        // Callers that Mirakl counts as external partners get OR11 every 15 minutes only (john-lewis.md §2.2).
        let partner = BTreeMap::from([("OR11".to_owned(), WindowLimit { calls: 1, per_seconds: 900 })]);
        assert_eq!(per(&partner, "OR11"), (1, 900));
        assert_eq!(per(&partner, "STO01"), (1, 60));
    }

    #[test]
    fn a_window_that_does_not_exist_or_never_opens_is_refused() {
        let unknown = BTreeMap::from([("OF24".to_owned(), WindowLimit { calls: 1, per_seconds: 60 })]);
        assert!(budgets(&unknown).unwrap_err().to_string().contains("OF24"));
        let shut = BTreeMap::from([("OR11".to_owned(), WindowLimit { calls: 0, per_seconds: 60 })]);
        assert!(budgets(&shut).is_err());
    }
}
