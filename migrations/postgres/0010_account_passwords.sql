-- A password that was made for somebody works once and not for long: until
-- then it lets them in to set their own. NULL for a password of their own.
ALTER TABLE account ADD COLUMN initial_until bigint;
