-- A person who signs for several organisations is on record once for each. Whoever has proved the certificates of two of them is one.

CREATE TABLE same_person (
    subscriber_id TEXT NOT NULL PRIMARY KEY REFERENCES subscribers (id),
    -- The first of them; the same in every row of one person.
    person TEXT NOT NULL REFERENCES subscribers (id),
    joined_at INTEGER NOT NULL
) STRICT;
CREATE INDEX same_person_all ON same_person (person);
