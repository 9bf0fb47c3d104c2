-- Tickets given to the client's component. A nonce is answered once.
CREATE TABLE component_tickets (
    nonce TEXT PRIMARY KEY,
    agent_id BIGINT NOT NULL,
    operation TEXT NOT NULL,
    request_id TEXT REFERENCES requests (id),
    payload TEXT NOT NULL,
    issued_at BIGINT NOT NULL,
    started_at BIGINT,
    answered_at BIGINT
);
CREATE INDEX component_tickets_issued ON component_tickets (issued_at);

-- The values of the act, so that the component renders it from the same; and the act signed by the new key too.
ALTER TABLE request_files ADD COLUMN act_fields TEXT;
ALTER TABLE request_files ADD COLUMN act_time TEXT;
ALTER TABLE request_files ADD COLUMN act_cms_new_key BYTEA;
