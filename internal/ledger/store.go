package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"assay/internal/db"
	"assay/internal/kit/tlog"
)

func insertHead(tx *db.Tx, origin string) error {
	empty := tlog.EmptyRoot()
	_, err := tx.Exec(`INSERT INTO ledger_head (org_id, origin, size, root, frontier) VALUES ($1, $2, 0, $3, $4)`,
		tx.Org(), origin, empty[:], []byte{})
	return err
}

func loadHead(tx *db.Tx) (*head, error) {
	return db.One(tx, func(scan db.Scan) (*head, error) {
		h := &head{}
		var root, frontier []byte
		var size int64
		if err := scan(&h.origin, &size, &root, &frontier, &h.anchor); err != nil {
			return nil, err
		}
		var hashes []tlog.Hash
		for b := range chunks(frontier) {
			hash, err := tlog.HashFrom(b)
			if err != nil {
				return nil, fmt.Errorf("log head: %w", err)
			}
			hashes = append(hashes, hash)
		}
		var err error
		h.was = uint64(size) //nolint:gosec // never negative
		h.edge, err = tlog.NewFrontier(h.was, hashes)
		if err != nil {
			return nil, fmt.Errorf("log head: %w", err)
		}
		return h, nil
	}, `SELECT origin, size, root, frontier, anchor FROM ledger_head WHERE org_id = $1`, tx.Org())
}

func chunks(b []byte) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n := min(len(b), 32)
			if !yield(b[:n]) {
				return
			}
			b = b[n:]
		}
	}
}

// saveHead is a compare-and-set: whoever was slower gets a conflict and his
// transaction rolls back.
func saveHead(tx *db.Tx, h *head) error {
	hashes := h.edge.Hashes()
	frontier := make([]byte, 0, 32*len(hashes))
	for i := range hashes {
		frontier = append(frontier, hashes[i][:]...)
	}
	root := h.edge.Root()
	n, err := tx.Exec(`UPDATE ledger_head SET size = $3, root = $4, frontier = $5, last_at = $6, anchor = $7 WHERE org_id = $1 AND size = $2`,
		tx.Org(), h.was, h.edge.Size(), root[:], frontier, db.Ms(tx.Now()), h.anchor)
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("log head: grew from size %d while being extended", h.was)
	}
	h.was = h.edge.Size()
	return nil
}

// loadStreams adds the ends of those of the streams that have begun.
func loadStreams(tx *db.Tx, names []string, ends map[string]streamEnd) error {
	return tx.Each(func(scan db.Scan) error {
		var name string
		var e streamEnd
		var hash []byte
		err := scan(&name, &e.seq, &hash)
		if err != nil {
			return err
		}
		e.hash, err = tlog.HashFrom(hash)
		ends[name] = e
		return err
	}, `SELECT stream, seq, hash FROM ledger_stream WHERE org_id = $1 AND stream IN (`+db.In(2, len(names))+`)`,
		db.Args([]any{tx.Org()}, names...)...)
}

func saveStreams(tx *db.Tx, ends map[string]streamEnd) error {
	rows := make([][]any, 0, len(ends))
	for _, stream := range slices.Sorted(maps.Keys(ends)) {
		end := ends[stream]
		rows = append(rows, []any{tx.Org(), stream, end.seq, end.hash[:]})
	}
	return tx.Insert(`INSERT INTO ledger_stream (org_id, stream, seq, hash)`,
		`ON CONFLICT (org_id, stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash`, rows)
}

func insertLeaves(tx *db.Tx, from uint64, list []leaf) error {
	rows := make([][]any, 0, len(list))
	for i := range list {
		l := &list[i]
		rows = append(rows, []any{
			tx.Org(), from + uint64(i), l.entry.ID, l.entry.Type, l.entry.Stream, db.Ms(l.entry.At), l.hash[:], l.bytes,
		})
	}
	return tx.Insert(`INSERT INTO ledger_leaf (org_id, idx, id, type, stream, at, hash, leaf)`, "", rows)
}

func insertNode(tx *db.Tx, level int, index uint64, hash tlog.Hash) error {
	_, err := tx.Exec(`INSERT INTO ledger_node (org_id, level, idx, hash) VALUES ($1, $2, $3, $4)`, tx.Org(), level, index, hash[:])
	return err
}

// Hashes returns the tile's hashes as stored: leaf hashes for level 0, nodes
// above.
func Hashes(tx *db.Tx, t tlog.Tile) ([]tlog.Hash, error) {
	from := t.Index * tlog.TileWidth
	query, args := `SELECT hash FROM ledger_leaf WHERE org_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`,
		[]any{tx.Org(), from, from + uint64(t.Width)} //nolint:gosec // between 1 and 256
	if t.Level > 0 {
		query = `SELECT hash FROM ledger_node WHERE org_id = $1 AND level = $4 AND idx >= $2 AND idx < $3 ORDER BY idx`
		args = append(args, t.Level*tlog.TileLevels)
	}
	out, err := db.All(tx, func(scan db.Scan) (tlog.Hash, error) {
		var b []byte
		if err := scan(&b); err != nil {
			return tlog.Hash{}, err
		}
		return tlog.HashFrom(b)
	}, query, args...)
	if err == nil && len(out) != t.Width {
		return nil, fmt.Errorf("tile %s: %d hashes of %d are stored", t.Path(), len(out), t.Width)
	}
	return out, err
}

// Subtrees reads complete subtrees of the stored log, a tile at a time.
func Subtrees(tx *db.Tx, size uint64) tlog.Subtree {
	cache := map[tlog.Tile][]tlog.Hash{}
	return func(level int, index uint64) (tlog.Hash, error) {
		tileLevel := level / tlog.TileLevels
		inner := level % tlog.TileLevels
		first := index << inner
		n := size >> (tileLevel * tlog.TileLevels)
		t := tlog.Tile{Level: tileLevel, Index: first / tlog.TileWidth}
		t.Width = int(min(n-t.Index*tlog.TileWidth, tlog.TileWidth))
		hashes, ok := cache[t]
		if !ok {
			var err error
			if hashes, err = Hashes(tx, t); err != nil {
				return tlog.Hash{}, err
			}
			cache[t] = hashes
		}
		at := first % tlog.TileWidth
		return tlog.Root(hashes[at : at+1<<inner]), nil
	}
}

func pend(tx *db.Tx, entries []Entry) ([]string, error) {
	origin, err := db.One(tx, db.Value[string], `SELECT origin FROM ledger_head WHERE org_id = $1`, tx.Org())
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range entries {
		e := envelope(tx, &entries[i], origin)
		body, err := e.Encode()
		if err != nil {
			return nil, err
		}
		if err := tx.Bulk(`INSERT INTO ledger_pending (org_id, n, id, body) VALUES ($1, $2, $3, $4)`,
			tx.Org(), ticket(tx), e.ID, body); err != nil {
			return nil, err
		}
		ids = append(ids, e.ID)
	}
	return ids, nil
}

type pending struct {
	id   string
	body []byte
}

func pendings(tx *db.Tx, limit int) ([]pending, error) {
	return db.All(tx, func(scan db.Scan) (p pending, err error) {
		err = scan(&p.id, &p.body)
		return p, err
	}, `SELECT id, body FROM ledger_pending WHERE org_id = $1 ORDER BY n, id LIMIT $2`, tx.Org(), limit)
}

func removePending(tx *db.Tx, leaf string) error {
	return tx.Bulk(`DELETE FROM ledger_pending WHERE org_id = $1 AND id = $2`, tx.Org(), leaf)
}

func saveCheckpoint(tx *db.Tx, size uint64, note []byte) error {
	_, err := tx.Exec(`INSERT INTO ledger_checkpoint (org_id, size, at, note) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org_id, size) DO NOTHING`, tx.Org(), size, db.Ms(tx.Now()), string(note))
	return err
}

// Checkpoint is a signed head.
type Checkpoint struct {
	Size int64
	At   int64 // milliseconds UTC when it was signed
	Note []byte
}

// Checkpoints returns the signed heads, newest first.
func Checkpoints(tx *db.Tx, limit int) ([]Checkpoint, error) {
	return db.All(tx, func(scan db.Scan) (c Checkpoint, err error) {
		var note string
		err = scan(&c.Size, &c.At, &note)
		c.Note = bytes.Clone([]byte(note))
		return c, err
	}, `SELECT size, at, note FROM ledger_checkpoint WHERE org_id = $1 ORDER BY size DESC LIMIT $2`, tx.Org(), limit)
}

// CheckpointOf returns the signed head of a size, or false.
func CheckpointOf(tx *db.Tx, size int64) (Checkpoint, bool, error) {
	return db.Maybe(tx, func(scan db.Scan) (c Checkpoint, err error) {
		var note string
		err = scan(&c.Size, &c.At, &note)
		c.Note = []byte(note)
		return c, err
	}, `SELECT size, at, note FROM ledger_checkpoint WHERE org_id = $1 AND size = $2`, tx.Org(), size)
}

// Grew tells whether entries from the index on are there that do not only tell
// of what others said of the log.
func Grew(tx *db.Tx, from int64) (bool, error) {
	_, found, err := db.Maybe(tx, db.Value[int64], `SELECT idx FROM ledger_leaf WHERE org_id = $1 AND idx >= $2 AND type NOT LIKE 'anchor.%' LIMIT 1`, tx.Org(), from)
	return found, err
}

// Has tells whether an entry of one of the types stands at the index or after it.
func Has(tx *db.Tx, from int64, types ...string) (bool, error) {
	_, found, err := db.Maybe(tx, db.Value[int64], `SELECT idx FROM ledger_leaf WHERE org_id = $1 AND idx >= $2 AND type IN (`+db.In(3, len(types))+`) LIMIT 1`,
		db.Args([]any{tx.Org(), from}, types...)...)
	return found, err
}

// Pending is how many bodies wait for their place.
func Pending(tx *db.Tx) (int, error) {
	return db.One(tx, db.Value[int], `SELECT count(*) FROM ledger_pending WHERE org_id = $1`, tx.Org())
}
