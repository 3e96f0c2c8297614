package ledger

import (
	"fmt"
	"time"

	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/id"
	"assay/internal/kit/tlog"
)

// Entry is what a use case wants witnessed.
type Entry struct {
	Type   string            // "collection.manifest", "check.result" …
	Stream string            // what it continues, "connection/<id>" …
	Body   map[string]any    // ids, counts, hashes, times; no free text, nothing personal
	Commit map[string]string // path -> base64 salted commitment
	Blobs  []tlog.Blob
	ID     string // of the leaf, if the caller needed to know it before; else made
}

// NewID returns the id of a leaf to be.
func NewID(at time.Time) string { return id.New("lf", at) }

// Place says where a leaf stands.
type Place struct {
	ID      string
	Index   int64 // from 0
	Pending bool  // written, not yet sequenced
}

// Open begins the log of a new organization.
func Open(tx *db.Tx, origin string) error {
	empty := tlog.EmptyRoot()
	_, err := tx.Exec(`INSERT INTO ledger_head (org_id, origin, size, root, frontier) VALUES ($1, $2, 0, $3, $4)`,
		tx.Org(), origin, empty[:], []byte{})
	if err != nil {
		return err
	}
	_, err = Append(tx, Entry{Type: "log.opened", Stream: "log", Body: map[string]any{"epoch": 1}})
	return err
}

// Append writes entries, in order, and returns the ids of their leaves.
func Append(tx *db.Tx, entries ...Entry) ([]string, error) {
	if tx.Engine() == db.PostgreSQL {
		return pend(tx, entries)
	}
	h, err := loadHead(tx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(entries))
	for i := range entries {
		e := envelope(tx, &entries[i], h.origin)
		if err := h.add(tx, e); err != nil {
			return nil, err
		}
		ids = append(ids, e.ID)
	}
	return ids, h.save(tx)
}

func envelope(tx *db.Tx, e *Entry, origin string) *tlog.Envelope {
	out := &tlog.Envelope{
		Type: e.Type, Log: origin, ID: e.ID, At: clock.Trunc(tx.Now()), Actor: tx.Actor().ID,
		Stream: e.Stream, Body: e.Body, Commit: e.Commit, Blobs: e.Blobs,
	}
	if out.ID == "" {
		out.ID = NewID(tx.Now())
	}
	return out
}

// head is the growing edge of the log within one transaction.
type head struct {
	origin  string
	was     uint64
	edge    tlog.Frontier
	streams map[string]streamEnd
}

type streamEnd struct {
	seq  int64
	hash tlog.Hash
}

func (h *head) add(tx *db.Tx, e *tlog.Envelope) error {
	end, known := h.streams[e.Stream]
	if !known {
		var err error
		if end, err = loadStream(tx, e.Stream); err != nil {
			return err
		}
	}
	e.Seq = end.seq + 1
	if e.Seq > 0 {
		e.Prev = end.hash.String()
	}
	leaf, err := e.Encode()
	if err != nil {
		return err
	}
	hash := tlog.LeafHash(leaf)
	if err := insertLeaf(tx, h.edge.Size(), e, hash, leaf); err != nil {
		return err
	}
	var nodeErr error
	h.edge.Append(hash, func(level int, index uint64, node tlog.Hash) {
		if level%tlog.TileLevels == 0 && nodeErr == nil {
			nodeErr = insertNode(tx, level, index, node)
		}
	})
	h.streams[e.Stream] = streamEnd{seq: e.Seq, hash: hash}
	return nodeErr
}

func (h *head) save(tx *db.Tx) error {
	for stream, end := range h.streams {
		if err := saveStream(tx, stream, end); err != nil {
			return err
		}
	}
	return saveHead(tx, h)
}

// Head returns the present tree head, without a signature.
func Head(tx *db.Tx) (tlog.Checkpoint, error) {
	h, err := loadHead(tx)
	if err != nil {
		return tlog.Checkpoint{}, err
	}
	return tlog.Checkpoint{Origin: h.origin, Size: h.edge.Size(), Root: h.edge.Root()}, nil
}

// Find returns where the leaf with the id stands.
func Find(tx *db.Tx, leaf string) (Place, error) {
	if leaf == "" {
		return Place{}, nil
	}
	idx, found, err := db.Maybe(tx, db.Value[int64], `SELECT idx FROM ledger_leaf WHERE org_id = $1 AND id = $2`, tx.Org(), leaf)
	if err != nil || found {
		return Place{ID: leaf, Index: idx}, err
	}
	n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM ledger_pending WHERE org_id = $1 AND id = $2`, tx.Org(), leaf)
	if err != nil {
		return Place{}, err
	}
	if n == 0 {
		return Place{}, fmt.Errorf("leaf %s: neither in the log nor pending", leaf)
	}
	return Place{ID: leaf, Pending: true}, nil
}

// Places is Find for many leaves at once; those not sequenced are absent.
func Places(tx *db.Tx, leaves []string) (map[string]int64, error) {
	out := make(map[string]int64, len(leaves))
	for len(leaves) > 0 {
		n := min(len(leaves), 500)
		batch := leaves[:n]
		leaves = leaves[n:]
		err := tx.Each(func(scan db.Scan) error {
			var leaf string
			var idx int64
			if err := scan(&leaf, &idx); err != nil {
				return err
			}
			out[leaf] = idx
			return nil
		}, `SELECT id, idx FROM ledger_leaf WHERE org_id = $1 AND id IN (`+db.In(2, n)+`)`, db.Args([]any{tx.Org()}, batch...)...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Leaf is a stored leaf.
type Leaf struct {
	Index int64
	Hash  tlog.Hash
	Bytes []byte
}

// Read returns the leaf with the index.
func Read(tx *db.Tx, index int64) (Leaf, error) {
	return db.One(tx, scanLeaf, `SELECT idx, hash, leaf FROM ledger_leaf WHERE org_id = $1 AND idx = $2`, tx.Org(), index)
}

// Each calls fn for the leaves [from, to), in order.
func Each(tx *db.Tx, from, to int64, fn func(Leaf) error) error {
	return tx.Each(func(scan db.Scan) error {
		l, err := scanLeaf(scan)
		if err != nil {
			return err
		}
		return fn(l)
	}, `SELECT idx, hash, leaf FROM ledger_leaf WHERE org_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`, tx.Org(), from, to)
}

func scanLeaf(scan db.Scan) (l Leaf, err error) {
	var hash []byte
	if err := scan(&l.Index, &hash, &l.Bytes); err != nil {
		return l, err
	}
	l.Hash, err = tlog.HashFrom(hash)
	return l, err
}
