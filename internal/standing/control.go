package standing

// Control is what is on record about a control.
type Control struct {
	ID         string
	Versions   []Version // when the control is in force; only the dates matter here
	Checks     []CheckLane
	Activities []ActivityLane
	Uploads    []UploadLane
}

// Standing is how a control stands over the days of the period that have
// begun.
type Standing struct {
	ID      string  `json:"id"`
	Spans   []Span  `json:"spans"`
	Lanes   []Lane  `json:"lanes"`
	Summary Summary `json:"summary"`
}

// Control judges a control and its lanes.
func (c *Calendar) Control(in Control) Standing {
	var lanes []Lane
	for _, l := range in.Checks {
		lanes = append(lanes, c.Check(l))
	}
	for _, l := range in.Activities {
		lanes = append(lanes, c.Activity(l))
	}
	for _, l := range in.Uploads {
		lanes = append(lanes, c.Upload(l))
	}
	spans := c.Worst(in.Versions, lanes)
	return Standing{ID: in.ID, Spans: spans, Lanes: lanes, Summary: c.Sum(spans, lanes)}
}

// Worst is how a control stands, given how its lanes do: on each day as the
// worst of those in force, not counting lanes with nothing due unless that is
// all of them. In force without any lane, it has no evidence. A day is
// observed when every lane that counts was observed, or one that deviated.
func (c *Calendar) Worst(versions []Version, lanes []Lane) []Span {
	marks := make([]mark, c.days)
	terms := newTerms(versions)
	for i := range marks {
		switch _, ok := terms.on(c.date(i)); {
		case c.skipped(i):
			marks[i].note = NoteNoDay
		case ok:
			marks[i] = mark{state: NoEvidence, note: NoteNoLane}
		default:
			marks[i].note = NoteNotInForce
		}
	}
	each := make([]joined, c.days)
	for _, l := range lanes {
		for _, s := range l.Spans {
			for i, end := c.clip(s.From, s.To); i < end; i++ {
				each[i].add(s)
			}
		}
	}
	for i, j := range each {
		if j.inForce && marks[i].note == NoteNoLane {
			marks[i] = j.mark()
		}
	}
	return c.spans(marks)
}

// joined is one day of several lanes.
type joined struct {
	worst    mark
	inForce  bool // some lane is
	observed bool // some lane was
	inferred bool // some lane with something due was not
	deviated bool // some lane was, and deviated
}

func (j *joined) add(s Span) {
	if s.Note.Has(NoteNotInForce) {
		return
	}
	j.inForce = true
	j.worst.raise(s.State, s.Note)
	j.worst.note |= s.Note & NoteLate
	j.observed = j.observed || s.Observed
	j.inferred = j.inferred || s.State != NotDue && !s.Observed
	j.deviated = j.deviated || s.State == Deviation && s.Observed
}

func (j joined) mark() mark {
	m := j.worst
	m.observed = m.state != NoEvidence && (j.deviated || j.observed && !j.inferred)
	return m
}

// Summary counts how a control stands over the days that have begun.
type Summary struct {
	Days       Tally  `json:"days"`
	Observed   int    `json:"observed"`   // days on which all that was due, or a deviation, was looked at
	Inferred   int    `json:"inferred"`   // days in a state other than not due and no evidence, not observed
	Deviations int    `json:"deviations"` // runs of days, per lane and resource
	Activities Counts `json:"activities"`
}

// Tally counts days by state. Dates that the zone skipped are not counted.
type Tally struct {
	Deviation  int `json:"deviation"`
	NoEvidence int `json:"no_evidence"`
	Failing    int `json:"failing"`
	Fixed      int `json:"fixed"`
	Operated   int `json:"operated"`
	NotDue     int `json:"not_due"`
}

func (t *Tally) add(s State, n int) {
	switch s {
	case Deviation:
		t.Deviation += n
	case NoEvidence:
		t.NoEvidence += n
	case Failing:
		t.Failing += n
	case Fixed:
		t.Fixed += n
	case Operated:
		t.Operated += n
	case NotDue:
		t.NotDue += n
	}
}

// Begun is how many days of the period have begun.
func (t Tally) Begun() int { return t.Due() + t.NotDue }

// Due is how many of them something was due on.
func (t Tally) Due() int { return t.Deviation + t.NoEvidence + t.InOperation() }

// InOperation is how many of them the control operated on as it is worded: a
// failure inside the limit that the wording states is part of its operation.
func (t Tally) InOperation() int { return t.Failing + t.Fixed + t.Operated }

// Counts counts the occurrences of activities due in the period.
type Counts struct {
	Due      int `json:"due"` // on time, late and missed
	OnTime   int `json:"on_time"`
	Late     int `json:"late"`
	Missed   int `json:"missed"`
	Upcoming int `json:"upcoming"` // neither performed nor past due
	Open     int `json:"open"`     // of the upcoming, those whose window is open
	Bare     int `json:"bare"`     // of those on time and late, those without evidence
}

func (n *Counts) add(o Judged) {
	switch o.Outcome {
	case OnTime:
		n.OnTime++
	case Late:
		n.Late++
	case Missed:
		n.Missed++
	case Open:
		n.Open++
		n.Upcoming++
	case Upcoming:
		n.Upcoming++
	}
	n.Due = n.OnTime + n.Late + n.Missed
	if !o.PerformedAt.IsZero() && o.Evidence == 0 {
		n.Bare++
	}
}

// Sum counts the days of spans, and what the lanes below them hold.
func (c *Calendar) Sum(spans []Span, lanes []Lane) Summary {
	var sum Summary
	for _, s := range spans {
		if s.Note.Has(NoteNoDay) {
			continue
		}
		sum.Days.add(s.State, s.Days())
		switch {
		case s.Observed:
			sum.Observed += s.Days()
		case s.State != NotDue && s.State != NoEvidence:
			sum.Inferred += s.Days()
		}
	}
	for _, l := range lanes {
		sum.Deviations += len(l.Deviations)
		for _, o := range l.Occurrences {
			sum.Activities.add(o)
		}
	}
	return sum
}
