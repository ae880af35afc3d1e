//! One module per page: each asks the desk one question and lays the answer out.

pub(crate) mod causes;
pub(crate) mod connections;
pub(crate) mod despatch;
pub(crate) mod exceptions;
pub(crate) mod find;
pub(crate) mod help;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod stock;
pub(crate) mod today;

use crossdock_desk::ConnectionView;

/// The names of the channels, for filters.
fn channels(feeds: &[ConnectionView]) -> Vec<String> {
    feeds.iter().filter(|feed| feed.role == "channel").map(|feed| feed.name.clone()).collect()
}

/// A link that is one of several choices.
pub(crate) struct Tab {
    /// Where it leads.
    pub(crate) href: String,
    /// Its name.
    pub(crate) name: String,
    /// Its count; empty when it is not known.
    pub(crate) count: String,
    /// Whether it is the one chosen.
    pub(crate) here: bool,
}
