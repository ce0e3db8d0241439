-- The outbox and the timers: what the worker has to do.

-- Written with the step that causes it, worked on afterwards.
--   pending -> leased -> done | retry | parked;  retry -> leased;  parked -> pending
-- `id` is `case/seq/part`, the idempotency key the other side sees.
-- `ready_at` is when somebody may take the row: the due time of a pending or
-- repeated row, the end of the lease of a leased one. A lease that ran out
-- thus becomes visible again by itself. `fence` grows with each lease, so
-- that a worker that was too slow cannot settle what another one now holds.
CREATE TABLE outbox (
    tenant_id  text   NOT NULL,
    id         text   NOT NULL,
    case_id    uuid   NOT NULL,
    seq        bigint NOT NULL,
    part       bigint NOT NULL,
    content    text   NOT NULL,
    state      text   NOT NULL CHECK (state IN ('pending', 'leased', 'retry', 'done', 'parked')),
    ready_at   bigint NOT NULL,
    attempts   bigint NOT NULL,
    fence      bigint NOT NULL,
    worker     text,
    last_error text,
    receipt    text,
    created_at bigint NOT NULL,
    settled_at bigint,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, case_id, seq, part),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

-- Only what is still to do stands in the index the worker asks, for all
-- tenants in the order of time; it stays small however old the town gets.
CREATE INDEX outbox_ready ON outbox (ready_at) WHERE state IN ('pending', 'retry', 'leased');
CREATE INDEX outbox_leased ON outbox (worker) WHERE state = 'leased';
CREATE INDEX outbox_parked ON outbox (tenant_id, settled_at, id) WHERE state = 'parked';

-- Rows change several times within minutes: clean up after 1 percent of them
-- rather than after 20, or the index of the worker swells.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.01);

-- Timers of the workflows; the step that handles one removes it.
CREATE TABLE timer (
    tenant_id text   NOT NULL,
    case_id   uuid   NOT NULL,
    key       text   NOT NULL,
    due_at    bigint NOT NULL,
    PRIMARY KEY (tenant_id, case_id, key),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

CREATE INDEX timer_by_due ON timer (due_at, tenant_id, case_id, key);
