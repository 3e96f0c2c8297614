package standing

import (
	"fmt"
	"slices"
	"strings"
)

// Headline says in one sentence how a control stands: in days, or, where
// people alone perform it, in occurrences. It says what is on record, and
// never that it is enough.
func (c *Calendar) Headline(s Standing) string {
	if c.days == 0 {
		return "The period begins on " + c.say(c.period.From) + "."
	}
	byActivity := func(l Lane) bool { return l.Kind == ByActivity }
	people := len(s.Lanes) > 0 && !slices.ContainsFunc(s.Lanes, func(l Lane) bool { return !byActivity(l) })
	var clauses []string
	switch n := s.Summary.Activities; {
	case !people:
		clauses = c.sayDays(s)
	case n.Due == 0:
		clauses = []string{"Nothing was due so far"}
	}
	clauses = append(clauses, c.sayOccurrences(s)...)
	if people {
		without := func(s Span) bool { return s.Note.Has(NoteNoLane) }
		if n, in := c.count(s.Spans, without); n > 0 {
			clauses = append(clauses, fmt.Sprintf("%s with nothing to show its operation %s", days(n), in))
		}
	}
	return strings.Join(clauses, "; ") + "."
}

func (c *Calendar) sayDays(s Standing) []string {
	t := s.Summary.Days
	var lead string
	switch due, in := t.Due(), t.InOperation(); {
	case due == 0:
		lead = "Nothing was due on " + days(t.Begun()) + " so far"
	case in == due && due > 1:
		lead = fmt.Sprintf("Operated on all %d days", due)
	default:
		lead = fmt.Sprintf("Operated on %d of %s", in, days(due))
	}
	clauses := []string{lead}
	since := c.failingSince(s.Spans)
	for _, part := range []struct {
		what string
		days func(Span) bool
	}{
		{"of deviation", func(s Span) bool { return s.State == Deviation }},
		{"without evidence", func(s Span) bool { return s.State == NoEvidence }},
		{"with a failure fixed in time", func(s Span) bool { return s.State == Fixed }},
		{"with a failure inside its limit", func(s Span) bool { return s.State == Failing && (since == 0 || s.From < since) }},
	} {
		n, in := c.count(s.Spans, part.days)
		switch {
		case n == 0:
		case len(clauses) == 1:
			clauses = append(clauses, fmt.Sprintf("%s %s %s", days(n), part.what, in))
		default:
			clauses = append(clauses, fmt.Sprintf("%d %s %s", n, part.what, in))
		}
	}
	if since != 0 {
		clauses = append(clauses, "failing inside the limit since "+c.say(since))
	}
	empty, _ := c.count(s.Spans, func(s Span) bool { return s.State == NotDue && s.Note.Has(NoteNoOccurrence) })
	if empty > 0 {
		clauses = append(clauses, "no occurrence on "+days(empty))
	}
	if rest := t.NotDue - empty; rest > 0 && t.Due() > 0 {
		clauses = append(clauses, days(rest)+" not due")
	}
	return clauses
}

func (c *Calendar) sayOccurrences(s Standing) []string {
	var clauses []string
	n := s.Summary.Activities
	if n.Due > 0 {
		noun := "occurrences"
		if n.Due == 1 {
			noun = "occurrence"
		}
		clauses = append(clauses, fmt.Sprintf("%d of %d %s performed on time", n.OnTime, n.Due, noun))
	}
	var late, missed []Date
	var next Date
	for _, l := range s.Lanes {
		for _, o := range l.Occurrences {
			switch o.Outcome {
			case Late:
				late = append(late, o.Due)
			case Missed:
				missed = append(missed, o.Due)
			case Open, Upcoming:
				if next == 0 || o.Due < next {
					next = o.Due
				}
			case OnTime:
			}
		}
	}
	if len(late) > 0 {
		clauses = append(clauses, fmt.Sprintf("%d late, due %s", len(late), c.in(late)))
	}
	if len(missed) > 0 {
		clauses = append(clauses, fmt.Sprintf("%d missed, due %s", len(missed), c.in(missed)))
	}
	if n.Bare > 0 {
		clauses = append(clauses, fmt.Sprintf("%d without evidence", n.Bare))
	}
	if next != 0 {
		clauses = append(clauses, "next due "+c.say(next))
	}
	return clauses
}

// failingSince is the first day of the failing in which the spans end, or no
// date when they end otherwise.
func (c *Calendar) failingSince(spans []Span) (since Date) {
	for _, s := range slices.Backward(spans) {
		if s.State != Failing && !s.Note.Has(NoteNoDay) {
			break
		}
		if s.State == Failing {
			since = s.From
		}
	}
	return since
}

// count adds up the days of the spans that match, and names their months.
func (c *Calendar) count(spans []Span, match func(Span) bool) (n int, in string) {
	var dates []Date
	for _, s := range spans {
		if !match(s) {
			continue
		}
		n += s.Days()
		for d := s.From; d < s.To; d++ {
			dates = append(dates, d)
		}
	}
	return n, c.in(dates)
}

// in names the months of the dates, or says how many months they are.
func (c *Calendar) in(dates []Date) string {
	slices.Sort(dates)
	var months []string
	for _, d := range dates {
		year, month, _ := d.Civil()
		name := month.String()
		if c.sayYear() {
			name = fmt.Sprintf("%s %d", month, year)
		}
		if !slices.Contains(months, name) {
			months = append(months, name)
		}
	}
	switch n := len(months); {
	case n == 0:
		return ""
	case n == 1:
		return "in " + months[0]
	case n <= 3:
		return "in " + strings.Join(months[:n-1], ", ") + " and " + months[n-1]
	default:
		return fmt.Sprintf("in %d months, the first %s", n, months[0])
	}
}

// say writes a date as 22 November, with the year where it would not be clear.
func (c *Calendar) say(d Date) string {
	year, month, day := d.Civil()
	if c.sayYear() || d < c.period.From || d >= c.period.To || c.days == 0 {
		return fmt.Sprintf("%d %s %d", day, month, year)
	}
	return fmt.Sprintf("%d %s", day, month)
}

// sayYear reports whether a month's name alone is ambiguous in the period.
func (c *Calendar) sayYear() bool {
	first, last := c.period.From, c.period.To-1
	year, month, _ := first.Civil()
	return last >= NewDate(year+1, month, 1)
}

func days(n int) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}
