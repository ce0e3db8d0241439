-- Rows the worker has still to fill; empty soon after the update.
CREATE INDEX case_file_to_fill ON case_file (tenant_id, id) WHERE running_on IS NULL;
