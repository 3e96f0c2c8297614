package pack

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"assay/internal/kit/tlog"
)

// slack is how long before an intent something may have been recorded without
// being seen by the run: writers do not wait for one another.
const slack = 5 * time.Minute

// patience is how long before the end of the log a run may have been begun
// without having ended.
const patience = 24 * time.Hour

// runs holds that every run that was begun ended, or broke and says so.
type runs struct {
	open map[string]*batch
	seen map[[16]byte]bool // run ids
}

// batch is the runs that were begun together.
type batch struct {
	index uint64 // of the first intent
	at    time.Time
	runs  map[string]tlog.Hash // check -> definition, of those without an end
}

func (s *runs) broken(v *verifier, l *brokenLeaf) error {
	if b := s.open[l.batch]; b != nil {
		if _, begun := b.runs[l.check]; begun {
			v.rep.Runs.Broken++
			s.ended(l.batch, l.check)
			return nil
		}
	}
	return fmt.Errorf("it ends a run of %s in batch %s that was not begun", l.check, l.batch)
}

func (s *runs) intent(v *verifier, index uint64, o *tlog.Opened, l *intentLeaf) error {
	b := s.open[l.batch]
	if b == nil {
		b = &batch{index: index, at: o.At, runs: map[string]tlog.Hash{}}
		s.open[l.batch] = b
	}
	for _, r := range l.runs {
		if _, twice := b.runs[r.check]; twice {
			return fmt.Errorf("%s is begun twice in batch %s", r.check, l.batch)
		}
		b.runs[r.check] = r.hash
		v.rep.Runs.Begun++
	}
	return nil
}

func (s *runs) result(v *verifier, o *tlog.Opened, r *resultLeaf) error {
	b := s.open[r.batch]
	if b == nil {
		return fmt.Errorf("no run of %s was begun in batch %s: a result needs an intent before it", r.check, r.batch)
	}
	defined, begun := b.runs[r.check]
	switch {
	case !begun:
		return fmt.Errorf("no run of %s was begun in batch %s, or it has a result already", r.check, r.batch)
	case defined != r.hash:
		return fmt.Errorf("the run was begun with the definition %s and judged with %s", defined, r.hash)
	case r.now.Before(b.at.Add(-slack)) || r.now.After(o.At.Add(slack)):
		return fmt.Errorf("it says that it was judged at %s, and was begun at %s and ended at %s", stamp(r.now), stamp(b.at), stamp(o.At))
	}
	key := trailKey(r.run)
	if s.seen[key] {
		return fmt.Errorf("run %s has two results", r.run)
	}
	s.seen[key] = true
	v.rep.Runs.Ended++
	s.ended(r.batch, r.check)
	return nil
}

func (s *runs) ended(id, check string) {
	b := s.open[id]
	delete(b.runs, check)
	if len(b.runs) == 0 {
		delete(s.open, id)
	}
}

// end objects to every run that never ended, but for those begun shortly before
// the end of the log.
func (s *runs) end(v *verifier) error {
	for _, id := range slices.Sorted(maps.Keys(s.open)) {
		b := s.open[id]
		if !b.at.Before(v.rep.Log.Last.Add(-patience)) {
			v.rep.Runs.Open += len(b.runs)
			continue
		}
		for _, check := range slices.Sorted(maps.Keys(b.runs)) {
			v.object(entryName(b.index), "A run of %s was begun at %s (batch %s) and no result of it was recorded.", check, stamp(b.at), id)
		}
	}
	return nil
}
