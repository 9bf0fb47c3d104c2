-- How staff sign in on pages: a password (Argon2id) and a code of a second device. And what open sign-ins there are.

CREATE TABLE staff_secrets (
    staff_id TEXT NOT NULL PRIMARY KEY REFERENCES staff (id),
    login TEXT NOT NULL UNIQUE,
    -- The hash with its parameters and its salt.
    password TEXT NOT NULL,
    -- The secret of the second device is derived from this and a key outside the database.
    salt BLOB NOT NULL CHECK (length(salt) = 16),
    -- The newest time step whose code was used: a code is good once.
    last_step INTEGER NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    locked_until INTEGER,
    set_at INTEGER NOT NULL
) STRICT;

CREATE TABLE staff_sessions (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    staff_id TEXT NOT NULL REFERENCES staff (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX staff_sessions_of ON staff_sessions (staff_id);
CREATE INDEX staff_sessions_expired ON staff_sessions (expires_at);

-- What the desk looks up.
CREATE INDEX certificates_any_serial ON certificates (serial_hex);
CREATE INDEX subscribers_by_name ON subscribers (agent_id, name_nominative);
