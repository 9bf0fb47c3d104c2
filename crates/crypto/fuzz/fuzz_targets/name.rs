//! Fuzzes [`surguch_crypto_fuzz::name`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::name(data));
