-- +goose Up

-- What fails now is asked for by every page, and is little of what was judged.
CREATE INDEX check_result_failing ON check_result (org_id, check_id, since) WHERE until = 0 AND status = 'fail';
