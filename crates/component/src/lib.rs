//! «Компонент безопасности»: drives the client's token for the browser.

pub mod prompt;
