-- +goose Up
-- Of a provider: the codes that clients answer, kept as hashes.
CREATE TABLE portfolio_offer (
	org_id     text NOT NULL,
	id         text NOT NULL,
	hash       bytea NOT NULL,
	name       text NOT NULL,
	by_id      text NOT NULL,
	at         bigint NOT NULL,
	expires_at bigint NOT NULL,
	consent    text NOT NULL DEFAULT '',
	ended_at   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX portfolio_offer_hash ON portfolio_offer (hash);

-- Of a provider: its clients, each with the summary that the client published last.
CREATE TABLE portfolio_client (
	org_id       text NOT NULL,
	id           text NOT NULL,
	client       text NOT NULL,
	name         text NOT NULL,
	at           bigint NOT NULL,
	work         boolean NOT NULL,
	staff        boolean NOT NULL,
	summary      text NOT NULL DEFAULT '',
	needs        boolean NOT NULL DEFAULT false,
	queue        text NOT NULL DEFAULT '',
	queued       integer NOT NULL DEFAULT 0,
	published_at bigint NOT NULL DEFAULT 0,
	ended_at     bigint NOT NULL DEFAULT 0,
	ended_why    text NOT NULL DEFAULT '',
	PRIMARY KEY (org_id, id)
);

-- Of a client: what it lets each provider see and do.
CREATE TABLE portfolio_consent (
	org_id        text NOT NULL,
	id            text NOT NULL,
	provider      text NOT NULL,
	provider_name text NOT NULL,
	offer         text NOT NULL,
	work          boolean NOT NULL,
	staff         boolean NOT NULL,
	by_id         text NOT NULL,
	at            bigint NOT NULL,
	ended_at      bigint NOT NULL DEFAULT 0,
	ended_by      text NOT NULL DEFAULT '',
	ended_why     text NOT NULL DEFAULT '',
	PRIMARY KEY (org_id, id)
);
