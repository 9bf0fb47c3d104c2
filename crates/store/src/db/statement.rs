//! Named statements. Every text the house sends to a database is a constant here or in a module's `sql!` block; there is no other
//! way to run one, and the list of all of them is what a test prepares on both databases.

/// One statement in `$1` numbering, with one text for both databases or two texts side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

/// One text for both.
pub(crate) const fn both(text: &'static str) -> Statement {
    Statement { sqlite: text, postgres: text }
}

/// Two texts where the dialects part.
pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Statement {
    Statement { sqlite, postgres }
}

/// Declares the statements of a module and `ALL`, the list of them.
macro_rules! sql {
    ($($(#[$doc:meta])* $name:ident = $statement:expr;)+) => {
        $($(#[$doc])* const $name: $crate::db::statement::Statement = $statement;)+
        /// Every statement of this module.
        pub(crate) const ALL: &[$crate::db::statement::Statement] = &[$($name),+];
    };
}
pub(crate) use sql;
