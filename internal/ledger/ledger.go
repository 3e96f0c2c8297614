package ledger

import (
	"iter"
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
	if err := h.know(tx, func(yield func(string) bool) {
		for i := range entries {
			if !yield(entries[i].Stream) {
				return
			}
		}
	}); err != nil {
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
	anchor  string // hash of the newest time stamp token that the log names
	edge    tlog.Frontier
	streams map[string]streamEnd
}

type streamEnd struct {
	seq  int64
	hash tlog.Hash
}

// streamsAtOnce bounds the arguments of one search.
const streamsAtOnce = 200

// know reads where the streams ended that are about to go on.
func (h *head) know(tx *db.Tx, streams iter.Seq[string]) error {
	h.streams = map[string]streamEnd{}
	for names := range slices.Chunk(slices.Compact(slices.Sorted(streams)), streamsAtOnce) {
		for _, name := range names {
			h.streams[name] = streamEnd{seq: -1}
		}
		if err := loadStreams(tx, names, h.streams); err != nil {
			return err
		}
	}
	return nil
}

// add writes an entry of a stream that is known.
func (h *head) add(tx *db.Tx, e *tlog.Envelope) error {
	end := h.streams[e.Stream]
	e.Seq = end.seq + 1
	if e.Seq > 0 {
		e.Prev = end.hash.String()
	}
	e.Anchor = h.anchor
	leaf, err := e.Encode()
	if err != nil {
		return err
	}
	h.anchor = newest(e, h.anchor)
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
