//! Not a target: writes the seed corpora and ends. libFuzzer owns the arguments, so the folder comes by the environment:
//! `SURGUCH_FUZZ_CORPUS` gets one folder a target.
#![no_main]

libfuzzer_sys::fuzz_target!(init: surguch_component_fuzz::seeds::write_by_environment(), |_data: &[u8]| {});
