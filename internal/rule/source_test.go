package rule

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

func TestEvents(t *testing.T) {
	p := compile(t, "kind: git.merge", "assert: r.author != r.merged_by", "empty: proven")
	year := Period{From: noon.AddDate(0, -6, 0), To: noon.AddDate(0, 6, 0)}
	past := Period{From: noon.AddDate(0, -6, 0), To: noon.AddDate(0, -1, 0)}
	self := map[string]any{"merged_by": "ann"}
	span := func(from, to time.Time) Listing {
		return Listing{Kind: "git.merge", Connection: "c1", Complete: true, At: to, From: from, To: to}
	}
	partial := span(year.From, noon)
	partial.Complete = false
	tests := []struct {
		name     string
		period   Period
		listings []Listing
		events   []*resource.View
		want     string
	}{
		{"covered", year, []Listing{span(year.From, noon)}, []*resource.View{merge("a", "2026-02-01T00:00:00.000Z", nil)}, "pass"},
		{"covered since ever", year, []Listing{span(time.Time{}, noon)}, []*resource.View{merge("a", "2026-02-01T00:00:00.000Z", nil)}, "pass"},
		{"none", year, []Listing{span(year.From, noon)}, nil, "no_occurrence"},
		{"only outside", year, []Listing{span(year.From, noon)}, []*resource.View{merge("a", "2025-02-01T00:00:00.000Z", self)}, "no_occurrence"},
		{"first instant", year, []Listing{span(year.From, noon)}, []*resource.View{merge("a", "2025-12-30T12:00:00.000Z", self)}, "fail"},
		{"instant before", year, []Listing{span(year.From, noon)}, []*resource.View{merge("a", "2025-12-30T11:59:59.999Z", self)}, "no_occurrence"},
		{"last instant", past, []Listing{span(past.From, noon)}, []*resource.View{merge("a", "2026-05-30T11:59:59.999Z", self)}, "fail"},
		{"the end itself", past, []Listing{span(past.From, noon)}, []*resource.View{merge("a", "2026-05-30T12:00:00.000Z", self)}, "no_occurrence"},
		{"collected after the period", past, []Listing{span(past.From, past.To)}, nil, "no_occurrence"},
		{"ends before the period does", past, []Listing{span(past.From, past.To.Add(-time.Second))}, nil, "unknown/incomplete"},
		{"begins too late", year, []Listing{span(year.From.Add(1), noon)}, nil, "unknown/incomplete"},
		{"in two parts", year, []Listing{span(noon.AddDate(0, -3, 0), noon), span(year.From, noon.AddDate(0, -3, 0))}, nil, "no_occurrence"},
		{"with a hole", year, []Listing{span(noon.AddDate(0, -3, 0), noon), span(year.From, noon.AddDate(0, -3, -1))}, nil, "unknown/incomplete"},
		{"last hours missing", year, []Listing{span(year.From, noon.Add(-26*time.Hour))}, nil, "no_occurrence"},
		{"last days missing", year, []Listing{span(year.From, noon.Add(-27*time.Hour))}, nil, "unknown/stale"},
		{"says nothing of its span", year, []Listing{{Kind: "git.merge", Connection: "c1", Complete: true, At: noon}}, nil, "unknown/incomplete"},
		{"incomplete", year, []Listing{partial}, nil, "unknown/incomplete"},
		{"incomplete, and one fails", year, []Listing{partial}, []*resource.View{merge("a", "2026-02-01T00:00:00.000Z", self)}, "fail"},
		{"covered by another listing", year, []Listing{partial, span(year.From, noon.Add(-time.Hour))}, nil, "no_occurrence"},
		{"at no known time", year, []Listing{span(year.From, noon)}, []*resource.View{refused(merge("a", "", nil), "at")}, "unknown/error"},
		{"at a wrong time", year, []Listing{span(year.From, noon)}, []*resource.View{merge("a", "yesterday", nil)}, "unknown/error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := offering(tt.events...)
			in.Period, in.Listings = tt.period, tt.listings
			got := judge(t, p, in)
			if said(got.Status, got.Reason) != tt.want {
				t.Errorf("%s, want %s (%s)", said(got.Status, got.Reason), tt.want, got.Explain)
			}
		})
	}
	if _, err := p.Judge(t.Context(), Input{Now: noon}); err == nil {
		t.Error("events were judged without a period")
	}
}

func TestDisagreement(t *testing.T) {
	again := func(id string, set map[string]any) *resource.View {
		v := account(id, set)
		v.Hash = tlog.LeafHash([]byte("again" + id))
		return v
	}
	p := compile(t, `assert: "r.mfa && (!has(r.email) || r.email != '')"`)
	tests := []struct {
		name  string
		views []*resource.View
		want  string
	}{
		{"the same twice", []*resource.View{account("a", nil), account("a", nil)}, "pass"},
		{"two that agree", []*resource.View{account("a", nil), again("a", nil)}, "pass"},
		{"a field that does not matter", []*resource.View{account("a", nil), again("a", map[string]any{"uid": json.Number("7")})}, "pass"},
		{"a field that does", []*resource.View{account("a", nil), again("a", map[string]any{"mfa": false})}, "unknown/disagree"},
		{"present and absent", []*resource.View{account("a", nil), again("a", map[string]any{"email": nil})}, "unknown/disagree"},
		{"present and unreadable", []*resource.View{account("a", nil), refused(again("a", nil), "mfa")}, "pass"},
		{"unreadable in both", []*resource.View{refused(account("a", nil), "mfa"), refused(again("a", nil), "mfa")}, "unknown/error"},
		{"both fail", []*resource.View{account("a", map[string]any{"mfa": false}), again("a", map[string]any{"mfa": false})}, "fail"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := judge(t, p, offering(tt.views...))
			if len(out.Verdicts) != 1 || verdictOf(out, "a") != tt.want {
				t.Errorf("%+v, want %s", out.Verdicts, tt.want)
			}
			slices.Reverse(tt.views)
			if again := judge(t, p, offering(tt.views...)); again.Root != out.Root {
				t.Error("the order of connections matters")
			}
		})
	}
	gone, here := account("a", nil), again("a", nil)
	gone.Possible = true
	if got := judge(t, p, offering(gone, here)); got.Status != Pass {
		t.Errorf("listed by one connection: %s", got.Status)
	}
}

// TestLacking: a check over a facet is not about the kinds that lack what it
// asks for, however it asks; it stays about the others, and nothing else in a
// program changes by a kind that it is not about.
func TestLacking(t *testing.T) {
	kinds := testKinds()
	without := *kinds["host.account"]
	without.Kind = "vault.account"
	without.Facets = []resource.Claim{{
		Facet: "account", Version: 1, Lacks: map[string]string{"mfa": "It has none."},
		Fields: map[string]resource.Mapping{"name": {From: "name"}, "enabled": {From: "enabled"}},
	}}
	more := maps.Clone(kinds)
	more[without.Kind] = &without
	for text, about := range map[string]int{
		`r.mfa`:                           1,
		`has(r.mfa)`:                      1,
		`r.?mfa.orValue(true)`:            1,
		`r . mfa`:                         1,
		`r.enabled`:                       2,
		`r.name == "r.mfa"`:               2,
		`r.name == 'it\'s r.mfa'`:         2,
		`r.name != "" && r.enabled`:       2,
		`r.holder == "person" || r.admin`: 2, // neither is said to be lacking, so both are unknown
	} {
		def := parse(t, "facet: account", "assert: "+strconv.Quote(text))
		p, err := Compile(def, more, nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := len(p.Needs().Judged); got != about {
			t.Errorf("%s: is about %d kinds, want %d", text, got, about)
		}
		if got := len(def.Left(more)); got != 2-about {
			t.Errorf("%s: leaves %d", text, got)
		}
		before, err := Compile(def, kinds, nil)
		if err != nil {
			t.Fatal(err)
		}
		if same := before.Hash() == p.Hash(); same != (about == 1) {
			t.Errorf("%s: the same program: %v", text, same)
		}
	}
}

func TestFacet(t *testing.T) {
	p := compile(t, "facet: account", `where: "r.enabled && r.holder == 'person'"`, "assert: r.mfa", `message: "'no MFA: ' + r.name"`)
	if got := p.Needs(); !slices.Equal(got.Resources, []string{"host.account"}) {
		t.Errorf("needs %v", got)
	}
	if !slices.Equal(p.Fields(), []string{"enabled", "holder", "mfa", "name"}) {
		t.Errorf("reads %v", p.Fields())
	}
	disputed := account("a", map[string]any{"mfa": false})
	disputed.Hash = tlog.LeafHash([]byte("other"))
	tests := []struct {
		name  string
		views []*resource.View
		want  string
	}{
		{"pass", []*resource.View{account("a", nil)}, "pass"},
		{"fail", []*resource.View{account("a", map[string]any{"mfa": false})}, "fail"},
		{"out", []*resource.View{account("a", map[string]any{"enabled": false})}, "out"},
		{"a word that is not mapped", []*resource.View{account("a", map[string]any{"kind": "service"})}, "unknown/error"},
		{"unreadable", []*resource.View{refused(account("a", nil), "mfa")}, "unknown/error"},
		{"missing", []*resource.View{account("a", map[string]any{"mfa": nil})}, "unknown/error"},
		{"wrong type", []*resource.View{account("a", map[string]any{"mfa": "yes"})}, "unknown/error"},
		{"disagree", []*resource.View{account("a", nil), disputed}, "unknown/disagree"},
	}
	for _, tt := range tests {
		out := judge(t, p, offering(tt.views...))
		if got := verdictOf(out, "a"); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if len(out.Verdicts) > 0 && out.Verdicts[0].Ref.Kind != "host.account" {
			t.Errorf("%s: the verdict is about %s", tt.name, out.Verdicts[0].Ref)
		}
	}
	absent := compile(t, "facet: account", `assert: "!has(r.mfa)"`)
	for _, v := range []*resource.View{
		account("a", map[string]any{"mfa": nil}), account("a", map[string]any{"mfa": "yes"}), refused(account("a", nil), "mfa"),
	} {
		if got := verdictOf(judge(t, absent, offering(v)), "a"); got != "unknown/error" {
			t.Errorf("%v has no mfa: %s", v.Fields, got)
		}
	}
	for _, assert := range []string{"has(r.created_at)", "!has(r.created_at)", "r.admin || true"} { // the kind does not map them
		p := compile(t, "facet: account", "assert: "+quote(assert))
		if got := verdictOf(judge(t, p, offering(account("a", nil))), "a"); got != "unknown/error" {
			t.Errorf("%s: %s", assert, got)
		}
	}
	none := compile(t, "facet: datastore", "assert: r.encrypted")
	if got := judge(t, none, offering()); got.Reason != NoCollection {
		t.Errorf("a facet that nothing claims: %s %s", got.Status, got.Reason)
	}
}

// A field that an older version of the schema did not declare was never asked
// for: that is not the same as absent.
func TestOlderSchema(t *testing.T) {
	older := *testKinds()["host.account"]
	older.Version = 0
	older.Fields = slices.DeleteFunc(slices.Clone(older.Fields), func(f resource.Field) bool { return f.Name == "email" })
	v := account("a", map[string]any{"email": nil})
	v.Schema = &older
	for _, lines := range [][]string{{`assert: "!has(r.email)"`}, {"facet: account", `assert: "!has(r.email)"`}} {
		if got := verdictOf(judge(t, compile(t, lines...), offering(v)), "a"); got != "unknown/error" {
			t.Errorf("%v: %s", lines, got)
		}
	}
	if got := judge(t, compile(t), offering(v)); got.Status != Pass {
		t.Errorf("a field that both declare: %s", got.Explain)
	}
}

func TestPopulation(t *testing.T) {
	unique := []string{"scope: population", "where: r.enabled", `assert: "rs.all(a, a.uid < 3 && a.name != 'c')"`}
	some := []string{"scope: population", "where: r.enabled", "assert: size(rs) >= 2", "empty: proven"}
	a, b := account("a", map[string]any{"uid": json.Number("1")}), account("b", map[string]any{"uid": json.Number("2")})
	twin := account("c", map[string]any{"uid": json.Number("1")})
	off := account("off", map[string]any{"enabled": false, "uid": json.Number("1")})
	maybe := account("d", nil)
	maybe.Possible = true
	partial := func(l *Listing) { l.Complete = false }
	tests := []struct {
		name  string
		check []string
		in    Input
		want  string
	}{
		{"holds", unique, offering(a, b, off), "pass"},
		{"does not", unique, offering(a, b, twin), "fail"},
		{"partial", unique, offering(a, b).listing("host.account", partial), "unknown/incomplete"},
		{"partial, and would fail", unique, offering(a, twin).listing("host.account", partial), "unknown/incomplete"},
		{"one may be gone", unique, offering(a, maybe), "unknown/incomplete"},
		{"one is unreadable", unique, offering(a, refused(account("e", nil), "uid")), "unknown/error"},
		{"membership is unreadable", unique, offering(a, refused(account("e", nil), "enabled")), "unknown/error"},
		{"one excluded", unique, exclude(offering(a, b, twin), []Exclusion{{ID: "x", Ref: twin.Ref, Until: noon.Add(1)}}), "pass"},
		{"all excluded", unique, exclude(offering(a), []Exclusion{{ID: "x", Ref: a.Ref, Until: noon.Add(1)}}), "excluded"},
		{"never empty", unique, offering(), "unknown/incomplete"},
		{"too few of none", some, offering(), "fail"},
		{"enough", some, offering(a, b), "pass"},
		{"vacuous", append(slices.Clone(unique), "empty: proven"), offering(), "no_occurrence"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := judge(t, compile(t, tt.check...), tt.in)
			if said(got.Status, got.Reason) != tt.want || len(got.Verdicts) > 1 {
				t.Errorf("%s, want %s (%s) %v", said(got.Status, got.Reason), tt.want, got.Explain, got.Verdicts)
			}
			for _, v := range got.Verdicts {
				if v.Ref.ID != PopulationID || v.Ref.Kind != "host.account" {
					t.Errorf("the verdict is about %s", v.Ref)
				}
			}
		})
	}
}

// The limit on what one evaluation may cost holds whatever the sizes are.
func TestCost(t *testing.T) {
	p := compile(t, `assert: "r.keys.all(a, r.keys.all(b, a.age >= 0 && b.age >= 0))"`)
	keys := make([]any, 3000)
	for i := range keys {
		keys[i] = map[string]any{"active": true, "age": json.Number("1")}
	}
	out := judge(t, p, offering(account("a", map[string]any{"keys": keys}), account("b", map[string]any{"keys": keys[:10]})))
	if verdictOf(out, "a") != "unknown/error" || verdictOf(out, "b") != "pass" {
		t.Errorf("%+v", out.Verdicts)
	}
	if want := "Cannot tell: it takes more computation than allowed."; out.Verdicts[0].Message != want {
		t.Errorf("%q", out.Verdicts[0].Message)
	}
}

// A lookup within one authority, and by the provider's id.
func TestIdentity(t *testing.T) {
	p := compile(t, "lookups: {same: {kind: host.account, by: uid}, people: {kind: assay.person, by: 'id()'}}",
		`assert: "same[r.uid].all(a, id(a) == id(r) || authority(a) != authority(r)) && r.name in people"`)
	twin := account("c", nil)
	elsewhere := account("d", nil)
	elsewhere.Authority = "host-2"
	if got := judge(t, p, offering(account("a", nil), elsewhere, person("a", nil), person("d", nil))); got.Status != Pass {
		t.Errorf("two hosts: %s %v", got.Explain, got.Verdicts)
	}
	out := judge(t, p, offering(account("a", nil), twin, person("a", nil), person("c", nil)))
	if verdictOf(out, "a") != "fail" || verdictOf(out, "c") != "fail" {
		t.Errorf("one host: %v", out.Verdicts)
	}
	for _, expr := range []string{"id(r.name) == 'a'", "r.keys.all(k, id(k) != '')", "authority(p) == ''"} {
		if _, err := Compile(parse(t, "assert: "+quote(expr)), testKinds(), nil); err == nil {
			t.Errorf("%s was taken", expr)
		}
	}
}

// TestAside: a kind that claims a facet aside is judged with the others, and alone leaves
// the check unknown.
func TestAside(t *testing.T) {
	kinds := testKinds()
	own := *kinds["host.account"]
	own.Kind, own.Facets = "own.user", []resource.Claim{own.Facets[0]}
	own.Facets[0].Aside = true
	kinds[own.Kind] = &own
	p, err := Compile(parse(t, "facet: account", "assert: r.mfa", "empty: proven"), kinds, nil)
	if err != nil {
		t.Fatal(err)
	}
	user := func(mfa bool) *resource.View {
		v := account("ann", map[string]any{"mfa": mfa})
		v.Kind, v.Schema = own.Kind, &own
		return v
	}
	listed := func(kind string, items int) Listing {
		return Listing{Kind: kind, Connection: "c-" + kind, Complete: true, At: noon, Items: items}
	}
	tests := []struct {
		name     string
		views    []*resource.View
		listings []Listing
		want     string
	}{
		{"nothing", nil, nil, "unknown/no_collection"},
		{"aside alone", []*resource.View{user(true)}, []Listing{listed("own.user", 1)}, "unknown/incomplete"},
		{"aside alone, and empty", nil, []Listing{listed("own.user", 0)}, "unknown/incomplete"},
		{"aside alone, and it fails", []*resource.View{user(false)}, []Listing{listed("own.user", 1)}, "fail"},
		{"both", []*resource.View{user(true), account("bob", nil)}, []Listing{listed("own.user", 1), listed("host.account", 1)}, "pass"},
		{"both, and aside fails", []*resource.View{user(false), account("bob", nil)}, []Listing{listed("own.user", 1), listed("host.account", 1)}, "fail"},
		{"the other is empty", []*resource.View{user(true)}, []Listing{listed("own.user", 1), listed("host.account", 0)}, "pass"},
		{"the other alone", []*resource.View{account("bob", nil)}, []Listing{listed("host.account", 1)}, "pass"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := offering(tt.views...)
			in.Listings = tt.listings
			got := judge(t, p, in)
			if said(got.Status, got.Reason) != tt.want {
				t.Errorf("%s, want %s (%s)", said(got.Status, got.Reason), tt.want, got.Explain)
			}
		})
	}
}
