-- +goose Up
CREATE TABLE program_program (
	org_id     text NOT NULL,
	id         text NOT NULL,
	name       text NOT NULL,
	slug       text NOT NULL,
	type       text NOT NULL,
	categories text NOT NULL,
	from_on    text NOT NULL,
	to_on      text NOT NULL,
	state      text NOT NULL,
	is_current boolean NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (org_id, id),
	UNIQUE (org_id, slug)
);

CREATE TABLE program_omission (
	org_id      text NOT NULL,
	program     text NOT NULL,
	criterion   text NOT NULL,
	reason      text NOT NULL,
	asked_by    text NOT NULL,
	asked_at    bigint NOT NULL,
	approved_by text NOT NULL,
	decided_at  bigint NOT NULL,
	PRIMARY KEY (org_id, program, criterion)
);
