package fact_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

func (h *house) beginning() error {
	h.t.Helper()
	_, err := fact.Begin(h.t.Context(), h.db, h.ring, h.grant(access.ConnectorSync),
		fact.Origin{Connection: "con_1", Connector: "test", Version: "1", Scope: "acme"}, kinds)
	return err
}

func (h *house) runs() string {
	h.t.Helper()
	var list []fact.Collection
	if err := h.db.Read(h.t.Context(), h.grant(access.FactRead), func(tx *db.Tx) (err error) {
		list, err = fact.Collections(tx, "con_1", 10)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d %s", c.Seq, c.State))
		if c.IntentLeaf == "" || (c.Leaf != "") != (c.State == fact.Done || c.State == fact.Broken) {
			h.t.Errorf("%+v", c)
		}
	}
	return strings.Join(out, ", ")
}

var whole = fact.Result{Reports: []connector.Report{{Kind: "test.account", Complete: true}, {Kind: "test.merge", Complete: true}}}

// A collection that lives is not begun a second time; one that fell silent is
// taken over, and cannot write any more, not even what it had in hand.
func TestOneCollectionOfAConnectionRunsAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, "a")
		h.collect(true, account("0", true))
		first := h.begin()
		for range 4 {
			hand.Add(fact.Silence)
			if err := h.beginning(); !fault.Is(err, fault.Busy) {
				t.Fatalf("a second collection begins beside one that lives: %v", err)
			}
			if err := first.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := first.Put(t.Context(), account("1", false)); err != nil {
			t.Fatal(err)
		}
		hand.Add(fact.Silence + time.Millisecond)
		second := h.begin()
		if err := first.Beat(t.Context()); !fault.Is(err, fault.Conflict) {
			t.Errorf("the first lives: %v", err)
		}
		for i := range 1500 {
			if err := first.Put(t.Context(), account(fmt.Sprintf("late%d", i), false)); err != nil {
				if !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
				break
			}
		}
		if _, err := first.Finish(t.Context(), whole); !fault.Is(err, fault.Conflict) {
			t.Errorf("the first finished: %v", err)
		}
		if err := second.Put(t.Context(), account("2", true)); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Finish(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		h.want("test.account", "2+mfa")
		if got := h.runs(); got != "3 done, 2 interrupted, 1 done" {
			t.Error(got)
		}
		c := h.collect(true, account("2", true))
		if c.Added != 0 || c.Removed != 0 || c.Items != 2 {
			t.Errorf("what the loser wrote is a member: %+v", c)
		}
	})
}

func TestRecoverLeavesTheLivingAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, "a")
		s := h.begin()
		check := func(want int) {
			t.Helper()
			h.write(func(tx *db.Tx) error {
				silent, err := fact.Silent(tx)
				if err != nil {
					return err
				}
				if n, err := fact.Recover(tx); err != nil || n != want || silent != want {
					t.Errorf("recovered %d, silent %d, want %d: %v", n, silent, want, err)
				}
				return nil
			})
		}
		hand.Add(fact.Silence)
		check(0)
		if err := s.Beat(t.Context()); err != nil {
			t.Fatal(err)
		}
		hand.Add(fact.Silence)
		check(0)
		hand.Add(time.Millisecond)
		check(1)
		check(0)
		hand.Set(dbtest.Start().AddDate(1, 0, 0)) // begun while the clock was wrong
		h.begin()
		hand.Set(dbtest.Start().Add(time.Hour))
		check(1)
		if err := h.beginning(); err != nil {
			t.Error(err)
		}
	})
}

// Another organization's connection of the same id is another connection.
func TestTheSameIDInAnotherOrganizationIsNotInTheWay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		a, b := newHouse(t, d, "a"), newHouse(t, d, "b")
		s := a.begin()
		b.begin()
		hand.Add(fact.Silence + time.Millisecond)
		b.begin()
		if err := s.Beat(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A connector that asks in parallel hands over in parallel.
func TestResourcesComeFromManyGoroutines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		const hands, each = 8, 300 // more than a batch
		s := h.begin()
		var wg sync.WaitGroup
		for g := range hands {
			wg.Go(func() {
				for i := range each {
					if err := s.Put(t.Context(), account(fmt.Sprintf("%d-%d", g, i), true)); err != nil {
						t.Error(err)
						return
					}
					if i%100 == 0 {
						if err := s.Beat(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		c, err := s.Finish(t.Context(), whole)
		if err != nil || c.Items != 2*hands*each || c.Added != c.Items {
			t.Fatalf("%+v %v", c, err)
		}
		if n := len(h.members("test.account")); n != hands*each {
			t.Errorf("%d members", n)
		}
	})
}

// A batch that could not be stored is not lost when the connector does not mind
// the error: a listing that claims to be complete would show it as gone.
func TestABatchThatWasNotStoredIsStoredAtTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		s := h.begin()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		refused := 0
		for i := range 1005 {
			if err := s.Put(over, account(strconv.Itoa(i), true)); errors.Is(err, context.Canceled) {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if refused == 0 {
			t.Fatal("nothing was refused")
		}
		c, err := s.Finish(t.Context(), whole)
		if err != nil || c.Items != 2*1005 || c.Added != c.Items {
			t.Fatalf("%+v %v", c, err)
		}
		if n := len(h.members("test.account")); n != 1005 {
			t.Errorf("%d members", n)
		}
	})
}

// What a connector hands over after it returned is not kept.
func TestNothingIsKeptAfterTheEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		for _, end := range []func(*fact.Session) error{
			func(s *fact.Session) error { _, err := s.Finish(t.Context(), whole); return err },
			func(s *fact.Session) error { return s.Abort(t.Context(), "It was interrupted.") },
		} {
			s := h.begin()
			if err := end(s); err != nil {
				t.Fatal(err)
			}
			if err := s.Put(t.Context(), account("late", true)); err == nil {
				t.Error("it was taken")
			}
		}
	})
}

// One odd name at the source does not keep everything else from being stored.
func TestWhatIsNotTextIsRefusedAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		s := h.begin()
		named := account("2", true)
		named.Fields["name"] = "a\x00b"
		for name, c := range map[string]struct {
			r    connector.Resource
			keep bool
		}{
			"an id with a NUL":         {account("1\x00", true), false},
			"an id that is not UTF-8":  {account("1\xff", true), false},
			"a plain one":              {account("1", true), true},
			"a name with a NUL":        {named, true},
			"a whole id, in other use": {account("é✓", true), true},
		} {
			err := s.Put(t.Context(), c.r)
			if _, refused := errors.AsType[*fact.RefusedError](err); refused == c.keep || !refused && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Finish(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
		h.want("test.account", "1+mfa 2+mfa é✓+mfa")
	})
}
