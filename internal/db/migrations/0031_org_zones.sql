-- +goose Up
-- The zones that came after the first, each with the day from which it counts.
ALTER TABLE org_org ADD COLUMN zones text NOT NULL DEFAULT '[]';
