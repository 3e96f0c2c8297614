package sheet_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/sample"
	"assay/internal/sheet"
)

// A test of a whole population by a check: what it says is filled in with its run, what
// it cannot tell stays open, and what deviates is raised before the sheet is reviewed.
func TestAWholePopulationIsTestedByItsCheck(t *testing.T) {
	each(t, func(h *house) {
		h.collect("a", "b", "c", "d")
		for day := 2; day <= 7; day++ {
			h.on(day)
			h.collect("a", map[bool]string{true: "-b", false: "b"}[day == 3], "-c", map[bool]string{true: "?d", false: "d"}[day == 4])
		}
		p := h.frozen("facts", "test.account")
		r := h.begun("population", p.ID, "machine", "B = test.account.mfa", "tolerable", "10", "compensating", "IAM-08")
		if r.Get("rows") != "4" || r.Get("left") != "8" || r.Get("control_version") != "1" || r.Get("wording") == "" || r.Get("selection") != "whole" || r.Get("from") != "2026-03-02" {
			h.Fatalf("%+v", r.Values)
		}
		h.refused(second(h.move(h.lead, engagement.SheetNoun, r.ID, "reperform")), fault.Forbidden, "")
		r, err := h.move(h.auditor, engagement.SheetNoun, r.ID, "reperform")
		h.must(err)
		l := h.sheet(r.ID)
		var says []string
		for i := range l.Rows {
			c := l.Rows[i].Cells["B"]
			says = append(says, l.Rows[i].Label+" "+string(c.Mark))
			if c.Verdict == nil || c.Verdict.Leaf == "" || c.Verdict.Run == "" || c.Auto != (c.Mark != "") {
				h.Errorf("%s: %+v", l.Rows[i].Label, c.Verdict)
			}
		}
		if got := strings.Join(says, ", "); got != "a pass, b deviation, c deviation, d " {
			h.Fatal(got)
		}
		if text := l.Rows[1].Cells["B"].Verdict.Text; !strings.Contains(text, "Failed from 3 March 2026 12:00 to 4 March 2026 12:00: no second factor") {
			h.Error(text)
		}
		if text := l.Rows[3].Cells["B"].Verdict.Text; !strings.Contains(text, "was not known from 4 March") {
			h.Error(text)
		}
		h.must(h.mark(r.ID, "1A=pass", "2A=pass", "3A=not_applicable", "4A=pass"))
		h.refused(second(h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")), fault.Invalid, "1 are left")
		h.refused(second(h.s.Raise(h.Context(), h.auditor, r.ID, sheet.Raising{})), fault.Conflict, "1 marks")
		h.must(h.mark(r.ID, "4B=pass"))
		h.must(h.mark(r.ID, "2B=pass")) // otherwise than the check, without a word
		h.refused(second(h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")), fault.Invalid, "2B")
		h.must(h.mark(r.ID, "2B=deviation It was off for a day."))
		if _, err := h.move(h.auditor, engagement.SheetNoun, r.ID, "reperform"); err != nil {
			h.Fatal(err)
		}
		if c := h.sheet(r.ID).Rows[1].Cells["B"]; c.Auto || c.Note != "It was off for a day." {
			h.Errorf("what somebody marked was filled in over: %+v", c)
		}
		r, err = h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")
		h.must(err)
		if r.Get("outcome") != engagement.Deviations || r.Get("tested") != "4" || r.Get("deviated") != "2" || r.Get("rate") != "50.00 %" || r.Get("upper") != "50.00 %" ||
			!strings.HasPrefix(r.Get("result"), "For 2 of 4 accounts, which were all, It was off for a day; failed from 2 March") || r.Get("prepared_leaf") == "" {
			h.Fatalf("%+v", r.Values)
		}
		h.reviewed(r.ID)
	})
}

// reviewed is the rest of the way of a prepared sheet with two deviations.
func (h *house) reviewed(id string) {
	h.Helper()
	h.refused(h.mark(id, "1A=pass"), fault.Conflict, "not in progress")
	h.refused(second(h.move(h.auditor, engagement.SheetNoun, id, "review")), fault.Forbidden, "")
	h.refused(second(h.move(h.partner, engagement.SheetNoun, id, "review")), fault.Conflict, "2, 3 are in no exception")
	h.refused(second(h.move(h.auditor, engagement.SheetNoun, id, "withdraw")), fault.Conflict, "in no exception")
	h.refused(second(h.s.Raise(h.Context(), h.lead, id, sheet.Raising{})), fault.Forbidden, "")
	h.refused(second(h.s.Raise(h.Context(), h.auditor, id, sheet.Raising{Items: []int{1}})), fault.Invalid, "does not deviate")
	x, err := h.s.Raise(h.Context(), h.auditor, id, sheet.Raising{Items: []int{2}, What: "it had no second factor for a day"})
	h.must(err)
	if x.Get("sheet") != id || x.Get("tested") != "4" || x.Get("deviated") != "1" || x.Get("found") != "2" || x.Get("control") != "IAM-08" || x.Get("compensating") != "IAM-08" || x.Get("criteria") == "" {
		h.Fatalf("%+v", x.Values)
	}
	h.refused(second(h.s.Raise(h.Context(), h.auditor, id, sheet.Raising{Items: []int{2}})), fault.Invalid, "in "+x.ID)
	_, err = h.b.Edit(h.Context(), h.auditor, engagement.ExceptionNoun, x.ID, register.Input{Part: true, Fields: fields("tested", "40")})
	h.refused(err, fault.Invalid, "")
	shown, err := h.b.Get(h.Context(), h.lead, engagement.ExceptionNoun, x.ID)
	h.must(err)
	if got := shown.Get("result"); got != "For 1 of 4 accounts, which were all, it had no second factor for a day." || shown.Get("upper") != "50.00 %" || !strings.Contains(shown.Get("points"), "2 deviations in all") {
		h.Error(got, shown.Get("upper"), shown.Get("points"))
	}
	_, err = h.s.Raise(h.Context(), h.auditor, id, sheet.Raising{})
	h.must(err)
	r, err := h.move(h.partner, engagement.SheetNoun, id, "review")
	h.must(err)
	snap, err := h.b.Snapshot(h.Context(), h.lead, engagement.SheetNoun, id)
	if err != nil || r.Get("leaf") == "" || snap.Leaf != r.Get("leaf") || !strings.Contains(string(snap.Body), `"state":"reviewed"`) || !strings.Contains(string(snap.Body), "It was off for a day.") {
		h.Fatal(r.Get("leaf"), string(snap.Body), err)
	}
	if _, err = h.move(h.partner, engagement.SheetNoun, id, "reopen"); err != nil {
		h.Fatal(err)
	}
	h.must(h.mark(id, "2B=pass The log shows it was on."))
	_, err = h.move(h.auditor, engagement.SheetNoun, id, "prepare")
	h.must(err)
	h.refused(second(h.move(h.partner, engagement.SheetNoun, id, "review")), fault.Conflict, "other figures")
	made, err := h.s.History(h.Context(), h.lead, id, 2)
	if err != nil || len(made) < 4 || made[len(made)-1].Mark != sheet.Pass {
		h.Fatal(made, err)
	}
}

// A sample is tested item by item; what was replaced is not, and a sheet of another
// engagement's sample is refused.
func TestASampleIsTested(t *testing.T) {
	each(t, func(h *house) {
		h.on(20)
		p := h.frozen("facts", "date.day")
		s, err := h.b.Add(h.Context(), h.auditor, engagement.SampleNoun, register.Input{Fields: fields("title", "Days", "population", p.ID, "method", "judgemental", "chosen", "1", "chosen", "3", "chosen_why", "Busy days.")})
		h.must(err)
		planned, err := h.plan("sample", s.ID)
		h.must(err)
		h.refused(second(h.move(h.auditor, engagement.SheetNoun, planned.ID, "begin")), fault.Invalid, "not drawn")
		_, err = h.move(h.auditor, engagement.SampleNoun, s.ID, "commit")
		h.must(err)
		r, err := h.move(h.auditor, engagement.SheetNoun, planned.ID, "begin")
		h.must(err)
		l := h.sheet(r.ID)
		if len(l.Rows) != 2 || l.Rows[0].Label != "2026-03-03" || l.Rows[1].Place != 3 || r.Get("population_count") != "5" {
			h.Fatalf("%+v", l.Rows)
		}
		note, ids := "Seen.", []string{"ev_2"}
		h.refused(second(h.s.Mark(h.Context(), h.auditor, r.ID, []sheet.Marking{{Item: 1, Evidence: &ids}})), fault.Invalid, "no evidence ev_2")
		h.refused(h.mark(r.ID, "1C=pass"), fault.Invalid, "no such attribute")
		h.refused(h.mark(r.ID, "3A=pass"), fault.Invalid, "no item")
		h.refused(h.mark(r.ID, "1A=good"), fault.Invalid, "Mark pass")
		h.refused(h.mark(r.ID, "1A=pass", "1A=pass"), fault.Invalid, "twice")
		if left := h.sheet(r.ID).Counts.Left; left != 4 {
			h.Errorf("something was marked with what was refused: %d are left", left)
		}
		ids[0] = "ev_1"
		_, err = h.s.Mark(h.Context(), h.auditor, r.ID, []sheet.Marking{{Item: 1, Note: &note, Evidence: &ids}})
		h.must(err)
		h.must(h.mark(r.ID, "1A=pass", "1B=pass", "2A=pass", "2B=pass"))
		if _, err = h.b.Edit(h.Context(), h.auditor, engagement.SheetNoun, r.ID, register.Input{Part: true, Fields: fields("items", "nights")}); !fault.Is(err, fault.Invalid) {
			h.Error("what was begun with was changed", err)
		}
		r, err = h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")
		h.must(err)
		if r.Get("result") != "No deviations noted." || r.Get("upper") != "" || r.Get("rate") != "0.00 %" {
			h.Fatalf("of what was chosen by hand something was projected: %+v", r.Values)
		}
		h.refused(second(h.move(h.lead, engagement.SheetNoun, r.ID, "review")), fault.Forbidden, "")
		r, err = h.move(h.partner, engagement.SheetNoun, r.ID, "review")
		h.must(err)
		if r.State != engagement.SheetReviewed || r.Get("reviewed_by") != "Partner" || r.Get("prepared_by") != "Auditor" {
			h.Error(r.State, r.Values)
		}
	})
}

// Nothing occurred: only a population that is proven empty says so.
func TestNothingOccurred(t *testing.T) {
	each(t, func(h *house) {
		h.collect("a")
		for day := 2; day <= 7; day++ {
			if h.on(day); day == 4 {
				h.collect("a")
				early := h.frozen("facts", "test.account", "condition", "r.name == 'z'")
				r, err := h.plan("population", early.ID)
				h.must(err)
				h.refused(second(h.move(h.auditor, engagement.SheetNoun, r.ID, "begin")), fault.Invalid, "proves nothing")
				continue
			}
			h.collect("a")
		}
		p := h.frozen("facts", "test.account", "condition", "r.name == 'z'")
		r := h.begun("population", p.ID)
		h.refused(second(h.s.Raise(h.Context(), h.auditor, r.ID, sheet.Raising{})), fault.Invalid, "no deviation")
		r, err := h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")
		h.must(err)
		if r.Get("outcome") != engagement.NoOccurrence || !strings.HasPrefix(r.Get("result"), "No circumstance") || r.Get("rate") != "" {
			h.Errorf("%+v", r.Values)
		}
	})
}

// What is planned fits together, and what is not tested says why.
func TestWhatIsPlannedFitsTogether(t *testing.T) {
	each(t, func(h *house) {
		h.refused(second(h.plan()), fault.Invalid, "one of the three")
		h.refused(second(h.plan("by_hand", "2026-03-02")), fault.Invalid, "Say why")
		h.refused(second(h.plan("by_hand", "x", "by_hand_why", "y", "machine", "C = test.account.mfa")), fault.Invalid, "no attribute C")
		h.refused(second(h.plan("by_hand", "x", "by_hand_why", "y", "machine", "test.account.mfa")), fault.Invalid, "equals sign")
		_, err := h.b.Add(h.Context(), h.auditor, engagement.SheetNoun, register.Input{Fields: fields(
			"title", "x", "engagement", h.engagement, "control", "IAM-08", "items", "days", "attributes", "Asked", "inquiry", "Asked.", "by_hand", "x", "by_hand_why", "y")})
		h.refused(err, fault.Invalid, "Inquiry alone")
		h.refused(second(h.b.Add(h.Context(), h.lead, engagement.SheetNoun, register.Input{Fields: fields("title", "x")})), fault.Forbidden, "")
		r, err := h.plan("by_hand", "2026-03-02; 2026-03-03", "by_hand_why", "Both sites.", "control_version", "9")
		h.must(err)
		h.refused(second(h.move(h.auditor, engagement.SheetNoun, r.ID, "begin")), fault.Invalid, "no wording of version 9")
		r, err = h.move(h.auditor, engagement.SheetNoun, r.ID, "skip", "untested", "The tool was replaced.")
		h.must(err)
		if r.Get("result") != "Not tested: The tool was replaced." || r.Get("outcome") != engagement.NotTested {
			h.Errorf("%+v", r.Values)
		}
		r, err = h.move(h.partner, engagement.SheetNoun, r.ID, "return")
		if err != nil || r.State != engagement.SheetPlanned || r.Get("untested") != "" {
			h.Fatal(r.State, err)
		}
		r = h.begun("by_hand", "2026-03-02; 2026-03-03", "by_hand_why", "Both sites.")
		h.must(h.mark(r.ID, "1A=deviation Nobody knew."))
		h.refused(second(h.move(h.auditor, engagement.SheetNoun, r.ID, "skip", "untested", "No time.")), fault.Conflict, "they are reported")
	})
}

// Another organization finds nothing.
func TestAnotherOrganizationFindsNothing(t *testing.T) {
	each(t, func(h *house) {
		r := h.begun("by_hand", "2026-03-02", "by_hand_why", "One.")
		other := access.Actor{ID: "usr_a", Org: "org_other", Name: "Auditor", Role: access.RoleAuditor}
		h.refused(second(h.s.List(h.Context(), other, r.ID, sheet.Filter{})), fault.NotFound, "")
		h.refused(second(h.s.History(h.Context(), other, r.ID, 1)), fault.NotFound, "")
		h.refused(second(h.s.Raise(h.Context(), other, r.ID, sheet.Raising{})), fault.NotFound, "")
		m := sheet.Pass
		h.refused(second(h.s.Mark(h.Context(), other, r.ID, []sheet.Marking{{Item: 1, Attribute: "A", Mark: &m}})), fault.NotFound, "")
		if left := h.sheet(r.ID).Counts.Left; left != 2 {
			h.Error(left)
		}
	})
}

// Attributes have a letter each, and there are no more than letters.
func TestAttributesHaveLetters(t *testing.T) {
	each(t, func(h *house) {
		var pairs []string
		for text := range strings.SplitSeq("c d e f g h i j k l", " ") {
			pairs = append(pairs, "attributes", text)
		}
		pairs = append(pairs, "by_hand", "x", "by_hand_why", "y")
		r := h.begun(pairs...)
		if l := h.sheet(r.ID); len(l.Attributes) != 12 || l.Attributes[11].Letter != "L" || l.Attributes[11].Text != "l" {
			h.Fatalf("%+v", l.Attributes)
		}
		h.refused(second(h.plan(append(pairs, "attributes", "m")...)), fault.Invalid, "At most 12")
	})
}

// What is replaced in a sample is not tested any more, and what came for it is, once the
// sheet takes it in.
func TestASampleChanges(t *testing.T) {
	each(t, func(h *house) {
		h.on(20)
		p := h.frozen("facts", "date.day")
		s, err := h.b.Add(h.Context(), h.auditor, engagement.SampleNoun, register.Input{Fields: fields("title", "Days", "population", p.ID, "method", "random", "size", "2")})
		h.must(err)
		nonce := sample.Nonce{1, 2, 3}
		_, err = h.move(h.auditor, engagement.SampleNoun, s.ID, "commit", "nonce_hash", nonce.Hash().String())
		h.must(err)
		h.anchor()
		s, err = h.move(h.auditor, engagement.SampleNoun, s.ID, "reveal", "nonce", hex.EncodeToString(nonce[:]))
		h.must(err)
		r := h.begun("sample", s.ID)
		h.must(h.mark(r.ID, "1A=pass", "1B=pass", "2A=pass", "2B=pass"))
		first := strings.Fields(s.Get("items"))[0]
		_, err = h.move(h.auditor, engagement.SampleNoun, s.ID, "replace", "place", first)
		h.must(err)
		r, err = h.move(h.auditor, engagement.SheetNoun, r.ID, "refresh")
		h.must(err)
		l := h.sheet(r.ID)
		if len(l.Rows) != 3 || !l.Rows[0].Replaced || l.Rows[1].Replaced || l.Rows[2].Replaced || r.Get("rows") != "2" || r.Get("left") != "2" {
			h.Fatalf("%+v, %s left", l.Rows, r.Get("left"))
		}
		h.refused(h.mark(r.ID, "1A=deviation x"), fault.Invalid, "was replaced")
		h.must(h.mark(r.ID, "3A=pass", "3B=deviation Late."))
		_, err = h.s.Raise(h.Context(), h.auditor, r.ID, sheet.Raising{})
		h.must(err)
		r, err = h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")
		h.must(err)
		want, err := sample.Upper(5, 2, 1, 9000)
		h.must(err)
		if r.Get("result") != "For 1 of 2 accounts selected, Late." || r.Get("upper") != engagement.Percents(want) {
			h.Errorf("%s, %s, want %s", r.Get("result"), r.Get("upper"), engagement.Percents(want))
		}
	})
}

// The firm concludes its tests when none is left open and no deviation waits for an
// answer.
func TestTestsAreConcluded(t *testing.T) {
	each(t, func(h *house) {
		e := func(who access.Actor, name string, pairs ...string) error {
			_, err := h.move(who, engagement.Noun, h.engagement, name, pairs...)
			return err
		}
		h.must(e(h.lead, "propose"))
		h.must(e(h.auditor, "accept", "independence", "Nobody designed a control."))
		h.must(e(h.lead, "sign", "letter_on", "2026-03-01", "letter_by", "Both"))
		h.on(3)
		h.must(e(h.auditor, "run", "description_on", "2026-03-01", "assertion_on", "2026-03-01", "plan", "Papers."))
		h.on(20)
		h.must(e(h.auditor, "examine"))
		r := h.begun("by_hand", "2026-03-02", "by_hand_why", "One.")
		h.must(h.mark(r.ID, "1A=pass", "1B=deviation Late."))
		x, err := h.s.Raise(h.Context(), h.auditor, r.ID, sheet.Raising{})
		h.must(err)
		h.must(e(h.auditor, "evaluate"))
		h.refused(e(h.auditor, "conclude", "concluded", "Yes."), fault.Conflict, r.ID+" is not signed")
		h.must(second(h.move(h.auditor, engagement.SheetNoun, r.ID, "prepare")))
		h.must(second(h.move(h.partner, engagement.SheetNoun, r.ID, "review")))
		h.refused(e(h.auditor, "conclude", "concluded", "Yes."), fault.Conflict, x.ID+" waits")
		h.must(second(h.move(h.lead, engagement.ExceptionNoun, x.ID, "respond", "response", "Ours.")))
		h.must(second(h.b.Archive(h.Context(), h.auditor, engagement.SheetNoun, r.ID, "Tidied.")))
		h.must(second(h.b.Archive(h.Context(), h.auditor, engagement.ExceptionNoun, x.ID, "Tidied.")))
		h.refused(e(h.auditor, "conclude", "concluded", "Yes."), fault.Conflict, "at 1 are in no exception")
		h.must(second(h.b.Restore(h.Context(), h.auditor, engagement.ExceptionNoun, x.ID)))
		h.must(e(h.auditor, "conclude", "concluded", "Yes."))
	})
}
