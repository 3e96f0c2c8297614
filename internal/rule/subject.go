package rule

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// subject is a resource as a check judges it: read by the schema that the
// check was compiled against, and one where several connections tell of it.
type subject struct {
	*resource.View
	disputed []string  // fields about which connections disagree; also unavailable
	when     time.Time // of an event, if it can be told
	before   *opinion  // what was said of the same view, if a memo knows; nil without one
}

// instant is when an event happened, if it can be told.
func (s *subject) instant() time.Time {
	if slices.Contains(s.Unavailable, s.Schema.At) {
		return time.Time{}
	}
	return s.At()
}

// source says where the resources of a check or of a lookup come from.
type source struct {
	facet  *resource.Facet // nil for a single kind
	kinds  []kindOf
	schema *resource.Schema // the kind's, or the facet's
	shape  *shape           // of schema
}

// kindOf is one kind of a source.
type kindOf struct {
	schema *resource.Schema
	shape  *shape
}

func (s *source) names() []string {
	out := make([]string, len(s.kinds))
	for i, k := range s.kinds {
		out[i] = k.schema.Kind
	}
	return out
}

// Memo remembers what programs made of views, for whoever judges the same
// views again and again: a view that was not made anew is neither projected nor
// judged anew, where nothing but the view decides. Views that it has seen must
// never change. Runs of different programs may share one at the same time, runs
// of one program may not. Its zero value is ready.
type Memo struct {
	mu    sync.Mutex
	known map[memoKey]subject
}

type memoKey struct {
	source *source // of one program
	view   *resource.View
}

// opinion is what a program without lookups that does not read the instant says
// of a view, exclusions and blocks aside.
type opinion struct {
	settled bool
	in      bool
	doubt   Verdict
	verdict Verdict // status, reason and message, if it is in without doubt
}

// mostKnown bounds a memo's memory, to some 30 MB.
const mostKnown = 20_000

// subject is the source's for a view that nobody else tells of.
func (m *Memo) subject(s *source, kind *kindOf, view *resource.View) (subject, error) {
	key := memoKey{s, view}
	m.mu.Lock()
	known, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return known, nil
	}
	made, err := s.subject(kind, []*resource.View{view})
	if err != nil {
		return made, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= mostKnown {
		m.known = map[memoKey]subject{}
	}
	made.when, made.before = made.instant(), &opinion{}
	m.known[key] = made
	return made, nil
}

// subjects returns the resources of the source: one for each reference,
// ordered by reference, in terms of the source's schema.
func (s *source) subjects(views map[string][]*resource.View, memo *Memo) ([]subject, error) {
	var out []subject
	err := s.each(views, memo, func(one *subject) error {
		out = append(out, *one)
		return nil
	})
	return out, err
}

// each calls fn for the resources of the source in the order of subjects. They
// are made one by one, so that a large population is never there as a whole. An
// error of fn ends it and is returned.
func (s *source) each(views map[string][]*resource.View, memo *Memo, fn func(*subject) error) error {
	for i := range s.kinds {
		kind := &s.kinds[i]
		list := views[kind.schema.Kind]
		small := memo != nil && len(list) <= mostKnown // a memo would forget of more before it is asked again
		for group := range byRef(list) {
			var sub subject
			var err error
			if small && len(group) == 1 {
				sub, err = memo.subject(s, kind, group[0])
			} else {
				sub, err = s.subject(kind, group)
			}
			if err != nil {
				return err
			}
			if sub.before == nil {
				sub.when = sub.instant()
			}
			if err := fn(&sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *source) subject(kind *kindOf, group []*resource.View) (subject, error) {
	adopted := make([]*resource.View, len(group))
	for i, v := range group {
		if v.Kind != kind.schema.Kind {
			return subject{}, fmt.Errorf("%s was given as a %s", v.Ref, kind.schema.Kind)
		}
		adopted[i] = s.adopt(v, kind)
	}
	merged, disputed := Merge(adopted...)
	if s.facet == nil {
		return subject{View: merged, disputed: disputed}, nil
	}
	projected, err := merged.Project(*s.facet)
	if err != nil {
		return subject{}, err
	}
	if len(disputed) == 0 {
		return subject{View: projected}, nil
	}
	return subject{View: projected, disputed: s.disputed(kind.schema, disputed)}, nil
}

// disputed translates fields of the kind into fields of the facet.
func (s *source) disputed(kind *resource.Schema, fields []string) []string {
	claim, _ := kind.Claims(s.facet.Name)
	var out []string
	for name, m := range claim.Fields {
		from, _, _ := bytes.Cut([]byte(m.From), []byte("."))
		if slices.Contains(fields, string(from)) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// byRef yields the views of each reference, references and views in order.
func byRef(views []*resource.View) func(func([]*resource.View) bool) {
	order := func(a, b *resource.View) int {
		if c := compareRef(a.Ref, b.Ref); c != 0 {
			return c
		}
		return cmp.Or(bytes.Compare(a.Hash[:], b.Hash[:]), bytes.Compare(a.Seen[:], b.Seen[:]))
	}
	sorted := views
	if !slices.IsSortedFunc(views, order) { // as one listing alone is
		sorted = slices.Clone(views)
		slices.SortStableFunc(sorted, order)
	}
	return func(yield func([]*resource.View) bool) {
		for from := 0; from < len(sorted); {
			to := from + 1
			for to < len(sorted) && sorted[to].Ref == sorted[from].Ref {
				to++
			}
			if !yield(sorted[from:to]) {
				return
			}
			from = to
		}
	}
}

func compareRef(a, b resource.Ref) int {
	if a.Kind != b.Kind {
		return strings.Compare(a.Kind, b.Kind)
	}
	if a.Authority != b.Authority {
		return strings.Compare(a.Authority, b.Authority)
	}
	return strings.Compare(a.ID, b.ID)
}

// adopt reads a view by the schema that the check was compiled against. A
// field that the view's own version of the schema did not declare was never
// asked for, so it is unavailable. Before a projection, which cannot tell, a
// value that is not as declared and a required value that is missing become
// unavailable too.
func (s *source) adopt(v *resource.View, kind *kindOf) *resource.View {
	older := v.Schema != nil && v.Schema != kind.schema && v.Schema.Version != kind.schema.Version
	if !older && v.Schema != nil && s.facet == nil {
		return v
	}
	var lost []string
	for i := range kind.shape.fields {
		m := &kind.shape.fields[i]
		unasked := false
		if older {
			_, known := v.Schema.Field(m.field.Name)
			unasked = !known
		}
		wrong := slices.Contains(v.Unavailable, m.field.Name) || !m.asDeclared(v.Fields[m.field.Name])
		if unasked || s.facet != nil && wrong {
			lost = append(lost, m.field.Name)
		}
	}
	out := *v
	out.Schema = kind.schema
	return without(out, lost)
}

// asDeclared tells whether a stored value, or its absence, is what the schema
// declares.
func (m *member) asDeclared(v any) bool {
	if v == nil {
		return m.field.Optional
	}
	_, err := m.value(m.field, v, nil)
	return err == nil
}

// without is the view with the fields unavailable.
func without(v resource.View, fields []string) *resource.View {
	v.Fields, v.Unavailable = maps.Clone(v.Fields), slices.Clone(v.Unavailable)
	for _, name := range fields {
		delete(v.Fields, name)
		if !slices.Contains(v.Unavailable, name) {
			v.Unavailable = append(v.Unavailable, name)
		}
	}
	slices.Sort(v.Unavailable)
	return &v
}

// Merge makes one view of several of the same resource. A field about which
// they disagree is unavailable, and named. A field that one could not read is
// taken from the others. The hash is the smallest. It returns the only view of
// one as it is.
func Merge(views ...*resource.View) (merged *resource.View, disputed []string) {
	if len(views) == 1 {
		return views[0], nil
	}
	first := views[0]
	out := *first
	out.Fields = map[string]any{}
	out.Unavailable = nil
	names := map[string]bool{}
	for _, v := range views {
		for name := range v.Fields {
			names[name] = true
		}
		for _, name := range v.Unavailable {
			names[name] = true
		}
		if bytes.Compare(v.Hash[:], out.Hash[:]) < 0 {
			out.Hash = v.Hash
		}
		if bytes.Compare(v.Seen[:], out.Seen[:]) < 0 {
			out.Seen = v.Seen
		}
		out.Possible = out.Possible && v.Possible
	}
	for name := range names {
		val, state := agreed(views, name)
		switch state {
		case told:
			if val != nil {
				out.Fields[name] = val
			}
		case untold:
			out.Unavailable = append(out.Unavailable, name)
		case contested:
			out.Unavailable = append(out.Unavailable, name)
			disputed = append(disputed, name)
		}
	}
	slices.Sort(out.Unavailable)
	slices.Sort(disputed)
	return &out, disputed
}

type telling int

const (
	untold    telling = iota // no view could read it
	told                     // all that could agree; nil is absent
	contested                // they disagree
)

func agreed(views []*resource.View, name string) (any, telling) {
	var val any
	state := untold
	for _, v := range views {
		if slices.Contains(v.Unavailable, name) {
			continue
		}
		next := v.Fields[name]
		if state == told && !reflect.DeepEqual(val, next) {
			return nil, contested
		}
		val, state = next, told
	}
	return val, state
}

// before is what the program said about the subject in an earlier run, settled
// or to be filled in; nil where more than the subject decides.
func (r *run) before(s *subject) *opinion {
	if r.p.usesNow || len(r.p.lookups) > 0 || r.p.def.population() {
		return nil
	}
	return s.before
}

// repeat asserts, or repeats what was said about the same subject before.
func (r *run) repeat(s *subject, v *Verdict) {
	before := r.before(s)
	if before != nil && before.settled {
		v.Status, v.Reason, v.Message = before.verdict.Status, before.verdict.Reason, before.verdict.Message
		v.leaf = before.verdict.leaf
		return
	}
	r.assert(v)
	if before != nil {
		v.leaf = tlog.VerdictHash(v.Hash, string(v.Status))
		*before = opinion{settled: true, in: true, verdict: *v}
	}
}

// belongs tells whether a subject is in the population. When it cannot be
// told, doubt says why.
func (r *run) belongs(s *subject, at time.Time) (in bool, doubt Verdict) {
	before := r.before(s)
	if before != nil && before.settled {
		return before.in, before.doubt
	}
	in, doubt = r.asked(s, at)
	if before != nil && (!in || doubt.Reason != NoReason) {
		*before = opinion{settled: true, in: in, doubt: doubt}
	}
	return in, doubt
}
