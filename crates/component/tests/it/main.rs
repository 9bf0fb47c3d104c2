//! Tests of the crate in one binary.

#![expect(clippy::unwrap_used, reason = "tests")]

#[cfg(unix)]
mod bench;
#[cfg(unix)]
mod doctor;
#[cfg(unix)]
mod hosted;
#[cfg(unix)]
mod operations;
#[cfg(debug_assertions)]
mod scripted;
mod terminal;
mod terminal_session;
mod window_samples;
mod windows;
mod windows_screen;
