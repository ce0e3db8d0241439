-- Appointments: desks taken in units of five minutes, the appointments of the
-- cases, and times a department blocks off.

-- Who has a desk of a room for a unit. The key is what gives a slot to one
-- only. `holder` is a case, or a draft that holds it until `held_until`.
CREATE TABLE desk_unit (
    tenant_id  text   NOT NULL,
    calendar   text   NOT NULL,
    starts_at  bigint NOT NULL,
    room       text   NOT NULL,
    desk       bigint NOT NULL,
    holder     uuid   NOT NULL,
    held_until bigint,
    PRIMARY KEY (tenant_id, calendar, starts_at, room, desk)
);

CREATE INDEX desk_unit_by_holder ON desk_unit (tenant_id, holder);
-- For the sweeper, which serves all tenants.
CREATE INDEX desk_unit_held ON desk_unit (held_until) WHERE held_until IS NOT NULL;

-- The appointment of a case, for the lists of the department; the case itself
-- holds the same.
CREATE TABLE appointment (
    tenant_id text   NOT NULL,
    case_id   uuid   NOT NULL,
    calendar  text   NOT NULL,
    room      text   NOT NULL,
    desk      bigint NOT NULL,
    starts_at bigint NOT NULL,
    ends_at   bigint NOT NULL,
    state     text   NOT NULL CHECK (state IN ('booked', 'released', 'attended', 'no_show')),
    PRIMARY KEY (tenant_id, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES case_file (tenant_id, id)
);

CREATE INDEX appointment_by_day ON appointment (tenant_id, calendar, starts_at, case_id);

-- Times without appointments; an empty room stands for the whole calendar.
CREATE TABLE calendar_closure (
    tenant_id  text   NOT NULL,
    id         uuid   NOT NULL,
    calendar   text   NOT NULL,
    room       text   NOT NULL,
    starts_at  bigint NOT NULL,
    ends_at    bigint NOT NULL,
    reason     text   NOT NULL,
    created_by text   NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX calendar_closure_by_time ON calendar_closure (tenant_id, calendar, starts_at);
