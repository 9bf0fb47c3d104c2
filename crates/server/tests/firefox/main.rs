//! The client's component in Firefox: the extension, which is one for both families of browsers, the component's own program, a software
//! card, the page for tests. A script stands in the person's place.
//!
//! A binary of its own, and none of those that `cargo test` runs by itself: it wants geckodriver, which is built from its sources.
//! `cargo xtask test --only slow-firefox` brings everything, builds it and runs this.

#![expect(clippy::unwrap_used, reason = "tests")]

#[expect(dead_code, reason = "more tests than these stand on it")]
#[path = "../it/bank.rs"]
mod bank;
#[expect(dead_code, reason = "so do these")]
#[path = "../it/component_in_chromium.rs"]
mod component_in_chromium;

mod component_in_firefox;
