-- What the bank's record said of the client when they asked, as JSON: the record may change before the bank decides, and the desk compares the two.
ALTER TABLE request_files ADD COLUMN record_then TEXT;
