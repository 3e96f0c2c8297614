package report

import (
	"slices"
	"strings"

	"assay/internal/control"
	"assay/internal/engagement"
	"assay/internal/kit/document"
	"assay/internal/standing"
)

// tests is section IV: by criterion the controls, what the records show, and the
// tests of the auditor with their results. A control is told once, under the first
// criterion that it serves; the others lead there.
func (b *builder) tests() {
	title := "Criteria and controls"
	if b.r.Kind == Type2 {
		title = "Criteria, controls, tests and results"
	}
	b.section("IV", title)
	b.para(say("Criteria and the wording of controls are management's. The titles of criteria are our own paraphrase."))
	if b.r.Kind == Type2 {
		b.para(say("The column “What the records show” is the organization's: what its checks and its people recorded. It is not a test of the auditor. The column “Tests of the service auditor and results” is the firm's: it holds what the firm recorded here, and nothing else."))
		b.signed()
	}
	told := map[string]bool{}
	for i := range b.inScope {
		c := &b.inScope[i]
		b.head(2, "%s  %s", c.ID, c.Title)
		list := b.of(c.ID)
		if len(list) == 0 {
			b.note("No control serves this criterion.")
			continue
		}
		b.grid(b.controlTable(string(c.ID), list, told))
	}
	n := 0
	for i := range b.controls {
		n += b.controls[i].Standing.Summary.Deviations
	}
	b.count("deviations", n)
}

func (b *builder) controlTable(id string, list []*control.Listed, told map[string]bool) *document.Table {
	t := &document.Table{Name: id, Wide: true, Head: []string{"Control", "What the organization does"}, Widths: []int{12, 88}}
	if b.r.Kind == Type2 {
		t.Head = append(t.Head, "What the records show", "Tests of the service auditor and results")
		t.Widths = []int{10, 32, 28, 30}
	}
	for _, c := range list {
		if told[c.Control] {
			row := document.Row{Cells: [][]document.Run{{{Text: c.Control, To: "c" + c.Control}}, text("Told under " + b.first(c) + ": " + c.Title)}}
			for len(row.Cells) < len(t.Head) {
				row.Cells = append(row.Cells, text("See there."))
			}
			t.Rows = append(t.Rows, row)
			continue
		}
		told[c.Control] = true
		row := document.Row{Anchor: "c" + c.Control, Cells: [][]document.Run{
			{{Text: c.Control, Bold: true}},
			{{Text: strings.TrimSuffix(c.Title, ".") + ". ", Bold: true}, {Text: c.Statement}, b.wording(c)},
		}}
		if b.r.Kind == Type2 {
			row.Cells = append(row.Cells, b.shown(c), b.tested(c))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// first is the first criterion in scope that the control serves.
func (f *facts) first(c *control.Listed) string {
	for i := range f.inScope {
		for _, id := range c.Criteria {
			if id == string(f.inScope[i].ID) {
				return id
			}
		}
	}
	return ""
}

// mostSpans bounds the deviations that a cell tells one by one.
const mostSpans = 6

// shown is what the records show of a control, with the newest run of each of its
// checks.
func (b *builder) shown(c *control.Listed) []document.Run {
	out := []document.Run{{Text: c.Standing.Headline}}
	if c.Standing.Headline == "" {
		out[0].Text = "Nothing is recorded."
	}
	var spans []standing.DeviationSpan
	for i := range c.Standing.Lanes {
		spans = append(spans, c.Standing.Lanes[i].Deviations...)
	}
	for i, s := range spans {
		if i == mostSpans {
			out = append(out, say(" And %s more.", number(int64(len(spans)-i))))
			break
		}
		span := dayed(s.From)
		if s.To > s.From+1 {
			span += " to " + dayed(s.To-1)
		}
		out = append(out, say(" Deviation of %s: %s.", laneName(c, s.Lane), span))
	}
	if p, did := b.done[c.Control]; did {
		out = append(out, b.cite("activity/"+p.ID, p.Leaf, "Newest performance of %s in the period, %s", c.Control, p.PerformedAt.UTC().Format("2006-01-02")))
	}
	for _, id := range c.Checks() {
		if r, ran := b.runs[id]; ran {
			out = append(out, b.cite("run/"+r.ID, r.Leaf, "Run of the check %s, version %d, at %s: %s", id, r.Version, r.At.UTC().Format("2006-01-02 15:04 MST"), r.Status))
		}
	}
	return out
}

// laneName is what people call what showed a deviation.
func laneName(c *control.Listed, key string) string {
	for i := range c.Lanes {
		l := &c.Lanes[i]
		if l.ID == key || strings.HasPrefix(key, l.ID) {
			if l.Check != "" {
				return "the check " + l.Check
			}
			return "“" + l.Title + "”"
		}
	}
	return key
}

// naming are the records of the engagement that name a control.
func (f *facts) naming(noun, id string) (out []string) {
	for i := range f.books[noun] {
		r := &f.books[noun][i]
		if !f.mine(r) {
			continue
		}
		if slices.Contains(r.List("controls"), id) || r.Get("control") == id {
			out = append(out, r.ID)
		}
	}
	return out
}

// mine reports whether a record belongs to the engagement, by itself or by its
// population.
func (f *facts) mine(r interface{ Get(string) string }) bool {
	if f.deal == nil {
		return false
	}
	if p := r.Get(engagement.PopulationNoun); p != "" {
		for i := range f.books[engagement.PopulationNoun] {
			if one := &f.books[engagement.PopulationNoun][i]; one.ID == p {
				return one.Get("engagement") == f.deal.ID
			}
		}
	}
	return r.Get("engagement") == f.deal.ID
}

// drawn says how far the firm's work on record has come.
func (b *builder) drawn() string {
	if b.deal == nil {
		return "No engagement of this type is on record."
	}
	var said []string
	for _, one := range []struct{ noun, one, many string }{
		{engagement.RequestNoun, "request", "requests"}, {engagement.PopulationNoun, "population", "populations"}, {engagement.SampleNoun, "sample", "samples"},
	} {
		n := 0
		for i := range b.books[one.noun] {
			if b.mine(&b.books[one.noun][i]) {
				n++
			}
		}
		said = append(said, several(b.count(one.many, n), one.one, one.many))
	}
	return "Of the engagement " + b.deal.ID + " there are " + listed(said) + " on record."
}
