-- no-transaction
-- Which drafts a changed definition concerns.
CREATE INDEX CONCURRENTLY draft_by_definition ON draft (tenant_id, definition, id);
