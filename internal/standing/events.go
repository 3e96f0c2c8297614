package standing

import (
	"cmp"
	"slices"
)

// covered is a stretch of time, from ≤ t < to, that conclusive runs listed.
type covered struct{ from, to int64 }

// listed joins what the conclusive runs cover. Several runs may cover a day
// together, as runs do that each list what came after the one before.
func listed(runs []run) []covered {
	var parts []covered
	for _, r := range runs {
		if r.saw.concluded() && r.from < r.to {
			parts = append(parts, covered{r.from, r.to})
		}
	}
	slices.SortFunc(parts, func(a, b covered) int { return cmp.Compare(a.from, b.from) })
	var joined []covered
	for _, p := range parts {
		if n := len(joined); n > 0 && p.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, p.to)
			continue
		}
		joined = append(joined, p)
	}
	return joined
}

// eventDays judges a lane over a kind of events. A failure counts on the day
// of its event alone.
func (c *Calendar) eventDays(l CheckLane, in recorded) ([]mark, []lapse) {
	counts := c.counts(l.Events)
	marks := c.listedDays(l, in.runs, counts)
	failing := make([]int, c.days)
	var lapses []lapse
	for _, f := range in.failures {
		i := c.index(f.since)
		if i < 0 || i >= c.days {
			continue
		}
		failing[i]++
		v, _ := in.terms.on(c.date(i))
		w := f.weigh(f.since, v.Limit)
		if w.deviates {
			w.state = Deviation
			lapses = append(lapses, lapse{f.resource, i, i + 1})
		}
		marks[i].raise(w.state, w.note)
	}
	for i, n := range counts {
		if n.Fail > failing[i] { // the record of this day is broken
			marks[i].raise(Deviation, 0)
			lapses = append(lapses, lapse{first: i, end: i + 1})
		}
		if n.Late > 0 {
			marks[i].note |= NoteLate
		}
		if marks[i].state == NoEvidence {
			marks[i].observed = false
		}
	}
	return marks, lapses
}

// counts adds up the events of each day that has begun.
func (c *Calendar) counts(events []EventDay) []EventDay {
	counts := make([]EventDay, c.days)
	for _, e := range events {
		if e.Day < c.period.From || e.Day >= c.end() {
			continue
		}
		n := &counts[e.Day-c.period.From]
		n.Pass += e.Pass
		n.Fail += e.Fail
		n.Unknown += e.Unknown
		n.Excluded += e.Excluded
		n.Late += e.Late
	}
	return counts
}

// listedDays marks each day by what was listed of it, failures aside.
func (c *Calendar) listedDays(l CheckLane, runs []run, counts []EventDay) []mark {
	marks := make([]mark, c.days)
	parts := listed(runs)
	for i := range marks {
		for len(parts) > 0 && parts[0].to <= c.starts[i] {
			parts = parts[1:]
		}
		reach := c.starts[i] // until when the day is listed without a gap
		if len(parts) > 0 && parts[0].from <= c.starts[i] {
			reach = parts[0].to
		}
		today := c.date(i) == c.today
		switch {
		case !today && reach >= c.starts[i+1],
			today && reach > c.starts[i] && c.now-reach <= int64(l.Freshness):
			marks[i] = counts[i].mark()
		case today:
			marks[i].note = NotePending
		case c.connected(l, runs, i):
			marks[i] = mark{state: NoEvidence, note: NoteNotListed}
		default:
			marks[i] = mark{state: NoEvidence, note: NoteNotConnected}
		}
		if counts[i].Unknown > 0 {
			marks[i].raise(NoEvidence, NoteUnknown)
		}
	}
	return marks
}

// mark is a day whose events are all listed.
func (e EventDay) mark() mark {
	switch {
	case e.Pass+e.Fail > 0:
		return mark{state: Operated, observed: true}
	case e.Excluded > 0:
		return mark{observed: true, note: NoteExcluded}
	}
	return mark{observed: true, note: NoteNoOccurrence}
}
