package connectortest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"assay/connector"
	"assay/internal/resource"
)

// Gathered is what a collection brought.
type Gathered struct {
	Err       error
	Reports   []connector.Report
	Calls     []connector.Call
	Positions []connector.Position // how far it came in the lists of kinds that are not complete
	resources map[resource.Ref]line
	wrong     []string
}

// Gather collects once.
func Gather(ctx context.Context, product connector.Product, settings connector.Config, env connector.Env) *Gathered {
	return Resume(ctx, product, settings, env, nil)
}

// Resume collects after a collection that was cut off, and holds what both brought.
func Resume(ctx context.Context, product connector.Product, settings connector.Config, env connector.Env, before *Gathered) *Gathered {
	got := &Gathered{resources: map[resource.Ref]line{}}
	source, err := product.Open(maps.Clone(settings), env)
	if err != nil {
		got.Err = err
		return got
	}
	authority, err := source.Authority(ctx)
	if err != nil {
		got.Err = err
		return got
	}
	kinds := map[string]*resource.Schema{}
	var names []string
	for i := range product.Kinds {
		kinds[product.Kinds[i].Kind] = &product.Kinds[i]
		names = append(names, product.Kinds[i].Kind)
	}
	run := connector.NewRun(env.Now, names, nil, nil)
	run.SetSink(func(_ context.Context, r connector.Resource) error {
		got.take(kinds[r.Kind], r, authority)
		return nil
	})
	reached := map[string]connector.Position{}
	var left []connector.Position
	if before != nil {
		left = before.Positions
	}
	run.SetPositions(left, func(_ context.Context, p connector.Position) error {
		reached[p.List] = p
		return nil
	})
	got.Err = source.Collect(ctx, run)
	got.Reports, got.Calls = run.Reports(), run.Calls()
	for _, p := range left {
		got.keep(before, p.Kind)
		if _, ok := reached[p.List]; !ok {
			reached[p.List] = p
		}
	}
	for _, list := range slices.Sorted(maps.Keys(reached)) {
		if p := reached[list]; !got.Complete(p.Kind) {
			got.Positions = append(got.Positions, p)
		}
	}
	return got
}

// keep holds what an earlier collection told of a kind, and this one did not.
func (g *Gathered) keep(before *Gathered, kind string) {
	for ref, l := range before.resources {
		if _, again := g.resources[ref]; !again && ref.Kind == kind {
			g.resources[ref] = l
		}
	}
}

// Complete reports that a kind is said to be complete.
func (g *Gathered) Complete(kind string) bool {
	return slices.ContainsFunc(g.Reports, func(r connector.Report) bool { return r.Kind == kind && r.Complete })
}

func (g *Gathered) take(kind *resource.Schema, r connector.Resource, authority string) {
	ref := resource.Ref{Kind: r.Kind, Authority: r.Authority, ID: r.ID}
	if ref.Authority == authority {
		ref.Authority = ""
	}
	if _, ok := g.resources[ref]; ok {
		g.wrong = append(g.wrong, fmt.Sprintf("%s was told twice", ref))
	}
	parts, err := kind.Normalize(r.Fields, r.Unavailable)
	if err != nil {
		g.wrong = append(g.wrong, fmt.Sprintf("%s: %v", ref, err))
	}
	g.resources[ref] = line{
		Kind: r.Kind, ID: r.ID, Fields: parts.Core, Personal: parts.Personal, Seen: parts.Seen, Unavailable: slices.Sorted(slices.Values(r.Unavailable)),
	}
}

// Len is how many resources there are.
func (g *Gathered) Len() int { return len(g.resources) }

// Wrong are resources that do not fit their kinds, and why.
func (g *Gathered) Wrong() []string { return g.wrong }

// Same reports that two collections brought and said the same.
func (g *Gathered) Same(other *Gathered) bool {
	return g.Err == nil && other.Err == nil && reflect.DeepEqual(g.resources, other.resources) && reflect.DeepEqual(g.Reports, other.Reports)
}

// SameFacts reports that two collections brought the same, and said of the same
// kinds that they are complete. What a resumed one tells about itself may differ.
func (g *Gathered) SameFacts(other *Gathered) bool {
	for _, r := range other.Reports {
		if r.Complete != g.Complete(r.Kind) {
			return false
		}
	}
	return g.Err == nil && other.Err == nil && len(g.wrong) == 0 && reflect.DeepEqual(g.resources, other.resources)
}

// Against are what is wrong with a collection that had trouble, compared with one
// that had none: what was told twice or made up, what is silently missing, and
// kinds that are said to be complete without all there is.
func (g *Gathered) Against(whole *Gathered) (out []string) {
	say := func(text string, args ...any) { out = append(out, fmt.Sprintf(text, args...)) }
	out = append(out, g.wrong...)
	for ref, have := range g.resources {
		want, ok := whole.resources[ref]
		if !ok {
			say("%s was made up", ref)
			continue
		}
		for _, text := range have.differs(&want) {
			say("%s: %s", ref, text)
		}
	}
	for _, r := range g.Reports {
		if n := g.count(r.Kind); g.Err == nil && r.Complete && n != whole.count(r.Kind) {
			say("%s is said to be complete with %d of %d", r.Kind, n, whole.count(r.Kind))
		}
	}
	slices.Sort(out)
	return out
}

// Noticed reports that the manifest says that something went wrong.
func (g *Gathered) Noticed(whole *Gathered) bool {
	return !g.Same(whole) || slices.ContainsFunc(g.Calls, func(c connector.Call) bool { return c.Refused > 0 })
}

func (g *Gathered) count(kind string) (n int) {
	for ref := range g.resources {
		if ref.Kind == kind {
			n++
		}
	}
	return n
}

// differs compares what was told with what is told otherwise. What is unavailable
// now may have been known, and nothing else may differ.
func (l *line) differs(want *line) (out []string) {
	parts := func(l *line) map[string]any {
		all := map[string]any{}
		for _, part := range []map[string]any{l.Fields, l.Personal, l.Seen} {
			maps.Copy(all, part)
		}
		return all
	}
	have, known := parts(l), parts(want)
	for _, name := range slices.Sorted(maps.Keys(known)) {
		v, ok := have[name]
		switch {
		case !ok && !slices.Contains(l.Unavailable, name):
			out = append(out, name+" is silently missing")
		case ok && !within(v, known[name]):
			out = append(out, fmt.Sprintf("%s is %v and not %v", name, v, known[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, ok := known[name]; !ok && !slices.Contains(want.Unavailable, name) {
			out = append(out, fmt.Sprintf("%s is %v, which is not known", name, have[name]))
		}
	}
	return out
}

// within reports that a value is another, or lacks members of the objects in it,
// which nobody can take for an answer: reading one that is missing is unknown.
func within(have, want any) bool {
	switch have := have.(type) {
	case map[string]any:
		known, ok := want.(map[string]any)
		for k, v := range have {
			ok = ok && within(v, known[k])
		}
		return ok
	case []any:
		known, ok := want.([]any)
		ok = ok && len(known) == len(have)
		for i := 0; ok && i < len(have); i++ {
			ok = within(have[i], known[i])
		}
		return ok
	}
	return reflect.DeepEqual(have, want)
}
