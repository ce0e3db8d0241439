-- What everybody may read of cases: reports and statements a clerk has passed.
-- `content` holds only what is shown; nothing here leads to a person.
CREATE TABLE public_entry (
    tenant_id    TEXT    NOT NULL,
    case_id      BLOB    NOT NULL,
    revision     INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL,
    content      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, case_id)
) STRICT;

-- One row for every way of filtering an entry can be found by, so that each
-- list, however filtered, is one range of this key and no list is scanned.
CREATE TABLE public_facet (
    tenant_id    TEXT    NOT NULL,
    facet        TEXT    NOT NULL,
    published_at INTEGER NOT NULL,
    case_id      BLOB    NOT NULL,
    PRIMARY KEY (tenant_id, facet, published_at, case_id),
    FOREIGN KEY (tenant_id, case_id) REFERENCES public_entry (tenant_id, case_id) ON DELETE CASCADE
) STRICT;

-- An entry that changes finds its own rows.
CREATE INDEX public_facet_by_entry ON public_facet (tenant_id, case_id);
