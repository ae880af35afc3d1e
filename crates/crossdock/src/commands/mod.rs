//! What a user runs.

pub(crate) mod demo_check;
