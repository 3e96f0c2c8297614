-- +goose Up
-- The roles of an organization's own. own is the permissions in force, next those
-- that wait for somebody else's approval; empty: none.
CREATE TABLE auth_role (
	org_id      text NOT NULL,
	name        text NOT NULL,
	words       text NOT NULL,
	own         text NOT NULL DEFAULT '',
	next        text NOT NULL DEFAULT '',
	author      text NOT NULL,
	at          bigint NOT NULL,
	approved_by text NOT NULL DEFAULT '',
	approved_at bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, name)
);
