package fact

import (
	"time"

	"assay/connector"
	"assay/internal/db"
)

const positionColumns = `list, kind, from_at, asked_at, to_at, page, cursor, seq, begun_at`

// eachPlace calls fn for every place that is kept.
func eachPlace(tx *db.Tx, connection string, fn func(p connector.Position, proof []byte) error) error {
	return tx.Each(func(scan db.Scan) error {
		var p connector.Position
		var proof []byte
		if err := scan(&p.List, &p.Kind, db.At(&p.From), db.At(&p.Asked), db.At(&p.To), &p.Page, &p.Cursor, &p.Collection, db.At(&p.Begun), &proof); err != nil {
			return err
		}
		return fn(p, proof)
	}, `SELECT `+positionColumns+`, proof FROM fact_position WHERE org_id = $1 AND connection = $2 ORDER BY list`, tx.Org(), connection)
}

func (s *Session) savePlaces(tx *db.Tx) error {
	for _, p := range s.places {
		proof, err := s.proof(&p)
		if err != nil {
			return err
		}
		if err := tx.Bulk(`INSERT INTO fact_position (org_id, connection, proof, `+positionColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
			ON CONFLICT (org_id, connection, list) DO UPDATE SET proof = excluded.proof, kind = excluded.kind, from_at = excluded.from_at,
				asked_at = excluded.asked_at, to_at = excluded.to_at, page = excluded.page, cursor = excluded.cursor, seq = excluded.seq,
				begun_at = excluded.begun_at`,
			tx.Org(), s.origin.Connection, proof[:], p.List, p.Kind, db.Ms(p.From), db.Ms(p.Asked), db.Ms(p.To), p.Page, p.Cursor, p.Collection,
			db.Ms(p.Begun)); err != nil {
			return err
		}
	}
	return nil
}

// wasCutOff tells whether a collection of the connection was interrupted.
func wasCutOff(tx *db.Tx, connection string, seq int64) (bool, error) {
	state, _, err := db.Maybe(tx, db.Value[string], `SELECT state FROM fact_collection WHERE org_id = $1 AND connection = $2 AND seq = $3`,
		tx.Org(), connection, seq)
	return State(state) == Interrupted, err
}

// adopt makes what the collection before told of, and did not finish, this one's.
func adopt(tx *db.Tx, connection string, seq int64) error {
	_, err := tx.Exec(`UPDATE fact_span SET from_seq = $3 WHERE org_id = $1 AND connection = $2 AND from_seq = $4 AND to_seq = $5`,
		tx.Org(), connection, seq, seq-1, int64(still))
	return err
}

// forget lets go of it instead.
func forget(tx *db.Tx, connection string, seq int64) error {
	_, err := tx.Exec(`DELETE FROM fact_span WHERE org_id = $1 AND connection = $2 AND from_seq = $3 AND to_seq = $4`,
		tx.Org(), connection, seq-1, int64(still))
	return err
}

func forgetPlaces(tx *db.Tx, connection string) error {
	_, err := tx.Exec(`DELETE FROM fact_position WHERE org_id = $1 AND connection = $2`, tx.Org(), connection)
	return err
}

// eachOpen calls fn for the events of a kind, at or after from, that the connection
// listed last or had told of when it was cut off.
func eachOpen(tx *db.Tx, s *Session, kind string, from time.Time, fn func(key [16]byte, c carried)) error {
	return tx.Each(func(scan db.Scan) error {
		var content, key []byte
		var c carried
		if err := scan(&content, &key, &c.since); err != nil {
			return err
		}
		copy(c.content[:], content)
		fn([16]byte(key), c)
		return nil
	}, `SELECT s.content, v.rkey, s.from_seq FROM fact_span s JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
		WHERE s.org_id = $1 AND s.connection = $2 AND s.to_seq = $3 AND s.kind = $4 AND v.part = 'state' AND v.event_at >= $5`,
		tx.Org(), s.origin.Connection, int64(still), kind, db.Ms(from))
}

func deletePlaces(tx *db.Tx, connection, kind string) error {
	_, err := tx.Exec(`DELETE FROM fact_position WHERE org_id = $1 AND connection = $2 AND kind = $3`, tx.Org(), connection, kind)
	return err
}
