//! SQLite and PostgreSQL behind one small face: rows, journal, outbox, views, migrations.
