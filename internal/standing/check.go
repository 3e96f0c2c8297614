package standing

import (
	"cmp"
	"slices"
	"time"

	"assay/internal/resource"
)

// Version is a version of the control, as one lane sees it. The versions of a
// control do not overlap; if they do, the one that began last is in force.
type Version struct {
	From, To Date          // in force on From ≤ day < To; a zero To is open, a zero From never
	Attached bool          // the version counts this lane
	Limit    time.Duration // how long a failure may last, where the wording states it; 0 when it does not
}

// Status is what a run of a check says about its population. Anything but the
// four words below, the zero Status included, is unknown.
type Status string

// The statuses that conclude something.
const (
	Pass         Status = "pass"
	Fail         Status = "fail"
	Excluded     Status = "excluded"      // all of the population is excluded
	NoOccurrence Status = "no_occurrence" // the population is proven empty
)

// Run is one run of a check.
type Run struct {
	At     time.Time // the instant that it speaks for
	Status Status

	// Freshness is how long it may be carried forward, by the version of the
	// check that ran; the lane's if 0.
	Freshness time.Duration

	// CoversFrom ≤ t < CoversTo is the time that the listing covers, for kinds
	// of events. It cannot reach beyond At.
	CoversFrom, CoversTo time.Time
}

// Ending says how a failure ended.
type Ending uint8

// The endings.
const (
	ByFix       Ending = iota // a later result is a pass
	ByDeletion                // the resource is gone
	ByExclusion               // an exclusion was approved
)

// Failure is one resource failing without a break. For kinds of events, Since
// is when the event happened.
//
// Until is the instant of the run, or of the exclusion, that ended it. An
// unknown result ends nothing.
type Failure struct {
	Resource string
	Since    time.Time
	Until    time.Time // zero while it lasts
	Ended    Ending
}

// EventDay counts the events that happened on a day, by what became known of
// them until now.
type EventDay struct {
	Day      Date
	Pass     int
	Fail     int // failed at some time; each has a Failure
	Unknown  int
	Excluded int
	Late     int // of all these, collected late
}

// CheckLane is what is on record about a check.
type CheckLane struct {
	Key      string
	Family   resource.Family // of the check's kind; state unless event
	Versions []Version
	Runs     []Run // of the period, and at least the last conclusive one before it
	Failures []Failure
	Events   []EventDay // for kinds of events

	// Freshness is how long a run may be carried forward that does not say so
	// itself, and how old a listing of today may be: a day without a run is
	// inferred from the last conclusive one if the day, up to now, ends no
	// later than Freshness after it.
	Freshness time.Duration

	// ConnectedAt is when the first run was, if it is not among Runs.
	ConnectedAt time.Time
}

// LaneKind says what shows that the control operates.
type LaneKind string

// The kinds of lanes.
const (
	ByCheck    LaneKind = "check"
	ByActivity LaneKind = "activity"
	ByUpload   LaneKind = "upload"
)

// Lane is how a lane stands over the days of the period that have begun.
type Lane struct {
	Key        string          `json:"key"`
	Kind       LaneKind        `json:"kind"`
	Spans      []Span          `json:"spans"`
	Deviations []DeviationSpan `json:"deviations,omitempty"`

	// Occurrences are those due in the period, for activities.
	Occurrences []Judged `json:"occurrences,omitempty"`
}

// DeviationSpan is a run of days, From ≤ day < To, on which one resource was a
// deviation of one lane. An occurrence of an activity is named by its due
// date. No name stands for the lane as a whole.
type DeviationSpan struct {
	Lane     string `json:"lane"`
	Resource string `json:"resource,omitempty"`
	From     Date   `json:"from"`
	To       Date   `json:"to"`
}

// recorded is a lane's input in order, and as it is known now.
type recorded struct {
	terms    terms
	runs     []run
	failures []failure
}

// Check judges a check's lane.
func (c *Calendar) Check(l CheckLane) Lane {
	terms := newTerms(l.Versions)
	failures := c.known(l.Failures)
	runs := c.runs(l.Runs, l.Freshness)
	judge := c.stateDays
	if l.Family == resource.Event {
		judge = c.eventDays
	}
	marks, lapses := judge(l, recorded{terms, runs, failures})
	attached := c.attached(terms)
	c.confine(marks, attached)
	return Lane{Key: l.Key, Kind: ByCheck, Spans: c.spans(marks), Deviations: c.deviations(l.Key, lapses, attached)}
}

// terms are the versions by their beginning.
type terms []Version

func newTerms(versions []Version) terms {
	t := terms(slices.DeleteFunc(slices.Clone(versions), func(v Version) bool { return v.From == 0 }))
	slices.SortFunc(t, func(a, b Version) int {
		order := cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(b.Limit, a.Limit))
		if order == 0 && a.Attached != b.Attached {
			order = 1
			if b.Attached {
				order = -1
			}
		}
		return order
	})
	return t
}

// on is the version in force on the day.
func (t terms) on(d Date) (v Version, ok bool) {
	for _, v := range slices.Backward(t) {
		if v.From <= d && (v.To == 0 || d < v.To) {
			return v, true
		}
	}
	return Version{}, false
}

// attachedFrom is the first day from d on when a version with the lane is in
// force.
func (t terms) attachedFrom(d Date) (first Date, v Version, ok bool) {
	for v, ok := t.on(d); ; v, ok = t.on(d) {
		if ok && v.Attached {
			return d, v, true
		}
		var next Date
		for _, v := range t {
			for _, change := range []Date{v.From, v.To} {
				if change > d && (next == 0 || change < next) {
					next = change
				}
			}
		}
		if next == 0 {
			return 0, Version{}, false
		}
		d = next
	}
}

// attached tells for each day, skipped dates aside, whether the lane is in
// force.
func (c *Calendar) attached(t terms) []bool {
	days := make([]bool, c.days)
	for i := range days {
		v, ok := t.on(c.date(i))
		days[i] = ok && v.Attached && !c.skipped(i)
	}
	return days
}

// confine makes days neutral on which the lane is not in force, and dates that
// are no days.
func (c *Calendar) confine(marks []mark, attached []bool) {
	for i := range marks {
		switch {
		case c.skipped(i):
			marks[i] = mark{note: NoteNoDay}
		case !attached[i]:
			marks[i] = mark{note: NoteNotInForce}
		}
	}
}

// failure is a Failure as it is known now.
type failure struct {
	resource     string
	since, until int64 // until is now while it lasts
	open         bool
	ended        Ending
}

// known leaves out what began later than now, and opens again what ended
// later.
func (c *Calendar) known(all []Failure) []failure {
	failures := make([]failure, 0, len(all))
	for _, f := range all {
		known := failure{resource: f.Resource, since: f.Since.UnixNano(), until: c.now, open: true}
		if !f.Until.IsZero() && f.Until.UnixNano() <= c.now {
			known.until, known.open, known.ended = max(f.Until.UnixNano(), known.since), false, f.Ended
		}
		if known.since <= c.now {
			failures = append(failures, known)
		}
	}
	return failures
}

// lastInstant is the last at which it was failing, as far as is known now.
func (f failure) lastInstant() int64 {
	if f.open {
		return f.until
	}
	return max(f.until-1, f.since)
}

// weight is how a failure counts: as state, with a note, and where it deviates
// as a deviation from the instant over on.
type weight struct {
	state    State
	note     Note
	deviates bool
	over     int64
}

// weigh holds the failure, counted from since, against a limit; 0 is none.
func (f failure) weigh(since int64, limit time.Duration) weight {
	switch {
	case limit <= 0:
		return weight{state: Failing, deviates: true, over: since}
	case f.until-since > int64(limit):
		return weight{state: Failing, deviates: true, over: since + int64(limit)}
	case f.open:
		return weight{state: Failing}
	}
	switch f.ended {
	case ByDeletion:
		return weight{state: Fixed, note: NoteGone}
	case ByExclusion:
		return weight{state: Fixed, note: NoteExcluded}
	case ByFix:
	}
	return weight{state: Fixed}
}

// lapse is a resource in deviation on the days first ≤ index < end.
type lapse struct {
	resource   string
	first, end int
}

// deviations joins the lapses of a resource that follow each other without a
// day between them, leaving out days when the lane is not in force.
func (c *Calendar) deviations(lane string, lapses []lapse, attached []bool) []DeviationSpan {
	var parts []lapse
	for _, in := range stretches(attached) {
		for _, l := range lapses {
			if first, end := max(l.first, in.first), min(l.end, in.end); first < end {
				parts = append(parts, lapse{l.resource, first, end})
			}
		}
	}
	slices.SortFunc(parts, func(a, b lapse) int {
		return cmp.Or(cmp.Compare(a.resource, b.resource), cmp.Compare(a.first, b.first), cmp.Compare(a.end, b.end))
	})
	var spans []DeviationSpan
	for i, p := range parts {
		n := len(spans)
		if i > 0 && parts[i-1].resource == p.resource && c.follows(int(spans[n-1].To-c.period.From), p.first) {
			spans[n-1].To = max(spans[n-1].To, c.date(p.end))
			continue
		}
		spans = append(spans, DeviationSpan{Lane: lane, Resource: p.resource, From: c.date(p.first), To: c.date(p.end)})
	}
	return spans
}

// follows reports whether no day lies between the end of one stretch and the
// beginning of another.
func (c *Calendar) follows(end, first int) bool {
	return end >= first || c.starts[end] == c.starts[first]
}

// stretches lists the runs of true.
func stretches(days []bool) []lapse {
	var runs []lapse
	for i, in := range days {
		switch {
		case !in:
		case i > 0 && days[i-1]:
			runs[len(runs)-1].end++
		default:
			runs = append(runs, lapse{first: i, end: i + 1})
		}
	}
	return runs
}
