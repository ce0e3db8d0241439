-- Parcels of one case with the same lane leave in the order they were
-- recorded: a later one is not leased while an earlier one is to be done.
-- NULL for parcels that need no order. Who comes before whom is found by the
-- unique key on (tenant_id, case_id, seq, part).
ALTER TABLE outbox ADD COLUMN lane text;
