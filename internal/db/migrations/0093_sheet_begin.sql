-- +goose Up
-- The items of test sheets as each was selected, the mark in force of each item and
-- attribute, and every mark that was ever made. The empty attribute is the item as a
-- whole.
CREATE TABLE sheet_row (
	org_id text NOT NULL,
	sheet  text NOT NULL,
	number integer NOT NULL,
	place  integer NOT NULL,
	body   text NOT NULL,
	PRIMARY KEY (org_id, sheet, number)
);

CREATE TABLE sheet_cell (
	org_id    text NOT NULL,
	sheet     text NOT NULL,
	number    integer NOT NULL,
	attribute text NOT NULL,
	mark      text NOT NULL,
	body      text NOT NULL,
	at        bigint NOT NULL,
	by_id     text NOT NULL,
	by_name   text NOT NULL,
	PRIMARY KEY (org_id, sheet, number, attribute)
);

CREATE TABLE sheet_mark (
	org_id    text NOT NULL,
	sheet     text NOT NULL,
	number    integer NOT NULL,
	attribute text NOT NULL,
	turn      integer NOT NULL,
	mark      text NOT NULL,
	body      text NOT NULL,
	at        bigint NOT NULL,
	by_id     text NOT NULL,
	by_name   text NOT NULL,
	PRIMARY KEY (org_id, sheet, number, attribute, turn)
);
