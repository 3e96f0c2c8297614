package standing

import (
	"strings"
	"testing"

	"assay/internal/kit/fault"
)

func sayOccurrences(all []Occurrence) string {
	var words []string
	for _, o := range all {
		words = append(words, o.Opens.String()+".."+o.Due.String()+".."+o.Last.String())
	}
	return strings.Join(words, "\n")
}

func TestOccurrences(t *testing.T) {
	for _, c := range []struct {
		name         string
		frequency    Frequency
		anchor       string
		opens, grace int
		from, to     string
		want         string
	}{
		{
			"on the last day of every month", Monthly, "2027-12-31", 0, 0, "2028-01-01", "2028-05-01",
			"2028-01-01..2028-01-31..2028-01-31\n2028-02-01..2028-02-29..2028-02-29\n2028-03-01..2028-03-31..2028-03-31\n2028-04-01..2028-04-30..2028-04-30",
		},
		{
			"the same series before its anchor", Monthly, "2028-03-31", 0, 0, "2027-02-01", "2027-04-01",
			"2027-02-01..2027-02-28..2027-02-28\n2027-03-01..2027-03-31..2027-03-31",
		},
		{
			"each year on a day that few have", Annual, "2028-02-29", 30, 0, "2029-01-01", "2033-01-01",
			"2029-01-29..2029-02-28..2029-02-28\n2030-01-29..2030-02-28..2030-02-28\n2031-01-29..2031-02-28..2031-02-28\n2032-01-30..2032-02-29..2032-02-29",
		},
		{
			"quarters with a window and grace", Quarterly, "2026-03-31", 14, 5, "2026-06-01", "2026-12-31",
			"2026-06-16..2026-06-30..2026-07-05\n2026-09-16..2026-09-30..2026-10-05",
		},
		{"the period is half-open", Quarterly, "2026-03-31", 14, 0, "2026-03-31", "2026-06-30", "2026-03-17..2026-03-31..2026-03-31"},
		{"half years", Semiannual, "2026-08-31", 1, 0, "2026-01-01", "2027-01-01", "2026-02-27..2026-02-28..2026-02-28\n2026-08-30..2026-08-31..2026-08-31"},
		{"weeks", Weekly, "2026-11-20", 0, 0, "2026-03-23", "2026-04-06", "2026-03-21..2026-03-27..2026-03-27\n2026-03-28..2026-04-03..2026-04-03"},
		{"days", Daily, "2026-01-01", 0, 0, "2026-03-29", "2026-03-31", "2026-03-29..2026-03-29..2026-03-29\n2026-03-30..2026-03-30..2026-03-30"},
		{"per event there is no schedule", PerEvent, "2026-01-01", 0, 0, "2026-01-01", "2027-01-01", ""},
		{"nor for what goes on all the time", Continuous, "2026-01-01", 0, 0, "2026-01-01", "2027-01-01", ""},
	} {
		s := Schedule{Frequency: c.frequency, Anchor: date(t, c.anchor), Opens: c.opens, Grace: c.grace}
		if got := sayOccurrences(s.Occurrences(Period{From: date(t, c.from), To: date(t, c.to)})); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	for _, bad := range []Schedule{{}, {Frequency: Annual}, {Frequency: PerEvent, Anchor: 5}, {Frequency: Daily, Anchor: 5, Opens: -1}, {Frequency: Daily, Anchor: 5, Grace: -1}} {
		if !fault.Is(bad.Validate(), fault.Invalid) || bad.Occurrences(Period{From: 1, To: 1000}) != nil {
			t.Errorf("%+v is valid", bad)
		}
	}
}

func TestActivities(t *testing.T) {
	weekly := Schedule{Frequency: Weekly, Anchor: day(t, 4), Opens: 2} // due on the 4th and the 11th
	done := func(due int, at string, evidence int) Performance {
		return Performance{Due: day(t, due), PerformedAt: on(t, at), Evidence: evidence}
	}
	for _, c := range []struct {
		name, now string
		schedule  Schedule
		done      []Performance
		want      string
		counts    Counts
	}{
		{"before the window", "01 09:00", weekly, nil, ".", Counts{Upcoming: 2}},
		{"the window opens", "02 00:00", weekly, nil, "..", Counts{Upcoming: 2, Open: 1}},
		{"the window is open", "03 09:00", weekly, nil, "...", Counts{Upcoming: 2, Open: 1}},
		{"open to the end of the due day", "04 23:59", weekly, nil, "....", Counts{Upcoming: 2, Open: 1}},
		{"and missed from then on", "05 00:00", weekly, nil, "....D", Counts{Due: 1, Missed: 1, Upcoming: 1}},
		{"on time", "06 09:00", weekly, []Performance{done(4, "03 09:00", 1)}, "..O...", Counts{Due: 1, OnTime: 1, Upcoming: 1}},
		{"in the last minute", "06 09:00", weekly, []Performance{done(4, "04 23:59", 1)}, "...O..", Counts{Due: 1, OnTime: 1, Upcoming: 1}},
		{"late from the day after to the day it was done", "08 09:00", weekly, []Performance{done(4, "06 09:00", 1)}, "....DD..", Counts{Due: 1, Late: 1, Upcoming: 1}},
		{"at the first instant of the next day", "08 09:00", weekly, []Performance{done(4, "05 00:00", 1)}, "....D...", Counts{Due: 1, Late: 1, Upcoming: 1}},
		{"missed until it is done", "07 09:00", weekly, nil, "....DDD", Counts{Due: 1, Missed: 1, Upcoming: 1}},
		{"missed until a later one is done", "14 09:00", weekly, []Performance{done(11, "10 09:00", 1)}, "....DDDDDD....", Counts{Due: 2, OnTime: 1, Missed: 1}},
		{"two missed", "13 09:00", weekly, nil, "....DDDDDDDDD", Counts{Due: 2, Missed: 2}},
		{"before the window does not count", "06 09:00", weekly, []Performance{done(4, "01 23:59", 1)}, "....DD", Counts{Due: 1, Missed: 1, Upcoming: 1}},
		{"nor does what is still to come", "05 09:00", weekly, []Performance{done(4, "05 09:01", 1)}, "....D", Counts{Due: 1, Missed: 1, Upcoming: 1}},
		{"nor for a date that is not due", "06 09:00", weekly, []Performance{done(3, "03 09:00", 1)}, "....DD", Counts{Due: 1, Missed: 1, Upcoming: 1}},
		{"nothing to show for it", "05 09:00", weekly, []Performance{done(4, "03 09:00", 0)}, "..?..", Counts{Due: 1, OnTime: 1, Bare: 1, Upcoming: 1}},
		{"the first decides, the evidence of all counts", "08 09:00", weekly, []Performance{done(4, "07 09:00", 1), done(4, "03 09:00", 0)}, "..O.....", Counts{Due: 1, OnTime: 1, Upcoming: 1}},
		{
			"in the days of grace", "08 09:00",
			Schedule{Frequency: Weekly, Anchor: day(t, 4), Opens: 2, Grace: 2},
			[]Performance{done(4, "06 23:59", 1)},
			".....O..",
			Counts{Due: 1, OnTime: 1, Upcoming: 1},
		},
		{
			"late after the days of grace", "09 09:00",
			Schedule{Frequency: Weekly, Anchor: day(t, 4), Opens: 2, Grace: 2},
			[]Performance{done(4, "08 09:00", 1)},
			"......DD.",
			Counts{Due: 1, Late: 1, Upcoming: 1, Open: 1},
		},
		{
			"a missed day of a daily activity is one day late", "04 09:00",
			Schedule{Frequency: Daily, Anchor: day(t, 1)},
			[]Performance{done(1, "01 09:00", 1), done(3, "03 09:00", 1)},
			"O.D.",
			Counts{Due: 3, OnTime: 2, Missed: 1, Upcoming: 11, Open: 1},
		},
		{
			"missed until the first that is done, of two", "13 09:00",
			Schedule{Frequency: Weekly, Anchor: day(t, -5)}, // and the 2nd and the 9th
			[]Performance{done(9, "12 09:00", 1), done(2, "03 09:00", 1)},
			"DDD......DDD.",
			Counts{Due: 2, Late: 2},
		},
		{
			"missed before the period", "03 09:00",
			Schedule{Frequency: Annual, Anchor: day(t, -20)},
			nil, "DDD",
			Counts{},
		},
	} {
		versions := []Version{{From: min(day(t, 1), c.schedule.Anchor), Attached: true}}
		lane := NewCalendar(march(t), on(t, c.now)).Activity(ActivityLane{Versions: versions, Schedule: c.schedule, Performances: c.done})
		checkStrip(t, c.name, lane.Spans, c.want)
		var counts Counts
		for _, o := range lane.Occurrences {
			counts.add(o)
		}
		if counts != c.counts {
			t.Errorf("%s: %+v, want %+v", c.name, counts, c.counts)
		}
	}
}

func TestAnOccurrenceCountsWhenInForceOnItsDueDate(t *testing.T) {
	schedule := Schedule{Frequency: Weekly, Anchor: day(t, 4)}
	versions := []Version{
		{From: day(t, 1), To: day(t, 4)},
		{From: day(t, 4), To: day(t, 6), Attached: true},
		{From: day(t, 6), To: day(t, 12)},
	}
	lane := NewCalendar(march(t), on(t, "14 09:00")).Activity(ActivityLane{Key: "review", Versions: versions, Schedule: schedule})
	checkStrip(t, "attached on the 4th and 5th", lane.Spans, "....D.........")
	if len(lane.Occurrences) != 1 || lane.Occurrences[0].Due != day(t, 4) || lane.Occurrences[0].Outcome != Missed {
		t.Errorf("occurrences: %+v", lane.Occurrences)
	}
	want := DeviationSpan{Lane: "review", Resource: "2026-03-04", From: day(t, 5), To: day(t, 6)}
	if len(lane.Deviations) != 1 || lane.Deviations[0] != want {
		t.Errorf("deviations: %v", lane.Deviations)
	}
	for n, note := range map[int]Note{1: NoteNotInForce, 4: NoteDue, 5: 0, 6: NoteNotInForce} {
		if got := noteOn(lane.Spans, day(t, n)); got != note {
			t.Errorf("day %d is noted %q, want %q", n, got, note)
		}
	}
}

func TestADueDayEndsWhenItEndsThere(t *testing.T) {
	// 29 March 2026 has 23 hours in Stockholm; its end is at 22:00 UTC.
	p := Period{From: date(t, "2026-03-28"), To: date(t, "2026-04-02"), Zone: zone(t, "Europe/Stockholm")}
	for at, want := range map[string]Outcome{"2026-03-29T21:59:59.999Z": OnTime, "2026-03-29T22:00:00Z": Late} {
		lane := NewCalendar(p, instant(t, "2026-04-01T12:00:00Z")).Activity(ActivityLane{
			Versions: inForce(t, 0), Schedule: Schedule{Frequency: Annual, Anchor: date(t, "2026-03-29"), Opens: 1},
			Performances: []Performance{{Due: date(t, "2026-03-29"), PerformedAt: instant(t, at), Evidence: 1}},
		})
		if len(lane.Occurrences) != 1 || lane.Occurrences[0].Outcome != want {
			t.Errorf("performed at %s: %+v, want %s", at, lane.Occurrences, want)
		}
	}
}

func TestUploads(t *testing.T) {
	up := func(from, to int, at string) Upload {
		u := Upload{From: day(t, from), CollectedAt: on(t, at)}
		if to > 0 {
			u.To = day(t, to)
		}
		return u
	}
	for _, c := range []struct {
		name, now string
		frequency Frequency
		firstDue  int
		uploads   []Upload
		want      string
	}{
		{"the day it was collected, and as long as it is fresh", "06 09:00", Daily, 0, []Upload{up(2, 0, "02 09:00")}, "?Ooo??"},
		{"never backward", "03 09:00", Annual, 0, []Upload{up(3, 0, "03 09:00")}, "??O"},
		{"the days that it speaks for, though collected later", "08 09:00", Continuous, 0, []Upload{up(2, 5, "07 09:00")}, "?oooo???"},
		{"it is carried from what it speaks for, not from when it was collected", "09 09:00", Daily, 0, []Upload{up(2, 3, "09 09:00")}, "?ooo?????"},
		{"it does not speak for what was to come", "08 09:00", Daily, 0, []Upload{up(2, 14, "03 09:00")}, "?oOoo???"},
		{"collected before what it would speak for", "08 09:00", Daily, 0, []Upload{up(5, 14, "03 09:00")}, "????????"},
		{"not collected yet", "04 09:00", Daily, 0, []Upload{up(2, 0, "04 10:00")}, "????"},
		{"not due before the first is", "06 09:00", Daily, 5, []Upload{up(2, 0, "02 09:00")}, ".Ooo??"},
		{"per event nothing is carried", "03 09:00", PerEvent, 0, []Upload{up(2, 0, "02 09:00")}, "?O?"},
		{"joined", "09 09:00", Daily, 0, []Upload{up(5, 0, "05 09:00"), up(2, 0, "02 09:00")}, "?OooOoo??"},
		{"none", "02 09:00", Weekly, 0, nil, "??"},
	} {
		l := UploadLane{Versions: inForce(t, 0), Frequency: c.frequency, Uploads: c.uploads}
		if c.firstDue > 0 {
			l.FirstDue = day(t, c.firstDue)
		}
		checkStrip(t, c.name, NewCalendar(march(t), on(t, c.now)).Upload(l).Spans, c.want)
	}
	for f, want := range map[Frequency]int{Continuous: 1, Daily: 2, Weekly: 9, Monthly: 35, Quarterly: 100, Semiannual: 190, Annual: 365, PerEvent: 0} {
		if f.MaxAge() != want {
			t.Errorf("%s: %d days, want %d", f, f.MaxAge(), want)
		}
	}
}
