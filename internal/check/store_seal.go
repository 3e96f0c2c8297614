package check

import (
	"math"
	"time"

	"assay/internal/db"
)

// EachDefinition calls fn for every definition that was ever put in force, once
// for each hash, for packages.
func EachDefinition(tx *db.Tx, fn func(hash string, canonical []byte) error) error {
	last := ""
	return tx.Each(func(scan db.Scan) error {
		var hash string
		var canonical []byte
		if err := scan(&hash, &canonical); err != nil {
			return err
		}
		if hash == last {
			return nil
		}
		last = hash
		return fn(hash, canonical)
	}, `SELECT hash, canonical FROM check_definition WHERE org_id = $1 AND leaf <> '' ORDER BY hash, revision`, tx.Org())
}

// EachTransition calls fn for every stretch of a period that is no pass, by
// check and time, for packages; both times zero are all there is.
func EachTransition(tx *db.Tx, from, to time.Time, fn func(Transition) error) error {
	until := int64(math.MaxInt64)
	if !to.IsZero() {
		until = db.Ms(to)
	}
	return tx.Each(func(scan db.Scan) error {
		t, err := readTransition(scan)
		if err != nil {
			return err
		}
		return fn(t)
	}, `SELECT `+resultColumns+` FROM check_result WHERE org_id = $1 AND status <> 'pass' AND (until = 0 OR until >= $2) AND since < $3
		ORDER BY check_id, since, run_in, kind, authority, native_id`, tx.Org(), db.Ms(from), until)
}
