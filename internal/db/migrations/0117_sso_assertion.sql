-- +goose Up
-- Assertions that were shown, by a hash, until nobody would take them any more.
CREATE TABLE sso_assertion (
	hash       bytea PRIMARY KEY,
	expires_at bigint NOT NULL
);
