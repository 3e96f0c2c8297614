-- +goose Up
ALTER TABLE fact_collection ADD COLUMN alive_at bigint NOT NULL DEFAULT 0;
CREATE INDEX fact_collection_running ON fact_collection (org_id) WHERE state = 'running';
