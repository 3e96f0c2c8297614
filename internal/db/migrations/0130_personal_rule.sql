-- +goose Up
-- How long an organization keeps the names of users who left; 0: until somebody erases them.
CREATE TABLE personal_rule (
	org_id text PRIMARY KEY,
	months integer NOT NULL
);
