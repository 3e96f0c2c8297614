package standing

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// seen is what the runs of a day, or of an instant, said.
type seen uint8

const (
	sawPass seen = 1 << iota
	sawFail
	sawUnexplained // a fail that no failure on record explains
	sawExcluded
	sawNoOccurrence
	sawUnknown
)

func (s seen) concluded() bool { return s&^sawUnknown != 0 }

// mark is the day as far as the runs tell; failures are put on top of it.
func (s seen) mark(observed bool) mark {
	m := mark{observed: observed}
	switch {
	case s&sawUnexplained != 0:
		m.state = Deviation
	case s&(sawPass|sawFail) != 0:
		m.state = Operated
	default:
		if s&sawExcluded != 0 {
			m.note |= NoteExcluded
		}
		if s&sawNoOccurrence != 0 {
			m.note |= NoteNoOccurrence
		}
	}
	return m
}

// run is a Run as it is known now.
type run struct {
	at, from, to int64
	fresh        int64 // how long it may be carried forward
	saw          seen
}

// runs puts the runs until now in order.
func (c *Calendar) runs(all []Run, freshness time.Duration) []run {
	runs := make([]run, 0, len(all))
	for _, r := range all {
		known := run{at: r.At.UnixNano(), saw: sawUnknown, fresh: int64(cmp.Or(r.Freshness, freshness))}
		switch r.Status {
		case Pass:
			known.saw = sawPass
		case Fail:
			known.saw = sawFail
		case Excluded:
			known.saw = sawExcluded
		case NoOccurrence:
			known.saw = sawNoOccurrence
		}
		if !r.CoversTo.IsZero() {
			known.from, known.to = r.CoversFrom.UnixNano(), min(r.CoversTo.UnixNano(), known.at)
		}
		if known.at <= c.now {
			runs = append(runs, known)
		}
	}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Compare(a.at, b.at) })
	return runs
}

// doubt marks the failing runs that no failure explains. The record of such a
// lane is broken, and what is broken counts as the worst.
func doubt(runs []run, failures []failure) {
	failures = slices.SortedFunc(slices.Values(failures), func(a, b failure) int { return cmp.Compare(a.since, b.since) })
	reach, next := int64(math.MinInt64), 0
	for i, r := range runs {
		for ; next < len(failures) && failures[next].since <= r.at; next++ {
			reach = max(reach, failures[next].lastInstant())
		}
		if r.saw == sawFail && reach < r.at {
			runs[i].saw = sawUnexplained
		}
	}
}

// stateDays judges a lane over a kind of resources that exist in time.
func (c *Calendar) stateDays(l CheckLane, in recorded) ([]mark, []lapse) {
	doubt(in.runs, in.failures)
	marks := c.tested(l, in)
	lapses := unnamed(marks)
	var touches touches
	for _, f := range in.failures {
		since, limit, ok := c.begins(f, in.terms)
		if !ok {
			continue
		}
		w := f.weigh(since, limit)
		from, to := c.dayOf(since), c.dayOf(f.lastInstant())+1
		if w.deviates {
			over := c.dayOf(w.over)
			if first, end := c.clip(over, to); first < end {
				touches.add(Deviation, 0, first, end, c.days)
				lapses = append(lapses, lapse{f.resource, first, end})
			}
			to = over
		}
		if first, end := c.clip(from, to); first < end {
			touches.add(w.state, w.note, first, end, c.days)
		}
	}
	touches.raise(marks)
	return marks, lapses
}

// begins is the instant from which a failure counts, and the limit that it
// counts against: since it began, by the version in force then; or, if the
// lane was not in force then, since the first day that it was.
func (c *Calendar) begins(f failure, t terms) (since int64, limit time.Duration, ok bool) {
	began := c.dayOf(f.since)
	first, v, ok := t.attachedFrom(began)
	if !ok || first == began {
		return f.since, v.Limit, ok
	}
	return c.start(first), v.Limit, true
}

// tested marks each day by the runs alone.
func (c *Calendar) tested(l CheckLane, in recorded) []mark {
	marks := make([]mark, c.days)
	ended := c.endings(in.failures)
	var last run // the last that concluded something, joined with others of its instant
	next := 0
	take := func(before int64) (today seen) {
		for ; next < len(in.runs) && in.runs[next].at < before; next++ {
			r := in.runs[next]
			today |= r.saw
			switch {
			case !r.saw.concluded():
			case last.saw != 0 && last.at == r.at:
				last.saw |= r.saw
				last.fresh = min(last.fresh, r.fresh)
			default:
				last = r
			}
		}
		return today
	}
	take(c.starts[0])
	for i := range marks {
		today := take(c.starts[i+1]) // last is of a day before, unless today concluded
		switch {
		case today.concluded():
			marks[i] = (today &^ sawUnknown).mark(true)
		case today != 0:
			marks[i] = mark{state: NoEvidence, note: NoteUnknown}
		case last.saw == 0 && !c.connected(l, in.runs, i):
			marks[i] = mark{state: NoEvidence, note: NoteNotConnected}
		case last.saw == 0 || c.until(i)-last.at > last.fresh:
			marks[i] = mark{state: NoEvidence, note: NoteStale}
		case last.saw&sawUnexplained == 0 && ended[i] > last.at:
			marks[i] = mark{state: NoEvidence, note: NoteUnconfirmed}
		default:
			marks[i] = last.saw.mark(false)
		}
	}
	return marks
}

// connected reports whether there was a run before the end of day i.
func (c *Calendar) connected(l CheckLane, runs []run, i int) bool {
	if !l.ConnectedAt.IsZero() && l.ConnectedAt.UnixNano() < c.starts[i+1] {
		return true
	}
	return len(runs) > 0 && runs[0].at < c.starts[i+1]
}

// endings tells for each day when the last failure before it ended.
func (c *Calendar) endings(failures []failure) []int64 {
	ended := make([]int64, c.days+1)
	for i := range ended {
		ended[i] = math.MinInt64
	}
	for _, f := range failures {
		if f.open {
			continue
		}
		i := max(c.index(f.until-1)+1, 0) // the day after the one in which it last failed
		ended[min(i, c.days)] = max(ended[min(i, c.days)], f.until)
	}
	for i := 1; i < len(ended); i++ {
		ended[i] = max(ended[i], ended[i-1])
	}
	return ended
}

// touches counts, for each state and note, the failures that begin to touch a
// day less those that have ceased to.
type touches map[mark][]int

func (t *touches) add(s State, n Note, first, end, days int) {
	if *t == nil {
		*t = touches{}
	}
	key := mark{state: s, note: n}
	if (*t)[key] == nil {
		(*t)[key] = make([]int, days+1)
	}
	(*t)[key][first]++
	(*t)[key][end]--
}

func (t touches) raise(marks []mark) {
	for key, changes := range t {
		touching := 0
		for i := range marks {
			if touching += changes[i]; touching > 0 {
				marks[i].raise(key.state, key.note)
			}
		}
	}
}

// unnamed are the days in deviation for which no resource is to blame.
func unnamed(marks []mark) []lapse {
	days := make([]bool, len(marks))
	for i, m := range marks {
		days[i] = m.state == Deviation
	}
	return stretches(days)
}
