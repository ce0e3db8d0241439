-- The house: who works here, with which definitions, and two things beside.

-- People who may log in. Accounts are disabled, never deleted: the history of
-- cases names them.
CREATE TABLE account (
    tenant_id     text    NOT NULL,
    name          text    NOT NULL,
    display_name  text    NOT NULL,
    password_hash text    NOT NULL,
    disabled      boolean NOT NULL,
    created_at    bigint  NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

-- What they are in which department.
CREATE TABLE account_role (
    tenant_id  text NOT NULL,
    account    text NOT NULL,
    department text NOT NULL,
    role       text NOT NULL,
    PRIMARY KEY (tenant_id, account, department, role),
    FOREIGN KEY (tenant_id, account) REFERENCES account (tenant_id, name)
);

CREATE INDEX account_role_by_department ON account_role (tenant_id, department, role, account);

-- Sessions of staff, by the hash of the cookie's secret.
CREATE TABLE session (
    tenant_id  text   NOT NULL,
    token_hash text   NOT NULL,
    account    text   NOT NULL,
    created_at bigint NOT NULL,
    seen_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, account) REFERENCES account (tenant_id, name)
);

CREATE INDEX session_by_account ON session (tenant_id, account);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Failed logins by a key such as the account or the address. They stand in
-- the database because every node has to count them.
CREATE TABLE login_failure (
    tenant_id text   NOT NULL,
    key       text   NOT NULL,
    at        bigint NOT NULL,
    hits      bigint NOT NULL,
    PRIMARY KEY (tenant_id, key, at)
);

CREATE INDEX login_failure_by_time ON login_failure (at);

-- Published definitions, by the hash of their content. A case names the one
-- it was made with and can read it for ever.
CREATE TABLE bundle (
    tenant_id  text   NOT NULL,
    hash       text   NOT NULL,
    service    text   NOT NULL,
    version    text   NOT NULL,
    files      text   NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);

-- Mails of a town that has no mail server, such as the demonstration.
CREATE TABLE kept_mail (
    tenant_id text   NOT NULL,
    id        uuid   NOT NULL,
    event_id  text   NOT NULL,
    recipient text   NOT NULL,
    subject   text   NOT NULL,
    raw       bytea  NOT NULL,
    kept_at   bigint NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, event_id)
);

-- One row, written by the readiness check: a database that can be read but
-- not written is not ready.
CREATE TABLE probe (
    tenant_id text   NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (tenant_id)
);
