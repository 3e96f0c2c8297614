package readiness

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/gap"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

// Take writes an assessment down as things stand now. Refused while something is
// found that the register of gaps does not have.
func (s Service) Take(ctx context.Context, who access.Actor, title, conclusion string) (r register.Record, err error) {
	g, err := who.May(access.GapEdit)
	if err != nil {
		return r, err
	}
	err = s.DB.Write(ctx, g, func(tx *db.Tx) error {
		p, err := s.Position(tx)
		if err != nil {
			return err
		}
		if n := len(p.Found); n > 0 {
			return fault.New(fault.Conflict, "%s found and not in the register. Write them down first: an assessment lists them.", are(n, "gap"))
		}
		r, err = s.Books.Enter(tx, gap.AssessmentNoun, register.Input{Fields: map[string][]string{"title": {title}, "conclusion": {conclusion}}}, func(r *register.Record) { taken(r, p) })
		return err
	})
	return r, err
}

// mostReasons is how many a line of an assessment names: the ratings of every
// criterion have to fit into a field.
const mostReasons = 6

// taken fills in what was found.
func taken(r *register.Record, p *Position) {
	set := func(name string, n int) { r.Values.Set(name, strconv.Itoa(n)) }
	set("met", p.Counts[Met])
	set("partly", p.Counts[Partly])
	set("not_met", p.Counts[NotMet])
	set("unknown", p.Counts[Unknown])
	set("not_relevant", p.Counts[NotRelevant])
	r.Values.Set("taken_on", p.Today.String())
	if p.Start.On != 0 {
		r.Values.Set("start_on", p.Start.On.String())
	}
	r.Values.Set("start_why", p.Start.Why)
	var b strings.Builder
	for i := range p.Criteria {
		c := &p.Criteria[i]
		fmt.Fprintf(&b, "%s %s", c.ID, strings.ReplaceAll(string(c.Rating), "_", " "))
		for j := range c.Reasons {
			if j == mostReasons {
				fmt.Fprintf(&b, "; and %d more", len(c.Reasons)-j)
				break
			}
			fmt.Fprintf(&b, "; %s", c.Reasons[j].brief())
		}
		b.WriteString("\n")
	}
	r.Values.Set("ratings", strings.TrimSpace(b.String()))
}

// brief is the reason in a word or two.
func (r *Reason) brief() string {
	switch {
	case r.Cause == "" && r.Question == "":
		return r.Text
	case r.Cause == "":
		return r.Question + " without an answer"
	}
	return strings.ReplaceAll(r.Cause, "_", " ") + " " + r.Control + r.Question
}
