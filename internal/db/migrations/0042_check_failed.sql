-- +goose Up

-- What ever failed is asked for with every check, and is little of what was judged.
CREATE INDEX check_result_failed ON check_result (org_id, check_id, kind, authority, native_id, since) WHERE status = 'fail';
