-- +goose Up
ALTER TABLE check_batch ADD COLUMN alive_at bigint NOT NULL DEFAULT 0;
CREATE INDEX check_batch_running ON check_batch (org_id) WHERE state = 'running';
