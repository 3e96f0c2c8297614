package web

import (
	"bytes"
	"fmt"
	"strings"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/licensed"
	"assay/internal/program"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// licensedOwn says whose copy it is, wherever its words are.
const licensedOwn = "The organization’s own licensed copy"

// licensedPoints lists the points of focus, with the licensed wording beside our
// own where the organization has it, and returns the criterion's.
func (s *Server) licensedPoints(r *request, sc *program.Scope, cr *criteria.Criterion, v *page.CriterionView) (*page.LicensedCard, error) {
	var c licensed.Copy
	var err error
	if r.who.Can(access.CriteriaText) {
		if c, _, err = s.Suite.Licensed.Get(r.Context(), r.who); err != nil {
			return nil, err
		}
	}
	for _, p := range cr.PointsOfFocus {
		_, has := c.Point(p.ID)
		v.LicensedPoints = v.LicensedPoints || has && p.Applies(sc.Categories, nil)
	}
	for _, p := range cr.PointsOfFocus {
		if !p.Applies(sc.Categories, nil) {
			continue
		}
		row := []view.Cell{{Text: string(p.ID), Mono: true}, {Text: p.Text}}
		if v.LicensedPoints {
			text, _ := c.Point(p.ID)
			row = append(row, view.Cell{Text: nonEmpty(text, "–")})
		}
		v.Points = append(v.Points, append(row, view.Cell{Text: sourceWord(p.Source)}))
	}
	text, has := c.Criterion(cr.ID)
	if !has && !v.LicensedPoints {
		return nil, nil
	}
	card := &page.LicensedCard{Note: licensedOwn + ", imported " + r.day(c.ImportedAt) + " by " + c.Name + ". It is not part of any package or export; do not pass it on."}
	if c.Publication != "" {
		card.Hint = c.Publication
	}
	for part := range strings.SplitSeq(text, "\n") {
		if part = strings.TrimSpace(part); part != "" {
			card.Text = append(card.Text, part)
		}
	}
	return card, nil
}

func (s *Server) licensedForm(r *request) (answer, error) {
	if err := r.may(access.CriteriaImport); err != nil {
		return answer{}, err
	}
	return s.showLicensed(r, nil)
}

func (s *Server) showLicensed(r *request, refused error) (answer, error) {
	c, has, err := s.Suite.Licensed.Get(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.ImportView{
		Head:  view.Head{Title: "Licensed text", Answer: view.Say("The criteria here are in our own words. If your organization holds a licence to the published wording, import it: it then stands beside ours, for leads and owners.")},
		Title: "File", Form: view.Form{
			Action: "/criteria/licensed", Upload: true, Submit: "Import", Icon: "up", Cancel: view.Ref{Label: "Cancel", Href: "/criteria"},
			Fields: []view.Input{
				{Name: "publication", Label: "What you hold", Value: r.typed("publication", c.Publication), Optional: true, Full: true, Sample: "The edition, or the licence"},
				{Name: "file", Label: "CSV or YAML file", Type: "file", Accept: ".csv,.yaml,.yml,text/csv", Required: true, Full: true, Hint: fmt.Sprintf("UTF-8, at most %d MiB. One wrong line, and nothing of the file is taken.", catalog.MaxLicensedFile>>20)},
			},
		},
		Aside: []page.AsideCard{s.licensedCard(r, &c, has), {
			ID: "h-cols", Title: "How it is written", Text: view.Text{view.T("CSV with the columns "), view.C("id,text"), view.T(" or YAML such as "), view.C("CC6.1: the wording"), view.T(".")},
			Note: "Ids are those of the criteria, CC6.1, and of our points of focus, CC6.1-1. It may cover only some of them.",
		}},
	}
	if has {
		v.Head.Actions = []view.Action{{Label: "Forget it…", Href: "/criteria/licensed/forget"}}
		v.Form.Submit, v.Form.Hint = "Import in its place", "What was imported before is replaced."
	}
	v.Result = refusedLines(refused)
	if v.Result != nil {
		refused = fault.New(fault.Invalid, "The text was not imported. The lines to correct are above.")
	}
	status, err := refuse(&v.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "Criteria", Href: "/criteria"}, {Label: "Licensed text"}}
	return answer{status: status, page: page.Import(s.shell(r, "Licensed text", "criteria", crumbs...), v)}, nil
}

// licensedCard says what the organization has.
func (s *Server) licensedCard(r *request, c *licensed.Copy, has bool) page.AsideCard {
	card := page.AsideCard{ID: "h-have", Title: "Your copy", Note: "It lies sealed under your organization’s key. The trail says that it was imported, not what it says."}
	if !has {
		card.Badge = view.Badge{State: view.None, Label: "None"}
		return card
	}
	whole, points := c.Count()
	allWhole, allPoints := licensed.Total(s.Suite.Library.Criteria())
	card.Badge = view.Badge{State: view.Pass, Label: "Imported"}
	card.Pairs = []view.Pair{
		{Term: "What", Value: view.Say(nonEmpty(c.Publication, "not named"))},
		{Term: "Criteria", Value: view.Say(fmt.Sprintf("%d of %d", whole, allWhole))},
		{Term: "Points of focus", Value: view.Say(fmt.Sprintf("%d of %d", points, allPoints))},
		{Term: "Imported", Value: view.Say(r.day(c.ImportedAt) + " by " + c.Name)},
	}
	return card
}

// refusedLines shows a fault that names lines; nil for any other.
func refusedLines(err error) *page.ImportResult {
	var out *page.ImportResult
	more := 0
	for _, f := range fault.FieldsOf(err) {
		line, is := strings.CutPrefix(f.Name, "line ")
		if !is {
			continue
		}
		if out == nil {
			out = &page.ImportResult{Badge: view.Badge{State: view.Fail, Label: "Nothing is saved"}}
		}
		if len(out.Refused) == 200 {
			more++
			continue
		}
		out.Refused = append(out.Refused, page.RefusedRow{Line: line, Field: "row", Reason: f.Text})
	}
	if out == nil {
		return nil
	}
	out.Title = plural(len(out.Refused)+more, "line") + " refused"
	if more > 0 {
		out.More = fmt.Sprintf("%d more are not shown.", more)
	}
	return out
}

func (s *Server) licensedImport(r *request) (answer, error) {
	if err := r.may(access.CriteriaImport); err != nil {
		return answer{}, err
	}
	b, err := r.upload(catalog.MaxLicensedFile)
	if err == nil && len(b) == 0 {
		err = fault.Fields("Nothing was imported.", fault.Field{Name: "file", Text: "Choose a file."})
	}
	if err != nil {
		return s.showLicensed(r, err)
	}
	c, err := s.Suite.Licensed.Import(r.Context(), r.who, catalog.LicensedFile{Name: r.fileName(), Publication: r.text("publication"), Body: bytes.NewReader(b)})
	if err != nil {
		return s.showLicensed(r, err)
	}
	whole, points := c.Count()
	return s.done(r, fmt.Sprintf("The wording of %s and %s is imported.", counted(whole, "criterion", "criteria"), counted(points, "point of focus", "points of focus")), "/criteria/licensed")
}

// counted counts what has a plural of its own.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return view.Num(n) + " " + many
}

// fileName is the name of the posted file, as the browser says it.
func (r *request) fileName() string {
	if r.MultipartForm == nil || len(r.MultipartForm.File["file"]) == 0 {
		return ""
	}
	return r.MultipartForm.File["file"][0].Filename
}

// licensedForgetForm asks once more: only the organization itself has the text.
func (s *Server) licensedForgetForm(r *request) (answer, error) {
	if err := r.may(access.CriteriaImport); err != nil {
		return answer{}, err
	}
	if _, has, err := s.Suite.Licensed.Get(r.Context(), r.who); err != nil || !has {
		if err == nil {
			err = fault.New(fault.NotFound, "No licensed text was imported, so that there is none to forget.")
		}
		return answer{}, err
	}
	v := page.FormView{
		Head: view.Head{Title: "Forget the licensed text?", Answer: view.Say("The criteria then stand in our own words alone. Nothing that was judged changes. To have the text again, import your file again.")},
		Form: view.Form{Action: "/criteria/licensed/forget", Submit: "Forget it", Cancel: view.Ref{Label: "Keep it", Href: "/criteria/licensed"}},
	}
	crumbs := []view.Crumb{{Label: "Criteria", Href: "/criteria"}, {Label: "Licensed text", Href: "/criteria/licensed"}, {Label: "Forget"}}
	return s.showForm(r, s.shell(r, v.Head.Title, "criteria", crumbs...), &v, nil)
}

func (s *Server) licensedForget(r *request) (answer, error) {
	if err := s.Suite.Licensed.Forget(r.Context(), r.who); err != nil {
		return answer{}, err
	}
	return s.done(r, "The licensed text is forgotten.", "/criteria/licensed")
}
