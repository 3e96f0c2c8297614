-- +goose Up
CREATE TABLE ledger_head (
	org_id   text PRIMARY KEY,
	origin   text NOT NULL,
	size     bigint NOT NULL,
	root     bytea NOT NULL,
	frontier bytea NOT NULL,
	last_at  bigint NOT NULL DEFAULT 0
);

CREATE TABLE ledger_leaf (
	org_id text NOT NULL,
	idx    bigint NOT NULL,
	id     text NOT NULL,
	type   text NOT NULL,
	stream text NOT NULL,
	at     bigint NOT NULL,
	hash   bytea NOT NULL,
	leaf   bytea NOT NULL,
	PRIMARY KEY (org_id, idx)
);
CREATE UNIQUE INDEX ledger_leaf_id ON ledger_leaf (org_id, id);

CREATE TABLE ledger_stream (
	org_id text NOT NULL,
	stream text NOT NULL,
	seq    bigint NOT NULL,
	hash   bytea NOT NULL,
	PRIMARY KEY (org_id, stream)
);

CREATE TABLE ledger_node (
	org_id text NOT NULL,
	level  integer NOT NULL,
	idx    bigint NOT NULL,
	hash   bytea NOT NULL,
	PRIMARY KEY (org_id, level, idx)
);

CREATE TABLE ledger_pending (
	org_id text NOT NULL,
	n      bigint NOT NULL,
	id     text NOT NULL,
	body   bytea NOT NULL,
	PRIMARY KEY (org_id, id)
);

CREATE TABLE ledger_checkpoint (
	org_id text NOT NULL,
	size   bigint NOT NULL,
	at     bigint NOT NULL,
	note   text NOT NULL,
	PRIMARY KEY (org_id, size)
);
