-- A certificate of record with which a member of staff signs in at the desk, and how the tries with it went.

CREATE TABLE staff_certificates (
    staff_id TEXT NOT NULL PRIMARY KEY REFERENCES staff (id),
    certificate_id TEXT NOT NULL UNIQUE REFERENCES certificates (id),
    failures INTEGER NOT NULL CHECK (failures >= 0),
    locked_until INTEGER,
    set_at INTEGER NOT NULL
) STRICT;

-- By which certificate a sign-in was made; none: by password and code.
ALTER TABLE staff_sessions ADD COLUMN certificate_id TEXT REFERENCES certificates (id);
