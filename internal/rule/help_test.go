package rule

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

var noon = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// tester is what the helpers want of a test, a benchmark or a property.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// parse builds a check from lines of YAML; what they leave out is filled in.
func parse(t tester, lines ...string) *Definition {
	t.Helper()
	text := strings.Join(lines, "\n") + "\n"
	for _, l := range []string{
		"id: test.check", "version: 1", "title: It holds", "kind: host.account", "assert: r.mfa", "freshness: 26h", "severity: low",
	} {
		field, _, _ := strings.Cut(l, ":")
		if field == "kind" && strings.Contains("\n"+text, "\nfacet:") {
			continue
		}
		if !strings.Contains("\n"+text, "\n"+field+":") {
			text += l + "\n"
		}
	}
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

func compile(t tester, lines ...string) *Program {
	t.Helper()
	p, err := Compile(parse(t, lines...), testKinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// account is a resource with every field; set replaces fields, nil removes.
func account(id string, set map[string]any) *resource.View {
	return view("host.account", id, map[string]any{
		"name": id, "email": id + "@example.com", "enabled": true, "mfa": true, "uid": json.Number("1000"),
		"keys": []any{}, "tags": map[string]any{}, "used_at": "2026-06-01T00:00:00.000Z", "score": "0.5", "kind": "person",
	}, set)
}

func person(id string, set map[string]any) *resource.View {
	return view("assay.person", id, map[string]any{"name": id, "email": id + "@example.com", "active": true}, set)
}

func merge(id, at string, set map[string]any) *resource.View {
	return view("git.merge", id, map[string]any{"at": at, "title": id, "author": "ann", "merged_by": "bob"}, set)
}

func view(kind, id string, fields, set map[string]any) *resource.View {
	v := &resource.View{
		Ref: resource.Ref{Kind: kind, Authority: "host-1", ID: id}, Schema: testKinds()[kind],
		Hash: tlog.LeafHash([]byte(kind + id)), Fields: fields,
	}
	for k, val := range set {
		if val == nil {
			delete(v.Fields, k)
		} else {
			v.Fields[k] = val
		}
	}
	return v
}

func refused(v *resource.View, fields ...string) *resource.View {
	for _, f := range fields {
		delete(v.Fields, f)
	}
	v.Unavailable = append(v.Unavailable, fields...)
	return v
}

// offering is an input in which every listing is complete and fresh.
func offering(views ...*resource.View) Input {
	in := Input{
		Now: noon, Resources: map[string][]*resource.View{},
		Period: Period{From: noon.AddDate(-1, 0, 0), To: noon.AddDate(0, 6, 0)},
	}
	for _, v := range views {
		in.Resources[v.Kind] = append(in.Resources[v.Kind], v)
	}
	for kind := range testKinds() {
		in.Listings = append(in.Listings, Listing{
			Kind: kind, Connection: "c1", Complete: true, At: noon.Add(-time.Hour), To: noon.Add(-time.Hour),
			Items: len(in.Resources[kind]),
		})
	}
	return in
}

// listing changes the listing of a kind.
func (in Input) listing(kind string, change func(*Listing)) Input {
	out := in
	out.Listings = nil
	for _, l := range in.Listings {
		if l.Kind == kind {
			change(&l)
			if l.Kind == "" {
				continue
			}
		}
		out.Listings = append(out.Listings, l)
	}
	return out
}

func judge(t tester, p *Program, in Input) *Outcome {
	t.Helper()
	out, err := p.Judge(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	c := out.Counts
	if c.Listed != c.Out+c.Population {
		t.Errorf("counts do not add up: %+v", c)
	}
	if !p.def.population() && c.Population != c.Excluded+c.Pass+c.Fail+c.Unknown {
		t.Errorf("counts do not add up: %+v", c)
	}
	if out.Status == NoOccurrence && len(out.Verdicts) > 0 {
		t.Errorf("verdicts on nobody: %v", out.Verdicts)
	}
	if out.Explain == "" || (out.Status == Unknown) != (out.Reason != NoReason) {
		t.Errorf("status %s, reason %q, explain %q", out.Status, out.Reason, out.Explain)
	}
	return out
}

// said is a verdict in a word: "pass", "unknown/error".
func said(s Status, r Reason) string {
	if r == NoReason {
		return string(s)
	}
	return fmt.Sprintf("%s/%s", s, r)
}

func verdictOf(out *Outcome, id string) string {
	for _, v := range out.Verdicts {
		if v.Ref.ID == id {
			return said(v.Status, v.Reason)
		}
	}
	return string(Out)
}
