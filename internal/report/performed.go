package report

import (
	"fmt"
	"strconv"
	"strings"

	"assay/internal/control"
	"assay/internal/engagement"
	"assay/internal/kit/document"
	"assay/internal/register"
	"assay/internal/sample"
)

// sheets are the firm's tests of a control in the engagement: those that are signed as
// reviewed, and how many are not. Every control if it is empty.
func (f *facts) sheets(id string) (reviewed []*register.Record, open int) {
	for i := range f.books[engagement.SheetNoun] {
		r := &f.books[engagement.SheetNoun][i]
		if !f.mine(r) || id != "" && r.Get("control") != id || r.State == engagement.SheetOff {
			continue
		}
		if r.State != engagement.SheetReviewed {
			open++
			continue
		}
		reviewed = append(reviewed, r)
	}
	return reviewed, open
}

// exceptions are those of a signed test, or, where the id is empty, those of a control
// that were found on no sheet. What was no deviation is none.
func (f *facts) exceptions(sheet, id string) (out []*register.Record) {
	for i := range f.books[engagement.ExceptionNoun] {
		r := &f.books[engagement.ExceptionNoun][i]
		if f.mine(r) && r.State != engagement.ExceptionOff && r.Get("sheet") == sheet && (sheet != "" || r.Get("control") == id) {
			out = append(out, r)
		}
	}
	return out
}

// tested is what the firm recorded about the control: its procedures, what was tested
// and the results, of the tests that are signed as reviewed.
func (b *builder) tested(c *control.Listed) []document.Run {
	if b.deal == nil {
		return text("No test is recorded.")
	}
	reviewed, open := b.sheets(c.Control)
	loose := b.exceptions("", c.Control)
	if len(reviewed)+len(loose) == 0 {
		return text(b.untested(c, open))
	}
	var out []document.Run
	for _, r := range reviewed {
		out = append(out, b.procedures(r)...)
		out = append(out, b.result(r)...)
	}
	for _, x := range loose {
		out = append(out, document.Run{Text: "Exception. ", Bold: true}, say("%s", x.Get("result")), b.record(x))
	}
	if open > 0 {
		out = append(out, say(" %s not signed yet, and not told here.", several(open, "test is", "tests are")))
	}
	return out
}

// untested is what there is about a control without a signed test.
func (b *builder) untested(c *control.Listed, open int) string {
	var parts []string
	if list := b.naming(engagement.PopulationNoun, c.Control); len(list) > 0 {
		parts = append(parts, "Populations taken: "+strings.Join(list, ", ")+".")
	}
	if list := b.naming(engagement.SampleNoun, c.Control); len(list) > 0 {
		parts = append(parts, "Samples: "+strings.Join(list, ", ")+".")
	}
	last := "No test is recorded."
	if open > 0 {
		last = "No test is signed: " + several(open, "test is not finished.", "tests are not finished.")
	}
	return strings.Join(append(parts, last), " ")
}

// procedures say what the firm did, and on what.
func (b *builder) procedures(r *register.Record) (out []document.Run) {
	for _, p := range engagement.Procedures() {
		if said := r.Get(p.Value); said != "" {
			out = append(out, document.Run{Text: p.Label + ". ", Bold: true}, say("%s ", stopped(said)))
		}
	}
	if r.Get("outcome") == engagement.NotTested || r.Get("outcome") == engagement.NoOccurrence {
		return out
	}
	items := fmt.Sprintf("%s, version %s of the control, %s to %s.", selected(r), r.Get("control_version"), dayed(r.Date("from")), dayed(r.Date("to")))
	out = append(out, document.Run{Text: "Tested. ", Bold: true}, say("%s In each: %s. ", items, strings.TrimSuffix(strings.Join(r.List("attributes"), "; "), ".")))
	if n, ok := r.Int("by_machine"); ok && n > 0 {
		out = append(out, say("%s by checks of Assay, from their sealed verdicts on these items. ", several(n, "mark was made", "marks were made")))
	}
	if on := r.Date("prepared_on"); on != 0 && on < r.Date("to") {
		out = append(out, say("It was done on %s; no later day is tested. ", dayed(on)))
	}
	return out
}

// selected says how many were tested, of how many, and how they were chosen.
func selected(r *register.Record) string {
	rows, items := r.Get("rows"), r.Get("items")
	switch sample.Method(r.Get("selection")) {
	case sample.Whole:
		return "All " + rows + " " + items
	case sample.Judgemental:
		if why := r.Get("by_hand_why"); why != "" {
			return rows + " " + items + ", chosen by judgement (" + strings.TrimSuffix(why, ".") + ")"
		}
		return rows + " of " + r.Get("population_count") + " " + items + ", chosen by judgement"
	case sample.Systematic:
		return rows + " of " + r.Get("population_count") + " " + items + ", selected systematically"
	case sample.Random, sample.Stratified:
	}
	return rows + " of " + r.Get("population_count") + " " + items + ", selected at random"
}

// result is how a test came out, with the deviations as its exceptions word them.
func (b *builder) result(r *register.Record) (out []document.Run) {
	out = append(out, document.Run{Text: "Result. ", Bold: true})
	cite := b.cite("sheet/"+r.ID, r.Get("leaf"), "Test sheet %s, “%s”, prepared by %s and reviewed by %s on %s", r.ID, r.Get("title"), r.Get("prepared_by"), r.Get("reviewed_by"), dayed(r.Date("reviewed_on")))
	raised := b.exceptions(r.ID, "")
	if r.Get("outcome") != engagement.Deviations || len(raised) == 0 {
		return append(out, say("%s", stopped(r.Get("result"))), cite)
	}
	for _, x := range raised {
		out = append(out, say("%s", x.Get("result")), b.record(x), say(" "))
	}
	return append(out, cite)
}

// stopped is a text that ends like a sentence.
func stopped(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// responses are management's, to the deviations that section IV tells.
func (b *builder) responses() {
	b.head(2, "Responses to deviations")
	var told []*register.Record
	for i := range b.books[engagement.ExceptionNoun] {
		x := &b.books[engagement.ExceptionNoun][i]
		if b.mine(x) && x.State != engagement.ExceptionOff && b.tells(x) {
			told = append(told, x)
		}
	}
	if b.count("exceptions told", len(told)) == 0 {
		b.para(say("The firm has recorded no deviation here, and so there is no response to one."))
		return
	}
	for _, x := range told {
		b.head(3, "%s  %s", x.Get("control"), x.Get("title"))
		b.para(say("%s", x.Get("result")), b.record(x))
		b.response(x)
	}
}

// tells reports whether section IV tells an exception: its test is signed, or it is of
// none, and its control is in scope.
func (b *builder) tells(x *register.Record) bool {
	if b.r.Kind != Type2 {
		return false
	}
	scoped := false
	for i := range b.controls {
		scoped = scoped || b.controls[i].Control == x.Get("control")
	}
	reviewed, _ := b.sheets("")
	for _, r := range reviewed {
		if r.ID == x.Get("sheet") {
			return scoped
		}
	}
	return scoped && x.Get("sheet") == ""
}

func (b *builder) response(x *register.Record) {
	if x.Get("response") == "" {
		b.para(document.Run{Text: "Management’s response. ", Bold: true}, say("None was recorded."))
		return
	}
	by := ""
	if on := x.Date("correct_by"); on != 0 {
		by = " To be corrected by " + dayed(on) + "."
	}
	if f := x.Get("finding"); f != "" {
		by += " The correction is the finding " + f + "."
	}
	b.para(document.Run{Text: "Management’s response, of " + dayed(x.Date("responded_on")) + ". ", Bold: true}, say("%s%s", stopped(x.Get("response")), by))
}

// signed says how far the firm's tests on record have come.
func (b *builder) signed() {
	reviewed, open := b.sheets("")
	n := b.count("tests signed as reviewed", len(reviewed))
	if n == 0 {
		b.note("The firm has recorded no test and no result here that is signed. %s", b.drawn())
		return
	}
	more := ""
	if b.count("tests not signed", open) > 0 {
		more = ", and " + strconv.Itoa(open) + " that is not told because nobody reviewed it"
		if open > 1 {
			more = ", and " + strconv.Itoa(open) + " that are not told because nobody reviewed them"
		}
	}
	b.note("The firm has %s here that two of its people signed%s. %s", several(n, "test", "tests"), more, b.drawn())
}
