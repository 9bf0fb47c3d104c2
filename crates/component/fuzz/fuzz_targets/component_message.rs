//! Fuzzes [`surguch_component_fuzz::component_message`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_component_fuzz::component_message(data));
