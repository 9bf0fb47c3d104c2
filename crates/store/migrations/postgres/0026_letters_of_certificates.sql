-- The letters about one certificate: those about what was done to it have its id in their key, `notify:certificate:ID:…`.
CREATE INDEX outbox_of_certificate ON outbox (substr(key, 20, 36)) WHERE kind = 'notify';
