-- What anybody writes to the bank at its public page. What belongs to a request becomes a message of it; the rest waits for a person.
CREATE TABLE inquiries (
    -- The id of the message that it becomes.
    id TEXT NOT NULL PRIMARY KEY,
    agent_id INTEGER NOT NULL,
    subject TEXT NOT NULL,
    -- As it was typed.
    unz TEXT,
    -- УНЗ of the codes that were read on the scans, with a space between.
    coded TEXT NOT NULL,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    text TEXT NOT NULL,
    came_at INTEGER NOT NULL,
    request_id TEXT REFERENCES requests (id),
    closed_at INTEGER,
    -- Who of the staff bound it or put it away; nobody where a number or a code said what it is about.
    closed_by TEXT REFERENCES staff (id),
    reason TEXT,
    CHECK (request_id IS NULL OR closed_at IS NOT NULL)
) STRICT;
CREATE INDEX inquiries_open ON inquiries (agent_id, came_at, id) WHERE closed_at IS NULL;

CREATE TABLE inquiry_files (
    inquiry_id TEXT NOT NULL REFERENCES inquiries (id),
    place INTEGER NOT NULL CHECK (place >= 0),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    octets BLOB NOT NULL,
    PRIMARY KEY (inquiry_id, place)
) STRICT;

-- Who says that the message is theirs, where it came by the public page and nobody has proved to be the client.
ALTER TABLE messages ADD COLUMN stranger TEXT;
