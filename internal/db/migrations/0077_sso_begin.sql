-- +goose Up
-- The domains that an organization has shown to be its own, or is about to.
CREATE TABLE sso_domain (
	org_id      text NOT NULL,
	domain      text NOT NULL,
	challenge   text NOT NULL,
	added_by    text NOT NULL,
	added_at    bigint NOT NULL,
	verified_at bigint NOT NULL DEFAULT 0,
	checked_at  bigint NOT NULL DEFAULT 0,
	missing_at  bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, domain)
);
CREATE INDEX sso_domain_domain ON sso_domain (domain);

-- The identity providers that vouch for the people of an organization.
CREATE TABLE sso_issuer (
	org_id     text NOT NULL,
	id         text NOT NULL UNIQUE,
	kind       text NOT NULL,
	name       text NOT NULL,
	state      text NOT NULL,
	location   text NOT NULL,
	client     text NOT NULL DEFAULT '',
	secret     bytea NOT NULL,
	settings   text NOT NULL DEFAULT '',
	join_role  text NOT NULL DEFAULT '',
	added_by   text NOT NULL,
	added_at   bigint NOT NULL,
	updated_at bigint NOT NULL,
	last_at    bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);

-- Whom a subject of an identity provider means.
CREATE TABLE sso_subject (
	org_id   text NOT NULL,
	issuer   text NOT NULL,
	subject  text NOT NULL,
	user_id  text NOT NULL,
	bound_at bigint NOT NULL,
	PRIMARY KEY (org_id, issuer, subject)
);
CREATE UNIQUE INDEX sso_subject_user ON sso_subject (org_id, issuer, user_id);

-- Assertions that were taken: each holds once.
CREATE TABLE sso_used (
	hash  bytea PRIMARY KEY,
	until bigint NOT NULL
);
