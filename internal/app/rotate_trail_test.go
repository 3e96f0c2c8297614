package app_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/suite"
	"assay/internal/trail"
)

// What is done to the master key is in the trail before it is done, and after it once,
// wherever a kill breaks it off and however often the command is given again.
func TestTheTrailHasEachRotation(t *testing.T) {
	under := func(h *turned, s *suite.Suite, next secret.Key) {
		h.must(s.DB.WriteInstallation(h.Context(), func(tx *db.Tx) error { return s.Keys.RotateMaster(tx, next) }))
	}
	// The killed call is played without what it said first.
	for name, c := range map[string]struct {
		killed func(h *turned, s *suite.Suite, next secret.Key)
		says   []string
	}{
		"nowhere":                      {nil, []string{"to be rotated", "rotated"}},
		"before the store is under it": {func(*turned, *suite.Suite, secret.Key) {}, []string{"to be rotated", "rotated"}},
		"before it is in its place":    {under, []string{"rotated"}},
		"before the trail has it": {func(h *turned, s *suite.Suite, next secret.Key) {
			under(h, s, next)
			h.must(s.Master.Promote(s.Now()))
		}, []string{"rotated"}},
	} {
		t.Run(name, func(t *testing.T) { rotationInTrail(t, c.killed, c.says) })
	}
}

func rotationInTrail(t *testing.T, killed func(h *turned, s *suite.Suite, next secret.Key), rotated []string) {
	hand := &clock.Hand{}
	hand.Set(dbtest.Start())
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Now: func() time.Time { hand.Add(time.Second); return hand.Now() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	h, ids := &turned{T: t}, []string{}
	for _, name := range []string{"Acme", "Brook"} {
		o, err := s.Orgs.Create(t.Context(), org.New{Name: name, Zone: "UTC"})
		h.must(err)
		ids = append(ids, o.ID)
	}
	says := func(want ...string) {
		t.Helper()
		for _, id := range ids {
			list, err := s.Trail(t.Context(), access.Console(id), trail.Filter{})
			h.must(err)
			var got []string
			for i := range list {
				if words := list[i].Detail["master key"]; words != "" {
					got = append(got, words)
				}
			}
			if slices.Reverse(got); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
	if killed != nil {
		next, err := s.Master.Stage(t.Context(), "")
		h.must(err)
		killed(h, s, next)
	}
	_, err = s.RotateMaster(t.Context(), "")
	h.must(err)
	if since, behind, err := s.MasterWaits(t.Context()); err != nil || since.IsZero() || behind {
		t.Errorf("not rotated: %v", err)
	}
	says(rotated...)
	if _, err = s.RotateMaster(t.Context(), ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("again: %v", err)
	}
	says(rotated...)
	h.must(s.RetireMaster(t.Context()))
	ended := append(slices.Clone(rotated), "the one before to be retired", "the one before was retired")
	says(ended...)
	if err := s.RetireMaster(t.Context()); !fault.Is(err, fault.Conflict) {
		t.Errorf("ended again: %v", err)
	}
	says(ended...)

	_, err = s.RotateMaster(t.Context(), "")
	h.must(err)
	ended = append(ended, "to be rotated", "rotated")
	present, err := s.Master.Open(t.Context())
	h.must(err)
	h.must(s.DB.WriteInstallation(t.Context(), func(tx *db.Tx) error { return s.Keys.RetireMaster(tx, present) })) // and killed
	h.must(s.RetireMaster(t.Context()))
	says(append(ended, "the one before was retired")...)
}
