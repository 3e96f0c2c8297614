package standing

import (
	"fmt"
	"slices"
	"time"

	"assay/internal/resource"
)

// The naive reading of the rules: each day on its own, from all of the input,
// instant by instant. It shares the dates, their starts and the types with the
// package, and nothing else.

type naiveDay struct {
	world

	d          Date
	start, end time.Time
	now        time.Time
}

func naive(w world, d Date) naiveDay {
	return naiveDay{w, d, d.Start(w.period.Zone), (d + 1).Start(w.period.Zone), w.now}
}

// naiveSpans judges the days of the period that have begun.
func naiveSpans(w world, judge func(naiveDay) Span) []Span {
	var spans []Span
	for d := w.period.From; d < w.period.To && !d.Start(w.period.Zone).After(w.now); d++ {
		s := judge(naive(w, d))
		s.From, s.To = d, d+1
		if s.State == NoEvidence {
			s.Observed = false
		}
		if n := len(spans); n > 0 {
			last := spans[n-1]
			if last.State == s.State && last.Observed == s.Observed && last.Note == s.Note {
				spans[n-1].To++
				continue
			}
		}
		spans = append(spans, s)
	}
	return spans
}

// outOfForce is how the day stands for a lane before its record is looked at.
func (n naiveDay) outOfForce(versions []Version) (Span, bool) {
	if n.start.Equal(n.end) {
		return Span{Note: NoteNoDay}, true
	}
	if v := naiveVersion(versions, n.d); v == nil || !v.Attached {
		return Span{Note: NoteNotInForce}, true
	}
	return Span{}, false
}

func naiveVersion(versions []Version, d Date) *Version {
	for _, v := range versions {
		if d >= v.From && (v.To == 0 || d < v.To) {
			return &v
		}
	}
	return nil
}

// worsen puts a state on top of another.
func (s Span) worsen(state State, note Note) Span {
	rank := []State{NotDue, Operated, Fixed, Failing, NoEvidence, Deviation}
	a, b := slices.Index(rank, s.State), slices.Index(rank, state)
	if b > a {
		s.State, s.Note = state, note|s.Note&NoteLate
	} else if a == b {
		s.Note |= note
	}
	return s
}

func (n naiveDay) contains(t time.Time) bool { return !t.Before(n.start) && t.Before(n.end) }

func (n naiveDay) today() bool { return n.contains(n.now) }

func conclusive(s Status) bool {
	return s == Pass || s == Fail || s == Excluded || s == NoOccurrence
}

// failing reports whether f is open at the instant t, as known now.
func (n naiveDay) failing(f Failure, t time.Time) bool {
	began, over := !f.Since.After(t), !f.Until.IsZero() && !f.Until.After(n.now) && !t.Before(f.Until)
	return began && (!over || t.Equal(f.Since))
}

// broken is a failing run that nothing explains.
func (n naiveDay) broken(l CheckLane, r Run) bool {
	return r.Status == Fail && !slices.ContainsFunc(l.Failures, func(f Failure) bool { return n.failing(f, r.At) })
}

func (n naiveDay) said(l CheckLane, runs []Run, observed bool) Span {
	day := Span{Observed: observed}
	for _, r := range runs {
		switch {
		case n.broken(l, r):
			day = day.worsen(Deviation, 0)
		case r.Status == Pass || r.Status == Fail:
			day = day.worsen(Operated, 0)
		case r.Status == Excluded:
			day = day.worsen(NotDue, NoteExcluded)
		case r.Status == NoOccurrence:
			day = day.worsen(NotDue, NoteNoOccurrence)
		}
	}
	return day
}

func (n naiveDay) noEvidence(l CheckLane, why Note) Span {
	first := l.ConnectedAt
	for _, r := range l.Runs {
		if !r.At.After(n.now) && (first.IsZero() || r.At.Before(first)) {
			first = r.At
		}
	}
	if first.IsZero() || !first.Before(n.end) {
		why = NoteNotConnected
	}
	return Span{State: NoEvidence, Note: why}
}

// tested is the day by its runs.
func (n naiveDay) tested(l CheckLane) Span {
	var today, before []Run
	ran := false
	for _, r := range l.Runs {
		switch {
		case r.At.After(n.now):
		case n.contains(r.At) && conclusive(r.Status):
			today = append(today, r)
		case n.contains(r.At):
			ran = true
		case r.At.Before(n.start) && conclusive(r.Status):
			switch {
			case len(before) == 0 || r.At.After(before[0].At):
				before = []Run{r}
			case r.At.Equal(before[0].At):
				before = append(before, r)
			}
		}
	}
	ends := n.end
	if n.now.Before(ends) {
		ends = n.now
	}
	switch {
	case len(today) > 0:
		return n.said(l, today, true)
	case ran:
		return Span{State: NoEvidence, Note: NoteUnknown}
	case len(before) == 0:
		return n.noEvidence(l, NoteStale)
	}
	for _, r := range before {
		fresh := l.Freshness
		if r.Freshness != 0 {
			fresh = r.Freshness
		}
		if ends.Sub(r.At) > fresh {
			return Span{State: NoEvidence, Note: NoteStale}
		}
	}
	if slices.ContainsFunc(before, func(r Run) bool { return n.broken(l, r) }) {
		return Span{State: Deviation}
	}
	for _, f := range l.Failures {
		if !f.Until.IsZero() && f.Until.After(before[0].At) && !f.Until.After(n.start) && !f.Since.After(n.now) {
			return Span{State: NoEvidence, Note: NoteUnconfirmed}
		}
	}
	return n.said(l, before, false)
}

// counted is the instant from which f counts for the lane, and its limit.
func (n naiveDay) counted(versions []Version, f Failure) (time.Time, time.Duration, bool) {
	first := DayOf(f.Since, n.period.Zone)
	for d := first; d <= n.d; d++ {
		v := naiveVersion(versions, d)
		switch {
		case v == nil || !v.Attached:
		case d == first:
			return f.Since, v.Limit, true
		default:
			return d.Start(n.period.Zone), v.Limit, true
		}
	}
	return time.Time{}, 0, false
}

// touched is what f makes of the day, given that it counts from since on.
func (n naiveDay) touched(f Failure, since time.Time, limit time.Duration) (State, Note) {
	open := f.Until.IsZero() || f.Until.After(n.now)
	lasted := f.Until.Sub(since)
	if open {
		lasted = n.now.Sub(since)
	}
	switch {
	case limit == 0:
		return Deviation, 0
	case lasted > limit && since.Add(limit).Before(n.end):
		return Deviation, 0
	case lasted > limit || open:
		return Failing, 0
	case f.Ended == ByDeletion:
		return Fixed, NoteGone
	case f.Ended == ByExclusion:
		return Fixed, NoteExcluded
	}
	return Fixed, 0
}

func naiveStates(w world, l CheckLane) []Span {
	return naiveSpans(w, func(n naiveDay) Span {
		if s, out := n.outOfForce(l.Versions); out {
			return s
		}
		day := n.tested(l)
		for _, f := range l.Failures {
			if state, note, ok := n.touchedBy(l, f); ok {
				day = day.worsen(state, note)
			}
		}
		return day
	})
}

// touchedBy is what f makes of the day, if it overlaps it.
func (n naiveDay) touchedBy(l CheckLane, f Failure) (State, Note, bool) {
	since, limit, ok := n.counted(l.Versions, f)
	if !ok || f.Since.After(n.now) {
		return 0, 0, false
	}
	open := f.Until.IsZero() || f.Until.After(n.now)
	inside := since.Before(n.end) && (open || f.Until.After(n.start) && f.Until.After(since))
	if inside || n.contains(f.Since) && since.Equal(f.Since) {
		state, note := n.touched(f, since, limit)
		return state, note, true
	}
	return 0, 0, false
}

func naiveEvents(w world, l CheckLane) []Span {
	return naiveSpans(w, func(n naiveDay) Span {
		if s, out := n.outOfForce(l.Versions); out {
			return s
		}
		var e EventDay
		for _, x := range l.Events {
			if x.Day == n.d {
				e.Pass, e.Fail, e.Unknown = e.Pass+x.Pass, e.Fail+x.Fail, e.Unknown+x.Unknown
				e.Excluded, e.Late = e.Excluded+x.Excluded, e.Late+x.Late
			}
		}
		day := n.listed(l, e)
		if e.Unknown > 0 {
			day = day.worsen(NoEvidence, NoteUnknown)
		}
		failed := 0
		for _, f := range l.Failures {
			if n.contains(f.Since) && !f.Since.After(n.now) {
				failed++
				state, note := n.touched(f, f.Since, naiveVersion(l.Versions, n.d).Limit)
				if state == Failing && !f.Until.IsZero() && !f.Until.After(n.now) || state == Failing && n.now.Sub(f.Since) > naiveVersion(l.Versions, n.d).Limit {
					state = Deviation // past the limit on a later day, but this is the event's
				}
				day = day.worsen(state, note)
			}
		}
		if e.Fail > failed {
			day = day.worsen(Deviation, 0)
		}
		if e.Late > 0 {
			day.Note |= NoteLate
		}
		return day
	})
}

func (n naiveDay) listed(l CheckLane, e EventDay) Span {
	// From the day's start on, take any run that covers the instant and go to
	// where it stops covering.
	reach := n.start
	for again := true; again; {
		again = false
		for _, r := range l.Runs {
			to := r.CoversTo
			if to.After(r.At) {
				to = r.At
			}
			if conclusive(r.Status) && !r.At.After(n.now) && !r.CoversTo.IsZero() && !r.CoversFrom.After(reach) && to.After(reach) {
				reach, again = to, true
			}
		}
	}
	whole := !reach.Before(n.end)
	if n.today() {
		whole = reach.After(n.start) && n.now.Sub(reach) <= l.Freshness
	}
	switch {
	case whole && e.Pass+e.Fail > 0:
		return Span{State: Operated, Observed: true}
	case whole && e.Excluded > 0:
		return Span{Note: NoteExcluded, Observed: true}
	case whole:
		return Span{Note: NoteNoOccurrence, Observed: true}
	case n.today():
		return Span{Note: NotePending}
	}
	return n.noEvidence(l, NoteNotListed)
}

// naiveDue tells by the calendar alone whether d is a due date.
func naiveDue(s Schedule, d Date) bool {
	days := map[Frequency]int{Daily: 1, Weekly: 7}[s.Frequency]
	if days > 0 {
		return (d-s.Anchor)%Date(days) == 0
	}
	months := map[Frequency]int{Monthly: 1, Quarterly: 3, Semiannual: 6, Annual: 12}[s.Frequency]
	if months == 0 {
		return false
	}
	ay, am, ad := s.Anchor.Civil()
	y, m, day := d.Civil()
	_, next, _ := (d + 1).Civil()
	inMonth := day == ad || next != m && ad > day
	return inMonth && ((y-ay)*12+int(m-am))%months == 0
}

type naiveOccurrence struct {
	due, opens, last Date
	performed        time.Time
	evidence         int
}

func naiveOccurrences(w world, l ActivityLane) []naiveOccurrence {
	var all []naiveOccurrence
	if l.Schedule.Frequency == PerEvent || l.Schedule.Frequency == Continuous {
		return nil
	}
	for d := w.period.From - 40; d < w.period.To+800; d++ {
		if v := naiveVersion(l.Versions, d); !naiveDue(l.Schedule, d) || v == nil || !v.Attached {
			continue
		}
		o := naiveOccurrence{due: d, opens: d - Date(l.Schedule.Opens), last: d + Date(l.Schedule.Grace)}
		if l.Schedule.Opens == 0 {
			for o.opens = d; !naiveDue(l.Schedule, o.opens-1); o.opens-- {
			}
		}
		for _, p := range l.Performances {
			if p.Due != d || p.PerformedAt.After(w.now) || p.PerformedAt.Before(o.opens.Start(w.period.Zone)) {
				continue
			}
			o.evidence += p.Evidence
			if o.performed.IsZero() || p.PerformedAt.Before(o.performed) {
				o.performed = p.PerformedAt
			}
		}
		all = append(all, o)
	}
	return all
}

func naiveActivity(w world, l ActivityLane) []Span {
	all := naiveOccurrences(w, l)
	return naiveSpans(w, func(n naiveDay) Span {
		if s, out := n.outOfForce(l.Versions); out {
			return s
		}
		var day Span
		for _, o := range all {
			closes := (o.last + 1).Start(w.period.Zone)
			done := !o.performed.IsZero()
			onTime := done && o.performed.Before(closes)
			before := !done || !o.performed.Before(n.start)
			if n.d >= o.opens && n.d <= o.last && before {
				day = day.worsen(NotDue, NoteDue)
			}
			if onTime && n.contains(o.performed) && o.evidence > 0 {
				day = day.worsen(Operated, 0)
			}
			if onTime && n.contains(o.performed) && o.evidence == 0 {
				day = day.worsen(NoEvidence, NoteUnevidenced)
			}
			if onTime || n.d <= o.last {
				continue
			}
			// Overdue on this day, unless somebody had performed it, or a later
			// one once this was missed, on a day before.
			over := slices.ContainsFunc(all, func(x naiveOccurrence) bool {
				resumes := x.due == o.due || !done && x.due > o.due && !x.performed.Before(closes)
				return resumes && !x.performed.IsZero() && x.performed.Before(n.start)
			})
			if !over {
				day = day.worsen(Deviation, 0)
			}
		}
		day.Observed = day.State == Operated || day.State == Deviation
		return day
	})
}

func naiveUpload(w world, l UploadLane) []Span {
	return naiveSpans(w, func(n naiveDay) Span {
		if s, out := n.outOfForce(l.Versions); out {
			return s
		}
		age := map[Frequency]Date{Continuous: 1, Daily: 2, Weekly: 9}[l.Frequency]
		day, any := Span{State: NoEvidence, Note: NoteStale}, false
		for _, u := range l.Uploads {
			if u.CollectedAt.After(w.now) {
				continue
			}
			collected := DayOf(u.CollectedAt, w.period.Zone)
			for x := u.From; x == u.From || x < u.To; x++ {
				if x > collected {
					continue // it cannot speak for what was to come
				}
				any = any || x <= n.d
				if n.d >= x && n.d-x <= age {
					observed := day.State == Operated && day.Observed || n.d == collected
					day = Span{State: Operated, Observed: observed}
				}
			}
		}
		switch {
		case day.State == Operated:
			return day
		case n.d < l.FirstDue:
			return Span{}
		case !any:
			day.Note = NoteNotConnected
		}
		return day
	})
}

func naiveControl(w world, in Control) []Span {
	var lanes [][]Span
	for _, l := range in.Checks {
		if l.Family == resource.Event {
			lanes = append(lanes, naiveEvents(w, l))
		} else {
			lanes = append(lanes, naiveStates(w, l))
		}
	}
	for _, l := range in.Activities {
		lanes = append(lanes, naiveActivity(w, l))
	}
	for _, l := range in.Uploads {
		lanes = append(lanes, naiveUpload(w, l))
	}
	return naiveSpans(w, func(n naiveDay) Span {
		if n.start.Equal(n.end) {
			return Span{Note: NoteNoDay}
		}
		if naiveVersion(in.Versions, n.d) == nil {
			return Span{Note: NoteNotInForce}
		}
		var here []Span
		for _, lane := range lanes {
			for _, s := range lane {
				if s.From <= n.d && n.d < s.To && s.Note != NoteNotInForce {
					here = append(here, s)
				}
			}
		}
		if len(here) == 0 {
			return Span{State: NoEvidence, Note: NoteNoLane}
		}
		day, late := Span{}, Note(0)
		for _, s := range here {
			day = day.worsen(s.State, s.Note)
			late |= s.Note & NoteLate
		}
		due := slices.DeleteFunc(slices.Clone(here), func(s Span) bool { return s.State == NotDue })
		day.Observed = len(due) > 0 || slices.ContainsFunc(here, func(s Span) bool { return s.Observed })
		for _, s := range due {
			day.Observed = day.Observed && s.Observed
		}
		day.Observed = day.Observed || slices.ContainsFunc(here, func(s Span) bool { return s.Observed && s.State == Deviation })
		day.Note |= late
		return day
	})
}

// naiveDeviations lists, as text, the runs of days on which one resource of a
// lane over resources that exist in time was a deviation.
func naiveDeviations(w world, l CheckLane) []string {
	names := []string{""}
	for _, f := range l.Failures {
		names = append(names, f.Resource)
	}
	slices.Sort(names)
	var all []string
	for _, name := range slices.Compact(names) {
		in := func(n naiveDay) (bad, day bool) {
			if _, out := n.outOfForce(l.Versions); out {
				return false, !n.start.Equal(n.end)
			}
			if name == "" {
				return n.tested(l).State == Deviation, true
			}
			return slices.ContainsFunc(l.Failures, func(f Failure) bool {
				state, _, ok := n.touchedBy(l, f)
				return ok && f.Resource == name && state == Deviation
			}), true
		}
		var from, to Date
		for d := w.period.From; d < w.period.To && !d.Start(w.period.Zone).After(w.now); d++ {
			bad, day := in(naive(w, d))
			switch {
			case bad && from == 0:
				from, to = d, d+1
			case bad:
				to = d + 1
			case day && from != 0:
				all = append(all, fmt.Sprintf("%s %s %s", name, from, to))
				from = 0
			}
		}
		if from != 0 {
			all = append(all, fmt.Sprintf("%s %s %s", name, from, to))
		}
	}
	return all
}
