-- What a subscriber signs in with beside the certificate, where the agent offers it.

CREATE TABLE subscriber_secrets (
    subscriber_id TEXT NOT NULL PRIMARY KEY REFERENCES subscribers (id),
    agent_id INTEGER NOT NULL,
    login TEXT NOT NULL,
    -- The hash with its parameters and its salt.
    password TEXT NOT NULL,
    -- The desk handed it out: until when it can be exchanged for one's own. None: it is the person's own.
    one_time_until INTEGER,
    -- The secret of the second device is derived from this and a key outside the database. None: there is no device.
    device_salt BLOB CHECK (length(device_salt) = 16),
    -- The same of a device that has not shown its first code yet.
    offered_salt BLOB CHECK (length(offered_salt) = 16),
    -- The newest time step whose code was used: a code is good once.
    last_step INTEGER NOT NULL,
    failures INTEGER NOT NULL CHECK (failures >= 0),
    locked_until INTEGER,
    set_at INTEGER NOT NULL,
    UNIQUE (agent_id, login)
) STRICT;

-- A sign-in by password has no certificate.
CREATE TABLE sessions_wider (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    certificate_id TEXT REFERENCES certificates (id),
    agent_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
INSERT INTO sessions_wider (token_sha256, subscriber_id, certificate_id, agent_id, created_at, expires_at)
    SELECT token_sha256, subscriber_id, certificate_id, agent_id, created_at, expires_at FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_wider RENAME TO sessions;
CREATE INDEX sessions_expired ON sessions (expires_at);
CREATE INDEX sessions_of ON sessions (subscriber_id);
