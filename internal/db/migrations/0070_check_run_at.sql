-- +goose Up
-- Nothing asks for the runs of all checks by time; ids begin with the instant.
DROP INDEX check_run_at;
