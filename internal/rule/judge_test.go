package rule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// TestReading holds the meaning of one expression on one resource.
func TestReading(t *testing.T) {
	keys := func(k ...any) map[string]any { return map[string]any{"keys": k} }
	key := func(kv ...any) any {
		m := map[string]any{}
		for i := 0; i < len(kv); i += 2 {
			m[fmt.Sprint(kv[i])] = kv[i+1]
		}
		return m
	}
	num := func(s string) json.Number { return json.Number(s) }
	tests := []struct {
		assert string
		set    map[string]any
		refuse string
		want   string
	}{
		{"r.mfa", nil, "", "pass"},
		{"r.mfa", map[string]any{"mfa": false}, "", "fail"},
		{"r.mfa", nil, "mfa", "unknown/error"},
		{"r.mfa", map[string]any{"mfa": nil}, "", "unknown/error"}, // required, and missing
		{"r.mfa", map[string]any{"mfa": "true"}, "", "unknown/error"},
		{"r.mfa", map[string]any{"mfa": num("1")}, "", "unknown/error"},
		{"has(r.mfa)", nil, "mfa", "unknown/error"},
		{"has(r.mfa)", map[string]any{"mfa": nil}, "", "unknown/error"},
		{"!has(r.mfa)", map[string]any{"mfa": nil}, "", "unknown/error"},

		{"has(r.email)", nil, "", "pass"},
		{"has(r.email)", map[string]any{"email": nil}, "", "fail"},
		{"!has(r.email)", map[string]any{"email": nil}, "", "pass"},
		{"!has(r.email)", nil, "email", "unknown/error"},
		{"r.email != ''", map[string]any{"email": nil}, "", "unknown/error"},
		{"r.?email.orValue('x') == 'x'", map[string]any{"email": nil}, "", "pass"},
		{"r.?email.orValue('x') == 'x'", nil, "email", "unknown/error"},
		{"!r.?email.hasValue()", nil, "email", "unknown/error"},
		{"has(r.email) && r.email != ''", map[string]any{"email": nil}, "", "fail"},
		{"!has(r.email) || r.email != ''", map[string]any{"email": nil}, "", "pass"},

		// absorbed errors never pass, and leave a failure alone
		{"r.mfa || true", nil, "mfa", "unknown/error"},
		{"true || r.mfa", nil, "mfa", "pass"}, // never read
		{"r.mfa && false", nil, "mfa", "fail"},
		{"!(r.mfa && false)", nil, "mfa", "unknown/error"},
		{"r.keys.exists(k, k.age > 5)", keys(key("active", true), key("active", true, "age", num("9"))), "", "unknown/error"},
		{"r.keys.all(k, k.age > 5)", keys(key("active", true), key("active", true, "age", num("1"))), "", "fail"},
		{"!r.keys.all(k, k.age > 5)", keys(key("active", true), key("active", true, "age", num("1"))), "", "unknown/error"},
		{"r.tags['a'] == 'x' || r.enabled", nil, "", "unknown/error"},
		{"1 / (r.uid - 1000) > 0 || r.enabled", nil, "", "unknown/error"},
		{"(r.mfa ? true : false) || r.enabled", nil, "mfa", "unknown/error"},

		// nothing passes for being empty or odd
		{"r.keys.all(k, k.active)", map[string]any{"keys": ""}, "", "unknown/error"},
		{"r.keys.all(k, k.active)", map[string]any{"keys": map[string]any{}}, "", "unknown/error"},
		{"r.keys.all(k, k.active)", map[string]any{"keys": nil}, "", "unknown/error"},
		{"r.keys.all(k, k.active)", keys(key("active", "yes")), "", "unknown/error"},
		{"r.keys.all(k, k.active)", keys(key("active", true, "extra", true)), "", "unknown/error"},
		{"size(r.keys) >= 0", keys(key("age", num("1"))), "", "unknown/error"}, // active is required
		{"r.keys.all(k, k.active)", keys(), "", "pass"},                        // a true statement about no keys

		// numbers, times, words
		{"r.uid == 9007199254740993", map[string]any{"uid": "9007199254740993"}, "", "pass"},
		{"r.uid == 9007199254740993", map[string]any{"uid": "9007199254740992"}, "", "fail"},
		{"r.uid == 1", map[string]any{"uid": "1"}, "", "unknown/error"}, // small numbers are not stored as digits
		{"r.uid == 1", map[string]any{"uid": num("1.0")}, "", "unknown/error"},
		{"r.score < 0.6", nil, "", "pass"},
		{"r.score < 0.6", map[string]any{"score": num("0.5")}, "", "unknown/error"},
		{"r.score < 0.6 || true", map[string]any{"score": "NaN"}, "", "unknown/error"},
		{"r.used_at < now", nil, "", "pass"},
		{"now - r.used_at < days(29)", nil, "", "fail"},
		{"now - r.used_at < days(30)", nil, "", "pass"},
		{"r.used_at < now", map[string]any{"used_at": "2026-06-01T00:00:00Z"}, "", "unknown/error"},
		{"r.kind != 'service'", map[string]any{"kind": "robot"}, "", "unknown/error"},
		{"lower(r.name) == 'ann'", map[string]any{"name": "ANN"}, "", "pass"},
		{"r.name.matches('^a+$')", map[string]any{"name": "aaa"}, "", "pass"},
		{"days_between('2026-06-01', now) == 29 && date(now) == '2026-06-30'", nil, "", "pass"},
		{"days_between('0001-01-01', '9999-12-31') == 3652058", nil, "", "pass"},
		{"days_between(r.used_at, now) == 739796", map[string]any{"used_at": "0001-01-01T00:00:00.000Z"}, "", "pass"},
		{"now - r.used_at > days(1)", map[string]any{"used_at": "0001-01-01T00:00:00.000Z"}, "", "unknown/error"},
		{"r.used_at < now - days(1)", map[string]any{"used_at": "0001-01-01T00:00:00.000Z"}, "", "pass"},
		{"days_between(r.email, now) > 0 || true", nil, "", "unknown/error"},
		{"days_between(r.used_at, now) == 29 && days_between(now, r.used_at) == -30", nil, "", "pass"},
	}
	for _, tt := range tests {
		p := compile(t, "assert: "+quote(tt.assert))
		v := account("ann", tt.set)
		if tt.refuse != "" {
			v = refused(v, tt.refuse)
		}
		out := judge(t, p, offering(v))
		if got := verdictOf(out, "ann"); got != tt.want {
			t.Errorf("%s on %v, unreadable %q: %s, want %s (%s)", tt.assert, tt.set, tt.refuse, got, tt.want, out.Verdicts[0].Message)
		}
		if out.UsesNow != strings.Contains(tt.assert, "now") {
			t.Errorf("%s: uses now %v", tt.assert, out.UsesNow)
		}
	}
}

func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// TestMembership holds what where does.
func TestMembership(t *testing.T) {
	tests := []struct {
		where, refuse, want string
		set                 map[string]any
	}{
		{"r.enabled", "", "pass", nil},
		{"r.enabled", "", "out", map[string]any{"enabled": false}},
		{"r.enabled", "enabled", "unknown/error", nil},
		{"r.enabled && r.kind == 'service'", "enabled", "unknown/error", nil}, // absorbed: nobody is left out for it
		{"r.kind == 'service' && r.enabled", "enabled", "out", nil},           // never read
		{"r.enabled || r.kind == 'person'", "enabled", "pass", nil},           // in either way
		{"r.name in people", "", "out", nil},
		{"has(r.email)", "", "out", map[string]any{"email": nil}},
	}
	for _, tt := range tests {
		p := compile(t, "where: "+quote(tt.where), "lookups: {people: {kind: assay.person, by: name}}")
		v := account("ann", tt.set)
		if tt.refuse != "" {
			v = refused(v, tt.refuse)
		}
		out := judge(t, p, offering(v, person("bob", nil)))
		if got := verdictOf(out, "ann"); got != tt.want {
			t.Errorf("%s on %v, unreadable %q: %s, want %s", tt.where, tt.set, tt.refuse, got, tt.want)
		}
	}
}

// TestRun holds what the listings and the verdicts make of a run.
func TestRun(t *testing.T) {
	gone := func(l *Listing) { l.Kind = "" }
	partial := func(l *Listing) { l.Complete, l.Problems = false, []string{"page 3 was refused"} }
	old := func(l *Listing) { l.At = noon.Add(-27 * time.Hour) }
	future := func(l *Listing) { l.At = noon.Add(time.Hour) }
	good, bad := account("ann", nil), account("bob", map[string]any{"mfa": false})
	out := account("off", map[string]any{"enabled": false})
	possible := account("ann", nil)
	possible.Possible = true
	odd := refused(account("odd", nil), "mfa")
	member := person("ann", nil)
	maybe := person("carl", nil)
	maybe.Possible = true
	keyless := refused(person("carl", nil), "email")
	lookup := []string{"lookups: {people: {kind: assay.person, by: email}}", "assert: r.mfa && r.email in people"}
	excluded := []Exclusion{{ID: "x1", Ref: bad.Ref, From: noon.Add(-time.Hour), Until: noon.Add(time.Hour)}}
	proven, where := "empty: proven", "where: r.enabled"
	tests := []struct {
		name  string
		check []string
		in    Input
		want  string
	}{
		{"pass", nil, offering(good), "pass"},
		{"fail", nil, offering(good, bad), "fail"},
		{"unknown", nil, offering(good, odd), "unknown/error"},
		{"fail before unknown", nil, offering(bad, odd), "fail"},
		{"no collection", nil, offering(good).listing("host.account", gone), "unknown/no_collection"},
		{"partial", nil, offering(good).listing("host.account", partial), "unknown/incomplete"},
		{"partial, and one fails", nil, offering(good, bad).listing("host.account", partial), "fail"},
		{"partial and empty", []string{proven}, offering().listing("host.account", partial), "unknown/incomplete"},
		{"partial and excluded", nil, exclude(offering(bad), excluded).listing("host.account", partial), "unknown/incomplete"},
		{"may be gone", nil, offering(possible), "unknown/incomplete"},
		{"stale", nil, offering(good).listing("host.account", old), "unknown/stale"},
		{"stale, and one fails", nil, offering(bad).listing("host.account", old), "unknown/stale"},
		{"dated after the run", nil, offering(good).listing("host.account", future), "unknown/stale"},
		{"one of two connections is partial", nil, with(offering(good), Listing{Kind: "host.account", Connection: "c2", At: noon}), "unknown/incomplete"},
		{"the latest of a connection counts", nil, with(offering(good), Listing{Kind: "host.account", Connection: "c1", At: noon.Add(-30 * time.Hour)}), "pass"},
		{"a listing without its resources", []string{proven}, offering().listing("host.account", func(l *Listing) { l.Items = 3 }), "unknown/incomplete"},

		{"empty", []string{proven}, offering(), "no_occurrence"},
		{"nobody counts", []string{proven, where}, offering(out), "no_occurrence"},
		{"empty proves nothing", nil, offering(), "unknown/incomplete"},
		{"empty, the second too", []string{proven, "empty_second: assay.person"}, offering(), "no_occurrence"},
		{"empty, the second is not", []string{proven, "empty_second: assay.person"}, offering(member), "unknown/incomplete"},
		{"empty, the second is partial", []string{proven, "empty_second: assay.person"}, offering().listing("assay.person", partial), "unknown/incomplete"},
		{"only excluded", nil, exclude(offering(bad), excluded), "excluded"},
		{"excluded beside a pass", nil, exclude(offering(good, bad), excluded), "pass"},
		{"exclusion of another", nil, exclude(offering(good, bad), []Exclusion{{ID: "x", Ref: good.Ref, Until: noon.Add(1)}}), "fail"},
		{"exclusion over", nil, exclude(offering(bad), []Exclusion{{ID: "x", Ref: bad.Ref, Until: noon}}), "fail"},
		{"exclusion to come", nil, exclude(offering(bad), []Exclusion{{ID: "x", Ref: bad.Ref, From: noon.Add(1), Until: noon.Add(2)}}), "fail"},
		{"exclusion without end", nil, exclude(offering(bad), []Exclusion{{ID: "x", Ref: bad.Ref}}), "fail"},

		{"lookup", lookup, offering(good, member), "pass"},
		{"lookup lacks it", lookup, offering(good, person("bob", nil)), "fail"},
		{"lookup never collected", lookup, offering(good, member).listing("assay.person", gone), "unknown/no_collection"},
		{"lookup partial", lookup, offering(good, member).listing("assay.person", partial), "unknown/incomplete"},
		{"lookup partial, and one would fail", lookup, offering(bad, member).listing("assay.person", partial), "unknown/incomplete"},
		{"lookup stale", lookup, offering(good, member).listing("assay.person", old), "unknown/stale"},
		{"lookup of one that may be gone", lookup, offering(good, member, maybe), "unknown/incomplete"},
		{"lookup with an unreadable key", lookup, offering(good, member, keyless), "unknown/error"},
		{"lookup with an absent key", lookup, offering(good, member, person("carl", map[string]any{"email": nil})), "pass"},

		{"requires", []string{"requires: [assay.person]"}, offering(good), "pass"},
		{"required never collected", []string{"requires: [assay.person]"}, offering(good).listing("assay.person", gone), "unknown/no_collection"},
		{"required partial", []string{"requires: [assay.person]"}, offering(good).listing("assay.person", partial), "unknown/incomplete"},
		{"required partial, and one fails", []string{"requires: [assay.person]"}, offering(bad).listing("assay.person", partial), "fail"},
		{"required stale", []string{"requires: [assay.person]"}, offering(good).listing("assay.person", old), "unknown/stale"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := judge(t, compile(t, tt.check...), tt.in)
			if said(got.Status, got.Reason) != tt.want {
				t.Errorf("%s, want %s (%s)", said(got.Status, got.Reason), tt.want, got.Explain)
			}
		})
	}
}

func exclude(in Input, x []Exclusion) Input {
	in.Exclusions = x
	return in
}

func with(in Input, l ...Listing) Input {
	in.Listings = append(in.Listings, l...)
	return in
}

func TestExcludedKeepsTheMessage(t *testing.T) {
	bad := account("bob", map[string]any{"mfa": false})
	in := exclude(offering(bad), []Exclusion{
		{ID: "x2", Ref: bad.Ref, Until: noon.Add(1)}, {ID: "x1", Ref: bad.Ref, Until: noon.Add(1)},
	})
	v := judge(t, compile(t, `message: "'no MFA: ' + r.name"`), in).Verdicts[0]
	if v.Status != Excluded || v.Message != "no MFA: bob" || v.Exclusion != "x1" {
		t.Errorf("%+v", v)
	}
}

func TestMessage(t *testing.T) {
	tests := []struct{ message, want string }{
		{"'no MFA: ' + r.name", "no MFA: bob"},
		{"'last seen ' + string(r.used_at)", "last seen 2026-06-01T00:00:00Z"},
		{"r.email", "Not so: It holds"}, // could not be read
		{"'" + strings.Repeat("x", 600) + "'", strings.Repeat("x", maxMessage) + "…"},
	}
	for _, tt := range tests {
		p := compile(t, "message: "+quote(tt.message))
		v := judge(t, p, offering(refused(account("bob", map[string]any{"mfa": false}), "email"))).Verdicts[0]
		if v.Message != tt.want {
			t.Errorf("%s: %q, want %q", tt.message, v.Message, tt.want)
		}
	}
}

func TestJudgeRefuses(t *testing.T) {
	p := compile(t)
	if _, err := p.Judge(t.Context(), Input{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without instant: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Judge(ctx, offering(account("a", nil))); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	in := offering()
	in.Resources["host.account"] = []*resource.View{person("a", nil)}
	if _, err := p.Judge(t.Context(), in); err == nil {
		t.Error("a person among the accounts was judged")
	}
}

// Whoever uses a let inherits the errors that it absorbed, the second time as
// the first.
func TestLet(t *testing.T) {
	tests := []struct {
		let, where, assert, refuse, want string
	}{
		{"r.mfa", "", "l", "", "pass"},
		{"r.mfa", "", "l", "mfa", "unknown/error"},
		{"r.mfa", "", "l || true", "mfa", "unknown/error"},
		{"r.mfa", "", "true || l", "mfa", "pass"},
		{"r.mfa || r.enabled", "", "l", "mfa", "unknown/error"},
		{"r.mfa || r.enabled", "l", "l", "mfa", "unknown/error"},
		{"r.mfa || r.enabled", "l", "r.enabled", "mfa", "pass"},
		{"r.mfa && !r.enabled", "", "l", "mfa", "fail"},
		{"r.mfa && !r.enabled", "l", "l", "mfa", "unknown/error"},
	}
	for _, tt := range tests {
		lines := []string{"let: [{name: l, expr: " + quote(tt.let) + "}]", "assert: " + quote(tt.assert)}
		if tt.where != "" {
			lines = append(lines, "where: "+quote(tt.where))
		}
		v := account("a", nil)
		if tt.refuse != "" {
			v = refused(v, tt.refuse)
		}
		if got := verdictOf(judge(t, compile(t, lines...), offering(v)), "a"); got != tt.want {
			t.Errorf("let %s, where %s, assert %s: %s, want %s", tt.let, tt.where, tt.assert, got, tt.want)
		}
	}
}
