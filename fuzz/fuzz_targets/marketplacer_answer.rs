#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| crossdock_fuzz::run("marketplacer_answer", input));
