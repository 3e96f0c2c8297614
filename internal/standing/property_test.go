package standing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/resource"
)

func sameSpans(t *rapid.T, what string, w world, got, want []Span) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("%s of %s to %s in %s, now %s:\n got %s\nwant %s", what, w.period.From, w.period.To, w.period.Zone,
			w.now.In(w.period.Zone), sayAll(got), sayAll(want))
	}
}

func sayAll(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		fmt.Fprintf(&b, "\n  %s to %s %s observed=%t %s", s.From, s.To, s.State, s.Observed, s.Note)
	}
	return b.String()
}

func TestSpansAreWhatEachDayIsOnItsOwn(t *testing.T) {
	t.Run("states", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorld(t)
			l := w.states(t)
			sameSpans(t, "states", w, NewCalendar(w.period, w.now).Check(l).Spans, naiveStates(w, l))
		})
	})
	t.Run("events", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorld(t)
			l := w.events(t)
			sameSpans(t, "events", w, NewCalendar(w.period, w.now).Check(l).Spans, naiveEvents(w, l))
		})
	})
	t.Run("activities", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorld(t)
			l := w.activity(t)
			sameSpans(t, "activities", w, NewCalendar(w.period, w.now).Activity(l).Spans, naiveActivity(w, l))
		})
	})
	t.Run("uploads", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorld(t)
			l := w.upload(t)
			sameSpans(t, "uploads", w, NewCalendar(w.period, w.now).Upload(l).Spans, naiveUpload(w, l))
		})
	})
	t.Run("controls", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			w := drawWorld(t)
			in := w.control(t)
			sameSpans(t, "controls", w, NewCalendar(w.period, w.now).Control(in).Spans, naiveControl(w, in))
		})
	})
}

func TestDeviationsAreRunsOfDaysPerResource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		l := w.states(t)
		var got []string
		for _, d := range NewCalendar(w.period, w.now).Check(l).Deviations {
			if d.Lane != l.Key {
				t.Fatalf("a deviation of %q", d.Lane)
			}
			got = append(got, fmt.Sprintf("%s %s %s", d.Resource, d.From, d.To))
		}
		if want := naiveDeviations(w, l); !slices.Equal(got, want) {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	})
}

// partition fails unless the spans cover the days of the period that have
// begun, once each, in spans as long as can be.
func partition(t *rapid.T, w world, spans []Span) {
	t.Helper()
	next, end := w.period.From, min(w.period.To, DayOf(w.now, w.period.Zone)+1)
	for i, s := range spans {
		if s.From != next || s.To <= s.From {
			t.Fatalf("span %d does not follow: %s", i, sayAll(spans))
		}
		if i > 0 {
			last := spans[i-1]
			last.From, last.To = s.From, s.To
			if last == s {
				t.Fatalf("spans %d and %d are one: %s", i-1, i, sayAll(spans))
			}
		}
		if s.State == NoEvidence && s.Observed {
			t.Fatalf("observed without evidence: %s", sayAll(spans))
		}
		next = s.To
	}
	if next != max(end, w.period.From) {
		t.Fatalf("the spans end at %s, want %s: %s", next, end, sayAll(spans))
	}
}

func TestSpansPartitionThePeriod(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		s := NewCalendar(w.period, w.now).Control(w.control(t))
		partition(t, w, s.Spans)
		days := 0
		for d := w.period.From; d < w.period.To && !d.Start(w.period.Zone).After(w.now); d++ {
			if d.Start(w.period.Zone).Before((d + 1).Start(w.period.Zone)) {
				days++
			}
		}
		if s.Summary.Days.Begun() != days || s.Summary.Observed+s.Summary.Inferred > days {
			t.Fatalf("%+v of %d days", s.Summary, days)
		}
		for _, l := range s.Lanes {
			partition(t, w, l.Spans)
		}
	})
}

func noBetter(t *rapid.T, what string, before, after []Span) {
	t.Helper()
	a, b := statesOf(before), statesOf(after)
	for i := range a {
		if b[i] < a[i] {
			t.Fatalf("%s: day %d improves from %s to %s\nbefore: %s\nafter: %s", what, i, a[i], b[i], sayAll(before), sayAll(after))
		}
	}
}

// explained is the days without the fails that no failure may explain.
func explained(days []EventDay) []EventDay {
	days = slices.Clone(days)
	for i := range days {
		days[i].Fail = 0
	}
	return days
}

func TestAFailureNeverImprovesADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := NewCalendar(w.period, w.now)
		l := consistent(w.states(t))
		if rapid.Bool().Draw(t, "events") {
			l = w.events(t)
		}
		more := l
		more.Failures = append(slices.Clone(l.Failures), w.failure(t))
		if l.Family == resource.Event {
			// One more event of a broken record would explain what did not add up.
			l.Events = explained(l.Events)
			more.Events = l.Events
		}
		noBetter(t, "a failure is added", c.Check(l).Spans, c.Check(more).Spans)
		other := c.Upload(w.upload(t))
		versions := w.versions(t)
		noBetter(t, "in the control", c.Worst(versions, []Lane{c.Check(l), other}), c.Worst(versions, []Lane{c.Check(more), other}))
	})
}

// shortens reports whether run i may be carried less far than a run that is
// no later: from the version of the check that it ran on, evidence goes stale
// sooner.
func shortens(l CheckLane, i int) bool {
	fresh := func(r Run) time.Duration { return cmp.Or(r.Freshness, l.Freshness) }
	return slices.ContainsFunc(l.Runs, func(r Run) bool {
		return !r.At.After(l.Runs[i].At) && fresh(r) > fresh(l.Runs[i])
	})
}

func TestTakingARunAwayNeverMakesEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := NewCalendar(w.period, w.now)
		l := w.states(t)
		if rapid.Bool().Draw(t, "events") {
			l = w.events(t)
		}
		if len(l.Runs) == 0 {
			return
		}
		i := rapid.IntRange(0, len(l.Runs)-1).Draw(t, "taken")
		if l.Family != resource.Event && !conclusive(l.Runs[i].Status) {
			return // an unknown run is itself what says that the day has no evidence
		}
		if shortens(l, i) {
			return // the run is itself what says that an earlier one may not be carried so far
		}
		before := statesOf(c.Check(l).Spans)
		l.Runs = slices.Delete(slices.Clone(l.Runs), i, i+1)
		for i, s := range statesOf(c.Check(l).Spans) {
			if before[i] == NoEvidence && s < NoEvidence {
				t.Fatalf("day %d has evidence: %s", i, s)
			}
		}
	})
}

// TestALaterPassNeverHides looks at the same record from two instants: what
// was failing, fixed or a deviation when seen first never becomes less later.
func TestALaterPassNeverHides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		later := w
		later.now = w.now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "hours later")) * time.Hour)
		l := consistent(w.states(t))
		if rapid.Bool().Draw(t, "events") {
			// A day counts as a whole: seen from within, it would hold the fail
			// of an event that comes after the instant.
			l = w.events(t)
			l.Events = slices.Clone(l.Events)
			for i := range l.Events {
				if l.Events[i].Day >= DayOf(w.now, w.period.Zone) {
					l.Events[i].Fail = 0
				}
			}
		}
		for i := range l.Failures {
			if u := l.Failures[i].Until; !u.IsZero() {
				l.Runs = append(l.Runs, Run{At: u, Status: Pass})
			}
		}
		before := statesOf(NewCalendar(w.period, w.now).Check(l).Spans)
		after := statesOf(NewCalendar(later.period, later.now).Check(l).Spans)
		for i, was := range before {
			now := after[i]
			switch {
			case was == Deviation && now != Deviation,
				was == Fixed && now < Fixed,
				was == Failing && now < Fixed:
				t.Fatalf("day %d was %s and is %s", i, was, now)
			}
		}
	})
}

func TestWhatLiesAheadDoesNotCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := NewCalendar(w.period, w.now)
		l := w.states(t)
		known := l
		known.Runs = slices.DeleteFunc(slices.Clone(l.Runs), func(r Run) bool { return r.At.After(w.now) })
		known.Failures = slices.DeleteFunc(slices.Clone(l.Failures), func(f Failure) bool { return f.Since.After(w.now) })
		for i, f := range known.Failures {
			if f.Until.After(w.now) {
				known.Failures[i].Until = time.Time{}
			}
		}
		sameSpans(t, "states", w, c.Check(l).Spans, c.Check(known).Spans)
	})
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		in := w.control(t)
		c := NewCalendar(w.period, w.now)
		want := fmt.Sprintf("%+v", c.Control(in))
		in.Versions = shuffled(t, in.Versions)
		for i := range in.Checks {
			l := &in.Checks[i]
			l.Versions, l.Runs = shuffled(t, l.Versions), shuffled(t, l.Runs)
			l.Failures, l.Events = shuffled(t, l.Failures), shuffled(t, l.Events)
		}
		for i := range in.Activities {
			l := &in.Activities[i]
			l.Versions, l.Performances = shuffled(t, l.Versions), shuffled(t, l.Performances)
		}
		for i := range in.Uploads {
			l := &in.Uploads[i]
			l.Versions, l.Uploads = shuffled(t, l.Versions), shuffled(t, l.Uploads)
		}
		if got := fmt.Sprintf("%+v", c.Control(in)); got != want {
			t.Fatalf("got %s\nwant %s", got, want)
		}
	})
}

func shuffled[T any](t *rapid.T, all []T) []T {
	return rapid.Permutation(all).Draw(t, "order")
}

func TestScheduleIsOneSeries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Schedule{
			Frequency: rapid.SampledFrom([]Frequency{Daily, Weekly, Monthly, Quarterly, Semiannual, Annual}).Draw(t, "frequency"),
			Anchor:    NewDate(2024, 1, rapid.IntRange(1, 800).Draw(t, "anchor")),
			Opens:     rapid.IntRange(0, 40).Draw(t, "opens"),
			Grace:     rapid.IntRange(0, 5).Draw(t, "grace"),
		}
		from := NewDate(2024, 1, rapid.IntRange(-900, 1800).Draw(t, "from"))
		to := from + Date(rapid.IntRange(0, 800).Draw(t, "days"))
		cut := from + Date(rapid.IntRange(0, int(to-from)).Draw(t, "cut"))
		all := s.Occurrences(Period{From: from, To: to})
		parts := append(s.Occurrences(Period{From: from, To: cut}), s.Occurrences(Period{From: cut, To: to})...)
		if !slices.Equal(all, parts) {
			t.Fatalf("%v\nin two parts %v", all, parts)
		}
		i := 0
		for d := from; d < to; d++ {
			if !naiveDue(s, d) {
				continue
			}
			if i == len(all) || all[i].Due != d || all[i].Last != d+Date(s.Grace) || all[i].Opens > d {
				t.Fatalf("due on %s: %v", d, all)
			}
			if s.Opens > 0 && all[i].Opens != d-Date(s.Opens) || s.Opens == 0 && i > 0 && all[i].Opens != all[i-1].Due+1 {
				t.Fatalf("the window of %s opens on %s", d, all[i].Opens)
			}
			i++
		}
		if i != len(all) {
			t.Fatalf("%d are due, not %d", i, len(all))
		}
	})
}
