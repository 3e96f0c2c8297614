package ledger

import (
	"fmt"

	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
)

// Verification is what a full recomputation of the stored log found.
type Verification struct {
	Leaves int64
	Root   tlog.Hash
}

// Verify recomputes the whole stored log: every leaf decodes strictly, has the
// hash that is stored, continues its stream, and the root is the head's. Any
// difference is a Tampered fault that says where.
func Verify(tx *db.Tx) (Verification, error) {
	want, err := loadHead(tx)
	if err != nil {
		return Verification{}, err
	}
	v := verifier{origin: want.origin, streams: map[string]StreamEnd{}}
	if err := Each(tx, 0, int64(want.edge.Size()), v.leaf); err != nil { //nolint:gosec // fits
		return Verification{}, err
	}
	if v.edge.Size() != want.edge.Size() {
		return Verification{}, tampered(int64(v.edge.Size()), "the head says %d entries", want.edge.Size()) //nolint:gosec // fits
	}
	if v.edge.Root() != want.edge.Root() {
		return Verification{}, tampered(int64(v.edge.Size()), "the root is %s and the head says %s", v.edge.Root(), want.edge.Root()) //nolint:gosec // fits
	}
	return Verification{Leaves: int64(v.edge.Size()), Root: v.edge.Root()}, nil //nolint:gosec // fits
}

type verifier struct {
	origin  string
	anchor  string // hash of the newest time stamp token so far
	edge    tlog.Frontier
	streams map[string]StreamEnd
}

func tampered(at int64, format string, args ...any) error {
	return fault.Wrap(fault.Tampered, fmt.Errorf(format, args...),
		"The stored log differs from what was written, at entry %d. Keep a copy of the store and tell your auditor.", at)
}

func (v *verifier) leaf(l Leaf) error {
	if l.Index != int64(v.edge.Size()) { //nolint:gosec // fits
		return tampered(l.Index, "entry %d is missing", v.edge.Size())
	}
	if tlog.LeafHash(l.Bytes) != l.Hash {
		return tampered(l.Index, "its bytes do not have its hash")
	}
	o, err := tlog.Open(l.Bytes)
	if err != nil {
		return tampered(l.Index, "%w", err)
	}
	if o.Anchor != v.anchor {
		return tampered(l.Index, "it names the time stamp %q, and the newest before it is %q", o.Anchor, v.anchor)
	}
	if o.Type == TypeStamp {
		whole, err := tlog.Decode(l.Bytes)
		if err != nil {
			return tampered(l.Index, "%w", err)
		}
		v.anchor = newest(whole, v.anchor)
	}
	e := &tlog.Envelope{Log: o.Log, Stream: o.Stream, Seq: o.Seq, Prev: o.Prev}
	if e.Log != v.origin {
		return tampered(l.Index, "it belongs to %q", e.Log)
	}
	if err := Continues(v.streams[e.Stream], e); err != nil {
		return tampered(l.Index, "%w", err)
	}
	v.streams[e.Stream] = StreamEnd{Next: e.Seq + 1, Hash: l.Hash}
	v.edge.Append(l.Hash, nil)
	return nil
}

// StreamEnd is how far a stream has come: the number its next entry has, and
// the hash of its last. Its zero value is a stream without entries.
type StreamEnd struct {
	Next int64
	Hash tlog.Hash
}

// Continues checks that an entry is the next of its stream.
func Continues(end StreamEnd, e *tlog.Envelope) error {
	prev := ""
	if end.Next > 0 {
		prev = end.Hash.String()
	}
	if e.Seq != end.Next || e.Prev != prev {
		return fmt.Errorf("stream %s: entry %d after %s does not continue entry %d", e.Stream, e.Seq, e.Prev, end.Next-1)
	}
	return nil
}
