-- Papers that were registered, their scans by hash, and steps that wait for a second person.

CREATE TABLE scans (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    kind TEXT NOT NULL CHECK (kind IN ('pdf', 'jpeg', 'png')),
    octets BLOB NOT NULL
) STRICT;

CREATE TABLE papers (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    document TEXT NOT NULL CHECK (document IN ('application', 'act')),
    copies INTEGER NOT NULL CHECK (copies BETWEEN 1 AND 9),
    seal INTEGER NOT NULL CHECK (seal IN (0, 1)),
    channel TEXT NOT NULL CHECK (channel IN ('branch', 'post', 'site', 'message')),
    scan_sha256 BLOB REFERENCES scans (sha256),
    registered_by TEXT NOT NULL REFERENCES staff (id),
    registered_at INTEGER NOT NULL
) STRICT;
CREATE INDEX papers_of_request ON papers (request_id, id);

CREATE TABLE proposals (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    -- What it is about: `certificate:ID`, `request:ID`.
    object TEXT NOT NULL,
    step TEXT NOT NULL,
    -- What the step needs: a reason of RFC 5280, an address.
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    -- The object as the first person saw it.
    version INTEGER NOT NULL,
    proposed_by TEXT NOT NULL REFERENCES staff (id),
    proposed_at INTEGER NOT NULL,
    decided_by TEXT REFERENCES staff (id),
    decided_at INTEGER,
    outcome TEXT CHECK (outcome IN ('confirmed', 'declined')),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL) AND (decided_at IS NULL) = (outcome IS NULL))
) STRICT;
-- One open proposal of a kind about one object (two people at once meet here).
CREATE UNIQUE INDEX proposals_one_open ON proposals (object, step) WHERE decided_at IS NULL;
CREATE INDEX proposals_open ON proposals (agent_id, proposed_at, id) WHERE decided_at IS NULL;
