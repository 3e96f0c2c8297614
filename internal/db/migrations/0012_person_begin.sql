-- +goose Up
CREATE TABLE person_person (
	org_id      text NOT NULL,
	id          text NOT NULL,
	name        text NOT NULL,
	email       text NOT NULL,
	title       text NOT NULL,
	grp         text NOT NULL,
	manager     text NOT NULL,
	employment  text NOT NULL,
	starts_on   text NOT NULL,
	ends_on     text NOT NULL,
	external_id text NOT NULL,
	sort_name   text NOT NULL,
	search      text NOT NULL,
	created_at  bigint NOT NULL,
	updated_at  bigint NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX person_person_email ON person_person (org_id, email) WHERE email <> '';
CREATE UNIQUE INDEX person_person_external ON person_person (org_id, external_id) WHERE external_id <> '';
CREATE INDEX person_person_name ON person_person (org_id, sort_name, id);
