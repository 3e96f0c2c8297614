package check

import (
	"fmt"
	"sync"

	"assay/internal/db"
	"assay/internal/resource"
	"assay/internal/rule"
)

// openSet is the verdicts of a check that are open after a run. It is
// remembered between batches, because most runs change little of it, and
// believed only while that run is still the check's newest.
type openSet struct {
	run  string
	open map[resource.Ref]*Transition
}

// heldSet is what a run left to the next one of its check. It is believed only
// while that run is still the check's newest.
type heldSet struct {
	run  string
	held *rule.Held
}

// held takes what the newest run of the check left; nil if nothing is known.
func (b *batch) held(check string) *rule.Held {
	set, last := b.memory.held[check], b.last[check]
	delete(b.memory.held, check) // whoever changes it puts it back once his transaction has committed
	if set.run == "" || set.run != last.ID {
		return nil
	}
	return set.held
}

// hold leaves what a run said to the next one, once it is stored.
func (b *batch) hold(tx *db.Tx, run *Run, held *rule.Held) {
	if held == nil {
		return
	}
	tx.After(func() { b.memory.held[run.Check] = heldSet{run.ID, held} })
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
	for _, check := range b.spared {
		b.memory.last[check] = b.last[check]
	}
}

func ids(defs []Definition) []string {
	out := make([]string, 0, len(defs))
	for i := range defs {
		out = append(out, defs[i].ID)
	}
	return out
}

// transit stores what changed against the verdicts that were open.
func (b *batch) transit(tx *db.Tx, j *judged) error {
	open, err := b.open(tx, j.run.Check)
	if err != nil {
		return err
	}
	if err := j.verdicts(func(v *rule.Verdict) error { return b.next(tx, j, open, v) }); err != nil {
		return err
	}
	for ref, had := range open {
		if had.seen == j.run.ID {
			continue
		}
		if err := b.end(tx, *had, &j.run, Gone); err != nil {
			return err
		}
		delete(open, ref)
	}
	if j.spool == nil {
		b.keep(tx, &j.run, open)
	}
	return nil
}

// next stores a verdict, if it is another than what is open about its resource.
func (b *batch) next(tx *db.Tx, j *judged, open map[resource.Ref]*Transition, v *rule.Verdict) error {
	had, was := open[v.Ref]
	if was {
		had.seen = j.run.ID
		if had.says(v) {
			return nil
		}
		if err := b.end(tx, *had, &j.run, Changed); err != nil {
			return err
		}
	}
	t := b.transition(j, v, was)
	if was || j.spool == nil { // else nobody looks for it
		t.seen = j.run.ID
		open[v.Ref] = t
	}
	return insertTransition(tx, t)
}

// amend stores what changed since the run that this one repeats. Every verdict
// of that run is open.
func (b *batch) amend(tx *db.Tx, j *judged) error {
	set := b.s.take(tx.Org(), j.run.Check)
	if set.run != b.last[j.run.Check].ID {
		set.open = nil // of an earlier run
	}
	for i := range j.outcome.Verdicts {
		if err := b.replace(tx, j, set.open, &j.outcome.Verdicts[i]); err != nil {
			return err
		}
	}
	for _, ref := range j.outcome.Gone {
		had, err := wasOpen(tx, j, set.open, ref)
		if err != nil {
			return err
		}
		if err := b.end(tx, had, &j.run, Gone); err != nil {
			return err
		}
		delete(set.open, ref)
	}
	if set.open != nil {
		b.keep(tx, &j.run, set.open)
	}
	return nil
}

// replace stores a verdict that was given anew, if it is another than was open.
func (b *batch) replace(tx *db.Tx, j *judged, open map[resource.Ref]*Transition, v *rule.Verdict) error {
	if v.Known {
		had, err := wasOpen(tx, j, open, v.Ref)
		if err != nil {
			return err
		}
		if had.says(v) {
			return nil
		}
		if err := b.end(tx, had, &j.run, Changed); err != nil {
			return err
		}
	}
	t := b.transition(j, v, v.Known)
	if open != nil {
		open[v.Ref] = t
	}
	return insertTransition(tx, t)
}

// wasOpen is what the check had open about a resource: as remembered, or read.
func wasOpen(tx *db.Tx, j *judged, open map[resource.Ref]*Transition, ref resource.Ref) (Transition, error) {
	if had, known := open[ref]; known {
		return *had, nil
	}
	return openResult(tx, j.run.Check, ref)
}

// says tells whether the stretch goes on with the verdict.
func (t *Transition) says(v *rule.Verdict) bool {
	return t.Status == v.Status && t.Reason == v.Reason && t.Message == v.Message
}

func (b *batch) end(tx *db.Tx, had Transition, by *Run, why Ended) error {
	had.Until, had.RunOut, had.Ended = b.now, by.ID, why // a copy: the set keeps what is open
	return endTransition(tx, &had)
}

func (b *batch) transition(j *judged, v *rule.Verdict, was bool) *Transition {
	t := &Transition{
		Check: j.run.Check, Ref: v.Ref, Label: v.Label, Status: v.Status, Reason: v.Reason, Message: v.Message,
		Since: b.now, RunIn: j.run.ID, At: v.At, Hash: v.Hash,
	}
	if !was && !v.At.IsZero() {
		t.Since = v.At // an event is what it is from the moment it happened
	}
	return t
}

// failing is what a check has open that fails.
type failing struct {
	n      int
	oldest Failure
}

// failMemory remembers what fails in each check after its newest run: results only
// change with a run, in its transaction. It is safe for use by several goroutines.
type failMemory struct {
	mu    sync.Mutex
	known map[string]failing // by org, check and run
}

// mostFailures bounds what is remembered, over all orgs.
const mostFailures = 5_000

// after is what fails after a run, the newest of its check.
func (f *failMemory) after(tx *db.Tx, r *Run) (failing, error) {
	key := tx.Org() + " " + r.Check + " " + r.ID
	f.mu.Lock()
	got, ok := f.known[key]
	f.mu.Unlock()
	if ok {
		return got, nil
	}
	var err error
	if got.n, err = countFails(tx, r.Check); err != nil {
		return got, err
	}
	if got.n > 0 {
		t, err := oldestFail(tx, r.Check)
		if err != nil {
			return got, err
		}
		got.oldest = Failure{Ref: t.Ref, Label: t.Label, Message: t.Message, Since: t.Since, Event: !t.At.IsZero()}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil || len(f.known) >= mostFailures {
		f.known = map[string]failing{}
	}
	f.known[key] = got
	return got, nil
}

// tickMemory remembers the runs of checks up to a newest one: runs are only ever
// added. It is safe for use by several goroutines.
type tickMemory struct {
	mu    sync.Mutex
	known map[string][]Tick // by org, check, newest run and number; not to be changed
}

// mostTicks bounds what is remembered, over all orgs: some 1 KB each.
const mostTicks = 2_000

func (m *tickMemory) before(tx *db.Tx, check, newest string, n int) ([]Tick, error) {
	key := fmt.Sprintf("%s %s %s %d", tx.Org(), check, newest, n)
	m.mu.Lock()
	got, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return got, nil
	}
	got, err := ticks(tx, check, n)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostTicks {
		m.known = map[string][]Tick{}
	}
	m.known[key] = got
	return got, nil
}
