-- Drafts and files: what citizens work on before anything is submitted.

-- A draft belongs to whoever holds the visitor's secret or the resume link;
-- only hashes of both are kept. `revision` guards against two open tabs.
CREATE TABLE draft (
    tenant_id    text   NOT NULL,
    id           uuid   NOT NULL,
    visitor_hash text   NOT NULL,
    resume_hash  text,
    service      text   NOT NULL,
    definition   text   NOT NULL,
    language     text   NOT NULL,
    answers      text   NOT NULL,
    page_state   text   NOT NULL,
    revision     bigint NOT NULL,
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, resume_hash)
);

CREATE INDEX draft_by_visitor ON draft (tenant_id, visitor_hash, updated_at);
-- The sweeper serves all tenants at once and therefore asks by time alone.
CREATE INDEX draft_by_expiry ON draft (expires_at);

-- A file belongs to a draft until the submission claims it for the case. What
-- a draft still holds when it goes, goes with it. `seq` is the step of the
-- case that handed the file in. The case may not exist yet when the file
-- arrives, therefore no foreign key; the sweeper takes what was left behind.
CREATE TABLE upload (
    tenant_id  text   NOT NULL,
    id         uuid   NOT NULL,
    draft_id   uuid,
    case_id    uuid,
    seq        bigint,
    field      text   NOT NULL,
    name       text   NOT NULL,
    media_type text   NOT NULL,
    size       bigint NOT NULL,
    sha256     text   NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, draft_id) REFERENCES draft (tenant_id, id) ON DELETE CASCADE,
    CHECK (draft_id IS NULL OR case_id IS NULL)
);

CREATE INDEX upload_by_draft ON upload (tenant_id, draft_id, created_at, id);
CREATE INDEX upload_by_case ON upload (tenant_id, case_id, seq, created_at, id);
-- Files that no step has claimed, for the sweeper.
CREATE INDEX upload_unclaimed ON upload (created_at) WHERE seq IS NULL;

-- The bytes of one upload. They are not shared between uploads: erasing a
-- case never has to ask who else refers to its files.
CREATE TABLE upload_content (
    tenant_id text  NOT NULL,
    upload_id uuid  NOT NULL,
    bytes     bytea NOT NULL,
    PRIMARY KEY (tenant_id, upload_id),
    FOREIGN KEY (tenant_id, upload_id) REFERENCES upload (tenant_id, id) ON DELETE CASCADE
);

-- Pictures and PDF files are compressed already.
ALTER TABLE upload_content ALTER COLUMN bytes SET STORAGE EXTERNAL;
