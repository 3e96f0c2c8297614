package check_test

import (
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/ledger"
	"assay/internal/resource"
	"assay/internal/rule"
)

// sweep judges what is not spared; it tells how many runs there were and how
// many entries the log has since.
func (h *house) sweep() (runs []check.Run, entries int64) {
	h.t.Helper()
	size := func() (n int64) {
		h.write(func(tx *db.Tx) error {
			head, err := ledger.Head(tx)
			n = int64(head.Size)
			return err
		})
		return n
	}
	if err := ledger.Settle(h.t.Context(), h.db, h.org); err != nil {
		h.t.Fatal(err)
	}
	before := size()
	runs, err := h.s.Sweep(h.t.Context(), h.lead("usr_a"), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := ledger.Settle(h.t.Context(), h.db, h.org); err != nil {
		h.t.Fatal(err)
	}
	return runs, size() - before
}

// TestASweepSparesWhatItWouldSayAgain holds that nothing is judged twice over the
// same collections, and that everything is that may say something else.
func TestASweepSparesWhatItWouldSayAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		judged := func(why string, status rule.Status) {
			t.Helper()
			if runs, _ := h.sweep(); len(runs) != 1 || runs[0].Status != status {
				t.Fatalf("%s: %+v", why, runs)
			}
			if runs, entries := h.sweep(); len(runs) != 0 || entries != 0 {
				t.Fatalf("%s, and again: %+v, %d entries", why, runs, entries)
			}
		}
		for range 2 { // that nothing was ever collected is said each time
			if runs, _ := h.sweep(); len(runs) != 1 || runs[0].Status != rule.Unknown {
				t.Fatalf("%+v", runs)
			}
		}
		h.collect(true, account("ann", true), account("bob", false))
		judged("collected", rule.Fail)
		hand.Add(time.Hour)
		h.collect(true, account("ann", true), account("bob", false))
		judged("collected, and nothing changed", rule.Fail)

		e, err := h.s.Ask(t.Context(), h.lead("usr_a"), check.Exclusion{
			Check: "test.account.mfa", Ref: resource.Ref{Kind: "test.account", Authority: "acme", ID: "bob"},
			Reason: "Leaves on Friday.", Until: hand.Now().Add(20 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.s.DecideExclusion(t.Context(), h.lead("usr_b"), e.ID, true); err != nil {
			t.Fatal(err)
		}
		judged("an exclusion begins", rule.Pass)
		hand.Add(20 * time.Hour)
		judged("it ends", rule.Fail)

		again, err := h.s.SetParams(t.Context(), h.lead("usr_a"), "test.account.mfa", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.s.Decide(t.Context(), h.lead("usr_b"), again.ID, again.Revision, true); err != nil {
			t.Fatal(err)
		}
		judged("the same words are a new revision", rule.Fail)

		h.collectBy("con_2", true, account("eve", true))
		judged("another connection lists the kind", rule.Fail)
		if _, err := h.s.Run(t.Context(), h.lead("usr_a"), "test.account.mfa"); err != nil {
			t.Fatal(err)
		}
		if runs, _ := h.sweep(); len(runs) != 0 {
			t.Fatalf("after a run of its own: %+v", runs)
		}
		hand.Add(7 * time.Hour) // con_1 is 27 hours old
		for range 2 {
			if runs, _ := h.sweep(); len(runs) != 1 || runs[0].Counts.Unknown != 3 {
				t.Fatalf("stale: %+v", runs)
			}
		}
		h.collect(true, account("ann", true), account("bob", true))
		judged("collected again", rule.Pass)
		if r := h.run(); r.Status != rule.Pass {
			t.Fatalf("a run that is asked for: %+v", r)
		}
	})
}

// TestASweepWaitsForNoFlip holds that time alone has a check judged again.
func TestASweepWaitsForNoFlip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouseOf(t, d, hand, "a", strings.Replace(mfa, "assert: r.mfa", `assert: "r.seen_at > now - days(2)"`, 1))
		bob := connector.Resource{Kind: "test.account", ID: "bob", Fields: map[string]any{
			"name": "bob", "mfa": true, "seen_at": clock.Format(hand.Now().Add(-47 * time.Hour)),
		}}
		h.collect(true, bob)
		for _, step := range []struct {
			after  time.Duration
			runs   int
			status rule.Status
		}{{0, 1, rule.Pass}, {30 * time.Minute, 0, ""}, {30 * time.Minute, 1, rule.Fail}, {time.Hour, 0, ""}} {
			hand.Add(step.after)
			runs, _ := h.sweep()
			if len(runs) != step.runs || step.runs == 1 && runs[0].Status != step.status {
				t.Fatalf("%s later: %+v", step.after, runs)
			}
		}
	})
}
