package report

import (
	"strconv"
	"strings"

	"assay/internal/kit/document"
)

func number(n int64) string { return strconv.FormatInt(n, 10) }

// fail keeps the first error of composing.
func (b *builder) fail(err error) {
	if b.failed == nil {
		b.failed = err
	}
}

// auditors is section I. It is the firm's: here stand its place and what it
// entered, and no sentence that it would have to write.
func (b *builder) auditors() {
	b.section("I", "Report of the independent service auditor")
	if !b.issued() {
		b.note("This section is for %s to write. Nothing of it is drafted here, and no opinion is given.", b.firm())
	} else {
		b.opinion()
	}
	b.head(2, "What the examination is about")
	b.para(say("The facts that the section needs, as they are on record."))
	b.item(document.Run{Text: "Organization: ", Bold: true}, say("%s.", b.org.Name))
	b.item(document.Run{Text: "System: ", Bold: true}, say("%s.", b.service()))
	b.item(document.Run{Text: "Date or period: ", Bold: true}, say("%s.", b.when()), b.scoped())
	b.item(document.Run{Text: "Categories: ", Bold: true}, say("%s; %s apply, %s left out.", b.categories(),
		several(b.count("criteria in scope", len(b.inScope)), "criterion", "criteria"), several(b.count("criteria left out", len(b.omissions)), "criterion is", "criteria are")))
	b.item(document.Run{Text: "Controls: ", Bold: true}, say("%s serve them.", several(b.count("controls in scope", len(b.controls)), "control", "controls")))
	subservice := "not said"
	if b.deal != nil && b.deal.Get("subservice") != "" {
		subservice = map[string]string{"none": "there are none", "carve_out": "carved out", "inclusive": "included", "both": "some carved out, some included"}[b.deal.Get("subservice")]
	}
	b.item(document.Run{Text: "Subservice organizations: ", Bold: true}, say("%s.", subservice))
}

// scoped cites where the dates come from.
func (b *builder) scoped() document.Run {
	if b.deal != nil {
		return b.record(b.deal)
	}
	leaf, err := b.newest("program", b.plan.ID)
	b.fail(err)
	return b.cite("program/"+b.plan.ID, leaf, "Program “%s”", b.plan.Name)
}

// assertion is section II, which is management's.
func (b *builder) assertion() {
	b.section("II", "Management's assertion")
	b.drafted("the assertion")
	b.para(say("To the readers of this report. We are the management of %s, and we wrote the description of %s in section III. It tells what readers need to weigh the risks of relying on us, together with what they know of their own controls.", b.org.Name, b.service()))
	kinds := b.categories()
	b.para(say("We confirm, as far as we know and believe, that:"))
	b.item(say("the description shows the system as it was designed and put in place %s, measured against the description criteria of DC section 200;", b.when()))
	b.item(say("the controls in it were suitably designed %s, so that, if they work, the commitments and requirements are met with reasonable assurance, measured against the trust services criteria of TSP section 100 for %s;", b.when(), kinds))
	if b.r.Kind == Type2 {
		until := b.when()
		if b.running() {
			until = "in the period so far, until " + dayed(b.today)
		}
		b.item(say("these controls worked %s, but for what our own records show below.", until))
	}
	if n := len(b.carved()); n > 0 {
		b.para(say("We rely on %s that the description leaves out. It names the kinds of controls that we assume there, and does not tell how they are run.", several(n, "subservice organization", "subservice organizations")))
	}
	if b.r.Kind == Type2 {
		b.ownDeviations()
	}
	b.head(2, "What the assertion stands on")
	b.para(say("It stands on our own work, not on the tests of the auditor: on %s that %s of their own every day or on a schedule, on the activities that people performed, and on the registers that section III was drafted from.",
		several(b.count("controls in scope", len(b.controls)), "control", "controls"), map[bool]string{true: "keeps a record", false: "keep records"}[len(b.controls) == 1]))
	b.head(2, "Limits")
	b.para(say("Controls are run by people and machines, and both err; they can be got around, and what works today can fail tomorrow as conditions change."))
	if !b.issued() {
		b.note("Signature, name, title and date: to be entered by management.")
	}
}

// drafted marks a text that management has not accepted.
func (b *builder) drafted(what string) {
	if !b.accepted() {
		b.note("Drafted from the records. Management has not handed in %s in its final form.", what)
		return
	}
	b.para(say("Management handed in its final text on %s.", dayed(b.deal.Date("final_on"))), b.record(b.deal), say(" What follows is drafted from the records; the text that was handed in prevails."))
}

// ownDeviations lists the controls that did not work on a day, as the records have
// it.
func (b *builder) ownDeviations() {
	b.head(2, "Controls that did not work all the time")
	n := 0
	for i := range b.controls {
		if b.controls[i].Standing.Summary.Deviations > 0 {
			n++
		}
	}
	b.count("controls with a deviation", n)
	if n == 0 {
		b.para(say("The records show no deviation of a control in scope. That is no statement about days without evidence, which section IV lists."))
		return
	}
	b.para(say("The records show deviations of %s. Section IV tells when and how long.", several(n, "control", "controls")))
	for i := range b.controls {
		c := &b.controls[i]
		if c.Standing.Summary.Deviations == 0 {
			continue
		}
		b.item(document.Run{Text: c.Control + " ", Bold: true}, say("%s: %s", c.Title, lowered(c.Standing.Headline)), b.wording(c))
	}
}

// lowered begins a sentence within another.
func lowered(s string) string {
	if s == "" {
		return "nothing is recorded."
	}
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
