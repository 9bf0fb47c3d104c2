-- The client who asked to read a medium or to delete a key: another one's answer under that ticket is none.
ALTER TABLE component_tickets ADD COLUMN subscriber_id TEXT REFERENCES subscribers (id);
