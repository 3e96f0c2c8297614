-- +goose Up
CREATE TABLE activity_performance (
	org_id       text NOT NULL,
	id           text NOT NULL,
	control      text NOT NULL,
	lane         text NOT NULL,
	due_on       text NOT NULL,
	performed_at bigint NOT NULL,
	recorded_at  bigint NOT NULL,
	by_actor     text NOT NULL,
	by_name      text NOT NULL,
	note         text NOT NULL,
	evidence     text NOT NULL,
	salt         bytea NOT NULL,
	leaf         text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX activity_performance_lane ON activity_performance (org_id, control, lane, due_on);
