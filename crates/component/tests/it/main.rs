//! Tests of the crate in one binary.

#![expect(clippy::unwrap_used, reason = "tests")]

mod window_samples;
mod windows;
mod windows_screen;
mod terminal;
#[cfg(debug_assertions)]
mod scripted;
