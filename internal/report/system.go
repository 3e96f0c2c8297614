package report

import (
	"strings"

	"assay/internal/control"
	"assay/internal/incident"
	"assay/internal/kit/document"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/vendor"
)

// system is section III, by the nine description criteria.
func (b *builder) system() {
	b.section("III", "Description of the system")
	b.drafted("the description")
	b.hints()
	for _, part := range []struct {
		id, title string
		write     func()
	}{
		{"DC1", "Services", b.services},
		{"DC2", "Commitments and requirements", nil},
		{"DC3", "Components of the system", nil},
		{"DC4", "Incidents", b.incidents},
		{"DC5", "Criteria and controls", b.matrix},
		{"DC6", "Controls of user entities", b.userControls},
		{"DC7", "Subservice organizations", b.subservice},
		{"DC8", "Criteria that are not relevant", b.notRelevant},
		{"DC9", "Significant changes", b.changes},
	} {
		if part.id == "DC9" && b.r.Kind == Type1 {
			continue
		}
		b.head(2, "%s (%s)", part.title, part.id)
		told := b.written(part.id)
		if part.write != nil {
			part.write()
		} else if !told {
			b.open()
		}
	}
}

// open says that a part has no text.
func (b *builder) open() {
	b.note("Nobody has written this part yet.")
}

// services tells what the organization entered about itself, unless management wrote
// more.
func (b *builder) services() {
	if len(b.parts("DC1")) > 0 {
		return
	}
	leaf, err := b.newest("org", b.org.ID)
	b.fail(err)
	b.para(say("%s provides: %s.", b.org.Name, b.service()), b.cite("org", leaf, "What %s entered about itself", b.org.Name))
}

// incidents are those to disclose; what is undecided is said.
func (b *builder) incidents() {
	told, undecided := b.disclosed(b.period)
	b.count("incidents disclosed", len(told))
	b.count("incidents undecided", len(undecided))
	if len(undecided) > 0 {
		b.note("It is not decided yet whether %s disclosed: %s.", map[bool]string{true: "this incident is", false: "these incidents are"}[len(undecided) == 1], ids(undecided))
	}
	if len(told) == 0 {
		b.para(say("The register of incidents holds none of the %s that is to be disclosed.", map[bool]string{true: "time up to that day", false: "period"}[b.r.Kind == Type1]))
		return
	}
	for _, r := range told {
		b.incident(r)
	}
}

func (b *builder) incident(r *register.Record) {
	zone := b.period.Zone
	parts := []string{r.Get("title") + ". Detected " + dayed(standing.DayOf(r.At("detected_at"), zone))}
	if at := r.At("restored_at"); !at.IsZero() {
		parts[0] += ", restored " + dayed(standing.DayOf(at, zone))
	}
	parts[0] += "."
	for _, f := range []struct{ name, label string }{{"effect", "Effect"}, {"cause", "Cause"}, {"lessons", "What was done"}} {
		said := strings.TrimSuffix(r.Get(f.name), ".")
		if said == "" {
			said = "not recorded"
		}
		parts = append(parts, f.label+": "+said+".")
	}
	b.item(document.Run{Text: strings.Join(parts, " ")}, b.record(r))
}

// disclosed are the incidents of days that are to be disclosed, and those of which
// nobody decided. Exercises are none.
func (f *facts) disclosed(p standing.Period) (told, undecided []*register.Record) {
	from := p.From
	if p.Days() == 1 { // of a Type 1: whatever was known by that day
		from = 1
	}
	for i := range f.books[incident.Noun] {
		r := &f.books[incident.Noun][i]
		day := standing.DayOf(r.At("detected_at"), p.Zone)
		if r.Get("exercise") == register.Yes || day < from || day >= p.To {
			continue
		}
		switch r.Get("disclose") {
		case register.Yes:
			told = append(told, r)
		case "":
			undecided = append(undecided, r)
		}
	}
	return told, undecided
}

func ids(list []*register.Record) string {
	var out []string
	for _, r := range list {
		out = append(out, r.ID)
	}
	return listed(out)
}

// matrix is which controls serve which criterion.
func (b *builder) matrix() {
	b.para(say("%s serve %s. Section IV gives the wording of each.", several(b.count("controls in scope", len(b.controls)), "control", "controls"),
		several(b.count("criteria in scope", len(b.inScope)), "criterion", "criteria")))
	t := &document.Table{Name: "Criteria and controls", Head: []string{"Criterion", "What it is about", "Controls"}, Widths: []int{11, 44, 45}}
	without := 0
	for i := range b.inScope {
		c := &b.inScope[i]
		names := []string{}
		for _, one := range b.of(c.ID) {
			names = append(names, one.Control)
		}
		said := strings.Join(names, ", ")
		if len(names) == 0 {
			said = "none"
			without++
		}
		t.Rows = append(t.Rows, cells(string(c.ID), c.Title, said))
	}
	b.grid(t)
	if b.count("criteria without a control", without) > 0 {
		b.note("%s of those in scope: no control serves %s.", strings.ToUpper(several(without, "criterion", "criteria")[:1])+several(without, "criterion", "criteria")[1:], map[bool]string{true: "it", false: "them"}[without == 1])
	}
}

// carved are the subservice organizations that the description leaves out, in use
// or ended.
func (f *facts) carved() (out []*register.Record) {
	for i := range f.books[vendor.Noun] {
		r := &f.books[vendor.Noun][i]
		if r.Get("method") == vendor.CarveOut && r.State == vendor.InUse {
			out = append(out, r)
		}
	}
	return out
}

func (f *facts) subserviced() (out []*register.Record) {
	for i := range f.books[vendor.Noun] {
		r := &f.books[vendor.Noun][i]
		if m := r.Get("method"); m != "" && m != "none" && r.State == vendor.InUse {
			out = append(out, r)
		}
	}
	return out
}

func (b *builder) subservice() {
	list := b.subserviced()
	if b.count("subservice organizations", len(list)) == 0 {
		b.para(say("The register of vendors holds no subservice organization that is in use."))
		return
	}
	t := &document.Table{Name: "Subservice organizations", Head: []string{"Organization", "Service", "Method", "Controls that watch it"}, Widths: []int{24, 36, 14, 26}}
	for _, r := range list {
		watch := strings.Join(r.List("controls"), ", ")
		if watch == "" {
			watch = "none recorded"
		}
		row := cells(r.Get("title"), r.Get("service"), map[string]string{vendor.CarveOut: "carved out", "inclusive": "included"}[r.Get("method")], watch)
		row.Cells[0] = append(row.Cells[0], b.record(r))
		t.Rows = append(t.Rows, row)
	}
	b.grid(t)
	b.head(3, "What we assume that they do")
	t = &document.Table{Name: "Complementary subservice", Head: []string{"Organization", "We assume that it is there to", "Criteria", "How we watch"}, Widths: []int{22, 40, 14, 24}}
	for _, v := range list {
		for i := range b.books[vendor.RelianceNoun] {
			r := &b.books[vendor.RelianceNoun][i]
			if r.Get(vendor.Noun) != v.ID {
				continue
			}
			row := cells(v.Get("title"), r.Get("title"), strings.Join(r.List("criteria"), ", "), r.Get("watch"))
			row.Cells[1] = append(row.Cells[1], b.record(r))
			t.Rows = append(t.Rows, row)
		}
	}
	if b.count("complementary subservice controls", len(t.Rows)) == 0 {
		b.note("No control that is assumed of them is recorded. A description that leaves an organization out is incomplete without.")
		return
	}
	b.grid(t)
}

func (b *builder) notRelevant() {
	if b.count("criteria left out", len(b.omissions)) == 0 {
		b.para(say("Every criterion of the categories in scope is treated as relevant."))
		return
	}
	t := &document.Table{Name: "Not relevant", Head: []string{"Criterion", "Why it is not relevant"}, Widths: []int{15, 85}}
	for i := range b.omissions {
		o := &b.omissions[i]
		leaf, err := b.newest("program", o.Program)
		b.fail(err)
		row := cells(string(o.Criterion), o.Reason)
		row.Cells[1] = append(row.Cells[1], b.cite("omission/"+string(o.Criterion), leaf, "Criterion %s left out, approved %s", o.Criterion, o.DecidedAt.UTC().Format("2006-01-02")))
		t.Rows = append(t.Rows, row)
	}
	b.grid(t)
}

// begun are the controls that began, and those that ended, on days of a period
// after its first.
func (f *facts) begun(p standing.Period, list []control.Listed) (began, ended []*control.Listed) {
	for i := range list {
		c := &list[i]
		if c.Phase == control.Retired {
			ended = append(ended, c)
		} else if c.EffectiveOn > p.From && c.EffectiveOn < p.To {
			began = append(began, c)
		}
	}
	return began, ended
}

// changes are those that the registers know: of the controls themselves.
func (b *builder) changes() {
	began, ended := b.begun(b.period, b.controls)
	b.count("controls worded anew", len(began))
	b.count("controls retired", len(ended))
	if len(began)+len(ended) == 0 {
		b.para(say("The wording of no control in scope changed after the first day of the period."))
	}
	if len(began) > 0 {
		b.para(say("%s present wording after the first day of the period:", map[bool]string{true: "One control got its", false: "These controls got their"}[len(began) == 1]))
		t := &document.Table{Name: "Changed controls", Head: []string{"Control", "Title", "From", "Version"}, Widths: []int{13, 57, 18, 12}}
		for _, c := range began {
			row := cells(c.Control, c.Title, dayed(c.EffectiveOn), number(int64(c.Number)))
			row.Cells[0] = append(row.Cells[0], b.wording(c))
			t.Rows = append(t.Rows, row)
		}
		b.grid(t)
	}
	for _, c := range ended {
		b.item(document.Run{Text: c.Control + " ", Bold: true}, say("%s, was retired in the period.", c.Title), b.wording(c))
	}
	b.note("Which of these matters to readers, and what else changed, is for management to say.")
}
