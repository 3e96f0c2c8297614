package standing

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// spansOf reads a strip from the first of March on.
func spansOf(t testing.TB, strip string) []Span {
	t.Helper()
	var spans []Span
	for i, letter := range strip {
		s := Span{From: day(t, i+1), To: day(t, i+2)}
		switch letter {
		case 'O', 'o':
			s.State = Operated
		case 'X', 'x':
			s.State = Fixed
		case 'F', 'f':
			s.State = Failing
		case 'D', 'd':
			s.State = Deviation
		case '?':
			s.State = NoEvidence
		case '-':
			s.Note = NoteNotInForce
		}
		s.Observed = letter == ':' || strings.ContainsRune("OXFD", letter)
		spans = append(spans, s)
	}
	return spans
}

func TestAControlStandsAsTheWorstOfItsLanes(t *testing.T) {
	versions := []Version{{From: day(t, 1), To: day(t, 13)}}
	for _, c := range []struct {
		name  string
		lanes []string
		want  string
	}{
		{"worst first", []string{"OOOOOO", "OXF?D.", "OOOOO."}, "OXF?DO"},
		{"no evidence is worse than failing, a deviation worse than both", []string{"FFF", "?XD", "DFX"}, "DFD"},
		{"neutral lanes do not count", []string{"O.:", "..:"}, "O.:"},
		{"nor do lanes that are not in force", []string{"---O", "OD?-"}, "OD?O"},
		{"observed when all that count were", []string{"OoOo", "OOoo", "..::"}, "Oooo"},
		{"a deviation when one that deviates was", []string{"dDdD", "?oDd"}, "dDDD"},
		{"in force without a lane there is no evidence", []string{"--", "--"}, "??"},
		{"so also without any lane at all", nil, "????????????.."},
		{"after its last version it is not in force", []string{"OOOOOOOOOOOOOO"}, "OOOOOOOOOOOO.."},
	} {
		var lanes []Lane
		for _, l := range c.lanes {
			lanes = append(lanes, Lane{Spans: spansOf(t, l)})
		}
		now := on(t, "14 09:00")
		if len(c.lanes) > 0 {
			now = day(t, len(c.lanes[0])).Start(march(t).Zone).Add(9 * time.Hour)
		}
		checkStrip(t, c.name, NewCalendar(march(t), now).Worst(versions, lanes), c.want)
	}
	c := NewCalendar(march(t), on(t, "14 09:00"))
	spans := c.Worst(versions, nil)
	if noteOn(spans, day(t, 1)) != NoteNoLane || noteOn(spans, day(t, 13)) != NoteNotInForce {
		t.Errorf("notes: %v", spans)
	}
}

func TestLatenessOfEventsReachesTheControl(t *testing.T) {
	c := NewCalendar(march(t), on(t, "02 09:00"))
	events := []Span{{From: day(t, 1), To: day(t, 2), State: Operated, Observed: true, Note: NoteLate}, {From: day(t, 2), To: day(t, 3)}}
	for _, other := range []string{"DD", "OO", ".."} {
		for _, lanes := range [][]Lane{{{Spans: spansOf(t, other)}, {Spans: events}}, {{Spans: events}, {Spans: spansOf(t, other)}}} {
			spans := c.Worst([]Version{{From: day(t, 1)}}, lanes)
			if !noteOn(spans, day(t, 1)).Has(NoteLate) || noteOn(spans, day(t, 2)).Has(NoteLate) {
				t.Errorf("beside %s: %v", other, spans)
			}
		}
	}
}

// reviewed is an activity of which four were performed on time.
func reviewed(t testing.TB, performed ...string) ActivityLane {
	l := ActivityLane{Key: "review", Versions: inForce(t, 0), Schedule: Schedule{Frequency: Quarterly, Anchor: date(t, "2026-03-31")}}
	for _, p := range performed {
		due, at, _ := strings.Cut(p, " ")
		l.Performances = append(l.Performances, Performance{Due: date(t, due), PerformedAt: instant(t, at), Evidence: 1})
	}
	return l
}

// year is a control with daily runs from December 2025 to November 2026, seen
// on its 356th day.
func year(t testing.TB) (*Calendar, Control) {
	p := Period{From: date(t, "2025-12-01"), To: date(t, "2026-12-01"), Zone: zone(t, "Europe/Stockholm")}
	c := NewCalendar(p, instant(t, "2026-11-21T18:00:00Z"))
	mfa := CheckLane{Key: "mfa", Versions: inForce(t, 72*hour), Freshness: 26 * hour}
	for d := p.From; d < p.To; d++ {
		if d != date(t, "2026-02-11") && d != date(t, "2026-02-12") {
			mfa.Runs = append(mfa.Runs, Run{At: d.Start(p.Zone).Add(time.Hour), Status: Pass})
		}
	}
	for _, f := range [][2]string{
		{"2026-01-14T08:00:00Z", "2026-01-15T08:00:00Z"},
		{"2026-03-07T08:41:00Z", "2026-03-18T08:40:00Z"},
		{"2026-10-02T08:00:00Z", "2026-10-03T11:02:00Z"},
		{"2026-11-19T08:14:00Z", ""},
	} {
		failure := Failure{Resource: "user " + f[0][:10], Since: instant(t, f[0])}
		if f[1] != "" {
			failure.Until = instant(t, f[1])
		}
		mfa.Failures = append(mfa.Failures, failure)
	}
	return c, Control{ID: "IAM-04", Versions: inForce(t, 72*hour), Checks: []CheckLane{mfa}}
}

func TestHeadline(t *testing.T) {
	march := march(t)
	day := func(strip string) string {
		c := NewCalendar(march, day(t, len(strip)).Start(march.Zone).Add(hour))
		lanes := []Lane{{Kind: ByCheck, Spans: spansOf(t, strip)}}
		spans := c.Worst(inForce(t, 0), lanes)
		return c.Headline(Standing{Spans: spans, Lanes: lanes, Summary: c.Sum(spans, lanes)})
	}
	for strip, want := range map[string]string{
		"O":            "Operated on 1 of 1 day.",
		"OOOO":         "Operated on all 4 days.",
		"OoXO":         "Operated on all 4 days; 1 day with a failure fixed in time in March.",
		"O?DO":         "Operated on 2 of 4 days; 1 day of deviation in March; 1 without evidence in March.",
		"??":           "Operated on 0 of 2 days; 2 days without evidence in March.",
		"OFFDO":        "Operated on 4 of 5 days; 1 day of deviation in March; 2 with a failure inside its limit in March.",
		"OFFDFF":       "Operated on 5 of 6 days; 1 day of deviation in March; 2 with a failure inside its limit in March; failing inside the limit since 5 March.",
		"OO..":         "Operated on all 2 days; 2 days not due.",
		"...":          "Nothing was due on 3 days so far.",
		"OOOOOOOOODDD": "Operated on 9 of 12 days; 3 days of deviation in March.",
	} {
		if got := day(strip); got != want {
			t.Errorf("%s:\n got %s\nwant %s", strip, got, want)
		}
	}

	c, in := year(t)
	s := c.Control(in)
	want := "Operated on 345 of 356 days; 9 days of deviation in March; 2 without evidence in February; " +
		"4 with a failure fixed in time in January and October; 3 with a failure inside its limit in March; failing inside the limit since 19 November."
	if got := c.Headline(s); got != want {
		t.Errorf("the year:\n got %s\nwant %s", got, want)
	}
	if s.Summary.Deviations != 1 || s.Summary.Observed != 354 || s.Summary.Inferred != 0 {
		t.Errorf("the year: %+v", s.Summary)
	}

	in.Activities = []ActivityLane{reviewed(t, "2025-12-31 2025-12-30T09:00:00Z", "2026-03-31 2026-03-20T09:00:00Z", "2026-06-30 2026-07-17T09:00:00Z")}
	if got, end := c.Headline(c.Control(in)), "; 2 of 4 occurrences performed on time; 1 late, due in June; 1 missed, due in September."; !strings.HasSuffix(got, end) {
		t.Errorf("with an activity: %s", got)
	}
	in.Checks = nil
	if got, want := c.Headline(c.Control(in)), "2 of 4 occurrences performed on time; 1 late, due in June; 1 missed, due in September."; got != want {
		t.Errorf("an activity alone:\n got %s\nwant %s", got, want)
	}
	early := NewCalendar(c.Period(), instant(t, "2025-12-05T09:00:00Z"))
	if got, want := early.Headline(early.Control(in)), "Nothing was due so far; next due 31 December."; got != want {
		t.Errorf("early:\n got %s\nwant %s", got, want)
	}
	before := NewCalendar(c.Period(), instant(t, "2025-11-05T09:00:00Z"))
	if got, want := before.Headline(before.Control(in)), "The period begins on 1 December 2025."; got != want {
		t.Errorf("before:\n got %s\nwant %s", got, want)
	}
	none := Control{Versions: inForce(t, 0)}
	if got, want := c.Headline(c.Control(none)), "Operated on 0 of 356 days; 356 days without evidence in 12 months, the first December."; got != want {
		t.Errorf("no lane:\n got %s\nwant %s", got, want)
	}
	apia := NewCalendar(Period{From: date(t, "2011-12-28"), To: date(t, "2012-01-10"), Zone: zone(t, "Pacific/Apia")}, instant(t, "2012-01-01T12:00:00Z"))
	open := CheckLane{Versions: inForce(t, 1000*hour), Freshness: 1000 * hour, Failures: []Failure{{Resource: "a", Since: instant(t, "2011-12-29T12:00:00Z")}}}
	open.Runs = []Run{{At: instant(t, "2011-12-28T12:00:00Z"), Status: Pass}}
	got := apia.Headline(apia.Control(Control{Versions: open.Versions, Checks: []CheckLane{open}}))
	if want := "Operated on all 5 days; failing inside the limit since 29 December."; got != want {
		t.Errorf("over a date that is no day:\n got %s\nwant %s", got, want)
	}
	long := NewCalendar(Period{From: date(t, "2025-03-15"), To: date(t, "2026-04-01")}, instant(t, "2026-03-31T12:00:00Z"))
	spans := []Span{{From: date(t, "2025-03-15"), To: date(t, "2026-03-31"), State: Operated}, {From: date(t, "2026-03-31"), To: date(t, "2026-04-01"), State: Deviation}}
	if got := long.Headline(Standing{Spans: spans, Summary: long.Sum(spans, nil)}); got != "Operated on 381 of 382 days; 1 day of deviation in March 2026." {
		t.Errorf("more than a year: %s", got)
	}
}

func TestHeadlineNeverConcludes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := NewCalendar(w.period, w.now)
		s := c.Control(w.control(t))
		got := c.Headline(s)
		for _, word := range []string{"compliant", "compliance", "passing", "passed", "certified", "effective", "%"} {
			if strings.Contains(strings.ToLower(got), word) {
				t.Fatalf("%q says %q", got, word)
			}
		}
		if !strings.HasSuffix(got, ".") || strings.Contains(got, "  ") || strings.Contains(got, " ;") || strings.Contains(got, " .") {
			t.Fatalf("%q is not a sentence", got)
		}
		n, people := s.Summary.Activities, len(s.Lanes) == 1 && s.Lanes[0].Kind == ByActivity
		if s.Summary.Days.Deviation > 0 && !people && !strings.Contains(got, "of deviation") ||
			n.Late > 0 && !strings.Contains(got, "late") || n.Missed > 0 && !strings.Contains(got, "missed") {
			t.Fatalf("%q is silent about %+v", got, s.Summary)
		}
	})
}

func TestGroupsAddUp(t *testing.T) {
	for _, c := range []struct {
		name string
		sum  Summary
		want Group
	}{
		{"nothing due", Summary{Days: Tally{NotDue: 9}}, GroupNotDue},
		{"nothing begun", Summary{}, GroupNotDue},
		{"operated", Summary{Days: Tally{Operated: 9}}, GroupOperated},
		{"fixed in time", Summary{Days: Tally{Operated: 8, Fixed: 1}}, GroupOperated},
		{"failing", Summary{Days: Tally{Operated: 8, Failing: 1}}, GroupActionNeeded},
		{"a day without evidence counts against it", Summary{Days: Tally{Operated: 8, NoEvidence: 1}}, GroupActionNeeded},
		{"an open window", Summary{Days: Tally{Operated: 8}, Activities: Counts{Open: 1, Upcoming: 1}}, GroupActionNeeded},
		{"an open window, nothing else", Summary{Activities: Counts{Open: 1, Upcoming: 1}}, GroupActionNeeded},
		{"a deviation, whatever else", Summary{Days: Tally{Operated: 8, Failing: 1, NoEvidence: 1, Deviation: 1}}, GroupDeviation},
		{"missed on the period's last day", Summary{Days: Tally{Operated: 8}, Activities: Counts{Due: 1, Missed: 1}}, GroupDeviation},
	} {
		if got := c.sum.Group(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var p Position
		n := rapid.IntRange(0, 3).Draw(t, "controls")
		deviating := 0
		for range n {
			w := drawWorld(t)
			s := NewCalendar(w.period, w.now).Control(w.control(t))
			p.Add(s.Summary)
			if s.Summary.Days.Deviation > 0 {
				deviating++
			}
		}
		if p.Controls() != n || p.Deviation < deviating || p.FixedInTime > p.Operated {
			t.Fatalf("%d controls: %+v", n, p)
		}
	})
}

func TestHeat(t *testing.T) {
	p := Period{From: date(t, "2026-01-15"), To: date(t, "2026-05-01")}
	c := NewCalendar(p, instant(t, "2026-03-10T12:00:00Z"))
	span := func(from, to string, s State, n Note) Span {
		return Span{From: date(t, from), To: date(t, to), State: s, Note: n}
	}
	a := []Span{span("2026-01-15", "2026-01-31", Operated, 0), span("2026-01-31", "2026-02-02", Deviation, 0), span("2026-02-02", "2026-03-11", Operated, 0)}
	b := []Span{span("2026-01-15", "2026-02-10", NotDue, NoteNotInForce), span("2026-02-10", "2026-02-11", Deviation, 0), span("2026-02-11", "2026-03-11", Fixed, 0)}
	quiet := []Span{span("2026-01-15", "2026-03-11", NotDue, NoteNoOccurrence)}
	gone := []Span{span("2026-01-15", "2026-02-01", Operated, 0), span("2026-02-01", "2026-03-11", NotDue, NoteNotInForce)}
	for _, test := range []struct {
		name     string
		controls [][]Span
		want     string
	}{
		{"the worst, and how many", [][]Span{a, b}, "deviation 1, deviation 2, fixed 1, ahead"},
		{"the other way round", [][]Span{b, a}, "deviation 1, deviation 2, fixed 1, ahead"},
		{"nothing due", [][]Span{quiet, quiet}, "not_due 2, not_due 2, not_due 2, ahead"},
		{"no control", nil, "no_evidence 0, no_evidence 0, no_evidence 0, ahead"},
		{"no control any more", [][]Span{gone}, "operated 1, no_evidence 0, no_evidence 0, ahead"},
	} {
		row := c.Heat("CC6.1", test.controls)
		var words []string
		for _, cell := range row.Cells {
			word := "ahead"
			if cell.Begun {
				word = cell.State.String() + " " + string(rune('0'+cell.Controls))
			}
			words = append(words, word)
		}
		if got := strings.Join(words, ", "); got != test.want || row.Criterion != "CC6.1" {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestHeatIsTheWorstOfTheMonth compares with reading every day of every
// control.
func TestHeatIsTheWorstOfTheMonth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := NewCalendar(w.period, w.now)
		var controls [][]Span
		for range rapid.IntRange(0, 2).Draw(t, "controls") {
			controls = append(controls, c.Control(w.control(t)).Spans)
		}
		for _, cell := range c.Heat("CC1.1", controls).Cells {
			var want State
			inForce := 0
			for _, spans := range controls {
				in := false
				for _, s := range spans {
					for d := s.From; d < s.To; d++ {
						if d >= cell.From && d < cell.To && s.Note != NoteNotInForce && s.Note != NoteNoDay {
							in, want = true, max(want, s.State)
						}
					}
				}
				if in {
					inForce++
				}
			}
			if cell.Begun && inForce == 0 {
				want = NoEvidence
			}
			if cell.State != want || (cell.Controls == 0) != (inForce == 0) || cell.Controls > inForce {
				t.Fatalf("%s to %s: %+v, want %s", cell.From, cell.To, cell, want)
			}
		}
	})
}

func TestStatesAndNotesAreReadAsWritten(t *testing.T) {
	for i, s := range States() {
		if got, err := ParseState(s.String()); err != nil || got != s || s.Label() == "" {
			t.Errorf("%s: %s, %v", s, got, err)
		}
		if i > 0 && States()[i-1] <= s {
			t.Errorf("%s does not come after %s", s, States()[i-1])
		}
	}
	if len(noteNames()) != 15 || NoteLate != 1<<14 {
		t.Error("a note has no name")
	}
	rapid.Check(t, func(t *rapid.T) {
		n := Note(rapid.Uint16Range(0, 1<<15-1).Draw(t, "note"))
		if got, err := ParseNote(n.String()); err != nil || got != n {
			t.Fatalf("%d is written %q and read as %d, %v", n, n, got, err)
		}
	})
	if _, err := ParseState("passing"); err == nil {
		t.Error("passing is a state")
	}
	if _, err := ParseNote("late nice"); err == nil {
		t.Error("nice is a note")
	}
	want := Span{From: day(t, 1), To: day(t, 3), State: Fixed, Observed: true, Note: NoteGone | NoteLate}
	body, err := json.Marshal(want)
	if err != nil || string(body) != `{"from":"2026-03-01","to":"2026-03-03","state":"fixed","observed":true,"note":"gone late"}` {
		t.Errorf("%s, %v", body, err)
	}
	var got Span
	if err := json.Unmarshal(body, &got); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}
