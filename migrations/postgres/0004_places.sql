-- Places and payments: what a case holds besides its own rows.

-- How many places of a resource are taken. One row each; the guarded update
-- of this row is what makes the last place go to one case only.
CREATE TABLE capacity (
    tenant_id text   NOT NULL,
    resource  text   NOT NULL,
    taken     bigint NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (tenant_id, resource)
);

-- Who has them and who waits. The waiting list is ordered by `since`.
CREATE TABLE reservation (
    tenant_id text   NOT NULL,
    resource  text   NOT NULL,
    case_id   uuid   NOT NULL,
    kind      text   NOT NULL CHECK (kind IN ('taken', 'waiting')),
    quantity  bigint NOT NULL CHECK (quantity > 0),
    since     bigint NOT NULL,
    PRIMARY KEY (tenant_id, resource, case_id, kind),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

CREATE INDEX reservation_in_order ON reservation (tenant_id, resource, kind, since, case_id);

-- Payments asked for. Open ones change once, to one of the three ends.
CREATE TABLE payment (
    tenant_id  text   NOT NULL,
    id         uuid   NOT NULL,
    case_id    uuid   NOT NULL,
    amount     text   NOT NULL,
    purpose    text   NOT NULL,
    state      text   NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'cancelled')),
    created_at bigint NOT NULL,
    settled_at bigint,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

CREATE INDEX payment_by_case ON payment (tenant_id, case_id, created_at, id);
