package readiness_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/criteria"
	"assay/internal/db/dbtest"
	"assay/internal/gap"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/readiness"
	"assay/internal/register"
	"assay/internal/standing"
	"assay/internal/suite"
)

type house struct {
	*testing.T
	*suite.Suite
	hand                       *clock.Hand
	org                        org.Org
	lead, owner, viewer, other access.Actor
}

// each gives an organization as app puts it together, whose first period begins a
// month after 15 June 2026.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(newHouse(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(newHouse(t, dbtest.Postgres(t))) })
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}}
	h.hand.Set(time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC))
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	h.org, err = s.Orgs.Create(t.Context(), org.New{Name: "Larkspur", Zone: "UTC"})
	h.must(err)
	h.lead, h.owner, h.viewer = h.user("lead", access.RoleLead), h.user("ann", access.RoleOwner), h.user("eve", access.RoleViewer)
	another, err := s.Orgs.Create(t.Context(), org.New{Name: "Another", Zone: "UTC"})
	h.must(err)
	h.other = access.Actor{ID: "usr_other", Org: another.ID, Name: "Other", Role: access.RoleLead, Door: access.DoorWeb}
	return h
}

func (h *house) user(name string, role access.Role) access.Actor {
	h.Helper()
	u, err := h.Auth.Enroll(h.Context(), access.Console(h.org.ID), auth.New{Email: name + "@larkspur.example", Name: name, Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: h.org.ID, Name: name, Role: role, Door: access.DoorWeb}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error) {
	h.Helper()
	if fault.Of(err) != k {
		h.Fatalf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

func (h *house) begin() {
	h.Helper()
	from, to := standing.NewDate(2026, 7, 15), standing.NewDate(2027, 7, 15)
	_, err := h.Programs.Add(h.Context(), h.lead, program.Program{Name: "First", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: from, To: to, Current: true})
	h.must(err)
}

func (h *house) look() *readiness.Position {
	h.Helper()
	p, err := h.Readiness.Look(h.Context(), h.lead)
	h.must(err)
	return p
}

func rated(p *readiness.Position, id criteria.ID) readiness.Rated {
	for i := range p.Criteria {
		if p.Criteria[i].ID == id {
			return p.Criteria[i]
		}
	}
	return readiness.Rated{}
}

// From nothing to an approved assessment: what is missing is found, written down
// once, planned, and a day follows from it.
func TestFromNothingToAPlan(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		_, err := h.Readiness.Look(ctx, h.lead)
		h.want(fault.NotFound, err)
		h.begin()
		p := h.look()
		if p.Counts[readiness.NotMet] != 33 || len(p.Criteria) != 33 || len(p.Found) != 33 || p.Start.On != 0 {
			h.Fatalf("without a control: %v, %d found, %v", p.Counts, len(p.Found), p.Start)
		}

		// A control that nothing has shown yet makes its criteria unknown, and is a gap.
		_, err = h.Controls.Adopt(ctx, h.lead, []string{"IAM-03", "IAM-04", "IRP-01"}, standing.NewDate(2026, 6, 1))
		h.must(err)
		p = h.look()
		if got := rated(p, "CC6.6"); got.Rating == readiness.NotMet || got.Rating == readiness.Met || len(got.Works) != 0 {
			h.Errorf("CC6.6: %+v", got)
		}

		// Questions of the library count for what is not seen.
		_, err = h.Registers.Adopt(ctx, h.lead, gap.QuestionNoun, register.Adoption{IDs: []string{"R-02", "R-11"}})
		h.must(err)
		if p = h.look(); len(p.Asked) != 2 || p.Known != 0 || rated(p, "CC7.3").Asked != 1 {
			h.Errorf("%d asked, %d known", len(p.Asked), p.Known)
		}
		q := p.Asked[0]
		_, err = h.Registers.Edit(ctx, h.owner, gap.QuestionNoun, q.ID, register.Input{Part: true, Version: q.Version, Fields: map[string][]string{"answer": {gap.AnswerNo}}})
		h.want(fault.Invalid, err) // what is missing is to be said
		_, err = h.Registers.Edit(ctx, h.owner, gap.QuestionNoun, q.ID, register.Input{Part: true, Version: q.Version, Fields: map[string][]string{"answer": {gap.AnswerNo}, "note": {"Administrators do not."}}})
		h.must(err)
		p = h.look()
		if of := criteria.ID(q.List("criteria")[0]); len(p.Asked) != 1 || rated(p, of).Rating != readiness.NotMet {
			h.Errorf("after no: %+v", rated(p, of))
		}

		h.writeAndPlan(len(p.Found))
		h.assess()
	})
}

func (h *house) writeAndPlan(n int) {
	h.Helper()
	ctx := h.Context()
	_, err := h.Readiness.Write(ctx, h.viewer, nil)
	h.want(fault.Forbidden, err)
	_, err = h.Readiness.Write(ctx, h.lead, []string{"failing:IAM-99"})
	h.want(fault.Conflict, err)
	_, err = h.Readiness.Take(ctx, h.lead, "Before the first period", "")
	h.want(fault.Conflict, err)
	added, err := h.Readiness.Write(ctx, h.lead, nil)
	h.must(err)
	if len(added) != n {
		h.Errorf("%d written of %d", len(added), n)
	}
	again, err := h.Readiness.Write(ctx, h.lead, nil)
	h.must(err)
	if p := h.look(); len(again) != 0 || len(p.Found) != 0 || len(p.Gaps) != n || p.Start.On != 0 {
		h.Errorf("written again: %d, found %d, %v", len(again), len(p.Found), p.Start)
	}
	planned, err := h.Readiness.Plan(ctx, h.lead)
	h.must(err)
	if p := h.look(); len(planned) != n || p.Start.On <= p.Today || p.Gaps[n-1].Date("due_on")+1 != p.Start.On {
		h.Errorf("%d planned, %v", len(planned), p.Start)
	}

	// What is over is closed; what is borne is accepted, by somebody else.
	gaps := h.look().Gaps
	_, err = h.Registers.Move(ctx, h.lead, gap.Noun, gaps[0].ID, "accept", register.Step{Reason: "It is so."})
	h.want(fault.Forbidden, err)
	_, err = h.Registers.Move(ctx, h.user("second", access.RoleLead), gap.Noun, gaps[0].ID, "accept", register.Step{Reason: "It is so."})
	h.must(err)
	_, err = h.Registers.Move(ctx, h.owner, gap.Noun, gaps[1].ID, "close", register.Step{Fields: map[string][]string{"done": {"Done."}}})
	h.must(err)
	// What was accepted is not found again; what was closed and is still so is.
	p := h.look()
	if len(p.Gaps) != n-2 || len(p.Found) != 1 || p.Found[0].Key != gaps[1].Get("about") {
		h.Errorf("after closing: %d open, found %+v", len(p.Gaps), p.Found)
	}
	_, err = h.Readiness.Write(ctx, h.lead, []string{p.Found[0].Key})
	h.must(err)
}

func (h *house) assess() {
	h.Helper()
	ctx := h.Context()
	p := h.look()
	r, err := h.Readiness.Take(ctx, h.lead, "Before the first period", "One gap after the other.")
	h.must(err)
	if r.Get("taken_on") != "2026-06-15" || !strings.Contains(r.Get("ratings"), "CC1.1 not met; no control") || strings.Count(r.Get("ratings"), "\n") != 32 {
		h.Errorf("%v", r.Values)
	}
	if n, _ := r.Int("not_met"); n != p.Counts[readiness.NotMet] {
		h.Errorf("%d not met, %v", n, p.Counts)
	}
	_, err = h.Registers.Move(ctx, h.lead, gap.AssessmentNoun, r.ID, "submit", register.Step{})
	h.must(err)
	_, err = h.Registers.Move(ctx, h.lead, gap.AssessmentNoun, r.ID, "approve", register.Step{})
	h.want(fault.Forbidden, err)
	r, err = h.Registers.Move(ctx, h.user("third", access.RoleLead), gap.AssessmentNoun, r.ID, "approve", register.Step{})
	h.must(err)
	snap, err := h.Registers.Snapshot(ctx, h.lead, gap.AssessmentNoun, r.ID)
	h.must(err)
	if snap.Records < len(p.Gaps) {
		h.Errorf("%d gaps frozen, %d open", snap.Records, len(p.Gaps))
	}
	if _, err := h.Readiness.Look(ctx, h.other); fault.Of(err) != fault.NotFound {
		h.Errorf("another organization: %v", err)
	}
}
