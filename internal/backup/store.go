package backup

import (
	"errors"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
)

// The kinds of runs.
const (
	KindBackup  = "backup"  // a copy was made
	KindRestore = "restore" // a copy was put back, and the store goes on from it
	KindTest    = "test"    // a copy was put back elsewhere, to see that it can be
)

// Run is one copy that was made or put back, as an organization's log has it.
type Run struct {
	ID      string
	Kind    string
	Backup  string    // which copy
	At      time.Time // begun
	EndedAt time.Time
	Place   string
	SHA256  string // of the encrypted rows
	Bytes   int64
	Objects int64
	Size    int64 // of the log in the copy
	Root    string
	OK      bool
	Problem string
	Leaf    string
}

const runColumns = `id, kind, backup, at, ended_at, place, sha256, bytes, objects, size, root, ok, problem, leaf`

func scanRun(scan db.Scan) (r Run, err error) {
	err = scan(&r.ID, &r.Kind, &r.Backup, db.At(&r.At), db.At(&r.EndedAt), &r.Place, &r.SHA256, &r.Bytes, &r.Objects, &r.Size, &r.Root, &r.OK, &r.Problem, &r.Leaf)
	return r, err
}

func insertRun(tx *db.Tx, r *Run) error {
	_, err := tx.Exec(`INSERT INTO backup_run (org_id, `+runColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		tx.Org(), r.ID, r.Kind, r.Backup, db.Ms(r.At), db.Ms(r.EndedAt), r.Place, r.SHA256, r.Bytes, r.Objects, r.Size, r.Root, r.OK, r.Problem, r.Leaf)
	return err
}

// Runs lists what was done, newest first.
func Runs(tx *db.Tx, limit int) ([]Run, error) {
	return db.All(tx, scanRun, `SELECT `+runColumns+` FROM backup_run WHERE org_id = $1 ORDER BY at DESC, id DESC LIMIT $2`, tx.Org(), limit)
}

const turn = "backup"

// claim takes the turn until then, if it is nobody's and, when it only comes due,
// if it is due.
func claim(tx *db.Tx, until time.Time, onlyDue bool) (bool, error) {
	now := db.Ms(tx.Now())
	due := int64(1) << 62
	if onlyDue {
		due = now
	}
	if _, err := tx.Exec(`INSERT INTO backup_turn (name, until_at, next_at) VALUES ($1, 0, 0) ON CONFLICT (name) DO NOTHING`, turn); err != nil {
		return false, err
	}
	n, err := tx.Exec(`UPDATE backup_turn SET until_at = $2 WHERE name = $1 AND until_at <= $3 AND next_at <= $4`, turn, db.Ms(until), now, due)
	return n == 1, err
}

func extendTurn(tx *db.Tx, until time.Time) error {
	_, err := tx.Exec(`UPDATE backup_turn SET until_at = $2 WHERE name = $1`, turn, db.Ms(until))
	return err
}

func endTurn(tx *db.Tx, next time.Time) error {
	_, err := tx.Exec(`UPDATE backup_turn SET until_at = 0, next_at = $2 WHERE name = $1`, turn, db.Ms(next))
	return err
}

func mirrored(tx *db.Tx) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT COALESCE(max(size), 0) FROM backup_mirror WHERE org_id = $1`, tx.Org())
}

func saveMirrored(tx *db.Tx, size int64) error {
	_, err := tx.Exec(`INSERT INTO backup_mirror (org_id, size) VALUES ($1, $2) ON CONFLICT (org_id) DO UPDATE SET size = excluded.size`, tx.Org(), size)
	return err
}

// Held is what was put back and nobody has accepted yet.
type Held struct {
	Backup string
	At     time.Time // when it was put back
	MadeAt time.Time // when the copy was made
	Place  string
}

func hold(tx *db.Tx, h *Held) error {
	_, err := tx.Exec(`INSERT INTO backup_hold (id, backup, at, made_at, place) VALUES ('restored', $1, $2, $3, $4)`,
		h.Backup, db.Ms(h.At), db.Ms(h.MadeAt), h.Place)
	return err
}

func loadHeld(tx *db.Tx) (*Held, error) {
	h, err := db.One(tx, func(scan db.Scan) (h Held, err error) {
		err = scan(&h.Backup, db.At(&h.At), db.At(&h.MadeAt), &h.Place)
		return h, err
	}, `SELECT backup, at, made_at, place FROM backup_hold`)
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // nothing is held
	}
	return &h, err
}

func release(tx *db.Tx) error {
	_, err := tx.Exec(`DELETE FROM backup_hold`)
	return err
}

// clearPast forgets what belonged to the store that was copied: whose turn it was,
// how far its mirror came, and work that was in hand.
func clearPast(tx *db.Tx) error {
	var all error
	for _, statement := range []string{`DELETE FROM backup_turn`, `DELETE FROM backup_hold`, `DELETE FROM backup_mirror`} {
		_, err := tx.Exec(statement)
		all = errors.Join(all, err)
	}
	return all
}
