-- What the branch works off: requests that wait for a paper, by the day on which it must be in.
CREATE INDEX requests_application_awaited ON requests (agent_id, expires_at, id) WHERE stage = 'accepted' AND email_confirmed = TRUE;
CREATE INDEX requests_act_awaited ON requests (agent_id, procedure, (COALESCE(act_due, expires_at)), id)
    WHERE act IN ('drawn', 'overdue');
