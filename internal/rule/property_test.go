package rule

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// anyBool draws an expression of type bool over an account, with every way of
// reading and of absorbing.
func anyBool(t *rapid.T, depth int) string {
	leaves := []string{
		"r.mfa", "r.enabled", "has(r.email)", "has(r.used_at)", "has(r.score)", "has(r.mfa)",
		"r.uid < 3", "r.kind == 'person'", "r.name == 'a'", "r.email != ''", "r.?email.orValue('') == ''",
		"r.?used_at.hasValue()", "r.score < 0.5", "r.used_at < now", "'a' in r.tags", "r.tags['a'] == 'x'",
		"r.tags[?'a'].orValue('x') == 'x'", "size(r.keys) == 0", "r.email in people",
		"people[r.email].exists(x, x.active)", "size(people) > 1", "r.name in ['a', 'b']", "r.name.matches('^a')",
		"10 / r.uid > 3", "some", "true", "false",
		"r.keys.all(k, %s)", "r.keys.exists(k, %s)", "r.keys.exists_one(k, %s)", "r.keys.filter(k, %s).size() == 1",
		"r.keys.map(k, k.age).all(n, n < 3)", "people.exists(e, people[e].all(x, x.active))",
	}
	if depth > 0 {
		leaves = append(leaves, "!(%b)", "(%b && %b)", "(%b || %b)", "(%b ? %b : %b)", "(%b && %b)", "(%b || %b)")
	}
	shape := rapid.SampledFrom(leaves).Draw(t, "expr")
	out := ""
	for i := 0; i < len(shape); i++ {
		switch {
		case shape[i] == '%' && shape[i+1] == 'b':
			out += anyBool(t, depth-1)
			i++
		case shape[i] == '%':
			out += anyKey(t, 1)
			i++
		default:
			out += shape[i : i+1]
		}
	}
	return out
}

func anyKey(t *rapid.T, depth int) string {
	leaf := rapid.SampledFrom([]string{"k.active", "k.age > 1", "has(k.age)", "k.?age.orValue(0) > 1", "r.mfa", "and", "or", "not"}).Draw(t, "key")
	switch {
	case depth == 0 && (leaf == "and" || leaf == "or" || leaf == "not"):
		return "k.active"
	case leaf == "and":
		return "(" + anyKey(t, depth-1) + " && " + anyKey(t, depth-1) + ")"
	case leaf == "or":
		return "(" + anyKey(t, depth-1) + " || " + anyKey(t, depth-1) + ")"
	case leaf == "not":
		return "!(" + anyKey(t, depth-1) + ")"
	}
	return leaf
}

func anyProgram(t *rapid.T) *Program {
	lines := []string{
		"where: " + quote(anyBool(t, 1)), "assert: " + quote(anyBool(t, 3)),
		"lookups: {people: {kind: assay.person, by: email}}",
		"let: [{name: some, expr: " + quote("r.keys.exists(k, k.age > 1) || r.mfa") + "}]",
		"empty: proven",
	}
	if rapid.Bool().Draw(t, "everybody") {
		lines = lines[1:]
	}
	p, err := Compile(parse(t, lines...), testKinds(), nil)
	if err != nil {
		t.Fatalf("%v: %v", lines, err)
	}
	return p
}

func anyAccount(t *rapid.T, id string) *resource.View {
	keys := []any{}
	for range rapid.IntRange(0, 2).Draw(t, "keys") {
		k := map[string]any{"active": rapid.Bool().Draw(t, "active")}
		if rapid.Bool().Draw(t, "has age") {
			k["age"] = json.Number(strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "age")))
		}
		keys = append(keys, k)
	}
	tags := map[string]any{}
	if rapid.Bool().Draw(t, "tag") {
		tags["a"] = rapid.SampledFrom([]string{"x", "y"}).Draw(t, "a")
	}
	set := map[string]any{
		"name": rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"), "enabled": rapid.Bool().Draw(t, "enabled"),
		"mfa": rapid.Bool().Draw(t, "mfa"), "uid": json.Number(strconv.Itoa(rapid.IntRange(0, 4).Draw(t, "uid"))),
		"email": rapid.SampledFrom([]any{nil, "", "a@example.com", "b@example.com"}).Draw(t, "email"),
		"keys":  keys, "tags": tags,
		"used_at": rapid.SampledFrom([]any{nil, "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"}).Draw(t, "used"),
		"score":   rapid.SampledFrom([]any{nil, "0.1", "0.9"}).Draw(t, "score"),
		"kind":    rapid.SampledFrom([]any{"person", "service"}).Draw(t, "kind"),
	}
	return account(id, set)
}

// damaged makes fields unreadable: refused, of a wrong type or, where they are
// required, missing.
func damaged(t *rapid.T, v *resource.View) *resource.View {
	out := *v
	out.Fields = maps.Clone(v.Fields)
	wrong := []any{"", "x", json.Number("7"), json.Number("0.5"), true, []any{}, []any{"x"}, []any{map[string]any{"age": true}}, map[string]any{"a": true}}
	for i := range v.Schema.Fields {
		f := &v.Schema.Fields[i]
		switch rapid.SampledFrom([]string{"keep", "keep", "keep", "refuse", "wrong", "drop"}).Draw(t, f.Name) {
		case "refuse":
			out.Unavailable = append(out.Unavailable, f.Name)
			if rapid.Bool().Draw(t, "and drop") {
				delete(out.Fields, f.Name)
			}
		case "wrong":
			if w := rapid.SampledFrom(wrong).Draw(t, "wrong"); !right(f, w) {
				out.Fields[f.Name] = w
			}
		case "drop":
			if !f.Optional {
				delete(out.Fields, f.Name)
			}
		}
	}
	return &out
}

// right tells, in another way than the language does, whether a stored value
// is as declared.
func right(f *resource.Field, v any) bool {
	g := *f
	g.Name = "x"
	if f.Type == resource.Decimal {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	parts, err := (&resource.Schema{Fields: []resource.Field{g}}).Normalize(map[string]any{"x": v}, nil)
	if err != nil {
		return false
	}
	for _, part := range []map[string]any{parts.Core, parts.Personal, parts.Seen} {
		if n, ok := part["x"]; ok {
			a, _ := json.Marshal(n)
			b, _ := json.Marshal(v)
			return string(a) == string(b)
		}
	}
	return false
}

func people(t *rapid.T) []*resource.View {
	var out []*resource.View
	for _, id := range []string{"a", "b"} {
		if rapid.Bool().Draw(t, id) {
			out = append(out, person(id, map[string]any{"active": rapid.Bool().Draw(t, "active")}))
		}
	}
	return out
}

// Making fields unreadable leaves a verdict, or membership, as it was or makes
// it unknown.
func TestDamageOnlyMakesUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, who := anyProgram(t), people(t)
		for range 10 {
			v := anyAccount(t, "v")
			before := verdictOf(judge(t, p, offering(append(who, v)...)), "v")
			w := damaged(t, v)
			after := verdictOf(judge(t, p, offering(append(who, w)...)), "v")
			if after != before && after != "unknown/error" {
				t.Fatalf("where %s\nassert %s\n%v: %s\n%v, unreadable %v: %s", p.def.Where, p.def.Assert, v.Fields, before, w.Fields, w.Unavailable, after)
			}
		}
	})
}

// The same through a facet: what the kind's fields lost, the facet's fields
// have lost too.
func TestDamageThroughAFacet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaf := rapid.SampledFrom([]string{
			"r.mfa", "r.enabled", "has(r.mfa)", "has(r.email)", "r.?email.orValue('') == ''", "r.holder == 'person'",
			"has(r.holder)", "has(r.admin)", "r.?created_at.hasValue()", "r.name != 'a'", "r.email in people",
		})
		expr := func() string {
			join := rapid.SampledFrom([]string{"&&", "||"}).Draw(t, "join")
			not := rapid.SampledFrom([]string{"", "!"}).Draw(t, "not")
			return not + "(" + leaf.Draw(t, "left") + " " + join + " " + leaf.Draw(t, "right") + ")"
		}
		p := compile(t, "facet: account", "where: "+quote(expr()), "assert: "+quote(expr()),
			"lookups: {people: {kind: assay.person, by: email}}")
		v, who := anyAccount(t, "v"), people(t)
		before := verdictOf(judge(t, p, offering(append(who, v)...)), "v")
		w := damaged(t, v)
		after := verdictOf(judge(t, p, offering(append(who, w)...)), "v")
		if after != before && after != "unknown/error" {
			t.Fatalf("where %s\nassert %s\n%v: %s\n%v, unreadable %v: %s", p.def.Where, p.def.Assert, v.Fields, before, w.Fields, w.Unavailable, after)
		}
	})
}

// Where two connections disagree, a verdict stands only if both would have led
// to it.
func TestDisagreementOnlyMakesUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, who := anyProgram(t), people(t)
		for range 5 {
			a, b := anyAccount(t, "v"), anyAccount(t, "v")
			b.Hash = tlog.LeafHash([]byte("b"))
			said := func(v ...*resource.View) string {
				return verdictOf(judge(t, p, offering(append(v, who...)...)), "v")
			}
			both, one, other := said(a, b), said(a), said(b)
			if both != "unknown/error" && both != "unknown/disagree" && (both != one || both != other) {
				t.Fatalf("where %s\nassert %s\n%v: %s\n%v: %s\nboth: %s", p.def.Where, p.def.Assert, a.Fields, one, b.Fields, other, both)
			}
		}
	})
}

// The order of the input and duplicates in it never matter.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, views := anyProgram(t), people(t)
		var x []Exclusion
		for _, id := range []string{"v1", "v2", "v3"} {
			v := anyAccount(t, id)
			views = append(views, v)
			if rapid.Bool().Draw(t, "twice") {
				views = append(views, v)
			}
			if rapid.Bool().Draw(t, "excluded") {
				x = append(x, Exclusion{ID: id, Ref: v.Ref, Until: noon.Add(1)})
			}
		}
		first := judge(t, p, exclude(offering(views...), x))
		in := exclude(offering(rapid.Permutation(views).Draw(t, "views")...), rapid.Permutation(x).Draw(t, "exclusions"))
		in.Listings = rapid.Permutation(in.Listings).Draw(t, "listings")
		if again := judge(t, p, in); !reflect.DeepEqual(first, again) {
			t.Fatalf("%+v\n%+v", first, again)
		}
	})
}

// Whatever the resources say, a run whose listings are not all complete and
// fresh is fail or unknown, and only a listing that is missing altogether, or
// stale, or that verdicts look things up in, takes the fail away.
func TestNoRunPassesOnDoubtfulListings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, views := anyProgram(t), people(t)
		for _, id := range []string{"v1", "v2"} {
			if rapid.Bool().Draw(t, id) {
				views = append(views, anyAccount(t, id))
			}
		}
		kind := rapid.SampledFrom([]string{"host.account", "assay.person"}).Draw(t, "kind")
		way := rapid.SampledFrom([]string{"partial", "stale", "none"}).Draw(t, "way")
		sound := judge(t, p, offering(views...))
		got := judge(t, p, offering(views...).listing(kind, func(l *Listing) {
			switch way {
			case "partial":
				l.Complete = false
			case "stale":
				l.At = noon.AddDate(0, 0, -3)
			case "none":
				l.Kind = ""
			}
		}))
		want := Unknown
		if sound.Status == Fail && kind == "host.account" && way == "partial" {
			want = Fail
		}
		if got.Status != want {
			t.Fatalf("%s listing of %s: %s, want %s", way, kind, got.Status, want)
		}
		for _, v := range got.Verdicts {
			if v.Status == Pass && (kind != "host.account" || way != "partial") {
				t.Fatalf("%s listing of %s: %s passes", way, kind, v.Ref)
			}
		}
	})
}

// An exclusion changes the verdict on its own resource alone, and only while
// it is in force.
func TestExclusionsTouchTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, views := anyProgram(t), people(t)
		views = append(views, anyAccount(t, "v1"), anyAccount(t, "v2"))
		from, until := rapid.IntRange(-2, 2).Draw(t, "from"), rapid.IntRange(-2, 2).Draw(t, "until")
		x := Exclusion{ID: "x", Ref: resource.Ref{Kind: "host.account", Authority: "host-1", ID: "v1"}, From: noon.AddDate(0, 0, from), Until: noon.AddDate(0, 0, until)}
		before := judge(t, p, offering(views...))
		after := judge(t, p, exclude(offering(views...), []Exclusion{x}))
		if a, b := verdictOf(before, "v2"), verdictOf(after, "v2"); a != b {
			t.Fatalf("of another: %s became %s", a, b)
		}
		want := verdictOf(before, "v1")
		if from <= 0 && until > 0 && want != "out" {
			want = "excluded"
		}
		if got := verdictOf(after, "v1"); got != want {
			t.Fatalf("from %d until %d: %s, want %s", from, until, got, want)
		}
	})
}

// Judge leaves what it was given as it was.
func TestJudgeChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyProgram(t)
		v := damaged(t, anyAccount(t, "v"))
		fields, unavailable := maps.Clone(v.Fields), slices.Clone(v.Unavailable)
		in := offering(v, anyAccount(t, "v"))
		first := judge(t, p, in)
		if !reflect.DeepEqual(fields, v.Fields) || !slices.Equal(unavailable, v.Unavailable) {
			t.Fatal("a resource was changed")
		}
		if again := judge(t, p, in); !reflect.DeepEqual(first, again) {
			t.Fatal("the second run says something else")
		}
	})
}

// A program is used by several goroutines at once.
func TestProgramIsShared(t *testing.T) {
	p := compile(t, "lookups: {people: {kind: assay.person, by: email}}", "let: [{name: known, expr: r.email in people}]",
		"params: {n: {type: int, default: 3}}", `assert: "r.mfa && known && r.keys.all(k, k.age < p.n)"`)
	want := judge(t, p, offering(account("a", nil), person("a", nil), account("b", nil)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				in := offering(account("a", nil), person("a", nil), account("b", nil))
				if got := judge(t, p, in); !reflect.DeepEqual(got, want) {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		})
	}
	wg.Wait()
}
