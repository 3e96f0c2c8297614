-- +goose Up
-- Issuers of jobs whose word an organization takes, and which words were used.
CREATE TABLE federation_trust (
	org_id     text NOT NULL,
	id         text NOT NULL UNIQUE,
	name       text NOT NULL,
	issuer     text NOT NULL,
	audience   text NOT NULL,
	conditions text NOT NULL,
	scope      text NOT NULL,
	minutes    integer NOT NULL,
	added_by   text NOT NULL,
	added_at   bigint NOT NULL,
	ended_at   bigint NOT NULL DEFAULT 0,
	used_at    bigint NOT NULL DEFAULT 0,
	used_by    text NOT NULL DEFAULT '',
	refused_at bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);
CREATE TABLE federation_use (
	org_id     text NOT NULL,
	trust      text NOT NULL,
	hash       bytea NOT NULL,
	expires_at bigint NOT NULL,
	PRIMARY KEY (org_id, trust, hash)
);
