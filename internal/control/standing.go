package control

import (
	"context"
	"maps"
	"slices"
	"time"

	"assay/internal/access"
	"assay/internal/activity"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
)

// Standing is how a control stands, as the projection holds it.
type Standing struct {
	Control  string           `json:"control"`
	Group    string           `json:"group"`
	Headline string           `json:"headline"`
	Summary  standing.Summary `json:"summary"`
	Spans    []standing.Span  `json:"spans"`
	Lanes    []LaneStanding   `json:"lanes"`
	BuiltAt  time.Time        `json:"built_at"`
}

// LaneStanding is how a lane stands.
type LaneStanding struct {
	Key         string                   `json:"key"`
	Kind        standing.LaneKind        `json:"kind"`
	Spans       []standing.Span          `json:"spans,omitempty"`
	Deviations  []standing.DeviationSpan `json:"deviations,omitempty"`
	Occurrences []standing.Judged        `json:"occurrences,omitempty"`
}

// Program is the reporting program that controls stand in.
type Program struct {
	ID     string
	Period standing.Period
}

// Rebuild computes the standing of every control in the current program anew
// and stores it. It is the projection's only writer.
func (s Service) Rebuild(ctx context.Context, who access.Actor) error {
	grant, err := who.May(access.ControlRead)
	if err != nil {
		return err
	}
	var list []*standing.Standing
	var program Program
	var cal *standing.Calendar
	err = s.DB.Read(ctx, grant, func(tx *db.Tx) error {
		var ok bool
		if program, ok, err = s.Program(tx); err != nil || !ok {
			return err
		}
		cal = standing.NewCalendar(program.Period, tx.Now())
		list, err = s.compute(tx, cal)
		return err
	})
	if err != nil || cal == nil {
		return err
	}
	return s.DB.Write(ctx, grant, func(tx *db.Tx) error {
		if err := removeStanding(tx, program.ID); err != nil {
			return err
		}
		for _, st := range list {
			row := summaryRow{group: st.Summary.Group().String(), headline: cal.Headline(*st), lanes: slim(st.Lanes)}
			if err := replace(tx, program.ID, st, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// slim is the lanes without their spans, which have rows of their own.
func slim(lanes []standing.Lane) []LaneStanding {
	out := make([]LaneStanding, 0, len(lanes))
	for _, l := range lanes {
		out = append(out, LaneStanding{Key: l.Key, Kind: l.Kind, Deviations: l.Deviations, Occurrences: l.Occurrences})
	}
	return out
}

// compute judges every control from what is on record.
func (s Service) compute(tx *db.Tx, cal *standing.Calendar) ([]*standing.Standing, error) {
	versions, err := Versions(tx)
	if err != nil {
		return nil, err
	}
	var checks []string
	for _, vs := range versions {
		for i := range vs {
			checks = append(checks, vs[i].Checks()...)
		}
	}
	slices.Sort(checks)
	histories, err := check.Histories(tx, slices.Compact(checks))
	if err != nil {
		return nil, err
	}
	done, err := activity.Of(tx, "")
	if err != nil {
		return nil, err
	}
	uploads, err := s.Uploads(tx)
	if err != nil {
		return nil, err
	}
	a := assessor{zone: cal.Period().Zone, histories: histories, done: done, uploads: uploads}
	var out []*standing.Standing
	for _, id := range slices.Sorted(maps.Keys(versions)) {
		st := cal.Control(a.control(id, stretches(versions[id])))
		out = append(out, &st)
	}
	return out, nil
}

// Upload is a piece of evidence as a control's lane sees it.
type Upload struct {
	Control     string
	Lane        string // empty: serves every upload lane of the control
	From, To    standing.Date
	CollectedAt time.Time
}

type assessor struct {
	zone      *time.Location
	histories map[string]*check.History
	done      []activity.Performance
	uploads   []Upload
}

func (a *assessor) control(id string, versions []stretch) standing.Control {
	c := standing.Control{ID: id}
	lanes := map[string]Lane{}
	for _, v := range versions {
		if !v.Retired {
			c.Versions = append(c.Versions, standing.Version{From: v.EffectiveOn, To: v.to})
		}
		for _, l := range v.Lanes {
			lanes[l.ID] = l // the newest wording of the lane
		}
	}
	for _, key := range slices.Sorted(maps.Keys(lanes)) {
		l, in := lanes[key], inLane(versions, key)
		switch l.Kind {
		case standing.ByCheck:
			c.Checks = append(c.Checks, a.check(l, in))
		case standing.ByActivity:
			c.Activities = append(c.Activities, a.activity(id, l, in))
		case standing.ByUpload:
			c.Uploads = append(c.Uploads, a.upload(id, l, in))
		}
	}
	return c
}

func inLane(versions []stretch, key string) []standing.Version {
	var out []standing.Version
	for _, v := range versions {
		if v.Retired {
			continue
		}
		attached := slices.ContainsFunc(v.Lanes, func(l Lane) bool { return l.ID == key })
		out = append(out, standing.Version{From: v.EffectiveOn, To: v.to, Attached: attached, Limit: v.Limit()})
	}
	return out
}

func (a *assessor) check(l Lane, versions []standing.Version) standing.CheckLane {
	lane := standing.CheckLane{Key: l.ID, Versions: versions, Family: resource.State}
	h := a.histories[l.Check]
	if h == nil {
		return lane
	}
	if fresh, err := rule.ParseSpan(h.Definition.Freshness); err == nil {
		lane.Freshness = fresh
	}
	for i := range h.Runs {
		r := &h.Runs[i]
		lane.Runs = append(lane.Runs, standing.Run{At: r.At, Status: standing.Status(r.Status), CoversFrom: r.From, CoversTo: r.To})
	}
	for i := range h.Failures {
		f := &h.Failures[i]
		ended := standing.ByFix
		switch f.Ended {
		case check.Gone:
			ended = standing.ByDeletion
		case check.ByExclude:
			ended = standing.ByExclusion
		case check.Changed:
		}
		lane.Failures = append(lane.Failures, standing.Failure{Resource: f.Ref.String(), Since: f.Since, Until: f.Until, Ended: ended})
	}
	if h.Event {
		lane.Family = resource.Event
		lane.Events = a.eventDays(h.Events)
	}
	return lane
}

func (a *assessor) eventDays(events []check.Transition) []standing.EventDay {
	type verdict struct {
		day    standing.Date
		failed bool
		last   rule.Status
	}
	by := map[resource.Ref]*verdict{}
	for i := range events {
		t := &events[i]
		v := by[t.Ref]
		if v == nil {
			v = &verdict{day: standing.DayOf(t.At, a.zone)}
			by[t.Ref] = v
		}
		v.failed = v.failed || t.Status == rule.Fail
		v.last = t.Status
	}
	days := map[standing.Date]*standing.EventDay{}
	for _, v := range by {
		d := days[v.day]
		if d == nil {
			d = &standing.EventDay{Day: v.day}
			days[v.day] = d
		}
		switch {
		case v.failed:
			d.Fail++
		case v.last == rule.Pass:
			d.Pass++
		case v.last == rule.Excluded:
			d.Excluded++
		default:
			d.Unknown++
		}
	}
	out := make([]standing.EventDay, 0, len(days))
	for _, day := range slices.Sorted(maps.Keys(days)) {
		out = append(out, *days[day])
	}
	return out
}

func (a *assessor) activity(control string, l Lane, versions []standing.Version) standing.ActivityLane {
	lane := standing.ActivityLane{Key: l.ID, Versions: versions, Schedule: l.Schedule}
	for i := range a.done {
		p := &a.done[i]
		if p.Control != control || p.Lane != l.ID {
			continue
		}
		due, err := standing.ParseDate(p.DueOn)
		if err != nil {
			continue // refused when it was recorded
		}
		n := len(p.Evidence)
		if p.Note != "" {
			n++ // a signed statement of what was done is evidence too
		}
		lane.Performances = append(lane.Performances, standing.Performance{Due: due, PerformedAt: p.PerformedAt, Evidence: n})
	}
	return lane
}

func (a *assessor) upload(control string, l Lane, versions []standing.Version) standing.UploadLane {
	lane := standing.UploadLane{Key: l.ID, Versions: versions, Frequency: l.Schedule.Frequency}
	for _, u := range a.uploads {
		if u.Control == control && (u.Lane == "" || u.Lane == l.ID) {
			lane.Uploads = append(lane.Uploads, standing.Upload{From: u.From, To: u.To, CollectedAt: u.CollectedAt})
		}
	}
	return lane
}
