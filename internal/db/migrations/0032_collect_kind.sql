-- +goose Up
CREATE TABLE collect_kind (
	org_id      text NOT NULL,
	kind        text NOT NULL,
	version     integer NOT NULL,
	text        text NOT NULL,
	hash        text NOT NULL,
	declared_at bigint NOT NULL,
	declared_by text NOT NULL,
	PRIMARY KEY (org_id, kind, version)
);
