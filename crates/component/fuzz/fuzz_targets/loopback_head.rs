//! Fuzzes [`surguch_component_fuzz::loopback_head`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_component_fuzz::loopback_head(data));
