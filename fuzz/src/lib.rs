//! What every program here does.

/// Tries an input on a target of `crates/fuzz-targets`.
pub fn run(name: &str, input: &[u8]) {
    let target = crossdock_fuzz_targets::find(name).expect("each program is named after its target");
    (target.run)(input);
}
