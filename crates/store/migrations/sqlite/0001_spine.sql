-- The spine: clients, requests, certificates, journal, outbox.
-- Times are milliseconds since 1970 in UTC, ids are texts, digests are octets. Words in CHECK are the domain's own.

CREATE TABLE procedures (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    name TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE organisations (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    agent_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    inn TEXT NOT NULL,
    city TEXT NOT NULL,
    UNIQUE (agent_id, inn)
) STRICT;

CREATE TABLE subscribers (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    agent_id INTEGER NOT NULL,
    organisation_id TEXT REFERENCES organisations (id),
    owner_id TEXT NOT NULL UNIQUE,
    name_nominative TEXT NOT NULL,
    name_genitive TEXT NOT NULL,
    name_instrumental TEXT NOT NULL,
    gender TEXT NOT NULL CHECK (gender IN ('male', 'female')),
    position TEXT NOT NULL,
    basis TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- Names are looked up by digest: an index cannot hold a long text.
    subject_sha256 BLOB NOT NULL CHECK (length(subject_sha256) = 32),
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    barred INTEGER NOT NULL CHECK (barred IN (0, 1)),
    UNIQUE (agent_id, subject_sha256)
) STRICT;

CREATE TABLE authorities (
    thumbprint_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(thumbprint_sha256) = 32),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('own', 'imported')),
    der BLOB NOT NULL,
    chain_position INTEGER,
    imported_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX authorities_own_name ON authorities (name) WHERE kind = 'own';

CREATE TABLE imported_crls (
    thumbprint_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(thumbprint_sha256) = 32),
    issuer_sha256 BLOB NOT NULL CHECK (length(issuer_sha256) = 32),
    der BLOB NOT NULL
) STRICT;

CREATE TABLE crls (
    authority TEXT NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    der BLOB NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    entries INTEGER NOT NULL CHECK (entries >= 0),
    PRIMARY KEY (authority, number)
) STRICT;

CREATE TABLE staff (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    roles TEXT NOT NULL,
    token_sha256 BLOB NOT NULL UNIQUE CHECK (length(token_sha256) = 32),
    created_at INTEGER NOT NULL,
    disabled_at INTEGER
) STRICT;

CREATE TABLE requests (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    agent_id INTEGER NOT NULL,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    kind TEXT NOT NULL
        CHECK (kind IN ('first-issue', 'renewal', 'regeneration', 'replacement', 'reissue', 'medium-migration')),
    procedure TEXT NOT NULL,
    procedure_sha256 BLOB NOT NULL REFERENCES procedures (sha256),
    unz TEXT NOT NULL UNIQUE CHECK (length(unz) = 14),
    nonce TEXT NOT NULL CHECK (length(nonce) = 32),
    subject TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    predecessor TEXT REFERENCES certificates (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    idempotency_key TEXT,
    -- Which of the following columns are filled follows from the stage; the reader checks it.
    stage TEXT NOT NULL
        CHECK (stage IN ('draft', 'key-ready', 'signed', 'accepted', 'in-review', 'needs-fix', 'approved', 'issued',
            'act-signed', 'installed', 'proven', 'in-service', 'rejected', 'cancelled', 'expired')),
    spki_sha256 BLOB CHECK (length(spki_sha256) = 32),
    accepted_at INTEGER,
    eta INTEGER,
    first_approval TEXT,
    approvals TEXT,
    reason TEXT,
    certificate_id TEXT REFERENCES certificates (id),
    issued_at INTEGER,
    delivered_at INTEGER,
    since INTEGER,
    rejected_by TEXT,
    act TEXT NOT NULL CHECK (act IN ('none', 'drawn', 'client-signed', 'bank-signed', 'received', 'overdue')),
    act_at INTEGER,
    act_due INTEGER,
    UNIQUE (subscriber_id, idempotency_key)
) STRICT;
-- One open request a person (two beginnings at once meet here).
CREATE UNIQUE INDEX requests_one_open ON requests (subscriber_id)
    WHERE stage NOT IN ('in-service', 'rejected', 'cancelled', 'expired');
-- The worklist, page by page.
CREATE INDEX requests_queue ON requests (agent_id, stage, (COALESCE(eta, 9223372036854775807)), id);

CREATE TABLE certificates (
    id TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    agent_id INTEGER NOT NULL,
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    request_id TEXT REFERENCES requests (id),
    authority TEXT NOT NULL,
    serial_hex TEXT NOT NULL CHECK (length(serial_hex) >= 2),
    der BLOB NOT NULL,
    spki_sha256 BLOB NOT NULL UNIQUE CHECK (length(spki_sha256) = 32),
    thumbprint_sha256 BLOB NOT NULL UNIQUE CHECK (length(thumbprint_sha256) = 32),
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    progress TEXT NOT NULL CHECK (progress IN ('issued', 'delivered', 'installed', 'active')),
    blocked_since INTEGER,
    revoked_at INTEGER,
    revocation_reason TEXT
        CHECK (revocation_reason IN ('unspecified', 'keyCompromise', 'affiliationChanged', 'superseded',
            'cessationOfOperation', 'certificateHold', 'privilegeWithdrawn')),
    superseded_from INTEGER
) STRICT;
-- A serial number is one authority's own; imported certificates come from several.
CREATE UNIQUE INDEX certificates_serial ON certificates (authority, serial_hex) WHERE authority <> 'imported';
CREATE INDEX certificates_imported_serial ON certificates (serial_hex) WHERE authority = 'imported';
CREATE INDEX certificates_of_subscriber ON certificates (subscriber_id, id);
CREATE INDEX certificates_of_request ON certificates (request_id);
CREATE INDEX certificates_revoked ON certificates (authority, serial_hex) WHERE revoked_at IS NOT NULL;

CREATE TABLE request_files (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
    pkcs10 BLOB,
    request_text TEXT,
    submission_cms BLOB,
    act_text TEXT,
    act_cms BLOB,
    challenge_text TEXT,
    proof_cms BLOB
) STRICT;

-- Every key ever seen. It belongs to the first object that showed it.
CREATE TABLE keys (
    spki_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(spki_sha256) = 32),
    request_id TEXT REFERENCES requests (id),
    certificate_id TEXT REFERENCES certificates (id),
    blocked_reason TEXT,
    seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE intents (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
    authority TEXT NOT NULL,
    serial_hex TEXT NOT NULL CHECK (length(serial_hex) >= 2),
    tbs BLOB NOT NULL,
    tbs_sha256 BLOB NOT NULL CHECK (length(tbs_sha256) = 32),
    spki_sha256 BLOB NOT NULL CHECK (length(spki_sha256) = 32),
    -- The certificate does not exist yet.
    certificate_id TEXT NOT NULL UNIQUE,
    profile_sha256 BLOB NOT NULL CHECK (length(profile_sha256) = 32),
    created_at INTEGER NOT NULL,
    completed_at INTEGER,
    UNIQUE (authority, serial_hex)
) STRICT;
CREATE INDEX intents_open ON intents (created_at, request_id) WHERE completed_at IS NULL;

CREATE TABLE links (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    agent_id INTEGER NOT NULL,
    number INTEGER NOT NULL CHECK (number >= 1),
    code_sha256 BLOB NOT NULL UNIQUE CHECK (length(code_sha256) = 32),
    state TEXT NOT NULL CHECK (state IN ('live', 'spent', 'replaced', 'dead')),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (request_id, number)
) STRICT;
CREATE UNIQUE INDEX links_one_live ON links (request_id) WHERE state = 'live';

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    request_id TEXT REFERENCES requests (id),
    payload TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'stuck')),
    leased_until INTEGER,
    last_error TEXT,
    done_at INTEGER
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'pending';
CREATE INDEX outbox_stuck ON outbox (due_at, id) WHERE state = 'stuck';
CREATE INDEX outbox_of_request ON outbox (request_id);

CREATE TABLE tickets (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    kind TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    UNIQUE (request_id, kind)
) STRICT;
CREATE INDEX tickets_open ON tickets (opened_at, id) WHERE closed_at IS NULL;

CREATE TABLE challenges (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX challenges_expired ON challenges (expires_at);

CREATE TABLE sessions (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    subscriber_id TEXT NOT NULL REFERENCES subscribers (id),
    certificate_id TEXT NOT NULL REFERENCES certificates (id),
    agent_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_expired ON sessions (expires_at);

-- The evidence: sixteen chains.
CREATE TABLE journal (
    lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 15),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    object TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (lane, seq)
) STRICT;
CREATE INDEX journal_of_object ON journal (object, seq);
CREATE INDEX journal_in_time ON journal (at, lane, seq);

CREATE TABLE journal_heads (
    lane INTEGER PRIMARY KEY CHECK (lane BETWEEN 0 AND 15),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO journal_heads (lane, seq, hash)
    WITH RECURSIVE lanes (lane) AS (SELECT 0 UNION ALL SELECT lane + 1 FROM lanes WHERE lane < 15)
    SELECT lane, 0, zeroblob(32) FROM lanes;

CREATE TABLE checkpoints (
    number INTEGER PRIMARY KEY CHECK (number >= 1),
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    signature BLOB NOT NULL,
    algorithm TEXT NOT NULL
) STRICT;
