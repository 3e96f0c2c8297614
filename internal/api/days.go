package api

import (
	"time"

	"assay/internal/standing"
)

// Position is how many controls stand how in the period.
type Position struct {
	Operated     int `json:"operated"`
	ActionNeeded int `json:"action_needed"`
	Deviation    int `json:"deviation"`
	NotDue       int `json:"not_due"`
	FixedInTime  int `json:"fixed_in_time" doc:"Of those that operated, how many had a failure fixed in time."`
	Deviations   int `json:"deviations" doc:"In all controls together."`
	Controls     int `json:"controls"`
}

func positionOf(p standing.Position) Position {
	return Position{p.Operated, p.ActionNeeded, p.Deviation, p.NotDue, p.FixedInTime, p.Deviations, p.Controls()}
}

// Days counts the days of a period that have begun.
type Days struct {
	Deviation  int `json:"deviation"`
	NoEvidence int `json:"no_evidence"`
	Failing    int `json:"failing"`
	Fixed      int `json:"fixed"`
	Operated   int `json:"operated"`
	NotDue     int `json:"not_due"`
	Observed   int `json:"observed" doc:"Days on which everything due was looked at."`
	Inferred   int `json:"inferred" doc:"Days carried forward from the run before."`
}

// Done counts the occurrences of activities in a period.
type Done struct {
	Due      int `json:"due"`
	OnTime   int `json:"on_time"`
	Late     int `json:"late"`
	Missed   int `json:"missed"`
	Upcoming int `json:"upcoming"`
	Open     int `json:"open" doc:"Of the upcoming, those whose window is open."`
	Bare     int `json:"bare" doc:"Of those performed, those without evidence."`
}

func daysOf(s *standing.Summary) Days {
	d := s.Days
	return Days{d.Deviation, d.NoEvidence, d.Failing, d.Fixed, d.Operated, d.NotDue, s.Observed, s.Inferred}
}

func doneOf(s *standing.Summary) Done {
	a := s.Activities
	return Done{a.Due, a.OnTime, a.Late, a.Missed, a.Upcoming, a.Open, a.Bare}
}

// Span is a run of days that stand alike.
type Span struct {
	From     string `json:"from" format:"date" doc:"First day."`
	To       string `json:"to" format:"date" doc:"The day after the last."`
	State    string `json:"state" enum:"deviation,no_evidence,failing,fixed,operated,not_due"`
	Observed bool   `json:"observed" doc:"Looked at on each of these days; else inferred, or nothing to look at."`
	Note     string `json:"note,omitempty" doc:"Why, where the state alone does not say."`
}

func spansOf(list []standing.Span) []Span {
	out := make([]Span, 0, len(list))
	for _, s := range list {
		out = append(out, Span{s.From.String(), s.To.String(), s.State.String(), s.Observed, s.Note.String()})
	}
	return out
}

// DeviationDays is a run of days on which one resource was a deviation of one
// lane.
type DeviationDays struct {
	Resource string `json:"resource,omitempty" doc:"Empty for the lane as a whole; a due date for an activity."`
	From     string `json:"from" format:"date"`
	To       string `json:"to" format:"date" doc:"The day after the last."`
}

// Occurrence is one time that an activity is due.
type Occurrence struct {
	Due         string     `json:"due" format:"date"`
	Opens       string     `json:"opens" format:"date"`
	Last        string     `json:"last" format:"date" doc:"Last day on which it is not late."`
	Outcome     string     `json:"outcome" enum:"upcoming,open,on_time,late,missed"`
	PerformedAt *time.Time `json:"performed_at,omitempty"`
	Evidence    int        `json:"evidence" doc:"How many pieces."`
}

// LaneDays is how one lane stood.
type LaneDays struct {
	Lane        string          `json:"lane"`
	Spans       []Span          `json:"spans"`
	Deviations  []DeviationDays `json:"deviations"`
	Occurrences []Occurrence    `json:"occurrences"`
}

func laneDaysOf(key string, spans []standing.Span, deviations []standing.DeviationSpan, due []standing.Judged) LaneDays {
	l := LaneDays{Lane: key, Spans: spansOf(spans), Deviations: []DeviationDays{}, Occurrences: []Occurrence{}}
	for _, d := range deviations {
		l.Deviations = append(l.Deviations, DeviationDays{d.Resource, d.From.String(), d.To.String()})
	}
	for i := range due {
		o := &due[i]
		l.Occurrences = append(l.Occurrences, Occurrence{
			o.Due.String(), o.Opens.String(), o.Last.String(), o.Outcome.String(), maybe(o.PerformedAt), o.Evidence,
		})
	}
	return l
}

// stateOn is the state of a day, or nothing where no span holds it.
func stateOn(spans []standing.Span, day standing.Date) string {
	for _, s := range spans {
		if s.From <= day && day < s.To {
			return s.State.String()
		}
	}
	return ""
}
