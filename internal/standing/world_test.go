package standing

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/resource"
)

// world is a short period at a place where something happens to the clock, and
// an instant from which it is seen.
type world struct {
	period Period
	now    time.Time
}

func drawWorld(t *rapid.T) world {
	p := rapid.SampledFrom(places()).Draw(t, "place")
	z, err := time.LoadLocation(p.zone)
	if err != nil {
		t.Fatal(err)
	}
	near, err := ParseDate(p.near)
	if err != nil {
		t.Fatal(err)
	}
	from := near - Date(rapid.IntRange(0, 6).Draw(t, "from"))
	w := world{period: Period{From: from, To: from + Date(rapid.IntRange(1, 10).Draw(t, "days")), Zone: z}}
	w.now = w.instant(t, "now")
	return w
}

// instant draws an instant in or near the period, often at the edge of a day.
func (w world) instant(t *rapid.T, name string) time.Time {
	d := w.date(t, name)
	at := d.Start(w.period.Zone)
	switch rapid.IntRange(0, 5).Draw(t, name+" edge") {
	case 0:
		return at
	case 1:
		return at.Add(time.Millisecond)
	case 2:
		return at.Add(-time.Millisecond)
	}
	return at.Add(time.Duration(rapid.IntRange(0, 24*4).Draw(t, name+" quarters")) * 15 * time.Minute)
}

func (w world) date(t *rapid.T, name string) Date {
	return w.period.From + Date(rapid.IntRange(-3, w.period.Days()+3).Draw(t, name+" day"))
}

func (w world) versions(t *rapid.T) []Version {
	limits := []time.Duration{0, 0, 6 * time.Hour, 24 * time.Hour, 49 * time.Hour}
	if rapid.IntRange(0, 2).Draw(t, "always in force") > 0 {
		return []Version{{From: w.period.From - 20, Attached: true, Limit: rapid.SampledFrom(limits).Draw(t, "limit")}}
	}
	var all []Version
	from := w.date(t, "version") - 3
	for range rapid.IntRange(0, 3).Draw(t, "versions") {
		v := Version{From: from, To: from + Date(rapid.IntRange(1, 5).Draw(t, "version days"))}
		v.Attached = rapid.IntRange(0, 3).Draw(t, "attached") > 0
		v.Limit = rapid.SampledFrom(limits).Draw(t, "limit")
		from = v.To
		if rapid.IntRange(0, 4).Draw(t, "gap") == 0 {
			from++
		}
		all = append(all, v)
	}
	if n := len(all); n > 0 && rapid.Bool().Draw(t, "open") {
		all[n-1].To = 0
	}
	return all
}

func (w world) failures(t *rapid.T) []Failure {
	var all []Failure
	for range rapid.IntRange(0, 4).Draw(t, "failures") {
		all = append(all, w.failure(t))
	}
	return all
}

func (w world) failure(t *rapid.T) Failure {
	f := Failure{
		Resource: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "resource"),
		Since:    w.instant(t, "since"),
		Ended:    rapid.SampledFrom([]Ending{ByFix, ByFix, ByDeletion, ByExclusion}).Draw(t, "ended"),
	}
	if rapid.IntRange(0, 3).Draw(t, "over") > 0 {
		hours := rapid.SampledFrom([]int{0, 1, 5, 6, 7, 23, 24, 25, 48, 49, 50, 100}).Draw(t, "hours")
		f.Until = f.Since.Add(time.Duration(hours) * time.Hour)
		edge := DayOf(f.Until, w.period.Zone).Start(w.period.Zone)
		if rapid.IntRange(0, 2).Draw(t, "until edge") == 0 && !edge.Before(f.Since) {
			f.Until = edge
		}
	}
	return f
}

func (w world) runs(t *rapid.T, failures []Failure) []Run {
	var all []Run
	statuses := []Status{Pass, Pass, Pass, Pass, Fail, Fail, "unknown", Excluded, NoOccurrence, ""}
	for range rapid.IntRange(0, 8).Draw(t, "runs") {
		all = append(all, Run{At: w.instant(t, "run"), Status: rapid.SampledFrom(statuses).Draw(t, "status")})
	}
	for _, f := range failures {
		if rapid.IntRange(0, 3).Draw(t, "seen to begin") > 0 {
			all = append(all, Run{At: f.Since, Status: Fail})
		}
		if !f.Until.IsZero() && rapid.Bool().Draw(t, "seen to end") {
			all = append(all, Run{At: f.Until, Status: Pass})
		}
	}
	return all
}

func (w world) states(t *rapid.T) CheckLane {
	l := CheckLane{Key: "check", Versions: w.versions(t), Failures: w.failures(t)}
	l.Runs = w.runs(t, l.Failures)
	freshness := rapid.SampledFrom([]time.Duration{0, 12 * time.Hour, 26 * time.Hour, 72 * time.Hour})
	l.Freshness = freshness.Draw(t, "freshness")
	for i := range l.Runs {
		if rapid.IntRange(0, 3).Draw(t, "a version of its own") == 0 {
			l.Runs[i].Freshness = freshness.Draw(t, "its freshness")
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "connected") == 0 {
		l.ConnectedAt = w.instant(t, "connected")
	}
	return l
}

func (w world) events(t *rapid.T) CheckLane {
	l := w.states(t)
	l.Family = resource.Event
	for i := range l.Runs {
		if rapid.IntRange(0, 5).Draw(t, "covers") == 0 {
			continue
		}
		l.Runs[i].CoversTo = l.Runs[i].At
		if rapid.IntRange(0, 4).Draw(t, "covers to") == 0 {
			l.Runs[i].CoversTo = w.instant(t, "covers to")
		}
		l.Runs[i].CoversFrom = l.Runs[i].CoversTo.Add(-time.Duration(rapid.IntRange(0, 100).Draw(t, "covers hours")) * time.Hour)
	}
	few := rapid.SampledFrom([]int{0, 0, 0, 1, 2})
	for range rapid.IntRange(0, 6).Draw(t, "event days") {
		l.Events = append(l.Events, EventDay{
			Day: w.date(t, "event"), Pass: few.Draw(t, "pass"), Fail: few.Draw(t, "fail"),
			Unknown: few.Draw(t, "unknown"), Excluded: few.Draw(t, "excluded"), Late: few.Draw(t, "late"),
		})
	}
	return l
}

func (w world) activity(t *rapid.T) ActivityLane {
	l := ActivityLane{Key: "activity", Versions: w.versions(t)}
	l.Schedule = Schedule{
		Frequency: rapid.SampledFrom([]Frequency{Daily, Weekly, Monthly, Quarterly, Annual, PerEvent}).Draw(t, "frequency"),
		Anchor:    w.date(t, "anchor"),
		Opens:     rapid.IntRange(0, 3).Draw(t, "opens"),
		Grace:     rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(t, "grace"),
	}
	for range rapid.IntRange(0, 6).Draw(t, "performances") {
		p := Performance{Due: w.date(t, "due"), PerformedAt: w.instant(t, "performed"), Evidence: rapid.IntRange(0, 2).Draw(t, "evidence")}
		if rapid.Bool().Draw(t, "for an occurrence") {
			span := Period{From: w.period.From - 4, To: w.period.To + 4}
			if all := l.Schedule.Occurrences(span); len(all) > 0 {
				p.Due = rapid.SampledFrom(all).Draw(t, "occurrence").Due
			}
		}
		l.Performances = append(l.Performances, p)
	}
	return l
}

func (w world) upload(t *rapid.T) UploadLane {
	l := UploadLane{
		Key: "upload", Versions: w.versions(t),
		Frequency: rapid.SampledFrom([]Frequency{Continuous, Daily, Weekly, PerEvent}).Draw(t, "frequency"),
	}
	if rapid.Bool().Draw(t, "first due") {
		l.FirstDue = w.date(t, "first due")
	}
	for range rapid.IntRange(0, 3).Draw(t, "uploads") {
		u := Upload{From: w.date(t, "from"), CollectedAt: w.instant(t, "collected")}
		if rapid.Bool().Draw(t, "many days") {
			u.To = u.From + Date(rapid.IntRange(1, 5).Draw(t, "covered days"))
		}
		l.Uploads = append(l.Uploads, u)
	}
	return l
}

func (w world) control(t *rapid.T) Control {
	in := Control{ID: "control", Versions: w.versions(t)}
	for i := range rapid.IntRange(0, 2).Draw(t, "checks") {
		l := w.states(t)
		l.Key = fmt.Sprintf("check %d", i)
		in.Checks = append(in.Checks, l)
	}
	if rapid.Bool().Draw(t, "events") {
		in.Checks = append(in.Checks, w.events(t))
	}
	if rapid.Bool().Draw(t, "activity") {
		in.Activities = append(in.Activities, w.activity(t))
	}
	if rapid.Bool().Draw(t, "upload") {
		in.Uploads = append(in.Uploads, w.upload(t))
	}
	return in
}

// consistent makes a lane whose failing runs are all explained by a failure.
func consistent(l CheckLane) CheckLane {
	l.Runs = slices.Clone(l.Runs)
	for i, r := range l.Runs {
		explained := slices.ContainsFunc(l.Failures, func(f Failure) bool {
			return !f.Since.After(r.At) && (f.Until.IsZero() || r.At.Before(f.Until) || r.At.Equal(f.Since))
		})
		if r.Status == Fail && !explained {
			l.Runs[i].Status = Pass
		}
	}
	return l
}

// strip draws one letter a day: Operated, fiXed in time, Failing, Deviation,
// in small letters when inferred; ? is no evidence, . not due and : not due
// though observed.
func strip(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		letter := map[State]string{Operated: "o", Fixed: "x", Failing: "f", Deviation: "d", NoEvidence: "?", NotDue: "."}[s.State]
		if s.Observed {
			letter = map[State]string{Operated: "O", Fixed: "X", Failing: "F", Deviation: "D", NoEvidence: "!", NotDue: ":"}[s.State]
		}
		b.WriteString(strings.Repeat(letter, s.Days()))
	}
	return b.String()
}

// noteOn is the note on a day.
func noteOn(spans []Span, d Date) Note {
	for _, s := range spans {
		if s.From <= d && d < s.To {
			return s.Note
		}
	}
	return 0
}

// stateOn lists the state of each day.
func statesOf(spans []Span) []State {
	var states []State
	for _, s := range spans {
		for range s.Days() {
			states = append(states, s.State)
		}
	}
	return states
}

func checkStrip(t testing.TB, what string, spans []Span, want string) {
	t.Helper()
	if got := strip(spans); got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}
