//! The one source of chance in a simulated world.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A seeded generator with the few draws that the twins need. Equal seeds give equal worlds on any machine.
#[derive(Debug, Clone)]
pub struct Rng(ChaCha8Rng);

impl Rng {
    /// A generator for a seed and a purpose, so that two twins of one world do not share their dice.
    pub fn new(seed: u64, purpose: &str) -> Self {
        // FNV-1a over the purpose: stable over versions of the standard library.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(ChaCha8Rng::seed_from_u64(seed ^ hash))
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `low..=high`; `low` when the range is empty.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        low.saturating_add(i64::try_from(self.bits() % span.max(1)).unwrap_or(0))
    }

    /// An index below `len`; 0 when `len` is 0.
    pub fn index(&mut self, len: usize) -> usize {
        let len64 = u64::try_from(len).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.bits() % len64).unwrap_or(0)
    }

    /// True with the given probability (0.0 never, 1.0 always).
    pub fn chance(&mut self, probability: f64) -> bool {
        // 53 bits are exactly representable in an f64.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit the mantissa")]
        let unit = (self.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        unit < probability
    }

    /// One of the entries.
    pub fn pick<'a, T: ?Sized>(&mut self, entries: &[&'a T]) -> &'a T {
        entries[self.index(entries.len())]
    }

    /// A text of the form of a version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.bits(), self.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn equal_seeds_give_equal_draws_and_purposes_differ() {
        let draws = |seed, purpose| {
            let mut rng = Rng::new(seed, purpose);
            (rng.bits(), rng.between(-3, 3), rng.uuid())
        };
        assert_eq!(draws(7, "world"), draws(7, "world"));
        assert_ne!(draws(7, "world"), draws(7, "peoplevox"));
        assert_ne!(draws(7, "world"), draws(8, "world"));
    }

    #[test]
    fn chance_keeps_its_promise_at_the_ends() {
        let mut rng = Rng::new(1, "chance");
        assert!((0..1000).all(|_| !rng.chance(0.0)));
        assert!((0..1000).all(|_| rng.chance(1.0)));
        let hits = (0..10_000).filter(|_| rng.chance(0.05)).count();
        assert!((400..600).contains(&hits), "{hits}");
    }
}
