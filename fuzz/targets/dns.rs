//! libFuzzer's way to `d1_fuzz::dns`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| d1_fuzz::dns(bytes));
