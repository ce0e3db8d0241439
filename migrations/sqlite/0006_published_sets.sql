-- Whole sets of definitions that were published, and from when they hold.

-- All files of a set, by the hash of their content.
CREATE TABLE definition_set (
    tenant_id  TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    files      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hash)
) STRICT;

-- From `valid_from` on every node works with this set, until the next one.
-- Rows are never deleted: they tell which set was in force on any day. One
-- that was withdrawn before its moment stays with the time of the withdrawal.
CREATE TABLE publication (
    tenant_id      TEXT    NOT NULL,
    id             BLOB    NOT NULL,
    definition_set TEXT    NOT NULL,
    valid_from     INTEGER NOT NULL,
    published_at   INTEGER NOT NULL,
    withdrawn_at   INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, definition_set) REFERENCES definition_set (tenant_id, hash)
) STRICT;

-- What is in force at a moment is one look into this index, which every node
-- takes every few seconds. No two sets take effect at once.
CREATE UNIQUE INDEX publication_in_force
    ON publication (tenant_id, valid_from) WHERE withdrawn_at IS NULL;

-- The versions of a service that drafts and cases may be pinned to.
CREATE INDEX bundle_by_service ON bundle (tenant_id, service, hash);

-- The definition an open case runs on; empty once it is closed. NULL stands
-- in rows of a program that did not know the column, until the worker has
-- filled them.
ALTER TABLE case_file ADD COLUMN running_on TEXT;
