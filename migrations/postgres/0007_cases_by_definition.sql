-- no-transaction
-- Which open cases a changed definition concerns. Closed cases are not in it,
-- so it stays small however old the town gets.
CREATE INDEX CONCURRENTLY case_file_running_on
    ON case_file (tenant_id, running_on, id) WHERE running_on <> '';
