-- Drafts and files: what citizens work on before anything is submitted.

-- A draft belongs to whoever holds the visitor's secret or the resume link;
-- only hashes of both are kept. `revision` guards against two open tabs.
CREATE TABLE draft (
    tenant_id    TEXT    NOT NULL,
    id           BLOB    NOT NULL,
    visitor_hash TEXT    NOT NULL,
    resume_hash  TEXT,
    service      TEXT    NOT NULL,
    definition   TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    answers      TEXT    NOT NULL,
    page_state   TEXT    NOT NULL,
    revision     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, resume_hash)
) STRICT;

CREATE INDEX draft_by_visitor ON draft (tenant_id, visitor_hash, updated_at);
-- The sweeper serves all tenants at once and therefore asks by time alone.
CREATE INDEX draft_by_expiry ON draft (expires_at);

-- A file belongs to a draft until the submission claims it for the case. What
-- a draft still holds when it goes, goes with it. `seq` is the step of the
-- case that handed the file in. The case may not exist yet when the file
-- arrives, therefore no foreign key; the sweeper takes what was left behind.
CREATE TABLE upload (
    tenant_id  TEXT    NOT NULL,
    id         BLOB    NOT NULL,
    draft_id   BLOB,
    case_id    BLOB,
    seq        INTEGER,
    field      TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    size       INTEGER NOT NULL,
    sha256     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, draft_id) REFERENCES draft (tenant_id, id) ON DELETE CASCADE,
    CHECK (draft_id IS NULL OR case_id IS NULL)
) STRICT;

CREATE INDEX upload_by_draft ON upload (tenant_id, draft_id, created_at, id);
CREATE INDEX upload_by_case ON upload (tenant_id, case_id, seq, created_at, id);
-- Files that no step has claimed, for the sweeper.
CREATE INDEX upload_unclaimed ON upload (created_at) WHERE seq IS NULL;

-- The bytes of one upload. They are not shared between uploads: erasing a
-- case never has to ask who else refers to its files.
CREATE TABLE upload_content (
    tenant_id TEXT NOT NULL,
    upload_id BLOB NOT NULL,
    bytes     BLOB NOT NULL,
    PRIMARY KEY (tenant_id, upload_id),
    FOREIGN KEY (tenant_id, upload_id) REFERENCES upload (tenant_id, id) ON DELETE CASCADE
) STRICT;
