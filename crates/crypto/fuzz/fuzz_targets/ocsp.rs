//! Fuzzes [`surguch_crypto_fuzz::ocsp`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::ocsp(data));
