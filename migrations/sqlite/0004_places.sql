-- Places and payments: what a case holds besides its own rows.

-- How many places of a resource are taken. One row each; the guarded update
-- of this row is what makes the last place go to one case only.
CREATE TABLE capacity (
    tenant_id TEXT    NOT NULL,
    resource  TEXT    NOT NULL,
    taken     INTEGER NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (tenant_id, resource)
) STRICT, WITHOUT ROWID;

-- Who has them and who waits. The waiting list is ordered by `since`.
CREATE TABLE reservation (
    tenant_id TEXT    NOT NULL,
    resource  TEXT    NOT NULL,
    case_id   BLOB    NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('taken', 'waiting')),
    quantity  INTEGER NOT NULL CHECK (quantity > 0),
    since     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, resource, case_id, kind),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX reservation_in_order ON reservation (tenant_id, resource, kind, since, case_id);

-- Payments asked for. Open ones change once, to one of the three ends.
CREATE TABLE payment (
    tenant_id  TEXT    NOT NULL,
    id         BLOB    NOT NULL,
    case_id    BLOB    NOT NULL,
    amount     TEXT    NOT NULL,
    purpose    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'cancelled')),
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT;

CREATE INDEX payment_by_case ON payment (tenant_id, case_id, created_at, id);
