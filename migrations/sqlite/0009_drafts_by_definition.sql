-- Which drafts a changed definition concerns.
CREATE INDEX draft_by_definition ON draft (tenant_id, definition, id);
