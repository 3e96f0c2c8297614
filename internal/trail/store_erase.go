package trail

import (
	"math"

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

// Actors lists the pseudonyms of users that entries hold a name of and that did nothing
// since a time, oldest first.
func Actors(tx *db.Tx, before int64) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT actor FROM trail_entry WHERE org_id = $1 AND actor LIKE 'usr\_%' ESCAPE '\' GROUP BY actor
		HAVING max(at) < $2 AND max(name) <> '' ORDER BY max(at), actor`, tx.Org(), before)
}
