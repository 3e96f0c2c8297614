-- +goose Up
-- version: of the row, so that those who hold opened keys see that it changed.
ALTER TABLE keys_org ADD COLUMN version bigint NOT NULL DEFAULT 1;
-- rotated_at: when the newest of several keys was made; 0 when there is one.
ALTER TABLE keys_org ADD COLUMN rotated_at bigint NOT NULL DEFAULT 0;
-- resealed_at: when the last pass ended that changed something and after which
-- everything was under the newest; 0 when that is not so.
ALTER TABLE keys_org ADD COLUMN resealed_at bigint NOT NULL DEFAULT 0;
-- told: the last edition of keys_master that the organization's trail has.
ALTER TABLE keys_org ADD COLUMN told bigint NOT NULL DEFAULT 0;
-- One row, once the master key was rotated. users: the users' key under the
-- master key. link: the master key under the one before it; empty when that one
-- opens nothing any more. edition: how often it was rotated and retired.
CREATE TABLE keys_master (
	id        integer PRIMARY KEY,
	users     bytea NOT NULL,
	link      bytea NOT NULL,
	edition   bigint NOT NULL,
	turned_at bigint NOT NULL
);
