//! Named statements. Every text the house sends to a database is a constant here or in a module's `sql!` block; there is no other
//! way to run one, and the list of all of them is what a test prepares on both databases.

/// One statement in `$1` numbering, with one text for both databases or two texts side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
    /// Whether PostgreSQL plans it for the values of each call.
    pub(crate) by_values: bool,
}

/// One text for both.
pub(crate) const fn both(text: &'static str) -> Statement {
    each(text, text)
}

/// Two texts where the dialects part.
pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Statement {
    Statement { sqlite, postgres, by_values: false }
}

/// One that PostgreSQL plans for the values of each call. After five calls it would keep a plan for any values at all: of a span of time whose ends
/// it does not know it expects so little that it sorts years for one page, and of stages it does not know so much that it reads every request.
pub(crate) const fn by_values(statement: Statement) -> Statement {
    Statement { by_values: true, ..statement }
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

/// How SQLite goes about statements.
#[cfg(test)]
pub(crate) mod plans {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::Statement;

    /// A database with every migration and nothing in it.
    pub(crate) fn fresh(folder: &tempfile::TempDir) -> rusqlite::Connection {
        let file = folder.path().join("surguch.db");
        drop(crate::Store::open(&crate::Location::Sqlite(file.clone())).unwrap());
        rusqlite::Connection::open(file).unwrap()
    }

    pub(crate) fn steps(database: &rusqlite::Connection, statement: &Statement) -> Vec<String> {
        let mut plan = database.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sqlite)).unwrap();
        let (mut rows, mut steps) = (plan.raw_query(), Vec::new());
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get(3).unwrap());
        }
        steps
    }
}
