package control

import (
	"assay/internal/db"
	"assay/internal/kit/tlog"
	"assay/internal/standing"
)

const versionColumns = `control, number, effective_on, retired, body, author, created_at, leaf`

func readVersion(scan db.Scan) (v Version, err error) {
	var on string
	var control, author, leaf string
	var number int
	var retired bool
	if err := scan(&control, &number, &on, &retired, db.JSON(&v), &author, db.At(&v.CreatedAt), &leaf); err != nil {
		return v, err
	}
	v.Control, v.Number, v.Retired, v.Author, v.Leaf = control, number, retired, author, leaf
	v.EffectiveOn, err = standing.ParseDate(on)
	return v, err
}

func insertVersion(tx *db.Tx, v *Version, salt tlog.Salt) error {
	_, err := tx.Exec(`INSERT INTO control_version (org_id, `+versionColumns+`, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Org(), v.Control, v.Number, v.EffectiveOn.String(), v.Retired, db.ToJSON(v), v.Author, db.Ms(tx.Now()), v.Leaf, salt[:])
	return err
}

func insertControl(tx *db.Tx, id, library string) error {
	_, err := tx.Exec(`INSERT INTO control_control (org_id, id, library, created_at) VALUES ($1, $2, $3, $4)`,
		tx.Org(), id, library, db.Ms(tx.Now()))
	return err
}

// Versions returns every version of every control, by control and number.
func Versions(tx *db.Tx) (map[string][]Version, error) {
	list, err := db.All(tx, readVersion, `SELECT `+versionColumns+` FROM control_version WHERE org_id = $1 ORDER BY control, number`, tx.Org())
	out := map[string][]Version{}
	for i := range list {
		out[list[i].Control] = append(out[list[i].Control], list[i])
	}
	return out, err
}

func countVersions(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM control_version WHERE org_id = $1`, tx.Org())
}

func versionsOf(tx *db.Tx, control string) ([]Version, error) {
	return db.All(tx, readVersion, `SELECT `+versionColumns+` FROM control_version WHERE org_id = $1 AND control = $2 ORDER BY number`,
		tx.Org(), control)
}

func replace(tx *db.Tx, program string, st *standing.Standing, row summaryRow) error {
	for _, table := range []string{
		`DELETE FROM control_standing WHERE org_id = $1 AND program = $2 AND control = $3`,
		`DELETE FROM control_summary WHERE org_id = $1 AND program = $2 AND control = $3`,
	} {
		if err := tx.Bulk(table, tx.Org(), program, st.ID); err != nil {
			return err
		}
	}
	var rows [][]any
	spans := func(lane string, list []standing.Span) {
		for _, s := range list {
			rows = append(rows, []any{tx.Org(), program, st.ID, lane, int(s.From), int(s.To), s.State.String(), s.Observed, s.Note.String()})
		}
	}
	spans("", st.Spans)
	for _, l := range st.Lanes {
		spans(l.Key, l.Spans)
	}
	if err := tx.Insert(`INSERT INTO control_standing (org_id, program, control, lane, from_day, to_day, state, observed, note)`, "", rows); err != nil {
		return err
	}
	return tx.Bulk(`INSERT INTO control_summary (org_id, program, control, grp, headline, summary, lanes, built_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Org(), program, st.ID, row.group, row.headline, db.ToJSON(st.Summary), db.ToJSON(row.lanes), db.Ms(tx.Now()))
}

type summaryRow struct {
	group, headline string
	lanes           []LaneStanding
}

// builds is how often the program's standing was stored.
func builds(tx *db.Tx, program string) (int64, error) {
	n, _, err := db.Maybe(tx, db.Value[int64], `SELECT n FROM control_build WHERE org_id = $1 AND program = $2`, tx.Org(), program)
	return n, err
}

// countBuild counts one more, if there were as many as before; else it tells
// that somebody else was faster.
func countBuild(tx *db.Tx, program string, before int64) (bool, error) {
	n, err := tx.Exec(`INSERT INTO control_build (org_id, program, n) VALUES ($1, $2, 1)
		ON CONFLICT (org_id, program) DO UPDATE SET n = control_build.n + 1 WHERE control_build.n = $3`, tx.Org(), program, before)
	return n == 1, err
}

func removeStanding(tx *db.Tx, program string) error {
	for _, stmt := range []string{
		`DELETE FROM control_standing WHERE org_id = $1 AND program = $2`,
		`DELETE FROM control_summary WHERE org_id = $1 AND program = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), program); err != nil {
			return err
		}
	}
	return nil
}

type spanRow struct {
	control, lane string
	span          standing.Span
}

func readSpan(scan db.Scan) (r spanRow, err error) {
	var state, note string
	var from, to int
	if err := scan(&r.control, &r.lane, &from, &to, &state, &r.span.Observed, &note); err != nil {
		return r, err
	}
	r.span.From, r.span.To = standing.Date(from), standing.Date(to)
	if r.span.State, err = standing.ParseState(state); err != nil {
		return r, err
	}
	r.span.Note, err = standing.ParseNote(note)
	return r, err
}

func readSummary(scan db.Scan) (s Standing, err error) {
	err = scan(&s.Control, &s.Group, &s.Headline, db.JSON(&s.Summary), db.JSON(&s.Lanes), db.At(&s.BuiltAt))
	return s, err
}
