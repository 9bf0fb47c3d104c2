//! Fuzzes [`surguch_component_fuzz::host_frame`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| surguch_component_fuzz::host_frame(data));
