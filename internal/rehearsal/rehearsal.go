package rehearsal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/internal/control"
	"assay/internal/sample"
	"assay/internal/standing"
)

// Verdict is what an auditor would come to.
type Verdict string

// The verdicts, worst first.
const (
	Exception   Verdict = "exception"    // something deviates
	Untested    Verdict = "untested"     // nothing deviates, and not all can be tested
	NotOccurred Verdict = "not_occurred" // nothing called for the control so far
	Clear       Verdict = "no_exception"
)

// Verdicts lists the verdicts, worst first.
func Verdicts() []Verdict { return []Verdict{Exception, Untested, NotOccurred, Clear} }

// Deviating is one item that deviates: a resource of a check, or an occurrence of
// an activity, named by the day on which it was due.
type Deviating struct {
	Lane     string        // what showed it, as the control names it
	Resource string        // empty: the lane as a whole
	From, To standing.Date // the days of the period on which it deviated, without To
}

// Selection is what a firm that follows the customary table would select of an
// activity's occurrences.
type Selection struct {
	Lane     string
	Items    int // that were due in the period so far
	Selected int
	Deviate  int // of the items
	Percent  int // chance that what is selected holds one that deviates
}

// Result is what an auditor would write about a control.
type Result struct {
	Control    string
	Title      string
	Criteria   []string
	Owner      string // a name; empty if nobody is known
	Verdict    Verdict
	Wording    string
	Deviating  []Deviating
	Selections []Selection
	Days       standing.Tally
	Reasons    []string // why a part cannot be tested
}

// Preventable is what can still be kept from being written.
type Preventable struct {
	Control string
	Title   string
	What    string
	By      standing.Date // 0: now
	More    int           // more of it is due before the period ends
	Owner   string
}

// judge says what an auditor would write about a control.
func judge(c *control.Listed, owner string, zone *time.Location) Result {
	r := Result{Control: c.Control, Title: c.Title, Criteria: c.Criteria, Owner: owner, Days: c.Standing.Summary.Days}
	var parts []string
	bare := 0
	for i := range c.Standing.Lanes {
		l := &c.Standing.Lanes[i]
		lane := laneOf(c, l.Key)
		for _, d := range l.Deviations {
			r.Deviating = append(r.Deviating, Deviating{Lane: lane.Title, Resource: d.Resource, From: d.From, To: d.To})
		}
		if l.Kind == standing.ByActivity {
			bare += r.performed(l, &lane)
		}
		if len(l.Deviations) > 0 {
			parts = append(parts, deviated(l, lane.Title, zone))
		}
	}
	r.Reasons = missing(c, bare)
	switch n := r.Days; {
	case len(r.Deviating) > 0:
		r.Verdict, r.Wording = Exception, strings.Join(parts, " ")
	case n.Deviation > 0:
		r.Verdict, r.Wording = Exception, fmt.Sprintf("The control deviated on %s.", days(n.Deviation))
	case len(r.Reasons) > 0:
		r.Verdict, r.Wording = Untested, "Not all of it can be tested. "+strings.Join(r.Reasons, " ")
	case n.Due() == 0:
		r.Verdict, r.Wording = NotOccurred, "No circumstance calling for this control arose in the period so far, so its operation could not be tested."
		if slices.ContainsFunc(c.Lanes, func(l control.Lane) bool { return l.Kind == standing.ByActivity }) {
			r.Wording = "Nothing of this control was due in the period so far, so its operation could not be tested."
		}
	default:
		r.Verdict, r.Wording = Clear, "No deviations noted."
	}
	return r
}

// laneOf is the lane that a key stands for. One that the wording in force does not
// have any more is called by its key.
func laneOf(c *control.Listed, key string) control.Lane {
	i := slices.IndexFunc(c.Lanes, func(l control.Lane) bool { return l.ID == key })
	if i < 0 {
		return control.Lane{ID: key, Title: key}
	}
	l := c.Lanes[i]
	l.Title = cmp.Or(l.Title, l.Check, key)
	return l
}

// performed sizes the sample of an activity, and counts what was performed in time
// with nothing to show for it.
func (r *Result) performed(l *control.LaneStanding, lane *control.Lane) (bare int) {
	s := Selection{Lane: lane.Title}
	for _, o := range l.Occurrences {
		switch o.Outcome {
		case standing.Upcoming, standing.Open:
			continue
		case standing.Late, standing.Missed:
			s.Deviate++
		case standing.OnTime:
		}
		if !o.PerformedAt.IsZero() && o.Evidence == 0 {
			bare++
		}
		s.Items++
	}
	n, _, err := sample.Customary().Size(sample.Frequency(lane.Schedule.Frequency), s.Items, false)
	if s.Items == 0 || err != nil { // a lane that the wording in force does not have any more has no frequency
		return bare
	}
	s.Selected, s.Percent = n, chance(s.Items, s.Deviate, n)
	r.Selections = append(r.Selections, s)
	return bare
}

// chance is how likely n of all hold one of the bad ones, in percent: 0 and 100
// are certain, and what is not is between.
func chance(all, bad, n int) int {
	if bad == 0 || n == 0 {
		return 0
	}
	if n > all-bad {
		return 100
	}
	none := 1.0
	for i := range n {
		none *= float64(all-bad-i) / float64(all-i)
	}
	return min(max(int(100*(1-none)+0.5), 1), 99)
}

// mostTold bounds the items that a sentence names; all are among Deviating.
const mostTold = 6

// deviated words what deviates in a lane.
func deviated(l *control.LaneStanding, title string, zone *time.Location) string {
	if l.Kind == standing.ByActivity {
		return lapsed(l, title, zone)
	}
	seen := map[string]bool{}
	for _, d := range l.Deviations {
		seen[d.Resource] = true
	}
	var named []string
	for i, d := range l.Deviations {
		if i == mostTold {
			named = append(named, fmt.Sprintf("and %d more", len(l.Deviations)-i))
			break
		}
		named = append(named, strings.TrimSpace(d.Resource+" "+span(d.From, d.To)))
	}
	if l.Kind == standing.ByCheck {
		return fmt.Sprintf("%s: every result of the period was looked at, and %s deviated: %s.", title, several(len(seen), "item", "items"), strings.Join(named, "; "))
	}
	return fmt.Sprintf("%s: deviated: %s.", title, strings.Join(named, "; "))
}

// lapsed words the occurrences that were performed late or not at all. One that was
// due before the period deviates in it, and is told with its days.
func lapsed(l *control.LaneStanding, title string, zone *time.Location) string {
	items, bad := 0, 0
	var named []string
	inside := map[string]bool{}
	for _, o := range l.Occurrences {
		inside[o.Due.String()] = true
		switch o.Outcome {
		case standing.Upcoming, standing.Open:
			continue
		case standing.Late:
			named = append(named, fmt.Sprintf("due %s, performed on %s", o.Due, standing.DayOf(o.PerformedAt, zone)))
			bad++
		case standing.Missed:
			named = append(named, fmt.Sprintf("due %s, not performed", o.Due))
			bad++
		case standing.OnTime:
		}
		items++
	}
	for _, d := range l.Deviations {
		if !inside[d.Resource] {
			named = append(named, fmt.Sprintf("due %s, before the period, and open %s", d.Resource, span(d.From, d.To)))
		}
	}
	if len(named) > mostTold {
		named = append(named[:mostTold:mostTold], fmt.Sprintf("and %d more", len(named)-mostTold))
	}
	return fmt.Sprintf("%s: of %s due in the period so far, %d deviated: %s.", title, several(items, "occurrence", "occurrences"), bad, strings.Join(named, "; "))
}

// missing says why a part cannot be tested.
func missing(c *control.Listed, bare int) (out []string) {
	by := map[standing.Note]int{}
	var order []standing.Note
	for _, s := range c.Standing.Spans {
		if s.State != standing.NoEvidence {
			continue
		}
		note := s.Note &^ standing.NoteLate
		if by[note] == 0 {
			order = append(order, note)
		}
		by[note] += s.Days()
	}
	for _, n := range order {
		out = append(out, fmt.Sprintf("On %s %s.", days(by[n]), why(n)))
	}
	if bare > 0 {
		out = append(out, several(bare, "performance is", "performances are")+" with nothing to show for it.")
	}
	return out
}

// why words the note of a day without evidence.
func why(n standing.Note) string {
	for _, one := range []struct {
		note standing.Note
		text string
	}{
		{standing.NoteNoLane, "nothing was named that shows that it operates"},
		{standing.NoteUnknown, "runs, or the results of what happened, could not tell"},
		{standing.NoteNotConnected, "nothing was collected or added yet"},
		{standing.NoteStale, "nothing recent enough was collected or added"},
		{standing.NoteNotListed, "no complete listing says what there was"},
		{standing.NoteUnconfirmed, "a failure had ended and no run had said how it stands"},
		{standing.NoteUnevidenced, "it was performed with nothing to show for it"},
	} {
		if n.Has(one.note) {
			return one.text
		}
	}
	return "there is no evidence"
}

// preventable is what can still be prevented of a control in a period.
func preventable(c *control.Listed, owner string, today standing.Date, p standing.Period) (out []Preventable) {
	if c.Phase == control.Retired || today >= p.To {
		return nil
	}
	add := func(what string, by standing.Date, more int) {
		out = append(out, Preventable{Control: c.Control, Title: c.Title, What: what, By: by, More: more, Owner: owner})
	}
	switch stateOn(c.Standing.Spans, today) {
	case standing.Deviation:
		add("Deviates today. What was is written already; mend it so that no further day is.", 0, 0)
	case standing.NoEvidence:
		add("Nothing shows today that it operates. Collect or add what does.", 0, 0)
	case standing.Failing:
		add("Fails, within the limit that its wording states. Mend it before the limit passes.", 0, 0)
	case standing.NotDue, standing.Operated, standing.Fixed:
	}
	for i := range c.Standing.Lanes {
		l := &c.Standing.Lanes[i]
		var next *standing.Judged
		more := 0
		for j := range l.Occurrences {
			o := &l.Occurrences[j]
			switch {
			case o.Outcome != standing.Open && o.Outcome != standing.Upcoming:
			case next == nil:
				next = o
			default:
				more++
			}
		}
		if next != nil {
			add("Perform “"+laneOf(c, l.Key).Title+"”, due "+next.Due.String()+", and keep evidence of it.", next.Last, more)
		}
	}
	return out
}

// stateOn is how a control stands on a day.
func stateOn(spans []standing.Span, day standing.Date) standing.State {
	i := slices.IndexFunc(spans, func(s standing.Span) bool { return s.From <= day && day < s.To })
	if i < 0 {
		return standing.NotDue
	}
	return spans[i].State
}

func span(from, to standing.Date) string {
	if to <= from+1 {
		return "on " + from.String()
	}
	return "from " + from.String() + " to " + (to - 1).String()
}

func days(n int) string { return several(n, "day", "days") }

func several(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
