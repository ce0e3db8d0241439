-- Cases: what was submitted, where it stands, what happened to it.
--
-- House rules of this schema. The tenant is the first column of every key.
-- Ids are UUIDv7, made by the application, 16 bytes. Instants are integers,
-- milliseconds since 1970 in UTC. JSON is text and comes back byte for byte,
-- because hashes are taken over it. `STRICT` makes SQLite keep to the types.

-- Where a case stands now. `case` is a word of SQL, hence the name. `content`
-- is the whole case; beside it stand the columns that are searched, sorted by
-- or guarded. A new field of a case needs no migration.
-- `list_order` is the place in the clerks' lists: open cases by the day they
-- are due, then those without one, then closed cases, the latest first (see
-- `queue.rs`, which computes it).
CREATE TABLE case_file (
    tenant_id  TEXT    NOT NULL,
    id         BLOB    NOT NULL,
    reference  TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    department TEXT    NOT NULL,
    queue      TEXT    NOT NULL,
    assignee   TEXT,
    list_order INTEGER NOT NULL,
    opened_at  INTEGER NOT NULL,
    content    TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, reference)
) STRICT;

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
-- number, in small letters without accents.
CREATE TABLE case_word (
    tenant_id TEXT NOT NULL,
    word      TEXT NOT NULL,
    case_id   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, word, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What was handed in, never changed. Receipt, mails and payloads are made
-- from this text and from nothing else; `sha256` is taken over it.
CREATE TABLE submission (
    tenant_id   TEXT    NOT NULL,
    case_id     BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    content     TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT;

-- What happened, append-only. `hash` covers the entry and the hash before it;
-- the first one covers tenant, case and submission. A changed, lost or
-- exchanged line is found by `verify_chain`.
CREATE TABLE case_event (
    tenant_id TEXT    NOT NULL,
    case_id   BLOB    NOT NULL,
    seq       INTEGER NOT NULL,
    content   TEXT    NOT NULL,
    hash      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, seq),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT;

-- One row for each form page that was sent: the same key gives the same case
-- for as long as the case lives, whatever the network did in between.
CREATE TABLE submission_key (
    tenant_id TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    body_hash TEXT    NOT NULL,
    case_id   BLOB    NOT NULL,
    reference TEXT    NOT NULL,
    revision  INTEGER NOT NULL,
    used_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key)
) STRICT, WITHOUT ROWID;

-- Documents the case has. The order is written with the step; the bytes come
-- later, once, from the worker or from whoever asks first.
CREATE TABLE document (
    tenant_id  TEXT    NOT NULL,
    case_id    BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    seq        INTEGER NOT NULL,
    template   TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    public     INTEGER NOT NULL,
    data       TEXT    NOT NULL,
    ordered_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, case_id, name),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT;

-- The bytes stand apart, so that reading or changing a list never moves them.
CREATE TABLE document_content (
    tenant_id   TEXT    NOT NULL,
    case_id     BLOB    NOT NULL,
    name        TEXT    NOT NULL,
    rendered_at INTEGER NOT NULL,
    sha256      TEXT    NOT NULL,
    bytes       BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, case_id, name),
    FOREIGN KEY (tenant_id, case_id, name) REFERENCES document (tenant_id, case_id, name)
) STRICT;
