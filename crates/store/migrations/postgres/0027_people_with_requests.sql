-- Whether a request was ever begun for a person. A search by the beginning of a name reads those people alone, however many others there are of
-- whom nothing was ever asked.

ALTER TABLE subscribers ADD COLUMN has_requests BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE subscribers SET has_requests = TRUE WHERE id IN (SELECT subscriber_id FROM requests);
CREATE INDEX subscribers_with_requests_by_folded ON subscribers (agent_id, name_folded, id) WHERE has_requests = TRUE;
CREATE INDEX subscribers_with_requests_by_common_name ON subscribers (agent_id, common_name_folded, id) WHERE has_requests = TRUE;
