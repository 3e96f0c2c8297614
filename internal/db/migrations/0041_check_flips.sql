-- +goose Up
-- Until when the verdicts of a run hold although the check reads the instant of the run; 0 where it is not known.
ALTER TABLE check_run ADD COLUMN flips_at bigint NOT NULL DEFAULT 0;
