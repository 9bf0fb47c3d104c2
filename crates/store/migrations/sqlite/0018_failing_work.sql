-- What the desk is told of: work that failed and is tried again, among everything that waits for its day.
CREATE INDEX outbox_failing ON outbox (due_at, id) WHERE state = 'pending' AND last_error IS NOT NULL AND kind <> 'notify';
