package rule

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/resource"
)

// heldProgram is a program that only the view decides, or one that reads more.
func heldProgram(t *rapid.T) *Program {
	if rapid.Bool().Draw(t, "more") {
		return anyProgram(t)
	}
	alone := func(s string) bool { return !strings.Contains(s, "people") && !strings.Contains(s, "some") }
	draw := rapid.Custom(func(t *rapid.T) string { return anyBool(t, 2) }).Filter(alone)
	p, err := Compile(parse(t, "where: "+quote(draw.Draw(t, "where")), "assert: "+quote(draw.Draw(t, "assert")),
		"message: \"'no: ' + r.name\""), testKinds(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What runs leave to the next changes nothing: every run says what it says
// without, whatever came, went, was excluded or could not be relied on in
// between.
func TestHeldChangesNoVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		programs := []*Program{heldProgram(t), heldProgram(t)}
		held := make([]*Held, len(programs))
		told := make([]map[resource.Ref]Verdict, len(programs)) // as somebody knows it who is told only what changed
		pool := people(t)
		for _, id := range []string{"v1", "v2", "v3"} {
			possible := *anyAccount(t, id)
			possible.Possible = true
			pool = append(pool, anyAccount(t, id), damaged(t, anyAccount(t, id)), &possible)
		}
		for range 5 {
			var views []*resource.View
			for _, v := range pool {
				if rapid.Bool().Draw(t, "listed") {
					views = append(views, v)
				}
			}
			in := offering(views...)
			if rapid.Bool().Draw(t, "excluded") {
				in = exclude(in, []Exclusion{{ID: "x", Ref: pool[len(pool)-1].Ref, Until: noon.Add(1)}})
			}
			if rapid.IntRange(0, 3).Draw(t, "partial") == 0 {
				in = in.listing("host.account", func(l *Listing) { l.Complete = false })
			} else if rapid.IntRange(0, 3).Draw(t, "stale") == 0 {
				in = in.listing("host.account", func(l *Listing) { l.At = l.At.AddDate(0, 0, -9) })
			}
			in.Now = in.Now.Add(rapid.SampledFrom([]time.Duration{0, time.Hour, 24 * time.Hour, 5000 * time.Hour}).Draw(t, "later"))
			for i, p := range programs {
				in.Held, in.Hold = nil, false
				want := judge(t, p, in)
				in.Held, in.Hold = held[i], true
				got := judge(t, p, in)
				held[i] = got.Held
				told[i] = follow(t, told[i], got)
				if len(told[i]) != len(want.Verdicts) {
					t.Fatalf("%d verdicts, want %d", len(told[i]), len(want.Verdicts))
				}
				for _, v := range want.Verdicts {
					v.FlipsAt = time.Time{}
					if told[i][v.Ref] != v {
						t.Fatalf("%s is\n%+v, want\n%+v", v.Ref, told[i][v.Ref], v)
					}
				}
				if early := got.FlipsAt; !want.FlipsAt.IsZero() && (early.IsZero() || early.After(want.FlipsAt)) {
					t.Fatalf("repeating, it flips at %s; anew, at %s", early, want.FlipsAt)
				}
				got.FlipsAt, want.FlipsAt = time.Time{}, time.Time{} // what is gone may have flipped earlier
				got.Verdicts, got.Gone, got.Repeats, got.Held, want.Verdicts = nil, nil, false, nil, nil
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("repeating\n%+v\nanew\n%+v", got, want)
				}
			}
		}
	})
}

// follow brings what is known to what an outcome says.
func follow(t *rapid.T, known map[resource.Ref]Verdict, o *Outcome) map[resource.Ref]Verdict {
	if !o.Repeats {
		known = map[resource.Ref]Verdict{}
	}
	for _, v := range o.Verdicts {
		if _, was := known[v.Ref]; was != v.Known {
			t.Fatalf("%s: known %v, want %v", v.Ref, v.Known, was)
		}
		v.Known, v.FlipsAt = false, time.Time{}
		known[v.Ref] = v
	}
	for _, ref := range o.Gone {
		if _, was := known[ref]; !was {
			t.Fatalf("%s is gone and was not there", ref)
		}
		delete(known, ref)
	}
	return known
}

// Told its resources one by one, in any order, a run says what it says of all.
func TestJudgingOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := heldProgram(t)
		pool := people(t)
		for _, id := range []string{"v1", "v2", "v3", "v4"} {
			pool = append(pool, damaged(t, anyAccount(t, id)))
		}
		in := offering(pool...)
		if rapid.Bool().Draw(t, "partial") {
			in = in.listing("host.account", func(l *Listing) { l.Complete = false })
		}
		want := judge(t, p, in)
		told := map[resource.Ref]Verdict{}
		in.Verdict = func(v *Verdict) error {
			told[v.Ref] = *v
			return nil
		}
		r, err := p.Begin(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range p.Needs().Judged {
			for _, v := range rapid.Permutation(in.Resources[kind]).Draw(t, kind) {
				if err := r.Take([]*resource.View{v}); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, err := r.End(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(told) != len(want.Verdicts) {
			t.Fatalf("%d verdicts, want %d", len(told), len(want.Verdicts))
		}
		for _, v := range want.Verdicts {
			if told[v.Ref] != v {
				t.Fatalf("%s is\n%+v, want\n%+v", v.Ref, told[v.Ref], v)
			}
		}
		want.Verdicts = nil
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("one by one\n%+v\nat once\n%+v", got, want)
		}
	})
}
