package standing

import (
	"testing"
	"time"

	"assay/internal/resource"
)

// march is the days 1 to 14 of March 2026 in Stockholm.
func march(t testing.TB) Period {
	return Period{From: date(t, "2026-03-01"), To: date(t, "2026-03-15"), Zone: zone(t, "Europe/Stockholm")}
}

// on is an instant in march, such as "03 08:00", by a clock in Stockholm.
func on(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-03-"+s, zone(t, "Europe/Stockholm"))
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// day is a date in march.
func day(t testing.TB, n int) Date { return date(t, "2026-03-01") + Date(n-1) }

func inForce(t testing.TB, limit time.Duration) []Version {
	return []Version{{From: date(t, "2000-01-01"), Attached: true, Limit: limit}}
}

// daily runs at eight o'clock on the days from ≤ day < to.
func daily(t testing.TB, from, to int, s Status) []Run {
	var runs []Run
	for n := from; n < to; n++ {
		runs = append(runs, Run{At: on(t, day(t, n).String()[8:]+" 08:00"), Status: s})
	}
	return runs
}

func join(parts ...[]Run) (runs []Run) {
	for _, p := range parts {
		runs = append(runs, p...)
	}
	return runs
}

const hour = time.Hour

type laneCase struct {
	name string
	now  string
	lane CheckLane
	want string
	note map[int]Note // of a day of March
}

func checkLanes(t *testing.T, cases []laneCase) {
	t.Helper()
	for _, c := range cases {
		if c.lane.Versions == nil {
			c.lane.Versions = inForce(t, 0)
		}
		spans := NewCalendar(march(t), on(t, c.now)).Check(c.lane).Spans
		checkStrip(t, c.name, spans, c.want)
		for n, want := range c.note {
			if got := noteOn(spans, day(t, n)); got != want {
				t.Errorf("%s: day %d is noted %q, want %q", c.name, n, got, want)
			}
		}
	}
}

func TestADayWithARunIsObserved(t *testing.T) {
	checkLanes(t, []laneCase{
		{"every day", "14 23:00", CheckLane{Runs: daily(t, 1, 15, Pass), Freshness: 26 * hour}, "OOOOOOOOOOOOOO", nil},
		{"a run at the first instant of a day is of that day", "02 00:00", CheckLane{Runs: []Run{{At: on(t, "02 00:00"), Status: Pass}}}, "?O", nil},
		{"a run at the last instant is too", "02 00:00", CheckLane{Runs: []Run{{At: on(t, "02 00:00").Add(-time.Millisecond), Status: Pass}}}, "O?", nil},
		{"nothing to come has a state", "03 07:59", CheckLane{Runs: daily(t, 1, 15, Pass), Freshness: 26 * hour}, "OOo", nil},
	})
}

func TestADayWithoutARunIsInferredForward(t *testing.T) {
	checkLanes(t, []laneCase{
		{
			"to the end of the day, up to the freshness and no further", "05 23:00",
			CheckLane{Runs: daily(t, 1, 2, Pass), Freshness: 40 * hour},
			"Oo???",
			map[int]Note{2: 0, 3: NoteStale},
		},
		{"a millisecond less and the day is not covered to its end", "05 23:00", CheckLane{Runs: daily(t, 1, 2, Pass), Freshness: 40*hour - time.Millisecond}, "O????", nil},
		{"today is covered up to now", "02 10:00", CheckLane{Runs: daily(t, 1, 2, Pass), Freshness: 26 * hour}, "Oo", nil},
		{"and no longer than the freshness", "02 10:01", CheckLane{Runs: daily(t, 1, 2, Pass), Freshness: 26 * hour}, "O?", nil},
		{"a run before the period carries into it", "02 07:00", CheckLane{Runs: []Run{{At: on(t, "01 00:00").Add(-hour), Status: Pass}}, Freshness: 25 * hour}, "o?", nil},
		{"without freshness nothing is carried", "02 01:00", CheckLane{Runs: daily(t, 1, 2, Pass)}, "O?", nil},
	})
}

func TestNothingIsCarriedBackward(t *testing.T) {
	checkLanes(t, []laneCase{
		{
			"before the first run", "05 09:00",
			CheckLane{Runs: daily(t, 4, 6, Pass), Freshness: 1000 * hour},
			"???OO",
			map[int]Note{1: NoteNotConnected, 3: NoteNotConnected},
		},
		{"no run at all", "03 09:00", CheckLane{Freshness: 1000 * hour}, "???", map[int]Note{1: NoteNotConnected}},
		{
			"connected before what is given", "02 09:00",
			CheckLane{ConnectedAt: on(t, "01 08:00").AddDate(-1, 0, 0), Freshness: 1000 * hour},
			"??",
			map[int]Note{1: NoteStale},
		},
		{
			"not in force yet", "05 09:00",
			CheckLane{Versions: []Version{{From: day(t, 3), Attached: true}}, Runs: daily(t, 4, 6, Pass), Freshness: 26 * hour},
			"..?OO",
			map[int]Note{1: NoteNotInForce, 3: NoteNotConnected},
		},
	})
}

func TestUnknownIsNeverAPass(t *testing.T) {
	checkLanes(t, []laneCase{
		{
			"all runs of a day unknown, though one before is fresh", "03 09:00",
			CheckLane{Runs: join(daily(t, 1, 2, Pass), daily(t, 2, 3, "unknown"), daily(t, 3, 4, Pass)), Freshness: 100 * hour},
			"O?O",
			map[int]Note{2: NoteUnknown},
		},
		{"a status that nobody knows is unknown", "02 09:00", CheckLane{Runs: daily(t, 1, 3, "green"), Freshness: 100 * hour}, "??", nil},
		{
			"one of the day's runs concludes", "02 13:00",
			CheckLane{Runs: join(daily(t, 1, 3, "unknown"), []Run{{At: on(t, "02 12:00"), Status: Pass}}), Freshness: 26 * hour},
			"?O", nil,
		},
		{
			"an unknown run carries nothing and breaks nothing", "04 07:00",
			CheckLane{Runs: join(daily(t, 1, 2, Pass), daily(t, 2, 3, "")), Freshness: 100 * hour},
			"O?oo", nil,
		},
		{
			"no evidence is worse than failing inside the limit, a deviation is worse than both", "04 09:00",
			CheckLane{
				Versions: inForce(t, 48*hour), Freshness: 26 * hour,
				Runs:     join(daily(t, 1, 2, Fail), daily(t, 2, 5, "unknown")),
				Failures: []Failure{{Resource: "a", Since: on(t, "01 08:00")}},
			},
			"F?dd", nil,
		},
	})
}

func TestNeutralDays(t *testing.T) {
	checkLanes(t, []laneCase{
		{
			"proven empty, carried and all", "03 09:00",
			CheckLane{Runs: daily(t, 1, 2, NoOccurrence), Freshness: 40 * hour},
			":.?",
			map[int]Note{1: NoteNoOccurrence, 2: NoteNoOccurrence, 3: NoteStale},
		},
		{"all excluded", "01 09:00", CheckLane{Runs: daily(t, 1, 2, Excluded)}, ":", map[int]Note{1: NoteExcluded}},
		{
			"runs of one instant are carried together", "02 09:00",
			CheckLane{Runs: join(daily(t, 1, 2, Pass), daily(t, 1, 2, NoOccurrence)), Freshness: 40 * hour},
			"Oo", nil,
		},
		{
			"in any order", "02 09:00",
			CheckLane{Runs: join(daily(t, 1, 2, NoOccurrence), daily(t, 1, 2, Pass)), Freshness: 40 * hour},
			"Oo", nil,
		},
		{
			"one run of the day had something to judge", "01 13:00",
			CheckLane{Runs: join(daily(t, 1, 2, NoOccurrence), []Run{{At: on(t, "01 12:00"), Status: Pass}})},
			"O", nil,
		},
		{
			"a failure touches the day", "02 09:00",
			CheckLane{
				Runs: join([]Run{{At: on(t, "01 06:00"), Status: Fail}}, daily(t, 1, 3, Excluded)), Freshness: 26 * hour,
				Failures: []Failure{{Resource: "a", Since: on(t, "01 06:00"), Until: on(t, "01 08:00"), Ended: ByExclusion}},
			},
			"D:", nil,
		},
	})
}

// failing is a lane that was looked at every day, with one failure.
func failing(t testing.TB, limit time.Duration, since, until string) CheckLane {
	l := CheckLane{Versions: inForce(t, limit), Runs: daily(t, 1, 15, Pass), Freshness: 26 * hour}
	f := Failure{Resource: "a", Since: on(t, since)}
	if until != "" {
		f.Until = on(t, until)
	}
	l.Failures = []Failure{f}
	return l
}

func TestAFailureTouchesTheDaysItOverlaps(t *testing.T) {
	checkLanes(t, []laneCase{
		{"half-open: over at midnight, the day after is free", "04 09:00", failing(t, 0, "02 08:00", "03 00:00"), "ODOO", nil},
		{"a minute later it is not", "04 09:00", failing(t, 0, "02 08:00", "03 00:01"), "ODDO", nil},
		{"from midnight on", "04 09:00", failing(t, 0, "02 00:00", "02 08:00"), "ODOO", nil},
		{"over at once is still a failure of its day", "04 09:00", failing(t, 0, "02 08:00", "02 08:00"), "ODOO", nil},
		{"still open", "04 09:00", failing(t, 0, "03 08:00", ""), "OODD", nil},
		{"not yet over, seen from then", "04 09:00", failing(t, 0, "03 08:00", "06 08:00"), "OODD", nil},
		{"begun before the period", "02 09:00", CheckLane{
			Runs: daily(t, 1, 3, Pass), Failures: []Failure{{Resource: "a", Since: on(t, "01 08:00").AddDate(0, -1, 0), Until: on(t, "01 08:00")}},
		}, "DO", nil},
	})
}

func TestWithoutAStatedLimitTheFirstFailingDayIsADeviation(t *testing.T) {
	checkLanes(t, []laneCase{
		{"for an hour", "03 09:00", failing(t, 0, "02 08:00", "02 09:00"), "ODO", nil},
		{"with one", "03 09:00", failing(t, hour, "02 08:00", "02 09:00"), "OXO", nil},
	})
}

func TestTheFixLimit(t *testing.T) {
	checkLanes(t, []laneCase{
		{"fixed in exactly the limit", "06 09:00", failing(t, 48*hour, "02 08:00", "04 08:00"), "OXXXOO", nil},
		{"seen at the instant at which it ended", "04 08:00", failing(t, 48*hour, "02 08:00", "04 08:00"), "OXXX", nil},
		{"open at exactly the limit", "04 08:00", failing(t, 48*hour, "02 08:00", ""), "OFFF", nil},
		{"open a minute longer", "04 08:01", failing(t, 48*hour, "02 08:00", ""), "OFFD", nil},
		{"fixed a minute too late", "06 09:00", failing(t, 48*hour, "02 08:00", "04 08:01"), "OFFDOO", nil},
		{"fixed days too late", "08 09:00", failing(t, 48*hour, "02 08:00", "06 08:00"), "OFFDDDOO", nil},
		{"the limit passes at midnight", "06 09:00", failing(t, 48*hour, "02 00:00", "05 08:00"), "OFFDDO", nil},
		{"begun before the period, passed inside it", "03 09:00", CheckLane{
			Versions: inForce(t, 30*hour), Runs: daily(t, 1, 4, Pass),
			Failures: []Failure{{Resource: "a", Since: on(t, "01 00:00").Add(-2 * hour)}},
		}, "FDD", nil},
	})
}

func TestGoneIsNotFixed(t *testing.T) {
	gone, excluded := failing(t, 48*hour, "02 08:00", "03 08:00"), failing(t, 48*hour, "02 08:00", "03 08:00")
	gone.Failures[0].Ended, excluded.Failures[0].Ended = ByDeletion, ByExclusion
	checkLanes(t, []laneCase{
		{"fixed", "04 09:00", failing(t, 48*hour, "02 08:00", "03 08:00"), "OXXO", map[int]Note{2: 0}},
		{"deleted", "04 09:00", gone, "OXXO", map[int]Note{2: NoteGone, 3: NoteGone, 4: 0}},
		{"excluded", "04 09:00", excluded, "OXXO", map[int]Note{2: NoteExcluded}},
	})
}

func TestTheVersionInForceWhenItBeganDecides(t *testing.T) {
	changed := func(first, second time.Duration) CheckLane {
		l := failing(t, 0, "03 08:00", "06 08:00")
		l.Versions = []Version{{From: day(t, 1) - 100, To: day(t, 4), Attached: true, Limit: first}, {From: day(t, 4), Attached: true, Limit: second}}
		return l
	}
	adopted := failing(t, 24*hour, "02 08:00", "05 08:00")
	adopted.Versions[0].From = day(t, 4)
	reset := failing(t, 48*hour, "02 08:00", "08 08:00")
	reset.Versions = []Version{
		{From: day(t, 1), To: day(t, 3), Attached: true, Limit: 48 * hour},
		{From: day(t, 3), To: day(t, 5), Limit: 48 * hour},
		{From: day(t, 5), Attached: true, Limit: 48 * hour},
	}
	checkLanes(t, []laneCase{
		{"a limit taken away later", "07 09:00", changed(72*hour, 0), "OOXXXXO", nil},
		{"a limit given later", "07 09:00", changed(0, 72*hour), "OODDDDO", nil},
		{"a limit shortened later", "07 09:00", changed(72*hour, hour), "OOXXXXO", nil},
		{"older than the lane: counted from its first day in force", "06 09:00", adopted, "...FDO", map[int]Note{1: NoteNotInForce}},
		{"detaching does not start the limit again", "08 09:00", reset, "OF..DDDD", nil},
	})
}

func TestABrokenRecordCountsAsTheWorst(t *testing.T) {
	checkLanes(t, []laneCase{
		{
			"a run failed and no failure says what", "04 09:00",
			CheckLane{Versions: inForce(t, 100*hour), Runs: join(daily(t, 1, 2, Pass), daily(t, 2, 3, Fail)), Freshness: 40 * hour},
			"ODd?", nil,
		},
		{
			"nor does another failure explain it", "03 09:00",
			CheckLane{
				Versions: inForce(t, 100*hour), Runs: daily(t, 1, 2, Fail), Freshness: 100 * hour,
				Failures: []Failure{{Resource: "a", Since: on(t, "01 09:00"), Until: on(t, "01 10:00")}},
			},
			"Ddd", nil,
		},
		{
			"a failure ended and no run says how it stands since", "04 09:00",
			CheckLane{
				Versions: inForce(t, 100*hour), Runs: join(daily(t, 1, 2, Pass), daily(t, 2, 3, Fail)), Freshness: 200 * hour,
				Failures: []Failure{{Resource: "a", Since: on(t, "02 08:00"), Until: on(t, "02 20:00"), Ended: ByExclusion}},
			},
			"OX??",
			map[int]Note{3: NoteUnconfirmed},
		},
	})
}

func TestALaneCountsWhileInForce(t *testing.T) {
	l := failing(t, 0, "02 08:00", "")
	l.Versions = []Version{
		{From: day(t, 1), To: day(t, 3), Attached: true},
		{From: day(t, 3), To: day(t, 4)},
		{From: day(t, 4), To: day(t, 6), Attached: true},
	}
	checkLanes(t, []laneCase{{"attached, detached, attached, and no version", "07 09:00", l, "OD.DD..", map[int]Note{3: NoteNotInForce, 6: NoteNotInForce}}})
	got := NewCalendar(march(t), on(t, "07 09:00")).Check(l).Deviations
	if len(got) != 2 || got[0].From != day(t, 2) || got[0].To != day(t, 3) || got[1].From != day(t, 4) || got[1].To != day(t, 6) {
		t.Errorf("deviations: %v", got)
	}
	zero := CheckLane{Versions: []Version{{Attached: true}}, Runs: daily(t, 1, 3, Pass)}
	checkLanes(t, []laneCase{{"a version without a beginning is never in force", "02 09:00", zero, "..", nil}})
	both := CheckLane{Runs: daily(t, 1, 4, Pass), Versions: []Version{{From: day(t, 1), Attached: true}, {From: day(t, 2)}}}
	checkLanes(t, []laneCase{{"of two, the one that began last", "03 09:00", both, "O..", nil}})
}

func TestAHistoryOfDaysStays(t *testing.T) {
	l := failing(t, 48*hour, "02 08:00", "06 08:00")
	l.Failures = append(l.Failures, Failure{Resource: "b", Since: on(t, "08 08:00"), Until: on(t, "09 08:00")})
	for now, want := range map[string]string{
		"02 09:00": "OF", "04 08:00": "OFFF", "04 09:00": "OFFD", "06 07:00": "OFFDDd", "06 09:00": "OFFDDD",
		"07 09:00": "OFFDDDO", "08 09:00": "OFFDDDOF", "09 09:00": "OFFDDDOXX", "14 09:00": "OFFDDDOXXOOOOO",
	} {
		checkLanes(t, []laneCase{{"seen on " + now, now, l, want, nil}})
	}
}

func TestDeviationsOfAResourceAreJoined(t *testing.T) {
	l := failing(t, 0, "02 08:00", "03 08:00")
	for _, f := range []struct{ resource, since, until string }{
		{"a", "03 10:00", "04 08:00"}, // the same days go on
		{"a", "02 09:00", "02 10:00"}, // within them
		{"a", "07 08:00", "08 00:00"}, // a new one
		{"b", "03 08:00", "05 08:00"}, // another resource
		{"b", "04 08:00", "04 09:00"}, // within its days
	} {
		l.Failures = append(l.Failures, Failure{Resource: f.resource, Since: on(t, f.since), Until: on(t, f.until)})
	}
	l.Key = "mfa"
	want := []DeviationSpan{
		{Lane: "mfa", Resource: "a", From: day(t, 2), To: day(t, 5)},
		{Lane: "mfa", Resource: "a", From: day(t, 7), To: day(t, 8)},
		{Lane: "mfa", Resource: "b", From: day(t, 3), To: day(t, 6)},
	}
	got := NewCalendar(march(t), on(t, "14 09:00")).Check(l).Deviations
	if len(got) != len(want) {
		t.Fatalf("deviations: %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("deviation %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestDaysOfAnyLengthAreDays(t *testing.T) {
	for _, c := range []struct {
		zone, from, now string
		days            int
		since, until    string
		freshness       time.Duration
		run, want       string
	}{
		// 29 March 2026 has 23 hours: a run at its beginning reaches its end sooner.
		{"Europe/Stockholm", "2026-03-28", "2026-03-31T08:00:00Z", 3, "2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", 47 * hour, "2026-03-28T23:00:00Z", "dOo"},
		{"Europe/Stockholm", "2026-03-28", "2026-03-31T08:00:00Z", 3, "2026-03-28T22:59:59Z", "2026-03-28T23:00:00Z", 47*hour - 1, "2026-03-28T23:00:00Z", "dO?"},
		// 25 October 2026 has 25 hours.
		{"Europe/Stockholm", "2026-10-24", "2026-10-28T08:00:00Z", 3, "2026-10-24T21:00:00Z", "2026-10-24T22:00:00Z", 49 * hour, "2026-10-24T22:00:00Z", "dOo"},
		{"Europe/Stockholm", "2026-10-24", "2026-10-28T08:00:00Z", 3, "2026-10-24T21:00:00Z", "2026-10-24T22:00:00Z", 49*hour - 1, "2026-10-24T22:00:00Z", "dO?"},
		// 8 September 2024 begins at one o'clock in Santiago, four o'clock in UTC.
		{"America/Santiago", "2024-09-07", "2024-09-10T08:00:00Z", 3, "2024-09-08T03:59:59Z", "2024-09-08T04:00:00Z", 47 * hour, "2024-09-08T04:00:00Z", "dOo"},
		{"America/Santiago", "2024-09-07", "2024-09-10T08:00:00Z", 3, "2024-09-08T03:59:59Z", "2024-09-08T04:00:00Z", 47*hour - 1, "2024-09-08T04:00:00Z", "dO?"},
		// 30 December 2011 is no day in Apia: a failure goes on over it.
		{"Pacific/Apia", "2011-12-28", "2012-01-02T08:00:00Z", 5, "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z", 48 * hour, "2011-12-31T12:00:00Z", "?d.dD"},
		{"UTC", "2026-03-01", "2026-03-04T00:00:00Z", 3, "2026-02-28T12:00:00Z", "2026-03-01T00:00:01Z", 48 * hour, "2026-03-01T00:00:01Z", "Do?"},
	} {
		from := date(t, c.from)
		p := Period{From: from, To: from + Date(c.days), Zone: zone(t, c.zone)}
		got := NewCalendar(p, instant(t, c.now)).Check(CheckLane{
			Versions: inForce(t, 0), Freshness: c.freshness, Runs: []Run{{At: instant(t, c.run), Status: Pass}},
			Failures: []Failure{{Resource: "a", Since: instant(t, c.since), Until: instant(t, c.until)}},
		})
		checkStrip(t, c.zone+" "+c.from, got.Spans, c.want)
		if n := len(got.Deviations); n != 1 {
			t.Errorf("%s %s: %d deviations, want 1: %v", c.zone, c.from, n, got.Deviations)
		}
	}
}

func TestThePeriodsEdges(t *testing.T) {
	l := failing(t, 0, "02 08:00", "04 08:00")
	l.Runs = append(l.Runs, daily(t, -3, 1, Pass)...)
	for _, c := range []struct {
		from, to  int
		now, want string
	}{
		{1, 15, "14 09:00", "ODDDOOOOOOOOOO"},
		{3, 4, "14 09:00", "D"},
		{5, 8, "14 09:00", "OOO"},
		{1, 3, "03 00:00", "OD"},
		{1, 3, "02 00:00", "Oo"},
		{2, 5, "01 23:59", ""},
		{2, 5, "02 00:00", "o"},
	} {
		p := march(t)
		p.From, p.To = day(t, c.from), day(t, c.to)
		checkStrip(t, p.From.String()+" seen at "+c.now, NewCalendar(p, on(t, c.now)).Check(l).Spans, c.want)
	}
}

func TestEventsByDay(t *testing.T) {
	covers := func(from, to string) Run {
		return Run{At: on(t, to), Status: Pass, CoversFrom: on(t, from), CoversTo: on(t, to)}
	}
	unknown := covers("01 00:00", "08 00:00")
	unknown.Status = "unknown"
	beyond := covers("01 00:00", "03 00:00")
	beyond.CoversTo = on(t, "09 00:00")
	lane := func(events []EventDay, runs ...Run) CheckLane {
		return CheckLane{Family: resource.Event, Runs: runs, Events: events, Freshness: 26 * hour}
	}
	limited := lane([]EventDay{{Day: day(t, 2), Pass: 3, Fail: 1}, {Day: day(t, 4), Fail: 1}, {Day: day(t, 6), Fail: 1}}, covers("01 00:00", "08 00:00"))
	limited.Versions = inForce(t, 72*hour)
	limited.Failures = []Failure{
		{Resource: "c1", Since: on(t, "02 10:00"), Until: on(t, "03 10:00")},
		{Resource: "c2", Since: on(t, "04 10:00")},
		{Resource: "c3", Since: on(t, "06 10:00")},
	}
	strict := limited
	strict.Versions = inForce(t, 0)
	late := lane([]EventDay{{Day: day(t, 1), Pass: 2, Late: 1}, {Day: day(t, 2), Late: 1, Fail: 1}}, covers("01 00:00", "03 00:00"))
	late.Failures = []Failure{{Resource: "c1", Since: on(t, "02 10:00")}}
	checkLanes(t, []laneCase{
		{
			"covered without events, covered with, and not covered", "06 09:00", lane([]EventDay{{Day: day(t, 2), Pass: 1}}, covers("01 00:00", "04 00:00")),
			":O:??.",
			map[int]Note{1: NoteNoOccurrence, 4: NoteNotListed, 6: NotePending},
		},
		{"a minute short of a day", "04 09:00", lane(nil, covers("01 00:00", "02 23:59")), ":??.", nil},
		{"a minute late into one", "04 09:00", lane(nil, covers("01 00:01", "03 00:00")), "?:?.", nil},
		{"two runs cover a day together", "04 09:00", lane(nil, covers("01 00:00", "02 09:00"), covers("02 09:00", "03 09:00")), "::?.", nil},
		{"one within another", "04 09:00", lane(nil, covers("01 00:00", "04 00:00"), covers("01 09:00", "02 09:00")), ":::.", nil},
		{"with a gap they do not", "04 09:00", lane(nil, covers("01 00:00", "02 09:00"), covers("02 09:01", "04 00:00")), ":?:.", nil},
		{"an unknown run covers nothing", "04 09:00", lane(nil, unknown), "???.", map[int]Note{1: NoteNotConnected}},
		{"nor does a run cover what came after it", "05 09:00", lane(nil, beyond), "::??.", nil},
		{"history is listed at once", "04 09:00", lane([]EventDay{{Day: day(t, 1), Pass: 9}}, covers("01 00:00", "04 09:00")), "O:::", nil},
		{"today, listed a while ago", "04 20:00", lane([]EventDay{{Day: day(t, 4), Pass: 1}}, covers("01 00:00", "04 09:00")), ":::O", nil},
		{"after the period's end", "20 09:00", lane(nil, covers("01 00:00", "19 00:00")), "::::::::::::::", nil},
		{
			"an event's result is unknown, all of a day are excluded", "04 00:00",
			lane([]EventDay{{Day: day(t, 1), Pass: 3, Unknown: 1}, {Day: day(t, 2), Excluded: 1}}, covers("01 00:00", "04 00:00")),
			"?::.",
			map[int]Note{1: NoteUnknown, 2: NoteExcluded},
		},
		{"turned to pass in time, too late, and not yet", "08 00:00", limited, ":X:D:F:.", nil},
		{"without a limit", "08 00:00", strict, ":D:D:D:.", nil},
		{"collected late", "03 09:00", late, "OD.", map[int]Note{1: NoteLate, 2: NoteLate}},
		{"a failing event that nothing names", "02 09:00", lane([]EventDay{{Day: day(t, 1), Fail: 1}}, covers("01 00:00", "02 00:00")), "D.", nil},
		{"a failing event of a day not listed", "03 09:00", CheckLane{
			Family: resource.Event, Versions: inForce(t, 72*hour), Failures: []Failure{{Resource: "c1", Since: on(t, "01 10:00")}, {Resource: "c2", Since: on(t, "03 08:00")}},
		}, "??f", nil},
	})
	if got := NewCalendar(march(t), on(t, "08 00:00")).Check(strict).Deviations; len(got) != 3 || got[1].Resource != "c2" || got[1].To != got[1].From+1 {
		t.Errorf("deviations: %v", got)
	}
}

func TestASkippedDateIsInNoDeviation(t *testing.T) {
	from := date(t, "2011-12-28")
	p := Period{From: from, To: from + 5, Zone: zone(t, "Pacific/Apia")}
	l := CheckLane{
		Versions: []Version{{From: from, To: from + 1, Attached: true}, {From: from + 2, To: from + 3, Attached: true}},
		Failures: []Failure{{Resource: "a", Since: instant(t, "2011-12-28T12:00:00Z")}},
	}
	lane := NewCalendar(p, instant(t, "2012-01-02T08:00:00Z")).Check(l)
	checkStrip(t, "in force on the 28th and on the 30th, which is not", lane.Spans, "d....")
	if len(lane.Deviations) != 1 || lane.Deviations[0].To != from+1 || noteOn(lane.Spans, from+2) != NoteNoDay {
		t.Errorf("%+v", lane)
	}
}
