//! Why a connector's settings were refused.

/// A setting that cannot be used; the text names the setting, the reason and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{setting}`: {problem}. {advice}")]
pub struct ConfigError {
    /// The key in the connection's own table.
    pub setting: &'static str,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub advice: &'static str,
}
