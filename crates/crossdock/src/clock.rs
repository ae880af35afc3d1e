//! The only place that reads the machine's clock.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The time that everything else is given: the machine's own, or one that runs faster from a chosen moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    begun: Instant,
    from: Timestamp,
    speed: f64,
}

impl Clock {
    /// The machine's clock, made monotonic.
    pub(crate) fn real() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the binary is where clocks are read")]
        let (begun, from) = (Instant::now(), Timestamp::now());
        Self { begun, from, speed: 1.0 }
    }

    /// A clock that starts at a moment and runs `speed` times as fast as life.
    pub(crate) fn scaled(from: Timestamp, speed: f64) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the binary is where clocks are read")]
        let begun = Instant::now();
        Self { begun, from, speed: speed.clamp(0.001, 100_000.0) }
    }

    /// A clock that several processes share: it showed `from` at the real moment `anchor`, and runs `speed` times as
    /// fast as life. Written `FROM@ANCHOR*SPEED`.
    pub(crate) fn shared(text: &str) -> Option<Self> {
        let (from, rest) = text.split_once('@')?;
        let (anchor, speed) = rest.split_once('*')?;
        let (from, anchor): (Timestamp, Timestamp) = (from.parse().ok()?, anchor.parse().ok()?);
        let speed: f64 = speed.parse().ok()?;
        let gone = Self::real().now().duration_since(anchor).as_secs_f64() * speed;
        Some(Self::scaled(from.checked_add(SignedDuration::try_from_secs_f64(gone).ok()?).ok()?, speed))
    }

    /// The moment.
    pub(crate) fn now(&self) -> Timestamp {
        let gone = SignedDuration::from_secs_f64(self.begun.elapsed().as_secs_f64() * self.speed);
        self.from.saturating_add(gone).unwrap_or(self.from)
    }

    /// How long to wait in real time until a moment; zero when it has passed.
    pub(crate) fn until(&self, moment: Timestamp) -> Duration {
        let left = moment.duration_since(self.now());
        if left.is_positive() { Duration::from_secs_f64(left.as_secs_f64() / self.speed) } else { Duration::ZERO }
    }
}
