-- +goose Up
-- What shows, besides a password, who a user is. It belongs to users, not to
-- organizations, so row-level security does not cover it.
CREATE TABLE factor_totp (
	user_id    text PRIMARY KEY,
	secret     bytea NOT NULL,
	last_step  bigint NOT NULL,
	created_at bigint NOT NULL
);

CREATE TABLE factor_code (
	user_id text NOT NULL,
	hash    bytea NOT NULL,
	PRIMARY KEY (user_id, hash)
);

CREATE TABLE factor_passkey (
	id         text PRIMARY KEY,
	user_id    text NOT NULL,
	name       text NOT NULL,
	site       text NOT NULL,
	synced     boolean NOT NULL,
	created_at bigint NOT NULL,
	last_at    bigint NOT NULL,
	credential text NOT NULL
);
CREATE INDEX factor_passkey_user ON factor_passkey (user_id);

CREATE TABLE factor_used (
	hash  bytea PRIMARY KEY,
	until bigint NOT NULL
);
