-- +goose Up
CREATE TABLE task_task (
	org_id        text NOT NULL,
	id            text NOT NULL,
	noun          text NOT NULL,
	object        text NOT NULL,
	step          text NOT NULL,
	title         text NOT NULL,
	why           text NOT NULL,
	control       text NOT NULL,
	href          text NOT NULL,
	due_on        text NOT NULL,
	assignee      text NOT NULL,
	role          text NOT NULL,
	asked_by      text NOT NULL,
	asked_by_name text NOT NULL,
	created_at    bigint NOT NULL,
	snoozed_until text NOT NULL DEFAULT '',
	done_at       bigint NOT NULL DEFAULT 0,
	done_by       text NOT NULL DEFAULT '',
	done_by_name  text NOT NULL DEFAULT '',
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX task_task_open ON task_task (org_id, noun, object, step) WHERE done_at = 0;
CREATE INDEX task_task_assignee ON task_task (org_id, assignee, done_at);
CREATE INDEX task_task_role ON task_task (org_id, role, done_at);
