-- +goose Up
CREATE TABLE org_org (
	id         text PRIMARY KEY,
	name       text NOT NULL,
	slug       text NOT NULL UNIQUE,
	service    text NOT NULL DEFAULT '',
	zone       text NOT NULL,
	demo       boolean NOT NULL DEFAULT false,
	setup      text NOT NULL DEFAULT '',
	created_at bigint NOT NULL
);

CREATE TABLE org_setting (
	org_id     text NOT NULL,
	name       text NOT NULL,
	value      text NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (org_id, name)
);
