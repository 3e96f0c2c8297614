-- +goose Up
CREATE TABLE auth_user (
	id            text PRIMARY KEY,
	email         text NOT NULL UNIQUE,
	name          text NOT NULL,
	password      text NOT NULL DEFAULT '',
	founder       boolean NOT NULL DEFAULT false,
	theme         text NOT NULL DEFAULT '',
	density       text NOT NULL DEFAULT '',
	no_shortcuts  boolean NOT NULL DEFAULT false,
	created_at    bigint NOT NULL,
	password_at   bigint NOT NULL DEFAULT 0
);

CREATE TABLE auth_member (
	org_id    text NOT NULL,
	user_id   text NOT NULL,
	role      text NOT NULL,
	person    text NOT NULL DEFAULT '',
	joined_at bigint NOT NULL,
	last_at   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, user_id)
);
CREATE INDEX auth_member_user ON auth_member (user_id);

CREATE TABLE auth_session (
	hash       bytea PRIMARY KEY,
	id         text NOT NULL UNIQUE,
	user_id    text NOT NULL,
	org_id     text NOT NULL,
	created_at bigint NOT NULL,
	last_at    bigint NOT NULL,
	address    text NOT NULL,
	agent      text NOT NULL
);
CREATE INDEX auth_session_user ON auth_session (user_id);
CREATE INDEX auth_session_last ON auth_session (last_at);

CREATE TABLE auth_throttle (
	key      text PRIMARY KEY,
	failures integer NOT NULL,
	last_at  bigint NOT NULL,
	good_at  bigint NOT NULL DEFAULT 0
);
CREATE INDEX auth_throttle_last ON auth_throttle (last_at);

CREATE TABLE auth_refusal (
	id      text PRIMARY KEY,
	user_id text NOT NULL,
	address text NOT NULL,
	at      bigint NOT NULL
);

CREATE TABLE auth_invitation (
	org_id     text NOT NULL,
	id         text NOT NULL,
	hash       bytea NOT NULL UNIQUE,
	email      text NOT NULL,
	name       text NOT NULL,
	role       text NOT NULL,
	person     text NOT NULL DEFAULT '',
	invited_by text NOT NULL,
	created_at bigint NOT NULL,
	expires_at bigint NOT NULL,
	accepted_at bigint NOT NULL DEFAULT 0,
	revoked_at bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);

CREATE TABLE auth_link (
	hash       bytea PRIMARY KEY,
	purpose    text NOT NULL,
	user_id    text NOT NULL,
	expires_at bigint NOT NULL
);

CREATE TABLE auth_token (
	org_id     text NOT NULL,
	id         text NOT NULL,
	hash       bytea NOT NULL UNIQUE,
	user_id    text NOT NULL,
	name       text NOT NULL,
	role       text NOT NULL,
	created_at bigint NOT NULL,
	expires_at bigint NOT NULL,
	last_at    bigint NOT NULL DEFAULT 0,
	revoked_at bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);
