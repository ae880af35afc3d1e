//! What property tests share: dice that fall the same way each time, text that breaks things, and Python's own readers and
//! writers as a second opinion.
//!
//! For tests only. It must know neither the hub nor a simulator, so that both can use it without knowing each other.

mod python;
mod text;

pub use python::python;
pub use text::{line, text, word, xml_text};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};

/// The seed of all dice. A failing case is found again by running the test again.
const SEED: u64 = 0x0005_EED0_F0DD_1CE5;

/// So many cases, the same ones each time, and nothing written beside the sources.
pub fn cases(count: u32) -> Config {
    Config { cases: count, failure_persistence: None, rng_seed: RngSeed::Fixed(SEED), ..Config::default() }
}

/// So many values, the same ones each time: for a second opinion that is asked once about all of them.
pub fn sample<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[0x5e; 32]);
    let mut runner = TestRunner::new_with_rng(cases(256), rng);
    let values = (0..count).map(|_| strategy.new_tree(&mut runner).map(|tree| tree.current()));
    values.collect::<Result<_, _>>().unwrap_or_else(|reason| panic!("no value could be made: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_fall_the_same_way_each_time() {
        assert_eq!(sample(&text(), 50), sample(&text(), 50));
        let (mut first, mut second) = (TestRunner::new(cases(1)), TestRunner::new(cases(1)));
        let drawn = |runner: &mut TestRunner| text().new_tree(runner).unwrap().current();
        assert_eq!(drawn(&mut first), drawn(&mut second));
    }

    #[test]
    fn the_text_is_as_nasty_as_it_says() {
        let all = sample(&text(), 400).concat();
        for wanted in ['"', ',', ';', '\n', '\r', '\u{0}', '\u{FEFF}', '\u{202E}', '\u{301}', '😀', '&', '<', '\\'] {
            assert!(all.contains(wanted), "{wanted:?}");
        }
        assert!(sample(&xml_text(), 400).concat().chars().all(|c| c >= ' ' || matches!(c, '\t' | '\n' | '\r')));
        assert!(!sample(&line(), 400).concat().chars().any(char::is_control));
    }

    #[test]
    fn python_gives_back_what_it_gets() {
        let given = serde_json::json!(sample(&text(), 100));
        assert_eq!(python("return given", &given), given);
    }
}
