package control

import (
	"maps"
	"slices"
	"time"

	"assay/internal/activity"
	"assay/internal/check"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
)

// assessor puts what is on record about controls into the form that the rules
// of package standing judge.
type assessor struct {
	zone      *time.Location
	histories map[string]*check.History
	done      []activity.Performance
	uploads   []Upload
}

func (a *assessor) control(id string, versions []stretch) standing.Control {
	c := standing.Control{ID: id}
	for _, v := range versions {
		if !v.Retired {
			c.Versions = append(c.Versions, standing.Version{From: v.EffectiveOn, To: v.to})
		}
	}
	for _, l := range lanesOf(versions) {
		in := attached(versions, &l)
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

// terms is what of a lane decides how days stand. Its title does not.
func (l *Lane) terms() Lane {
	return Lane{ID: l.ID, Kind: l.Kind, Check: l.Check, Schedule: l.Schedule}
}

// lanesOf lists every lane, once for each of the terms that it had: a day is
// judged by those in force, and a change never judges the days before it.
func lanesOf(versions []stretch) []Lane {
	by := map[string][]Lane{}
	for _, v := range versions {
		for _, l := range v.Lanes {
			if !v.Retired && !slices.Contains(by[l.ID], l.terms()) {
				by[l.ID] = append(by[l.ID], l.terms())
			}
		}
	}
	var out []Lane
	for _, id := range slices.Sorted(maps.Keys(by)) {
		out = append(out, by[id]...)
	}
	return out
}

func attached(versions []stretch, lane *Lane) []standing.Version {
	var out []standing.Version
	for _, v := range versions {
		if v.Retired {
			continue
		}
		has := slices.ContainsFunc(v.Lanes, func(l Lane) bool { return l.terms() == *lane })
		out = append(out, standing.Version{From: v.EffectiveOn, To: v.to, Attached: has, Limit: v.Limit()})
	}
	return out
}

func (a *assessor) check(l Lane, versions []standing.Version) standing.CheckLane {
	lane := standing.CheckLane{Key: l.ID, Versions: versions, Family: resource.State}
	h := a.histories[l.Check]
	if h == nil {
		return lane
	}
	lane.Freshness = h.Definition.FreshFor(h.Definition.Values)
	carried := map[int]time.Duration{}
	for i := range h.Revisions {
		carried[h.Revisions[i].Revision] = h.Revisions[i].FreshFor(h.Revisions[i].Values)
	}
	for i := range h.Runs {
		r := &h.Runs[i]
		lane.Runs = append(lane.Runs, standing.Run{
			At: r.At, Status: standing.Status(r.Status), Freshness: carried[r.Revision], CoversFrom: r.From, CoversTo: r.To,
		})
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
		lane.Events = a.eventDays(h, lane.Freshness)
	}
	return lane
}

func (a *assessor) eventDays(h *check.History, fresh time.Duration) []standing.EventDay {
	days, intime := map[standing.Date]*standing.EventDay{}, map[standing.Date]time.Time{}
	for i := range h.Events {
		e := &h.Events[i]
		day := standing.DayOf(e.At, a.zone)
		d := days[day]
		if d == nil {
			d = &standing.EventDay{Day: day}
			days[day], intime[day] = d, a.inTime(h, day, fresh)
		}
		switch {
		case e.Failed:
			d.Fail++
		case e.Last == rule.Pass:
			d.Pass++
		case e.Last == rule.Excluded:
			d.Excluded++
		default:
			d.Unknown++
		}
		if h.Seen[e.Ref].After(intime[day]) {
			d.Late++
		}
	}
	out := make([]standing.EventDay, 0, len(days))
	for _, day := range slices.Sorted(maps.Keys(days)) {
		out = append(out, *days[day])
	}
	return out
}

// inTime is until when an event of a day can be collected without being late:
// until a run had listed the whole day, and no later than the freshness after
// the day's end.
func (a *assessor) inTime(h *check.History, day standing.Date, fresh time.Duration) time.Time {
	start, end := day.Start(a.zone), (day + 1).Start(a.zone)
	until := end.Add(fresh)
	for i := range h.Runs {
		r := &h.Runs[i]
		switch r.Status {
		case rule.Pass, rule.Fail, rule.Excluded, rule.NoOccurrence:
			if !r.From.After(start) && !r.To.Before(end) && r.At.Before(until) {
				until = r.At
			}
		case rule.Unknown, rule.Out:
		}
	}
	return until
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

// fold makes one lane of those with the same key, which are one lane by the
// different terms that it had. On each day at most one of them is in force.
func fold(lanes []standing.Lane) []standing.Lane {
	var out []standing.Lane
	for _, l := range lanes {
		n := len(out)
		if n == 0 || out[n-1].Key != l.Key || out[n-1].Kind != l.Kind {
			out = append(out, l)
			continue
		}
		one := &out[n-1]
		one.Spans = overlay(one.Spans, l.Spans)
		one.Deviations = slices.Concat(one.Deviations, l.Deviations)
		one.Occurrences = slices.Concat(one.Occurrences, l.Occurrences)
		slices.SortStableFunc(one.Occurrences, func(a, b standing.Judged) int { return int(a.Due - b.Due) })
	}
	return out
}

// overlay takes each day from whichever list has the lane in force on it. Both
// lists are over the same days.
func overlay(a, b []standing.Span) (out []standing.Span) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		s := a[i]
		if s.Note.Has(standing.NoteNotInForce) {
			s = b[j]
		}
		s.From, s.To = max(a[i].From, b[j].From), min(a[i].To, b[j].To)
		if n := len(out); n > 0 && alike(out[n-1], s) {
			out[n-1].To = s.To
		} else {
			out = append(out, s)
		}
		if a[i].To == s.To {
			i++
		}
		if b[j].To == s.To {
			j++
		}
	}
	return out
}

func alike(a, b standing.Span) bool {
	return a.State == b.State && a.Observed == b.Observed && a.Note == b.Note
}
