package pack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"assay/internal/resource"
	"assay/internal/rule"
)

// run is one run of a check being performed again.
type run struct {
	when
	begun   when
	leaf    *resultLeaf
	program *rule.Program
	in      rule.Input
	key     string // equal for runs that must come out the same; empty if time itself decides
	active  []*Stretch
}

// performed is the outcome of a run, once done is closed. Of the verdicts it has
// those that are no pass.
type performed struct {
	key     string
	done    chan struct{}
	outcome *rule.Outcome
	err     error
}

// result looks at a run: that it was made of what was there, and that it comes
// out the same.
func (r *replay) result(w, begun when, l *resultLeaf) error {
	active, err := r.results.at(l)
	if err != nil {
		return err
	}
	if !r.v.plan.in(l.now) {
		r.v.rep.Runs.Outside++
		return nil
	}
	c := r.checks[l.check]
	if c == nil {
		c = &CheckRun{Check: l.check, First: l.now}
		r.checks[l.check] = c
	}
	c.Runs++
	c.Last, c.Status = l.now, l.status
	x := &run{when: w, begun: begun, leaf: l, active: active}
	for _, step := range []func(*run) error{r.definition, r.compiled, r.inputs, r.excluded} {
		if err := step(x); err != nil {
			r.v.object(entryName(w.index), "The run of %s at %s: %v.", l.check, stamp(l.now), err)
			return nil
		}
	}
	c.Performed++
	r.perform(x)
	return nil
}

// definition finds that the run was judged by the definition in force.
func (r *replay) definition(x *run) error {
	l := x.leaf
	list := r.defined[l.check]
	for i := range slices.Backward(list) {
		d := &list[i]
		if d.effectiveAt.After(l.now) {
			continue
		}
		if d.hash == l.hash && d.version == l.version && maps.Equal(d.params, l.params) {
			def := r.v.checks[l.hash]
			if def.ID != l.check || int64(def.Version) != l.version {
				return fmt.Errorf("its definition is that of %s version %d", def.ID, def.Version)
			}
			return nil
		}
		if d.certainly(x.begun) {
			return fmt.Errorf("another definition was in force, with the hash %s", d.hash)
		}
	}
	return fmt.Errorf("its definition %s was never put in force", l.hash)
}

// compiled makes the program, against the kinds as they were declared then.
func (r *replay) compiled(x *run) error {
	last := len(r.kinds) - 1
	first := 0
	for i, w := range r.declared {
		if w.certainly(x.begun) {
			first = i + 1
		}
	}
	var problem error
	for n := last; n >= first; n-- {
		key := fmt.Sprintf("%d %s %v", n, x.leaf.hash, x.leaf.params)
		p, known := r.programs[key]
		if !known {
			var err error
			if p, err = rule.Compile(r.v.checks[x.leaf.hash], r.kinds[n].newest, x.leaf.params); err != nil {
				problem, p = err, nil
			}
			r.programs[key] = p
		}
		if p != nil && p.Hash() == x.leaf.program {
			x.program = p
			return nil
		}
	}
	if problem != nil {
		return fmt.Errorf("its definition does not hold with the kinds as declared then: %w", problem)
	}
	return fmt.Errorf("its definition, parameters and kinds do not make the program that was recorded")
}

type source struct{ kind, connection string }

// inputs finds that the run used the newest listings of every source there was,
// and takes their resources.
func (r *replay) inputs(x *run) error {
	needs := x.program.Needs()
	x.in = rule.Input{Now: x.leaf.now, Period: rule.Period{From: x.leaf.from, To: x.leaf.to}, Resources: map[string][]*resource.View{}, Reference: r.v.opts.CELGo}
	given := map[source]bool{}
	var key strings.Builder
	for i := range x.leaf.inputs {
		in := &x.leaf.inputs[i]
		s := source{in.kind, in.connection}
		if given[s] || !slices.Contains(needs.Listings, in.kind) {
			return fmt.Errorf("the input %s of %s is there twice, or not needed", in.kind, in.connection)
		}
		given[s] = true
		want := useRequire
		if slices.Contains(needs.Resources, in.kind) {
			want = usePopulation
		}
		if in.use != want {
			return fmt.Errorf("the input %s of %s is used as %s, not %s", in.kind, in.connection, want, in.use)
		}
		l, err := r.chosen(x, in)
		if err != nil {
			return err
		}
		x.in.Listings = append(x.in.Listings, rule.Listing{
			Kind: in.kind, Connection: in.connection, Complete: l.report.complete, At: l.finished,
			From: l.report.from, To: l.report.to, Items: int(l.report.items), Problems: l.problems,
		})
		if in.use == usePopulation {
			x.in.Resources[in.kind] = slices.Concat(x.in.Resources[in.kind], l.views)
			fmt.Fprintf(&key, "%s %d,", in.kind, l.snapshot)
		}
	}
	if err := r.sources(x, needs.Listings, given); err != nil {
		return err
	}
	x.key = key.String()
	return nil
}

// chosen finds the listing that an input names, and that there was no newer.
func (r *replay) chosen(x *run, in *input) (*listing, error) {
	c := r.connections[in.connection]
	if c == nil || c.populations[in.kind] == nil {
		return nil, fmt.Errorf("%s never listed %s", in.connection, in.kind)
	}
	list := c.populations[in.kind].listings
	for i := range slices.Backward(list) {
		l := &list[i]
		switch {
		case l.seq == in.seq && l.leaf != in.leaf:
			return nil, fmt.Errorf("collection %d of %s is not the entry %s", in.seq, in.connection, in.leaf)
		case l.seq == in.seq && in.use == usePopulation && l.views == nil:
			return nil, fmt.Errorf("collection %d of %s, on which it was judged, is not in the package", in.seq, in.connection)
		case l.seq == in.seq:
			return l, nil
		case l.certainly(x.begun):
			return nil, fmt.Errorf("it was judged on collection %d of %s, and there was the newer collection %d of %s", in.seq, in.connection, l.seq, in.kind)
		}
	}
	return nil, fmt.Errorf("%s has no collection %d of %s before it", in.connection, in.seq, in.kind)
}

// sources finds that no source was left out.
func (r *replay) sources(x *run, kinds []string, given map[source]bool) error {
	for id, c := range r.connections {
		for _, kind := range kinds {
			p := c.populations[kind]
			if p == nil || given[source{kind, id}] || !p.listings[0].certainly(x.begun) || c.maybeOff(x.begun) {
				continue
			}
			return fmt.Errorf("%s lists %s and was left out", id, kind)
		}
	}
	return nil
}

// maybeOff tells whether a connection was switched off, or was being switched,
// when a run was begun.
func (c *replayed) maybeOff(begun when) bool {
	off := false
	for _, s := range c.switches {
		if !s.certainly(begun) {
			return true
		}
		off = !s.enabled
	}
	return off
}

// excluded finds that the exclusions in force, and no other, counted.
func (r *replay) excluded(x *run) error {
	l := x.leaf
	for i := range r.exclusions[l.check] {
		e := &r.exclusions[l.check][i]
		inForce := !l.now.Before(e.from) && l.now.Before(e.until)
		end, ended := r.ended[e.exclusion]
		switch counted := slices.Contains(l.exclusions, e.exclusion); {
		case counted && (!inForce || ended && end.certainly(x.begun)):
			return fmt.Errorf("the exclusion %s counted and was not in force", e.exclusion)
		case counted:
			x.in.Exclusions = append(x.in.Exclusions, rule.Exclusion{ID: e.exclusion, Ref: r.v.exclusions[e.exclusion], From: e.from, Until: e.until})
		case inForce && !ended && e.certainly(x.begun):
			return fmt.Errorf("the exclusion %s was in force and did not count", e.exclusion)
		}
	}
	if len(x.in.Exclusions) != len(l.exclusions) {
		return fmt.Errorf("an exclusion counted that was not approved for it")
	}
	if x.program.UsesNow() {
		x.key = ""
		return nil
	}
	x.key = fmt.Sprintf("%s %s %s %v %s %s", l.program, x.program.Worth(x.in), x.key, l.exclusions, stamp(l.from), stamp(l.to))
	return nil
}

// perform judges the run, or takes the outcome of one that must be equal, and
// compares.
func (r *replay) perform(x *run) {
	p := r.memo[x.leaf.check]
	known := p != nil && x.key != "" && p.key == x.key
	if !known {
		p = &performed{key: x.key, done: make(chan struct{})}
		r.memo[x.leaf.check] = p
	}
	r.wait.Add(1)
	r.gate <- struct{}{}
	go func() {
		defer r.wait.Done()
		defer func() { <-r.gate }()
		if known {
			<-p.done
		} else {
			r.judge(x, p)
		}
		r.compare(x, p)
	}()
}

func (r *replay) judge(x *run, p *performed) {
	defer close(p.done)
	defer func() {
		if e := recover(); e != nil {
			p.outcome, p.err = nil, fmt.Errorf("the verifier failed on it: %v", e)
		}
	}()
	p.err = fmt.Errorf("it was not performed")
	o, err := x.program.Judge(r.v.ctx, x.in)
	if err == nil {
		o.Verdicts = slices.Clip(slices.DeleteFunc(o.Verdicts, func(v rule.Verdict) bool { return v.Status == rule.Pass }))
	}
	p.outcome, p.err = o, err
}

func (r *replay) compare(x *run, p *performed) {
	l := x.leaf
	var differs string
	switch o := p.outcome; {
	case p.err != nil:
		differs = fmt.Sprintf("it cannot be performed again: %v", p.err)
	case string(o.Status) != l.status || string(o.Reason) != l.reason:
		differs = fmt.Sprintf("it was recorded as %s, and performed again it is %s", word(l.status, l.reason), word(string(o.Status), string(o.Reason)))
	case o.Counts != l.counts:
		differs = fmt.Sprintf("it counted %+v, and performed again it counts %+v", l.counts, o.Counts)
	case o.Root != l.root:
		differs = "its verdicts on single resources are others when it is performed again"
	default:
		differs = told(o, x.active)
	}
	r.v.mu.Lock()
	defer r.v.mu.Unlock()
	r.v.rep.Runs.Performed++
	if differs == "" {
		r.v.rep.Runs.Same++
		return
	}
	r.v.rep.object(entryName(x.index), "The run of %s at %s: %s.", l.check, stamp(l.now), differs)
}

func word(status, reason string) string {
	if reason == "" {
		return status
	}
	return status + " (" + reason + ")"
}
