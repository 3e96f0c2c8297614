package report

import (
	"slices"
	"strings"

	"assay/internal/governance"
	"assay/internal/kit/document"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/risk"
	"assay/internal/standing"
)

// mostInSummary is how many of a sort a summary names.
const mostInSummary = 10

// board is what those who oversee need on two pages: how controls and criteria
// stand, what is missing and until when, what happened and what is above appetite.
func (b *builder) board() {
	b.section("1", "Where we stand")
	b.para(say("The program %s is about %s, %s.", b.plan.Name, b.categories(), b.when()), b.scoped())
	b.positions()
	b.ratings()
	b.head(2, "What is missing")
	b.openGaps()
	b.head(2, "Risks above appetite")
	b.risks()
	b.head(2, "Findings that are open")
	b.findings()
	b.head(2, "Incidents of the period")
	b.incidents()
}

// positions counts the controls by how they stand.
func (b *builder) positions() {
	groups := map[string]int{}
	for i := range b.controls {
		groups[group(&b.controls[i])]++
	}
	t := &document.Table{Name: "Standing", Head: []string{"How they stand", "Controls"}, Widths: []int{75, 25}}
	for _, g := range []standing.Group{standing.GroupDeviation, standing.GroupActionNeeded, standing.GroupOperated, standing.GroupNotDue} {
		key := g.String()
		if n := groups[key]; n > 0 {
			t.Rows = append(t.Rows, cells(strings.ReplaceAll(key, "_", " "), number(int64(b.count("controls "+key, n)))))
		}
	}
	b.para(say("%s serve %s.", several(b.count("controls in scope", len(b.controls)), "control", "controls"), several(b.count("criteria in scope", len(b.inScope)), "criterion", "criteria")))
	b.grid(t)
}

// ratings tells how criteria are rated today. Whether one is met is for a firm to say.
func (b *builder) ratings() {
	p := b.position
	b.head(2, "Criteria, as they are rated today")
	t := &document.Table{Name: "Ratings", Head: []string{"Rating", "Criteria"}, Widths: []int{75, 25}}
	for _, r := range readiness.Ratings() {
		if n := p.Counts[r]; n > 0 {
			words := strings.ReplaceAll(string(r), "_", " ")
			t.Rows = append(t.Rows, cells(words, number(int64(b.count("criteria "+words, n)))))
		}
	}
	b.grid(t)
	b.note("Rated from what is known today, by the organization and for itself. Whether a criterion is met is for a firm to say.")
}

// rated lists the criteria that are not met, with the reasons.
func (b *builder) rated() {
	t := &document.Table{Name: "Criteria that are not met today", Wide: true, Head: []string{"Criterion", "Title", "Rating", "Why"}, Widths: []int{10, 28, 10, 52}}
	for i := range b.position.Criteria {
		c := &b.position.Criteria[i]
		if c.Rating == readiness.Met || c.Rating == readiness.NotRelevant {
			continue
		}
		why := make([]string, 0, len(c.Reasons))
		for j := range c.Reasons {
			why = append(why, c.Reasons[j].Text)
		}
		t.Rows = append(t.Rows, cells(string(c.ID), c.Title, strings.ReplaceAll(string(c.Rating), "_", " "), strings.Join(why, " ")))
	}
	if len(t.Rows) == 0 {
		b.para(say("Every criterion in scope would be met as things are today."))
		return
	}
	b.grid(t)
}

// openGaps lists the gaps that somebody has to close, and when a period could begin.
func (b *builder) openGaps() {
	p := b.position
	if p.Start.On != 0 {
		b.para(say("A period could begin on %s. %s", dayed(p.Start.On), p.Start.Why))
	} else {
		b.para(say("When a period could begin: %s", lowered(p.Start.Why)))
	}
	if n := b.count("gaps found and not written down", len(p.Found)); n > 0 {
		b.note("%s found and not in the register of gaps yet.", several(n, "gap is", "gaps are"))
	}
	if b.count("gaps open", len(p.Gaps)) == 0 {
		b.para(say("No gap is open."))
		return
	}
	t := &document.Table{Name: "Open gaps", Wide: b.r.Kind == Readiness, Head: []string{"Gap", "What is missing", "Weight", "Effort", "By"}, Widths: []int{10, 52, 12, 12, 14}}
	for i := range p.Gaps {
		g := &p.Gaps[i]
		row := cells(g.ID, g.Get("title"), g.Get("weight"), g.Get("effort"), dayOrNone(g.Date("due_on")))
		row.Cells[0] = append(row.Cells[0], b.record(g))
		t.Rows = append(t.Rows, row)
	}
	b.grid(t)
}

func dayOrNone(d standing.Date) string {
	if d == 0 {
		return "no day"
	}
	return dayed(d)
}

// risks lists the risks that are above what the organization is ready to bear.
func (b *builder) risks() {
	var above []*register.Record
	for i := range b.books[risk.Noun] {
		if r := &b.books[risk.Noun][i]; r.Get("above_appetite") == register.Yes && r.State != risk.Closed {
			above = append(above, r)
		}
	}
	if b.count("risks above appetite", len(above)) == 0 {
		b.para(say("None is."))
		return
	}
	b.named(above)
}

// findings lists what somebody found and nobody closed, the earliest due first.
func (b *builder) findings() {
	var open []*register.Record
	for i := range b.books[governance.FindingNoun] {
		if r := &b.books[governance.FindingNoun][i]; r.State != governance.Closed {
			open = append(open, r)
		}
	}
	slices.SortStableFunc(open, func(a, c *register.Record) int { return strings.Compare(a.Get("due_on"), c.Get("due_on")) })
	if b.count("findings open", len(open)) == 0 {
		b.para(say("None is."))
		return
	}
	b.named(open)
}

// named lists records by their title, the first few of them.
func (b *builder) named(list []*register.Record) {
	for i, r := range list {
		if i == mostInSummary {
			b.item(say("%s more.", number(int64(len(list)-i))))
			return
		}
		due := ""
		if r.Get("due_on") != "" {
			due = ", to be corrected by " + dayed(r.Date("due_on"))
		}
		b.item(document.Run{Text: r.ID + " ", Bold: true}, say("%s%s.", strings.TrimSuffix(r.Get("title"), "."), due), b.record(r))
	}
}
