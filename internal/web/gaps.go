package web

import (
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/gap"
	"assay/internal/kit/fault"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

const gapAnalysis = "/gap-analysis"

// gapRoutes are the addresses of the gap analysis, of what it is made of, of the
// rehearsal and of reports.
func (s *Server) gapRoutes(get, post func(string, handler)) {
	get(rehearsalPath, s.rehearsal)
	get("/reports", s.reports)
	post("/reports", s.reportBuild)
	get(gapAnalysis, s.gaps)
	post(gapAnalysis+"/find", s.gapsFind)
	post(gapAnalysis+"/plan", s.gapsPlan)
	post(gapAnalysis+"/questions", s.gapsAsk)
	get(gapAnalysis+"/take", s.takeForm)
	post(gapAnalysis+"/take", s.take)
	get("/readiness-questions/answer", s.answerForm)
	post("/readiness-questions/answer", s.answerQuestion)
}

// gapTabs are the tabs above the analysis and above its registers.
func gapTabs(r *request, current string) []view.Tab {
	tabs := []view.Tab{
		{Label: "Gap analysis", Href: gapAnalysis}, {Label: "Gaps", Href: "/gaps"}, {Label: "Readiness questions", Href: "/readiness-questions"}, {Label: "Readiness assessments", Href: "/readiness-assessments"},
	}
	for i := range tabs {
		tabs[i].Current = tabs[i].Href == current
		tabs[i].Href = r.inPeriod(tabs[i].Href)
	}
	return tabs
}

// ratingWords is a rating as pages show it.
func ratingWords(r readiness.Rating) view.Badge {
	switch r {
	case readiness.Met:
		return view.Badge{State: view.Pass, Label: "Met"}
	case readiness.Partly:
		return view.Badge{State: view.Warn, Label: "In part"}
	case readiness.NotMet:
		return view.Badge{State: view.Fail, Label: "Not met"}
	case readiness.Unknown:
		return view.Badge{State: view.Open, Label: "Unknown"}
	case readiness.NotRelevant:
	}
	return view.Badge{State: view.None, Label: "Not relevant"}
}

// exportedRating is a criterion as a file of the analysis has it.
type exportedRating struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Rating  string   `json:"rating"`
	Works   []string `json:"works"`
	Reasons []string `json:"reasons"`
}

func (s *Server) gaps(r *request) (answer, error) {
	if err := r.may(access.GapRead); err != nil {
		return answer{}, err
	}
	v := page.GapsView{Head: view.Head{Title: "Gap analysis"}, Tabs: gapTabs(r, gapAnalysis), List: s.listOf(r, "")}
	sh := s.shell(r, "Gap analysis", "gaps")
	p, err := s.Suite.Readiness.Look(r.Context(), r.who)
	if fault.Is(err, fault.NotFound) {
		v.Head.Answer = view.Say("Which criteria are looked at follows from the categories of a program.")
		v.List.Empty = &view.Empty{
			Kind: view.NoneYet, Title: "No program yet", Text: view.Say("Say which report you aim for and which categories it covers. Its days can change later."),
			Actions: []view.Action{{Label: "Add a program", Href: "/settings/program", Look: view.Primary}},
		}
		return show(page.Gaps(sh, v))
	}
	if err != nil {
		return answer{}, err
	}
	q := r.URL.Query()
	var rows []*readiness.Rated
	for i := range p.Criteria {
		c := &p.Criteria[i]
		if matches(q.Get("q"), string(c.ID), c.Title) && (q.Get("rating") == "" || q.Get("rating") == string(c.Rating)) {
			rows = append(rows, c)
		}
	}
	if a, ok, err := exported(r, "criteria", exportRatings(rows)); ok || err != nil {
		return a, err
	}
	v.Head.Answer, v.Head.Actions = gapsAnswer(p), gapsActions(r, p, v.List.Query)
	if r.who.Can(access.ReportBuild) {
		v.Head.More = []view.Action{{Label: "Readiness report", Href: "/reports?type=readiness"}, {Label: "Summary for those who oversee", Href: "/reports?type=board"}}
	}
	v.Aside = []page.AsideCard{startCard(r, p), questionsCard(r, p)}
	v.List.Shown = fmt.Sprintf("%d of %d criteria", len(rows), len(p.Criteria))
	v.List.Find = view.Find{Label: "Find a criterion", Value: q.Get("q")}
	chip := view.Chip{Name: "rating", Label: "Rating", Value: q.Get("rating")}
	for _, rating := range readiness.Ratings() {
		if p.Counts[rating] > 0 {
			chip.Options = append(chip.Options, view.Option{Value: string(rating), Label: strings.ToLower(ratingWords(rating).Label)})
		}
	}
	v.List.Chips = []view.Chip{chip}
	if v.Groups = s.gapsGroups(r, rows); len(v.Groups) == 0 {
		v.List.Empty = &view.Empty{
			Kind: view.NoneMatch, Title: "No criterion matches", Text: view.Say("Change the filters or clear them."),
			Actions: []view.Action{{Label: "Clear filters", Href: v.List.Query.Clear()}},
		}
	}
	v.Note = "Rated from what is known today: controls that are seen to operate, and answers to questions where nothing shows it. Whether a criterion is met is for the firm to say."
	return show(page.Gaps(sh, v))
}

func exportRatings(rows []*readiness.Rated) (out []exportedRating) {
	for _, c := range rows {
		e := exportedRating{ID: string(c.ID), Title: c.Title, Rating: string(c.Rating), Works: c.Works}
		for i := range c.Reasons {
			e.Reasons = append(e.Reasons, c.Reasons[i].Text)
		}
		out = append(out, e)
	}
	return out
}

func gapsAnswer(p *readiness.Position) view.Text {
	n := len(p.Criteria) - p.Counts[readiness.NotRelevant]
	t := view.Text{view.B(fmt.Sprintf("%d of %d criteria", p.Counts[readiness.Met], n)), view.T(" would be met as things are today")}
	for _, part := range []struct {
		rating readiness.Rating
		words  string
	}{{readiness.Partly, "in part"}, {readiness.NotMet, "not"}, {readiness.Unknown, "nobody can say yet"}} {
		if k := p.Counts[part.rating]; k > 0 {
			t = append(t, view.T(fmt.Sprintf(", %d %s", k, part.words)))
		}
	}
	return append(t, view.T("."))
}

func gapsActions(r *request, p *readiness.Position, q view.Query) []view.Action {
	out := []view.Action{exportMenu(q)}
	if !r.who.Can(access.GapEdit) {
		return out
	}
	undated := false
	for i := range p.Gaps {
		undated = undated || p.Gaps[i].Get("due_on") == ""
	}
	switch {
	case len(p.Found) > 0:
		out = append(out, view.Action{Label: "Write down " + plural(len(p.Found), "gap"), Href: gapAnalysis + "/find", Post: true, Look: view.Primary})
	case undated:
		out = append(out, view.Action{Label: "Plan the days", Href: gapAnalysis + "/plan", Post: true, Look: view.Primary})
	default:
		out = append(out, view.Action{Label: "Take an assessment", Href: gapAnalysis + "/take", Look: view.Primary})
	}
	return out
}

const namedGaps = 5

// startCard says when a period could begin, and what is first.
func startCard(r *request, p *readiness.Position) page.AsideCard {
	card := page.AsideCard{ID: "start-h", Title: "A period could begin", Badge: view.Badge{State: view.Open, Label: "Nobody can say"}, Text: view.Say(p.Start.Why)}
	if p.Start.On != 0 {
		card.Badge = view.Badge{State: view.Pass, Label: dayOf(p.Start.On)}
	}
	for i := range p.Gaps {
		if i == namedGaps {
			card.Lines = append(card.Lines, view.Line{Text: fmt.Sprintf("%d more", len(p.Gaps)-i), Href: r.inPeriod("/gaps?state=" + gap.Open)})
			break
		}
		g := &p.Gaps[i]
		line := view.Line{State: view.Open, Lead: g.ID, Text: g.Get("title"), Href: r.inPeriod("/gaps/" + g.ID)}
		if g.Get("due_on") != "" {
			line.Right, line.Late = dayOf(g.Date("due_on")), g.Date("due_on") < p.Today
		}
		card.Lines = append(card.Lines, line)
	}
	if n := len(p.Gone); n > 0 {
		var names []string
		for i := range p.Gone {
			names = append(names, p.Gone[i].ID)
		}
		card.Note = fmt.Sprintf("Not found any more, so that they may be closed: %s.", strings.Join(names[:min(n, 12)], ", "))
	}
	return card
}

// questionsCard says what nobody can find out.
func questionsCard(r *request, p *readiness.Position) page.AsideCard {
	card := page.AsideCard{ID: "questions-h", Title: "Questions", Badge: view.Badge{State: view.Pass, Label: "Nothing to ask"}}
	if n := len(p.Asked); n > 0 {
		card.Badge = view.Badge{State: view.Open, Label: fmt.Sprintf("%d to answer", n)}
	}
	for i := range p.Asked {
		if i == namedGaps {
			card.Lines = append(card.Lines, view.Line{Text: fmt.Sprintf("%d more", len(p.Asked)-i), Href: "/readiness-questions/answer"})
			break
		}
		q := &p.Asked[i]
		card.Lines = append(card.Lines, view.Line{State: view.Open, Lead: q.ID, Text: q.Get("title"), Href: "/readiness-questions/answer?id=" + q.ID})
	}
	card.Text = view.Say(fmt.Sprintf("What collecting shows is not asked: %s answered by it.", areOf(p.Known, "question")))
	if r.who.Can(access.GapEdit) {
		card.Text = append(card.Text, view.T(" Choose more from the "), view.A("library", "/readiness-questions/starters"), view.T(", or write your own."))
	}
	return card
}

func areOf(n int, word string) string {
	if n == 1 {
		return "1 " + word + " is"
	}
	return plural(n, word) + " are"
}

func (s *Server) gapsGroups(r *request, rows []*readiness.Rated) (out []page.GapsGroup) {
	for _, series := range s.Suite.Library.Criteria().Series() {
		g := page.GapsGroup{ID: string(series.ID), Title: string(series.ID) + " " + series.Name}
		met := 0
		for _, c := range rows {
			if c.ID.Series() != series.ID {
				continue
			}
			if c.Rating == readiness.Met {
				met++
			}
			g.Rows = append(g.Rows, gapsRow(r, c))
		}
		if len(g.Rows) > 0 {
			g.Sub = fmt.Sprintf("%d of %d met", met, len(g.Rows))
			out = append(out, g)
		}
	}
	return out
}

const namedReasons = 3

func gapsRow(r *request, c *readiness.Rated) page.GapsRow {
	row := page.GapsRow{ID: string(c.ID), Href: r.inPeriod("/criteria/" + string(c.ID)), Words: c.Title, Badge: ratingWords(c.Rating)}
	for i, id := range c.Works {
		if i == namedControls {
			row.Works = append(row.Works, view.Ref{Label: fmt.Sprintf("+%d", len(c.Works)-i), Href: row.Href})
			break
		}
		row.Works = append(row.Works, view.Ref{Label: id, Href: r.inPeriod("/controls/" + id)})
	}
	for i := range c.Reasons {
		one := page.GapsReason{Text: c.Reasons[i].Text}
		switch why := &c.Reasons[i]; {
		case why.Control != "":
			one.Href = r.inPeriod("/controls/" + why.Control)
		case why.Question != "" && why.Cause == "":
			one.Href = "/readiness-questions/answer?id=" + why.Question
		case why.Question != "":
			one.Href = r.inPeriod("/readiness-questions/" + why.Question)
		}
		if i < namedReasons {
			row.Reasons = append(row.Reasons, one)
		} else {
			row.More = append(row.More, one)
		}
	}
	row.MoreWords = fmt.Sprintf("%d more", len(row.More))
	return row
}

func (s *Server) gapsFind(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	list, err := s.Suite.Readiness.Write(r.Context(), r.who, nil)
	if err != nil {
		return answer{}, err
	}
	return s.done(r, plural(len(list), "gap")+" written down. Give each an owner, or plan the days first.", gapAnalysis)
}

func (s *Server) gapsPlan(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	list, err := s.Suite.Readiness.Plan(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	return s.done(r, plural(len(list), "gap")+" planned, by weight and effort. Change each day that you know better.", gapAnalysis)
}

// gapsAsk begins with every question of the library.
func (s *Server) gapsAsk(r *request) (answer, error) {
	if err := r.may(access.GapEdit); err != nil {
		return answer{}, err
	}
	list, err := s.Suite.Registers.Adopt(r.Context(), r.who, gap.QuestionNoun, register.Adoption{Fitting: true})
	if err != nil {
		return answer{}, err
	}
	return s.done(r, plural(len(list), "question")+" added. Those that what is known answers are not asked.", gapAnalysis)
}

// gapFace is the face of gaps, of questions and of assessments.
func gapFace(noun string) face {
	switch noun {
	case gap.QuestionNoun:
		return face{
			nav: "gaps", columns: []string{"section", "controls"}, above: questionsAbove,
			empty: "Begin with the questions of the library. Those that what is collected answers are not asked.",
			begin: "The weaknesses that are found most often, as questions. Where controls are seen to operate, nobody has to answer.",
			begun: "Answer those that are asked.",
		}
	case gap.AssessmentNoun:
		return face{
			nav: "gaps", columns: []string{"taken_on", "met", "partly", "not_met", "unknown", "start_on", "approved_on"}, above: gapsAbove,
			empty: "Look at the gap analysis and write its gaps down. Then take an assessment, which says how each criterion is rated on that day.",
		}
	}
	return face{
		nav: "gaps", columns: []string{"weight", "effort", "owner", "due_on", "cause", "closed_on"}, answer: gapAnswer, above: gapsAbove,
		empty: "Look at the gap analysis: it finds what is missing, and writes it down here. What it cannot know, write down yourself.",
	}
}

func gapAnswer(_ *registerPage, l *register.Listing) view.Text {
	open, accepted := l.Counts["state"][gap.Open], l.Counts["state"][gap.Accepted]
	t := view.Text{view.B(plural(open, "gap")), view.T(" open")}
	if n := l.Counts["weight"][gap.High]; n > 0 && open > 0 {
		t = append(t, view.T(fmt.Sprintf("; %d of all would leave a criterion unmet", n)))
	}
	if accepted > 0 {
		t = append(t, view.T(fmt.Sprintf("; %d accepted", accepted)))
	}
	return append(t, view.T("."))
}

// gapsAbove puts the tabs above a register, with the analysis first.
func gapsAbove(p *registerPage, _ *register.Listing, v *page.RegisterView) error {
	v.Tabs = gapTabs(p.r, "/"+p.d.Path)
	return nil
}

// questionsAbove leads to the questions one after the other, or to those of the
// library.
func questionsAbove(p *registerPage, l *register.Listing, v *page.RegisterView) error {
	if err := gapsAbove(p, l, v); err != nil || !p.r.who.Can(access.GapEdit) {
		return err
	}
	if l.Total > 0 {
		v.Head.Actions = append([]view.Action{{Label: "Answer one after the other", Href: p.base() + "/answer", Look: view.Primary}}, v.Head.Actions...)
		return nil
	}
	if v.List.Empty != nil {
		v.List.Empty.Actions = append([]view.Action{{Label: "Begin with all of the library", Href: gapAnalysis + "/questions", Post: true, Look: view.Primary}}, v.List.Empty.Actions...)
	}
	return nil
}
