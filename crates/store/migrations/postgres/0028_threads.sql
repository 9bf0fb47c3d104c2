-- A request that was written about, as the bank's list of messages shows it: kept with every message, so that a page of the list costs the same
-- however much was ever written.
CREATE TABLE threads (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES requests (id),
    agent_id BIGINT NOT NULL,
    -- When the newest message was sent.
    last_at BIGINT NOT NULL,
    -- Messages of the client, or of strangers, that the bank has not taken note of.
    unread BIGINT NOT NULL CHECK (unread >= 0)
);
INSERT INTO threads (request_id, agent_id, last_at, unread)
    SELECT messages.request_id, requests.agent_id, MAX(messages.sent_at),
        COUNT(CASE WHEN messages.staff_id IS NULL AND messages.read_at IS NULL THEN 1 END)
    FROM messages JOIN requests ON requests.id = messages.request_id GROUP BY messages.request_id, requests.agent_id;
CREATE INDEX threads_unread ON threads (agent_id, last_at, request_id) WHERE unread > 0;
CREATE INDEX threads_read ON threads (agent_id, last_at, request_id) WHERE unread = 0;
-- Nothing was ever read by it.
DROP INDEX messages_unread;
