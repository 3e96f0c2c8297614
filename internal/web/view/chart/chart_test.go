package chart

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"pgregory.net/rapid"
)

func axes() *rapid.Generator[Axis] {
	return rapid.Custom(func(t *rapid.T) Axis {
		days := rapid.IntRange(1, 1200).Draw(t, "days")
		return Axis{
			Start: time.Date(2024, 1, 1+rapid.IntRange(0, 900).Draw(t, "start"), 0, 0, 0, 0, time.UTC),
			Days:  days, Today: rapid.IntRange(-5, days+5).Draw(t, "today"),
		}
	})
}

func strips() *rapid.Generator[Strip] {
	states := []State{Operated, Fixed, Failing, Deviation, None, NotDue}
	return rapid.Custom(func(t *rapid.T) Strip {
		s := Strip{Axis: axes().Draw(t, "axis"), Label: "a strip", Height: rapid.SampledFrom([]int{0, 14, 26}).Draw(t, "height"), Small: rapid.Bool().Draw(t, "small")}
		for range rapid.IntRange(0, 12).Draw(t, "runs") {
			s.Runs = append(s.Runs, Run{
				State: rapid.SampledFrom(states).Draw(t, "state"), From: rapid.IntRange(-20, s.Axis.Days+20).Draw(t, "from"),
				Days: rapid.IntRange(-2, 90).Draw(t, "length"), Inferred: rapid.Bool().Draw(t, "inferred"),
			})
		}
		return s
	})
}

// TestStripCoversEveryDay holds the picture to its promise: every day up to
// today is drawn exactly once, in order, and what no run covers is no evidence.
func TestStripCoversEveryDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strips().Draw(t, "strip")
		at := 0
		for _, r := range s.runs() {
			if r.From != at || r.Days < 1 {
				t.Fatalf("run %+v does not begin on day %d", r, at)
			}
			for day := r.From; day < r.From+r.Days; day++ {
				if !covered(s.Runs, day) && r.State != None {
					t.Fatalf("day %d is drawn as %s, but no run covers it", day, r.State)
				}
			}
			at += r.Days
		}
		if at != s.Axis.today() {
			t.Fatalf("drawn to day %d, want %d", at, s.Axis.today())
		}
	})
}

func covered(runs []Run, day int) bool {
	for _, r := range runs {
		if day >= r.From && day < r.From+r.Days {
			return true
		}
	}
	return false
}

// TestAbnormalDaysStayVisible: no abnormal run is thinner than the least width,
// and none is drawn outside the picture.
func TestAbnormalDaysStayVisible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strips().Draw(t, "strip")
		least := 0.85
		if s.height() <= 16 {
			least = 1.7
		}
		for _, r := range s.runs() {
			x, w := s.span(r)
			if r.State.abnormal() && w < least-1e-9 {
				t.Fatalf("%s is %f wide", r.State, w)
			}
			if x < -1e-9 || x+w > 100+1e-9 {
				t.Fatalf("%+v is drawn from %f to %f", r, x, x+w)
			}
		}
	})
}

// TestTableAgreesWithPicture: the rows under a strip count the same days.
func TestTableAgreesWithPicture(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strips().Draw(t, "strip")
		total := 0
		for _, state := range []State{Operated, Fixed, Failing, Deviation, None, NotDue} {
			total += s.Days(state)
		}
		if total != s.Axis.today() {
			t.Fatalf("the states have %d days, want %d", total, s.Axis.today())
		}
		if got, want := len(s.rows("x")), len(s.runs()); got != want {
			t.Fatalf("%d rows for %d runs", got, want)
		}
	})
}

// TestBarPartsFill: the parts of a bar fill it, in order, and none that counts
// something is invisible.
func TestBarPartsFill(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Bar
		counted := 0
		for range rapid.IntRange(0, 6).Draw(t, "segments") {
			n := rapid.IntRange(-1, 100_000).Draw(t, "count")
			b.Segs = append(b.Segs, Seg{"pass", n})
			if n > 0 {
				counted++
			}
		}
		parts := b.parts()
		if len(parts) != max(counted, 1) {
			t.Fatalf("%d parts for %d segments that count something", len(parts), counted)
		}
		for _, p := range parts {
			if p.width < leastPart-0.19 {
				t.Fatalf("a part is %f wide", p.width)
			}
		}
		last := parts[len(parts)-1]
		if math.Abs(last.x+last.width-100) > 1e-6 {
			t.Fatalf("the bar ends at %f", last.x+last.width)
		}
	})
}

func TestAxis(t *testing.T) {
	stockholm, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		t.Fatal(err)
	}
	a := Axis{Start: time.Date(2025, 12, 1, 0, 0, 0, 0, stockholm), Days: 365, Today: 355}
	for _, c := range []struct {
		at   time.Time
		want int
	}{
		{time.Date(2025, 12, 1, 0, 0, 0, 0, stockholm), 0},
		{time.Date(2026, 3, 29, 23, 59, 0, 0, stockholm), 118}, // 23 hours long
		{time.Date(2026, 3, 30, 0, 0, 0, 0, stockholm), 119},
		{time.Date(2026, 10, 25, 12, 0, 0, 0, stockholm), 328}, // 25 hours long
		{time.Date(2025, 11, 30, 12, 0, 0, 0, stockholm), -1},
	} {
		if got := a.Day(c.at); got != c.want {
			t.Errorf("Day(%s) = %d, want %d", c.at, got, c.want)
		}
	}
	for _, c := range []struct {
		days  int
		first string
		marks int
	}{{365, "Dec", 12}, {90, "Dec", 3}, {30, "1 Dec", 5}, {730, "Jan 26", 8}, {1, "1 Dec", 1}, {0, "1 Dec", 1}} {
		ticks := Axis{Start: a.Start, Days: c.days}.ticks()
		if len(ticks) != c.marks || ticks[0].label != c.first {
			t.Errorf("%d days: %d marks from %q, want %d from %q", c.days, len(ticks), ticks[0].label, c.marks, c.first)
		}
	}
}

func draw(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStripDrawn(t *testing.T) {
	s := Strip{Axis: Axis{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 100, Today: 50}, Label: "by day", Height: 26, Runs: []Run{
		{State: Operated, From: 0, Days: 20},
		{State: Operated, From: 20, Days: 10, Inferred: true},
		{State: Deviation, From: 30, Days: 1, Note: "late <b>", Href: "/e/1"},
	}}
	got := draw(t, s.Draw())
	for what, want := range map[string]string{
		"a group, because it has a link": `role="group"`,
		"the link's words":               `aria-label="31 Jan: Deviation, late &lt;b&gt;"`,
		"the hollow look of inferred":    `class="f-pale"`,
		"no evidence after the runs":     `<title>1 Feb to 19 Feb: No evidence</title>`,
		"what is still to come":          `class="f-future" x="50%"`,
		"today":                          `class="s-today" x1="50%"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the strip does not draw %s: %s", what, want)
		}
	}
	s.Small = true
	if got := draw(t, s.Draw()); strings.Contains(got, "<a ") || strings.Contains(got, "f-pale") || !strings.Contains(got, `role="img"`) {
		t.Error("a small strip holds links or inferred days")
	}
}

func TestWindowsStayInThePicture(t *testing.T) {
	l := Lane{Axis: Axis{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 10, Today: 10}}
	for _, c := range []struct {
		mark            Mark
		from, to, place float64
	}{
		{Mark{From: 2, To: 4, Done: 3}, 20, 50, 30},
		{Mark{From: -300, To: 4, Done: -1}, 0, 50, 40},
		{Mark{From: 8, To: 99, Done: -1}, 80, 100, 100},
		{Mark{From: -9, To: -2, Done: -1}, 0, 0, 0},
	} {
		if l.from(c.mark) != c.from || l.to(c.mark) != c.to || l.place(c.mark) != c.place {
			t.Errorf("%+v: %v to %v, at %v; want %v to %v, at %v", c.mark, l.from(c.mark), l.to(c.mark), l.place(c.mark), c.from, c.to, c.place)
		}
	}
}

func TestYearAsTable(t *testing.T) {
	a := Axis{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Days: 10, Today: 10}
	y := Year{
		Axis:       a,
		Control:    YearLane{Label: "Control", Strip: &Strip{Axis: a, Runs: []Run{{State: Operated, Days: 4, Inferred: true}}}},
		Activities: []YearLane{{Label: "Review", Marks: &Lane{Axis: a, Marks: []Mark{{From: 0, To: 3, Done: -1, State: Late, Note: "missed"}}}}},
	}
	got := draw(t, y.Draw())
	for _, want := range []string{"Inferred", "No evidence", "Late or not done", "missed", "5 Jan"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table does not say %q", want)
		}
	}
	if legend := y.Legend(); len(legend) != 3 || legend[1] != KeyInferred || legend[2] != KeyNone {
		t.Errorf("legend %v", legend)
	}
}

// TestRunsKeepTheirRoom holds that few runs do not grow into many, that the
// newest stands at the right, and that none leaves the picture.
func TestRunsKeepTheirRoom(t *testing.T) {
	for _, n := range []int{1, 7, leastRuns, 60, 400} {
		bars := Runs{List: make([]RunBar, n)}.bars()
		first, last := bars[0], bars[n-1]
		if len(bars) != n || first.x < 0 || last.width <= 0 || last.width > 100.0/leastRuns || last.x+last.width > 100.001 || last.x+100.0/leastRuns < 99.999 {
			t.Errorf("%d runs: %+v … %+v", n, first, last)
		}
		if n >= leastRuns && first.x > 0.001 {
			t.Errorf("%d runs begin at %g", n, first.x)
		}
	}
	if bars := (Runs{}).bars(); len(bars) > 0 {
		t.Errorf("no runs: %+v", bars)
	}
}
