package fact

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"assay/connector"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// mostResumed is how long what a collection that was cut off had asked for is gone
// on with: later it is asked for anew.
const mostResumed = 7 * 24 * time.Hour

// mostUnkept is how long the places in lists wait to be written, where so little is
// told that no batch fills.
const mostUnkept = 5 * time.Second

// carried is an event that an earlier collection told of, in a list that this one
// goes on with. It belongs to this listing unless it is told of again.
type carried struct {
	content tlog.Hash
	since   int64 // collection from which on it was listed
}

// Left is how far the collections before this one had come in the lists that were
// cut off. Nothing of it is there unless the same is asked by the same version of
// the connector.
func (s *Session) Left() []connector.Position { return s.left }

// Reached keeps how far a list was told, together with everything put before. What
// is kept survives the end of the program.
func (s *Session) Reached(ctx context.Context, p connector.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return fault.New(fault.Conflict, "Collection %d has ended.", s.seq)
	}
	p.Collection = s.seq
	if p.Begun.IsZero() {
		p.Begun = clock.Trunc(s.started)
	}
	p.From, p.Asked, p.To, p.Begun = p.From.UTC(), p.Asked.UTC(), p.To.UTC(), p.Begun.UTC()
	if s.places == nil {
		s.places = map[string]connector.Position{}
	}
	s.places[p.List] = p
	if now := s.db.Now()(); len(s.pending) >= batchRows || now.Sub(s.keptAt) >= mostUnkept {
		s.keptAt = now
		return s.flush(ctx)
	}
	return nil
}

// proof binds a place to what was asked, by whom and how: another version of the
// connector, or other parameters, may mean other places by the same words, and a
// place that was moved ahead would hide what lies before it.
func (s *Session) proof(p *connector.Position) (tlog.Hash, error) {
	b, err := json.Marshal([]any{s.origin.Connection, s.origin.Connector, s.origin.Version, s.origin.Parameters, p})
	return s.mac([]byte("position"), b), err
}

// resume takes up what the collection before left, if that was cut off: its places,
// and the events that it had told of.
func (s *Session) resume(tx *db.Tx) (err error) {
	if !s.origin.Resumes {
		return nil
	}
	places := 0
	err = eachPlace(tx, s.origin.Connection, func(p connector.Position, kept []byte) error {
		places++
		proof, err := s.proof(&p)
		if err == nil && bytes.Equal(kept, proof[:]) && p.Begun.After(s.started.Add(-mostResumed)) {
			s.left = append(s.left, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	if places > 0 && len(s.left) == 0 {
		if err := forgetPlaces(tx, s.origin.Connection); err != nil {
			return err
		}
	}
	cut, err := wasCutOff(tx, s.origin.Connection, s.seq-1)
	switch {
	case err != nil || !cut:
		return err
	case len(s.left) > 0:
		return adopt(tx, s.origin.Connection, s.seq)
	}
	return forget(tx, s.origin.Connection, s.seq)
}

// recall finds out what the collection before left open, from memory where that
// knows it.
func (s *Session) recall(ctx context.Context) error {
	if len(s.left) == 0 && s.memory.recall(s) {
		return nil
	}
	s.open = map[tlog.Hash]*member{}
	return s.db.Read(ctx, s.grant, func(tx *db.Tx) error {
		if err := loadOpen(tx, s); err != nil || len(s.left) == 0 {
			return err
		}
		return s.recallEvents(tx)
	})
}

// recallEvents finds the events that belong to the lists that are gone on with.
func (s *Session) recallEvents(tx *db.Tx) error {
	since := map[string]time.Time{}
	for _, p := range s.left {
		schema := s.schemas[p.Kind]
		if have, ok := since[p.Kind]; schema != nil && schema.Family == resource.Event && (!ok || p.From.Before(have)) {
			since[p.Kind] = p.From
		}
	}
	s.carried = map[[16]byte]carried{}
	for kind, from := range since {
		if err := eachOpen(tx, s, kind, from, func(key [16]byte, c carried) {
			if c.since >= s.carried[key].since {
				s.carried[key] = c
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// carry lists the events that were not told of again, and returns how many there
// are of each kind.
func (s *Session) carry() map[string]int {
	if len(s.left) == 0 {
		return nil
	}
	of := map[string]int{}
	for _, c := range s.carried {
		m := s.open[c.content]
		m.seen = true
		s.hashes = append(s.hashes, m.hash)
		of[m.kind]++
	}
	for _, m := range s.open {
		if m.adopted && m.seen {
			s.added++
			s.changed[m.kind] = true
		}
	}
	s.carried = nil
	return of
}

// arrive forgets the places in the lists of the kinds that were listed whole.
func (s *Session) arrive(tx *db.Tx, m *Manifest) error {
	if len(s.left) == 0 && len(s.places) == 0 && !s.kept {
		return nil
	}
	for i := range m.Kinds {
		if k := &m.Kinds[i]; k.Complete {
			if err := deletePlaces(tx, s.origin.Connection, k.Kind); err != nil {
				return err
			}
		}
	}
	return nil
}
