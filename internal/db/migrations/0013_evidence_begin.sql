-- +goose Up
CREATE TABLE evidence_item (
	org_id        text NOT NULL,
	id            text NOT NULL,
	kind          text NOT NULL,
	title         text NOT NULL,
	note          text NOT NULL,
	controls      text NOT NULL,
	lane          text NOT NULL,
	covers_from   text NOT NULL,
	covers_to     text NOT NULL,
	frequency     text NOT NULL,
	due_on        text NOT NULL,
	keep_until    text NOT NULL,
	file_name     text NOT NULL,
	media         text NOT NULL,
	size          bigint NOT NULL,
	blob          text NOT NULL,
	data_key      bytea,
	blob_salt     bytea,
	salt          bytea NOT NULL,
	connection    text NOT NULL,
	seq           bigint NOT NULL,
	by_actor      text NOT NULL,
	by_name       text NOT NULL,
	at            bigint NOT NULL,
	supersedes    text NOT NULL,
	superseded_by text NOT NULL DEFAULT '',
	heads         integer NOT NULL,
	search        text NOT NULL,
	leaf          text NOT NULL,
	PRIMARY KEY (org_id, id)
);
CREATE INDEX evidence_item_at ON evidence_item (org_id, at, id);
CREATE INDEX evidence_item_due ON evidence_item (org_id, due_on) WHERE heads > 0 AND due_on <> '';

CREATE TABLE evidence_control (
	org_id    text NOT NULL,
	evidence  text NOT NULL,
	control   text NOT NULL,
	lane      text NOT NULL,
	covers_to text NOT NULL,
	later     text NOT NULL DEFAULT '',
	PRIMARY KEY (org_id, evidence, control)
);
CREATE INDEX evidence_control_control ON evidence_control (org_id, control, lane, later);
