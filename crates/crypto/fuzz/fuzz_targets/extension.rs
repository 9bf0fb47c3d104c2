//! Fuzzes [`surguch_crypto_fuzz::extension`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::extension(data));
