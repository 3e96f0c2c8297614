package pack

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
	"assay/internal/rule"
)

// replay goes through the log once more and performs the runs of the period
// again, with the populations as they were.
type replay struct {
	v *verifier

	connections map[string]*replayed
	kinds       []kindState // after each declaration; the first is before any
	declared    []when      // when each declaration was made
	defined     map[string][]definedAt
	exclusions  map[string][]exclusionAt // by check
	ended       map[string]when          // exclusions that ended before their time
	intents     map[string]*intentAt
	results     *results

	programs map[string]*rule.Program
	memo     map[string]*performed // the last of each check
	checks   map[string]*CheckRun
	snapshot int
	words    words

	gate chan struct{}
	wait sync.WaitGroup
}

// when is the place of a leaf in the log and in time.
type when struct {
	index uint64
	at    time.Time
}

// certainly tells whether a run that was begun then must have seen it.
func (w when) certainly(begun when) bool {
	return w.index < begun.index && !w.at.After(begun.at.Add(-slack))
}

// ahead objects to what is said to hold from before it was recorded.
func (w when) ahead(what string, from time.Time) error {
	if from.Before(w.at.Add(-slack)) {
		return fmt.Errorf("%s holds from %s and was recorded at %s: nothing is retroactive", what, stamp(from), stamp(w.at))
	}
	return nil
}

type kindState struct{ newest rule.Kinds }

type definedAt struct {
	when
	definedLeaf
}

type exclusionAt struct {
	when
	exclusionLeaf
}

type intentAt struct {
	when
	left int
}

// replayed is a connection as far as the log was read.
type replayed struct {
	switches    []switchAt
	populations map[string]*population
}

type switchAt struct {
	when
	enabled bool
}

// population is what a connection shows of a kind.
type population struct {
	assembly resource.Assembly
	dirty    bool // changed since the last listing
	listings []listing
	cover    resource.Cover // of an event kind, by its complete listings so far
}

// listing is what a collection says of a kind.
type listing struct {
	when
	leaf     string
	seq      int64
	here     bool // in the package, so that there are views
	report   report
	finished time.Time
	problems []string
	views    []*resource.View
	snapshot int // equal for equal views
}

// event is an entry that the replay looks at.
type event struct {
	index uint64
	leaf  *tlog.Opened
}

func (v *verifier) replay() error {
	res, err := v.readResults()
	if err != nil {
		return err
	}
	r := &replay{
		v: v, connections: map[string]*replayed{}, kinds: []kindState{{rule.Kinds{}}}, defined: map[string][]definedAt{},
		exclusions: map[string][]exclusionAt{}, ended: map[string]when{}, intents: map[string]*intentAt{}, results: res,
		programs: map[string]*rule.Program{}, memo: map[string]*performed{}, checks: map[string]*CheckRun{}, words: words{},
		gate: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	defer r.wait.Wait()
	tiles := v.bundles()
	err = inOrder(v.ctx, len(tiles), func(i int) (out []event, err error) {
		b, err := v.readBundle(tiles[i])
		for at, o := range b.leaves {
			if err == nil && o.Type != leafTrail {
				out = append(out, event{tiles[i].Index*tlog.TileWidth + uint64(at), o})
			}
		}
		return out, err
	}, func(_ int, part []event) error {
		for _, e := range part {
			if err := r.event(e); err != nil {
				return at(e.index, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.wait.Wait()
	for _, check := range slices.Sorted(maps.Keys(r.checks)) {
		v.rep.Runs.Checks = append(v.rep.Runs.Checks, *r.checks[check])
	}
	return r.results.left()
}

func (r *replay) event(e event) error {
	o := e.leaf
	w := when{e.index, o.At}
	switch o.Type {
	case leafKind:
		return r.kind(w, o)
	case leafManifest:
		return r.manifest(w, o)
	case leafDefined:
		d := definedAt{when: w}
		err := d.read(o.Body)
		r.defined[d.check] = append(r.defined[d.check], d)
		return errors.Join(err, w.ahead("a definition", d.effectiveAt))
	case leafExclusion:
		x := exclusionAt{when: w}
		err := x.read(o.Body)
		r.exclusions[x.check] = append(r.exclusions[x.check], x)
		return errors.Join(err, w.ahead("an exclusion", x.from))
	case leafEnded:
		id, err := one(o.Body, "exclusion")
		r.ended[id] = w
		return errors.Join(err, inStream(o, "exclusion/"+id))
	case leafEnabled, leafDisabled:
		id, err := one(o.Body, "connection")
		c := r.connection(id)
		c.switches = append(c.switches, switchAt{w, o.Type == leafEnabled})
		return errors.Join(err, inStream(o, "connection/"+id))
	case leafIntent, leafBroken, leafResult:
		return r.batch(w, o)
	}
	return nil
}

// batch looks at what belongs to a batch of runs.
func (r *replay) batch(w when, o *tlog.Opened) error {
	switch o.Type {
	case leafIntent:
		var l intentLeaf
		err := l.read(o.Body, r.words)
		if r.intents[l.batch] == nil {
			r.intents[l.batch] = &intentAt{when: w}
		}
		r.intents[l.batch].left += len(l.runs)
		return err
	case leafBroken:
		var l brokenLeaf
		err := l.read(o.Body)
		r.left(l.batch)
		return err
	}
	var l resultLeaf
	if err := l.read(o.Body, r.words); err != nil {
		return err
	}
	begun := r.intents[l.batch].when
	r.left(l.batch)
	return r.result(w, begun, &l)
}

func (r *replay) left(id string) {
	if i := r.intents[id]; i != nil {
		if i.left--; i.left <= 0 {
			delete(r.intents, id)
		}
	}
}

func (r *replay) connection(id string) *replayed {
	c := r.connections[id]
	if c == nil {
		c = &replayed{populations: map[string]*population{}}
		r.connections[id] = c
	}
	return c
}

func (r *replay) kind(w when, o *tlog.Opened) error {
	var k kindLeaf
	if err := k.read(o.Body); err != nil {
		return err
	}
	newest := maps.Clone(r.kinds[len(r.kinds)-1].newest)
	if have := newest[k.kind]; have == nil || int64(have.Version) < k.version {
		newest[k.kind] = r.v.kinds[k.hash]
	}
	r.kinds = append(r.kinds, kindState{newest})
	r.declared = append(r.declared, w)
	return nil
}

// schema finds a version of a kind that was declared before.
func (r *replay) schema(kind string, version int) (*resource.Schema, error) {
	if s := r.v.versions[kindVersion{kind, version}]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("version %d of the kind %s is not declared", version, kind)
}

// manifest brings a connection to its next collection.
func (r *replay) manifest(w when, o *tlog.Opened) error {
	var m manifestLeaf
	if err := m.read(o.Body, r.words); err != nil {
		return err
	}
	c := r.connection(m.connection)
	l := r.v.manifests[place{m.connection, m.seq}]
	if l.here {
		if err := r.members(c, &m); err != nil {
			return err
		}
	}
	for i := range m.kinds {
		k := &m.kinds[i]
		p := c.population(k.kind, r.v.families[k.kind])
		if k.complete {
			p.assembly.Settle()
		}
		n := listing{
			when: w, leaf: o.ID, seq: m.seq, here: l.here, report: *k, finished: m.finishedAt, problems: l.problems[k.kind],
		}
		if r.v.families[k.kind] == resource.Event {
			p.covered(&n.report)
		}
		if l.here && r.v.plan.connections[m.connection].needed(k.kind, m.seq) {
			if err := r.look(p, &n); err != nil {
				return err
			}
		}
		p.listings = append(p.listings, n)
		p.forget(r.horizon(w))
	}
	return nil
}

// covered has a listing of events cover what it does together with the complete
// ones before it.
func (p *population) covered(k *report) {
	if !k.complete || k.to.IsZero() {
		return
	}
	p.cover = p.cover.Then(resource.Cover{From: k.from, To: k.to, Items: int(k.items)})
	k.from, k.to, k.items = p.cover.From, p.cover.To, int64(p.cover.Items)
}

func (c *replayed) population(kind string, family resource.Family) *population {
	p := c.populations[kind]
	if p == nil {
		p = &population{assembly: resource.Assembly{Family: family}, dirty: true}
		c.populations[kind] = p
	}
	return p
}

// look takes the views of a listing: those of the one before, if nothing
// changed.
func (r *replay) look(p *population, l *listing) error {
	if n := len(p.listings); !p.dirty && n > 0 && p.listings[n-1].views != nil && p.listings[n-1].report.complete && l.report.complete {
		l.views, l.snapshot = p.listings[n-1].views, p.listings[n-1].snapshot
		return nil
	}
	var err error
	l.views, err = p.assembly.Views(r.schema)
	r.snapshot++
	l.snapshot, p.dirty = r.snapshot, false
	return err
}

// horizon is the earliest time at which a run that has no result yet was begun.
func (r *replay) horizon(now when) when {
	for _, i := range r.intents {
		if i.index < now.index {
			now = i.when
		}
	}
	return now
}

// forget drops the views of listings that no run can have used any more.
func (p *population) forget(h when) {
	newest := -1
	for i := range p.listings {
		if p.listings[i].certainly(h) {
			newest = i
		}
	}
	for i := newest - 1; i >= 0 && p.listings[i].views != nil; i-- {
		p.listings[i].views = nil
	}
}

// members applies the changes of a collection to the kinds that runs need.
func (r *replay) members(c *replayed, m *manifestLeaf) error {
	d, err := r.v.readDelta(m.connection, m.seq)
	if err != nil {
		return err
	}
	needs := r.v.plan.connections[m.connection].needs
	apply := func(list []int32, fn func(*population, *resource.Sighting)) error {
		list = slices.DeleteFunc(list, func(at int32) bool {
			_, needed := needs[r.v.names[r.v.records.list[at].kind]]
			return !needed
		})
		const step = 256
		return inOrder(r.v.ctx, (len(list)+step-1)/step, func(i int) (out []*resource.Sighting, err error) {
			for _, at := range list[i*step : min(len(list), (i+1)*step)] {
				s, err := r.v.load(int(at))
				if err != nil {
					return nil, err
				}
				out = append(out, s)
			}
			return out, nil
		}, func(_ int, part []*resource.Sighting) error {
			for _, s := range part {
				p := c.population(s.Kind, r.v.families[s.Kind])
				p.dirty = true
				fn(p, s)
			}
			return nil
		})
	}
	if err := apply(d.removed, func(p *population, s *resource.Sighting) { p.assembly.Remove(s.Ref, s.Hash) }); err != nil {
		return err
	}
	return apply(d.added, func(p *population, s *resource.Sighting) { p.assembly.Add(s, true) })
}
