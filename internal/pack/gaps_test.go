package pack_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/tlog"
	"assay/internal/pack"
)

// story is a log that is made up, an entry at a time.
type story struct {
	t     *testing.T
	g     pack.Gaps
	begun time.Time
	n     int
}

func newStory(t *testing.T) *story {
	s := &story{t: t, begun: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s.g.Fresh = func(h tlog.Hash, params map[string]string) time.Duration {
		if params["freshness"] == "8d" {
			return 8 * 24 * time.Hour
		}
		if h == (tlog.Hash{1}) {
			return 26 * time.Hour
		}
		return 0
	}
	return s
}

func (s *story) at(hours int, kind string, body map[string]any) {
	s.t.Helper()
	e := &tlog.Envelope{Type: kind, Log: "test.invalid/soc2/x", ID: fmt.Sprintf("lf_%d", s.n), At: s.begun.Add(time.Duration(hours) * time.Hour), Stream: "x", Body: body}
	if kind == "connector.scheduled" {
		e.Stream = "connection/con_a"
	}
	s.n++
	leaf, err := e.Encode()
	if err != nil {
		s.t.Fatal(err)
	}
	o, err := tlog.Open(leaf)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.g.Leaf(o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) collected(hours, seq int, connection string, whole bool) {
	s.t.Helper()
	b := map[string]any{"connection": connection, "connector": "test", "version": "1", "seq": seq, "kinds": []any{}}
	s.at(hours, "collection.intent", b)
	if whole {
		at := s.begun.Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15:04:05.000Z")
		s.at(hours, "collection.manifest", map[string]any{
			"connection": connection, "connector": "test", "version": "1", "seq": seq, "kinds": []any{}, "started_at": at, "finished_at": at,
			"n": 0, "added": 0, "removed": 0, "root": tlog.EmptyRoot().String(),
		})
	}
}

func (s *story) enabled(hours int, every int64) {
	s.t.Helper()
	s.at(hours, "connector.enabled", map[string]any{"connection": "con_a", "connector": "test"})
	s.every(hours, every)
}

func (s *story) every(hours int, every int64) {
	s.t.Helper()
	s.at(hours, "connector.scheduled", map[string]any{"connection": "con_a", "every": every * 3600})
}

func (s *story) ran(hours int) { s.t.Helper(); s.ranWith(hours, map[string]any{}) }

func (s *story) ranWith(hours int, params map[string]any) {
	s.t.Helper()
	now := s.begun.Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15:04:05.000Z")
	counts := map[string]any{}
	for _, name := range []string{"listed", "out", "population", "excluded", "pass", "fail", "unknown"} {
		counts[name] = 0
	}
	s.at(hours, "check.result", map[string]any{
		"batch": "b", "run": fmt.Sprintf("r%d", hours), "check": "test.c", "hash": tlog.Hash{1}.String(), "now": now, "status": "pass", "reason": "", "counts": counts, "inputs": []any{},
		"params": params,
	})
}

func (s *story) gaps() (out []string) {
	for _, g := range s.g.List(time.Time{}, time.Time{}) {
		until := "…"
		if !g.To.IsZero() {
			until = fmt.Sprint(g.To.Sub(s.begun).Hours())
		}
		out = append(out, fmt.Sprintf("%s %s %v-%s", g.Kind, g.Of, g.From.Sub(s.begun).Hours(), until))
	}
	return out
}

// TestUnsaid tells of connections of which nobody promised how often they are
// collected, since when, and of no other.
func TestUnsaid(t *testing.T) {
	s := newStory(t)
	s.enabled(0, 24)
	for i, connection := range []string{"con_a", "con_b", "con_b", "import/imp_1", "register/person"} {
		s.collected(5+i, i+1, connection, true)
	}
	got := s.g.Unsaid()
	if len(got) != 1 || got[0].Kind != pack.GapUnsaid || got[0].Of != "con_b" || !got[0].From.Equal(s.begun.Add(6*time.Hour)) || !got[0].To.IsZero() {
		t.Errorf("%+v", got)
	}
}

func TestGaps(t *testing.T) {
	defined := func(s *story, hours int) {
		at := s.begun.Add(time.Duration(hours) * time.Hour).Format("2006-01-02T15:04:05.000Z")
		s.at(hours, "check.defined", map[string]any{"check": "test.c", "version": 1, "hash": tlog.Hash{1}.String(), "params": map[string]any{}, "effective_at": at})
	}
	for name, c := range map[string]struct {
		tell func(s *story)
		want []string
	}{
		"as promised": {func(s *story) {
			s.enabled(0, 24)
			for i := range 10 {
				s.collected(1+24*i, i+1, "con_a", true)
			}
		}, nil},
		"late, but no interval went by": {func(s *story) { s.enabled(0, 24); s.collected(1, 1, "con_a", true); s.collected(48, 2, "con_a", true) }, nil},
		"missed twice":                  {func(s *story) { s.enabled(0, 24); s.collected(0, 1, "con_a", true); s.collected(72, 2, "con_a", true) }, []string{"slot con_a 24-72"}},
		"never again":                   {func(s *story) { s.enabled(0, 24); s.collected(0, 1, "con_a", true); s.ran(100) }, []string{"slot con_a 24-100"}},
		"never at all":                  {func(s *story) { s.enabled(0, 24); s.ran(100) }, []string{"slot con_a 24-100"}},
		"switched off": {func(s *story) {
			s.enabled(0, 24)
			s.collected(0, 1, "con_a", true)
			s.at(20, "connector.disabled", map[string]any{"connection": "con_a", "connector": "test"})
			s.at(100, "connector.enabled", map[string]any{"connection": "con_a", "connector": "test"})
			s.collected(101, 2, "con_a", true)
			s.at(102, "connector.disabled", map[string]any{"connection": "con_a", "connector": "test"})
			s.ran(300)
		}, []string{"off con_a 20-100", "off con_a 102-…"}},
		"switched off when it was late already": {func(s *story) {
			s.enabled(0, 24)
			s.at(80, "connector.disabled", map[string]any{"connection": "con_a", "connector": "test"})
		}, []string{"slot con_a 24-80", "off con_a 80-…"}},
		"a longer interval does not hide what went by": {func(s *story) { s.enabled(0, 24); s.every(80, 24*30); s.collected(90, 1, "con_a", true) }, []string{"slot con_a 24-80"}},
		"a shorter interval begins when it is chosen":  {func(s *story) { s.enabled(0, 24*30); s.every(24*20, 24); s.collected(24*21, 1, "con_a", true) }, nil},
		"no promise, no gap":                           {func(s *story) { s.collected(0, 1, "con_a", true); s.collected(900, 2, "con_a", true) }, nil},
		"registers are daily": {func(s *story) {
			s.collected(0, 1, "register/person", true)
			s.collected(96, 2, "register/person", true)
		}, []string{"slot register/person 24-96"}},
		"a number is missing":   {func(s *story) { s.collected(0, 1, "con_a", true); s.collected(1, 4, "con_a", true) }, []string{"number con_a 0-1"}},
		"broken off":            {func(s *story) { s.collected(0, 1, "con_a", false); s.collected(30, 2, "con_a", true) }, []string{"broken con_a 0-0"}},
		"perhaps it still runs": {func(s *story) { s.collected(0, 1, "con_a", false); s.collected(3, 2, "con_a", true) }, nil},
		"a check pauses":        {func(s *story) { defined(s, 0); s.ran(10); s.ran(36); s.ran(90) }, []string{"untested test.c 62-90"}},
		"a check may pause": {func(s *story) {
			defined(s, 0)
			for _, hours := range []int{10, 178, 500} {
				s.ranWith(hours, map[string]any{"freshness": "8d"})
			}
		}, []string{"untested test.c 370-500"}},
		"a check never ran": {func(s *story) { defined(s, 0); s.collected(50, 1, "con_a", true) }, []string{"untested test.c 26-50"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStory(t)
			c.tell(s)
			got := s.gaps()
			got = slices.DeleteFunc(got, func(g string) bool { return strings.HasPrefix(g, "untested") && !strings.HasPrefix(name, "a check") })
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			if again := s.gaps(); len(again) < len(got) {
				t.Error("looking changes what is seen")
			}
		})
	}
}

func TestGapsOfAPeriodAndCounts(t *testing.T) {
	s := newStory(t)
	s.enabled(0, 24)
	s.collected(0, 1, "con_a", true)
	s.collected(72, 2, "con_a", true)
	for _, c := range []struct{ from, to, n int }{{0, 10, 0}, {0, 25, 1}, {71, 100, 1}, {73, 100, 0}} {
		at := func(h int) time.Time { return s.begun.Add(time.Duration(h) * time.Hour) }
		if got := s.g.List(at(c.from), at(c.to)); len(got) != c.n {
			t.Errorf("%d-%d: %v", c.from, c.to, got)
		}
	}
	manifest := func(items, upstream int, complete bool) []byte {
		b, err := json.Marshal(map[string]any{
			"connection": "con_a", "connector": "test", "version": "1", "scope": "x", "seq": 2, "started_at": s.begun, "finished_at": s.begun, "items": items, "added": 0, "removed": 0, "root": "",
			"calls": []any{map[string]any{"name": "list users", "items": items, "upstream": upstream, "first_at": s.begun, "last_at": s.begun}},
			"kinds": []any{map[string]any{"kind": "test.user", "items": items, "complete": complete}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, b := range [][]byte{manifest(9, 9, true), manifest(9, 0, true), manifest(9, 12, false), manifest(9, 12, true)} {
		if err := s.g.Counted(b); err != nil {
			t.Fatal(err)
		}
	}
	list := s.g.List(time.Time{}, time.Time{})
	if len(list) != 2 || list[0].Kind != pack.GapCount || list[0].What != "The source counts 12, and 9 came: list users, collection 2." {
		t.Errorf("%+v", list)
	}
	if got := s.g.Unsaid(); len(got) != 0 {
		t.Errorf("it is scheduled, and %+v", got)
	}
}
