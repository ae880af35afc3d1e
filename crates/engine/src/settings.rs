//! What the engine is told once, at the start.

use crossdock_flow::ChannelRules;
use jiff::SignedDuration;

/// How often and how patiently (`A012`, `F69`).
///
/// What depends on a merchant's habits is a setting, as the keys of `[timings]` in `docs/configuration.md` say. The rest
/// are constants of the effect protocol and of the guard: they stand here in one place, and only tests change them.
#[derive(Debug, Clone)]
pub struct Timings {
    /// Probe of each connection.
    pub health_every: SignedDuration,
    /// The warehouse's despatch report (`B062`: a high frequency).
    pub despatches_every: SignedDuration,
    /// The full sweep of warehouse stock.
    pub availability_every: SignedDuration,
    /// The item master and kits.
    pub items_every: SignedDuration,
    /// A channel's approved carriers.
    pub carriers_every: SignedDuration,
    /// How far a poll reaches back behind its watermark (`reliability.md` F20: ten minutes at least).
    pub overlap: SignedDuration,
    /// How far the first poll of all reaches back.
    pub lookback: SignedDuration,
    /// Constant: no byte of a write may leave later than this after it was written down (rule R4).
    pub send_within: SignedDuration,
    /// How long after a lost reply looks count (rule R7).
    pub horizon: SignedDuration,
    /// The same for a write that a repeat would do twice; never shorter than the one above, and longer than the slowest
    /// remote's reads lag behind its writes (`reliability.md` fault F61: ten minutes).
    pub doubling_horizon: SignedDuration,
    /// Constant: how far apart the two looks must be that conclude "absent" (rule R7).
    pub agree_after: SignedDuration,
    /// Constant: the stretch over which the cliff guard counts.
    pub guard_window: SignedDuration,
    /// A figure that differs from what was sent counts only if it was sent at least this long before the read-back.
    pub settle: SignedDuration,
    /// Constant: the first pause after a try that certainly did nothing; it doubles from there.
    pub retry_base: SignedDuration,
    /// Constant: the longest pause between two tries (`reliability.md` P9: 15 minutes).
    pub retry_max: SignedDuration,
}

impl Default for Timings {
    fn default() -> Self {
        let minutes = SignedDuration::from_mins;
        Self {
            health_every: minutes(5),
            despatches_every: minutes(1),
            availability_every: minutes(15),
            items_every: SignedDuration::from_hours(6),
            carriers_every: SignedDuration::from_hours(24),
            overlap: minutes(10),
            lookback: SignedDuration::from_hours(24 * 7),
            send_within: SignedDuration::from_secs(30),
            horizon: minutes(5),
            doubling_horizon: minutes(15),
            agree_after: minutes(1),
            guard_window: minutes(15),
            settle: minutes(3),
            retry_base: SignedDuration::from_secs(5),
            retry_max: minutes(15),
        }
    }
}

/// One channel.
#[derive(Debug, Clone)]
pub struct ChannelSettings {
    /// Its rules.
    pub rules: ChannelRules,
    /// How often its orders are polled.
    pub orders_every: SignedDuration,
    /// How often its listings are read back in full.
    pub listings_every: SignedDuration,
    /// How often stock goes out when the mode is [`crossdock_flow::StockMode::Schedule`].
    pub stock_every: SignedDuration,
}

/// One merchant.
#[derive(Debug, Clone)]
pub struct HubSettings {
    /// The merchant's name for people.
    pub merchant: String,
    /// The merchant's id, which goes into the references that remotes keep for us.
    pub merchant_id: String,
    /// The merchant's time zone.
    pub zone: String,
    /// The warehouse connection.
    pub warehouse: String,
    /// The channels.
    pub channels: Vec<ChannelSettings>,
    /// Where remotes reach the hub; without it nothing is subscribed and polls do the work.
    pub public_url: Option<String>,
    /// How often and how patiently.
    pub timings: Timings,
}

impl HubSettings {
    /// A channel's settings.
    pub fn channel(&self, connection: &str) -> Option<&ChannelSettings> {
        self.channels.iter().find(|channel| channel.rules.connection == connection)
    }
}
