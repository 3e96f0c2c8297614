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
	if in.Now.IsZero() {
		return nil, fault.New(fault.Invalid, "Check %s: the run has no instant.", p.def.ID)
	}
	if p.Family() == resource.Event && !in.Period.From.Before(in.Period.To) {
		return nil, fault.New(fault.Invalid, "Check %s is about events; say which period counts.", p.def.ID)
	}
	r := &run{p: p, in: &in, out: &Outcome{UsesNow: p.usesNow}, done: ctx.Done()}
	if err := r.prepare(); err != nil {
		return nil, fmt.Errorf("check %s: %w", p.def.ID, err)
	}
	if err := r.judge(ctx); err != nil {
		return nil, fmt.Errorf("check %s: %w", p.def.ID, err)
	}
	r.conclude()
	r.out.FlipsAt = earlier(r.e.flips, r.e.flipsAt())
	r.out.Root = verdictRoot(r.out.Verdicts)
	return r.out, nil
}

// run is one run of a check.
type run struct {
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
}

func (r *run) prepare() error {
	a := &assessor{in: r.in, freshness: r.p.freshness}
	r.own = r.offered(a, &r.p.own)
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

// offered assesses a source. A listing that says it listed something of which
// nothing is here is not believed.
func (r *run) offered(a *assessor, s *source) offer {
	o := a.offer(s.names(), r.p.families)
	if o.reason != NoReason || s.schema.Family == resource.Event || o.items == 0 {
		return o
	}
	for _, kind := range s.names() {
		if len(r.in.Resources[kind]) > 0 {
			return o
		}
	}
	return offer{reason: Incomplete, why: fmt.Sprintf("The listing counts %d resources, and none of them is stored.", o.items)}
}

// lookup builds the map of a lookup. Where it may lack a resource, or a
// resource its key, no verdict is certain.
func (r *run) lookup(a *assessor, i int) error {
	l := &r.p.lookups[i]
	o := r.offered(a, &l.source)
	subjects, err := l.subjects(r.in.Resources, r.in.Memo)
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
func (r *run) exclusions() {
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

// judge gives the verdicts.
func (r *run) judge(ctx context.Context) error {
	seen := 0
	err := r.p.own.each(r.in.Resources, r.in.Memo, func(s *subject) error {
		if seen++; seen%64 == 1 && ctx.Err() != nil {
			return ctx.Err()
		}
		at := s.when
		if s.Schema.Family == resource.Event && !at.IsZero() && !r.in.Period.contains(at) {
			return nil
		}
		r.out.Counts.Listed++
		in, doubt := r.belongs(s, at)
		if !in && doubt.Reason == NoReason {
			r.out.Counts.Out++
			return nil
		}
		r.out.Counts.Population++
		if r.p.def.population() {
			r.gather(s, doubt)
		} else {
			r.verdict(s, at, doubt)
		}
		return nil
	})
	if err == nil && r.p.def.population() {
		r.judgeWhole()
		err = ctx.Err()
	}
	return err
}

// asked is belongs where no memo knows.
func (r *run) asked(s *subject, at time.Time) (in bool, doubt Verdict) {
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
	in, err := r.e.truth(r.p.where)
	if err == nil && !in {
		err = r.e.t.err // absorbed: nobody is left out on the strength of what could not be read
	}
	if err != nil {
		doubt.Reason, doubt.Message = r.e.reason(), "Cannot tell whether it counts: "+plain(err)+"."
		return false, doubt
	}
	return in, doubt
}

func (r *run) verdict(s *subject, at time.Time, doubt Verdict) {
	v := Verdict{Ref: s.Ref, Hash: s.Hash, Label: s.Label(), At: at, Status: Unknown}
	switch {
	case r.block.reason != NoReason:
		v.Reason, v.Message = r.block.reason, r.block.why
	case s.Possible:
		v.Reason, v.Message = Incomplete, "It is not certain that it still exists: the latest listing is incomplete and lacks it."
	case doubt.Reason != NoReason:
		v.Reason, v.Message = doubt.Reason, doubt.Message
	default:
		r.repeat(s, &v)
	}
	if id, ok := r.excluded[s.Ref]; ok {
		v.Status, v.Reason, v.Exclusion, v.leaf = Excluded, NoReason, id, tlog.Hash{}
	}
	r.add(v)
}

func (r *run) assert(v *Verdict) {
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

func (r *run) message() string {
	text := "Not so: " + r.p.def.Title
	if r.p.message != nil {
		if s, ok := r.e.text(r.p.message); ok {
			text = s
		}
	}
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	return text
}

func (r *run) add(v Verdict) {
	c := &r.out.Counts
	switch v.Status {
	case Pass:
		c.Pass++
	case Fail:
		c.Fail++
	case Unknown:
		c.Unknown++
	case Excluded:
		c.Excluded++
	case NoOccurrence, Out:
	}
	v.FlipsAt = r.e.flipsAt()
	r.out.Verdicts = append(r.out.Verdicts, v)
}

// whole is the population of a check that judges it together.
type whole struct {
	objects []ref.Val
	hashes  []tlog.Hash
	doubt   Verdict // the first about membership
}

func (r *run) gather(s *subject, doubt Verdict) {
	r.whole.hashes = append(r.whole.hashes, s.Hash)
	if _, ok := r.excluded[s.Ref]; ok {
		r.out.Counts.Excluded++
		return
	}
	if doubt.Reason == NoReason && s.Possible {
		doubt = Verdict{Reason: Incomplete, Message: fmt.Sprintf("It is not certain that %s still exists.", s.Ref)}
	}
	if doubt.Reason != NoReason && r.whole.doubt.Reason == NoReason {
		r.whole.doubt = doubt
		r.whole.doubt.Message = fmt.Sprintf("%s: %s", s.Label(), doubt.Message)
	}
	r.whole.objects = append(r.whole.objects, r.e.r)
}

// judgeWhole gives the one verdict about the population. About nobody it says
// nothing, but that something which must occur did not.
func (r *run) judgeWhole() {
	v := Verdict{
		Ref:    resource.Ref{Kind: r.p.own.schema.Kind, ID: PopulationID},
		Hash:   resource.Root(r.whole.hashes),
		Label:  r.p.own.schema.Title,
		Status: Unknown,
	}
	counts := &r.out.Counts
	empty := counts.Population == 0
	switch {
	case r.block.reason != NoReason:
		v.Reason, v.Message = r.block.reason, r.block.why
	case r.own.reason != NoReason:
		v.Reason, v.Message = r.own.reason, r.own.why
	case r.whole.doubt.Reason != NoReason:
		v.Reason, v.Message = r.whole.doubt.Reason, r.whole.doubt.Message
	case !empty && counts.Excluded == counts.Population, empty && !r.provenEmpty():
		return
	default:
		r.e.start(nil)
		r.e.rs = types.NewRefValList(types.DefaultTypeAdapter, r.whole.objects)
		r.assert(&v)
	}
	if empty && v.Status == Pass {
		return
	}
	if id, ok := r.excluded[v.Ref]; ok {
		v.Status, v.Reason, v.Exclusion, v.leaf = Excluded, NoReason, id, tlog.Hash{}
	}
	r.add(v)
}

// provenEmpty tells whether an empty population is proven to be so. The
// listings themselves are known to be complete and fresh when it is asked.
func (r *run) provenEmpty() bool { return r.p.def.Empty == EmptyProven && r.second == 0 }

// conclude says what the verdicts and the listings mean for the run.
func (r *run) conclude() {
	o, c := r.out, &r.out.Counts
	lists := r.own.worse(r.helpers)
	switch {
	case c.Fail > 0:
		o.Status = Fail
		o.Explain = tally(c)
		if r.block.reason == NoReason && lists.reason != NoReason {
			o.Explain += " " + lists.why
		}
	case r.block.reason != NoReason:
		o.Status, o.Reason, o.Explain = Unknown, r.block.reason, r.block.why
	case lists.reason != NoReason:
		o.Status, o.Reason, o.Explain = Unknown, lists.reason, lists.why
	case c.Unknown > 0:
		o.Status, o.Reason, o.Explain = Unknown, r.worst(), tally(c)
	case c.Population == 0 && r.provenEmpty():
		o.Status, o.Explain = NoOccurrence, "There is nothing to judge: the listing is complete and the population empty."
	case c.Population == 0:
		o.Status, o.Reason, o.Explain = Unknown, Incomplete, "The population is empty, and that proves nothing for this check."
		if r.second > 0 {
			o.Explain = fmt.Sprintf("The population is empty although there are %d of %s.", r.second, r.p.def.EmptySecond)
		}
	case c.Pass == 0:
		o.Status, o.Explain = Excluded, tally(c)
	default:
		o.Status, o.Explain = Pass, tally(c)
	}
}

// worst is the reason of the unknown verdicts that comes first in the order of
// reasons.
func (r *run) worst() Reason {
	out := NoReason
	for _, v := range r.out.Verdicts {
		if v.Status == Unknown {
			out = offer{reason: out}.worse(offer{reason: v.Reason}).reason
		}
	}
	return out
}

func tally(c *Counts) string {
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{c.Fail, "fail"}, {c.Unknown, "unknown"}, {c.Excluded, "excluded"}, {c.Pass, "pass"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return fmt.Sprintf("Population %d: %s.", c.Population, strings.Join(parts, ", "))
}
