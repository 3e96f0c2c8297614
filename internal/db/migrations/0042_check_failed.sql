-- +goose Up

-- What ever failed is asked for with every check, and is little of what was judged.
-- The status is in the key, though it is the same in every row, so that the
-- planner takes this index rather than the table's own.
CREATE INDEX check_result_failed ON check_result (org_id, check_id, status, kind, authority, native_id, since) WHERE status = 'fail';
