package trail

import (
	"math"
	"time"

	"assay/internal/db"
)

// eachEntry calls fn for all entries, oldest first, in blocks, so that fn may write.
func eachEntry(tx *db.Tx, fn func(e *Entry) error) error {
	at, id := int64(math.MinInt64), ""
	for {
		list, err := db.All(tx, read, `SELECT `+columns+` FROM trail_entry WHERE org_id = $1 AND (at, id) > ($2, $3) ORDER BY at, id LIMIT $4`, tx.Org(), at, id, block)
		if err != nil {
			return err
		}
		for i := range list {
			if err := fn(&list[i]); err != nil {
				return err
			}
		}
		if len(list) < block {
			return nil
		}
		last := &list[len(list)-1]
		at, id = db.Ms(last.At), last.ID
	}
}

// save stores what is left of an entry, and the leaf that commits to it.
func (r *remainder) save(tx *db.Tx, leaf string) error {
	_, err := tx.Exec(`UPDATE trail_entry SET name = $3, address = $4, label = $5, detail = $6, salt = $7, erased = $8 WHERE org_id = $1 AND id = $2`,
		tx.Org(), r.ID, r.Name, r.Address, r.Label, db.ToJSON(r.Detail), r.salt[:], leaf)
	return err
}

// Known is a user of whom entries hold a name.
type Known struct {
	ID     string
	Names  []string // the last one first
	LastAt time.Time
}

// People lists the users of whom entries hold a name: those who did something, and those
// who joined or were removed.
func People(tx *db.Tx) (out []Known, err error) {
	return out, tx.Each(func(scan db.Scan) error {
		var k Known
		var name string
		if err := scan(&k.ID, &name, db.At(&k.LastAt)); err != nil {
			return err
		}
		if n := len(out); n > 0 && out[n-1].ID == k.ID {
			out[n-1].Names = append(out[n-1].Names, name)
			return nil
		}
		k.Names = []string{name}
		out = append(out, k)
		return nil
	}, `SELECT id, name, max(at) FROM (
		SELECT actor AS id, name, at FROM trail_entry WHERE org_id = $1
		UNION ALL SELECT object AS id, label AS name, at FROM trail_entry WHERE org_id = $1 AND noun = 'user' AND action IN ('user.join', 'user.remove')) known
		WHERE id LIKE 'usr\_%' ESCAPE '\' AND name <> '' AND name <> $2 GROUP BY id, name ORDER BY id, max(at) DESC, name`, tx.Org(), Gone)
}

// OfUser calls fn for the entries by a user and about them, oldest first.
func OfUser(tx *db.Tx, userID string, fn func(e *Entry) error) error {
	return tx.Each(func(scan db.Scan) error {
		e, err := read(scan)
		if err != nil {
			return err
		}
		return fn(&e)
	}, `SELECT `+columns+` FROM trail_entry WHERE org_id = $1 AND (actor = $2 OR noun = 'user' AND object = $2) ORDER BY at, id`, tx.Org(), userID)
}
