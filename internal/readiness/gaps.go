package readiness

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/internal/gap"
	"assay/internal/register"
	"assay/internal/standing"
)

// Found is a gap that the look found and that nobody has written down.
type Found struct {
	Key      string // by which it is found again
	Cause    string
	Title    string
	What     string
	Weight   string
	Effort   string // a guess by the cause
	Criteria []string
	Controls []string
	Owner    string // id in the register of people; empty if nobody is known
}

// effort is the guess that a gap begins with.
func effort(cause string) string {
	switch cause {
	case gap.NoOwner, gap.Unseen:
		return gap.Hours
	case gap.NoControl:
		return gap.Weeks
	}
	return gap.Days
}

func weight(r Rating) string {
	switch r {
	case NotMet:
		return gap.High
	case Partly:
		return gap.Medium
	case Unknown, Met, NotRelevant:
	}
	return gap.Low
}

// weigher orders weights, the heaviest first.
func weigher() []string { return []string{gap.High, gap.Medium, gap.Low} }

// gaps are what the ratings find, the heaviest first: one for everything that is
// wrong, with all the criteria that it touches.
func gaps(rated []Rated) []Found {
	by := map[string]*Found{}
	var keys []string
	for i := range rated {
		c := &rated[i]
		if c.Rating == NotRelevant {
			continue
		}
		for j := range c.Reasons {
			r := &c.Reasons[j]
			if r.Cause == "" {
				continue
			}
			key := r.key(c.ID)
			f, ok := by[key]
			if !ok {
				f = &Found{Key: key, Cause: r.Cause, What: r.Text, Weight: weight(c.Rating), Effort: effort(r.Cause), Title: titled(r, c)}
				if r.Control != "" {
					f.Controls = []string{r.Control}
				}
				by[key], keys = f, append(keys, key)
			}
			f.Criteria = append(f.Criteria, string(c.ID))
			if of := weight(c.Rating); slices.Index(weigher(), of) < slices.Index(weigher(), f.Weight) {
				f.Weight = of
			}
		}
	}
	out := make([]Found, 0, len(keys))
	for _, key := range keys {
		out = append(out, *by[key])
	}
	slices.SortStableFunc(out, func(a, b Found) int {
		return cmp.Compare(slices.Index(weigher(), a.Weight), slices.Index(weigher(), b.Weight))
	})
	return out
}

// titled names a gap.
func titled(r *Reason, c *Rated) string {
	control := r.Name + " (" + r.Control + ")"
	switch r.Cause {
	case gap.NoControl:
		return "No control serves " + string(c.ID)
	case gap.NoOwner:
		return "Nobody answers for: " + control
	case gap.Unwatched:
		return "Nothing would show it: " + control
	case gap.Failing:
		return "It fails: " + control
	case gap.Unseen:
		return "Nothing shows it yet: " + control
	}
	text, _, _ := strings.Cut(r.Text, "?")
	return text + "?"
}

// Start is the day on which a period could begin.
type Start struct {
	On  standing.Date // zero: nobody can say
	Why string        // a sentence
}

// start is the day after the last open gap is to be closed; today without one.
// Nobody can say while a gap has no day, or one that is over.
func start(open []register.Record, unwritten int, today standing.Date) Start {
	last, undated, late := today, 0, 0
	for i := range open {
		switch g := &open[i]; {
		case g.Get("due_on") == "":
			undated++
		case g.Date("due_on") < today:
			late++
		default:
			last = max(last, g.Date("due_on")+1)
		}
	}
	switch {
	case unwritten > 0:
		return Start{Why: are(unwritten, "gap") + " found and not written down yet, so that nobody can say."}
	case undated > 0:
		return Start{Why: are(undated, "open gap") + " without a day by which it is closed, so that nobody can say."}
	case late > 0:
		return Start{Why: are(late, "open gap") + " late, so that nobody can say."}
	case len(open) == 0:
		return Start{On: today, Why: "No gap is open."}
	}
	return Start{On: last, Why: fmt.Sprintf("The day after the last of %d open gaps is to be closed.", len(open))}
}

func are(n int, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return fmt.Sprintf("%d %ss are", n, what)
}

// span is how many days a gap takes of its owner's time, as far as anybody can say
// before it is begun.
func span(effort string) standing.Date {
	switch effort {
	case gap.Hours:
		return 1
	case gap.Weeks:
		return 28
	}
	return 7
}

type planned struct {
	id string
	on standing.Date
}

// plan gives days to those of the gaps that have none.
func plan(open []register.Record, today standing.Date) (out []planned) {
	until := map[string]standing.Date{}
	for _, w := range weigher() {
		for i := range open {
			g := &open[i]
			if g.Get("weight") != w || g.Get("due_on") != "" {
				continue
			}
			owner := g.Get("owner")
			until[owner] = max(until[owner], today) + span(g.Get("effort"))
			out = append(out, planned{g.ID, until[owner]})
		}
	}
	return out
}
