-- +goose Up
-- The leaf that tells of an erasure, and commits to what it left of the entry.
ALTER TABLE trail_entry ADD COLUMN erased text NOT NULL DEFAULT '';
