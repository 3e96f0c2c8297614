package api

import (
	"context"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/control"
	"assay/internal/standing"
	"assay/internal/suite"
)

func controlOperations() []Operation {
	return []Operation{
		{ID: "control.list", Method: get, Path: "/controls", Permission: access.ControlRead, Summary: "The controls in force, those to come, those retired in the period, and how each stands.", Do: does(listControls)},
		{ID: "control.show", Method: get, Path: "/controls/{id}", Permission: access.ControlRead, Summary: "A control with its versions, lanes, days and performances.", Do: does(showControl)},
	}
}

// Control is a control as worded today, and how it stands.
type Control struct {
	ID          string     `json:"id"`
	Title       string     `json:"title"`
	Statement   string     `json:"statement" doc:"As it will read in the report."`
	Version     int        `json:"version"`
	EffectiveOn string     `json:"effective_on" format:"date"`
	Criteria    []string   `json:"criteria"`
	Owner       string     `json:"owner" doc:"User id, or empty."`
	OwnerName   string     `json:"owner_name"`
	OwnerRole   string     `json:"owner_role"`
	Frequency   string     `json:"frequency"`
	Nature      string     `json:"nature"`
	Kind        string     `json:"kind"`
	Key         bool       `json:"key"`
	FixLimit    string     `json:"fix_limit" doc:"As the statement states it; empty when it does not."`
	Lanes       []Lane     `json:"lanes"`
	Phase       string     `json:"phase" doc:"in_force, planned, or retired."`
	Group       string     `json:"group" doc:"operated, action_needed, deviation or not_due."`
	State       string     `json:"state" doc:"Of today; empty outside the period."`
	Headline    string     `json:"headline"`
	Days        Days       `json:"days"`
	Deviations  int        `json:"deviations"`
	Occurrences Done       `json:"occurrences"`
	BuiltAt     *time.Time `json:"built_at,omitempty" doc:"When its standing was computed."`
}

// Lane is one thing that shows that a control operates.
type Lane struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"check,activity,upload"`
	Title     string `json:"title"`
	Check     string `json:"check,omitempty"`
	Frequency string `json:"frequency,omitempty"`
	Anchor    string `json:"anchor,omitempty" doc:"A date on which it is due."`
	Opens     int    `json:"opens,omitempty" doc:"Days before the due date that its window opens."`
	Grace     int    `json:"grace,omitempty" doc:"Days after it that it is not late."`
}

func laneOf(l *control.Lane) Lane {
	return Lane{
		ID: l.ID, Kind: string(l.Kind), Title: l.Title, Check: l.Check, Frequency: string(l.Schedule.Frequency),
		Anchor: l.Schedule.Anchor.String(), Opens: l.Schedule.Opens, Grace: l.Schedule.Grace,
	}
}

func controlOf(l *control.Listed, today standing.Date) Control {
	v, st := &l.Version, &l.Standing
	c := Control{
		ID: v.Control, Title: v.Title, Statement: v.Statement, Version: v.Number, EffectiveOn: v.EffectiveOn.String(),
		Criteria: append([]string{}, v.Criteria...), Owner: v.Owner, OwnerName: v.OwnerName, OwnerRole: v.OwnerRole,
		Frequency: v.Frequency, Nature: v.Nature, Kind: v.Kind, Key: v.Key, FixLimit: v.FixLimit, Lanes: []Lane{}, Phase: string(l.Phase),
		Group: st.Group, State: stateOn(st.Spans, today), Headline: st.Headline, Days: daysOf(&st.Summary),
		Deviations: st.Summary.Deviations, Occurrences: doneOf(&st.Summary), BuiltAt: maybe(st.BuiltAt),
	}
	for i := range v.Lanes {
		c.Lanes = append(c.Lanes, laneOf(&v.Lanes[i]))
	}
	if c.Group == "" {
		c.Group = standing.GroupNotDue.String()
	}
	return c
}

// ControlsIn narrows the list of controls.
type ControlsIn struct {
	Page
	Group     string `query:"group" enum:"operated,action_needed,deviation,not_due" doc:"Only those that are counted there."`
	Criterion string `query:"criterion" doc:"Only those that help to meet it."`
	Owner     string `query:"owner" doc:"Only those of a user."`
	Period    string `query:"period" doc:"Program: slug or id; the current one unless given."`
}

// Controls is a page of controls.
type Controls struct {
	Position Position  `json:"position" doc:"Of all controls, whatever the page shows."`
	Controls []Control `json:"controls"`
	Next     string    `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listControls(ctx context.Context, s *suite.Suite, who access.Actor, in *ControlsIn) (*Controls, error) {
	o, err := s.Controls.In(in.Period).List(ctx, who)
	if err != nil {
		return nil, err
	}
	var all []Control
	list := o.All()
	for i := range list {
		c := controlOf(&list[i], o.Today)
		if (in.Group == "" || c.Group == in.Group) && (in.Criterion == "" || slices.Contains(c.Criteria, in.Criterion)) &&
			(in.Owner == "" || c.Owner == in.Owner) {
			all = append(all, c)
		}
	}
	out := &Controls{Position: positionOf(o.Position)}
	out.Controls, out.Next = cut(all, in.Page, func(c *Control) string { return c.ID })
	return out, nil
}

// ControlIn names a control.
type ControlIn struct {
	ID     string `path:"id" doc:"Such as IAM-03."`
	Period string `query:"period" doc:"Program: slug or id; the current one unless given."`
}

// Wording is a version of a control.
type Wording struct {
	Version     int       `json:"version"`
	EffectiveOn string    `json:"effective_on" format:"date"`
	Retired     bool      `json:"retired"`
	Title       string    `json:"title"`
	Statement   string    `json:"statement"`
	FixLimit    string    `json:"fix_limit"`
	Reason      string    `json:"reason"`
	Author      string    `json:"author"`
	CreatedAt   time.Time `json:"created_at"`
	Leaf        string    `json:"leaf"`
}

// ControlDetail is everything about one control.
type ControlDetail struct {
	Control
	InForce      bool          `json:"in_force" doc:"The wording above holds today."`
	Spans        []Span        `json:"spans" doc:"Its days, run-length coded."`
	Lanes        []LaneDays    `json:"lane_days"`
	Versions     []Wording     `json:"versions" doc:"Oldest first."`
	Performances []Performance `json:"performances"`
}

// Performance is an activity done once.
type Performance struct {
	ID          string    `json:"id"`
	Lane        string    `json:"lane"`
	DueOn       string    `json:"due_on" format:"date"`
	PerformedAt time.Time `json:"performed_at"`
	RecordedAt  time.Time `json:"recorded_at"`
	By          string    `json:"by"`
	ByName      string    `json:"by_name"`
	Note        string    `json:"note,omitempty"`
	Evidence    []string  `json:"evidence"`
	Leaf        string    `json:"leaf"`
}

func performanceOf(p *activity.Performance) Performance {
	return Performance{p.ID, p.Lane, p.DueOn, p.PerformedAt, p.RecordedAt, p.By, p.ByName, p.Note, orNone(p.Evidence), p.Leaf}
}

func showControl(ctx context.Context, s *suite.Suite, who access.Actor, in *ControlIn) (*ControlDetail, error) {
	d, err := s.Controls.In(in.Period).Get(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &ControlDetail{
		Control: controlOf(&control.Listed{Version: d.Current, Phase: d.Phase, Standing: d.Standing}, d.Today), InForce: d.InForce, Spans: spansOf(d.Standing.Spans),
		Lanes: []LaneDays{}, Versions: []Wording{}, Performances: []Performance{},
	}
	for i := range d.Standing.Lanes {
		l := &d.Standing.Lanes[i]
		out.Lanes = append(out.Lanes, laneDaysOf(l.Key, l.Spans, l.Deviations, l.Occurrences))
	}
	for i := range d.Versions {
		v := &d.Versions[i]
		out.Versions = append(out.Versions, Wording{
			v.Number, v.EffectiveOn.String(), v.Retired, v.Title, v.Statement, v.FixLimit, v.Reason, v.Author, v.CreatedAt, v.Leaf,
		})
	}
	for i := range d.Performances {
		out.Performances = append(out.Performances, performanceOf(&d.Performances[i]))
	}
	return out, nil
}

// orNone is a list that is never null.
func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
