-- +goose Up
CREATE TABLE job_queue (
	id         text PRIMARY KEY,
	org_id     text NOT NULL,
	name       text NOT NULL,
	arg        text NOT NULL,
	unique_key text,
	due_at     bigint NOT NULL,
	state      text NOT NULL,
	attempt    integer NOT NULL DEFAULT 0,
	lease_until bigint NOT NULL DEFAULT 0,
	error      text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	done_at    bigint NOT NULL DEFAULT 0
);
CREATE INDEX job_queue_due ON job_queue (state, due_at);
CREATE UNIQUE INDEX job_queue_unique ON job_queue (unique_key);

CREATE TABLE job_schedule (
	org_id  text NOT NULL,
	name    text NOT NULL,
	arg     text NOT NULL,
	every_s bigint NOT NULL,
	next_at bigint NOT NULL,
	last_at bigint NOT NULL DEFAULT 0,
	missed  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, name, arg)
);
