-- The act signed by the agent too.
ALTER TABLE request_files ADD COLUMN act_cms_agent BYTEA;
