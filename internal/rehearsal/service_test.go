package rehearsal_test

import (
	"path/filepath"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/criteria"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/rehearsal"
	"assay/internal/standing"
	"assay/internal/suite"
)

// TestShow goes from nothing to a period that is over, on both engines.
func TestShow(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { show(t, filepath.Join(t.TempDir(), "test.db")) })
	t.Run("postgresql", func(t *testing.T) { show(t, dbtest.Postgres(t)) })
}

func show(t *testing.T, dsn string) {
	ctx, hand := t.Context(), &clock.Hand{}
	hand.Set(time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC))
	s, err := app.Open(ctx, suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: hand.Now})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close(t.Context())) })
	lead := member(t, s, "Larkspur", access.RoleLead)
	other := member(t, s, "Another", access.RoleLead)
	auditor := lead
	auditor.Role = access.RoleAuditor

	want := func(k fault.Kind, who access.Actor) {
		t.Helper()
		if r, err := s.Rehearsals.Show(ctx, who); fault.Of(err) != k {
			t.Fatalf("want %s, got %v and %+v", k, err, r)
		}
	}
	want(fault.NotFound, lead)
	from, to := standing.NewDate(2026, 7, 1), standing.NewDate(2026, 10, 1)
	_, err = s.Programs.Add(ctx, lead, program.Program{Name: "First", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: from, To: to, Current: true})
	must(t, err)
	_, err = s.Controls.Adopt(ctx, lead, []string{"IAM-03", "IRP-01"}, from)
	must(t, err)
	want(fault.Conflict, lead)

	hand.Set(time.Date(2026, 8, 15, 9, 0, 0, 0, time.UTC))
	must(t, s.Controls.Rebuild(ctx, lead))
	want(fault.Forbidden, auditor)
	want(fault.NotFound, other)
	r, err := s.Rehearsals.Show(ctx, lead)
	must(t, err)
	if len(r.Results) != 2 || r.From != from || r.To != to {
		t.Fatalf("%+v", r)
	}
	for _, one := range r.Results {
		if one.Verdict == rehearsal.Clear {
			t.Errorf("%s was never seen to operate, and is %s: %s", one.Control, one.Verdict, one.Wording)
		}
	}
	if len(r.Preventable) == 0 {
		t.Error("nothing can be prevented in the middle of the period")
	}

	hand.Set(time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC))
	must(t, s.Controls.Rebuild(ctx, lead))
	if r, err = s.Rehearsals.Show(ctx, lead); err != nil || len(r.Preventable) != 0 {
		t.Errorf("after the period: %v, %+v", err, r)
	}
}

func member(t *testing.T, s *suite.Suite, name string, role access.Role) access.Actor {
	t.Helper()
	o, err := s.Orgs.Create(t.Context(), org.New{Name: name, Zone: "UTC"})
	must(t, err)
	return access.Actor{ID: "usr_" + name, Org: o.ID, Name: name, Role: role, Door: access.DoorWeb}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}
