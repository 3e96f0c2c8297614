package program_test

import (
	"testing"
	"time"

	"assay/catalog"
	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/standing"
)

func lead(id, org string) access.Actor {
	return access.Actor{ID: id, Org: org, Name: id, Role: access.RoleLead, Door: access.DoorWeb}
}

func TestPrograms(t *testing.T) {
	lib, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		o, err := org.Service{DB: d, Keys: keys.New(secret.NewKey(), "")}.Create(t.Context(), org.New{Name: "Acme", Zone: "Europe/Stockholm"})
		if err != nil {
			t.Fatal(err)
		}
		s, ctx := program.Service{DB: d, Criteria: lib.Criteria()}, t.Context()
		ann, bob := lead("usr_ann", o.ID), lead("usr_bob", o.ID)
		if _, err := s.Get(ctx, ann, ""); !fault.Is(err, fault.NotFound) {
			t.Fatalf("no program yet: %v", err)
		}
		p, err := s.Add(ctx, ann, program.Program{
			Name: "FY26 Type 2", Type: program.Type2, Categories: []criteria.CategoryID{"security", "availability"},
			From: standing.NewDate(2025, 12, 1), To: standing.NewDate(2026, 12, 1),
		})
		if err != nil || !p.Current || p.Slug != "fy26-type-2" {
			t.Fatalf("%+v %v", p, err)
		}
		sc, err := s.Get(ctx, ann, "")
		if err != nil || len(sc.InScope) != 36 {
			t.Fatalf("%d criteria in scope, want 36: %v", len(sc.InScope), err)
		}
		if k, n := sc.Day(standing.NewDate(2026, 11, 21)); k != 356 || n != 365 {
			t.Fatalf("day %d of %d", k, n)
		}
		omit := program.Omission{Program: p.ID, Criterion: "A1.3", Reason: "Recovery is the customer's own duty"}
		if err := s.Omit(ctx, ann, omit); err != nil {
			t.Fatal(err)
		}
		if sc, _ = s.Get(ctx, ann, p.Slug); len(sc.InScope) != 36 {
			t.Fatal("left out before it was approved")
		}
		if err := s.DecideOmission(ctx, ann, p.ID, "A1.3", true); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("approved by the asker: %v", err)
		}
		if err := s.DecideOmission(ctx, bob, p.ID, "A1.3", true); err != nil {
			t.Fatal(err)
		}
		if sc, _ = s.Get(ctx, ann, p.Slug); len(sc.InScope) != 35 || len(sc.Omissions) != 1 {
			t.Fatal("not left out, or no longer shown")
		}
		p.State = program.Closed
		if err := s.Edit(ctx, ann, p); err != nil {
			t.Fatal(err)
		}
		p.To++
		if err := s.Edit(ctx, ann, p); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a closed program changed its dates: %v", err)
		}
		eve := lead("usr_eve", "evil")
		if _, err := s.Get(ctx, eve, p.ID); !fault.Is(err, fault.NotFound) {
			t.Fatalf("another organization: %v", err)
		}
		if list, err := s.List(ctx, eve); err != nil || len(list) != 0 {
			t.Fatalf("another organization lists %d: %v", len(list), err)
		}
	})
}

func TestWrongPrograms(t *testing.T) {
	lib, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	good := program.Suggest(standing.NewDate(2026, 11, 21))
	if err := good.Valid(lib.Criteria()); err != nil || good.From.String() != "2026-12-01" || good.To.String() != "2027-03-01" {
		t.Fatalf("the suggestion: %+v %v", good, err)
	}
	for name, spoil := range map[string]func(*program.Program){
		"no name":         func(p *program.Program) { p.Name = " " },
		"no category":     func(p *program.Program) { p.Categories = nil },
		"other category":  func(p *program.Program) { p.Categories = []criteria.CategoryID{"speed"} },
		"backward":        func(p *program.Program) { p.To = p.From },
		"a mistyped year": func(p *program.Program) { p.To = p.To.AddMonths(120) },
		"no type":         func(p *program.Program) { p.Type = "" },
	} {
		p := program.Suggest(standing.DayOf(time.Unix(0, 0), time.UTC))
		spoil(&p)
		if err := p.Valid(lib.Criteria()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
