-- Files of an import that a member of staff looks at before they are taken, and what came of it. The files go when it is done.

CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    created_at INTEGER NOT NULL,
    outcome TEXT
) STRICT;
CREATE INDEX imports_created ON imports (created_at);

CREATE TABLE import_files (
    import_id TEXT NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    octets BLOB NOT NULL,
    PRIMARY KEY (import_id, name)
) STRICT;
