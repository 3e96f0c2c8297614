-- +goose Up
CREATE TABLE collect_connection (
	org_id     text NOT NULL,
	id         text NOT NULL,
	product    text NOT NULL,
	name       text NOT NULL,
	settings   text NOT NULL,
	secrets    bytea,
	every_s    bigint NOT NULL,
	state      text NOT NULL,
	authority  text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	created_by text NOT NULL,
	PRIMARY KEY (org_id, id)
);
