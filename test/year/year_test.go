package year_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/demo"
	"assay/internal/kit/clock"
	"assay/internal/standing"
	"assay/internal/suite"
)

// lived is the year, made once for all tests.
type lived struct {
	*suite.Suite
	hand  *clock.Hand
	year  *demo.Year
	lead  access.Actor
	first standing.Date
	err   error
}

// data is the folder of the store. TestMain removes it.
var data string //nolint:gochecknoglobals // set once, before any test

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "assay-year-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	data = dir
	return m.Run()
}

//nolint:gochecknoglobals // one store for all tests
var once = sync.OnceValue(func() *lived {
	l := &lived{hand: &clock.Hand{}}
	asOf := time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC)
	l.hand.Set(asOf)
	ctx := context.Background()
	if l.Suite, l.err = app.Open(ctx, suite.Config{Data: data, Rehearsal: true, Now: l.hand.Now}); l.err != nil {
		return l
	}
	if l.year, l.err = demo.Make(ctx, l.Suite, l.hand, demo.Options{AsOf: asOf}); l.err != nil {
		return l
	}
	l.lead = access.Actor{ID: l.year.Users["lead"], Org: l.year.Org.ID, Name: "Priya Raman", Role: access.RoleLead, Door: access.DoorWeb}
	l.first = standing.NewDate(2025, 12, 1)
	return l
})

// larkspur returns the year.
func larkspur(t *testing.T) *lived {
	t.Helper()
	if testing.Short() {
		t.Skip("the year takes half a minute to make: run without -short")
	}
	l := once()
	if l.err != nil {
		t.Fatal(l.err)
	}
	return l
}

func (l *lived) read(t *testing.T, fn func(tx *db.Tx) error) {
	t.Helper()
	grant, err := l.lead.May(access.LogRead)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.DB.Read(t.Context(), grant, fn); err != nil {
		t.Fatal(err)
	}
}

func (l *lived) detail(t *testing.T, id string) control.Detail {
	t.Helper()
	d, err := l.Controls.Get(t.Context(), l.lead, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
