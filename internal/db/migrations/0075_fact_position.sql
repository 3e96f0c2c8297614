-- +goose Up
-- How far a listing had come that was cut off, with an HMAC over what it asks and where.
CREATE TABLE fact_position (
	org_id     text NOT NULL,
	connection text NOT NULL,
	list       text NOT NULL,
	proof      bytea NOT NULL,
	kind       text NOT NULL,
	from_at    bigint NOT NULL,
	asked_at   bigint NOT NULL,
	to_at      bigint NOT NULL,
	page       bigint NOT NULL,
	cursor     text NOT NULL,
	seq        bigint NOT NULL,
	begun_at   bigint NOT NULL,
	PRIMARY KEY (org_id, connection, list)
);
