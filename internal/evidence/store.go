package evidence

import (
	"strings"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/standing"
)

const columns = `id, kind, title, note, controls, lane, covers_from, covers_to, frequency, due_on, keep_until, file_name, media,
	size, blob, data_key, blob_salt, salt, connection, seq, by_actor, by_name, at, supersedes, superseded_by, heads, leaf`

func read(scan db.Scan) (e Evidence, err error) {
	var blobSalt, salt []byte
	err = scan(&e.ID, &e.Kind, &e.Title, &e.Note, db.JSON(&e.Controls), &e.Lane, db.Text(&e.From), db.Text(&e.To), &e.Frequency,
		db.Text(&e.DueOn), db.Text(&e.KeepUntil), &e.File, &e.Media, &e.Size, &e.Blob, &e.dataKey, &blobSalt, &salt,
		&e.Connection, &e.Seq, &e.By, &e.ByName, db.At(&e.At), &e.Supersedes, &e.SupersededBy, &e.Heads, &e.Leaf)
	if err != nil {
		return e, err
	}
	if len(blobSalt) > 0 {
		if e.blobSalt, err = tlog.SaltFrom(blobSalt); err != nil {
			return e, err
		}
	}
	e.salt, err = tlog.SaltFrom(salt)
	return e, err
}

func load(tx *db.Tx, evidenceID string) (Evidence, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM evidence_item WHERE org_id = $1 AND id = $2`, tx.Org(), evidenceID)
}

// insert stores a piece and finds its place among those that serve the same
// lanes.
func insert(tx *db.Tx, e *Evidence) error {
	search := strings.ToLower(strings.Join([]string{e.ID, e.Title, e.File, e.ByName, strings.Join(e.Controls, " ")}, "\n"))
	var blobSalt []byte
	if e.Blob != "" {
		blobSalt = e.blobSalt[:]
	}
	if _, err := tx.Exec(`INSERT INTO evidence_item (org_id, `+columns+`, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
			'', 0, $26, $27)`,
		tx.Org(), e.ID, string(e.Kind), e.Title, e.Note, db.ToJSON(e.Controls), e.Lane, e.From.String(), e.To.String(),
		string(e.Frequency), e.DueOn.String(), e.KeepUntil.String(), e.File, e.Media, e.Size, e.Blob, e.dataKey, blobSalt, e.salt[:],
		e.Connection, e.Seq, e.By, e.ByName, db.Ms(e.At), e.Supersedes, e.Leaf, search); err != nil {
		return err
	}
	for _, control := range e.Controls {
		if err := place(tx, e, control); err != nil {
			return err
		}
	}
	e.Heads = 0
	n, err := count(tx, `SELECT count(*) FROM evidence_control WHERE org_id = $1 AND evidence = $2 AND later = ''`, tx.Org(), e.ID)
	if err != nil {
		return err
	}
	e.Heads = n
	_, err = tx.Exec(`UPDATE evidence_item SET heads = $3 WHERE org_id = $1 AND id = $2`, tx.Org(), e.ID, n)
	return err
}

func count(tx *db.Tx, query string, args ...any) (int, error) {
	return db.One(tx, db.Value[int], query, args...)
}

// place makes the piece the head for a control, or puts it behind the one that
// reaches further.
func place(tx *db.Tx, e *Evidence, control string) error {
	head, found, err := db.Maybe(tx, func(scan db.Scan) (h struct {
		id string
		to standing.Date
	}, err error,
	) {
		err = scan(&h.id, db.Text(&h.to))
		return h, err
	}, `SELECT evidence, covers_to FROM evidence_control WHERE org_id = $1 AND control = $2 AND lane = $3 AND later = ''`,
		tx.Org(), control, e.Lane)
	if err != nil {
		return err
	}
	later := ""
	if found && head.to > e.To {
		later = head.id
	}
	if _, err := tx.Exec(`INSERT INTO evidence_control (org_id, evidence, control, lane, covers_to, later) VALUES ($1, $2, $3, $4, $5, $6)`,
		tx.Org(), e.ID, control, e.Lane, e.To.String(), later); err != nil || !found || later != "" {
		return err
	}
	if _, err := tx.Exec(`UPDATE evidence_control SET later = $4 WHERE org_id = $1 AND evidence = $2 AND control = $3`,
		tx.Org(), head.id, control, e.ID); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE evidence_item SET heads = heads - 1 WHERE org_id = $1 AND id = $2`, tx.Org(), head.id)
	return err
}

// markSuperseded takes a piece out of its lanes. Where it was the head, the
// piece behind it that reaches furthest is the head again.
func markSuperseded(tx *db.Tx, old, by string) error {
	if _, err := tx.Exec(`UPDATE evidence_item SET superseded_by = $3, heads = 0 WHERE org_id = $1 AND id = $2`, tx.Org(), old, by); err != nil {
		return err
	}
	lanes, err := db.All(tx, func(scan db.Scan) (l [3]string, err error) {
		err = scan(&l[0], &l[1], &l[2])
		return l, err
	}, `SELECT control, lane, later FROM evidence_control WHERE org_id = $1 AND evidence = $2`, tx.Org(), old)
	if err != nil {
		return err
	}
	for _, l := range lanes {
		if err := promote(tx, old, by, l); err != nil {
			return err
		}
	}
	return nil
}

func promote(tx *db.Tx, old, by string, lane [3]string) error {
	if _, err := tx.Exec(`UPDATE evidence_control SET later = $4 WHERE org_id = $1 AND evidence = $2 AND control = $3`,
		tx.Org(), old, lane[0], by); err != nil || lane[2] != "" {
		return err
	}
	next, found, err := db.Maybe(tx, db.Value[string], `SELECT c.evidence FROM evidence_control c
		JOIN evidence_item i ON i.org_id = c.org_id AND i.id = c.evidence
		WHERE c.org_id = $1 AND c.control = $2 AND c.lane = $3 AND i.superseded_by = ''
		ORDER BY c.covers_to DESC, c.evidence DESC LIMIT 1`, tx.Org(), lane[0], lane[1])
	if err != nil || !found {
		return err
	}
	if _, err := tx.Exec(`UPDATE evidence_control SET later = '' WHERE org_id = $1 AND evidence = $2 AND control = $3`,
		tx.Org(), next, lane[0]); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE evidence_item SET heads = heads + 1 WHERE org_id = $1 AND id = $2`, tx.Org(), next)
	return err
}

// Filter narrows a listing; the zero value is everything, newest first.
type Filter struct {
	Kind      Kind
	Freshness Freshness
	Control   string
	By        string        // actor id
	From, To  standing.Date // covers some of these days; 0 for no bound
	Query     string        // in id, title, file, name of who added it, controls
	Before    string        // id of the last piece of the previous page
	Limit     int           // 0 for all
}

// condition of each freshness; ? is today, and the day DueSoon days later.
func (f Freshness) condition() (cond string, days []int) {
	switch f {
	case Superseded:
		return `superseded_by <> ''`, nil
	case Continued:
		return `superseded_by = '' AND heads = 0`, nil
	case Once:
		return `heads > 0 AND due_on = ''`, nil
	case Overdue:
		return `heads > 0 AND due_on <> '' AND due_on < ?`, []int{0}
	case Due:
		return `heads > 0 AND due_on >= ? AND due_on <= ?`, []int{0, DueSoon}
	case Fresh:
		return `heads > 0 AND due_on > ?`, []int{DueSoon}
	}
	return "", nil
}

func (f *Filter) where(tx *db.Tx, day standing.Date) *db.Where {
	w := &db.Where{}
	w.And("org_id = ?", tx.Org())
	if cond, days := f.Freshness.condition(); cond != "" {
		var args []any
		for _, n := range days {
			args = append(args, (day + standing.Date(n)).String())
		}
		w.And(cond, args...)
	}
	if f.Kind != "" {
		w.And("kind = ?", string(f.Kind))
	}
	if f.By != "" {
		w.And("by_actor = ?", f.By)
	}
	if f.Control != "" {
		w.And(`id IN (SELECT evidence FROM evidence_control WHERE org_id = ? AND control = ?)`, tx.Org(), f.Control)
	}
	if f.From != 0 {
		w.And("covers_to > ?", f.From.String())
	}
	if f.To != 0 {
		w.And("covers_from < ?", f.To.String())
	}
	if f.Query != "" {
		w.And(`search LIKE ? ESCAPE '\'`, db.Like(f.Query))
	}
	return w
}

func list(tx *db.Tx, f *Filter, day standing.Date) ([]Evidence, error) {
	w := f.where(tx, day)
	if f.Before != "" {
		w.And("(at, id) < (SELECT at, id FROM evidence_item WHERE org_id = ? AND id = ?)", tx.Org(), f.Before)
	}
	limit := ""
	if f.Limit > 0 {
		limit = " LIMIT " + w.Arg(f.Limit)
	}
	return db.All(tx, read, `SELECT `+columns+` FROM evidence_item WHERE `+w.String()+` ORDER BY at DESC, id DESC`+limit, w.Args()...)
}

func total(tx *db.Tx, f *Filter, day standing.Date) (int, error) {
	w := f.where(tx, day)
	return count(tx, `SELECT count(*) FROM evidence_item WHERE `+w.String(), w.Args()...)
}

// Coverage is the days that a piece of evidence speaks for, for one control.
type Coverage struct {
	Evidence string
	Control  string
	Lane     string // empty: every upload lane of the control
	From, To standing.Date
	At       time.Time // when it was added
}

// Coverages returns what every piece that was not superseded covers.
func Coverages(tx *db.Tx) ([]Coverage, error) {
	return db.All(tx, func(scan db.Scan) (c Coverage, err error) {
		err = scan(&c.Evidence, &c.Control, &c.Lane, db.Text(&c.From), db.Text(&c.To), db.At(&c.At))
		return c, err
	}, `SELECT i.id, c.control, i.lane, i.covers_from, i.covers_to, i.at FROM evidence_item i
		JOIN evidence_control c ON c.org_id = i.org_id AND c.evidence = i.id
		WHERE i.org_id = $1 AND i.superseded_by = '' ORDER BY i.at, i.id, c.control`, tx.Org())
}

// Absent returns which of the ids are no evidence of the organization's.
func Absent(tx *db.Tx, ids []string) (absent []string, err error) {
	for _, id := range ids {
		n, err := count(tx, `SELECT count(*) FROM evidence_item WHERE org_id = $1 AND id = $2`, tx.Org(), id)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			absent = append(absent, id)
		}
	}
	return absent, nil
}

// Earliest is when the first of the ids was added; zero without any.
func Earliest(tx *db.Tx, ids []string) (first time.Time, err error) {
	for _, id := range ids {
		e, err := load(tx, id)
		if fault.Is(err, fault.NotFound) {
			continue // somebody wrote an id that never was
		}
		if err != nil {
			return first, err
		}
		if first.IsZero() || e.At.Before(first) {
			first = e.At
		}
	}
	return first, nil
}
