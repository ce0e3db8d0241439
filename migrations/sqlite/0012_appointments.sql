-- Appointments: desks taken in units of five minutes, the appointments of the
-- cases, and times a department blocks off.

-- Who has a desk of a room for a unit. The key is what gives a slot to one
-- only. `holder` is a case, or a draft that holds it until `held_until`.
CREATE TABLE desk_unit (
    tenant_id  TEXT   NOT NULL,
    calendar   TEXT   NOT NULL,
    starts_at  INTEGER NOT NULL,
    room       TEXT   NOT NULL,
    desk       INTEGER NOT NULL,
    holder     BLOB   NOT NULL,
    held_until INTEGER,
    PRIMARY KEY (tenant_id, calendar, starts_at, room, desk)
) STRICT;

CREATE INDEX desk_unit_by_holder ON desk_unit (tenant_id, holder);
-- For the sweeper, which serves all tenants.
CREATE INDEX desk_unit_held ON desk_unit (held_until) WHERE held_until IS NOT NULL;

-- The appointment of a case, for the lists of the department; the case itself
-- holds the same.
CREATE TABLE appointment (
    tenant_id TEXT   NOT NULL,
    case_id   BLOB   NOT NULL,
    calendar  TEXT   NOT NULL,
    room      TEXT   NOT NULL,
    desk      INTEGER NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at   INTEGER NOT NULL,
    state     TEXT   NOT NULL CHECK (state IN ('booked', 'released', 'attended', 'no_show')),
    PRIMARY KEY (tenant_id, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
) STRICT;

CREATE INDEX appointment_by_day ON appointment (tenant_id, calendar, starts_at, case_id);

-- Times without appointments; an empty room stands for the whole calendar.
CREATE TABLE calendar_closure (
    tenant_id  TEXT   NOT NULL,
    id         BLOB   NOT NULL,
    calendar   TEXT   NOT NULL,
    room       TEXT   NOT NULL,
    starts_at  INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    reason     TEXT   NOT NULL,
    created_by TEXT   NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT;

CREATE INDEX calendar_closure_by_time ON calendar_closure (tenant_id, calendar, starts_at);
