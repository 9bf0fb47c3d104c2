//! Fuzzes [`surguch_crypto_fuzz::time_stamp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::time_stamp(data));
