-- +goose Up
-- The accounts of access reviews as each was seen when the review began, with the
-- decision in force; and every decision that was ever taken.
CREATE TABLE review_item (
	org_id     text NOT NULL,
	review     text NOT NULL,
	account    text NOT NULL,
	place      integer NOT NULL,
	kind       text NOT NULL,
	whose      text NOT NULL,
	body       text NOT NULL,
	haystack   text NOT NULL,
	thought    integer NOT NULL,
	verdict    text NOT NULL,
	note       text NOT NULL,
	decided_at bigint NOT NULL,
	by_id      text NOT NULL,
	by_name    text NOT NULL,
	seen_at    bigint NOT NULL,
	seen_by    text NOT NULL,
	seen_note  text NOT NULL,
	PRIMARY KEY (org_id, review, account)
);
CREATE INDEX review_item_place ON review_item (org_id, review, place);

CREATE TABLE review_decision (
	org_id  text NOT NULL,
	review  text NOT NULL,
	account text NOT NULL,
	number  integer NOT NULL,
	verdict text NOT NULL,
	note    text NOT NULL,
	at      bigint NOT NULL,
	by_id   text NOT NULL,
	by_name text NOT NULL,
	PRIMARY KEY (org_id, review, account, number)
);
