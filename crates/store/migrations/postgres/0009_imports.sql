-- Files of an import that a member of staff looks at before they are taken, and what came of it. The files go when it is done.

CREATE TABLE imports (
    id TEXT PRIMARY KEY,
    agent_id BIGINT NOT NULL,
    staff_id TEXT NOT NULL REFERENCES staff (id),
    created_at BIGINT NOT NULL,
    outcome TEXT
);
CREATE INDEX imports_created ON imports (created_at);

CREATE TABLE import_files (
    import_id TEXT NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    octets BYTEA NOT NULL,
    PRIMARY KEY (import_id, name)
);
