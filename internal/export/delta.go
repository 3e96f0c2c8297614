package export

import (
	"bytes"
	"encoding/hex"
	"slices"

	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// deltaWriter turns the changes of membership, which come by connection and
// collection, into the delta of each collection in the package. The first
// collection of a span that does not begin with the connection's first gets all
// its members.
type deltaWriter struct {
	x       *exporting
	spans   map[string]*pack.Span
	at      pack.Span // that of the connection at hand
	seq     int64     // of the collection at hand; 0 before any
	changes []fact.Change
	members map[tlog.Hash]bool // before the span begins
	begun   bool               // the span's first collection is written
}

func (x *exporting) deltas(tx *db.Tx) error {
	w := &deltaWriter{x: x, spans: map[string]*pack.Span{}}
	for i := range x.spans {
		w.spans[x.spans[i].Connection] = &x.spans[i]
	}
	err := fact.Changes(tx, func(c fact.Change) error {
		if c.Connection != w.at.Connection || c.Seq != w.seq {
			if err := w.turn(c); err != nil {
				return err
			}
		}
		w.changes = append(w.changes, c)
		return nil
	})
	if err != nil {
		return err
	}
	return w.turn(fact.Change{})
}

// turn ends the collection at hand and goes to that of the next change.
func (w *deltaWriter) turn(next fact.Change) error {
	if err := w.collection(); err != nil {
		return err
	}
	w.changes = w.changes[:0]
	if next.Connection != w.at.Connection {
		if err := w.begin(); err != nil { // nothing changed from the span's beginning on
			return err
		}
		w.at = pack.Span{Connection: next.Connection}
		if s := w.spans[next.Connection]; s != nil {
			w.at = *s
		}
		w.members, w.begun = map[tlog.Hash]bool{}, w.at.Whole
	}
	w.seq = next.Seq
	return nil
}

// collection writes the delta of the collection at hand.
func (w *deltaWriter) collection() error {
	if len(w.at.Seqs) == 0 || len(w.changes) == 0 {
		return nil
	}
	first := w.at.Seqs[0]
	if !w.begun && w.seq > first {
		if err := w.begin(); err != nil {
			return err
		}
	}
	if !w.begun {
		for _, c := range w.changes {
			if c.Added {
				w.members[c.Hash] = true
			} else {
				delete(w.members, c.Hash)
			}
		}
		return nil
	}
	if _, inside := slices.BinarySearch(w.at.Seqs, w.seq); !inside {
		return nil // after the span, or after the signed root
	}
	return w.write(w.seq, w.changes)
}

// begin writes all members as the delta of the span's first collection.
func (w *deltaWriter) begin() error {
	if w.begun || len(w.at.Seqs) == 0 {
		return nil
	}
	w.begun = true
	list := make([]fact.Change, 0, len(w.members))
	for h := range w.members {
		list = append(list, fact.Change{Added: true, Hash: h})
	}
	w.members = nil
	return w.write(w.at.Seqs[0], list)
}

func (w *deltaWriter) write(seq int64, list []fact.Change) error {
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b fact.Change) int { return bytes.Compare(a.Hash[:], b.Hash[:]) })
	b := make([]byte, 0, len(list)*66)
	for _, c := range list {
		sign := byte('-')
		if c.Added {
			sign = '+'
			w.x.wanted = append(w.x.wanted, c.Hash)
		}
		b = append(hex.AppendEncode(append(b, sign), c.Hash[:]), '\n')
	}
	return w.x.bag.Add(pack.CollectionFile(w.at.Connection, seq, pack.DeltaExt), b)
}
