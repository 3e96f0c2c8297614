package report

// A SOC 3 report (part b of what a report is): the firm's section, management's
// assertion, the boundaries of the system and the principal commitments. It is for
// anyone to read, so that it holds no control, no test and no result, and names
// nothing that customers alone may know.

// public is a report of that kind, from the same examination as a Type 2.
func (b *builder) public() {
	b.section("I", "Report of the independent service auditor")
	b.note("This section is for %s to write. Nothing of it is drafted here, and no opinion is given.", b.firm())
	b.publicAssertion()
	b.section("III", "Boundaries of the system")
	b.drafted("the description")
	for _, part := range []struct{ id, title string }{{"DC1", "Services"}, {"DC3", "Components of the system"}} {
		b.head(2, "%s", part.title)
		if part.id == "DC1" {
			b.services()
		}
		if !b.written(part.id) && part.id != "DC1" {
			b.open()
		}
	}
	b.section("IV", "Principal commitments and requirements")
	b.head(2, "What we commit to, and what follows from it")
	if !b.written("DC2") {
		b.open()
	}
}

// publicAssertion is management's, about the period that is over.
func (b *builder) publicAssertion() {
	b.section("II", "Management's assertion")
	b.drafted("the assertion")
	b.para(say("We are the management of %s. We are responsible for designing, putting in place and running the controls within %s, whose boundaries section III tells.", b.org.Name, b.service()))
	b.para(say("We looked at whether these controls worked %s, measured against the trust services criteria of TSP section 100 for %s, so that our commitments and requirements were met with reasonable assurance.", b.when(), b.categories()), b.scoped())
	n := 0
	for i := range b.controls {
		if b.controls[i].Standing.Summary.Deviations > 0 {
			n++
		}
	}
	b.count("controls in scope", len(b.controls))
	if b.count("controls with a deviation", n) > 0 {
		b.note("The records show deviations of %s. Whether they worked all the same, as far as the criteria go, is for management to say: the Type 2 report tells each. This note is not part of the report.", several(n, "control", "controls"))
	} else {
		b.para(say("We assert that they did."))
	}
	b.para(say("Controls are run by people and machines, and both err; they can be got around, and what works today can fail tomorrow as conditions change."))
	b.note("Signature, name, title and date: to be entered by management.")
}

// publicCover says whom the report is for.
func (b *builder) publicCover() (out []string) {
	by := "Service auditor: " + b.firm() + "."
	if b.deal != nil {
		by += " Of the same examination as the Type 2 report of engagement " + b.deal.ID + "."
	}
	return append(out, by, "A report of this kind may be read by anyone. It holds no controls, tests or results; the Type 2 report does.")
}
