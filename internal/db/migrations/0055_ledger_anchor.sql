-- +goose Up

-- The hash of the newest time stamp token that the log names: every entry after it
-- names it too.
ALTER TABLE ledger_head ADD COLUMN anchor text NOT NULL DEFAULT '';
