package person

import (
	"strings"

	"assay/internal/db"
	"assay/internal/standing"
)

const columns = `id, name, email, title, grp, manager, employment, starts_on, ends_on, external_id, created_at, updated_at`

func read(scan db.Scan) (p Person, err error) {
	err = scan(&p.ID, &p.Name, &p.Email, &p.Title, &p.Group, &p.Manager, &p.Employment,
		db.Text(&p.StartsOn), db.Text(&p.EndsOn), &p.ExternalID, db.At(&p.CreatedAt), db.At(&p.UpdatedAt))
	return p, err
}

func load(tx *db.Tx, personID string) (Person, error) {
	return db.One(tx, read, `SELECT `+columns+` FROM person_person WHERE org_id = $1 AND id = $2`, tx.Org(), personID)
}

func all(tx *db.Tx) ([]Person, error) {
	return db.All(tx, read, `SELECT `+columns+` FROM person_person WHERE org_id = $1 ORDER BY sort_name, id`, tx.Org())
}

func (p *Person) derived() (sortName, search string) {
	sortName = strings.ToLower(p.Name)
	return sortName, strings.Join([]string{sortName, p.Email, strings.ToLower(p.Title), strings.ToLower(p.Group), strings.ToLower(p.ExternalID)}, "\n")
}

func insert(tx *db.Tx, p *Person) error {
	sortName, search := p.derived()
	return tx.Bulk(`INSERT INTO person_person (org_id, `+columns+`, sort_name, search)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		tx.Org(), p.ID, p.Name, p.Email, p.Title, p.Group, p.Manager, string(p.Employment), p.StartsOn.String(), p.EndsOn.String(),
		p.ExternalID, db.Ms(p.CreatedAt), db.Ms(p.UpdatedAt), sortName, search)
}

func save(tx *db.Tx, p *Person) error {
	sortName, search := p.derived()
	return tx.Bulk(`UPDATE person_person SET name = $3, email = $4, title = $5, grp = $6, manager = $7, employment = $8,
		starts_on = $9, ends_on = $10, external_id = $11, updated_at = $12, sort_name = $13, search = $14
		WHERE org_id = $1 AND id = $2`,
		tx.Org(), p.ID, p.Name, p.Email, p.Title, p.Group, p.Manager, string(p.Employment), p.StartsOn.String(), p.EndsOn.String(),
		p.ExternalID, db.Ms(p.UpdatedAt), sortName, search)
}

func managers(tx *db.Tx) (map[string]string, error) {
	out := map[string]string{}
	err := tx.Each(func(scan db.Scan) error {
		var personID, manager string
		if err := scan(&personID, &manager); err != nil {
			return err
		}
		out[personID] = manager
		return nil
	}, `SELECT id, manager FROM person_person WHERE org_id = $1`, tx.Org())
	return out, err
}

// condition of each state on the day; the dates are text that sorts.
func (s State) condition() string {
	switch s {
	case Joining:
		return `starts_on > ? AND (ends_on = '' OR ends_on >= ?)`
	case Active:
		return `starts_on <= ? AND ends_on = '' AND ? <> ''`
	case Leaving:
		return `starts_on <= ? AND ends_on >= ?`
	case Left:
		return `ends_on <> '' AND ends_on < ? AND ? <> ''`
	}
	return ""
}

func (f *Filter) where(tx *db.Tx, today standing.Date) db.Where {
	var w db.Where
	w.And("org_id = ?", tx.Org())
	if c := f.State.condition(); c != "" {
		w.And(c, today.String(), today.String())
	}
	if f.Employment != "" {
		w.And("employment = ?", string(f.Employment))
	}
	if f.Group != "" {
		w.And("grp = ?", f.Group)
	}
	if f.Query != "" {
		w.And(`search LIKE ? ESCAPE '\'`, db.Like(f.Query))
	}
	return w
}

func list(tx *db.Tx, f *Filter, today standing.Date) ([]Person, error) {
	w := f.where(tx, today)
	if f.After != "" {
		w.And("(sort_name, id) > (SELECT sort_name, id FROM person_person WHERE org_id = ? AND id = ?)", tx.Org(), f.After)
	}
	limit := ""
	if f.Limit > 0 {
		limit = " LIMIT " + w.Arg(f.Limit)
	}
	return db.All(tx, read, `SELECT `+columns+` FROM person_person WHERE `+w.String()+` ORDER BY sort_name, id`+limit, w.Args()...)
}

func count(tx *db.Tx, f *Filter, today standing.Date) (int, error) {
	w := f.where(tx, today)
	return db.One(tx, db.Value[int], `SELECT count(*) FROM person_person WHERE `+w.String(), w.Args()...)
}

func groups(tx *db.Tx) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT DISTINCT grp FROM person_person WHERE org_id = $1 AND grp <> '' ORDER BY grp`, tx.Org())
}

func withAddress(tx *db.Tx, address string) (string, error) {
	id, _, err := db.Maybe(tx, db.Value[string], `SELECT id FROM person_person WHERE org_id = $1 AND email = $2`, tx.Org(), address)
	return id, err
}
