-- +goose Up
-- The records of every register that is declared as data, by noun.
CREATE TABLE register_row (
	org_id       text NOT NULL,
	noun         text NOT NULL,
	id           text NOT NULL,
	number       integer NOT NULL,
	external_id  text NOT NULL DEFAULT '',
	label        text NOT NULL,
	state        text NOT NULL,
	body         text NOT NULL,
	haystack     text NOT NULL,
	version      integer NOT NULL,
	archived_at  bigint NOT NULL DEFAULT 0,
	archived_why text NOT NULL DEFAULT '',
	created_at   bigint NOT NULL,
	updated_at   bigint NOT NULL,
	by_id        text NOT NULL,
	by_name      text NOT NULL,
	PRIMARY KEY (org_id, noun, id)
);
CREATE UNIQUE INDEX register_row_number ON register_row (org_id, noun, number);
CREATE INDEX register_row_external ON register_row (org_id, noun, external_id);

-- What lists are narrowed and sorted by: a row for each value of each such field
-- of the records that are not archived. value sorts, content is the canonical text.
CREATE TABLE register_key (
	org_id  text NOT NULL,
	noun    text NOT NULL,
	field   text NOT NULL,
	value   text NOT NULL,
	number  integer NOT NULL,
	content text NOT NULL,
	PRIMARY KEY (org_id, noun, field, value, number)
);
CREATE INDEX register_key_number ON register_key (org_id, noun, number);
CREATE INDEX register_key_content ON register_key (org_id, noun, field, content, number);

CREATE TABLE register_version (
	org_id      text NOT NULL,
	noun        text NOT NULL,
	id          text NOT NULL,
	version     integer NOT NULL,
	act         text NOT NULL,
	state       text NOT NULL,
	external_id text NOT NULL,
	body        text NOT NULL,
	note        text NOT NULL,
	at          bigint NOT NULL,
	by_id       text NOT NULL,
	by_name     text NOT NULL,
	PRIMARY KEY (org_id, noun, id, version)
);

CREATE TABLE register_counter (
	org_id text NOT NULL,
	noun   text NOT NULL,
	last   integer NOT NULL,
	PRIMARY KEY (org_id, noun)
);

CREATE TABLE register_setting (
	org_id text NOT NULL,
	noun   text NOT NULL,
	name   text NOT NULL,
	body   text NOT NULL,
	PRIMARY KEY (org_id, noun, name)
);

-- A register as it was when a move froze it. The leaf commits to the body.
CREATE TABLE register_snapshot (
	org_id  text NOT NULL,
	noun    text NOT NULL,
	id      text NOT NULL,
	version integer NOT NULL,
	of_noun text NOT NULL,
	records integer NOT NULL,
	body    text NOT NULL,
	at      bigint NOT NULL,
	salt    bytea NOT NULL,
	leaf    text NOT NULL,
	PRIMARY KEY (org_id, noun, id, version)
);
