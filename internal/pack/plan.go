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
	Papers   bool      // with the working papers of an engagement

	connections map[string]*history
	kinds       []kindLeaf
	defined     map[tlog.Hash]bool // definitions of checks, by hash
	exclusions  map[string]committed
	captured    map[string]captured
	trail       []trailLeaf // of the period
	trailSorted bool
	erased      map[[16]byte]erasure   // of entries, by their ids
	last        map[string]*resultLeaf // of the period, by check
	results     int                    // of the period
	stamps      []string               // hashes of tokens, in the order of the log
	runs        map[[16]byte]bool      // all
	examined    examined               // empty without Papers
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
	b, err := readBody(o, nil)
	if err != nil {
		return err
	}
	return p.take(index, o, &b)
}

// take is Leaf with the body read.
func (p *Plan) take(index uint64, o *tlog.Opened, b *body) error {
	if p.connections == nil {
		p.connections, p.defined, p.runs = map[string]*history{}, map[tlog.Hash]bool{}, map[[16]byte]bool{}
		p.exclusions, p.captured, p.last = map[string]committed{}, map[string]captured{}, map[string]*resultLeaf{}
	}
	if p.Papers {
		if err := p.examined.take(index, o); err != nil {
			return err
		}
	}
	switch {
	case o.Type == leafErased:
		if p.erased == nil {
			p.erased = map[[16]byte]erasure{}
		}
		for entry, commit := range o.Commitments() {
			p.erased[trailKey(entry)] = erasure{trailKey(o.ID), commit}
		}
	case o.Type == leafTrail:
		if p.in(o.At) {
			p.trail = append(p.trail, trailLeaf{id: trailKey(o.ID), commit: b.trail})
			p.trailSorted = false
		}
	case b.result != nil:
		p.result(b.result)
	case b.manifest != nil:
		return p.manifest(index, b.manifest)
	case b.kind != nil:
		p.kinds = append(p.kinds, *b.kind)
	case b.stamp != nil:
		p.stamps = append(p.stamps, b.stamp.token.String())
	case b.defined != nil:
		p.defined[b.defined.hash] = true
	case b.exclusion != nil:
		p.exclusions[b.exclusion.exclusion] = committed{o.ID, o.At, o.Commitments()}
	case b.captured != nil && p.in(o.At):
		p.captured[b.captured.evidence] = captured{committed{o.ID, o.At, o.Commitments()}, o.Objects()}
	}
	return nil
}

func trailKey(leaf string) [16]byte {
	sum := sha256.Sum256([]byte(leaf))
	return [16]byte(sum[:])
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

func (p *Plan) manifest(index uint64, m *manifestLeaf) error {
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

func (p *Plan) result(r *resultLeaf) {
	p.runs[trailKey(r.run)] = true
	if !p.in(r.now) {
		return
	}
	p.results++
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

// Stamps returns the hashes of the time stamp tokens that the log names, in its
// order.
func (p *Plan) Stamps() []string { return p.stamps }

// HasRun tells whether the run of a check has a result in the log.
func (p *Plan) HasRun(id string) bool { return p.runs[trailKey(id)] }

// Results is the number of runs in the period.
func (p *Plan) Results() int { return p.results }

// body is a leaf's body as far as it is needed; one of its parts is set.
type body struct {
	trail     tlog.Hash
	kind      *kindLeaf
	begun     *place // a collection
	manifest  *manifestLeaf
	defined   *definedLeaf
	intent    *intentLeaf
	result    *resultLeaf // skimmed
	broken    *brokenLeaf
	exclusion *exclusionLeaf
	captured  *capturedLeaf
	stamp     *stampLeaf
	witness   *witnessLeaf
}

// stream is where the leaf belongs, if its type says so.
func (b *body) stream(o *tlog.Opened) string {
	switch {
	case o.Type == leafTrail, o.Type == leafErased:
		return "trail"
	case b.kind != nil:
		return "kind/" + b.kind.kind
	case b.begun != nil:
		return "connection/" + b.begun.connection
	case b.manifest != nil:
		return "connection/" + b.manifest.connection
	case b.defined != nil:
		return "check/" + b.defined.check
	case b.intent != nil:
		return "check"
	case b.result != nil:
		return "check/" + b.result.check
	case b.broken != nil:
		return "check/" + b.broken.check
	case b.exclusion != nil:
		return "exclusion/" + b.exclusion.exclusion
	case b.captured != nil:
		return "evidence"
	case b.stamp != nil, b.witness != nil:
		return "anchor"
	}
	return o.Stream
}

func inStream(o *tlog.Opened, want string) error {
	if o.Stream != want {
		return fmt.Errorf("it is in the stream %s, and belongs into %s", o.Stream, want)
	}
	return nil
}

// readBody reads the body of the leaves whose types are known here.
func readBody(o *tlog.Opened, w words) (b body, err error) {
	switch o.Type {
	case leafTrail:
		var raw []byte
		if raw, err = tlog.ParseB64(o.Commitments()[TrailPath]); err == nil {
			b.trail, err = tlog.HashFrom(raw)
		}
	case leafKind:
		b.kind = &kindLeaf{}
		err = b.kind.read(o.Body)
	case leafBegun:
		b.begun = &place{}
		err = b.begun.read(o.Body, w)
	case leafManifest:
		b.manifest = &manifestLeaf{}
		err = b.manifest.read(o.Body, w)
	case leafDefined:
		b.defined = &definedLeaf{}
		err = b.defined.read(o.Body)
	case leafIntent:
		b.intent = &intentLeaf{}
		err = b.intent.read(o.Body, w)
	case leafResult:
		b.result = &resultLeaf{}
		err = b.result.skim(o.Body, w)
	case leafBroken:
		b.broken = &brokenLeaf{}
		err = b.broken.read(o.Body)
	case leafExclusion:
		b.exclusion = &exclusionLeaf{}
		err = b.exclusion.read(o.Body)
	case leafCaptured:
		b.captured = &capturedLeaf{}
		err = b.captured.read(o.Body)
	case leafStamp:
		b.stamp = &stampLeaf{}
		err = b.stamp.read(o.Body)
	case leafWitness:
		b.witness = &witnessLeaf{}
		err = b.witness.read(o.Body)
	}
	return b, err
}
