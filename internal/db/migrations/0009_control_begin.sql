-- +goose Up
CREATE TABLE control_control (
	org_id     text NOT NULL,
	id         text NOT NULL,
	library    text NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (org_id, id)
);

CREATE TABLE control_version (
	org_id       text NOT NULL,
	control      text NOT NULL,
	number       integer NOT NULL,
	effective_on text NOT NULL,
	retired      boolean NOT NULL,
	body         text NOT NULL,
	salt         bytea NOT NULL,
	author       text NOT NULL,
	created_at   bigint NOT NULL,
	leaf         text NOT NULL,
	PRIMARY KEY (org_id, control, number)
);

CREATE TABLE control_standing (
	org_id   text NOT NULL,
	program  text NOT NULL,
	control  text NOT NULL,
	lane     text NOT NULL,
	from_day integer NOT NULL,
	to_day   integer NOT NULL,
	state    text NOT NULL,
	observed boolean NOT NULL,
	note     text NOT NULL,
	PRIMARY KEY (org_id, program, control, lane, from_day)
);

CREATE TABLE control_summary (
	org_id   text NOT NULL,
	program  text NOT NULL,
	control  text NOT NULL,
	grp      text NOT NULL,
	headline text NOT NULL,
	summary  text NOT NULL,
	lanes    text NOT NULL,
	built_at bigint NOT NULL,
	PRIMARY KEY (org_id, program, control)
);
