package anchor

import (
	"time"

	"assay/internal/db"
)

// Stamp is a time stamp token about the first entries of the log.
type Stamp struct {
	Hash      string // SHA-256 of Token, hex
	Size      int64
	Authority string
	At        time.Time // as the token says
	Token     []byte    // DER
	Leaf      string
}

// Cosignature is a witness's signature on a checkpoint.
type Cosignature struct {
	Size    int64
	Witness string // verifier key
	At      time.Time
	Line    string // of the note
	Leaf    string
}

func insertStamp(tx *db.Tx, s *Stamp) error {
	_, err := tx.Exec(`INSERT INTO anchor_stamp (org_id, hash, size, authority, at, token, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Org(), s.Hash, s.Size, s.Authority, db.Ms(s.At), s.Token, s.Leaf)
	return err
}

func insertCosignature(tx *db.Tx, c *Cosignature) error {
	_, err := tx.Exec(`INSERT INTO anchor_cosignature (org_id, size, witness, at, line, leaf) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (org_id, size, witness) DO NOTHING`, tx.Org(), c.Size, c.Witness, db.Ms(c.At), c.Line, c.Leaf)
	return err
}

func saveTry(tx *db.Tx, source, problem string) error {
	_, err := tx.Exec(`INSERT INTO anchor_try (org_id, source, at, problem) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, source) DO UPDATE SET at = excluded.at, problem = excluded.problem`,
		tx.Org(), source, db.Ms(tx.Now()), db.Plain(problem))
	return err
}

type try struct {
	at      time.Time
	problem string
}

func loadTries(tx *db.Tx) (map[string]try, error) {
	out := map[string]try{}
	err := tx.Each(func(scan db.Scan) error {
		var source string
		var t try
		if err := scan(&source, db.At(&t.at), &t.problem); err != nil {
			return err
		}
		out[source] = t
		return nil
	}, `SELECT source, at, problem FROM anchor_try WHERE org_id = $1`, tx.Org())
	return out, err
}

func lastStamp(tx *db.Tx, authority string) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT COALESCE(max(size), 0) FROM anchor_stamp WHERE org_id = $1 AND authority = $2`, tx.Org(), authority)
}

func lastCosigned(tx *db.Tx, witness string) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT COALESCE(max(size), 0) FROM anchor_cosignature WHERE org_id = $1 AND witness = $2`, tx.Org(), witness)
}

type reach struct {
	size int64
	at   time.Time
}

func scanReach(scan db.Scan) (r reach, err error) {
	err = scan(&r.size, db.At(&r.at))
	return r, err
}

func newestStamp(tx *db.Tx, authority string) (int64, time.Time, error) {
	r, _, err := db.Maybe(tx, scanReach, `SELECT size, at FROM anchor_stamp WHERE org_id = $1 AND authority = $2 ORDER BY size DESC, at LIMIT 1`,
		tx.Org(), authority)
	return r.size, r.at, err
}

func newestCosignature(tx *db.Tx, witness string) (int64, time.Time, error) {
	r, _, err := db.Maybe(tx, scanReach, `SELECT size, at FROM anchor_cosignature WHERE org_id = $1 AND witness = $2 ORDER BY size DESC LIMIT 1`,
		tx.Org(), witness)
	return r.size, r.at, err
}

// Token returns the token with the hash, or false.
func Token(tx *db.Tx, hash string) ([]byte, bool, error) {
	return db.Maybe(tx, db.Value[[]byte], `SELECT token FROM anchor_stamp WHERE org_id = $1 AND hash = $2`, tx.Org(), hash)
}

// Cosignatures returns the lines of the witnesses under the checkpoint of a
// size.
func Cosignatures(tx *db.Tx, size int64) ([]string, error) {
	return db.All(tx, db.Value[string], `SELECT line FROM anchor_cosignature WHERE org_id = $1 AND size = $2 ORDER BY witness`, tx.Org(), size)
}

// Outside is the first word of others about an entry.
type Outside struct {
	By   string // authority or witness
	At   time.Time
	Size int64 // of the head that it is about
}

func scanOutside(scan db.Scan) (o Outside, err error) {
	err = scan(&o.By, db.At(&o.At), &o.Size)
	return o, err
}

// Since returns the earliest time stamp, and the earliest cosignature, of a head
// with the entry at the index; each false if there is none yet.
func Since(tx *db.Tx, index int64) (stamp, cosigned Outside, err error) {
	stamp, _, err = db.Maybe(tx, scanOutside, `SELECT authority, at, size FROM anchor_stamp WHERE org_id = $1 AND size > $2 ORDER BY at, hash LIMIT 1`, tx.Org(), index)
	if err != nil {
		return stamp, cosigned, err
	}
	cosigned, _, err = db.Maybe(tx, scanOutside, `SELECT witness, at, size FROM anchor_cosignature WHERE org_id = $1 AND size > $2 ORDER BY at, witness LIMIT 1`, tx.Org(), index)
	return stamp, cosigned, err
}

// First returns the size of the smallest head with the entry at the index that an
// authority stamped or a witness cosigned; false if there is none yet.
func First(tx *db.Tx, index int64) (size int64, found bool, err error) {
	return db.Maybe(tx, db.Value[int64], `SELECT size FROM (
		SELECT size FROM anchor_stamp WHERE org_id = $1 AND size > $2 UNION ALL SELECT size FROM anchor_cosignature WHERE org_id = $1 AND size > $2
	) AS heads ORDER BY size LIMIT 1`, tx.Org(), index)
}
