package rule

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// subject is a resource as a check judges it: read by the schema that the
// check was compiled against, and one where several connections tell of it.
type subject struct {
	*resource.View
	disputed []string // fields about which connections disagree; also unavailable
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

// kind finds a kind of the source; nil if it is none.
func (s *source) kind(name string) *kindOf {
	for i := range s.kinds {
		if s.kinds[i].schema.Kind == name {
			return &s.kinds[i]
		}
	}
	return nil
}

func (s *source) names() []string {
	out := make([]string, len(s.kinds))
	for i, k := range s.kinds {
		out[i] = k.schema.Kind
	}
	return out
}

// main names the kinds whose collection is one of the source; see resource.Claim.
func (s *source) main() []string {
	return slices.DeleteFunc(s.names(), func(name string) bool {
		if s.facet == nil {
			return false
		}
		c, _ := s.kind(name).schema.Claims(s.facet.Name)
		return c.Aside
	})
}

// subjects returns the resources of the source: one for each reference,
// ordered by reference, in terms of the source's schema.
func (s *source) subjects(views map[string][]*resource.View) ([]subject, error) {
	var out []subject
	for i := range s.kinds {
		for group := range groups(inOrder(views[s.kinds[i].schema.Kind])) {
			one, err := s.subject(&s.kinds[i], group)
			if err != nil {
				return nil, err
			}
			out = append(out, one)
		}
	}
	return out, nil
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

// inOrder sorts views by reference, and those of one reference among each other.
// It returns the list itself if it is sorted, as one listing alone is.
func inOrder(views []*resource.View) []*resource.View {
	if slices.IsSortedFunc(views, compareViews) {
		return views
	}
	sorted := slices.Clone(views)
	slices.SortStableFunc(sorted, compareViews)
	return sorted
}

func compareViews(a, b *resource.View) int {
	if c := compareRef(a.Ref, b.Ref); c != 0 {
		return c
	}
	return cmp.Or(bytes.Compare(a.Hash[:], b.Hash[:]), bytes.Compare(a.Seen[:], b.Seen[:]))
}

// groups yields the views of each reference from a list in order.
func groups(sorted []*resource.View) func(func([]*resource.View) bool) {
	return func(yield func([]*resource.View) bool) {
		for len(sorted) > 0 {
			n := together(sorted)
			if !yield(sorted[:n]) {
				return
			}
			sorted = sorted[n:]
		}
	}
}

// together counts the views at the beginning of a list that are of one reference.
func together(sorted []*resource.View) int {
	n := min(1, len(sorted))
	for n < len(sorted) && sorted[n].Ref == sorted[0].Ref {
		n++
	}
	return n
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

// whole is the population of a check that judges it together.
type whole struct {
	objects []ref.Val
	hashes  []tlog.Hash
	doubt   Verdict // the first about membership
}

func (r *Judging) gather(s *subject, doubt Verdict) {
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
func (r *Judging) judgeWhole() error {
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
		return nil
	default:
		r.e.start(nil)
		r.e.rs = types.NewRefValList(types.DefaultTypeAdapter, r.whole.objects)
		r.assert(&v)
	}
	if empty && v.Status == Pass {
		return nil
	}
	if id, ok := r.excluded[v.Ref]; ok {
		v.Status, v.Reason, v.Exclusion = Excluded, NoReason, id
	}
	return r.add(&v)
}

// provenEmpty tells whether an empty population is proven to be so. The
// listings themselves are known to be complete and fresh when it is asked.
func (r *Judging) provenEmpty() bool { return r.p.def.Empty == EmptyProven && r.second == 0 }
