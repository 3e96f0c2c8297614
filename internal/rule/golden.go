package rule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// Test is a golden case of a check: a resource, or a population, and what the
// check must say about it. Fields are written in terms of the kind, or of the
// facet for a check over one. "id()" and "authority()" stand for the identity;
// the id of the resource that is judged is always test-1.
type Test struct {
	Name        string                      `yaml:"name"`
	Resource    map[string]any              `yaml:"resource,omitempty"`
	Resources   []map[string]any            `yaml:"resources,omitempty"`   // scope population: all of them
	Unavailable []string                    `yaml:"unavailable,omitempty"` // fields that could not be read, of each resource
	At          string                      `yaml:"at,omitempty"`          // of the event; an hour before now unless said
	Now         string                      `yaml:"now,omitempty"`         // the instant of the run; TestNow unless said
	Params      map[string]Scalar           `yaml:"params,omitempty"`
	Lookups     map[string][]map[string]any `yaml:"lookups,omitempty"` // by lookup; one that is not named is empty
	Expect      Status                      `yaml:"expect"`            // pass, fail, unknown, out; scope population: also no_occurrence
	Message     string                      `yaml:"message,omitempty"` // checked if given
}

// TestNow is the instant of a golden case that names none.
const TestNow = "2026-06-30T12:00:00.000Z"

func (t *Test) valid(field string, population bool, p *problems) {
	if strings.TrimSpace(t.Name) == "" {
		p.add(field+".name", "want a name")
	}
	expect := []Status{Pass, Fail, Unknown, Out}
	if population {
		expect = []Status{Pass, Fail, Unknown, NoOccurrence}
	}
	if !slices.Contains(expect, t.Expect) {
		p.add(field+".expect", "%q: want one of %v", t.Expect, expect)
	}
	for _, at := range []struct{ name, text string }{{"at", t.At}, {"now", t.Now}} {
		if at.text != "" {
			if _, err := time.Parse(time.RFC3339Nano, at.text); err != nil {
				p.add(field+"."+at.name, "%q is not an RFC 3339 time", at.text)
			}
		}
	}
	if population == (t.Resource != nil) || !population && t.Resources != nil {
		p.add(field+".resource", "want resource, or resources for scope population")
	}
}

// TestResult is what became of a golden case, or of a case that is missing.
type TestResult struct {
	Name   string
	OK     bool
	Got    Status
	Detail string // what differs, a sentence
}

// RunTests runs the golden cases. A case of each mandatory sort that is
// missing is a failed result too: one that passes, one that fails, one with a
// field missing or unavailable, one with a null, one with a wrong type.
func (d *Definition) RunTests(kinds Kinds) []TestResult {
	var out []TestResult
	sorts := map[string]bool{}
	for i := range d.Tests {
		t := &d.Tests[i]
		set := map[string]string{}
		for name, v := range t.Params {
			set[name] = string(v)
		}
		p, err := Compile(d, kinds, set)
		if err != nil {
			out = append(out, TestResult{Name: t.Name, Detail: err.Error()})
			continue
		}
		g := golden{p: p, t: t, sorts: sorts}
		g.direct(&p.own)
		for i := range p.lookups {
			g.direct(&p.lookups[i].source)
		}
		out = append(out, g.run())
	}
	for _, sort := range []string{"pass", "fail", "missing", "null", "wrong type"} {
		if !sorts[sort] {
			out = append(out, TestResult{Name: "(" + sort + ")", Detail: mandatory(sort)})
		}
	}
	return out
}

func mandatory(sort string) string {
	switch sort {
	case "pass", "fail":
		return "No case expects " + sort + "."
	case "missing":
		return "No case lacks a field that the check reads, or has it unavailable."
	}
	return "No case has a " + sort + " in a field that the check reads."
}

// golden runs one case.
type golden struct {
	p     *Program
	t     *Test
	sorts map[string]bool
	views int
}

func (g *golden) run() TestResult {
	res := TestResult{Name: g.t.Name}
	in, err := g.input()
	if err != nil {
		res.Detail = err.Error()
		return res
	}
	out, err := g.p.Judge(context.Background(), in)
	if err != nil {
		res.Detail = err.Error()
		return res
	}
	got, message := Out, ""
	switch {
	case g.p.def.population():
		got, message = out.Status, out.Explain
		if len(out.Verdicts) > 0 {
			message = out.Verdicts[0].Message
		}
	default:
		i := slices.IndexFunc(out.Verdicts, func(v Verdict) bool { return v.Ref.ID == firstID })
		if i >= 0 {
			got, message = out.Verdicts[i].Status, out.Verdicts[i].Message
		}
	}
	g.sorts[string(g.t.Expect)] = true
	res.Got = got
	switch {
	case got != g.t.Expect:
		res.Detail = fmt.Sprintf("Want %s, got %s. %s", g.t.Expect, got, message)
	case g.t.Message != "" && g.t.Message != message:
		res.Detail = fmt.Sprintf("Want the message %q, got %q.", g.t.Message, message)
	default:
		res.OK = true
	}
	return res
}

func (g *golden) input() (Input, error) {
	text := g.t.Now
	if text == "" {
		text = TestNow
	}
	now, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return Input{}, err
	}
	in := Input{
		Now: now.UTC(), Resources: map[string][]*resource.View{},
		Period: Period{From: now.AddDate(-1, 0, 0).UTC(), To: now.UTC()},
	}
	for _, kind := range g.p.Needs().Listings {
		in.Listings = append(in.Listings, Listing{Kind: kind, Connection: "test", Complete: true, At: in.Now, To: in.Now})
	}
	fields := g.t.Resources
	if !g.p.def.population() {
		fields = []map[string]any{g.t.Resource}
	}
	own := g.p.own.schema.Kind
	for _, f := range fields {
		in.Resources[own] = append(in.Resources[own], g.view(&g.p.own, f, in.Now))
		g.classify(f)
	}
	for i := range g.p.lookups {
		l := &g.p.lookups[i]
		for _, f := range g.t.Lookups[l.name] {
			in.Resources[l.schema.Kind] = append(in.Resources[l.schema.Kind], g.view(&l.source, f, in.Now))
		}
	}
	for name := range g.t.Lookups {
		if !slices.ContainsFunc(g.p.lookups, func(l lookup) bool { return l.name == name }) {
			return Input{}, fmt.Errorf("the check has no lookup %q", name)
		}
	}
	return in, nil
}

// direct makes a source of a facet one of the facet's own terms.
func (g *golden) direct(s *source) {
	if s.facet != nil {
		s.facet, s.kinds = nil, []kindOf{{s.schema, s.shape}}
		g.p.families[s.schema.Kind] = s.schema.Family
	}
}

const firstID = "test-1"

// view makes a resource of the fields as written.
func (g *golden) view(s *source, fields map[string]any, now time.Time) *resource.View {
	g.views++
	id := fmt.Sprintf("test-%d", g.views)
	v := &resource.View{
		Ref:    resource.Ref{Kind: s.schema.Kind, Authority: "test", ID: id},
		Schema: s.schema, Hash: tlog.LeafHash([]byte(id)), Fields: map[string]any{},
	}
	if id == firstID || g.p.def.population() && s == &g.p.own {
		v.Unavailable = g.t.Unavailable
	}
	if given, ok := fields["id()"].(string); ok && id != firstID {
		v.ID = given
	}
	if given, ok := fields["authority()"].(string); ok {
		v.Authority = given
	}
	for name, val := range fields {
		if f, ok := s.schema.Field(name); ok && val != nil {
			v.Fields[name], _ = stored(f, val)
		}
	}
	if at := s.schema.At; at != "" {
		if _, given := fields[at]; !given && !slices.Contains(v.Unavailable, at) {
			v.Fields[at] = clock.Format(now.Add(-time.Hour))
			if t, err := time.Parse(time.RFC3339Nano, g.t.At); err == nil && s == &g.p.own {
				v.Fields[at] = clock.Format(t)
			}
		}
	}
	return v
}

// stored is a value as a collection would store it. A value of the wrong type
// stays as it is.
func stored(f resource.Field, v any) (any, bool) {
	if t, ok := v.(time.Time); ok && f.Type == resource.Date { // YAML reads a day as an instant
		v = t.Format(time.DateOnly)
	}
	parts, err := (&resource.Schema{Fields: []resource.Field{f}}).Normalize(map[string]any{f.Name: v}, nil)
	if err != nil {
		return v, false
	}
	for _, part := range []map[string]any{parts.Core, parts.Personal, parts.Seen} {
		if n, ok := part[f.Name]; ok {
			return n, true
		}
	}
	return v, false
}

// classify notes of which mandatory sort the case is.
func (g *golden) classify(fields map[string]any) {
	for _, name := range g.p.fields {
		v, has := fields[name]
		f, ok := g.p.own.schema.Field(name)
		switch {
		case !has || slices.Contains(g.t.Unavailable, name):
			g.sorts["missing"] = g.sorts["missing"] || !ok || name != g.p.own.schema.At
		case v == nil:
			g.sorts["null"] = true
		default:
			if _, right := stored(f, v); !right {
				g.sorts["wrong type"] = true
			}
		}
	}
}
