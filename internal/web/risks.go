package web

import (
	"fmt"
	"strconv"
	"strings"

	"assay/internal/duty"
	"assay/internal/gap"
	"assay/internal/register"
	"assay/internal/risk"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// faceOf is what a register's pages show besides what every register shows.
func faceOf(noun string) face {
	switch noun {
	case risk.Noun:
		return face{
			nav: "risks", columns: []string{"owner", "inherent:Before controls", "treatment", "controls", "review_on"}, state: "With controls", answer: riskAnswer, above: riskAbove,
			cell: riskCell, row: riskRow, detail: riskDetail,
			empty: "Begin with some of the thirty that most service organizations have, fraud among them, and rate each for yourself.",
		}
	case gap.Noun, gap.QuestionNoun, gap.AssessmentNoun:
		return gapFace(noun)
	case risk.AssessmentNoun:
		return face{nav: "risks", detail: assessmentDetail}
	}
	return operationsFace(noun)
}

func riskAnswer(_ *registerPage, l *register.Listing) view.Text {
	above := l.Counts["above_appetite"][register.Yes]
	t := view.Text{view.B(fmt.Sprintf("%d of %s", above, plural(l.All, "risk"))), view.T(" are above appetite")}
	if above == 1 {
		t[1] = view.T(" is above appetite")
	}
	if n := l.Counts["state"][risk.Accepted]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d accepted until a day", n)))
	}
	if n := l.Counts["state"][risk.Proposed]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d waiting for a decision", n)))
	}
	return append(t, view.T("."))
}

// riskAbove draws the map, and the newest assessment beside it.
func riskAbove(p *registerPage, l *register.Listing, v *page.RegisterView) error {
	v.Head.Actions = append([]view.Action{{Label: "Assessments", Href: "/risk-assessments", Icon: "sign"}}, v.Head.Actions...)
	if l.All == 0 {
		return nil
	}
	everything, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, risk.Noun, register.Filter{})
	if err != nil {
		return err
	}
	v.Map = riskMap(&everything)
	v.Beside, err = p.assessment(&everything)
	return err
}

// riskMap counts the risks that are not closed by their rating with controls.
// Each count leads to the list of exactly these.
func riskMap(l *register.Listing) *page.RiskMap {
	counts := map[[2]int]int{}
	for i := range l.Records {
		r := &l.Records[i]
		if r.State != risk.Closed {
			a, _ := r.Int("residual_likelihood")
			b, _ := r.Int("residual_impact")
			counts[[2]int{a, b}]++
		}
	}
	w := &l.World
	m := &page.RiskMap{Title: "Risk with controls", Hint: "Outlined: above appetite", Caption: "Open risks by likelihood and impact, with controls"}
	for _, label := range risk.Labels(w.Settings, "impact_labels") {
		m.Impacts = append(m.Impacts, capital(label))
	}
	likelihoods := risk.Labels(w.Settings, "likelihood_labels")
	for a := len(likelihoods); a >= 1; a-- {
		row := page.RiskMapRow{Label: capital(likelihoods[a-1])}
		for b := 1; b <= len(m.Impacts); b++ {
			c := page.RiskMapCell{Level: mapLevel(a*b, w), Over: a*b > w.Int("appetite")}
			if n := counts[[2]int{a, b}]; n > 0 {
				c.Count = view.Num(n)
				c.Words = " " + strings.ToLower(m.Impacts[b-1]) + ", " + likelihoods[a-1]
				c.Href = fmt.Sprintf("/risks?residual_likelihood=%d&residual_impact=%d&state=open,proposed,accepted#list", a, b)
			}
			row.Cells = append(row.Cells, c)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// mapLevel is the colour of a score: the four levels, low in two.
func mapLevel(score int, w *register.World) int {
	switch risk.Level(score, w) {
	case risk.Severe:
		return 5
	case risk.High:
		return 4
	case risk.Medium:
		return 3
	}
	if 2*score >= w.Int("medium_from") {
		return 2
	}
	return 1
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// assessment is the newest look at all risks together.
func (p *registerPage) assessment(l *register.Listing) (*page.RegisterCard, error) {
	list, err := p.s.Suite.Registers.List(p.r.Context(), p.r.who, risk.AssessmentNoun, register.Filter{Sort: "-held_on", Limit: 2})
	if err != nil {
		return nil, err
	}
	card := &page.RegisterCard{Title: "Assessment", Link: view.Ref{Label: "All", Href: "/risk-assessments"}}
	if len(list.Records) == 0 {
		card.Empty = "No assessment was written down yet. Hold one at least once a year, and have it signed: the register is frozen then."
	} else {
		p.signed(&list, card)
	}
	above, accepted, inherent := 0, 0, 0
	since := 0
	for i := range l.Records {
		r := &l.Records[i]
		if r.Get("above_appetite") == register.Yes {
			above++
		}
		if n, _ := r.Int("inherent"); n > l.World.Int("appetite") && r.State != risk.Closed {
			inherent++
		}
		if r.State == risk.Accepted {
			accepted++
		}
		if len(list.Records) > 0 && standing.DayOf(r.CreatedAt, p.r.loc) > list.Records[0].Date("held_on") {
			since++
		}
	}
	number := func(term string, n int) {
		card.Sums = append(card.Sums, view.Pair{Term: term, Value: view.Say(view.Num(n))})
	}
	number("Above appetite before controls", inherent)
	number("Above appetite with controls", above)
	number("Accepted until a date", accepted)
	number("New since the assessment", since)
	return card, nil
}

func (p *registerPage) signed(l *register.Listing, card *page.RegisterCard) {
	r := &l.Records[0]
	d, err := p.s.Suite.Registers.Of(risk.AssessmentNoun)
	if err != nil {
		return
	}
	tone, label := d.BadgeOf(r, &l.World)
	card.Title, card.Link, card.Badge = r.Label(d), view.Ref{Label: "Open", Href: "/risk-assessments/" + r.ID}, view.Badge{State: view.State(tone), Label: label}
	step := func(done bool, text, right string) {
		st := view.Open
		if done {
			st = view.Pass
		}
		card.Signs = append(card.Signs, view.Sign{State: st, Text: text, Right: right})
	}
	step(true, "Held with "+strings.ReplaceAll(plural(len(r.List("participants")), "participant"), "0 participants", "nobody named"), dayOf(r.Date("held_on")))
	considered := r.Get("fraud_considered") == register.Yes && r.Get("change_considered") == register.Yes && r.Get("vendors_considered") == register.Yes
	step(considered, "Fraud, change and vendor risk considered", "")
	step(r.State == "signed", "Signed, and the register frozen", nonEmpty(strings.TrimPrefix(dayOf(r.Date("signed_on")), "–"), ""))
}

func riskCell(p *registerPage, name string, r *register.Record, w *register.World) (c page.RegisterCell, ok bool) {
	switch name {
	case "inherent":
		a, _ := r.Int("likelihood")
		b, _ := r.Int("impact")
		return page.RegisterCell{Text: risk.Words(a, b, w)}, true
	case "treatment":
		c.Text = capital(nonEmpty(r.Get("treatment"), "–"))
		if by := r.Date("plan_due_on"); by != 0 {
			c.Text += ", by " + dayOf(by)
		}
		if first, _, _ := strings.Cut(r.Get("plan"), "\n"); first != "" {
			c.Sub = clip(first, 80)
		}
		return c, true
	}
	return c, false
}

// riskRow says which control of a risk deviated since it was last looked at.
func riskRow(p *registerPage, r *register.Record, row *page.RegisterRow) {
	if c, on := duty.Raised(r, p.controls, p.r.loc); c != "" && r.State != risk.Closed {
		row.Sub, row.SubIs = "Raised "+dayOf(on)+": control "+c+" deviated", view.Fail
	}
}

func riskDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	a, _ := d.Int("likelihood")
	b, _ := d.Int("impact")
	ra, _ := d.Int("residual_likelihood")
	rb, _ := d.Int("residual_impact")
	t := view.Text{view.T("Before controls " + strings.ToLower(risk.Words(a, b, &d.World)) + " (" + strconv.Itoa(a*b) + "), with them "), view.B(strings.ToLower(risk.Words(ra, rb, &d.World))), view.T(fmt.Sprintf(" (%d). ", ra*rb))}
	if d.Get("above_appetite") == register.Yes {
		t = append(t, view.T(fmt.Sprintf("That is above the appetite of %d.", d.World.Int("appetite"))))
	} else {
		t = append(t, view.T(fmt.Sprintf("That is within the appetite of %d.", d.World.Int("appetite"))))
	}
	if d.ArchivedAt.IsZero() {
		v.Head.Answer = t
	}
	if c, on := duty.Raised(&d.Record, p.controls, p.r.loc); c != "" && d.State != risk.Closed {
		v.Notices = append(v.Notices, view.Notice{State: view.Fail, Text: view.Text{view.T("Raised on " + dayOf(on) + ": control "), view.A(c, "/controls/"+c), view.T(" deviated. Record a review once you have looked at it.")}})
	}
	return nil
}

func assessmentDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	if d.Frozen == nil {
		return nil
	}
	v.Others = append(v.Others, page.AsideCard{ID: "h-frozen", Title: "Frozen", Pairs: []view.Pair{
		{Term: "Risks", Value: view.Say(view.Num(d.Frozen.Records))},
		{Term: "At", Value: view.Say(p.r.moment(d.Frozen.At))},
		{Term: "Proof", Value: view.Text{view.A("entry of the log", "/log/leaf/"+d.Frozen.Leaf)}},
		{Term: "File", Value: view.Text{view.A("JSON", p.base()+"/"+d.ID+"/snapshot")}},
	}})
	return nil
}
