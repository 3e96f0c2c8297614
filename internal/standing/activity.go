package standing

import (
	"fmt"
	"slices"
	"time"
)

// ActivityLane is what is on record about an activity, a control performed by
// a person on a schedule. When the schedule changes, it is another lane from
// that version of the control on.
type ActivityLane struct {
	Key          string
	Versions     []Version // limits do not matter here
	Schedule     Schedule
	Performances []Performance // since the lane came into force
}

// Performance is an activity done once.
type Performance struct {
	Due         Date // of the occurrence that it was done for
	PerformedAt time.Time
	Evidence    int // how many pieces of evidence it has
}

// Outcome says how an occurrence stands.
type Outcome uint8

// The outcomes.
const (
	Upcoming Outcome = iota // the window is not open yet
	Open                    // the window is open
	OnTime                  // performed in the window
	Late                    // performed after it
	Missed                  // the window is over and it is not performed
)

// String is the outcome's name in tables, packages and the API.
func (o Outcome) String() string {
	switch o {
	case Upcoming:
		return "upcoming"
	case Open:
		return "open"
	case OnTime:
		return "on_time"
	case Late:
		return "late"
	case Missed:
		return "missed"
	}
	return ""
}

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the outcome's name.
func (o *Outcome) UnmarshalText(text []byte) error {
	for known := Upcoming; known <= Missed; known++ {
		if known.String() == string(text) {
			*o = known
			return nil
		}
	}
	return fmt.Errorf("outcome %q is not known", text)
}

// Judged is an occurrence and how it stands.
type Judged struct {
	Occurrence

	Outcome     Outcome   `json:"outcome"`
	PerformedAt time.Time `json:"performed_at,omitzero"`
	Evidence    int       `json:"evidence"`
}

// Activity judges an activity's lane. An occurrence counts when the lane is in
// force on its due date.
//
// Performed in time, it marks the day. Performed late, it is a deviation from
// the day after the window to the day of the performance. Not performed, it is
// one until a later occurrence is performed, for then the control operates
// again. A performance before the window opens does not count. Of several,
// the first decides the time, and the evidence of all is counted.
func (c *Calendar) Activity(l ActivityLane) Lane {
	terms := newTerms(l.Versions)
	judged := c.judge(l, terms)
	resumed := c.resumptions(judged)
	marks := make([]mark, c.days)
	var lapses []lapse
	out := Lane{Key: l.Key, Kind: ByActivity}
	for i, o := range judged {
		if o.Due >= c.period.From && o.Due < c.period.To {
			out.Occurrences = append(out.Occurrences, o)
		}
		done := resumed[i] // the day on which it, or a later one after it was missed, was performed
		c.raise(marks, o.Opens, min(o.Last, done)+1, mark{note: NoteDue})
		switch o.Outcome {
		case Upcoming, Open:
		case OnTime:
			shown := mark{state: Operated}
			if o.Evidence == 0 {
				shown = mark{state: NoEvidence, note: NoteUnevidenced}
			}
			c.raise(marks, done, done+1, shown)
		case Late, Missed:
			c.raise(marks, o.Last+1, done+1, mark{state: Deviation})
			if first, end := c.clip(o.Last+1, done+1); first < end {
				lapses = append(lapses, lapse{o.Due.String(), first, end})
			}
		}
	}
	for i := range marks {
		marks[i].observed = marks[i].state == Operated || marks[i].state == Deviation
	}
	attached := c.attached(terms)
	c.confine(marks, attached)
	out.Spans, out.Deviations = c.spans(marks), c.deviations(l.Key, lapses, attached)
	return out
}

func (c *Calendar) raise(marks []mark, from, to Date, m mark) {
	first, end := c.clip(from, to)
	for i := first; i < end; i++ {
		marks[i].raise(m.state, m.note)
	}
}

// judge lists the occurrences that can matter: from the lane's first day in
// force to the last that is due in the period or already open.
func (c *Calendar) judge(l ActivityLane, t terms) []Judged {
	if len(t) == 0 {
		return nil
	}
	last := max(c.period.To, c.end()+Date(max(l.Schedule.Opens, l.Schedule.Frequency.MaxAge()))+2)
	var judged []Judged
	for _, o := range l.Schedule.Occurrences(Period{From: t[0].From, To: last}) {
		if v, ok := t.on(o.Due); ok && v.Attached {
			judged = append(judged, Judged{Occurrence: o})
		}
	}
	byDue := map[Date][]Performance{}
	for _, p := range l.Performances {
		if p.PerformedAt.UnixNano() <= c.now {
			byDue[p.Due] = append(byDue[p.Due], p)
		}
	}
	for i := range judged {
		c.perform(&judged[i], byDue[judged[i].Due])
	}
	return judged
}

// perform decides the outcome of one occurrence.
func (c *Calendar) perform(o *Judged, performances []Performance) {
	opens, closes := c.start(o.Opens), c.start(o.Last+1)
	for _, p := range performances {
		if p.PerformedAt.UnixNano() < opens {
			continue
		}
		if o.PerformedAt.IsZero() || p.PerformedAt.Before(o.PerformedAt) {
			o.PerformedAt = p.PerformedAt.UTC()
		}
		o.Evidence += p.Evidence
	}
	switch {
	case !o.PerformedAt.IsZero() && o.PerformedAt.UnixNano() < closes:
		o.Outcome = OnTime
	case !o.PerformedAt.IsZero():
		o.Outcome = Late
	case c.now >= closes:
		o.Outcome = Missed
	case c.now >= opens:
		o.Outcome = Open
	}
}

// resumptions is the day of each occurrence's performance; for one that is not
// performed, the day of the first performance of a later one after its window;
// and today's where there is none.
func (c *Calendar) resumptions(judged []Judged) []Date {
	days := make([]Date, len(judged))
	var later []int64 // when later occurrences were performed, sorted
	for i, o := range slices.Backward(judged) {
		days[i] = c.today
		if !o.PerformedAt.IsZero() {
			at := o.PerformedAt.UnixNano()
			days[i] = c.dayOf(at)
			place, _ := slices.BinarySearch(later, at)
			later = slices.Insert(later, place, at)
			continue
		}
		if place, _ := slices.BinarySearch(later, c.start(o.Last+1)); place < len(later) {
			days[i] = c.dayOf(later[place])
		}
	}
	return days
}
