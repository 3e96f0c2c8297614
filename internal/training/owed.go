package training

import (
	"slices"
	"time"

	"assay/internal/person"
	"assay/internal/register"
	"assay/internal/standing"
)

// Word is how somebody stands to a course.
type Word string

// The words.
const (
	Late    Word = "late"
	Waiting Word = "waiting" // the days they have are not over
	Done    Word = "done"    // and not to be taken again yet
)

// Words lists them, the gravest first.
func Words() []Word { return []Word{Late, Waiting, Done} }

// Cause is why a course is asked of somebody.
type Cause string

// The causes.
const (
	OnJoining Cause = "joining" // they began to work while it was asked for, and never were to take it again
	First     Cause = "first"   // they worked here when it was begun with
	Again     Cause = "again"   // it is taken again
)

// ahead is how many days before it is to be taken again a course is asked for.
const ahead = 30

// Owed is what one person owes of one course.
type Owed struct {
	Course  string
	Title   string
	Person  string
	Name    string
	Some    bool // it is asked of some people only
	Cause   Cause
	From    standing.Date // since when it is asked for, or will be
	DueOn   standing.Date // last day on which it is not late; 0 if it was completed once and for all
	DoneOn  standing.Date // of the last completion; 0 if there is none
	FirstOn standing.Date // of the first
	Score   string        // of the last, in percent; empty if none is known
	Record  string        // id of the last
	Word    Word

	since time.Time // when the last completion was written down
}

// asking is what a course asks on a day.
type asking struct {
	course *register.Record
	today  standing.Date
	zone   *time.Location
}

// Some reports whether a course is asked of some people only.
func some(course *register.Record) bool {
	return len(course.List("groups"))+len(course.List("titles"))+len(course.List("people")) > 0
}

// binds reports whether a course is asked of a person who works here.
func binds(course *register.Record, p *person.Person) bool {
	return !some(course) || slices.Contains(course.List("people"), p.ID) ||
		p.Group != "" && slices.Contains(course.List("groups"), p.Group) || p.Title != "" && slices.Contains(course.List("titles"), p.Title)
}

// of is what a person owes of the course, given their own completions of it. It is
// false if it asks nothing of them.
func (a *asking) of(p *person.Person, completions []register.Record) (o Owed, ok bool) {
	c := a.course
	if c.State != InUse || !c.ArchivedAt.IsZero() || !p.WorksOn(a.today) || !binds(c, p) {
		return o, false
	}
	from, days := c.Date("from_on"), number(c, "days")
	o = Owed{Course: c.ID, Title: c.Get("title"), Person: p.ID, Name: p.Name, Some: some(c), Cause: First, From: max(from, p.StartsOn), Word: Waiting}
	if p.StartsOn >= from {
		o.Cause = OnJoining
	}
	o.DueOn = o.From + standing.Date(days)
	for i := range completions {
		r := &completions[i]
		on := r.Date("completed_on")
		if r.State != Recorded || !r.ArchivedAt.IsZero() || on == 0 || on > a.today {
			continue
		}
		if o.FirstOn == 0 || on < o.FirstOn {
			o.FirstOn = on
		}
		if on >= o.DoneOn {
			o.DoneOn, o.Score, o.Record, o.since = on, r.Get("score"), r.ID, r.CreatedAt
		}
	}
	if o.DoneOn != 0 {
		o.again(number(c, "again_months"), a.today)
	}
	if o.Word == Waiting && a.today > o.DueOn {
		o.Word = Late
	}
	return o, true
}

// again works out when somebody who completed a course takes it again. What was
// completed before it was asked for, and would be to be taken again by then, does
// not count.
func (o *Owed) again(months int, today standing.Date) {
	if months == 0 {
		o.Word, o.DueOn = Done, 0
		return
	}
	next := o.DoneOn.AddMonths(months)
	if next < o.From {
		return // long before: as if it were never taken
	}
	if o.DoneOn != o.FirstOn || today > next-ahead {
		o.Cause = Again
	}
	o.From, o.DueOn = next-ahead, next
	if today < o.From {
		o.Word = Done
	}
}

func number(r *register.Record, name string) int {
	n, _ := r.Int(name)
	return n
}

// sorted puts the gravest first, then whose is due first.
func sorted(list []Owed) []Owed {
	slices.SortStableFunc(list, func(a, b Owed) int {
		if d := slices.Index(Words(), a.Word) - slices.Index(Words(), b.Word); d != 0 {
			return d
		}
		return int(a.DueOn - b.DueOn)
	})
	return list
}
