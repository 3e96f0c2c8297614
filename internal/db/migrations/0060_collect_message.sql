-- +goose Up
CREATE TABLE collect_message (
	org_id      text NOT NULL,
	connection  text NOT NULL,
	id          text NOT NULL,
	received_at bigint NOT NULL,
	sealed      bytea NOT NULL,
	PRIMARY KEY (org_id, connection, id)
);
