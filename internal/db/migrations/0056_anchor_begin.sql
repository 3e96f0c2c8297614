-- +goose Up

-- Time stamp tokens, as the authorities gave them.
CREATE TABLE anchor_stamp (
	org_id    text NOT NULL,
	hash      text NOT NULL,
	size      bigint NOT NULL,
	authority text NOT NULL,
	at        bigint NOT NULL,
	token     bytea NOT NULL,
	leaf      text NOT NULL,
	PRIMARY KEY (org_id, hash)
);
CREATE INDEX anchor_stamp_size ON anchor_stamp (org_id, authority, size);

-- Signatures of witnesses on checkpoints.
CREATE TABLE anchor_cosignature (
	org_id  text NOT NULL,
	size    bigint NOT NULL,
	witness text NOT NULL,
	at      bigint NOT NULL,
	line    text NOT NULL,
	leaf    text NOT NULL,
	PRIMARY KEY (org_id, size, witness)
);

-- When each authority and witness was last asked, and what went wrong.
CREATE TABLE anchor_try (
	org_id  text NOT NULL,
	source  text NOT NULL,
	at      bigint NOT NULL,
	problem text NOT NULL,
	PRIMARY KEY (org_id, source)
);
