package web

import (
	"bytes"
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// populationFace is the face of what the firm selects from.
func populationFace() face {
	return face{
		nav: "populations", columns: []string{"facts", "count", "complete", "agrees"}, answer: populationAnswer, above: populationsAbove, detail: populationDetail, most: 10,
		empty: "Ask for one: a kind of facts, and which of them. It is captured from what was collected in the period, counted, and sealed; compare it with a second source, and the firm freezes it.",
	}
}

func populationAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	t := view.Text{view.B(fmt.Sprintf("%d of %s", n[engagement.Frozen], plural(l.All, "population"))), view.T(" frozen")}
	if gaps := l.Counts["complete"][register.No]; gaps > 0 {
		t = append(t, view.T(", "), view.B(view.Num(gaps)), view.T(" with something missing"))
	}
	if differ := l.Counts["agrees"][register.No]; differ > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d with another number elsewhere", differ)))
	}
	return append(t, view.T("."))
}

// populationsAbove leads to what is drawn from them.
func populationsAbove(_ *registerPage, _ *register.Listing, v *page.RegisterView) error {
	v.Head.Actions = append([]view.Action{{Label: "Samples", Href: "/samples", Icon: "evid"}}, v.Head.Actions...)
	return nil
}

func sampleFace() face {
	return face{
		nav: "populations", columns: []string{"population", "control", "method", "selected"}, answer: sampleAnswer,
		empty: "Draw one from a frozen population: how many, and how. The firm commits to it first, and shows its nonce when the log was anchored.",
	}
}

func sampleAnswer(_ *registerPage, l *register.Listing) view.Text {
	t := view.Text{view.B(fmt.Sprintf("%d of %s", l.Counts["state"][engagement.SampleDrawn], plural(l.All, "sample"))), view.T(" drawn")}
	if n := l.Counts["state"][engagement.SampleOff]; n > 0 {
		t = append(t, view.T(", "), view.B(view.Num(n)), view.T(" withdrawn"))
	}
	return append(t, view.T("."))
}

func exceptionAnswer(_ *registerPage, l *register.Listing) view.Text {
	n := l.Counts["state"]
	found := l.All - n[engagement.ExceptionOff]
	t := view.Text{view.B(plural(found, "exception"))}
	if n := n[engagement.Raised]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d to be responded to", n)))
	}
	if n := n[engagement.Verified]; n > 0 {
		t = append(t, view.T(fmt.Sprintf(", %d with a verified correction", n)))
	}
	return append(t, view.T("."))
}

const mostItems = 25 // that the page shows; files have all

// populationDetail shows what was captured: where from, what is missing, and the
// first items.
func populationDetail(p *registerPage, d *register.Detail, v *page.RecordView) error {
	if !d.ArchivedAt.IsZero() {
		return nil
	}
	got, err := p.s.Suite.Populations.Get(p.r.Context(), p.r.who, d.ID)
	if fault.Is(err, fault.NotFound) {
		v.Head.Answer = view.Say("It was not captured yet.")
		return nil
	}
	if err != nil {
		return err
	}
	c := got.Capture
	v.Head.Answer = populationSays(d, c)
	if missing := c.Missing(); missing != "" {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Text{view.B("It is not complete. "), view.T(strings.ReplaceAll(missing, "\n", " "))}})
	}
	file := p.base() + "/" + d.ID + "/items?format="
	v.Head.Actions = append(v.Head.Actions, view.Action{Label: "Items", Icon: "dl", Menu: []view.Action{
		{Label: "Excel, with the query", Href: file + "xlsx"}, {Label: "CSV", Href: file + "csv"}, {Label: "As the log commits to it", Href: file + "json"},
	}})
	v.Others = append([]page.AsideCard{sourcesCard(p, d, c)}, v.Others...)
	v.Tables = append(v.Tables, itemsTable(p, &got))
	return nil
}

func populationSays(d *register.Detail, c *population.Capture) view.Text {
	n := len(c.Items)
	what := "It happened or existed from " + dayOf(c.From) + " to " + dayOf(c.To) + "."
	switch {
	case n == 0 && c.Complete():
		return view.Text{view.B("Proven empty. "), view.T("Every day was covered by a complete collection, and none holds any.")}
	case n == 0:
		return view.Text{view.B("Nothing was found, which proves nothing. "), view.T("Something is missing.")}
	case d.Get("agrees") == register.Yes:
		return view.Text{view.B(plural(n, "item") + ", as in the second source. "), view.T(what)}
	}
	return view.Text{view.B(plural(n, "item") + ". "), view.T(what)}
}

func sourcesCard(p *registerPage, d *register.Detail, c *population.Capture) page.AsideCard {
	card := page.AsideCard{ID: "h-sources", Title: "Reconciliation", Badge: view.Badge{State: view.Open, Label: "No second source yet"}}
	switch d.Get("agrees") {
	case register.Yes:
		card.Badge = view.Badge{State: view.Pass, Label: "Agrees"}
	case register.No:
		card.Badge = view.Badge{State: view.Warn, Label: "Differs, explained"}
	}
	for i := range c.Sources {
		s := &c.Sources[i]
		line := view.Line{State: view.Pass, Text: s.Connection, Right: view.Num(s.Listed), Sub: fmt.Sprintf("collections %d to %d", s.From, s.Seq)}
		if !s.Complete {
			line.State, line.Sub = view.Warn, line.Sub+", "+plural(len(s.Gaps), "gap")
		}
		if s.Leaf != "" {
			line.Href = "/log/leaf/" + s.Leaf
		}
		card.Lines = append(card.Lines, line)
	}
	pair := func(term, value string) {
		if value != "" {
			card.Pairs = append(card.Pairs, view.Pair{Term: term, Value: view.Say(value)})
		}
	}
	if c.Condition != "" {
		card.Pairs = append(card.Pairs, view.Pair{Term: "Condition", Value: view.Say(c.Condition), Mono: true})
	}
	pair("Population", plural(len(c.Items), "item"))
	if d.Get("second_source") != "" {
		pair("Elsewhere", d.Get("second_count")+": "+d.Get("second_source"))
	}
	pair("Days", fmt.Sprintf("%d, of which %s not covered", c.Days, d.Get("gap_days")))
	card.Pairs = append(card.Pairs, view.Pair{Term: "Sealed", Value: view.Text{view.A("entry of the log", "/log/leaf/"+c.Leaf), view.T(", " + p.r.moment(c.At))}})
	return card
}

func itemsTable(p *registerPage, got *population.Population) page.RecordTable {
	t := page.RecordTable{
		ID: "h-items", Title: "Items", Count: view.Num(len(got.Members)), Columns: []view.Column{{Label: "When"}, {Label: "Record"}},
		Empty: "There is none.",
	}
	if len(got.Members) > mostItems {
		t.Hint = fmt.Sprintf("The first %d; the files have all.", mostItems)
	}
	for i := range got.Members[:min(len(got.Members), mostItems)] {
		m := &got.Members[i]
		row := page.RegisterRow{ID: view.Num(m.Place), Title: m.Label, Href: "#h-items", Badge: view.Badge{State: view.None, Label: "listed to the end"}}
		switch {
		case m.Doubtful:
			row.Badge = view.Badge{State: view.Warn, Label: "unknown whether it belongs"}
		case !m.At.IsZero():
			row.Badge = view.Badge{State: view.None, Label: "happened"}
		case m.Gone:
			row.Badge.Label = "not listed any more"
		}
		when := "–"
		if !m.At.IsZero() {
			when = p.r.moment(m.At)
		}
		row.Cells = []page.RegisterCell{{Text: when}, {Text: m.Hash[:12]}}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// populationItems sends the items of a population as a file.
func (s *Server) populationItems(r *request) (answer, error) {
	if err := r.may(access.PopulationRead); err != nil {
		return answer{}, err
	}
	if err := r.who.Fresh(); err != nil {
		return answer{}, err
	}
	got, err := s.Suite.Populations.Get(r.Context(), r.who, r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	format := population.Format(nonEmpty(r.URL.Query().Get("format"), string(population.CSV)))
	var out bytes.Buffer
	if err := got.Write(format, &out); err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: got.Record.ID + "." + string(format), media: register.Format(format).MediaType(), body: out.Bytes()}}, nil
}
