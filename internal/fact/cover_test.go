package fact_test

import (
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/kit/clock"
)

// A source that lists only what is new covers the period together with what it
// listed before, and its events stay.
func TestListingsOfEventsAddUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
		merge := func(id string) connector.Resource {
			return connector.Resource{Kind: "test.merge", ID: id, Fields: map[string]any{"at": day(1), "reviewed": true}}
		}
		list := func(complete bool, from, to time.Time, rs ...connector.Resource) {
			t.Helper()
			s := h.begin()
			for _, r := range rs {
				if err := s.Put(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := s.Finish(t.Context(), fact.Result{Reports: []connector.Report{
				{Kind: "test.merge", Items: len(rs), Complete: complete, From: from, To: to},
			}}); err != nil {
				t.Fatal(err)
			}
		}
		want := func(from, to time.Time, items int, events string) fact.Listing {
			t.Helper()
			h.want("test.merge", events)
			var out []fact.Listing
			if err := d.Read(t.Context(), h.grant(access.FactRead), func(tx *db.Tx) (err error) {
				out, err = fact.Listings(tx, "test.merge", []string{"con_1"})
				return err
			}); err != nil || len(out) != 1 {
				t.Fatalf("%+v %v", out, err)
			}
			if l := out[0]; !l.From.Equal(from) || !l.To.Equal(to) || l.Items != items {
				t.Errorf("it covers %s to %s with %d, want %s to %s with %d", l.From, l.To, l.Items, from, to, items)
			}
			return out[0]
		}
		covered := func(since time.Time, parameters map[string]string) (until time.Time) {
			t.Helper()
			if err := d.Read(t.Context(), h.grant(access.FactRead), func(tx *db.Tx) error {
				all, err := fact.Covered(tx, "con_1", parameters)
				run := connector.NewRun(clock.System, nil, nil, nil)
				run.SetCovered(all, since)
				until = run.Covered("test.merge")
				if later := run.CoveredSince("test.merge", since.AddDate(0, 0, 1)); !until.IsZero() && !later.Equal(until) {
					t.Errorf("since a day later it covers until %s, not %s", later, until)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return until
		}
		if got := covered(day(1), nil); !got.IsZero() {
			t.Errorf("before anything was listed it covers until %s", got)
		}
		list(true, day(1), day(5), merge("1"), merge("2"))
		changed := want(day(1), day(5), 2, "1 2").Changed
		list(true, day(3), day(8), merge("2"))
		if l := want(day(1), day(8), 2, "1 2"); l.Changed != changed {
			t.Error("the events are the same, and it says that they changed")
		}
		list(false, day(6), day(9), merge("3"))
		want(day(6), day(9), 1, "1 2 3") // what is incomplete speaks for itself alone
		if got := covered(day(1), nil); !got.Equal(day(8)) {
			t.Errorf("it covers until %s", got)
		}
		list(true, day(7), day(10), merge("3"), merge("4"), merge("5"))
		want(day(1), day(10), 3, "1 2 3 4 5")
		if got := covered(day(1), map[string]string{"branch": "other"}); !got.IsZero() {
			t.Errorf("with other parameters it covers until %s", got)
		}
		if got := covered(day(1).Add(-time.Hour), nil); !got.IsZero() {
			t.Errorf("since before the first listing it covers until %s", got)
		}
		list(true, day(11), day(12))
		want(day(11), day(12), 0, "1 2 3 4 5") // a day is missing
	})
}
