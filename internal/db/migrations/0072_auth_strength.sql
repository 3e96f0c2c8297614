-- +goose Up
-- How a session began, when its person last showed who they are, and the token
-- it had before the present one.
ALTER TABLE auth_session ADD COLUMN means text NOT NULL DEFAULT 'password';
ALTER TABLE auth_session ADD COLUMN proven_at bigint NOT NULL DEFAULT 0;
ALTER TABLE auth_session ADD COLUMN renewed_at bigint NOT NULL DEFAULT 0;
ALTER TABLE auth_session ADD COLUMN before_hash bytea;
CREATE INDEX auth_session_before ON auth_session (before_hash);

-- Where a user signed in from before, and whether they were told.
CREATE TABLE auth_device (
	user_id  text NOT NULL,
	hash     bytea NOT NULL,
	agent    text NOT NULL,
	address  text NOT NULL,
	first_at bigint NOT NULL,
	last_at  bigint NOT NULL,
	told     boolean NOT NULL,
	PRIMARY KEY (user_id, hash)
);

-- What an organization asks of those who sign in.
CREATE TABLE auth_policy (
	org_id text PRIMARY KEY,
	second text NOT NULL DEFAULT ''
);
