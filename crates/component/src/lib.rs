//! «Компонент безопасности»: drives the client's token for the browser.

pub mod prompt;
#[cfg(debug_assertions)]
pub mod scripted;
pub mod terminal;
pub mod windows;
