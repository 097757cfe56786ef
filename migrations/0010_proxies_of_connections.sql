-- The way to a system: nothing for that of the machine, "none", or the address of a proxy without its password, and
-- where that is kept.
ALTER TABLE connection ADD COLUMN proxy {text};
ALTER TABLE connection ADD COLUMN proxy_secret {text};
