-- +goose Up
CREATE TABLE fact_kind (
	org_id     text NOT NULL,
	kind       text NOT NULL,
	version    integer NOT NULL,
	schema     text NOT NULL,
	hash       text NOT NULL,
	origin     text NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (org_id, kind, version)
);

CREATE TABLE fact_version (
	org_id        text NOT NULL,
	content       bytea NOT NULL,
	rkey          bytea NOT NULL,
	kind          text NOT NULL,
	authority     text NOT NULL,
	native_id     text NOT NULL,
	part          text NOT NULL,
	schema        integer NOT NULL,
	bytes         bytea NOT NULL,
	salt          bytea NOT NULL,
	hash          bytea NOT NULL,
	label         text NOT NULL,
	personal      bytea,
	personal_salt bytea,
	event_at      bigint NOT NULL DEFAULT 0,
	created_at    bigint NOT NULL,
	PRIMARY KEY (org_id, content)
);
CREATE INDEX fact_version_rkey ON fact_version (org_id, rkey, created_at);
CREATE INDEX fact_version_kind ON fact_version (org_id, kind, event_at);

CREATE TABLE fact_collection (
	org_id      text NOT NULL,
	connection  text NOT NULL,
	seq         bigint NOT NULL,
	state       text NOT NULL,
	started_at  bigint NOT NULL,
	finished_at bigint NOT NULL DEFAULT 0,
	items       bigint NOT NULL DEFAULT 0,
	added       bigint NOT NULL DEFAULT 0,
	removed     bigint NOT NULL DEFAULT 0,
	root        bytea,
	manifest    bytea,
	manifest_salt bytea,
	connector   text NOT NULL,
	intent_leaf text NOT NULL,
	leaf        text NOT NULL DEFAULT '',
	problem     text NOT NULL DEFAULT '',
	PRIMARY KEY (org_id, connection, seq)
);

CREATE TABLE fact_listing (
	org_id     text NOT NULL,
	connection text NOT NULL,
	seq        bigint NOT NULL,
	kind       text NOT NULL,
	complete   boolean NOT NULL,
	at         bigint NOT NULL,
	covers_from bigint NOT NULL DEFAULT 0,
	covers_to  bigint NOT NULL DEFAULT 0,
	items      bigint NOT NULL,
	problems   text NOT NULL,
	changed_seq bigint NOT NULL,
	PRIMARY KEY (org_id, connection, seq, kind)
);
CREATE INDEX fact_listing_kind ON fact_listing (org_id, kind, connection, seq);

CREATE TABLE fact_span (
	org_id     text NOT NULL,
	connection text NOT NULL,
	content    bytea NOT NULL,
	from_seq   bigint NOT NULL,
	to_seq     bigint NOT NULL,
	kind       text NOT NULL,
	PRIMARY KEY (org_id, connection, content, from_seq)
);
CREATE INDEX fact_span_open ON fact_span (org_id, connection, to_seq, kind);
CREATE INDEX fact_span_content ON fact_span (org_id, content);
