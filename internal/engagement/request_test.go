package engagement_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/access"
	"assay/internal/engagement"
	"assay/internal/kit/fault"
	"assay/internal/register"
	"assay/internal/standing"
)

func (h *house) ask(e string, pairs ...string) register.Record {
	h.Helper()
	r, err := h.b.Add(h.Context(), h.auditor, engagement.RequestNoun, register.Input{Fields: fields(append([]string{"title", "List of leavers", "engagement", e}, pairs...)...)})
	if err != nil {
		h.Fatal(err)
	}
	return r
}

func (h *house) step(who access.Actor, id, name string, pairs ...string) (register.Record, error) {
	return h.b.Move(h.Context(), who, engagement.RequestNoun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
}

// A request goes from the firm to somebody of the organization and back, until the
// firm accepts the answer.
func TestARequestIsAnsweredUntilTheFirmAcceptsIt(t *testing.T) {
	each(t, func(h *house) {
		e := h.engage()
		r := h.ask(e)
		if r.ID != "RQ-01" || r.State != engagement.Open || r.Get("due_on") == "" {
			h.Fatalf("%+v", r)
		}
		h.refused(second(h.step(h.auditor, r.ID, "assign", "assignee", "tom@example.com")), fault.Forbidden, "")
		h.refused(second(h.step(h.auditor, r.ID, "submit", "answer", "x")), fault.Forbidden, "")
		h.refused(second(h.step(h.lead, r.ID, "accept")), fault.Forbidden, "")
		r, err := h.step(h.lead, r.ID, "assign", "assignee", "tom@example.com", "due_on", "2026-03-05")
		if err != nil || r.State != engagement.Assigned {
			h.Fatal(r.State, err)
		}
		h.refused(second(h.step(h.lead, r.ID, "submit")), fault.Invalid, "Name evidence or a population, or answer in words.")
		h.refused(second(h.step(h.lead, r.ID, "submit", "evidence", "ev_2")), fault.Invalid, "There is no evidence ev_2.")
		if r, err = h.step(h.lead, r.ID, "submit", "evidence", "ev_1"); err != nil || r.State != engagement.Submitted || r.Get("review_by") == "" {
			h.Fatal(r.State, err)
		}
		_, err = h.b.Edit(h.Context(), h.auditor, engagement.RequestNoun, r.ID, register.Input{Part: true, Fields: fields("title", "Something else")})
		h.refused(err, fault.Invalid, "This is fixed since it is answered.")
		h.on(2026, 3, 20)
		if r, err = h.step(h.auditor, r.ID, "return"); err != nil || r.State != engagement.Returned || r.Get("returns") != "1" || r.Date("due_on") <= standing.NewDate(2026, time.March, 20) {
			h.Fatal(r, err)
		}
		if r, err = h.step(h.lead, r.ID, "submit", "answer", "Here it is."); err != nil {
			h.Fatal(err)
		}
		if r, err = h.step(h.auditor, r.ID, "accept"); err != nil || r.State != engagement.Accepted || r.Get("closed_on") != "2026-03-20" {
			h.Fatal(r.State, err)
		}
		if r, err = h.step(h.auditor, r.ID, "reopen"); err != nil || r.State != engagement.Returned || r.Get("returns") != "2" || r.Get("closed_on") != "" {
			h.Fatal(r, err)
		}
	})
}

func second(_ register.Record, err error) error { return err }

// What does not apply is the firm's to agree to, and an engagement that has ended
// asks for nothing.
func TestWhatDoesNotApplyIsAgreedOn(t *testing.T) {
	each(t, func(h *house) {
		e := h.engage()
		a, b := h.ask(e), h.ask(e, "assignee", "Tom Okafor")
		if b.State != engagement.Assigned {
			h.Errorf("a request with a name is %s", b.State)
		}
		for _, id := range []string{a.ID, b.ID} {
			if r, err := h.step(h.lead, id, "disclaim"); err != nil || r.State != engagement.Claimed {
				h.Fatal(r.State, err)
			}
		}
		if r, err := h.step(h.auditor, a.ID, "agree"); err != nil || r.State != engagement.NotApplicable {
			h.Fatal(r.State, err)
		}
		if r, err := h.step(h.auditor, b.ID, "return"); err != nil || r.State != engagement.Returned {
			h.Fatal(r.State, err)
		}
		h.moved(h.auditor, e, "withdraw", engagement.Withdrawn)
		h.refused(second(h.step(h.lead, b.ID, "submit", "answer", "x")), fault.Invalid, "has ended")
		h.refused(second(h.step(h.auditor, a.ID, "reopen")), fault.Invalid, "has ended")
		_, err := h.b.Add(h.Context(), h.auditor, engagement.RequestNoun, register.Input{Fields: fields("title", "More", "engagement", e)})
		h.refused(err, fault.Invalid, "has ended")
	})
}

// The library is tailored to the type, the categories and the controls of the
// engagement, and what does not fit says why.
func TestTheLibraryIsTailored(t *testing.T) {
	each(t, func(h *house) {
		e := h.engage()
		first := h.draft("type", "type1", "from", "", "to", "", "as_of", "2026-06-30")
		fitting := func(of string) (fit map[string]register.Offered) {
			list, err := h.b.Starters(h.Context(), h.auditor, engagement.RequestNoun, of)
			if err != nil || len(list) != 113 {
				h.Fatal(len(list), err)
			}
			fit = map[string]register.Offered{}
			for _, o := range list {
				if o.Unfit == "" {
					fit[o.ID] = o
				}
			}
			return fit
		}
		two, one := fitting(e), fitting(first)
		if len(two) < 20 || len(two) > 112 || len(one) >= len(two) {
			h.Fatalf("%d fit a Type 2, %d a Type 1", len(two), len(one))
		}
		for id, o := range two {
			if len(o.Values["criteria"]) == 0 {
				h.Errorf("%s fits and has no criterion in scope", id)
			}
			for _, c := range o.Values["controls"] {
				if !slices.Contains([]string{"IAM-03", "IAM-09", "HRS-08", "CHG-03"}, c) {
					h.Errorf("%s names %s, which the organization has not", id, c)
				}
			}
		}
		added, err := h.b.Adopt(h.Context(), h.auditor, engagement.RequestNoun, register.Adoption{Of: e, Fitting: true})
		if err != nil || len(added) != len(two) {
			h.Fatal(len(added), err)
		}
		again, err := h.b.Adopt(h.Context(), h.auditor, engagement.RequestNoun, register.Adoption{Of: e, Fitting: true})
		if err != nil || len(again) != 0 {
			h.Fatal(len(again), err)
		}
		other, err := h.b.Adopt(h.Context(), h.auditor, engagement.RequestNoun, register.Adoption{Of: first, Fitting: true})
		if err != nil || len(other) != len(one) {
			h.Fatal("another engagement has requests of its own", len(other), err)
		}
		_, err = h.b.Adopt(h.Context(), h.auditor, engagement.RequestNoun, register.Adoption{Fitting: true})
		h.refused(err, fault.Invalid, "Say which engagement")
		_, err = h.b.Starters(h.Context(), h.auditor, engagement.RequestNoun, "EN-99")
		h.refused(err, fault.NotFound, "There is no engagement EN-99.")
	})
}

// The firm's own list comes in with its own headings, twice without a change, and
// goes out again.
func TestTheFirmsOwnListIsImported(t *testing.T) {
	each(t, func(h *house) {
		e, other := h.engage(), h.draft()
		file := []byte("External ID,Evidence request,Request description,Due date,Owner\nA1,Leavers,\"Everybody who left, by day\",2026-07-01,Tom Okafor\nA2,Changes,All that were deployed,2026-07-01,\n")
		for _, of := range []string{e, other} {
			res, err := h.b.Import(h.Context(), h.auditor, engagement.RequestNoun, register.Intake{File: file, Apply: true, Of: of})
			if err != nil || res.Counts[register.Added] != 2 || len(res.Ignored) != 0 {
				h.Fatalf("%+v %v", res, err)
			}
		}
		res, err := h.b.Import(h.Context(), h.auditor, engagement.RequestNoun, register.Intake{File: file, Apply: true, Of: e})
		if err != nil || res.Counts[register.Same] != 2 {
			h.Fatalf("%+v %v", res, err)
		}
		bare, err := h.b.Import(h.Context(), h.auditor, engagement.RequestNoun, register.Intake{File: file})
		if err != nil || bare.Counts[register.Refused] != 2 {
			h.Fatalf("rows without an engagement: %+v %v", bare, err)
		}
		var out bytes.Buffer
		if err := h.b.Export(h.Context(), h.auditor, engagement.RequestNoun, register.Filter{Where: []register.Cond{{Field: "engagement", Any: []string{e}}}}, register.XLSX, &out); err != nil {
			h.Fatal(err)
		}
		res, err = h.b.Import(h.Context(), h.auditor, engagement.RequestNoun, register.Intake{File: out.Bytes(), Apply: true})
		if err != nil || res.Counts[register.Same] != 2 {
			h.Fatalf("%+v %v", res, err)
		}
	})
}

// Whatever states requests are in, what is left today is what is not settled, and
// every request is counted once.
func TestProgressAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &register.World{Today: standing.NewDate(2026, time.June, 30), Zone: time.UTC}
		var list []register.Record
		for range rapid.IntRange(0, 40).Draw(t, "requests") {
			on := w.Today - standing.Date(rapid.IntRange(0, 60).Draw(t, "days"))
			r := register.Record{CreatedAt: on.Start(w.Zone), Values: register.Values{"due_on": {(on + 10).String()}}}
			r.State = rapid.SampledFrom([]string{engagement.Open, engagement.Assigned, engagement.Submitted, engagement.InReview, engagement.Returned, engagement.Claimed, engagement.Accepted, engagement.NotApplicable, engagement.RequestOff}).Draw(t, "state")
			if slices.Contains([]string{engagement.Accepted, engagement.NotApplicable, engagement.RequestOff}, r.State) {
				r.Values.Set("closed_on", (on + standing.Date(rapid.IntRange(0, int(w.Today-on)).Draw(t, "after"))).String())
			}
			list = append(list, r)
		}
		p := engagement.ProgressOf(list, w)
		if p.Waiting+p.Judged+p.Settled != p.All || p.All != len(list) || p.Late > p.Waiting {
			t.Fatalf("%+v", p)
		}
		if n := len(p.Open); n > 0 && p.Open[n-1].Left != p.All-p.Settled {
			t.Fatalf("%d left, %d not settled", p.Open[n-1].Left, p.All-p.Settled)
		}
		for _, d := range p.Open {
			if d.Left < 0 || d.Left > p.All {
				t.Fatalf("%+v", d)
			}
		}
	})
}
