package web

import (
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// rollForm asks what the engagement that follows is about.
func (s *Server) rollForm(r *request) (answer, error) {
	if err := r.may(access.EngagementEdit); err != nil {
		return answer{}, err
	}
	return s.rollPage(r, nil)
}

func (s *Server) rollPage(r *request, refused error) (answer, error) {
	d, err := s.Suite.Registers.Get(r.Context(), r.who, engagement.Noun, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	fields := []view.Input{{Name: "title", Label: "What it is called", Value: r.typed("title", ""), Full: true}}
	if d.Get("type") == engagement.Type1 {
		fields = append(fields, view.Input{Name: "as_of", Label: "As of", Type: "date", Value: r.typed("as_of", ""), Hint: "Twelve months on if empty."})
	} else {
		fields = append(fields, view.Input{Name: "from", Label: "First day", Type: "date", Value: r.typed("from", ""), Hint: "The day after the period before if empty."},
			view.Input{Name: "to", Label: "Last day", Type: "date", Value: r.typed("to", ""), Hint: "Twelve months on if empty."})
	}
	if !engagement.Over(&d.Record) {
		fields = append(fields, view.Input{Name: "reason", Label: "Why before this one has ended", Value: r.typed("reason", ""), Full: true})
	}
	v := page.FormView{
		Head: view.Head{ID: d.ID, Title: "Begin the next one", Answer: view.Say("Scope, firm, requests, populations, samples and tests are planned anew, over the new days. Nothing that was answered, captured, drawn, marked or signed is carried.")},
		Form: view.Form{Action: r.URL.Path, Submit: "Draft it", Cancel: view.Ref{Label: "Cancel", Href: "/engagements/" + d.ID}, Fields: fields},
	}
	v.Title = "The engagement that follows"
	return s.showForm(r, s.shell(r, "Engagements", "engagements"), &v, refused)
}

// roll drafts the engagement that follows.
func (s *Server) roll(r *request) (answer, error) {
	if err := r.may(access.EngagementEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	in := engagement.Rolling{Title: r.text("title"), Reason: r.text("reason")}
	for name, to := range map[string]*standing.Date{"from": &in.From, "to": &in.To, "as_of": &in.AsOf} {
		if r.text(name) == "" {
			continue
		}
		var err error
		if *to, err = standing.ParseDate(r.text(name)); err != nil {
			return s.rollPage(r, fault.Fields("Nothing was carried forward.", fault.Field{Name: name, Text: "Give a day such as 2026-12-01."}))
		}
	}
	out, err := s.Suite.Years.Roll(r.Context(), r.who, r.PathValue("id"), in)
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return s.rollPage(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	said := []string{fmt.Sprintf("%s is drafted, with %s and %s.", out.ID, plural(out.Requests, "request"), plural(out.Sheets, "test sheet"))}
	for _, left := range out.Left {
		said = append(said, left.ID+" is not carried: "+left.Why+".")
	}
	return s.done(r, strings.Join(said, " "), "/engagements/"+out.ID)
}

// yearsCard sets an engagement beside the one before it; nil without one.
func yearsCard(p *registerPage, r *register.Record) (*page.AsideCard, error) {
	if r.Get("previous") == "" {
		return nil, nil //nolint:nilnil // it follows none
	}
	c, err := p.s.Suite.Years.Compare(p.r.Context(), p.r.who, r.ID)
	if err != nil {
		return nil, err
	}
	card := &page.AsideCard{ID: "h-years", Title: "Compared with " + c.Before.ID}
	for _, one := range []struct {
		what        string
		before, now int
	}{
		{"Requests", c.Before.Requests, c.Now.Requests},
		{"Test sheets", c.Before.Sheets, c.Now.Sheets},
		{"Reviewed", c.Before.Reviewed, c.Now.Reviewed},
		{"With deviations", c.Before.Deviating, c.Now.Deviating},
		{"Exceptions", c.Before.Exceptions, c.Now.Exceptions},
	} {
		card.Lines = append(card.Lines, view.Line{State: view.None, Text: one.what, Right: fmt.Sprintf("%d, before %d", one.now, one.before)})
	}
	if len(c.Again) > 0 {
		card.Lines = append(card.Lines, view.Line{State: view.Fail, Text: "Exceptions in both", Sub: strings.Join(c.Again, ", ")})
	}
	if len(c.Settled) > 0 {
		card.Lines = append(card.Lines, view.Line{State: view.Pass, Text: "Tested without exception since", Sub: strings.Join(c.Settled, ", ")})
	}
	return card, nil
}
