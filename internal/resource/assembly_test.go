package resource_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/kit/tlog"
	"assay/internal/resource"
)

// listing is one collection of a made-up connection: which version of each part
// of each resource it listed.
type listing struct {
	complete bool
	state    map[string]int
	seen     map[string]int
}

func sighting(part resource.Part, id string, version int) *resource.Sighting {
	s := &resource.Sighting{Record: &resource.Record{
		Ref: resource.Ref{Kind: "k.r", Authority: "a", ID: id}, Part: part, Schema: 1,
		Fields: map[string]any{"v" + string(part): strconv.Itoa(version)},
	}}
	s.Hash = tlog.LeafHash([]byte(string(part) + id + strconv.Itoa(version)))
	return s
}

var schema = &resource.Schema{Kind: "k.r", Version: 1, Family: resource.State}

func show(views []*resource.View) string {
	var out []string
	for _, v := range views {
		s := v.ID + fmt.Sprint(v.Fields)
		if v.Possible {
			s += "?"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// bySpans is the definition: of the records that were listed at any time since
// the last complete listing, the one listed from the latest collection on.
func bySpans(all []listing, family resource.Family) string {
	from := 0
	if family == resource.State {
		for i, l := range all {
			if l.complete {
				from = i
			}
		}
	}
	a := resource.Assembly{Family: family}
	type span struct {
		from, to int
		s        *resource.Sighting
	}
	var spans []span
	for _, part := range []resource.Part{resource.PartState, resource.PartSeen} {
		open := map[string]int{} // id -> index in spans
		for i, l := range all {
			had := l.state
			if part == resource.PartSeen {
				had = l.seen
			}
			for id, v := range had {
				s := sighting(part, id, v)
				if at, ok := open[id]; ok && spans[at].to == i-1 && spans[at].s.Hash == s.Hash {
					spans[at].to = i
					continue
				}
				open[id] = len(spans)
				spans = append(spans, span{i, i, s})
			}
		}
	}
	slices.SortStableFunc(spans, func(x, y span) int { return x.from - y.from })
	for _, p := range spans {
		if p.to >= from {
			a.Add(p.s, p.to == len(all)-1)
		}
	}
	views, _ := a.Views(func(string, int) (*resource.Schema, error) { return schema, nil })
	return show(views)
}

func TestAssemblyStepByStepIsTheDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		family := rapid.SampledFrom([]resource.Family{resource.State, resource.Event}).Draw(t, "family")
		part := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.IntRange(1, 3), 0, 3)
		all := []listing{{}}
		a := resource.Assembly{Family: family}
		for range rapid.IntRange(1, 8).Draw(t, "collections") {
			l := listing{rapid.Bool().Draw(t, "complete"), part.Draw(t, "state"), part.Draw(t, "seen")}
			last := all[len(all)-1]
			for _, p := range []struct {
				part      resource.Part
				had, have map[string]int
			}{{resource.PartState, last.state, l.state}, {resource.PartSeen, last.seen, l.seen}} {
				for id, v := range p.had {
					if now, ok := p.have[id]; !ok || now != v {
						s := sighting(p.part, id, v)
						a.Remove(s.Ref, s.Hash)
					}
				}
				for id, v := range p.have {
					if was, ok := p.had[id]; !ok || was != v {
						a.Add(sighting(p.part, id, v), true)
					}
				}
			}
			if l.complete {
				a.Settle()
			}
			all = append(all, l)
			views, err := a.Views(func(string, int) (*resource.Schema, error) { return schema, nil })
			if err != nil {
				t.Fatal(err)
			}
			if got, want := show(views), bySpans(all, family); got != want {
				t.Fatalf("after %d collections:\ngot  %s\nwant %s", len(all)-1, got, want)
			}
		}
	})
}

func TestRecordsAreReadStrictly(t *testing.T) {
	r := &resource.Record{
		Ref: resource.Ref{Kind: "k.r", Authority: "a", ID: "1"}, Part: resource.PartState, Schema: 2,
		Fields: map[string]any{"n": 1, "s": "é"}, Unavailable: []string{"x"}, Personal: "AAAA",
	}
	b, err := r.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	got, err := resource.ParseRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := got.Bytes(); err != nil || string(again) != string(b) {
		t.Fatalf("%s %v", again, err)
	}
	for name, edit := range map[string][2]string{
		"space": {`"id":`, `"id": `}, "unknown": {`"kind"`, `"kina":1,"kind"`}, "missing": {`"authority":"a",`, ``},
		"empty unavailable": {`["x"]`, `[]`}, "empty personal": {`"AAAA"`, `""`}, "fields": {`{"n":1,"s":"é"}`, `[]`},
		"schema": {`"schema":2`, `"schema":"2"`}, "after": {`["x"]}`, `["x"]} `},
	} {
		if _, err := resource.ParseRecord([]byte(strings.Replace(string(b), edit[0], edit[1], 1))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestCover(t *testing.T) {
	day := func(n int) time.Time {
		if n == 0 {
			return time.Time{}
		}
		return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC)
	}
	for _, tt := range []struct {
		name     string
		listings [][3]int // from, to, items; days of March, 0 is none
		want     [3]int
	}{
		{"one", [][3]int{{1, 5, 3}}, [3]int{1, 5, 3}},
		{"overlapping", [][3]int{{1, 5, 3}, {4, 9, 1}}, [3]int{1, 9, 3}},
		{"touching", [][3]int{{1, 5, 0}, {5, 9, 2}}, [3]int{1, 9, 2}},
		{"a gap forgets", [][3]int{{1, 5, 3}, {6, 9, 1}}, [3]int{6, 9, 1}},
		{"what is before a gap is not found again", [][3]int{{1, 3, 3}, {6, 9, 1}, {4, 6, 1}}, [3]int{4, 9, 1}},
		{"since ever", [][3]int{{0, 5, 3}, {4, 9, 1}}, [3]int{0, 9, 3}},
		{"an older file, later", [][3]int{{5, 9, 3}, {1, 5, 1}}, [3]int{1, 9, 3}},
		{"within", [][3]int{{1, 9, 3}, {4, 5, 1}}, [3]int{1, 9, 3}},
		{"one that covers nothing", [][3]int{{1, 9, 3}, {0, 0, 1}}, [3]int{0, 0, 1}},
	} {
		var got resource.Cover
		for _, l := range tt.listings {
			got = got.Then(resource.Cover{From: day(l[0]), To: day(l[1]), Items: l[2]})
		}
		if want := (resource.Cover{From: day(tt.want[0]), To: day(tt.want[1]), Items: tt.want[2]}); got != want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
	}
}
