-- What a subscriber signs in with beside the certificate, where the agent offers it.

CREATE TABLE subscriber_secrets (
    subscriber_id TEXT PRIMARY KEY REFERENCES subscribers (id),
    agent_id BIGINT NOT NULL,
    login TEXT NOT NULL,
    -- The hash with its parameters and its salt.
    password TEXT NOT NULL,
    -- The desk handed it out: until when it can be exchanged for one's own. None: it is the person's own.
    one_time_until BIGINT,
    -- The secret of the second device is derived from this and a key outside the database. None: there is no device.
    device_salt BYTEA CHECK (length(device_salt) = 16),
    -- The same of a device that has not shown its first code yet.
    offered_salt BYTEA CHECK (length(offered_salt) = 16),
    -- The newest time step whose code was used: a code is good once.
    last_step BIGINT NOT NULL,
    failures BIGINT NOT NULL CHECK (failures >= 0),
    locked_until BIGINT,
    set_at BIGINT NOT NULL,
    UNIQUE (agent_id, login)
);

-- A sign-in by password has no certificate.
ALTER TABLE sessions ALTER COLUMN certificate_id DROP NOT NULL;
CREATE INDEX sessions_of ON sessions (subscriber_id);
