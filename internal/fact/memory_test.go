package fact_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
)

// TestMemoryChangesNothing collects through two memories, as two replicas do,
// and through none, with collections that are given up in between, and holds
// every collection equal to what sets say.
func TestMemoryChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "org_memory")
		replicas := []*fact.Memory{{}, {}, nil}
		draw := rand.New(rand.NewPCG(7, 11))
		was := map[string]bool{}
		roots := map[string]tlog.Hash{}
		for i := range 60 {
			now := map[string]bool{}
			for n := range 6 {
				if draw.IntN(10) < 8 {
					now[fmt.Sprintf("a%d", n)] = i/5%2 == 0 || n > 1
				}
			}
			if i%3 == 2 {
				now = maps.Clone(was)
			}
			s, err := replicas[draw.IntN(len(replicas))].Begin(t.Context(), h.db, h.ring, h.grant(access.ConnectorSync),
				fact.Origin{Connection: "con_1", Connector: "test", Version: "1", Scope: "acme"}, kinds)
			if err != nil {
				t.Fatal(err)
			}
			for id, mfa := range now {
				r := connector.Resource{Kind: "test.account", ID: id, Fields: map[string]any{"name": id, "mfa": mfa}}
				if err := s.Put(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			if i%7 == 6 {
				if err := s.Abort(t.Context(), "It was given up."); err != nil {
					t.Fatal(err)
				}
				continue
			}
			c, err := s.Finish(t.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.account", Items: len(now), Complete: true}}})
			if err != nil {
				t.Fatal(err)
			}
			added, removed := 0, 0
			for id, mfa := range now {
				if old, had := was[id]; !had || old != mfa {
					added++
				}
			}
			for id, mfa := range was {
				if kept, has := now[id]; !has || kept != mfa {
					removed++
				}
			}
			if c.Items != len(now) || c.Added != added || c.Removed != removed {
				t.Fatalf("collection %d: %d listed, %d came, %d went; want %d, %d, %d", i, c.Items, c.Added, c.Removed, len(now), added, removed)
			}
			content := fmt.Sprint(now)
			if root, seen := roots[content]; seen && root != c.Root {
				t.Fatalf("collection %d: the same resources have the root %s and %s", i, root, c.Root)
			}
			roots[content] = c.Root
			was = now
			if got := h.members("test.account"); !slices.Equal(got, shown(now)) {
				t.Fatalf("collection %d shows %v, want %v", i, got, shown(now))
			}
		}
	})
}

func shown(accounts map[string]bool) (out []string) {
	for id, mfa := range accounts {
		if mfa {
			id += "+mfa"
		}
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}
