package check_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/ledger"
)

// broken is how many batches Recover notes, and what the log says of all time.
func (h *house) broken(want, logged int) {
	h.t.Helper()
	h.write(func(tx *db.Tx) error {
		silent, err := check.Silent(tx)
		if err != nil {
			return err
		}
		if n, err := check.Recover(tx); err != nil || n != want || silent != want {
			h.t.Errorf("recovered %d, silent %d, want %d: %v", n, silent, want, err)
		}
		return nil
	})
	if err := ledger.Settle(h.t.Context(), h.db, h.org); err != nil {
		h.t.Fatal(err)
	}
	h.write(func(tx *db.Tx) error {
		n, err := db.One(tx, db.Value[int], `SELECT count(*) FROM ledger_leaf WHERE org_id = $1 AND type = 'check.broken'`, tx.Org())
		if n != logged {
			h.t.Errorf("the log says %d times that a run broke, want %d", n, logged)
		}
		return err
	})
}

func TestRecoverLeavesABatchThatLives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		h.collect(true, account("bob", false))
		beat := make(chan time.Time)
		h.s.Beat = beat
		b, ctx, err := h.s.Begin(t.Context(), h.lead("usr_a"))
		if err != nil {
			t.Fatal(err)
		}
		hand.Add(check.Silence)
		h.broken(0, 0) // another replica starts
		beat <- hand.Now()
		beat <- hand.Now() // taken when the first was written
		hand.Add(check.Silence)
		h.broken(0, 0)
		if err := b.Finish(ctx); err != nil {
			t.Fatal(err)
		}
		b.End()
		hand.Add(time.Hour)
		h.broken(0, 0)
	})
}

func TestASilentBatchIsNotedAndStoresNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		h.collect(true, account("bob", false))
		beat := make(chan time.Time)
		h.s.Beat = beat
		b, ctx, err := h.s.Begin(t.Context(), h.lead("usr_a"))
		if err != nil {
			t.Fatal(err)
		}
		hand.Add(check.Silence + time.Millisecond)
		h.broken(1, 1)
		h.broken(0, 1)
		if err := b.Finish(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Errorf("what was taken for dead is stored: %v", err)
		}
		beat <- hand.Now()
		<-ctx.Done()
		if !fault.Is(context.Cause(ctx), fault.Conflict) {
			t.Errorf("it is told: %v", context.Cause(ctx))
		}
		b.End()
		h.broken(0, 1)
		h.run()
	})
}

func TestABatchThatFailsIsNotedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		h.collect(true, account("bob", false))
		wrong := errors.New("the standing cannot be stored")
		h.s.Then = func(*db.Tx) error { return wrong }
		if _, err := h.s.Run(t.Context(), h.lead("usr_a")); !errors.Is(err, wrong) {
			t.Fatal(err)
		}
		h.broken(0, 1)
	})
}
