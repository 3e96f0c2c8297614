package projection

import (
	"time"

	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/pack"
	"assay/internal/rule"
)

// Missing finds what the stored log shows to be missing: times at which nothing
// was collected or judged, connections switched off, collections that broke off,
// sources that counted more than came, and connections of which it does not say how
// often they are collected.
func Missing(tx *db.Tx) ([]pack.Gap, error) {
	fresh, err := definitions(tx)
	if err != nil {
		return nil, err
	}
	size, _, _, err := ledger.Sizes(tx)
	if err != nil {
		return nil, err
	}
	g := &pack.Gaps{Fresh: func(definition tlog.Hash, params map[string]string) time.Duration {
		if d := fresh[definition.String()]; d != nil {
			return d.FreshFor(params)
		}
		return 0
	}}
	if err := ledger.Each(tx, 0, size, func(l ledger.Leaf) error {
		o, err := tlog.Open(l.Bytes)
		if err != nil {
			return err
		}
		return g.Leaf(o)
	}); err != nil {
		return nil, err
	}
	if err := tx.Each(func(scan db.Scan) error {
		var manifest []byte
		if err := scan(&manifest); err != nil {
			return err
		}
		return g.Counted(manifest)
	}, `SELECT manifest FROM fact_collection WHERE org_id = $1 AND leaf <> ''`, tx.Org()); err != nil {
		return nil, err
	}
	return append(g.List(time.Time{}, time.Time{}), g.Unsaid()...), nil
}

// definitions are those in force at any time, by hash.
func definitions(tx *db.Tx) (map[string]*rule.Definition, error) {
	out := map[string]*rule.Definition{}
	return out, tx.Each(func(scan db.Scan) error {
		var hash string
		var canonical []byte
		if err := scan(&hash, &canonical); err != nil {
			return err
		}
		d, err := rule.ParseCanonical(canonical)
		out[hash] = d
		return err
	}, `SELECT hash, canonical FROM check_definition WHERE org_id = $1 AND leaf <> ''`, tx.Org())
}
