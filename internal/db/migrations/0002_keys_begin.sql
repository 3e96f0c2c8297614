-- +goose Up
CREATE TABLE keys_org (
	org_id     text PRIMARY KEY,
	wrapped    bytea NOT NULL,
	log_origin text NOT NULL,
	log_seed   bytea NOT NULL,
	log_public text NOT NULL,
	created_at bigint NOT NULL
);
