package pack

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Plan works out from the leaves of a log what a package of a period holds. The
// writer follows it, and the verifier makes the same plan and objects to
// whatever is missing or too much. Its zero value is a plan of everything.
type Plan struct {
	From, To time.Time // the period; both zero for everything

	connections map[string]*history
	kinds       []kindLeaf
	defined     map[tlog.Hash]bool // definitions of checks, by hash
	exclusions  map[string]committed
	captured    map[string]captured
	trail       []trailLeaf // of the period
	trailSorted bool
	last        map[string]*resultLeaf // of the period, by check
	results     int                    // of the period
	runs        map[[16]byte]bool      // all
}

// committed is a leaf that commits to something which the package must hold.
type committed struct {
	leaf    string // id
	at      time.Time
	commits map[string]string
}

type captured struct {
	committed
	blobs []tlog.Blob
}

type trailLeaf struct {
	id     [16]byte // beginning of the hash of the leaf's id
	commit tlog.Hash
	seen   bool
}

// history is the collections of a connection, as the log tells.
type history struct {
	connector string
	list      []collected
	needs     map[string]stretch // kind -> collections whose populations are needed
}

type collected struct {
	seq        int64
	index      uint64 // of the manifest's leaf
	finishedAt time.Time
	complete   map[string]bool // of each kind that it reports
}

type stretch struct{ first, last int64 }

func (p *Plan) in(t time.Time) bool {
	return (&Header{From: p.From, To: p.To}).In(t)
}

// Leaf takes the next leaf of the log.
func (p *Plan) Leaf(index uint64, o *tlog.Opened) error {
	switch o.Type {
	case leafTrail:
		return p.trailEntry(o)
	case leafResult:
		return p.result(o)
	case leafManifest:
		return p.manifest(index, o)
	case leafKind:
		var k kindLeaf
		err := k.read(o.Body)
		p.kinds = append(p.kinds, k)
		return err
	case leafDefined:
		var d definedLeaf
		err := d.read(o.Body)
		if p.defined == nil {
			p.defined = map[tlog.Hash]bool{}
		}
		p.defined[d.hash] = true
		return err
	case leafExclusion:
		var x exclusionLeaf
		err := x.read(o.Body)
		if p.exclusions == nil {
			p.exclusions = map[string]committed{}
		}
		p.exclusions[x.exclusion] = committed{o.ID, o.At, o.Commitments()}
		return err
	case leafCaptured:
		var c capturedLeaf
		err := c.read(o.Body)
		if p.captured == nil {
			p.captured = map[string]captured{}
		}
		if p.in(o.At) {
			p.captured[c.evidence] = captured{committed{o.ID, o.At, o.Commitments()}, o.Objects()}
		}
		return err
	}
	return nil
}

func trailKey(leaf string) [16]byte {
	sum := sha256.Sum256([]byte(leaf))
	return [16]byte(sum[:])
}

func (p *Plan) trailEntry(o *tlog.Opened) error {
	if !p.in(o.At) {
		return nil
	}
	b, err := tlog.ParseB64(o.Commitments()[TrailPath])
	if err != nil {
		return err
	}
	commit, err := tlog.HashFrom(b)
	if err != nil {
		return fmt.Errorf("commitment: %w", err)
	}
	p.trail = append(p.trail, trailLeaf{id: trailKey(o.ID), commit: commit})
	p.trailSorted = false
	return nil
}

// entry finds the leaf of the period with the id.
func (p *Plan) entry(leaf string) (*trailLeaf, bool) {
	if !p.trailSorted {
		slices.SortFunc(p.trail, func(a, b trailLeaf) int { return bytes.Compare(a.id[:], b.id[:]) })
		p.trailSorted = true
	}
	key := trailKey(leaf)
	i, ok := slices.BinarySearchFunc(p.trail, key, func(t trailLeaf, k [16]byte) int { return bytes.Compare(t.id[:], k[:]) })
	if !ok {
		return nil, false
	}
	return &p.trail[i], true
}

func (p *Plan) manifest(index uint64, o *tlog.Opened) error {
	var m manifestLeaf
	if err := m.read(o.Body); err != nil {
		return err
	}
	if p.connections == nil {
		p.connections = map[string]*history{}
	}
	h := p.connections[m.connection]
	if h == nil {
		h = &history{connector: m.connector, needs: map[string]stretch{}}
		p.connections[m.connection] = h
	}
	if n := len(h.list); n > 0 && h.list[n-1].seq >= m.seq {
		return fmt.Errorf("collection %d of %s stands after collection %d", m.seq, m.connection, h.list[n-1].seq)
	}
	c := collected{seq: m.seq, index: index, finishedAt: m.finishedAt, complete: make(map[string]bool, len(m.kinds))}
	for i := range m.kinds {
		c.complete[m.kinds[i].kind] = m.kinds[i].complete
	}
	h.list = append(h.list, c)
	return nil
}

func (p *Plan) result(o *tlog.Opened) error {
	r := &resultLeaf{}
	if err := r.read(o.Body); err != nil {
		return err
	}
	if p.runs == nil {
		p.runs = map[[16]byte]bool{}
	}
	p.runs[trailKey(r.run)] = true
	if !p.in(r.now) {
		return nil
	}
	p.results++
	if p.last == nil {
		p.last = map[string]*resultLeaf{}
	}
	p.last[r.check] = r
	for i := range r.inputs {
		in := &r.inputs[i]
		h := p.connections[in.connection]
		if h == nil {
			continue // named as an objection when the run is looked at
		}
		s, known := h.needs[in.kind]
		if !known {
			s = stretch{in.seq, in.seq}
		}
		h.needs[in.kind] = stretch{min(s.first, in.seq), max(s.last, in.seq)}
	}
	return nil
}

// Span is an unbroken row of collections of one connection.
type Span struct {
	Connection  string
	Connector   string // product name
	Seqs        []int64
	Whole       bool // it begins with the connection's first
	First, Last time.Time
	Partial     int // collections in which some kind was not complete
}

// Collections returns what the package holds of each connection: what finished
// in the period and what the populations of the period's runs are made of. A
// state is made of the collections since the last complete listing; an event of
// all there are.
func (p *Plan) Collections(families map[string]resource.Family) []Span {
	var out []Span
	for _, name := range slices.Sorted(maps.Keys(p.connections)) {
		h := p.connections[name]
		first, last := h.span(p, families)
		if first > last {
			continue
		}
		s := Span{Connection: name, Connector: h.connector, Whole: first == 0, First: h.list[first].finishedAt, Last: h.list[last].finishedAt}
		for _, c := range h.list[first : last+1] {
			s.Seqs = append(s.Seqs, c.seq)
			if slices.Contains(slices.Collect(maps.Values(c.complete)), false) {
				s.Partial++
			}
		}
		out = append(out, s)
	}
	return out
}

// span returns the first and the last place in the list.
func (h *history) span(p *Plan, families map[string]resource.Family) (first, last int) {
	first, last = len(h.list), -1
	for i := range h.list {
		if p.in(h.list[i].finishedAt) {
			first, last = min(first, i), i
		}
	}
	for kind, s := range h.needs {
		from, ok := h.find(s.first)
		to, found := h.find(s.last)
		if !ok || !found {
			continue // named as an objection when the run is looked at
		}
		for from > 0 && (families[kind] == resource.Event || !h.list[from].complete[kind]) {
			from--
		}
		first, last = min(first, from), max(last, to)
	}
	return first, last
}

// needed tells whether a run of the period may have used the kind of a
// collection.
func (h *history) needed(kind string, seq int64) bool {
	s, ok := h.needs[kind]
	return ok && s.first <= seq && seq <= s.last
}

func (h *history) find(seq int64) (int, bool) {
	return slices.BinarySearchFunc(h.list, seq, func(c collected, seq int64) int { return int(c.seq - seq) })
}

// Kinds returns the hashes of the declarations that the log names, sorted.
func (p *Plan) Kinds() []string {
	seen := map[string]bool{}
	for _, k := range p.kinds {
		seen[k.hash.String()] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Checks returns the hashes of the definitions that the log names, sorted.
func (p *Plan) Checks() []string {
	var out []string
	for h := range p.defined {
		out = append(out, h.String())
	}
	slices.Sort(out)
	return out
}

// HasTrail tells whether the leaf is a trail entry of the period.
func (p *Plan) HasTrail(leaf string) bool {
	_, ok := p.entry(leaf)
	return ok
}

// HasExclusion tells whether the log names the exclusion as approved.
func (p *Plan) HasExclusion(id string) bool {
	_, ok := p.exclusions[id]
	return ok
}

// Evidence returns the ids of the evidence captured in the period, sorted.
func (p *Plan) Evidence() []string { return slices.Sorted(maps.Keys(p.captured)) }

// Verdict is what the last run of a check in the period said.
type Verdict struct {
	Check          string
	Definition     string // hash
	At             time.Time
	Status, Reason string
	Population     int
	Fail, Unknown  int
	Excluded, Pass int
}

// Verdicts returns the last verdict of every check that ran in the period, by
// check.
func (p *Plan) Verdicts() []Verdict {
	var out []Verdict
	for _, check := range slices.Sorted(maps.Keys(p.last)) {
		r := p.last[check]
		out = append(out, Verdict{
			Check: check, Definition: r.hash.String(), At: r.now, Status: r.status, Reason: r.reason, Population: r.counts.Population,
			Fail: r.counts.Fail, Unknown: r.counts.Unknown, Excluded: r.counts.Excluded, Pass: r.counts.Pass,
		})
	}
	return out
}

// HasRun tells whether the run of a check has a result in the log.
func (p *Plan) HasRun(id string) bool { return p.runs[trailKey(id)] }

// Results is the number of runs in the period.
func (p *Plan) Results() int { return p.results }
