package readiness

import (
	"cmp"
	"fmt"
	"slices"

	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/gap"
	"assay/internal/register"
	"assay/internal/standing"
)

// Rating is how a criterion stands.
type Rating string

// The ratings, the worst first.
const (
	NotMet      Rating = "not_met"
	Partly      Rating = "partly"
	Unknown     Rating = "unknown"
	Met         Rating = "met"
	NotRelevant Rating = "not_relevant" // left out of the program, with a reason and an approver
)

// Ratings lists the ratings, the worst first.
func Ratings() []Rating { return []Rating{NotMet, Partly, Unknown, Met, NotRelevant} }

// Reason is one thing that a rating follows from.
type Reason struct {
	Cause    string // one of the causes of package gap; empty for a question without an answer
	Control  string // id; empty if it is about none
	Name     string // title of the control
	Question string // id in the register of questions; empty if it is about none
	Text     string // a sentence
}

// key is what the reason is about: the same for every criterion that it touches.
func (r *Reason) key(of criteria.ID) string {
	return r.Cause + ":" + cmp.Or(r.Control, r.Question, string(of))
}

// Rated is a criterion with its rating.
type Rated struct {
	ID       criteria.ID
	Title    string
	Rating   Rating
	Works    []string // controls that are seen to operate
	Reasons  []Reason // why it is not met; why it is not relevant
	Answered int      // questions that count and have an answer
	Asked    int      // questions that count
}

// view is what is known of a control today.
type view struct {
	c     *control.Listed
	cause string // why it is not seen to operate; empty if it is
	also  bool   // nobody answers for it
	text  string
}

// now is the state of a control on a day.
func now(c *control.Listed, today standing.Date) standing.State {
	for _, s := range c.Standing.Spans {
		if s.From <= today && today < s.To {
			return s.State
		}
	}
	return standing.NotDue
}

// look says what is known of a control.
func look(c *control.Listed, today standing.Date) view {
	v := view{c: c, also: c.Owner == "" && c.OwnerRole == ""}
	days, acts := c.Standing.Summary.Days, c.Standing.Summary.Activities
	shown := days.Operated+days.Fixed > 0 || acts.OnTime+acts.Late > 0
	say := func(cause, text string) { v.cause, v.text = cause, fmt.Sprintf("%s, %s: %s", c.Control, c.Title, text) }
	switch state := now(c, today); {
	case c.Phase == control.Planned:
		say(gap.Unseen, "it begins on "+c.EffectiveOn.String()+".")
	case len(c.Lanes) == 0:
		say(gap.Unwatched, "no check, no activity and no document was named that would show that it operates.")
	case state == standing.Deviation, state == standing.Failing:
		say(gap.Failing, "it fails today.")
	case state == standing.NoEvidence:
		say(gap.Unseen, "there is no evidence of today.")
	case !shown:
		say(gap.Unseen, "nothing has shown yet that it operates.")
	}
	return v
}

// rater rates criteria.
type rater struct {
	views     []view
	seen      map[string]bool // controls that are seen to operate
	questions []register.Record
}

func newRater(controls []control.Listed, questions []register.Record, today standing.Date) *rater {
	r := &rater{seen: map[string]bool{}, questions: questions}
	for i := range controls {
		if controls[i].Phase == control.Retired {
			continue
		}
		v := look(&controls[i], today)
		r.views = append(r.views, v)
		r.seen[controls[i].Control] = v.cause == ""
	}
	return r
}

// known reports whether everything that a question is about is seen to operate.
func (r *rater) known(q *register.Record) bool {
	of := q.List("controls")
	return len(of) > 0 && !slices.ContainsFunc(of, func(id string) bool { return !r.seen[id] })
}

// rate rates a criterion.
func (r *rater) rate(c *criteria.Criterion) Rated {
	out := Rated{ID: c.ID, Title: c.Title}
	served := 0
	for i := range r.views {
		v := &r.views[i]
		if !slices.Contains(v.c.Criteria, string(c.ID)) {
			continue
		}
		served++
		if v.cause == "" {
			out.Works = append(out.Works, v.c.Control)
		} else {
			out.Reasons = append(out.Reasons, Reason{Cause: v.cause, Control: v.c.Control, Name: v.c.Title, Text: v.text})
		}
		if v.also {
			out.Reasons = append(out.Reasons, Reason{Cause: gap.NoOwner, Control: v.c.Control, Name: v.c.Title, Text: fmt.Sprintf("%s, %s: nobody answers for it.", v.c.Control, v.c.Title)})
		}
	}
	if served == 0 {
		out.Reasons = append(out.Reasons, Reason{Cause: gap.NoControl, Text: "No control serves it."})
	}
	for i := range r.questions {
		r.ask(&out, &r.questions[i])
	}
	out.Rating = worst(&out)
	return out
}

// ask lets a question count, if it is about the criterion and not known already.
// Somebody who says no is believed whatever else is known.
func (r *rater) ask(out *Rated, q *register.Record) {
	answer := q.Get("answer")
	refuted := answer == gap.AnswerNo || answer == gap.AnswerPart
	if !slices.Contains(q.List("criteria"), string(out.ID)) || r.known(q) && !refuted {
		return
	}
	out.Asked++
	why := Reason{Question: q.ID, Text: fmt.Sprintf("%s: %s", q.ID, q.Get("title"))}
	switch answer {
	case "":
		why.Text += " Nobody has answered."
		out.Reasons = append(out.Reasons, why)
		return
	case gap.AnswerNo:
		why.Cause, why.Text = gap.Answered, why.Text+" No. "+q.Get("note")
		out.Reasons = append(out.Reasons, why)
	case gap.AnswerPart:
		why.Cause, why.Text = gap.Answered, why.Text+" Partly. "+q.Get("note")
		out.Reasons = append(out.Reasons, why)
	}
	out.Answered++
}

// worst is the rating that follows from what works and from the reasons.
func worst(r *Rated) Rating {
	fails, unknown := false, false
	for i := range r.Reasons {
		switch r.Reasons[i].Cause {
		case gap.NoControl:
			return NotMet
		case gap.Failing, gap.Unwatched, gap.NoOwner, gap.Answered:
			fails = true
		default:
			unknown = true
		}
	}
	switch {
	case fails && len(r.Works) == 0:
		return NotMet
	case fails:
		return Partly
	case unknown, len(r.Works) == 0:
		return Unknown
	}
	return Met
}
