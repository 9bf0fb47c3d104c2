-- Whether the address of a request answered. The desk lists only requests of which this is true: the queue is read by it.

ALTER TABLE requests ADD COLUMN email_confirmed INTEGER NOT NULL DEFAULT 1 CHECK (email_confirmed IN (0, 1));

DROP INDEX requests_queue;
CREATE INDEX requests_queue ON requests (agent_id, email_confirmed, stage, (COALESCE(eta, 9223372036854775807)), id);
