-- +goose Up
CREATE TABLE trail_entry (
	org_id  text NOT NULL,
	id      text NOT NULL,
	at      bigint NOT NULL,
	actor   text NOT NULL,
	name    text NOT NULL,
	door    text NOT NULL,
	address text NOT NULL,
	action  text NOT NULL,
	noun    text NOT NULL,
	object  text NOT NULL,
	label   text NOT NULL,
	detail  text NOT NULL,
	salt    bytea NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX trail_entry_at ON trail_entry (org_id, at, id);
CREATE INDEX trail_entry_object ON trail_entry (org_id, noun, object, at);
