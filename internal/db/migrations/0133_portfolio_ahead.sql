-- +goose Up
-- What comes at a client and is not asked for yet, as JSON; published with its work.
ALTER TABLE portfolio_client ADD COLUMN ahead text NOT NULL DEFAULT '';
