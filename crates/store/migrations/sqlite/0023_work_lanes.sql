-- Each kind of work is read off in the order in which it is due: a hundred thousand letters that no server takes cost the house nothing.
DROP INDEX outbox_due;
CREATE INDEX outbox_due_house ON outbox (due_at, id) WHERE state = 'pending' AND kind <> 'notify';
CREATE INDEX outbox_due_letters ON outbox (due_at, id) WHERE state = 'pending' AND kind = 'notify';
