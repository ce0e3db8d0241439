-- The house: who works here, with which definitions, and two things beside.

-- People who may log in. Accounts are disabled, never deleted: the history of
-- cases names them.
CREATE TABLE account (
    tenant_id     TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    display_name  TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

-- What they are in which department.
CREATE TABLE account_role (
    tenant_id  TEXT NOT NULL,
    account    TEXT NOT NULL,
    department TEXT NOT NULL,
    role       TEXT NOT NULL,
    PRIMARY KEY (tenant_id, account, department, role),
    FOREIGN KEY (tenant_id, account) REFERENCES account (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_role_by_department ON account_role (tenant_id, department, role, account);

-- Sessions of staff, by the hash of the cookie's secret.
CREATE TABLE session (
    tenant_id  TEXT    NOT NULL,
    token_hash TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account) REFERENCES account (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_account ON session (tenant_id, account);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Failed logins by a key such as the account or the address. They stand in
-- the database because every node has to count them.
CREATE TABLE login_failure (
    tenant_id TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    hits      INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failure_by_time ON login_failure (at);

-- Published definitions, by the hash of their content. A case names the one
-- it was made with and can read it for ever.
CREATE TABLE bundle (
    tenant_id  TEXT    NOT NULL,
    hash       TEXT    NOT NULL,
    service    TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    files      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hash)
) STRICT;

-- Mails of a town that has no mail server, such as the demonstration.
CREATE TABLE kept_mail (
    tenant_id TEXT    NOT NULL,
    id        BLOB    NOT NULL,
    event_id  TEXT    NOT NULL,
    recipient TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    raw       BLOB    NOT NULL,
    kept_at   INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, event_id)
) STRICT;

-- One row, written by the readiness check: a database that can be read but
-- not written is not ready.
CREATE TABLE probe (
    tenant_id TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (tenant_id)
) STRICT, WITHOUT ROWID;
