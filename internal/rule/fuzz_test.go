package rule

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"assay/internal/kit/fault"
	"assay/internal/resource"
)

// FuzzParse holds that whatever is read is valid, survives its canonical form,
// and compiles or says why not.
func FuzzParse(f *testing.F) {
	f.Add([]byte(mfaCheck))
	f.Add([]byte("id: a.b\nversion: 1\ntitle: t\nfacet: account\nassert: r.mfa\nfreshness: 1d\nseverity: low\n"))
	f.Add([]byte("id: a.b\nversion: 1\ntitle: t\nkind: git.merge\nscope: population\nassert: size(rs) > p.n\nparams: {n: {type: list, default: 'a,b', max: 3}}\nfreshness: 1d\nseverity: low\n"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("id: {}\n---\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if err != nil {
			if k := fault.Of(err); k != fault.Invalid && k != fault.TooLarge {
				t.Fatalf("%v is %s", err, k)
			}
			return
		}
		b, err := d.Canonical()
		if err != nil {
			return // text that is not UTF-8 has no canonical form
		}
		again, err := ParseCanonical(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if c, err := again.Canonical(); err != nil || !bytes.Equal(b, c) {
			t.Fatalf("%s\n%s\n%v", b, c, err)
		}
		p, err := Compile(d, testKinds(), nil)
		if err != nil {
			return
		}
		in := offering(account("a", nil), person("a", nil), merge("m", "2026-06-01T00:00:00.000Z", nil))
		if _, err := p.Judge(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzJudge holds that no stored bytes make a check pass that reads a field
// which is not there as declared.
func FuzzJudge(f *testing.F) {
	p := compile(f, "where: r.enabled || !r.enabled",
		`assert: "r.mfa == r.mfa && r.uid == r.uid && r.keys.all(k, k.active == k.active) && size(r.tags) >= 0 && r.used_at < now && r.score < 9.0 && r.kind == r.kind"`)
	read := p.Fields()
	if want := []string{"enabled", "keys", "kind", "mfa", "score", "tags", "uid", "used_at"}; !slices.Equal(read, want) {
		f.Fatalf("reads %v", read)
	}
	for _, seed := range []string{
		`{"enabled":true,"mfa":true,"uid":1,"keys":[{"active":true}],"tags":{"a":"b"},"used_at":"2026-01-01T00:00:00.000Z","score":"0.1","kind":"person"}`,
		`{"enabled":true,"mfa":"","uid":"9007199254740993","keys":{},"tags":[],"used_at":7,"score":0.1,"kind":"x"}`, `{}`, `{"uid":1e400}`,
	} {
		f.Add([]byte(seed), "mfa")
	}
	f.Fuzz(func(t *testing.T, stored []byte, unavailable string) {
		fields, err := resource.ParseFields(stored)
		if err != nil {
			return
		}
		v := account("a", nil)
		v.Fields, v.Unavailable = fields, []string{unavailable}
		got := verdictOf(judge(t, p, offering(v)), "a")
		for _, name := range read {
			field, _ := v.Schema.Field(name)
			if slices.Contains(v.Unavailable, name) || !right(&field, fields[name]) {
				if got != "unknown/error" {
					t.Fatalf("%s is %v, and the verdict %s", name, fields[name], got)
				}
				return
			}
		}
		if got != "pass" && got != "fail" {
			t.Fatalf("%s of %s", got, stored)
		}
	})
}

// FuzzLookup holds that a resource found by a key is always one that has it.
func FuzzLookup(f *testing.F) {
	p := compile(f, "lookups: {people: {kind: assay.person, by: email}}", "assert: r.email in people && people[r.email].all(x, x.email == r.email)")
	f.Add("a@example.com", "a@example.com")
	f.Add("A@example.com", "a@example.com")
	f.Fuzz(func(t *testing.T, mine, theirs string) {
		if b, err := json.Marshal(mine + theirs); err != nil || !json.Valid(b) {
			return
		}
		in := offering(account("a", map[string]any{"email": mine}), person("b", map[string]any{"email": theirs}))
		before := maps.Clone(in.Resources)
		want := Fail
		if mine == theirs {
			want = Pass
		}
		if out := judge(t, p, in); out.Status != want {
			t.Fatalf("%q in %q: %s", mine, theirs, out.Explain)
		}
		if len(before) != len(in.Resources) {
			t.Fatal("the input was changed")
		}
	})
}
