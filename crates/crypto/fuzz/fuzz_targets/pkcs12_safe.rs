//! Fuzzes [`surguch_crypto_fuzz::pkcs12_safe`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::pkcs12_safe(data));
