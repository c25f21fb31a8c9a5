//! libFuzzer's way to `d1_fuzz::eapol`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| d1_fuzz::eapol(bytes));
