-- +goose Up
-- What a connection's listings of an event kind cover is asked for at every
-- collection; of a kind of states there is no such listing to be looked for.
CREATE INDEX fact_listing_cover ON fact_listing (org_id, connection, kind, seq) WHERE covers_to <> 0;
