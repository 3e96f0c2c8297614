package ledger

import (
	"maps"
	"slices"
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
	if err := insertHead(tx, origin); err != nil {
		return err
	}
	_, err := Append(tx, Entry{Type: "log.opened", Stream: "log", Body: map[string]any{"epoch": 1}})
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
	list, ids := make([]*tlog.Envelope, 0, len(entries)), make([]string, 0, len(entries))
	for i := range entries {
		e := envelope(tx, &entries[i], h.origin)
		list, ids = append(list, e), append(ids, e.ID)
	}
	return ids, h.extend(tx, list)
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
	anchor  string // hash of the newest time stamp token that the log names
	edge    tlog.Frontier
	streams map[string]streamEnd
}

type streamEnd struct {
	seq  int64
	hash tlog.Hash
}

// leavesAtOnce is how many entries are encoded while as many are stored.
const leavesAtOnce = 16

// extend writes entries, in order. The next ones are encoded while some are stored.
func (h *head) extend(tx *db.Tx, entries []*tlog.Envelope) error {
	if err := h.know(tx, entries); err != nil {
		return err
	}
	if err := h.placeAll(tx, entries); err != nil {
		return err
	}
	if err := saveStreams(tx, h.streams); err != nil {
		return err
	}
	return saveHead(tx, h)
}

func (h *head) placeAll(tx *db.Tx, entries []*tlog.Envelope) error {
	if len(entries) <= leavesAtOnce {
		return h.place(tx, h.encodeAll(entries))
	}
	encoded := make(chan []leaf, len(entries)/leavesAtOnce+1)
	go func() {
		defer close(encoded)
		for some := range slices.Chunk(entries, leavesAtOnce) {
			encoded <- h.encodeAll(some)
		}
	}()
	for leaves := range encoded {
		if err := h.place(tx, leaves); err != nil {
			return err
		}
	}
	return nil
}

func (h *head) encodeAll(entries []*tlog.Envelope) []leaf {
	leaves := make([]leaf, 0, len(entries))
	for _, e := range entries {
		leaves = append(leaves, h.encode(e))
	}
	return leaves
}

// streamsAtOnce bounds the arguments of one search.
const streamsAtOnce = 200

// know reads where the streams ended that are about to go on.
func (h *head) know(tx *db.Tx, entries []*tlog.Envelope) error {
	h.streams = map[string]streamEnd{}
	for _, e := range entries {
		h.streams[e.Stream] = streamEnd{seq: -1}
	}
	for names := range slices.Chunk(slices.Sorted(maps.Keys(h.streams)), streamsAtOnce) {
		if err := loadStreams(tx, names, h.streams); err != nil {
			return err
		}
	}
	return nil
}

type leaf struct {
	entry *tlog.Envelope
	bytes []byte
	hash  tlog.Hash
	err   error
}

// encode gives an entry its place in its stream.
func (h *head) encode(e *tlog.Envelope) leaf {
	end := h.streams[e.Stream]
	e.Seq = end.seq + 1
	if e.Seq > 0 {
		e.Prev = end.hash.String()
	}
	e.Anchor = h.anchor
	b, err := e.Encode()
	if err != nil {
		return leaf{err: err}
	}
	h.anchor = newest(e, h.anchor)
	l := leaf{entry: e, bytes: b, hash: tlog.LeafHash(b)}
	h.streams[e.Stream] = streamEnd{seq: e.Seq, hash: l.hash}
	return l
}

// place stores leaves as the log's next.
func (h *head) place(tx *db.Tx, leaves []leaf) error {
	for i := range leaves {
		if leaves[i].err != nil {
			return leaves[i].err
		}
	}
	if err := insertLeaves(tx, h.edge.Size(), leaves); err != nil {
		return err
	}
	var nodeErr error
	for i := range leaves {
		h.edge.Append(leaves[i].hash, func(level int, index uint64, node tlog.Hash) {
			if level%tlog.TileLevels == 0 && nodeErr == nil {
				nodeErr = insertNode(tx, level, index, node)
			}
		})
	}
	return nodeErr
}

// TypeStamp is the entry that names a time stamp token; the entries after it
// name the token as their anchor.
const TypeStamp = "anchor.tsa"

// newest is the token that the entry after e names.
func newest(e *tlog.Envelope, before string) string {
	if token, ok := e.Body["token"].(string); ok && e.Type == TypeStamp {
		return token
	}
	return before
}

// Head returns the present tree head, without a signature.
func Head(tx *db.Tx) (tlog.Checkpoint, error) {
	h, err := loadHead(tx)
	if err != nil {
		return tlog.Checkpoint{}, err
	}
	return tlog.Checkpoint{Origin: h.origin, Size: h.edge.Size(), Root: h.edge.Root()}, nil
}
