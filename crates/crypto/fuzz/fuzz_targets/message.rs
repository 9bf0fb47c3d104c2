//! Fuzzes [`surguch_crypto_fuzz::message`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::message(data));
