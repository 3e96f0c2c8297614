-- +goose Up
-- Populations as they were captured: the query, what each connection covered, and
-- the records in their order. The log commits to each body.
CREATE TABLE population_capture (
	org_id text NOT NULL,
	id     text NOT NULL,
	number integer NOT NULL,
	at     bigint NOT NULL,
	items  integer NOT NULL,
	root   text NOT NULL,
	body   text NOT NULL,
	salt   bytea NOT NULL,
	leaf   text NOT NULL,
	PRIMARY KEY (org_id, id, number)
);
