package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/kit/fault"
	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/suite"
)

func statusOperations() []Operation {
	return []Operation{
		{ID: "status.show", Method: get, Path: "/status", Permission: access.ControlRead, Summary: "What would be reported today, and what is due.", Do: does(showStatus)},
	}
}

// Status is the position today.
type Status struct {
	Org        Org            `json:"org"`
	Program    *ProgramDay    `json:"program,omitempty" doc:"Absent before there is one."`
	Today      string         `json:"today" format:"date"`
	Position   Position       `json:"position"`
	Now        StateCounts    `json:"now" doc:"Controls by the state that they have today."`
	Checks     map[string]int `json:"checks" doc:"Checks by the status of their newest run."`
	Deviations []Deviation    `json:"deviations" doc:"Controls with a deviation in the period."`
	Due        []Due          `json:"due" doc:"What is to be done, the most urgent first."`
}

// ProgramDay is a program and how far its period has come.
type ProgramDay struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type" enum:"type1,type2"`
	Dates string `json:"dates" doc:"The period, or the as-of date, in words."`
	Day   int    `json:"day" doc:"Days of the period that have begun."`
	Days  int    `json:"days"`
}

// StateCounts counts controls by state.
type StateCounts struct {
	Deviation  int `json:"deviation"`
	NoEvidence int `json:"no_evidence"`
	Failing    int `json:"failing"`
	Fixed      int `json:"fixed"`
	Operated   int `json:"operated"`
	NotDue     int `json:"not_due"`
}

func (c *StateCounts) add(state string) {
	switch state {
	case standing.Deviation.String():
		c.Deviation++
	case standing.NoEvidence.String():
		c.NoEvidence++
	case standing.Failing.String():
		c.Failing++
	case standing.Fixed.String():
		c.Fixed++
	case standing.Operated.String():
		c.Operated++
	default:
		c.NotDue++
	}
}

// Deviation is a control that deviated in the period.
type Deviation struct {
	Control  string `json:"control"`
	Title    string `json:"title"`
	Days     int    `json:"days"`
	Now      bool   `json:"now" doc:"It still does."`
	Headline string `json:"headline"`
}

// Due is something to be done.
type Due struct {
	At      *time.Time `json:"at,omitempty" doc:"When it is due; absent where nothing says."`
	Past    bool       `json:"past" doc:"It is past that already."`
	What    string     `json:"what"`
	Control string     `json:"control"`
	Owner   string     `json:"owner"`
	Check   string     `json:"check,omitempty"`
	Lane    string     `json:"lane,omitempty"`
	Times   int        `json:"times" doc:"How often the same is due; the first time is shown."`
}

// stale is how old the standing may be before it is computed anew: a limit may
// have passed since.
const stale = time.Hour

func showStatus(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*Status, error) {
	o, err := s.Orgs.Get(ctx, who)
	if err != nil {
		return nil, err
	}
	view, err := freshControls(ctx, s, who)
	if err != nil {
		return nil, err
	}
	checks, err := s.Checks.List(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &Status{
		Org: orgOf(&o), Today: view.Today.String(), Position: positionOf(view.Position),
		Checks: map[string]int{}, Deviations: []Deviation{}, Due: []Due{},
	}
	for i := range checks {
		out.Checks[checkOf(&checks[i]).Status]++
	}
	if out.Program, err = programDay(ctx, s, who, view.Today); err != nil {
		return nil, err
	}
	w := work{now: s.Now(), zone: o.Location(), checks: checks}
	for i := range view.Controls {
		c := &view.Controls[i]
		state := stateOn(c.Standing.Spans, view.Today)
		out.Now.add(state)
		if c.Standing.Summary.Group() == standing.GroupDeviation {
			out.Deviations = append(out.Deviations, Deviation{
				c.Control, c.Title, c.Standing.Summary.Days.Deviation, state == standing.Deviation.String(), c.Standing.Headline,
			})
		}
		out.Due = append(out.Due, w.of(c)...)
	}
	out.Due = together(out.Due)
	return out, nil
}

// together orders what is due by time, and keeps the first of what is due
// several times.
func together(all []Due) []Due {
	slices.SortStableFunc(all, func(a, b Due) int { return byTime(a.At, b.At) })
	out := []Due{}
	for _, d := range all {
		i := slices.IndexFunc(out, func(o Due) bool { return o.Control == d.Control && o.What == d.What && o.Lane == d.Lane })
		if i >= 0 {
			out[i].Times++
			continue
		}
		d.Times = 1
		out = append(out, d)
	}
	return out
}

func byTime(a, b *time.Time) int {
	switch {
	case a != nil && b != nil:
		return a.Compare(*b)
	case a != nil:
		return -1
	case b != nil:
		return 1
	}
	return 0
}

// freshControls is the controls with a standing that is not older than an
// hour.
func freshControls(ctx context.Context, s *suite.Suite, who access.Actor) (control.Overview, error) {
	view, err := s.Controls.List(ctx, who)
	if err != nil || !view.Has {
		return view, err
	}
	old := slices.ContainsFunc(view.Controls, func(c control.Listed) bool { return s.Now().Sub(c.Standing.BuiltAt) > stale })
	if !old {
		return view, nil
	}
	if err := s.Controls.Rebuild(ctx, access.Job(who.Org, "standing")); err != nil {
		return view, err
	}
	return s.Controls.List(ctx, who)
}

func programDay(ctx context.Context, s *suite.Suite, who access.Actor, today standing.Date) (*ProgramDay, error) {
	sc, err := s.Programs.Get(ctx, who, "")
	if fault.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // there is none yet, which is no error
	}
	if err != nil {
		return nil, err
	}
	p := &sc.Program
	day, days := p.Day(today)
	return &ProgramDay{ID: p.ID, Name: p.Name, Type: string(p.Type), Dates: p.Label(), Day: day, Days: days}, nil
}

// work finds what a control asks of people now.
type work struct {
	now    time.Time
	zone   *time.Location
	checks []check.Summary
}

func (w *work) of(c *control.Listed) (out []Due) {
	owner := cmp.Or(c.OwnerName, c.OwnerRole)
	for i := range c.Lanes {
		l := &c.Lanes[i]
		if l.Kind != standing.ByCheck {
			continue
		}
		j := slices.IndexFunc(w.checks, func(s check.Summary) bool { return s.ID == l.Check })
		if j >= 0 && w.checks[j].Last != nil {
			out = append(out, w.check(c, &w.checks[j], owner)...)
		}
	}
	for i := range c.Standing.Lanes {
		l := &c.Standing.Lanes[i]
		for _, o := range l.Occurrences {
			if o.Outcome == standing.Open || o.Outcome == standing.Missed {
				at := (o.Last + 1).Start(w.zone)
				out = append(out, Due{
					At: &at, Past: o.Outcome == standing.Missed, What: "Perform: " + c.Title, Control: c.Control, Owner: owner, Lane: l.Key,
				})
			}
		}
	}
	return out
}

// check is what a failing check, or one that cannot tell, asks for.
func (w *work) check(c *control.Listed, s *check.Summary, owner string) []Due {
	d := Due{Control: c.Control, Owner: owner, Check: s.ID}
	switch {
	case s.Failing > 0:
		at := s.Oldest.Since.Add(c.Limit())
		d.At, d.Past = &at, !at.After(w.now)
		d.What = fmt.Sprintf("%d failing: %s", s.Failing, s.Title)
	case s.Last.Status == rule.Unknown:
		d.What = "Could not be judged: " + s.Title
	default:
		return nil
	}
	return []Due{d}
}
