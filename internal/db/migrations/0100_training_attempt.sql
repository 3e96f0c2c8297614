-- +goose Up
-- Every attempt at the questions of a lesson.
CREATE TABLE training_attempt (
	org_id    text NOT NULL,
	course    text NOT NULL,
	person    text NOT NULL,
	number    integer NOT NULL,
	lesson    text NOT NULL,
	version   integer NOT NULL,
	asked     integer NOT NULL,
	correct   integer NOT NULL,
	passed    integer NOT NULL,
	at        bigint NOT NULL,
	user_id   text NOT NULL,
	PRIMARY KEY (org_id, course, person, number)
);
