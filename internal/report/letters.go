package report

import (
	"strings"

	"assay/internal/control"
	"assay/internal/engagement"
	"assay/internal/kit/document"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

// gapMonths is how long a bridge letter customarily reaches at most.
const gapMonths = 3

// bridged is the issued report that the letter follows: the one whose days end
// last, or the one that is asked for.
func (b *builder) bridged(in *In) (*register.Record, error) {
	var last *register.Record
	for i := range b.books[engagement.Noun] {
		r := &b.books[engagement.Noun][i]
		if in.Engagement != "" && !strings.EqualFold(r.ID, in.Engagement) {
			continue
		}
		if r.State == engagement.Issued && (last == nil || reached(r) > reached(last)) {
			last = r
		}
	}
	if last == nil && in.Engagement != "" {
		return nil, fault.New(fault.Conflict, "No issued engagement %q is here. A bridge letter follows a report that was issued.", in.Engagement)
	}
	if last == nil {
		return nil, fault.New(fault.Conflict, "No engagement is issued. A bridge letter follows a report that was issued: it begins where that one ends.")
	}
	return last, nil
}

// reached is the last day of what an engagement is about.
func reached(r *register.Record) standing.Date { return max(r.Date("to"), r.Date("as_of")) }

// happened is what the registers hold since the last report.
type happened struct {
	told, undecided []*register.Record
	began, ended    []*control.Listed
}

func (h *happened) names() (out []string) {
	for _, r := range append(h.told, h.undecided...) {
		out = append(out, r.ID)
	}
	for _, c := range append(h.began, h.ended...) {
		out = append(out, c.Control)
	}
	return out
}

// bridge is the letter by which management reaches from the last report to today.
func (b *builder) bridge(in *In) error {
	last, err := b.bridged(in)
	if err != nil {
		return err
	}
	gap := standing.Period{From: reached(last) + 1, To: b.today + 1, Zone: b.org.LocationOn(reached(last) + 1)}
	if gap.To <= gap.From {
		return fault.New(fault.Conflict, "The report of %s reaches until %s: there is nothing to bridge yet.", last.ID, dayed(reached(last)))
	}
	h, err := b.since(gap)
	if err != nil {
		return err
	}
	if names := h.names(); in.NoChanges && len(names) > 0 {
		return fault.New(fault.Conflict, "The letter cannot say that nothing changed. The registers hold since %s: %s. Build it without that statement: it then lists them.", dayed(gap.From), listed(names))
	}
	b.letter(in, last, gap, h)
	return nil
}

// since is what the registers hold of the days of the gap.
func (b *builder) since(gap standing.Period) (*happened, error) {
	h := &happened{}
	wide := gap
	if wide.Days() == 1 { // a period of one day is no Type 1 here
		wide.From--
	}
	h.told, h.undecided = b.disclosed(wide)
	o, err := b.s.Controls.During(b.tx, gap.Start(), gap.End())
	if err != nil {
		return nil, err
	}
	before := gap
	before.From-- // what is worded anew on the first day of the gap belongs to it
	h.began, h.ended = b.begun(before, o.All())
	return h, nil
}

func (b *builder) letter(in *In, last *register.Record, gap standing.Period, h *happened) {
	b.section("", "Letter of management")
	b.note("Drafted from the registers. It is management's letter, becomes one when management signs it, and gives no assurance.")
	what := "SOC 2 Type 2 report, throughout the period from " + dayed(last.Date("from")) + " to " + dayed(last.Date("to"))
	if last.Get("type") == engagement.Type1 {
		what = "SOC 2 Type 1 report, as of " + dayed(last.Date("as_of"))
	}
	b.para(say("To whoever relies on our last report. It is the %s, dated %s, by %s.", what, dayed(last.Date("report_on")), last.Get("firm")), b.record(last))
	b.para(say("This letter is about the days from %s to %s.", dayed(gap.From), dayed(gap.To-1)))
	if gap.To > (gap.From - 1).AddMonths(gapMonths) {
		b.note("The gap is longer than about three months, which such letters customarily cover.")
	}
	b.head(2, "Incidents")
	b.count("incidents disclosed", len(h.told))
	b.count("incidents undecided", len(h.undecided))
	if len(h.told)+len(h.undecided) == 0 {
		b.para(say("Our register of incidents holds none of these days that is to be disclosed."))
	}
	for _, r := range h.told {
		b.incident(r)
	}
	for _, r := range h.undecided {
		b.item(say("%s, %s: it is not decided whether it is to be disclosed.", r.ID, r.Get("title")), b.record(r))
	}
	b.head(2, "Changes of controls")
	b.count("controls worded anew", len(h.began))
	b.count("controls retired", len(h.ended))
	if len(h.began)+len(h.ended) == 0 {
		b.para(say("No control was added, worded anew or retired in these days."))
	}
	for _, c := range h.began {
		b.item(document.Run{Text: c.Control + " ", Bold: true}, say("%s: its present wording holds from %s.", c.Title, dayed(c.EffectiveOn)), b.wording(c))
	}
	for _, c := range h.ended {
		b.item(document.Run{Text: c.Control + " ", Bold: true}, say("%s: retired.", c.Title), b.wording(c))
	}
	if in.NoChanges {
		b.para(say("We know of no other significant change of the system and its controls, and of no other incident that would have to be disclosed."))
	} else {
		b.note("Whether there were other significant changes is for management to say.")
	}
	b.para(say("This letter does not replace the report."))
	b.note("The days of the next report, signature, name, title and date: to be entered by management.")
}

// readiness is for the organization itself: what a report would find missing today.
func (b *builder) readiness() {
	b.section("1", "Where the controls stand")
	b.para(say("The program %s is about %s, %s.", b.plan.Name, b.categories(), b.when()), b.scoped())
	b.positions()
	b.section("2", "What needs work")
	b.needed()
	b.section("3", "By criterion")
	b.matrix()
	b.section("4", "Criteria and gaps")
	b.ratings()
	b.rated()
	b.openGaps()
	b.section("5", "What a description would say")
	for _, part := range []struct {
		title string
		write func()
	}{{"Incidents to disclose (DC4)", b.incidents}, {"Subservice organizations (DC7)", b.subservice}, {"Criteria that are not relevant (DC8)", b.notRelevant}} {
		b.head(2, "%s", part.title)
		part.write()
	}
}

// needed lists the controls that do not operate.
func (b *builder) needed() {
	t := &document.Table{Name: "Needs work", Wide: true, Head: []string{"Control", "Title", "Stands", "What the records show"}, Widths: []int{10, 32, 14, 44}}
	for i := range b.controls {
		c := &b.controls[i]
		g := c.Standing.Summary.Group()
		if g == standing.GroupOperated || g == standing.GroupNotDue {
			continue
		}
		row := cells(c.Control, c.Title, strings.ReplaceAll(group(c), "_", " "), "")
		row.Cells[0] = append(row.Cells[0], b.wording(c))
		row.Cells[3] = b.shown(c)
		t.Rows = append(t.Rows, row)
	}
	if b.count("controls that need work", len(t.Rows)) == 0 {
		b.para(say("Every control in scope operated or was not due."))
		return
	}
	b.grid(t)
}

func group(c *control.Listed) string { return c.Standing.Summary.Group().String() }
