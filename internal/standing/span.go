package standing

import (
	"strings"

	"assay/internal/kit/fault"
)

// State is how something stands on a day. A greater state is worse; NotDue,
// the zero State, is neutral: it counts only where there is nothing else.
type State uint8

// The states.
const (
	NotDue     State = iota // nothing was to be done, or it is not in force
	Operated                // looked at, nothing failing
	Fixed                   // failed, and over within the limit that the control states
	Failing                 // failing, the limit not yet passed that day
	NoEvidence              // nothing says how it stood; never a pass
	Deviation               // failing past the limit, or without one; performed late or not at all
)

// States lists the states, worst first.
func States() []State { return []State{Deviation, NoEvidence, Failing, Fixed, Operated, NotDue} }

// String is the state's name in tables, packages and the API.
func (s State) String() string {
	switch s {
	case NotDue:
		return "not_due"
	case Operated:
		return "operated"
	case Fixed:
		return "fixed"
	case Failing:
		return "failing"
	case NoEvidence:
		return "no_evidence"
	case Deviation:
		return "deviation"
	}
	return ""
}

// Label is the state as pages say it.
func (s State) Label() string {
	switch s {
	case NotDue:
		return "Not due"
	case Operated:
		return "Operated"
	case Fixed:
		return "Failed, fixed in time"
	case Failing:
		return "Failing, inside the limit"
	case NoEvidence:
		return "No evidence"
	case Deviation:
		return "Deviation"
	}
	return ""
}

// ParseState reads a state's name.
func ParseState(name string) (State, error) {
	for _, s := range States() {
		if s.String() == name {
			return s, nil
		}
	}
	return NotDue, fault.New(fault.Invalid, "%q is not a state of a control.", name)
}

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the state's name.
func (s *State) UnmarshalText(text []byte) (err error) {
	*s, err = ParseState(string(text))
	return err
}

// Note says why a day is in its state, where the state alone does not. Notes
// are a set; NoteLate is added to any state, the others belong to one.
type Note uint16

// The notes.
const (
	NoteNoOccurrence Note = 1 << iota // not due: the population is proven empty
	NoteExcluded                      // not due: all is excluded; fixed: a failure ended by an exclusion
	NoteDue                           // not due: an activity's window is open
	NotePending                       // not due: today is not yet listed
	NoteNotInForce                    // not due: no version of the control in force has this lane
	NoteNoDay                         // not due: the zone skipped this date
	NoteGone                          // fixed: a failure ended because the resource was deleted
	NoteUnknown                       // no evidence: the runs, or an event's result, could not tell
	NoteNotConnected                  // no evidence: before the first run or upload
	NoteStale                         // no evidence: no run or upload that concludes something is recent enough
	NoteUnconfirmed                   // no evidence: a failure ended, and no run since says how it stands
	NoteNotListed                     // no evidence: no complete listing covers the day
	NoteUnevidenced                   // no evidence: performed, with nothing to show for it
	NoteNoLane                        // no evidence: in force, and nothing shows that it operates
	NoteLate                          // events of the day were collected late
)

// noteNames are in the order of the bits.
func noteNames() []string {
	return []string{
		"no_occurrence", "excluded", "due", "pending", "not_in_force", "no_day", "gone", "unknown", "not_connected",
		"stale", "unconfirmed", "not_listed", "unevidenced", "no_lane", "late",
	}
}

// Has reports whether the set holds all of n.
func (n Note) Has(all Note) bool { return n&all == all }

// String lists the notes' names, separated by spaces.
func (n Note) String() string {
	var names []string
	for i, name := range noteNames() {
		if n&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// ParseNote reads what String wrote.
func ParseNote(s string) (Note, error) {
	var n Note
next:
	for word := range strings.FieldsSeq(s) {
		for i, name := range noteNames() {
			if word == name {
				n |= 1 << i
				continue next
			}
		}
		return 0, fault.New(fault.Invalid, "%q is not a note on a day.", word)
	}
	return n, nil
}

// MarshalText writes what String does.
func (n Note) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText reads what String wrote.
func (n *Note) UnmarshalText(text []byte) (err error) {
	*n, err = ParseNote(string(text))
	return err
}

// Span is a run of days, From ≤ day < To, that stand alike.
type Span struct {
	From     Date  `json:"from"`
	To       Date  `json:"to"`
	State    State `json:"state"`
	Observed bool  `json:"observed"` // looked at on each of these days; else inferred, or nothing to look at
	Note     Note  `json:"note,omitempty"`
}

// Days is the number of dates in the span.
func (s Span) Days() int { return int(s.To - s.From) }

// mark is how one day stands.
type mark struct {
	state    State
	observed bool
	note     Note
}

// raise makes the day at least as bad as s. A note of a lesser state is
// forgotten, except that events were late.
func (m *mark) raise(s State, n Note) {
	switch {
	case s > m.state:
		m.state, m.note = s, n|m.note&NoteLate
	case s == m.state:
		m.note |= n
	}
}

// spans folds the marks of the days that have begun.
func (c *Calendar) spans(marks []mark) []Span {
	var spans []Span
	for i, m := range marks {
		if n := len(spans); n > 0 && marks[i-1] == m {
			spans[n-1].To++
			continue
		}
		d := c.date(i)
		spans = append(spans, Span{From: d, To: d + 1, State: m.state, Observed: m.observed, Note: m.note})
	}
	return spans
}
