-- When the house last looked for certificates that end soon, and the order in which it looks.
CREATE TABLE reminders (
    agent_id INTEGER NOT NULL PRIMARY KEY,
    looked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_ending ON certificates (agent_id, not_after, id)
    WHERE revoked_at IS NULL AND superseded_from IS NULL;
