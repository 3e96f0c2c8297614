-- +goose Up
-- What a token is narrowed to, where it is taken from, whether it is a service's,
-- and when it was last shown from elsewhere.
ALTER TABLE auth_token ADD COLUMN scope text NOT NULL DEFAULT '';
ALTER TABLE auth_token ADD COLUMN networks text NOT NULL DEFAULT '';
ALTER TABLE auth_token ADD COLUMN service boolean NOT NULL DEFAULT false;
ALTER TABLE auth_token ADD COLUMN refused_at bigint NOT NULL DEFAULT 0;
