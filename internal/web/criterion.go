package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/kit/fault"
	"assay/internal/program"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// criterion is one criterion of the program.
func (s *Server) criterion(r *request) (answer, error) { return s.showCriterion(r, nil) }

func (s *Server) showCriterion(r *request, refused error) (answer, error) {
	sc, c, err := s.coveredOf(r)
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "controls", exportCovering(&c)); ok || err != nil {
		return a, err
	}
	names, err := s.Suite.UserNames(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	cr := &c.criterion
	v := page.CriterionView{
		Head: view.Head{ID: string(cr.ID), Badges: []view.Badge{c.badge()}, Title: cr.Title, Answer: view.Say(cr.Summary)},
		Note: s.Suite.Library.Criteria().Framework().Notice, Controls: criterionControls(r, &c), Facts: s.criterionFacts(&c, &sc, names),
	}
	if len(c.controls) > 0 {
		v.Head.Actions = []view.Action{exportMenu(queryOf(r))}
	}
	if v.Licensed, err = s.licensedPoints(r, &sc, cr, &v); err != nil {
		return answer{}, err
	}
	status := 0
	switch {
	case c.omission != nil:
		v.Notices = []view.Notice{omissionNotice(r, &sc, &c, names)}
		if r.who.Can(access.ProgramEdit) {
			v.Head.Actions = append(v.Head.Actions, omissionAction(&sc, cr.ID, "withdraw", "It applies again"))
		}
	case r.who.Can(access.ProgramEdit):
		v.AskTitle = "It does not apply"
		v.Ask = &view.Form{
			Action: "/criteria/" + string(cr.ID) + "/omit", Submit: "Ask to leave it out", Hidden: []view.Hidden{{Name: "program", Value: sc.ID}},
			Hint: "Another lead approves it.", Fields: []view.Input{{
				Name: "reason", Label: "Why it does not apply to the system", Type: "textarea", Full: true, Required: true, Value: r.PostFormValue("reason"),
				Hint: "The description of the system will give this reason.",
			}},
		}
		if refused != nil {
			p, by, ok := problems(refused)
			if !ok {
				return answer{}, refused
			}
			v.Ask.Problems, v.Ask.Fields[0].Error, status = p, by["reason"], statusOf(fault.Of(refused))
		}
	case refused != nil:
		return answer{}, refused
	}
	crumbs := []view.Crumb{{Label: "Criteria", Href: r.inPeriod("/criteria")}, {Label: string(cr.ID)}}
	return answer{status: status, page: page.Criterion(s.shell(r, string(cr.ID)+" "+cr.Title, "criteria", crumbs...), v)}, nil
}

// coveredOf is the criterion that the address names, in the program of the
// request.
func (s *Server) coveredOf(r *request) (program.Scope, covered, error) {
	sc, err := s.Suite.Programs.Get(r.Context(), r.who, cmp.Or(r.PostFormValue("program"), r.URL.Query().Get("p")))
	if err != nil {
		return sc, covered{}, err
	}
	o, err := s.controlsIn(r).List(r.Context(), r.who)
	if err != nil {
		return sc, covered{}, err
	}
	id := criteria.ID(r.PathValue("id"))
	for _, c := range s.coverage(&sc, &o) {
		if c.criterion.ID == id {
			return sc, c, nil
		}
	}
	if _, known := s.Suite.Library.Criteria().Criterion(id); known {
		return sc, covered{}, fault.New(fault.NotFound, "%s is not in the scope of %s: its category was not chosen.", id, sc.Name)
	}
	return sc, covered{}, fault.New(fault.NotFound, "There is no criterion %s.", id)
}

func sourceWord(src criteria.Source) string {
	switch src {
	case criteria.COSO:
		return "COSO"
	case criteria.Supplemental:
		return "Trust services criteria"
	case criteria.OwnReading:
		return "Our own reading"
	}
	return ""
}

// exportedCover is a control that serves a criterion, as a file has it.
type exportedCover struct {
	Criterion string `json:"criterion"`
	Control   string `json:"control"`
	Title     string `json:"title"`
	Owner     string `json:"owner"`
	Group     string `json:"group"`
	Standing  string `json:"standing"`
}

func exportCovering(c *covered) []exportedCover {
	out := make([]exportedCover, 0, len(c.controls))
	for _, l := range c.controls {
		out = append(out, exportedCover{string(c.criterion.ID), l.Control, l.Title, ownerOf(&l.Version), l.Standing.Group, l.Standing.Headline})
	}
	return out
}

func criterionControls(r *request, c *covered) *page.LinesCard {
	card := &page.LinesCard{Title: "Controls", Hint: plural(len(c.controls), "control"), Empty: "No control in force says what is done about it."}
	for _, l := range c.controls {
		b := groupBadge(l.Standing.Group, l.Standing.Summary)
		card.Lines = append(card.Lines, view.Line{
			State: b.State, Lead: l.Control, Text: l.Title, Right: b.Label, Sub: l.Standing.Headline, Href: r.inPeriod("/controls/" + l.Control),
		})
	}
	return card
}

func (s *Server) criterionFacts(c *covered, sc *program.Scope, names map[string]string) *page.PairsCard {
	cr := &c.criterion
	series, _ := s.Suite.Library.Criteria().SeriesByID(cr.Series)
	cats := "All: it is a common criterion"
	if len(cr.Categories) == 1 {
		cats = categoryNames(cr.Categories)
	}
	card := &page.PairsCard{Title: "About it", Pairs: []view.Pair{
		{Term: "Series", Value: view.Say(string(series.ID) + " " + series.Name)},
		{Term: "Categories", Value: view.Say(cats)},
		{Term: "Program", Value: view.Say(sc.Name)},
	}}
	if cr.COSOPrinciple > 0 {
		card.Pairs = append(card.Pairs, view.Pair{Term: "COSO principle", Value: view.Say(strconv.Itoa(cr.COSOPrinciple))})
	}
	var library []view.Ref
	for _, l := range s.Suite.Library.ControlsFor(cr.ID) {
		if !slices.ContainsFunc(library, func(r view.Ref) bool { return r.Label == string(l.ID) }) {
			library = append(library, view.Ref{Label: string(l.ID)})
		}
	}
	card.Pairs = append(card.Pairs, view.Pair{Term: "In the library", Value: view.Say(plural(len(library), "control") + " that would help"), Tags: library[:min(len(library), 12)]})
	if o := c.omission; o != nil {
		card.Pairs = append(card.Pairs, view.Pair{Term: "Asked by", Value: view.Say(cmp.Or(names[o.AskedBy], o.AskedBy))})
	}
	return card
}

// omissionNotice says that a criterion is left out, or asked to be, and offers
// the decision to whoever may take it.
func omissionNotice(r *request, sc *program.Scope, c *covered, names map[string]string) view.Notice {
	n := view.Notice{State: view.Info, Text: view.Say(omissionWords(c.omission, names))}
	if !c.omission.InForce() {
		n.State = view.Warn
		if r.who.Can(access.ProgramEdit) && c.omission.AskedBy != r.who.ID {
			n.Action = omissionAction(sc, c.criterion.ID, "approve", "Approve")
		}
	}
	return n
}

func omissionAction(sc *program.Scope, id criteria.ID, decision, label string) view.Action {
	return view.Action{
		Label: label, More: " " + string(id), Href: "/criteria/" + string(id) + "/omission", Post: true,
		Hidden: []view.Hidden{{Name: "program", Value: sc.ID}, {Name: "decision", Value: decision}},
	}
}

// criterionOmit asks that a criterion be left out.
func (s *Server) criterionOmit(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id := r.PathValue("id")
	err := s.Suite.Programs.Omit(r.Context(), r.who, program.Omission{Program: r.PostFormValue("program"), Criterion: criteria.ID(id), Reason: r.PostFormValue("reason")})
	if fault.Is(err, fault.Invalid) {
		return s.showCriterion(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, id+" is asked to be left out. It counts until another lead approves.", "/criteria/"+id)
}

// criterionDecide approves an omission, or ends it.
func (s *Server) criterionDecide(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	id, decision := r.PathValue("id"), r.PostFormValue("decision")
	if !slices.Contains([]string{"approve", "withdraw"}, decision) {
		return answer{}, fault.New(fault.Invalid, "Say whether to approve or to withdraw.")
	}
	if err := s.Suite.Programs.DecideOmission(r.Context(), r.who, r.PostFormValue("program"), criteria.ID(id), decision == "approve"); err != nil {
		return answer{}, err
	}
	to := "/criteria/" + id
	if back := localPath(r.PostFormValue("back")); strings.HasPrefix(back, "/settings") {
		to = back
	}
	if decision == "approve" {
		return s.done(r, id+" is left out; the reason stays visible.", to)
	}
	return s.done(r, id+" applies again.", to)
}
