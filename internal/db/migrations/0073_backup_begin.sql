-- +goose Up
-- Copies that were made of the store, and put back, as each organization's log has it.
CREATE TABLE backup_run (
	org_id  text NOT NULL,
	id      text NOT NULL,
	kind    text NOT NULL,
	backup  text NOT NULL,
	at      bigint NOT NULL,
	ended_at bigint NOT NULL,
	place   text NOT NULL,
	sha256  text NOT NULL,
	bytes   bigint NOT NULL,
	objects bigint NOT NULL,
	size    bigint NOT NULL,
	root    text NOT NULL,
	ok      boolean NOT NULL,
	problem text NOT NULL,
	leaf    text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX backup_run_at ON backup_run (org_id, kind, at);

-- Whose turn it is to copy; one row.
CREATE TABLE backup_turn (
	name     text PRIMARY KEY,
	until_at bigint NOT NULL,
	next_at  bigint NOT NULL
);

-- How much of a log its mirror has.
CREATE TABLE backup_mirror (
	org_id text PRIMARY KEY,
	size   bigint NOT NULL
);

-- Why nothing may be changed: the store was put back and nobody has looked at it.
CREATE TABLE backup_hold (
	id     text PRIMARY KEY,
	backup text NOT NULL,
	at     bigint NOT NULL,
	made_at bigint NOT NULL,
	place  text NOT NULL
);
