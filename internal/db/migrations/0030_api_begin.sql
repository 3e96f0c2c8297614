-- +goose Up
CREATE TABLE api_idempotency (
	org_id     text NOT NULL,
	actor      text NOT NULL,
	key        text NOT NULL,
	operation  text NOT NULL,
	input      bytea NOT NULL,
	status     integer NOT NULL,
	answer     bytea NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (org_id, actor, key)
);
CREATE INDEX api_idempotency_created ON api_idempotency (org_id, created_at);
