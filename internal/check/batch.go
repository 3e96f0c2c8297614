package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/id"
	"assay/internal/ledger"
	"assay/internal/resource"
	"assay/internal/rule"
)

// batch is one execution of several checks at one instant.
type batch struct {
	s           *Service
	grant       access.Grant
	id          string
	all         bool // every check in force
	now         time.Time
	period      rule.Period
	defs        []Definition
	programs    map[string]*rule.Program
	last        map[string]Run
	connections []string
	exclusions  map[string][]Exclusion
	memory      *memory
	listings    map[string][]fact.Listing
	members     map[string][]*resource.View
	done        []judged
	saved       bool
}

type judged struct {
	run     Run
	outcome *rule.Outcome // nil when the run before was reused
	program *rule.Program
	event   bool
}

// Run judges the checks now, all that are in force if none is named, and
// returns their runs. Checks whose kinds were never collected are run too, and
// say so.
func (s *Service) Run(ctx context.Context, who access.Actor, checks ...string) ([]Run, error) {
	grant, err := who.May(access.CheckRun)
	if err != nil {
		return nil, err
	}
	if err := ledger.Settle(ctx, s.DB, who.Org); err != nil { // nothing judges what is pending
		return nil, err
	}
	b := &batch{s: s, grant: grant, all: len(checks) == 0, memory: s.remembered(who.Org)}
	defer s.giveBack(who.Org, b.memory)
	if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error { return b.prepare(tx, checks) }); err != nil {
		return nil, err
	}
	if len(b.defs) == 0 {
		return nil, nil
	}
	if err := s.DB.Write(ctx, grant, b.intend); err != nil {
		return nil, err
	}
	ctx, end := b.live(ctx)
	defer end()
	if err := s.DB.Read(ctx, grant, func(tx *db.Tx) error { return b.judge(ctx, tx) }); err != nil {
		return nil, err
	}
	if err := s.DB.Write(ctx, grant, b.save); err != nil {
		return nil, err
	}
	runs := make([]Run, 0, len(b.done))
	for i := range b.done {
		runs = append(runs, b.done[i].run)
	}
	return runs, nil
}

func (b *batch) prepare(tx *db.Tx, checks []string) error {
	list, err := definitions(tx, &b.s.parsed)
	if err != nil {
		return err
	}
	b.now = tx.Now()
	by := map[string][]Definition{}
	for i := range list {
		by[list[i].ID] = append(by[list[i].ID], list[i])
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		if len(checks) > 0 && !slices.Contains(checks, name) {
			continue
		}
		if d, ok := inForce(by[name], b.now); ok {
			b.defs = append(b.defs, d)
		}
	}
	if b.period, err = b.s.Period(tx); err != nil {
		return err
	}
	if b.connections, err = b.s.Connections(tx); err != nil {
		return err
	}
	if b.programs, err = b.s.compile(tx, b.defs); err != nil {
		return err
	}
	if err := b.recall(tx); err != nil {
		return err
	}
	all, err := exclusions(tx, "")
	b.exclusions = map[string][]Exclusion{}
	for i := range all {
		b.exclusions[all[i].Check] = append(b.exclusions[all[i].Check], all[i])
	}
	return err
}

const intentsPerLeaf = 200

func (b *batch) intend(tx *db.Tx) error {
	b.id = id.New("bat", tx.Now())
	b.now = tx.Now()
	var names []string
	for chunk := range slices.Chunk(b.defs, intentsPerLeaf) {
		runs := make([]any, 0, len(chunk))
		for i := range chunk {
			runs = append(runs, map[string]any{"check": chunk[i].ID, "hash": chunk[i].Hash})
			names = append(names, chunk[i].ID)
		}
		if _, err := ledger.Append(tx, ledger.Entry{
			Type: "check.intent", Stream: "check", Body: map[string]any{"batch": b.id, "runs": runs},
		}); err != nil {
			return err
		}
	}
	return insertBatch(tx, b, names)
}

func (b *batch) judge(ctx context.Context, tx *db.Tx) error {
	b.listings, b.members = map[string][]fact.Listing{}, map[string][]*resource.View{}
	b.done = make([]judged, len(b.defs))
	judging, ctx := errgroup.WithContext(ctx)
	judging.SetLimit(runtime.GOMAXPROCS(0))
	for i := range b.defs {
		d, j := &b.defs[i], &b.done[i]
		in, err := b.one(tx, d, j)
		if err != nil {
			return errors.Join(fmt.Errorf("check %s: %w", d.ID, err), judging.Wait())
		}
		if in == nil {
			continue
		}
		judging.Go(func() error { return j.judge(ctx, *in) }) // the store is read in order; what was read is judged meanwhile
	}
	return judging.Wait()
}

// one prepares the run of a check, and returns what it must judge; nil if the
// run before tells the outcome.
func (b *batch) one(tx *db.Tx, d *Definition, j *judged) (*rule.Input, error) {
	p := b.programs[d.ID]
	in, inputs, err := b.input(tx, p)
	if err != nil {
		return nil, err
	}
	excl := b.inForce(d.ID)
	j.program, j.event = p, p.Family() == resource.Event
	j.run = Run{
		ID: id.New("run", b.now), Batch: b.id, Check: d.ID, Version: d.Version, Revision: d.Revision, At: b.now, Inputs: inputs,
	}
	if j.event {
		j.run.From, j.run.To = covered(in, p.Needs().Listings)
	}
	j.run.fingerprint = b.fingerprint(p, in, inputs, excl)
	if last, ok := b.last[d.ID]; ok && !p.UsesNow() && last.fingerprint == j.run.fingerprint && !staleSoon(d, in, b.now) {
		j.run.Status, j.run.Reason, j.run.Explain, j.run.Counts = last.Status, last.Reason, last.Explain, last.Counts
		j.run.Root, j.run.Reused = last.Root, true
		return nil, nil //nolint:nilnil // nothing is to be judged, which is no error
	}
	if err := b.load(tx, p, &in); err != nil {
		return nil, err
	}
	for i := range excl {
		in.Exclusions = append(in.Exclusions, rule.Exclusion{ID: excl[i].ID, Ref: excl[i].Ref, From: excl[i].From, Until: excl[i].Until})
	}
	return &in, nil
}

// judge runs the check. A panic is this batch's failure and not the process's
// end: it runs in a goroutine of its own, where no caller could recover it.
func (j *judged) judge(ctx context.Context, in rule.Input) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("check %s: judging panicked: %v\n%s", j.run.Check, p, debug.Stack())
		}
	}()
	if j.outcome, err = j.program.Judge(ctx, in); err != nil {
		return err
	}
	o := j.outcome
	j.run.Status, j.run.Reason, j.run.Explain, j.run.Counts, j.run.Root = o.Status, o.Reason, o.Explain, o.Counts, o.Root
	return nil
}

// save writes runs, transitions and leaves.
func (b *batch) save(tx *db.Tx) error {
	if err := b.seal(tx); err != nil {
		return err
	}
	for i := range b.done {
		j := &b.done[i]
		if err := insertRun(tx, &j.run); err != nil {
			return err
		}
		if j.outcome == nil {
			if set := b.s.take(tx.Org(), j.run.Check); set.open != nil && set.run == b.last[j.run.Check].ID {
				b.keep(tx, &j.run, set.open)
			}
			continue
		}
		if err := b.transit(tx, j); err != nil {
			return err
		}
	}
	if err := b.stored(tx); err != nil {
		return err
	}
	tx.After(b.remember)
	if b.s.Then == nil {
		return nil
	}
	return b.s.Then(tx)
}

func (b *batch) seal(tx *db.Tx) error {
	entries := make([]ledger.Entry, 0, len(b.done))
	for i := range b.done {
		entries = append(entries, b.entry(&b.defs[i], &b.done[i]))
	}
	leaves, err := ledger.Append(tx, entries...)
	if err != nil {
		return err
	}
	for i := range b.done {
		b.done[i].run.Leaf = leaves[i]
	}
	return nil
}

// entry is what the log says of a run.
func (b *batch) entry(d *Definition, j *judged) ledger.Entry {
	r := &j.run
	inputs := make([]any, 0, len(r.Inputs))
	for _, in := range r.Inputs {
		inputs = append(inputs, map[string]any{
			"kind": in.Kind, "connection": in.Connection, "seq": in.Seq, "leaf": in.Leaf, "use": string(in.Use),
		})
	}
	excl := []any{}
	for _, e := range b.inForce(r.Check) {
		excl = append(excl, e.ID)
	}
	from, to := "", ""
	if j.program.UsesPeriod() {
		from, to = clock.Format(b.period.From), clock.Format(b.period.To)
	}
	c := r.Counts
	return ledger.Entry{
		Type: "check.result", Stream: "check/" + r.Check,
		Body: map[string]any{
			"batch": b.id, "run": r.ID, "check": r.Check, "version": r.Version, "hash": d.Hash, "program": j.program.Hash().String(),
			"params": d.Values, "now": clock.Format(b.now), "engine": Engine, "inputs": inputs, "exclusions": excl, "from": from, "to": to,
			"status": string(r.Status), "reason": string(r.Reason), "root": r.Root.String(),
			"counts": map[string]any{
				"listed": c.Listed, "out": c.Out, "population": c.Population, "excluded": c.Excluded,
				"pass": c.Pass, "fail": c.Fail, "unknown": c.Unknown,
			},
		},
	}
}

// transit stores what changed against the verdicts that were open.
func (b *batch) transit(tx *db.Tx, j *judged) error {
	open, err := b.open(tx, j.run.Check)
	if err != nil {
		return err
	}
	for i := range j.outcome.Verdicts {
		v := &j.outcome.Verdicts[i]
		had, was := open[v.Ref]
		if was {
			had.seen = j.run.ID
		}
		if was && had.Status == v.Status && had.Reason == v.Reason && had.Message == v.Message {
			continue
		}
		if was {
			if err := b.end(tx, *had, &j.run, Changed); err != nil {
				return err
			}
		}
		t := b.transition(j, v, was)
		if err := insertTransition(tx, t); err != nil {
			return err
		}
		t.seen = j.run.ID
		open[v.Ref] = t
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
	b.keep(tx, &j.run, open)
	return nil
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
