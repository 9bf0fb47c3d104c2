//! Fuzzes [`surguch_crypto_fuzz::pkcs12`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::pkcs12(data));
