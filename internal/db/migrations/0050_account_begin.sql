-- +goose Up

-- Whose account is whose: every match that was made, and when it was revoked. The
-- account is the provider's, known by kind, authority and native id; label is what
-- it was called when the match was made.
CREATE TABLE account_match (
	org_id     text NOT NULL,
	id         text NOT NULL,
	account    text NOT NULL,
	kind       text NOT NULL,
	authority  text NOT NULL,
	native_id  text NOT NULL,
	label      text NOT NULL,
	holder     text NOT NULL,
	person     text NOT NULL,
	how        text NOT NULL,
	note       text NOT NULL,
	made_at    bigint NOT NULL,
	made_by    text NOT NULL,
	made_name  text NOT NULL,
	ended_at   bigint NOT NULL,
	ended_by   text NOT NULL,
	ended_name text NOT NULL,
	why        text NOT NULL,
	PRIMARY KEY (org_id, id)
);
-- An account belongs to one at a time.
CREATE UNIQUE INDEX account_match_force ON account_match (org_id, account) WHERE ended_at = 0;
CREATE INDEX account_match_person ON account_match (org_id, person);
