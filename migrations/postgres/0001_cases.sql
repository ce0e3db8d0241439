-- Cases: what was submitted, where it stands, what happened to it.
--
-- House rules of this schema. The tenant is the first column of every key.
-- Ids are UUIDv7, made by the application. Instants are integers, milliseconds
-- since 1970 in UTC; `to_timestamp(at / 1000.0)` shows them to people. JSON is
-- text and comes back byte for byte, because hashes are taken over it; `jsonb`
-- would reorder keys, rewrite numbers and refuse U+0000. Cast to `jsonb` where
-- a query by hand needs it. Numbers are always `bigint`, as SQLite's are.

-- Where a case stands now. `case` is a word of SQL, hence the name. `content`
-- is the whole case; beside it stand the columns that are searched, sorted by
-- or guarded. A new field of a case needs no migration.
-- `list_order` is the place in the clerks' lists: open cases by the day they
-- are due, then those without one, then closed cases, the latest first (see
-- `queue.rs`, which computes it).
CREATE TABLE case_file (
    tenant_id  text   NOT NULL,
    id         uuid   NOT NULL,
    reference  text   NOT NULL,
    revision   bigint NOT NULL,
    department text   NOT NULL,
    queue      text   NOT NULL,
    assignee   text,
    list_order bigint NOT NULL,
    opened_at  bigint NOT NULL,
    content    text   NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference)
);

-- One index for each way a clerk looks at the list: the whole department, one
-- queue of it, the cases of one person. Each ends with the sort key, so that
-- a page is a range of the index and nothing is sorted or counted.
CREATE INDEX case_file_by_department
    ON case_file (tenant_id, department, list_order, opened_at, id);
CREATE INDEX case_file_by_queue
    ON case_file (tenant_id, department, queue, list_order, opened_at, id);
CREATE INDEX case_file_by_assignee
    ON case_file (tenant_id, department, assignee, list_order, opened_at, id);

-- The words a case is found by: those of the applicant's name and of the case
-- number, in small letters without accents. Order by bytes (`COLLATE "C"`), as
-- SQLite has it, so that a beginning of a word is a range of the index.
CREATE TABLE case_word (
    tenant_id text NOT NULL,
    word      text COLLATE "C" NOT NULL,
    case_id   uuid NOT NULL,
    PRIMARY KEY (tenant_id, word, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

-- What was handed in, never changed. Receipt, mails and payloads are made
-- from this text and from nothing else; `sha256` is taken over it.
CREATE TABLE submission (
    tenant_id   text   NOT NULL,
    case_id     uuid   NOT NULL,
    received_at bigint NOT NULL,
    content     text   NOT NULL,
    sha256      text   NOT NULL,
    PRIMARY KEY (tenant_id, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

-- What happened, append-only. `hash` covers the entry and the hash before it;
-- the first one covers tenant, case and submission. A changed, lost or
-- exchanged line is found by `verify_chain`.
CREATE TABLE case_event (
    tenant_id text   NOT NULL,
    case_id   uuid   NOT NULL,
    seq       bigint NOT NULL,
    content   text   NOT NULL,
    hash      text   NOT NULL,
    PRIMARY KEY (tenant_id, case_id, seq),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

-- One row for each form page that was sent: the same key gives the same case
-- for as long as the case lives, whatever the network did in between.
CREATE TABLE submission_key (
    tenant_id text   NOT NULL,
    key       text   NOT NULL,
    body_hash text   NOT NULL,
    case_id   uuid   NOT NULL,
    reference text   NOT NULL,
    revision  bigint NOT NULL,
    used_at   bigint NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

-- Documents the case has. The order is written with the step; the bytes come
-- later, once, from the worker or from whoever asks first.
CREATE TABLE document (
    tenant_id  text    NOT NULL,
    case_id    uuid    NOT NULL,
    name       text    NOT NULL,
    seq        bigint  NOT NULL,
    template   text    NOT NULL,
    title      text    NOT NULL,
    public     boolean NOT NULL,
    data       text    NOT NULL,
    ordered_at bigint  NOT NULL,
    PRIMARY KEY (tenant_id, case_id, name),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

-- The bytes stand apart, so that reading or changing a list never moves them.
CREATE TABLE document_content (
    tenant_id   text   NOT NULL,
    case_id     uuid   NOT NULL,
    name        text   NOT NULL,
    rendered_at bigint NOT NULL,
    sha256      text   NOT NULL,
    bytes       bytea  NOT NULL,
    PRIMARY KEY (tenant_id, case_id, name),
    FOREIGN KEY (tenant_id, case_id, name) REFERENCES document (tenant_id, case_id, name)
);

-- PDF files are compressed already.
ALTER TABLE document_content ALTER COLUMN bytes SET STORAGE EXTERNAL;
