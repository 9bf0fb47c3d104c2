-- What a client and the bank write to each other about a request, and the files that go with it.
CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    -- Nobody of the staff: the client wrote it.
    staff_id TEXT REFERENCES staff (id),
    text TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    -- When the other side took note of it.
    read_at BIGINT
);
CREATE INDEX messages_of ON messages (request_id, sent_at);
CREATE INDEX messages_unread ON messages (sent_at) WHERE read_at IS NULL;

CREATE TABLE message_files (
    message_id TEXT NOT NULL REFERENCES messages (id),
    place BIGINT NOT NULL CHECK (place >= 0),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 BYTEA NOT NULL CHECK (length(sha256) = 32),
    octets BYTEA NOT NULL,
    PRIMARY KEY (message_id, place)
);
