-- Where the client's machine says that the new key is: the kind of the medium, and a token's serial number. Nothing proves it.
ALTER TABLE request_files ADD COLUMN key_medium TEXT;
ALTER TABLE request_files ADD COLUMN key_serial TEXT;
