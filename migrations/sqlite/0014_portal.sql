-- The portal: messages of the contact form, and what is asked for most.

-- Stored before anything is sent; the worker takes a row by moving `ready_at`
-- to the end of its lease, and `attempts` tells whose try it is. Messages
-- belong to no case, so they are not in the outbox, whose rows all do.
CREATE TABLE contact_message (
    tenant_id  TEXT NOT NULL,
    id         BLOB NOT NULL,
    department TEXT,
    name       TEXT NOT NULL,
    email      TEXT NOT NULL,
    subject    TEXT NOT NULL,
    body       TEXT NOT NULL,
    language   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'done', 'parked')),
    ready_at   INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (tenant_id, id)
) STRICT;

-- What the worker still has to send, for all tenants in the order of time.
CREATE INDEX contact_message_ready ON contact_message (ready_at) WHERE state = 'pending';
CREATE INDEX contact_message_parked ON contact_message (tenant_id, settled_at) WHERE state = 'parked';
-- What is old enough to be deleted, for all tenants.
CREATE INDEX contact_message_by_age ON contact_message (created_at);

-- Cases of the last weeks by the version they run on, for the popular services.
CREATE INDEX case_file_by_opening ON case_file (tenant_id, opened_at, running_on);
