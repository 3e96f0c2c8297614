-- +goose Up
-- For which trust of package federation a token was given; empty for all others.
ALTER TABLE auth_token ADD COLUMN trust text NOT NULL DEFAULT '';
