-- Whose password opened the sign-in, where one did: by now it may look at another organisation of the same person, and it ends with that password
-- all the same.
ALTER TABLE sessions ADD COLUMN password_of TEXT REFERENCES subscribers (id);
-- Which of the open ones has moved already was never written down; they end in their time.
UPDATE sessions SET password_of = subscriber_id WHERE certificate_id IS NULL;
CREATE INDEX sessions_by_password ON sessions (password_of) WHERE password_of IS NOT NULL;
