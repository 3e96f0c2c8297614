-- +goose Up
-- The identity provider that vouched for a session's person, and whether the
-- organization asks for one.
ALTER TABLE auth_session ADD COLUMN via text NOT NULL DEFAULT '';
CREATE INDEX auth_session_via ON auth_session (org_id, via);
ALTER TABLE auth_policy ADD COLUMN sso boolean NOT NULL DEFAULT false;
