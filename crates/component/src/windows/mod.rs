//! The component's own windows. [`run`] gives an operation a [`Prompt`](crate::prompt::Prompt) that asks in one window, which stays open from the
//! first question to the end of the operation. [`Sheet`] is what the window shows.

mod app;
mod look;
mod secret_field;
mod sheet;

pub use app::{Settings, Theme, run};
pub use sheet::{DEAF_SECONDS, Sheet};

/// Installs typeface and colours into a context of egui's. [`run`] does it for its own.
pub fn dress(ctx: &eframe::egui::Context) {
    look::dress(ctx);
}
