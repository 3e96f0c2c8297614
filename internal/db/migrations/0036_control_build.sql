-- +goose Up
-- How often a program's standing was computed, so that a computation that began
-- before another ended does not replace it.
CREATE TABLE control_build (
	org_id  text NOT NULL,
	program text NOT NULL,
	n       bigint NOT NULL,
	PRIMARY KEY (org_id, program)
);
