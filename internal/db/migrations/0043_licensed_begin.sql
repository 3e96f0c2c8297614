-- +goose Up
-- The published wording that an organization imported under its own licence, sealed.
CREATE TABLE licensed_copy (
	org_id text NOT NULL PRIMARY KEY,
	at     bigint NOT NULL,
	actor  text NOT NULL,
	name   text NOT NULL,
	body   bytea NOT NULL
);
