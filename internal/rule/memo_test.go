package rule

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/resource"
)

// memoProgram is a program that only the view decides, or one that reads more.
func memoProgram(t *rapid.T) *Program {
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

// With a memo of earlier runs every run says what it says without, whatever
// came, went, was excluded or could not be relied on in between.
func TestMemoChangesNoVerdict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		programs := []*Program{memoProgram(t), memoProgram(t)}
		memo := &Memo{}
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
			if rapid.Bool().Draw(t, "partial") {
				in = in.listing("host.account", func(l *Listing) { l.Complete = false })
			} else if rapid.Bool().Draw(t, "stale") {
				in = in.listing("host.account", func(l *Listing) { l.At = l.At.AddDate(0, 0, -9) })
			}
			if rapid.Bool().Draw(t, "later") {
				in.Now = in.Now.AddDate(0, 7, 0)
			}
			for _, p := range programs {
				in.Memo = nil
				want := judge(t, p, in)
				in.Memo = memo
				if got := judge(t, p, in); !reflect.DeepEqual(got, want) {
					t.Fatalf("with a memo\n%+v\nwithout\n%+v", got, want)
				}
			}
		}
	})
}
