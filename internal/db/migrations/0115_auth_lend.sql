-- +goose Up
-- A membership can end by itself, and tells by which consent, and of which provider, somebody is
-- here. An invitation says both before, and why an auditor counts as independent who
-- works for a provider of the organization.
ALTER TABLE auth_member ADD COLUMN until bigint NOT NULL DEFAULT 0;
ALTER TABLE auth_member ADD COLUMN via text NOT NULL DEFAULT '';
ALTER TABLE auth_member ADD COLUMN lender text NOT NULL DEFAULT '';
ALTER TABLE auth_invitation ADD COLUMN until bigint NOT NULL DEFAULT 0;
ALTER TABLE auth_invitation ADD COLUMN despite text NOT NULL DEFAULT '';
