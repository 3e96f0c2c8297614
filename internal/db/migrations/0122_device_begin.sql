-- +goose Up
-- Command lines that ask to act for somebody, before anybody is known: codes and the
-- secret of the token to be are kept as hashes.
CREATE TABLE device_ask (
	hash       bytea PRIMARY KEY,
	id         text NOT NULL UNIQUE,
	user_hash  bytea NOT NULL UNIQUE,
	token_hash bytea NOT NULL,
	host       text NOT NULL,
	address    text NOT NULL,
	place      text NOT NULL,
	role       text NOT NULL,
	scope      text NOT NULL,
	days       integer NOT NULL,
	org        text NOT NULL,
	state      text NOT NULL,
	pause      integer NOT NULL,
	asked_at   bigint NOT NULL,
	expires_at bigint NOT NULL,
	polled_at  bigint NOT NULL DEFAULT 0
);
CREATE INDEX device_ask_place ON device_ask (place);
CREATE INDEX device_ask_expires ON device_ask (expires_at);
