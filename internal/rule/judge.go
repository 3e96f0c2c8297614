package rule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"assay/internal/kit/fault"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Judge runs the check. It fails only on a cancelled context and on an input
// that contradicts itself; whatever a collection could not do is in the
// outcome.
func (p *Program) Judge(ctx context.Context, in Input) (*Outcome, error) {
	r, err := p.Begin(ctx, in)
	if err != nil {
		return nil, err
	}
	if r.repeats(in.Held) {
		err = r.again(ctx, in.Held)
	} else {
		err = r.all(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("check %s: %w", p.def.ID, err)
	}
	return r.End(ctx)
}

// Judging is a run that is told the resources of its population one by one,
// for populations that are too large to be there at once. It is not safe for
// use by several goroutines.
type Judging struct {
	p        *Program
	in       *Input
	out      *Outcome
	e        *evaluation
	own      offer // of the population's own kinds
	helpers  offer // of the required kinds
	block    offer // why no verdict can be anything but unknown
	second   int   // resources of the second kind, which must be none
	excluded map[resource.Ref]string
	whole    whole
	done     <-chan struct{} // closed when the run is cancelled
	seen     int             // resources that it was told of
	unknown  map[Reason]int
	leaves   []tlog.Hash                 // of the verdicts; those of an earlier run aside
	fewer    bool                        // verdicts of the earlier run do not hold any more
	order    map[string][]*resource.View // of the input, in order
	held     *Held                       // what the run repeats, or leaves to the next; may be nil
}

// Begin begins a run. Of the resources of the input it takes those that are
// looked up.
func (p *Program) Begin(ctx context.Context, in Input) (*Judging, error) {
	if in.Now.IsZero() {
		return nil, fault.New(fault.Invalid, "Check %s: the run has no instant.", p.def.ID)
	}
	if p.Family() == resource.Event && !in.Period.From.Before(in.Period.To) {
		return nil, fault.New(fault.Invalid, "Check %s is about events; say which period counts.", p.def.ID)
	}
	r := &Judging{p: p, in: &in, out: &Outcome{UsesNow: p.usesNow}, done: ctx.Done(), unknown: map[Reason]int{}, order: map[string][]*resource.View{}}
	if err := r.prepare(); err != nil {
		return nil, fmt.Errorf("check %s: %w", p.def.ID, err)
	}
	return r, nil
}

// End says what the run says. It fails on a cancelled context, which may have
// cut an evaluation short, and where the input's taker of verdicts does.
func (r *Judging) End(ctx context.Context) (*Outcome, error) {
	if r.p.def.population() {
		if err := r.judgeWhole(); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if r.own.reason == NoReason && r.own.items > 0 && r.seen == 0 && r.p.own.schema.Family != resource.Event {
		r.own = offer{reason: Incomplete, why: unstored(r.own)}
	}
	r.conclude()
	r.leave()
	return r.out, nil
}

func (r *Judging) prepare() error {
	a := &assessor{in: r.in, freshness: r.p.freshness}
	r.own = a.source(&r.p.own, r.p.families)
	if r.own.reason == NoCollection || r.own.reason == Stale {
		r.block = r.own
	}
	r.e = &evaluation{run: r, lookups: make([]ref.Val, len(r.p.lookups)), lets: make([]letValue, len(r.p.lets))}
	for i := range r.p.lookups {
		if err := r.lookup(a, i); err != nil {
			return err
		}
	}
	for _, kind := range r.p.required() {
		o := a.offer([]string{kind}, r.p.families)
		if kind == r.p.def.EmptySecond {
			r.second = o.items
		}
		if o.reason == NoCollection || o.reason == Stale {
			r.block = r.block.worse(o)
		}
		r.helpers = r.helpers.worse(o)
	}
	r.exclusions()
	return nil
}

// offered assesses a source that is looked up. A listing that says it listed something of which
// nothing is here is not believed.
func (r *Judging) offered(a *assessor, s *source) offer {
	o := a.source(s, r.p.families)
	if o.reason != NoReason || s.schema.Family == resource.Event || o.items == 0 {
		return o
	}
	for _, kind := range s.names() {
		if len(r.in.Resources[kind]) > 0 {
			return o
		}
	}
	return offer{reason: Incomplete, why: unstored(o)}
}

func unstored(o offer) string {
	return fmt.Sprintf("The listing counts %d resources, and none of them is stored.", o.items)
}

// lookup builds the map of a lookup. Where it may lack a resource, or a
// resource its key, no verdict is certain.
func (r *Judging) lookup(a *assessor, i int) error {
	l := &r.p.lookups[i]
	o := r.offered(a, &l.source)
	subjects, err := l.subjects(r.in.Resources)
	if err != nil {
		return err
	}
	lists := map[ref.Val][]ref.Val{}
	for j := range subjects {
		obj := newObject(l.shape, &subjects[j], &r.e.t)
		key, absent := l.keyOf(obj)
		switch {
		case subjects[j].Possible:
			o = o.worse(offer{reason: Incomplete, why: fmt.Sprintf("It is not certain that %s still exists.", subjects[j].Ref)})
		case types.IsError(key) && !absent:
			reason := Error
			if slices.Contains(subjects[j].disputed, l.by) {
				reason = Disagree
			}
			o = o.worse(offer{reason: reason, why: fmt.Sprintf("Nothing can be looked up in %s: %s of %s could not be read.", l.name, l.by, subjects[j].Ref)})
		case !types.IsError(key):
			lists[key] = append(lists[key], obj)
		}
	}
	if o.reason != NoReason {
		r.block = r.block.worse(o)
		r.e.lookups[i] = types.NewErr("%s", strings.TrimSuffix(o.why, "."))
		return nil
	}
	m := make(map[ref.Val]ref.Val, len(lists))
	for k, v := range lists {
		m[k] = types.NewRefValList(types.DefaultTypeAdapter, v)
	}
	r.e.lookups[i] = ordered(m)
	return nil
}

// keyOf is what a resource is looked up by. A resource without it is not found
// under any key.
func (l *lookup) keyOf(obj *object) (key ref.Val, absent bool) {
	if l.by == byID {
		return types.String(obj.ref.ID), false
	}
	i := l.shape.index[l.by]
	v := obj.read(i)
	return v, obj.absent[i]
}

// exclusions finds those in force; of several for one resource the one with
// the smallest id counts.
func (r *Judging) exclusions() {
	r.excluded = map[resource.Ref]string{}
	for _, x := range r.in.Exclusions {
		if r.in.Now.Before(x.From) || !r.in.Now.Before(x.Until) {
			continue
		}
		if id, ok := r.excluded[x.Ref]; !ok || x.ID < id {
			r.excluded[x.Ref] = x.ID
		}
	}
}

// all gives every verdict.
func (r *Judging) all(ctx context.Context) error {
	for i := range r.p.own.kinds {
		if err := r.TakeKind(ctx, r.p.own.kinds[i].schema.Kind); err != nil {
			return err
		}
	}
	return nil
}

// TakeKind judges what the input has of a kind.
func (r *Judging) TakeKind(ctx context.Context, kind string) error {
	n := 0
	for group := range groups(r.sorted(kind)) {
		if n++; n%64 == 1 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.Take(group); err != nil {
			return err
		}
	}
	return nil
}

// Take judges a resource, if it is in the population: all views of it, of which
// there is one for each connection.
func (r *Judging) Take(views []*resource.View) error {
	kind := r.p.own.kind(views[0].Kind)
	if kind == nil {
		return fmt.Errorf("%s is not of a kind that the check is about", views[0].Ref)
	}
	r.seen++
	one, err := r.p.own.subject(kind, views)
	if err != nil {
		return err
	}
	s := &one
	at := s.instant()
	if !r.counts(at) {
		return nil
	}
	r.out.Counts.Listed++
	in, doubt := r.belongs(s, at)
	if !in && doubt.Reason == NoReason {
		r.out.Counts.Out++
		r.held.say(s.Ref, opinion{status: Out})
		return nil
	}
	r.out.Counts.Population++
	if r.p.def.population() {
		r.gather(s, doubt)
		return nil
	}
	return r.verdict(s, at, doubt)
}

// counts is false for an event of another period.
func (r *Judging) counts(at time.Time) bool {
	return r.p.Family() != resource.Event || at.IsZero() || r.in.Period.contains(at)
}

// belongs tells whether a subject is in the population. When it cannot be told,
// doubt says why.
func (r *Judging) belongs(s *subject, at time.Time) (in bool, doubt Verdict) {
	r.e.start(newObject(r.p.own.shape, s, &r.e.t))
	if s.Schema.Family == resource.Event && at.IsZero() {
		doubt.Reason = Error
		if slices.Contains(s.disputed, s.Schema.At) {
			doubt.Reason = Disagree
		}
		doubt.Message = "Cannot tell when it happened."
		return false, doubt
	}
	if r.p.where == nil {
		return true, doubt
	}
	return r.told()
}

func (r *Judging) verdict(s *subject, at time.Time, doubt Verdict) error {
	v := Verdict{Ref: s.Ref, Hash: s.Hash, Label: s.Label(), At: at, Status: Unknown}
	switch {
	case r.block.reason != NoReason:
		v.Reason, v.Message = r.block.reason, r.block.why
	case s.Possible:
		v.Reason, v.Message = Incomplete, "It is not certain that it still exists: the latest listing is incomplete and lacks it."
	case doubt.Reason != NoReason:
		v.Reason, v.Message = doubt.Reason, doubt.Message
	default:
		r.assert(&v)
	}
	if id, ok := r.excluded[s.Ref]; ok {
		v.Status, v.Reason, v.Exclusion = Excluded, NoReason, id
	}
	return r.add(&v)
}

func (r *Judging) assert(v *Verdict) {
	ok, err := r.e.truth(r.p.assert)
	switch {
	case err == nil && !ok:
		v.Status, v.Message = Fail, r.message()
		return
	case err == nil && r.e.t.err == nil:
		v.Status = Pass
		return
	case err == nil:
		err = r.e.t.err // absorbed
	}
	v.Status, v.Reason, v.Message = Unknown, r.e.reason(), "Cannot tell: "+plain(err)+"."
}

const maxMessage = 500

func (r *Judging) message() string {
	if r.p.message != nil {
		if s, ok := r.e.text(r.p.message); ok {
			return shortened(s)
		}
	}
	return shortened("Not so: " + r.p.def.Title)
}

func shortened(text string) string {
	if len(text) > maxMessage {
		if runes := []rune(text); len(runes) > maxMessage {
			return string(runes[:maxMessage]) + "…"
		}
	}
	return text
}

func (r *Judging) add(v *Verdict) error {
	v.FlipsAt = r.e.flipsAt()
	r.count(v.Status, v.Reason, 1)
	r.leaves = append(r.leaves, tlog.VerdictHash(v.Hash, string(v.Status)))
	r.held.say(v.Ref, opinion{v.Status, v.Reason})
	if r.in.Verdict != nil {
		return r.in.Verdict(v)
	}
	r.out.Verdicts = append(r.out.Verdicts, *v)
	return nil
}

// count counts a verdict, or with -1 one that does not hold any more.
func (r *Judging) count(status Status, reason Reason, n int) {
	c := &r.out.Counts
	switch status {
	case Pass:
		c.Pass += n
	case Fail:
		c.Fail += n
	case Unknown:
		c.Unknown += n
		r.unknown[reason] += n
	case Excluded:
		c.Excluded += n
	case NoOccurrence, Out:
	}
}
