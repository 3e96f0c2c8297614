-- +goose Up
CREATE TABLE check_definition (
	org_id       text NOT NULL,
	check_id     text NOT NULL,
	revision     integer NOT NULL,
	version      integer NOT NULL,
	canonical    bytea NOT NULL,
	hash         text NOT NULL,
	vals         text NOT NULL,
	origin       text NOT NULL,
	state        text NOT NULL,
	effective_at bigint NOT NULL,
	author       text NOT NULL,
	approver     text NOT NULL,
	created_at   bigint NOT NULL,
	leaf         text NOT NULL,
	PRIMARY KEY (org_id, check_id, revision)
);

CREATE TABLE check_batch (
	org_id  text NOT NULL,
	id      text NOT NULL,
	at      bigint NOT NULL,
	state   text NOT NULL,
	checks  text NOT NULL,
	PRIMARY KEY (org_id, id)
);

CREATE TABLE check_run (
	org_id      text NOT NULL,
	id          text NOT NULL,
	batch       text NOT NULL,
	check_id    text NOT NULL,
	version     integer NOT NULL,
	revision    integer NOT NULL,
	at          bigint NOT NULL,
	status      text NOT NULL,
	reason      text NOT NULL,
	explanation text NOT NULL,
	listed      integer NOT NULL,
	out_of      integer NOT NULL,
	population  integer NOT NULL,
	excluded    integer NOT NULL,
	passed      integer NOT NULL,
	failed      integer NOT NULL,
	unknown     integer NOT NULL,
	inputs      text NOT NULL,
	fingerprint text NOT NULL,
	covers_from bigint NOT NULL,
	covers_to   bigint NOT NULL,
	root        bytea NOT NULL,
	leaf        text NOT NULL,
	reused      boolean NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX check_run_check ON check_run (org_id, check_id, at);
CREATE INDEX check_run_at ON check_run (org_id, at);

CREATE TABLE check_result (
	org_id    text NOT NULL,
	check_id  text NOT NULL,
	kind      text NOT NULL,
	authority text NOT NULL,
	native_id text NOT NULL,
	run_in    text NOT NULL,
	run_out   text NOT NULL,
	status    text NOT NULL,
	reason    text NOT NULL,
	since     bigint NOT NULL,
	until     bigint NOT NULL,
	ended     text NOT NULL,
	label     text NOT NULL,
	message   text NOT NULL,
	hash      bytea NOT NULL,
	event_at  bigint NOT NULL,
	PRIMARY KEY (org_id, check_id, kind, authority, native_id, run_in)
);
CREATE INDEX check_result_open ON check_result (org_id, check_id, until, status);

CREATE TABLE check_exclusion (
	org_id       text NOT NULL,
	id           text NOT NULL,
	check_id     text NOT NULL,
	kind         text NOT NULL,
	authority    text NOT NULL,
	native_id    text NOT NULL,
	label        text NOT NULL,
	reason       text NOT NULL,
	compensating text NOT NULL,
	asked_by     text NOT NULL,
	asked_at     bigint NOT NULL,
	approved_by  text NOT NULL,
	from_at      bigint NOT NULL,
	until_at     bigint NOT NULL,
	state        text NOT NULL,
	salt         bytea NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX check_exclusion_check ON check_exclusion (org_id, check_id, state);
