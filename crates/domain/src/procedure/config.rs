//! Raw `procedure.toml` and the one constructor that turns it into a [`Procedure`].

use super::Procedure;

/// Why a procedure's file is refused: file, line where known, reason.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{file}{}: {reason}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ProcedureError {
    /// The file, as given.
    pub file: String,
    /// Line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// A reminder rule, for example `expiry: 30d 14d 7d 3d 1d`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeRule {
    /// Which notice.
    pub notice: String,
    /// How long before; empty for notices of an event.
    pub before: Vec<super::Span>,
}

impl Procedure {
    /// Parses and validates `procedure.toml` of the folder `name`; `file` is only for messages.
    ///
    /// # Errors
    /// The file, the line where known, and the reason in words.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, ProcedureError> {
        let _ = (name, text);
        Err(ProcedureError { file: file.to_owned(), line: None, reason: "not written yet".to_owned() })
    }
}
