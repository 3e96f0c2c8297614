package check_test

import (
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/resource"
	"assay/internal/rule"
)

// TestFreshnessOfASource: one age is proposed for every check that needs what a
// source brings, another person decides about all of them, and nothing else is
// touched.
func TestFreshnessOfASource(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		ann, ben := h.lead("usr_a"), h.lead("usr_b")
		for _, own := range []string{
			"id: own.named\nversion: 1\ntitle: Named\nkind: test.account\nassert: r.name != ''\nfreshness: 26h\nseverity: low\n",
			"id: own.slow\nversion: 1\ntitle: Slow\nkind: test.account\nassert: r.name != ''\nfreshness: 30d\nseverity: low\n",
		} {
			p, err := h.s.Propose(t.Context(), ann, []byte(own), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.s.Decide(t.Context(), ben, p.ID, p.Revision, true); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := h.s.Freshness(t.Context(), ann, nil); err != nil || len(list) != 0 {
			t.Fatalf("of no kind: %v, %v", list, err)
		}
		for age, want := range map[string]fault.Kind{"soon": fault.Invalid, "20d": fault.Invalid, "1m": fault.Invalid} {
			if _, err := h.s.ProposeFreshness(t.Context(), ann, kinds, age); !fault.Is(err, want) {
				t.Errorf("%s: %v", age, err)
			}
		}
		if _, err := h.s.SetParams(t.Context(), ann, "test.account.mfa", map[string]string{"unused": "2"}); err != nil {
			t.Fatal(err)
		}
		done, err := h.s.ProposeFreshness(t.Context(), ann, kinds, "8d")
		if err != nil || len(done) != 2 || done[0].Check != "own.named" || done[0].Proposed != "8d" || done[0].Author != "usr_a" {
			t.Fatalf("proposed %+v, %v", done, err)
		}
		list, err := h.s.Freshness(t.Context(), ann, kinds)
		if err != nil || len(list) != 3 || list[0].Chosen != "" || list[0].Proposed != "8d" || list[1].Proposed != "8d" || list[1].Own != "30d" || !list[2].Waiting {
			t.Fatalf("%+v, %v", list, err)
		}
		if again, err := h.s.ProposeFreshness(t.Context(), ann, kinds, "8d"); err != nil || len(again) != 0 {
			t.Fatalf("twice: %+v, %v", again, err)
		}
		if _, err := h.s.DecideFreshness(t.Context(), ann, kinds, true); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("decided by its author: %v", err)
		}
		viewer := ann
		viewer.Role = access.RoleViewer
		if _, err := h.s.ProposeFreshness(t.Context(), viewer, kinds, "8d"); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("proposed by a viewer: %v", err)
		}
		if _, err := h.s.DecideFreshness(t.Context(), viewer, kinds, true); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("decided by a viewer: %v", err)
		}
		if done, err = h.s.DecideFreshness(t.Context(), ben, kinds, true); err != nil || len(done) != 2 {
			t.Fatalf("decided %+v, %v", done, err)
		}
		if _, err := h.s.DecideFreshness(t.Context(), ben, kinds, true); !fault.Is(err, fault.Conflict) {
			t.Fatalf("decided twice: %v", err)
		}
		got, err := h.s.Get(t.Context(), ann, "own.named")
		if err != nil || got.Values[rule.ParamFreshness] != "8d" || got.Approver != "usr_b" || got.Leaf == "" {
			t.Fatalf("%+v, %v", got.Definition, err)
		}
		if got, err = h.s.Get(t.Context(), ann, "test.account.mfa"); err != nil || got.Values["unused"] != "" {
			t.Fatalf("another change was decided, too: %+v, %v", got.Values, err)
		}
		// back to each check's own
		if done, err = h.s.ProposeFreshness(t.Context(), ben, kinds, ""); err != nil || len(done) != 2 || done[0].Proposed != "26h" {
			t.Fatalf("back: %+v, %v", done, err)
		}
		if done, err = h.s.DecideFreshness(t.Context(), ann, kinds, false); err != nil || len(done) != 2 {
			t.Fatalf("rejected: %+v, %v", done, err)
		}
		if got, err = h.s.Get(t.Context(), ann, "own.named"); err != nil || got.Values[rule.ParamFreshness] != "8d" {
			t.Fatalf("a rejected age holds: %+v, %v", got.Values, err)
		}
		other := []resource.Schema{{Kind: "test.device"}}
		if list, err = h.s.Freshness(t.Context(), ann, other); err != nil || len(list) != 0 {
			t.Fatalf("of another kind: %v, %v", list, err)
		}
	})
}
