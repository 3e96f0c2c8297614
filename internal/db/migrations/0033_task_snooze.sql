-- +goose Up
-- What one person hides of what is worked out for them, until a day.
CREATE TABLE task_snooze (
	org_id  text NOT NULL,
	user_id text NOT NULL,
	duty    text NOT NULL,
	until   text NOT NULL,
	PRIMARY KEY (org_id, user_id, duty)
);
