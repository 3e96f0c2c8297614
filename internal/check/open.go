package check

import (
	"assay/internal/db"
	"assay/internal/resource"
)

// openSet is the verdicts of a check that are open after a run. It is
// remembered between batches, because most runs change little of it, and
// believed only while that run is still the check's newest.
type openSet struct {
	run  string
	open map[resource.Ref]*Transition
}

// take removes the remembered set: whoever changes it puts it back once his
// transaction has committed.
func (s *Service) take(org, check string) openSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := org + " " + check
	set := s.open[key]
	s.opened -= len(set.open)
	delete(s.open, key)
	return set
}

const (
	// mostOpen bounds what is remembered of one check; some 400 bytes each.
	mostOpen = 20_000
	// mostRemembered bounds what is remembered in all.
	mostRemembered = 200_000
)

func (s *Service) put(org, check string, set openSet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil || s.opened+len(set.open) > mostRemembered {
		s.open, s.opened = map[string]openSet{}, 0
	}
	key := org + " " + check
	s.opened += len(set.open) - len(s.open[key].open)
	s.open[key] = set
}

// open returns the verdicts of a check that are open before this batch, for the
// caller to change.
func (b *batch) open(tx *db.Tx, check string) (map[resource.Ref]*Transition, error) {
	set := b.s.take(tx.Org(), check)
	if last, ran := b.last[check]; ran && set.open != nil && set.run == last.ID {
		return set.open, nil
	}
	return openResults(tx, check)
}

// keep remembers what is open after a run, once the transaction has committed.
func (b *batch) keep(tx *db.Tx, run *Run, open map[resource.Ref]*Transition) {
	if len(open) > mostOpen {
		return // the next batch reads it again
	}
	org, set := tx.Org(), openSet{run: run.ID, open: open}
	tx.After(func() { b.s.put(org, run.Check, set) })
}

// recall finds the newest run of each check: what the memory knows, if its batch
// is still the org's newest.
func (b *batch) recall(tx *db.Tx) error {
	newest, err := newestBatch(tx)
	if err != nil {
		return err
	}
	if b.last = b.memory.last; b.last != nil && newest == b.memory.batch {
		return nil
	}
	b.last, err = lastRuns(tx, ids(b.defs))
	return err
}

// remember leaves the batch's runs to the next one, once they are stored. A batch
// of some checks leaves nothing: it knows no others.
func (b *batch) remember() {
	b.memory.last = nil
	if !b.all {
		return
	}
	b.memory.batch, b.memory.last = b.id, make(map[string]Run, len(b.done))
	for i := range b.done {
		b.memory.last[b.done[i].run.Check] = b.done[i].run
	}
}

func ids(defs []Definition) []string {
	out := make([]string, 0, len(defs))
	for i := range defs {
		out = append(out, defs[i].ID)
	}
	return out
}
