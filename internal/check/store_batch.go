package check

import (
	"math"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
)

// How a batch ended; while it runs it is "running".
const (
	batchDone   = "done"
	batchBroken = "broken"
)

func insertBatch(tx *db.Tx, b *batch, checks []string) error {
	_, err := tx.Exec(`INSERT INTO check_batch (org_id, id, at, state, checks, alive_at) VALUES ($1, $2, $3, 'running', $4, $3)`,
		tx.Org(), b.id, db.Ms(b.now), db.ToJSON(checks))
	return err
}

func endBatch(tx *db.Tx, id, state string) error {
	n, err := tx.Exec(`UPDATE check_batch SET state = $3 WHERE org_id = $1 AND id = $2 AND state = 'running'`, tx.Org(), id, state)
	return running(n, err)
}

// aliveBatch says that the batch runs. A Conflict says that it does not.
func aliveBatch(tx *db.Tx, id string) error {
	n, err := tx.Exec(`UPDATE check_batch SET alive_at = $3 WHERE org_id = $1 AND id = $2 AND state = 'running'`,
		tx.Org(), id, db.Ms(tx.Now()))
	return running(n, err)
}

func running(touched int64, err error) error {
	if err == nil && touched != 1 {
		return fault.New(fault.Conflict, "The checks were taken for dead while they ran. Run them again.")
	}
	return err
}

// cut is a batch that has not ended.
type cut struct {
	id     string
	checks []string
	alive  time.Time
}

func runningBatches(tx *db.Tx) ([]cut, error) {
	return db.All(tx, func(scan db.Scan) (c cut, err error) {
		err = scan(&c.id, db.JSON(&c.checks), db.At(&c.alive))
		return c, err
	}, `SELECT id, checks, alive_at FROM check_batch WHERE org_id = $1 AND state = 'running' ORDER BY id`, tx.Org())
}

// newestBatch returns the id of the org's newest batch, however it ended; empty
// if there was none. Ids begin with the instant.
func newestBatch(tx *db.Tx) (string, error) {
	id, _, err := db.Maybe(tx, db.Value[string], `SELECT id FROM check_batch WHERE org_id = $1 ORDER BY id DESC LIMIT 1`, tx.Org())
	return id, err
}

// Exists reports whether the org ever had the check, for others that refer to
// one.
func Exists(tx *db.Tx, check string) (bool, error) {
	n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM check_definition WHERE org_id = $1 AND check_id = $2`, tx.Org(), check)
	return n > 0, err
}

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

// Stretches calls fn for every stretch of what a check said of the resources of a
// kind, by resource and time.
func Stretches(tx *db.Tx, check, kind string, fn func(Transition) error) error {
	return tx.Each(func(scan db.Scan) error {
		t, err := readTransition(scan)
		if err != nil {
			return err
		}
		return fn(t)
	}, `SELECT `+resultColumns+` FROM check_result WHERE org_id = $1 AND check_id = $2 AND kind = $3
		ORDER BY authority, native_id, since, run_in`, tx.Org(), check, kind)
}

// Failed joins the stretches of one resource, in the order of time, into failures.
func Failed(list []Transition) []Failure { return failures(list) }

// RunOf reads a run by its id. There must be one.
func RunOf(tx *db.Tx, id string) (Run, error) {
	return db.One(tx, readRun, `SELECT `+runColumns+` FROM check_run WHERE org_id = $1 AND id = $2`, tx.Org(), id)
}
