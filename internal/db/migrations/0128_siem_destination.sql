-- +goose Up
-- Where an organization's trail is sent, and how far it has come there.
CREATE TABLE siem_destination (
	org_id   text NOT NULL,
	id       text NOT NULL,
	name     text NOT NULL,
	form     text NOT NULL,
	address  text NOT NULL,
	header   text NOT NULL,
	roots    text NOT NULL,
	secret   bytea NOT NULL,
	state    text NOT NULL,
	added_by text NOT NULL,
	added_at bigint NOT NULL,
	place    bigint NOT NULL,
	sent     bigint NOT NULL DEFAULT 0,
	sent_at  bigint NOT NULL DEFAULT 0,
	problem  text NOT NULL DEFAULT '',
	since_at bigint NOT NULL DEFAULT 0,
	tries    integer NOT NULL DEFAULT 0,
	next_at  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);
