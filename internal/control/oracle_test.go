package control_test

import (
	"maps"
	"time"

	"assay/internal/control"
	"assay/internal/standing"
)

// The oracle reads what was done, in the order in which it was done, and says
// how each day stood: each day on its own, by docs/spec/standing.md. It shares
// no function with the projection: what it reads are the deeds of the test, not
// the tables, and it counts days by the calendar of the standard library.

// collected is one collection, which was judged at once.
type collected struct {
	at     time.Time
	whole  bool
	hosts  map[string]bool // by whether it is kept
	merges []merge
}

type performed struct {
	lane string
	due  standing.Date
	at   time.Time
}

type uploaded struct {
	from, to standing.Date // from ≤ day < to
	at       time.Time
}

type excluded struct {
	host     string
	at, till time.Time
}

// deeds is all that was done.
type deeds struct {
	zone       *time.Location
	begin      time.Time // of the period
	versions   []control.Version
	runs       []collected
	performed  []performed
	uploads    []uploaded
	exclusions []excluded
	now        time.Time
}

const (
	fresh = 26 * time.Hour
	hour  = time.Hour
)

// start is the first instant of a day.
func (o *deeds) start(d standing.Date) time.Time {
	y, m, day := time.Date(1970, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, int(d)-719163).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, o.zone)
}

// day is the day of an instant.
func (o *deeds) day(t time.Time) standing.Date {
	y, m, d := t.In(o.zone).Date()
	return standing.Date(719163 + time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400)
}

func (o *deeds) version(d standing.Date) *control.Version {
	var best *control.Version
	for i := range o.versions {
		v := &o.versions[i]
		if v.EffectiveOn <= d && (best == nil || v.EffectiveOn > best.EffectiveOn || v.EffectiveOn == best.EffectiveOn && v.Number > best.Number) {
			best = v
		}
	}
	if best == nil || best.Retired {
		return nil
	}
	return best
}

// lane is the lane as it is worded on a day; nil where it is not in force.
func (o *deeds) lane(d standing.Date, id string) *control.Lane {
	if v := o.version(d); v != nil {
		for i := range v.Lanes {
			if v.Lanes[i].ID == id {
				return &v.Lanes[i]
			}
		}
	}
	return nil
}

func (o *deeds) limit(d standing.Date) time.Duration {
	v := o.version(d)
	if v == nil {
		return 0
	}
	return map[string]time.Duration{"": 0, "12h": 12 * hour, "2d": 48 * hour}[v.FixLimit]
}

// stood is how something stood on a day.
type stood struct {
	state standing.State
	late  bool
}

// worse is the state that counts of two.
func worse(a, b standing.State) standing.State {
	for _, s := range []standing.State{standing.Deviation, standing.NoEvidence, standing.Failing, standing.Fixed, standing.Operated} {
		if a == s || b == s {
			return s
		}
	}
	return standing.NotDue
}

// failed is a host, or a merge, that failed without a break.
type failed struct {
	since, until time.Time // until is zero while it lasts
}

// judged replays the collections over hosts: what each run said, and what
// failed from when until when.
func (o *deeds) judged() (statuses []string, failures []failed) {
	known, open := map[string]bool{}, map[string]time.Time{}
	end := func(host string, at time.Time) {
		if since, ok := open[host]; ok {
			failures = append(failures, failed{since, at})
			delete(open, host)
		}
	}
	for _, r := range o.runs {
		for host := range known {
			if _, listed := r.hosts[host]; !listed && r.whole {
				delete(known, host)
				end(host, r.at)
			}
		}
		fails, out := false, 0
		maps.Copy(known, r.hosts)
		for host, kept := range known {
			_, listed := r.hosts[host]
			switch {
			case o.excludes(host, r.at):
				end(host, r.at)
				out++
			case !listed: // it may be there still: unknown begins and ends nothing
			case kept:
				end(host, r.at)
			default:
				if _, ok := open[host]; !ok {
					open[host] = r.at
				}
				fails = true
			}
		}
		switch {
		case fails:
			statuses = append(statuses, "fail")
		case !r.whole:
			statuses = append(statuses, "unknown")
		case len(known) == 0:
			statuses = append(statuses, "no_occurrence")
		case out == len(known):
			statuses = append(statuses, "excluded")
		default:
			statuses = append(statuses, "pass")
		}
	}
	for host := range open {
		failures = append(failures, failed{since: open[host]})
	}
	return statuses, failures
}

func (o *deeds) excludes(host string, at time.Time) bool {
	for _, e := range o.exclusions {
		if e.host == host && !at.Before(e.at) && at.Before(e.till) {
			return true
		}
	}
	return false
}

// hosts is how the lane over hosts stood.
func (o *deeds) hosts(d standing.Date, id string) stood {
	statuses, failures := o.judged()
	start, end := o.start(d), o.start(d+1)
	until := end
	if o.now.Before(until) {
		until = o.now
	}
	state, last, unknown, today := standing.NoEvidence, -1, false, false
	for i, r := range o.runs {
		in := !r.at.Before(start) && r.at.Before(end)
		switch {
		case !r.at.Before(end):
		case statuses[i] == "unknown":
			unknown = unknown || in
		default:
			if in && !today {
				today, state = true, standing.NotDue
			}
			if in {
				state = worse(state, saying(statuses[i]))
			}
			last = i
		}
	}
	if !today && !unknown && last >= 0 && until.Sub(o.runs[last].at) <= fresh {
		state = saying(statuses[last])
		for _, f := range failures {
			if !f.until.IsZero() && f.until.After(o.runs[last].at) && !f.until.After(start) {
				state = standing.NoEvidence // it ended, and nothing since says how it stands
			}
		}
	}
	for _, f := range failures {
		state = worse(state, o.failure(d, id, f))
	}
	return stood{state: state}
}

func saying(status string) standing.State {
	if status == "pass" || status == "fail" {
		return standing.Operated
	}
	return standing.NotDue
}

// failure is what a failure makes of a day.
func (o *deeds) failure(d standing.Date, id string, f failed) standing.State {
	start, end := o.start(d), o.start(d+1)
	// It counts from when it began, or from the first day on which the lane was
	// in force, by the version of that day.
	first := o.day(f.since)
	since := f.since
	for o.lane(first, id) == nil {
		first++
		since = o.start(first)
		if first > d {
			return standing.NotDue
		}
	}
	overlaps := since.Before(end) && (f.until.IsZero() || f.until.After(start) && f.until.After(since))
	if !overlaps {
		return standing.NotDue
	}
	limit, over := o.limit(first), f.until
	if f.until.IsZero() {
		over = o.now
	}
	switch {
	case limit == 0, over.Sub(since) > limit && since.Add(limit).Before(end):
		return standing.Deviation
	case over.Sub(since) > limit, f.until.IsZero():
		return standing.Failing
	}
	return standing.Fixed
}

// merges is how the lane over merges stood.
func (o *deeds) merges(d standing.Date) stood {
	start, end := o.start(d), o.start(d+1)
	isToday := !o.now.Before(start) && o.now.Before(end)
	type event struct {
		at, seen, mended time.Time
		bad, late        bool
	}
	events := map[string]*event{}
	covered, reach := time.Time{}, time.Time{}
	for _, r := range o.runs {
		for _, m := range r.merges {
			e := events[m.id]
			if e == nil {
				e = &event{at: m.at, seen: r.at, late: !covered.IsZero() && covered.Before(r.at) || r.at.After(end.Add(fresh))}
				events[m.id] = e
			}
			if !m.read {
				e.bad, e.mended = true, time.Time{}
			} else if e.bad && e.mended.IsZero() {
				e.mended = r.at
			}
		}
		if r.whole {
			reach = r.at
			if covered.IsZero() && !r.at.Before(end) {
				covered = r.at
			}
		}
	}
	listed := !covered.IsZero()
	if isToday {
		listed = reach.After(start) && o.now.Sub(reach) <= fresh
	}
	out := stood{state: standing.NotDue}
	if !listed && (!isToday || len(o.runs) == 0) { // until it first ran, nothing says that it is about events
		out.state = standing.NoEvidence
	}
	limit := o.limit(d)
	for _, e := range events {
		if e.at.Before(start) || !e.at.Before(end) {
			continue
		}
		out.late = out.late || e.late
		if listed {
			out.state = worse(out.state, standing.Operated)
		}
		switch {
		case !e.bad:
		case !e.mended.IsZero() && limit > 0 && e.mended.Sub(e.at) <= limit:
			out.state = worse(out.state, standing.Fixed)
		case e.mended.IsZero() && limit > 0 && o.now.Sub(e.at) <= limit:
			out.state = worse(out.state, standing.Failing)
		default:
			out.state = worse(out.state, standing.Deviation)
		}
	}
	return out
}

// every is how many days lie between due dates.
func every(l *control.Lane) standing.Date {
	return map[standing.Frequency]standing.Date{standing.Daily: 1, standing.Weekly: 7}[l.Schedule.Frequency]
}

// activity is how a lane that people perform stood.
func (o *deeds) activity(d standing.Date, id string) stood {
	l := o.lane(d, id)
	out := stood{state: standing.NotDue}
	for due := d - 30; due <= d+10; due++ {
		if o.dueAs(due, l) {
			out.state = worse(out.state, o.occurrence(d, due, l))
		}
	}
	return out
}

// dueAs reports whether the lane is due on a day and in force as it is worded.
func (o *deeds) dueAs(due standing.Date, l *control.Lane) bool {
	in := o.lane(due, l.ID)
	return in != nil && in.Schedule == l.Schedule && (due-l.Schedule.Anchor)%every(l) == 0
}

func (o *deeds) done(due standing.Date, l *control.Lane) time.Time {
	opens := o.start(due - every(l) + 1)
	var at time.Time
	for _, p := range o.performed {
		if p.lane == l.ID && p.due == due && !p.at.Before(opens) && (at.IsZero() || p.at.Before(at)) {
			at = p.at
		}
	}
	return at
}

// occurrence is what one occurrence makes of a day.
func (o *deeds) occurrence(d, due standing.Date, l *control.Lane) standing.State {
	last := due + standing.Date(l.Schedule.Grace)
	closes, at := o.start(last+1), o.done(due, l)
	switch {
	case !at.IsZero() && at.Before(closes):
		if o.day(at) == d {
			return standing.Operated
		}
	case d > last && !at.IsZero() && d <= o.day(at):
		return standing.Deviation
	case d > last && at.IsZero():
		for later := due + 1; later <= due+40; later++ {
			if o.dueAs(later, l) {
				if at := o.done(later, l); !at.IsZero() && !at.Before(closes) && o.day(at) < d {
					return standing.NotDue // it operates again
				}
			}
		}
		return standing.Deviation
	}
	return standing.NotDue
}

// upload is how a lane of uploads stood.
func (o *deeds) upload(d standing.Date, id string) stood {
	age := map[standing.Frequency]standing.Date{standing.Daily: 2, standing.Weekly: 9}[o.lane(d, id).Schedule.Frequency]
	for _, u := range o.uploads {
		for x := u.from; x < u.to; x++ {
			if x <= o.day(u.at) && x <= d && d-x <= age {
				return stood{state: standing.Operated}
			}
		}
	}
	return stood{state: standing.NoEvidence}
}

// of is how a lane stood on a day on which it was in force.
func (o *deeds) of(d standing.Date, l *control.Lane) stood {
	switch {
	case l.ID == "check/test.host.kept":
		return o.hosts(d, l.ID)
	case l.ID == "check/test.merge.read":
		return o.merges(d)
	case l.Kind == standing.ByActivity:
		return o.activity(d, l.ID)
	}
	return o.upload(d, l.ID)
}

// control is how the control stood on a day.
func (o *deeds) control(d standing.Date) stood {
	v := o.version(d)
	if v == nil {
		return stood{state: standing.NotDue}
	}
	if len(v.Lanes) == 0 {
		return stood{state: standing.NoEvidence}
	}
	out := stood{state: standing.NotDue}
	for i := range v.Lanes {
		s := o.of(d, &v.Lanes[i])
		out.state, out.late = worse(out.state, s.state), out.late || s.late
	}
	return out
}
