package register

import (
	"strings"

	"assay/internal/db"
	"assay/internal/kit/tlog"
)

const columns = `noun, id, number, external_id, state, body, version, archived_at, archived_why, created_at, updated_at, by_id, by_name`

func read(scan db.Scan) (r Record, err error) {
	err = scan(&r.Noun, &r.ID, &r.Number, &r.ExternalID, &r.State, db.JSON(&r.Values), &r.Version, db.At(&r.ArchivedAt), &r.ArchivedWhy,
		db.At(&r.CreatedAt), db.At(&r.UpdatedAt), &r.By, &r.ByName)
	if r.Values == nil {
		r.Values = Values{}
	}
	return r, err
}

func load(tx *db.Tx, noun, id string) (Record, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM register_row WHERE org_id = $1 AND noun = $2 AND id = $3`, tx.Org(), noun, id)
}

// present are the records of a register that are not archived, by number.
func present(tx *db.Tx, noun string) ([]Record, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM register_row WHERE org_id = $1 AND noun = $2 AND archived_at = 0 ORDER BY number`, tx.Org(), noun)
}

// all are the records of a register, archived ones too, by number.
func all(tx *db.Tx, noun string) ([]Record, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM register_row WHERE org_id = $1 AND noun = $2 ORDER BY number`, tx.Org(), noun)
}

// having are the records with one of the contents in a field, by number.
func having(tx *db.Tx, noun, field string, contents []string) ([]Record, error) {
	args := db.Args([]any{tx.Org(), noun, field}, contents...)
	return db.All(tx, read, `SELECT `+columns+` FROM register_row WHERE org_id = $1 AND noun = $2 AND number IN (
			SELECT number FROM register_key WHERE org_id = $1 AND noun = $2 AND field = $3 AND content IN (`+db.In(4, len(contents))+`))
		ORDER BY number`, args...)
}

// take gives out the next number of a register.
func take(tx *db.Tx, noun string) (int, error) {
	return db.One(tx, db.Value[int], `INSERT INTO register_counter (org_id, noun, last) VALUES ($1, $2, 1)
		ON CONFLICT (org_id, noun) DO UPDATE SET last = register_counter.last + 1 RETURNING last`, tx.Org(), noun)
}

func insert(tx *db.Tx, d *Declaration, r *Record) error {
	return tx.Bulk(`INSERT INTO register_row (org_id, noun, id, number, external_id, label, state, body, haystack, version, archived_at, archived_why,
			created_at, updated_at, by_id, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Org(), d.Noun, r.ID, r.Number, r.ExternalID, r.Label(d), r.State, db.ToJSON(r.Values), haystack(d, r), r.Version, db.Ms(r.ArchivedAt),
		r.ArchivedWhy, db.Ms(r.CreatedAt), db.Ms(r.UpdatedAt), r.By, r.ByName)
}

func save(tx *db.Tx, d *Declaration, r *Record) error {
	return tx.Bulk(`UPDATE register_row SET external_id = $4, label = $5, state = $6, body = $7, haystack = $8, version = $9, archived_at = $10,
			archived_why = $11, updated_at = $12, by_id = $13, by_name = $14
		WHERE org_id = $1 AND noun = $2 AND id = $3`,
		tx.Org(), d.Noun, r.ID, r.ExternalID, r.Label(d), r.State, db.ToJSON(r.Values), haystack(d, r), r.Version, db.Ms(r.ArchivedAt),
		r.ArchivedWhy, db.Ms(r.UpdatedAt), r.By, r.ByName)
}

func insertVersion(tx *db.Tx, r *Record, act, note string) error {
	return tx.Bulk(`INSERT INTO register_version (org_id, noun, id, version, act, state, external_id, body, note, at, by_id, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Org(), r.Noun, r.ID, r.Version, act, r.State, r.ExternalID, db.ToJSON(r.Values), note, db.Ms(r.UpdatedAt), r.By, r.ByName)
}

// versions of a record, the oldest first.
func versions(tx *db.Tx, noun, id string) ([]Version, error) {
	return db.All(tx, func(scan db.Scan) (v Version, err error) {
		err = scan(&v.Number, &v.Act, &v.State, &v.ExternalID, db.JSON(&v.Values), &v.Note, db.At(&v.At), &v.By, &v.ByName)
		return v, err
	}, `SELECT version, act, state, external_id, body, note, at, by_id, by_name FROM register_version
		WHERE org_id = $1 AND noun = $2 AND id = $3 ORDER BY version`, tx.Org(), noun, id)
}

// reindex writes what lists are narrowed and sorted by anew.
func reindex(tx *db.Tx, d *Declaration, r *Record, fresh bool) error {
	if !fresh {
		if err := tx.Bulk(`DELETE FROM register_key WHERE org_id = $1 AND noun = $2 AND number = $3`, tx.Org(), d.Noun, r.Number); err != nil {
			return err
		}
	}
	if !r.ArchivedAt.IsZero() {
		return nil
	}
	for _, k := range keysOf(d, r) {
		if err := tx.Bulk(`INSERT INTO register_key (org_id, noun, field, value, number, content) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (org_id, noun, field, value, number) DO NOTHING`, tx.Org(), d.Noun, k.field, k.value, r.Number, k.content); err != nil {
			return err
		}
	}
	return nil
}

type key struct{ field, value, content string }

// keysOf are the entries of a record in the index: at least one for each field,
// so that a list sorted by it is whole.
func keysOf(d *Declaration, r *Record) []key {
	out := []key{{"state", r.State, r.State}}
	for i := range d.Fields {
		f := &d.Fields[i]
		if !f.Indexed() {
			continue
		}
		list := r.List(f.Name)
		if len(list) == 0 {
			list = []string{""}
		}
		for _, content := range list {
			out = append(out, key{f.Name, f.key(content), content})
		}
	}
	return out
}

// found selects what a filter finds; sorting says by which field, empty for the
// number.
func (f *Filter) found(tx *db.Tx, d *Declaration, columns, sorting string) (text string, w *db.Where) {
	w = &db.Where{}
	text = `SELECT ` + columns + ` FROM register_row r`
	if sorting != "" {
		text += ` JOIN register_key s ON s.org_id = r.org_id AND s.noun = r.noun AND s.number = r.number AND s.field = ` + w.Arg(sorting)
	}
	w.And("r.org_id = ?", tx.Org())
	w.And("r.noun = ?", d.Noun)
	if f.Archived {
		w.And("r.archived_at > 0")
	} else {
		w.And("r.archived_at = 0")
	}
	for word := range strings.FieldsSeq(f.Query) {
		w.And(`r.haystack LIKE ? ESCAPE '\'`, db.Like(word))
	}
	for _, c := range f.Where {
		in := make([]string, 0, len(c.Any))
		for _, v := range c.Any {
			in = append(in, w.Arg(v))
		}
		w.And(`EXISTS (SELECT 1 FROM register_key k WHERE k.org_id = r.org_id AND k.noun = r.noun AND k.number = r.number AND k.field = ?`+
			` AND k.content IN (`+strings.Join(in, ", ")+`))`, c.Field)
	}
	for _, c := range f.Until {
		w.And(`EXISTS (SELECT 1 FROM register_key k WHERE k.org_id = r.org_id AND k.noun = r.noun AND k.number = r.number AND k.field = ?`+
			` AND k.value <> '' AND k.value < ?)`, c.Field, c.Any[0])
	}
	return text, w
}

// page reads the records of a page.
func (f *Filter) page(tx *db.Tx, d *Declaration) ([]Record, error) {
	down, field := strings.HasPrefix(f.Sort, "-"), strings.TrimPrefix(f.Sort, "-")
	if field == "id" {
		field = ""
	}
	text, w := f.found(tx, d, "r."+strings.ReplaceAll(columns, ", ", ", r."), field)
	if f.After != "" || f.Before != "" {
		sign, edge := " > ", f.After
		if f.Before != "" {
			edge = f.Before
		}
		if down != (f.Before != "") {
			sign = " < "
		}
		at := `SELECT number FROM register_row WHERE org_id = ? AND noun = ? AND id = ?`
		if field == "" {
			w.And("r.number"+sign+"("+at+")", tx.Org(), d.Noun, edge)
		} else {
			w.And("(s.value, s.number)"+sign+"(SELECT value, number FROM register_key WHERE org_id = ? AND noun = ? AND field = ? AND number = ("+at+") ORDER BY value LIMIT 1)",
				tx.Org(), d.Noun, field, tx.Org(), d.Noun, edge)
		}
	}
	way := ""
	if down != (f.Before != "") {
		way = " DESC"
	}
	order := " ORDER BY r.number" + way
	if field != "" {
		order = " ORDER BY s.value" + way + ", s.number" + way
	}
	text += " WHERE " + w.String() + order
	if f.Limit > 0 {
		text += " LIMIT " + w.Arg(f.Limit)
	}
	return db.All(tx, read, text, w.Args()...)
}

func (f *Filter) count(tx *db.Tx, d *Declaration) (int, error) {
	text, w := f.found(tx, d, "count(*)", "")
	return db.One(tx, db.Value[int], text+" WHERE "+w.String(), w.Args()...)
}

// tally counts the records by the contents of a field.
func tally(tx *db.Tx, noun, field string) (map[string]int, error) {
	out := map[string]int{}
	return out, tx.Each(func(scan db.Scan) error {
		var content string
		var n int
		err := scan(&content, &n)
		out[content] = n
		return err
	}, `SELECT content, count(*) FROM register_key WHERE org_id = $1 AND noun = $2 AND field = $3 GROUP BY content`, tx.Org(), noun, field)
}

func settings(tx *db.Tx, noun string) (Values, error) {
	out := Values{}
	return out, tx.Each(func(scan db.Scan) error {
		var name string
		var list []string
		err := scan(&name, db.JSON(&list))
		out[name] = list
		return err
	}, `SELECT name, body FROM register_setting WHERE org_id = $1 AND noun = $2`, tx.Org(), noun)
}

func saveSetting(tx *db.Tx, noun, name string, list []string) error {
	_, err := tx.Exec(`INSERT INTO register_setting (org_id, noun, name, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, noun, name) DO UPDATE SET body = excluded.body`, tx.Org(), noun, name, db.ToJSON(list))
	return err
}

func insertSnapshot(tx *db.Tx, r *Record, s *Snapshot, salt tlog.Salt) error {
	_, err := tx.Exec(`INSERT INTO register_snapshot (org_id, noun, id, version, of_noun, records, body, at, salt, leaf)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Org(), r.Noun, r.ID, r.Version, s.Of, s.Records, string(s.Body), db.Ms(s.At), salt[:], s.Leaf)
	return err
}

// newestSnapshot is the one taken last with a record.
func newestSnapshot(tx *db.Tx, noun, id string) (Snapshot, error) {
	return db.One(tx, func(scan db.Scan) (s Snapshot, err error) {
		var text string
		err = scan(&s.Of, &s.Records, &text, db.At(&s.At), &s.Leaf)
		s.Body = []byte(text)
		return s, err
	}, `SELECT of_noun, records, body, at, leaf FROM register_snapshot WHERE org_id = $1 AND noun = $2 AND id = $3 ORDER BY version DESC LIMIT 1`,
		tx.Org(), noun, id)
}

// sealed are the snapshots of a record, with their salts.
func sealed(tx *db.Tx, noun, id string) ([]Sealed, error) {
	return db.All(tx, func(scan db.Scan) (s Sealed, err error) {
		var text string
		var salt []byte
		if err := scan(&s.Of, &s.Records, &text, db.At(&s.At), &s.Leaf, &s.Version, &salt); err != nil {
			return s, err
		}
		s.Body = []byte(text)
		s.Salt, err = tlog.SaltFrom(salt)
		return s, err
	}, `SELECT of_noun, records, body, at, leaf, version, salt FROM register_snapshot WHERE org_id = $1 AND noun = $2 AND id = $3 ORDER BY version`, tx.Org(), noun, id)
}

// actedOn are the ids of the records that are not archived and of which a version
// has one of the acts.
func actedOn(tx *db.Tx, noun string, acts []string) ([]string, error) {
	args := db.Args([]any{tx.Org(), noun}, acts...)
	return db.All(tx, db.Value[string], `SELECT DISTINCT v.id FROM register_version v
		JOIN register_row r ON r.org_id = v.org_id AND r.noun = v.noun AND r.id = v.id
		WHERE v.org_id = $1 AND v.noun = $2 AND r.archived_at = 0 AND v.act IN (`+db.In(3, len(acts))+`) ORDER BY v.id`, args...)
}

// Forget takes the name of a user who was erased out of records and their history.
func Forget(tx *db.Tx, userID string) error {
	for _, stmt := range []string{
		`UPDATE register_row SET by_name = 'erased' WHERE org_id = $1 AND by_id = $2`,
		`UPDATE register_version SET by_name = 'erased' WHERE org_id = $1 AND by_id = $2`,
	} {
		if _, err := tx.Exec(stmt, tx.Org(), userID); err != nil {
			return err
		}
	}
	return nil
}
