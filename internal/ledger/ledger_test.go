package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
)

func grant(t *testing.T, org string) access.Grant {
	t.Helper()
	g, err := access.Console(org).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func open(t *testing.T, d *db.DB, ring *keys.Ring, org string) {
	t.Helper()
	err := d.Write(t.Context(), grant(t, org), func(tx *db.Tx) error {
		if _, err := ring.Create(tx, org, "test.invalid/soc2/"+org); err != nil {
			return err
		}
		return ledger.Open(tx, "test.invalid/soc2/"+org)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, d *db.DB, org string, n int) {
	t.Helper()
	for i := range n {
		err := d.Write(t.Context(), grant(t, org), func(tx *db.Tx) error {
			_, err := ledger.Append(tx,
				ledger.Entry{Type: "test.intent", Stream: fmt.Sprintf("s/%d", i%3), Body: map[string]any{"i": i}},
				ledger.Entry{Type: "test.result", Stream: fmt.Sprintf("s/%d", i%3), Body: map[string]any{"i": i}})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestLogGrowsVerifiesAndProves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		open(t, d, ring, "a")
		open(t, d, ring, "b")
		add(t, d, "a", 300)
		add(t, d, "b", 5)
		cp, err := ledger.Sign(t.Context(), d, ring, "a")
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), grant(t, "a"), func(tx *db.Tx) error {
			v, err := ledger.Verify(tx)
			if err != nil {
				return err
			}
			if v.Leaves != 601 || cp.Size != 601 {
				t.Fatalf("%d leaves, signed %d", v.Leaves, cp.Size)
			}
			o, err := ring.Open(tx)
			if err != nil {
				return err
			}
			head, err := tlog.OpenCheckpoint(cp.Note, o.Signer().Verifier())
			if err != nil || head.Root != v.Root {
				t.Fatalf("signed head: %v", err)
			}
			at := ledger.Subtrees(tx, head.Size)
			for _, i := range []uint64{0, 1, 255, 256, 600} {
				l, err := ledger.Read(tx, int64(i))
				if err != nil {
					return err
				}
				path, err := tlog.ProveInclusion(i, head.Size, at)
				if err != nil {
					return err
				}
				if err := tlog.VerifyInclusion(i, head.Size, l.Hash, path, head.Root); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestAnotherOrganizationSeesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		open(t, d, ring, "a")
		add(t, d, "a", 2)
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		var first ledger.Leaf
		err := d.Read(t.Context(), grant(t, "a"), func(tx *db.Tx) (err error) {
			if first, err = ledger.Read(tx, 1); err != nil {
				return err
			}
			if p, found, err := ledger.FindHash(tx, first.Hash); err != nil || !found || p.Index != 1 {
				t.Errorf("by its own hash: %+v %t %v", p, found, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), grant(t, "evil"), func(tx *db.Tx) error {
			if _, err := ledger.Read(tx, 1); !fault.Is(err, fault.NotFound) {
				t.Errorf("reads a leaf: %v", err)
			}
			if _, found, err := ledger.FindHash(tx, first.Hash); found || err != nil {
				t.Errorf("finds a leaf by its hash: %v", err)
			}
			if _, err := ledger.Head(tx); !fault.Is(err, fault.NotFound) {
				t.Errorf("reads the head: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Write(t.Context(), grant(t, "evil"), func(tx *db.Tx) error {
			_, err := ledger.Append(tx, ledger.Entry{Type: "x", Stream: "s/0"})
			return err
		})
		if err == nil {
			t.Error("appends without a log")
		}
	})
}

// tamper changes stored rows as a database administrator would.
func tamper(t *testing.T, d *db.DB, stmt string, args ...any) {
	t.Helper()
	if err := d.Write(t.Context(), grant(t, "a"), func(tx *db.Tx) error {
		n, err := tx.Exec(stmt, args...)
		if n == 0 {
			t.Fatal("nothing was changed")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestTamperingIsFoundAndNotSigned(t *testing.T) {
	forged, err := (&tlog.Envelope{Type: "test.result", Log: "test.invalid/soc2/a", ID: "lf_x", Stream: "s/9", At: dbtest.Start()}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	hash := tlog.LeafHash(forged)
	for name, stmt := range map[string]struct {
		sql  string
		args []any
	}{
		"a leaf is edited":           {`UPDATE ledger_leaf SET leaf = $1 WHERE idx = 4`, []any{forged}},
		"a leaf and its hash":        {`UPDATE ledger_leaf SET leaf = $1, hash = $2 WHERE idx = 4`, []any{forged, hash[:]}},
		"a leaf is removed":          {`DELETE FROM ledger_leaf WHERE idx = 4`, nil},
		"the newest leaf is removed": {`DELETE FROM ledger_leaf WHERE idx = 6`, nil},
		"two leaves are swapped":     {`UPDATE ledger_leaf SET idx = CASE idx WHEN 4 THEN -1 ELSE idx END`, nil},
		"the root is edited":         {`UPDATE ledger_head SET frontier = $1, size = 1`, []any{hash[:]}},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := dbtest.SQLite(t)
			ring := keys.New(secret.NewKey(), t.TempDir())
			open(t, d, ring, "a")
			add(t, d, "a", 3)
			if _, err := ledger.Sign(t.Context(), d, ring, "a"); err != nil {
				t.Fatal(err)
			}
			tamper(t, d, stmt.sql, stmt.args...)
			err := d.Read(t.Context(), grant(t, "a"), func(tx *db.Tx) error {
				_, err := ledger.Verify(tx)
				return err
			})
			if !fault.Is(err, fault.Tampered) {
				t.Fatalf("not found: %v", err)
			}
		})
	}
}

func TestAnOldCopyIsNotSigned(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	marks := t.TempDir()
	master := secret.NewKey()
	ring := keys.New(master, marks)
	open(t, d, ring, "a")
	add(t, d, "a", 3)
	if _, err := ledger.Sign(t.Context(), d, ring, "a"); err != nil {
		t.Fatal(err)
	}
	// The same keys and mark, but a store that has another history.
	tamper(t, d, `UPDATE ledger_leaf SET hash = $1 WHERE idx = 2`, make([]byte, 32))
	add(t, d, "a", 1)
	if _, err := ledger.Sign(t.Context(), d, ring, "a"); !fault.Is(err, fault.Tampered) {
		t.Fatalf("signed a fork: %v", err)
	}
}

func TestALeafLiesBetweenTwoSignedHeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		open(t, d, ring, "a")
		var at []time.Time
		for range 2 {
			hand.Add(time.Hour)
			at = append(at, hand.Now())
			if _, err := ledger.Sign(t.Context(), d, ring, "a"); err != nil {
				t.Fatal(err)
			}
			add(t, d, "a", 1)
		}
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		for i, want := range [][2]time.Time{{{}, at[0]}, {at[0], at[1]}, {at[0], at[1]}, {at[1], {}}} {
			err := d.Read(t.Context(), grant(t, "a"), func(tx *db.Tx) error {
				after, by, err := ledger.Between(tx, int64(i))
				if !after.Equal(want[0]) || !by.Equal(want[1]) {
					t.Errorf("leaf %d: after %s, by %s, want %s", i, after, by, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestConcurrentWritersLoseNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		open(t, d, ring, "a")
		g := grant(t, "a")
		var wg sync.WaitGroup
		errs := make(chan error, 400)
		for w := range 8 {
			wg.Go(func() {
				for i := range 20 {
					errs <- d.Write(t.Context(), g, func(tx *db.Tx) error {
						_, err := ledger.Append(tx, ledger.Entry{Type: "t", Stream: fmt.Sprint("w", w), Body: map[string]any{"i": i}})
						return err
					})
					if i%5 == 0 {
						errs <- ledger.Settle(t.Context(), d, "a")
					}
				}
			})
		}
		wg.Wait()
		close(errs)
		var all []error
		for err := range errs {
			all = append(all, err)
		}
		if err := errors.Join(all...); err != nil {
			t.Fatal(err)
		}
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), g, func(tx *db.Tx) error {
			v, err := ledger.Verify(tx)
			if err == nil && v.Leaves != 161 {
				t.Fatalf("%d leaves, want 161", v.Leaves)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
