//! What can go wrong in the store, sorted by who must act.

/// A failure of the store. Texts name tables, columns, codes and files, never values.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// Somebody changed the row first: load again and decide anew.
    #[error("{what} was changed meanwhile")]
    Conflict {
        /// The noun: `request`, `certificate`, `link`.
        what: &'static str,
    },
    /// A row with this unique value exists.
    #[error("{what} is there already")]
    AlreadyThere {
        /// `table.column`, several joined by `, `: `links.request_id, links.number`.
        what: String,
    },
    /// The database cannot be reached or cannot write now; a later try may succeed. After a lost answer to COMMIT the change may
    /// stand: retry the verb, whose caller-made ids find what was made.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A row says two things that cannot both be true, or something this program has no word for. An operator must look.
    #[error("row {row} of {table} contradicts itself in {column}")]
    Contradiction {
        /// Its table.
        table: &'static str,
        /// The first column that does not fit.
        column: &'static str,
        /// Its first column, in words.
        row: String,
    },
    /// Ours: a statement that cannot be right, a schema of another version.
    #[error("store: {0}")]
    Internal(String),
}
