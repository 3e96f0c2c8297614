-- +goose Up
-- Who answers for what an identity provider is, who approved it, and the change
-- that waits for approval. What is there already was approved by being there.
ALTER TABLE sso_issuer ADD COLUMN approved_by text NOT NULL DEFAULT '';
ALTER TABLE sso_issuer ADD COLUMN approved_at bigint NOT NULL DEFAULT 0;
ALTER TABLE sso_issuer ADD COLUMN next text NOT NULL DEFAULT 'null';
ALTER TABLE sso_issuer ADD COLUMN next_secret bytea;
UPDATE sso_issuer SET approved_at = updated_at;
