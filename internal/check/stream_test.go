package check_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/ledger"
)

// However much is remembered between batches, the same facts give the same runs
// and the same results: with everything remembered only what changed is judged,
// with nothing every batch reads all, and with less than there is resources the
// population passes by one by one.
func TestWhatIsRememberedChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		whole, forgetful, passing := newHouse(t, d, hand, "a"), newHouse(t, d, hand, "b"), newHouse(t, d, hand, "c")
		passing.s.Most, passing.s.SpoolDir = 2, t.TempDir()
		draw := rand.New(rand.NewPCG(1, 2))
		accounts := map[string]any{}
		for i := range 40 {
			accounts[fmt.Sprintf("u%02d", i)] = true
		}
		for day := range 25 {
			hand.Add(24 * time.Hour)
			for range draw.IntN(4) {
				id := fmt.Sprintf("u%02d", draw.IntN(45))
				switch draw.IntN(3) {
				case 0:
					delete(accounts, id)
				default:
					accounts[id] = draw.IntN(2) == 0
				}
			}
			var listed []connector.Resource
			for id, mfa := range accounts {
				listed = append(listed, account(id, mfa))
			}
			complete := draw.IntN(5) > 0
			if !complete {
				listed = listed[:len(listed)/2]
			}
			forgetful.s = &check.Service{DB: d, Keys: forgetful.ring, Connections: forgetful.s.Connections, Period: forgetful.s.Period}
			var first check.Run
			for i, h := range []*house{whole, forgetful, passing} {
				h.collect(complete, listed...)
				r := h.run()
				if i == 0 {
					first = r
				}
				if r.Status != first.Status || r.Explain != first.Explain || r.Counts != first.Counts || r.Reused != first.Reused {
					t.Fatalf("day %d, house %d: %+v\nwant %+v", day, i, r, first)
				}
			}
		}
		want := whole.told()
		for i, h := range []*house{forgetful, passing} {
			if got := h.told(); !reflect.DeepEqual(got, want) {
				t.Errorf("house %d says\n%v\nwant\n%v", i+1, got, want)
			}
			if err := ledger.Settle(t.Context(), d, h.org); err != nil {
				t.Fatal(err)
			}
			h.write(func(tx *db.Tx) error {
				_, err := ledger.Verify(tx)
				return err
			})
		}
	})
}

// told is every stretch that is stored and no pass, in words.
func (h *house) told() (out []string) {
	h.t.Helper()
	h.write(func(tx *db.Tx) error {
		return check.EachTransition(tx, time.Time{}, time.Time{}, func(s check.Transition) error {
			out = append(out, fmt.Sprintln(s.Ref, s.Label, s.Status, s.Reason, s.Message, s.Since.Unix(), s.Until.Unix(), s.Ended))
			return nil
		})
	})
	return out
}
