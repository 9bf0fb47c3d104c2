//! Fuzzes [`surguch_crypto_fuzz::encrypted_private_key`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_crypto_fuzz::encrypted_private_key(data));
