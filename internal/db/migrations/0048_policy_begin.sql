-- +goose Up
CREATE TABLE policy_policy (
	org_id        text NOT NULL,
	id            text NOT NULL,
	title         text NOT NULL,
	owner         text NOT NULL DEFAULT '',
	audience      text NOT NULL,
	controls      text NOT NULL,
	review_months integer NOT NULL,
	accept_days   integer NOT NULL,
	again_months  integer NOT NULL,
	template      text NOT NULL DEFAULT '',
	retired_on    text NOT NULL DEFAULT '',
	created_at    bigint NOT NULL,
	PRIMARY KEY (org_id, id)
);

CREATE TABLE policy_version (
	org_id       text NOT NULL,
	policy       text NOT NULL,
	number       integer NOT NULL,
	body         text NOT NULL,
	note         text NOT NULL,
	ask          boolean NOT NULL,
	author       text NOT NULL,
	author_name  text NOT NULL,
	writers      text NOT NULL,
	written_at   bigint NOT NULL,
	submitted_at bigint NOT NULL DEFAULT 0,
	returned     text NOT NULL DEFAULT '',
	approver     text NOT NULL DEFAULT '',
	approve_name text NOT NULL DEFAULT '',
	approved_at  bigint NOT NULL DEFAULT 0,
	effective_on text NOT NULL DEFAULT '',
	withdrawn_at bigint NOT NULL DEFAULT 0,
	hash         text NOT NULL DEFAULT '',
	salt         bytea,
	leaf         text NOT NULL DEFAULT '',
	PRIMARY KEY (org_id, policy, number)
);

CREATE TABLE policy_review (
	org_id  text NOT NULL,
	id      text NOT NULL,
	policy  text NOT NULL,
	version integer NOT NULL,
	on_day  text NOT NULL,
	by_id   text NOT NULL,
	by_name text NOT NULL,
	note    text NOT NULL,
	at      bigint NOT NULL,
	leaf    text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX policy_review_policy ON policy_review (org_id, policy, on_day);

CREATE TABLE policy_acceptance (
	org_id  text NOT NULL,
	id      text NOT NULL,
	policy  text NOT NULL,
	version integer NOT NULL,
	person  text NOT NULL,
	user_id text NOT NULL,
	at      bigint NOT NULL,
	leaf    text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX policy_acceptance_policy ON policy_acceptance (org_id, policy, person, at);
CREATE INDEX policy_acceptance_person ON policy_acceptance (org_id, person, policy);

-- What the organization answered to the questions of the library's policies.
CREATE TABLE policy_setting (
	org_id text NOT NULL,
	key    text NOT NULL,
	value  text NOT NULL,
	PRIMARY KEY (org_id, key)
);
