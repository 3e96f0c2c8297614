package trail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/trail"
)

var tom = &trail.Subject{ID: "usr_tom", Names: []string{"Tom Okafor"}, Addresses: []string{"tom@example.com"}}

func erase(t *testing.T, d *db.DB, org string) (n int) {
	t.Helper()
	if err := d.Write(t.Context(), grant(t, actor("ann", org)), func(tx *db.Tx) (err error) {
		n, err = trail.Erase(tx, tom, trail.OnRequest)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Settle(t.Context(), d, org); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestErasedIsGoneAndTheLogIsWhole erases somebody from their own entries and from
// those that mention them, in more than one leaf.
func TestErasedIsGoneAndTheLogIsWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		open(t, d, "a")
		open(t, d, "b")
		who := access.Actor{ID: "usr_tom", Org: "a", Name: "Tom Okafor", Role: access.RoleLead, Door: access.DoorWeb, From: "198.51.100.7"}
		const own = 450
		for range own {
			add(t, d, who, trail.Act{Noun: "control", Label: "CC6.1"})
		}
		hand.Add(time.Hour)
		add(t, d, actor("ann", "a"), trail.Act{Noun: "user", Object: "usr_tom", Label: "Tom Okafor", Detail: map[string]string{"email": "Tom@Example.com", "role": "viewer → lead"}})
		add(t, d, actor("ann", "a"), trail.Act{Noun: "task", Label: "Ask Tom Okafor, or tom@example.com.", Detail: map[string]string{"to": "Tom Okaforson"}})
		add(t, d, actor("ann", "a"), trail.Act{Noun: "task", Label: "Nothing of his"})
		add(t, d, actor("eve", "b"), trail.Act{Noun: "task", Label: "Tom Okafor"})
		if n := erase(t, d, "a"); n != own+2 {
			t.Errorf("in %d entries, want %d", n, own+2)
		}
		if n := erase(t, d, "a"); n != 0 {
			t.Errorf("again in %d entries", n)
		}
		err := d.Read(t.Context(), grant(t, actor("ann", "a")), func(tx *db.Tx) error {
			list, err := trail.List(tx, trail.Filter{Limit: 2_000})
			if err != nil {
				return err
			}
			text := fmt.Sprintf("%+v", list)
			for _, gone := range []string{"Tom Okafor ", "Tom Okafor,", "om@", "198.51.100.7"} {
				if strings.Contains(text, gone) {
					t.Errorf("%q is there", gone)
				}
			}
			for _, stays := range []string{"Tom Okaforson", "viewer → lead", "CC6.1", "usr_tom", "Nothing of his", "Ask erased, or erased."} {
				if !strings.Contains(text, stays) {
					t.Errorf("%q is gone", stays)
				}
			}
			if _, err := ledger.Verify(tx); err != nil {
				t.Errorf("the log: %v", err)
			}
			return opensAll(t, tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = d.Read(t.Context(), grant(t, actor("eve", "b")), func(tx *db.Tx) error {
			if list, err := trail.List(tx, trail.Filter{Query: "Tom Okafor"}); err != nil || len(list) != 1 {
				t.Errorf("another organization's: %d, %v", len(list), err)
			}
			return nil
		})
	})
}

// opensAll holds every entry to the leaf that commits to it.
func opensAll(t *testing.T, tx *db.Tx) error {
	t.Helper()
	return trail.EachSealed(tx, time.Time{}, time.Time{}, func(s trail.Sealed) error {
		id, path := s.Leaf, "detail"
		if s.Erased != "" {
			id, path = s.Erased, s.Leaf
		}
		place, err := ledger.Find(tx, id)
		if err != nil {
			return err
		}
		l, err := ledger.Read(tx, place.Index)
		if err != nil {
			return err
		}
		e, err := tlog.Decode(l.Bytes)
		if err != nil {
			return err
		}
		if c := tlog.Commit(s.Salt, path, s.Detail); e.Commit[path] != tlog.B64(c[:]) {
			t.Errorf("%s is not what %s commits to", s.Leaf, id)
		}
		for _, personal := range []string{"Okafor", "tom@"} {
			if strings.Contains(string(l.Bytes), personal) {
				t.Errorf("%s holds %s", id, personal)
			}
		}
		return nil
	})
}

// TestWordsAreErasedWhole draws texts around a name: what is left never holds it as a
// word, and nothing else changes.
func TestWordsAreErasedWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"Tom Okafor", "tom@example.com", "TOM@EXAMPLE.COM", "x", " ", ".", "é", "İ", "<", "Tom", "\xff"}), 0, 9).Draw(t, "parts")
		text := strings.Join(parts, "")
		got := tom.Scrub(text)
		if again := tom.Scrub(got); again != got {
			t.Fatalf("%q, then %q", got, again)
		}
		if strings.Contains(" "+got+" ", " Tom Okafor ") {
			t.Fatalf("%q of %q", got, text)
		}
		if !strings.Contains(strings.ToLower(text), "tom okafor") && !strings.Contains(strings.ToLower(text), "tom@example.com") && got != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// TestANameErasesNoWordOfOthers erases people who had called themselves as entries say
// what was done.
func TestANameErasesNoWordOfOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		open(t, d, "a")
		add(t, d, actor("ann", "a"), trail.Act{Noun: "user", Object: "usr_eve", Label: "Eve", Detail: map[string]string{"role": "viewer → lead", "approved": "yes"}})
		add(t, d, access.Actor{ID: "usr_sly", Org: "a", Name: "lead", Role: access.RoleLead, Door: access.DoorWeb}, trail.Act{Noun: "control", Label: "lead"})
		sly := &trail.Subject{ID: "usr_sly", Names: []string{"lead", "viewer → lead", "yes"}}
		if err := d.Write(t.Context(), grant(t, actor("ann", "a")), func(tx *db.Tx) error {
			n, err := trail.Erase(tx, sly, trail.OnRequest)
			if n != 1 {
				t.Errorf("in %d entries, want their own", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for _, e := range list(t, d, "a", trail.Filter{}) {
			if e.Object == "usr_eve" && (e.Detail["role"] != "viewer → lead" || e.Detail["approved"] != "yes") {
				t.Errorf("%+v", e)
			}
		}
	})
}
