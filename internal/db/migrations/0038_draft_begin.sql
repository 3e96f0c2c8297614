-- +goose Up
-- What people entered and have not decided yet, sealed, for half an hour.
CREATE TABLE draft_entry (
	org_id text NOT NULL,
	id     text NOT NULL,
	actor  text NOT NULL,
	kind   text NOT NULL,
	at     bigint NOT NULL,
	body   bytea NOT NULL,
	object text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX draft_entry_actor ON draft_entry (org_id, actor, kind, at);
CREATE INDEX draft_entry_at ON draft_entry (org_id, at);
