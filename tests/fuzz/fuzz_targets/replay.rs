//! libFuzzer's program for the target of this name: see `perigee_tests::fuzz`.

#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| perigee_tests::fuzz::run("replay", bytes));
