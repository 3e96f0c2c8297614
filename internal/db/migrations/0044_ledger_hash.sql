-- +goose Up

-- Anyone who holds a leaf may ask by its hash where it stands.
CREATE INDEX ledger_leaf_hash ON ledger_leaf (org_id, hash);
