-- People who ask for a first certificate at the public door, as they say it themselves, and whether the bank has taken them in.

ALTER TABLE subscribers ADD COLUMN admitted INTEGER NOT NULL DEFAULT 1 CHECK (admitted IN (0, 1));

CREATE TABLE applicants (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
    -- Who holds the secret may go on with the request.
    secret_sha256 BLOB NOT NULL UNIQUE CHECK (length(secret_sha256) = 32),
    surname TEXT NOT NULL,
    given_name TEXT NOT NULL,
    patronymic TEXT,
    organisation TEXT,
    inn TEXT,
    country TEXT NOT NULL,
    city TEXT NOT NULL,
    address TEXT NOT NULL,
    CHECK ((organisation IS NULL) = (inn IS NULL))
) STRICT;
CREATE INDEX applicants_by_inn ON applicants (inn) WHERE inn IS NOT NULL;
