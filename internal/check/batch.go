package check

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
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
	s          *Service
	grant      access.Grant
	id         string
	all        bool   // every check in force
	sparing    bool   // but those that would say the same again
	read       func() // called once all that is judged was read; may be nil
	spared     []string
	now        time.Time
	period     rule.Period
	defs       []Definition
	programs   map[string]*rule.Program
	last       map[string]Run
	exclusions map[string][]Exclusion
	memory     *memory
	listings   map[string][]fact.Listing // the newest of each connection, by kind
	members    map[string][]*resource.View
	large      map[string]bool // kinds that are not there as a whole; decided on first use
	flows      []*flow
	done       []judged
	saved      bool
}

type judged struct {
	run     Run
	outcome *rule.Outcome // nil when the run before was reused
	program *rule.Program
	event   bool
	held    *rule.Held  // of the run before, where that was reused
	spool   *spool      // its verdicts, where they are too many for the outcome
	in      *rule.Input // of a flow
}

// Run judges the checks now, all that are in force if none is named, and
// returns their runs. Checks whose kinds were never collected are run too, and
// say so.
func (s *Service) Run(ctx context.Context, who access.Actor, checks ...string) ([]Run, error) {
	return s.run(ctx, who, &batch{all: len(checks) == 0}, checks)
}

// Sweep judges all checks in force but those that would only say again what they
// said: of the very same collections, by the same definition, before any verdict
// can change with the time. It calls read, which may be nil, once: when what is
// collected from then on is judged the next time.
func (s *Service) Sweep(ctx context.Context, who access.Actor, read func()) ([]Run, error) {
	b := &batch{all: true, sparing: true}
	if read != nil {
		b.read = sync.OnceFunc(read)
		defer b.read()
	}
	return s.run(ctx, who, b, nil)
}

func (s *Service) run(ctx context.Context, who access.Actor, b *batch, checks []string) ([]Run, error) {
	grant, err := who.May(access.CheckRun)
	if err != nil {
		return nil, err
	}
	if err := ledger.Settle(ctx, s.DB, who.Org); err != nil { // nothing judges what is pending
		return nil, err
	}
	b.s, b.grant, b.memory = s, grant, s.remembered(who.Org)
	defer s.giveBack(who.Org, b.memory)
	defer b.forget()
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
	list, err := b.memory.definitions(tx, &b.s.parsed)
	if err != nil {
		return err
	}
	b.now = tx.Now()
	for of := range revisions(list) {
		if len(checks) > 0 && !slices.Contains(checks, of[0].ID) {
			continue
		}
		if d, ok := inForce(of, b.now); ok {
			b.defs = append(b.defs, d)
		}
	}
	if b.period, err = b.s.Period(tx); err != nil {
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
	if err == nil && b.sparing {
		err = b.spare(tx)
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
	b.members, b.large = map[string][]*resource.View{}, map[string]bool{}
	b.done = make([]judged, len(b.defs))
	if _, err := b.look(tx); err != nil {
		return err
	}
	judging, judge := errgroup.WithContext(ctx)
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
		if b.flows, in = b.diverted(j, in); in == nil {
			continue // once everything else is judged
		}
		judging.Go(func() error { return j.judge(judge, *in) }) // the store is read in order; what was read is judged meanwhile
	}
	if b.read != nil && len(b.flows) == 0 {
		b.read()
	}
	if err := judging.Wait(); err != nil {
		return err
	}
	return b.stream(ctx, tx)
}

// one prepares the run of a check, and returns what it must judge; nil if the
// run before tells the outcome.
func (b *batch) one(tx *db.Tx, d *Definition, j *judged) (*rule.Input, error) {
	p := b.programs[d.ID]
	in, inputs := b.input(p)
	excl := b.inForce(d.ID)
	j.program, j.event = p, p.Family() == resource.Event
	j.run = Run{
		ID: id.New("run", b.now), Batch: b.id, Check: d.ID, Version: d.Version, Revision: d.Revision, At: b.now, Inputs: inputs,
	}
	if j.event {
		j.run.From, j.run.To = covered(in, p.Needs().Listings)
	}
	j.run.fingerprint = b.fingerprint(p, in, inputs, excl)
	j.held = b.held(d.ID)
	if last, ok := b.last[d.ID]; ok && b.holds(&last, d, in, j.run.fingerprint) {
		j.run.Status, j.run.Reason, j.run.Explain, j.run.Counts = last.Status, last.Reason, last.Explain, last.Counts
		j.run.Root, j.run.Reused, j.run.flipsAt = last.Root, true, last.flipsAt
		return nil, nil //nolint:nilnil // nothing is to be judged, which is no error
	}
	if err := b.load(tx, p, &in); err != nil {
		return nil, err
	}
	in.Held, j.held = j.held, nil
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
	j.says()
	return nil
}

// says takes over what the outcome says of the run.
func (j *judged) says() {
	o := j.outcome
	j.run.Status, j.run.Reason, j.run.Explain, j.run.Counts, j.run.Root = o.Status, o.Reason, o.Explain, o.Counts, o.Root
	if j.run.flipsAt = o.FlipsAt; o.FlipsAt.IsZero() {
		j.run.flipsAt = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	}
}

// verdicts calls fn for each verdict.
func (j *judged) verdicts(fn func(*rule.Verdict) error) error {
	if j.spool != nil {
		return j.spool.each(fn)
	}
	for i := range j.outcome.Verdicts {
		if err := fn(&j.outcome.Verdicts[i]); err != nil {
			return err
		}
	}
	return nil
}

// save writes runs, transitions and leaves.
func (b *batch) save(tx *db.Tx) error {
	if err := b.seal(tx); err != nil {
		return err
	}
	if err := insertRuns(tx, b.done); err != nil {
		return err
	}
	for i := range b.done {
		j := &b.done[i]
		if j.outcome == nil {
			if set := b.s.take(tx.Org(), j.run.Check); set.open != nil && set.run == b.last[j.run.Check].ID {
				b.keep(tx, &j.run, set.open)
			}
			b.hold(tx, &j.run, j.held)
			continue
		}
		b.hold(tx, &j.run, j.outcome.Held)
		transit := b.transit
		if j.outcome.Repeats {
			transit = b.amend
		}
		if err := transit(tx, j); err != nil {
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
