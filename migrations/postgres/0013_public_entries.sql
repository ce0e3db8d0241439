-- What everybody may read of cases: reports and statements a clerk has passed.
-- `content` holds only what is shown; nothing here leads to a person.
CREATE TABLE public_entry (
    tenant_id    text   NOT NULL,
    case_id      uuid   NOT NULL,
    revision     bigint NOT NULL,
    published_at bigint NOT NULL,
    changed_at   bigint NOT NULL,
    content      text   NOT NULL,
    PRIMARY KEY (tenant_id, case_id)
);

-- One row for every way of filtering an entry can be found by, so that each
-- list, however filtered, is one range of this key and no list is scanned.
CREATE TABLE public_facet (
    tenant_id    text   NOT NULL,
    facet        text   NOT NULL,
    published_at bigint NOT NULL,
    case_id      uuid   NOT NULL,
    PRIMARY KEY (tenant_id, facet, published_at, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES public_entry (tenant_id, case_id) ON DELETE CASCADE
);

-- An entry that changes finds its own rows.
CREATE INDEX public_facet_by_entry ON public_facet (tenant_id, case_id);
