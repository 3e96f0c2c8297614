-- +goose Up
-- Mail to people: what was written and whether it went out, what each was told of
-- already, and at which hour they want it.
CREATE TABLE notice_message (
	org_id     text NOT NULL,
	id         text NOT NULL,
	key        text NOT NULL,
	kind       text NOT NULL,
	user_id    text NOT NULL,
	address    text NOT NULL,
	subject    text NOT NULL,
	body       text NOT NULL,
	state      text NOT NULL,
	tries      integer NOT NULL,
	created_at bigint NOT NULL,
	next_at    bigint NOT NULL,
	sent_at    bigint NOT NULL,
	problem    text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX notice_message_key ON notice_message (org_id, key);
CREATE INDEX notice_message_next ON notice_message (org_id, next_at) WHERE state = 'waiting';

CREATE TABLE notice_told (
	org_id  text NOT NULL,
	user_id text NOT NULL,
	duty    text NOT NULL,
	stage   text NOT NULL,
	told_at bigint NOT NULL,
	PRIMARY KEY (org_id, user_id, duty, stage)
);

CREATE TABLE notice_wish (
	org_id     text NOT NULL,
	user_id    text NOT NULL,
	hour       integer NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (org_id, user_id)
);
