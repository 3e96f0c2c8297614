-- +goose Up
-- What the organization's directory says of its people (SCIM 2.0).
CREATE TABLE scim_user (
	org_id      text NOT NULL,
	id          text NOT NULL,
	user_id     text NOT NULL,
	user_name   text NOT NULL,
	name_key    text NOT NULL,
	external_id text NOT NULL,
	active      boolean NOT NULL,
	role        text NOT NULL,
	body        text NOT NULL,
	created_at  bigint NOT NULL,
	updated_at  bigint NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX scim_user_name ON scim_user (org_id, name_key);
CREATE UNIQUE INDEX scim_user_user ON scim_user (org_id, user_id);

CREATE TABLE scim_group (
	org_id      text NOT NULL,
	id          text NOT NULL,
	name        text NOT NULL,
	external_id text NOT NULL,
	role        text NOT NULL,
	created_at  bigint NOT NULL,
	updated_at  bigint NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX scim_group_name ON scim_group (org_id, name);

CREATE TABLE scim_member (
	org_id   text NOT NULL,
	group_id text NOT NULL,
	member   text NOT NULL,
	PRIMARY KEY (org_id, group_id, member)
);
CREATE INDEX scim_member_member ON scim_member (org_id, member);
