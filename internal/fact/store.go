package fact

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// still is the to_seq of a span that has not ended.
const still = math.MaxInt64

type row struct {
	content      tlog.Hash
	rkey         []byte
	rec          *resource.Record
	bytes        []byte
	salt         tlog.Salt
	hash         tlog.Hash
	label        string
	personal     []byte
	personalSalt tlog.Salt
	eventAt      time.Time
}

// insertVersion stores a record, or returns the hash of the same content
// stored before: by another connection, or before it vanished.
func insertVersion(tx *db.Tx, r *row) (tlog.Hash, error) {
	b, found, err := db.Maybe(tx, db.Value[[]byte], `SELECT hash FROM fact_version WHERE org_id = $1 AND content = $2`,
		tx.Org(), r.content[:])
	if err != nil {
		return tlog.Hash{}, err
	}
	if found {
		return tlog.HashFrom(b)
	}
	var personalSalt []byte
	if r.personal != nil {
		personalSalt = r.personalSalt[:]
	}
	return r.hash, tx.Bulk(`INSERT INTO fact_version (org_id, content, rkey, kind, authority, native_id, part, schema, bytes, salt, hash,
			label, personal, personal_salt, event_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		tx.Org(), r.content[:], r.rkey, r.rec.Kind, r.rec.Authority, r.rec.ID, string(r.rec.Part), r.rec.Schema, r.bytes,
		r.salt[:], r.hash[:], r.label, r.personal, personalSalt, db.Ms(r.eventAt), db.Ms(tx.Now()))
}

func insertSpan(tx *db.Tx, s *Session, r *row) error {
	return tx.Bulk(`INSERT INTO fact_span (org_id, connection, content, from_seq, to_seq, kind) VALUES ($1, $2, $3, $4, $5, $6)`,
		tx.Org(), s.origin.Connection, r.content[:], s.seq, int64(still), r.rec.Kind)
}

func closeSpan(tx *db.Tx, s *Session, c tlog.Hash) error {
	if s.open[c].adopted { // told of otherwise since: no collection listed it so
		return tx.Bulk(`DELETE FROM fact_span WHERE org_id = $1 AND connection = $2 AND content = $3 AND from_seq = $4`,
			tx.Org(), s.origin.Connection, c[:], s.seq)
	}
	return tx.Bulk(`UPDATE fact_span SET to_seq = $4 WHERE org_id = $1 AND connection = $2 AND content = $3 AND to_seq = $5`,
		tx.Org(), s.origin.Connection, c[:], s.seq-1, int64(still))
}

// loadOpen reads what the connection's last collection listed.
func loadOpen(tx *db.Tx, s *Session) error {
	return tx.Each(func(scan db.Scan) error {
		var content, hash []byte
		var kind string
		var since int64
		if err := scan(&content, &hash, &kind, &since); err != nil {
			return err
		}
		c, err := tlog.HashFrom(content)
		if err != nil {
			return err
		}
		h, err := tlog.HashFrom(hash)
		if err != nil {
			return err
		}
		s.open[c] = &member{hash: h, kind: kind, adopted: since == s.seq}
		return nil
	}, `SELECT s.content, v.hash, s.kind, s.from_seq FROM fact_span s JOIN fact_version v ON v.org_id = s.org_id AND v.content = s.content
		WHERE s.org_id = $1 AND s.connection = $2 AND s.to_seq = $3 AND s.from_seq <= $4`,
		tx.Org(), s.origin.Connection, int64(still), s.seq)
}

func nextSeq(tx *db.Tx, connection string) (int64, error) {
	last, err := db.One(tx, db.Value[int64], `SELECT coalesce(max(seq), 0) FROM fact_collection WHERE org_id = $1 AND connection = $2`,
		tx.Org(), connection)
	return last + 1, err
}

func insertCollection(tx *db.Tx, s *Session) error {
	_, err := tx.Exec(`INSERT INTO fact_collection (org_id, connection, connector, seq, state, started_at, alive_at, intent_leaf)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
		tx.Org(), s.origin.Connection, s.origin.Connector, s.seq, Running, db.Ms(s.started), s.intent)
	return err
}

// alive says that the collection still runs, and holds its row until the end of
// the transaction, so that nobody takes it for dead meanwhile.
func alive(tx *db.Tx, s *Session) error {
	n, err := tx.Exec(`UPDATE fact_collection SET alive_at = $4 WHERE org_id = $1 AND connection = $2 AND seq = $3 AND state = 'running'`,
		tx.Org(), s.origin.Connection, s.seq, db.Ms(tx.Now()))
	if err == nil && n != 1 {
		return fault.New(fault.Conflict, "Collection %d was taken for dead and is not running any more.", s.seq)
	}
	return err
}

type sealed struct {
	bytes []byte
	salt  tlog.Salt
	leaf  string
}

func finishCollection(tx *db.Tx, s *Session, m *Manifest, proof sealed) (Collection, error) {
	root, err := tlog.ParseHash(m.Root)
	if err != nil {
		return Collection{}, err
	}
	c := Collection{
		Connection: s.origin.Connection, Connector: s.origin.Connector, Seq: s.seq, State: Done, StartedAt: s.started,
		FinishedAt: m.FinishedAt, Items: m.Items, Resources: m.Resources(), Added: m.Added, Removed: m.Removed, Root: root,
		IntentLeaf: s.intent, Leaf: proof.leaf, Problem: m.Problem,
	}
	if m.Problem != "" {
		c.State = Broken
	}
	n, err := tx.Exec(`UPDATE fact_collection SET state = $4, finished_at = $5, items = $6, added = $7, removed = $8, root = $9,
			manifest = $10, manifest_salt = $11, leaf = $12, problem = $13
		WHERE org_id = $1 AND connection = $2 AND seq = $3 AND state = 'running'`,
		tx.Org(), c.Connection, c.Seq, c.State, db.Ms(c.FinishedAt), c.Items, c.Added, c.Removed, root[:],
		proof.bytes, proof.salt[:], c.Leaf, c.Problem)
	if err == nil && n != 1 {
		return c, fmt.Errorf("collection %s/%d is not running any more", c.Connection, c.Seq)
	}
	return c, err
}

// insertListings keeps, besides what was reported, in which collection each
// kind's members last changed: equal numbers mean equal members. Of events it
// keeps what the connection's complete listings cover together.
func insertListings(tx *db.Tx, s *Session, m *Manifest) error {
	before, err := changes(tx, s.origin.Connection)
	if err != nil {
		return err
	}
	rows := make([][]any, 0, len(m.Kinds))
	for i := range m.Kinds {
		r := &m.Kinds[i]
		cover := resource.Cover{From: r.From, To: r.To, Items: r.Items}
		if r.Complete && !r.To.IsZero() {
			last, _, err := coverOf(tx, s.origin.Connection, r.Kind)
			if err != nil {
				return err
			}
			cover = last.Then(cover)
		}
		changed, err := s.changedAt(tx, r.Kind, before)
		if err != nil {
			return err
		}
		rows = append(rows, []any{
			tx.Org(), s.origin.Connection, s.seq, r.Kind, r.Complete, db.Ms(m.FinishedAt), db.Ms(cover.From), db.Ms(cover.To), cover.Items,
			db.ToJSON(r.Problems), changed,
		})
	}
	return tx.Insert(`INSERT INTO fact_listing (org_id, connection, seq, kind, complete, at, covers_from, covers_to, items, problems, changed_seq)`, "", rows)
}

// changedAt is the collection in which the kind's members last changed; before
// tells it of the kinds that the collection before listed.
func (s *Session) changedAt(tx *db.Tx, kind string, before map[string]int64) (int64, error) {
	if s.changed[kind] {
		return s.seq, nil
	}
	if last, ok := before[kind]; ok {
		return last, nil
	}
	last, found, err := db.Maybe(tx, db.Value[int64], `SELECT changed_seq FROM fact_listing
		WHERE org_id = $1 AND connection = $2 AND kind = $3 ORDER BY seq DESC LIMIT 1`, tx.Org(), s.origin.Connection, kind)
	if !found {
		last = s.seq
	}
	return last, err
}

// changes tells when the kinds last changed that the connection's newest listing
// was of.
func changes(tx *db.Tx, connection string) (map[string]int64, error) {
	out := map[string]int64{}
	return out, tx.Each(func(scan db.Scan) error {
		var kind string
		var seq int64
		err := scan(&kind, &seq)
		out[kind] = seq
		return err
	}, `SELECT kind, changed_seq FROM fact_listing WHERE org_id = $1 AND connection = $2
		AND seq = (SELECT max(seq) FROM fact_listing WHERE org_id = $1 AND connection = $2)`, tx.Org(), connection)
}

// coverOf returns what the connection's complete listings of an event kind cover,
// up to the newest.
func coverOf(tx *db.Tx, connection, kind string) (resource.Cover, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (c resource.Cover, err error) {
		err = scan(db.At(&c.From), db.At(&c.To), &c.Items)
		return c, err
	}, `SELECT covers_from, covers_to, items FROM fact_listing
		WHERE org_id = $1 AND connection = $2 AND kind = $3 AND complete AND covers_to <> 0 ORDER BY seq DESC LIMIT 1`, tx.Org(), connection, kind)
}

// covers tells whether the connection ever listed events.
func covers(tx *db.Tx, connection string) (bool, error) {
	_, found, err := db.Maybe(tx, db.Value[int], `SELECT 1 FROM fact_listing WHERE org_id = $1 AND connection = $2 AND covers_to <> 0 LIMIT 1`,
		tx.Org(), connection)
	return found, err
}

func interrupt(tx *db.Tx, connection string, seq int64, why string) error {
	n, err := tx.Exec(`UPDATE fact_collection SET state = $4, finished_at = $5, problem = $6
		WHERE org_id = $1 AND connection = $2 AND seq = $3 AND state = 'running'`,
		tx.Org(), connection, seq, Interrupted, db.Ms(tx.Now()), why)
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(`DELETE FROM fact_span WHERE org_id = $1 AND connection = $2 AND from_seq = $3
		AND kind NOT IN (SELECT kind FROM fact_position WHERE org_id = $1 AND connection = $2)`, tx.Org(), connection, seq)
	return err
}

func encodeSchema(s *resource.Schema) (b []byte, hash string, err error) {
	if b, err = json.Marshal(s); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(b)
	return b, hex.EncodeToString(sum[:]), nil
}

// kindHash finds the hash under which this version of the kind is stored.
func kindHash(tx *db.Tx, s *resource.Schema) (hash string, found bool, err error) {
	return db.Maybe(tx, db.Value[string],
		`SELECT hash FROM fact_kind WHERE org_id = $1 AND kind = $2 AND version = $3`, tx.Org(), s.Kind, s.Version)
}

func insertKind(tx *db.Tx, s *resource.Schema, text, hash, origin string) error {
	_, err := tx.Exec(`INSERT INTO fact_kind (org_id, kind, version, schema, hash, origin, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.Org(), s.Kind, s.Version, text, hash, origin, db.Ms(tx.Now()))
	return err
}

const collectionColumns = `connection, connector, seq, state, started_at, finished_at, items, added, removed, root, intent_leaf, leaf, problem`

// begun is a collection that runs, or ran when its program stopped.
type begun struct {
	Connection         string
	Seq                int64
	StartedAt, AliveAt time.Time
}

// dead reports that it gave no sign of life for too long. One that lives in the
// future was begun under a clock that was wrong.
func (b *begun) dead(now time.Time) bool {
	silent := now.Sub(b.AliveAt)
	return silent > Silence || silent < -time.Hour
}

func running(tx *db.Tx) ([]begun, error) {
	return db.All(tx, func(scan db.Scan) (b begun, err error) {
		err = scan(&b.Connection, &b.Seq, db.At(&b.StartedAt), db.At(&b.AliveAt))
		return b, err
	}, `SELECT connection, seq, started_at, alive_at FROM fact_collection WHERE org_id = $1 AND state = 'running'`, tx.Org())
}

func readCollection(scan db.Scan) (c Collection, err error) {
	var root []byte
	if err := scan(&c.Connection, &c.Connector, &c.Seq, &c.State, db.At(&c.StartedAt), db.At(&c.FinishedAt), &c.Items, &c.Added,
		&c.Removed, &root, &c.IntentLeaf, &c.Leaf, &c.Problem); err != nil {
		return c, err
	}
	if len(root) > 0 {
		c.Root, err = tlog.HashFrom(root)
	}
	return c, err
}
