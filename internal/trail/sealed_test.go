package trail_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/ledger"
	"assay/internal/trail"
)

// Whoever goes through the trail may ask the store of each entry, and sees each
// once, however many there are of one millisecond.
func TestTheStoreMayBeAskedOfEachEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		open(t, d, "a")
		open(t, d, "b")
		const entries = 1203 // more than two blocks
		err := d.Write(t.Context(), grant(t, actor("ann", "a")), func(tx *db.Tx) error {
			for range entries - 3 {
				if err := trail.Add(tx, trail.Act{Noun: "control", Label: "x"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			hand.Add(time.Hour)
			add(t, d, actor("ann", "a"), trail.Act{Noun: "control", Label: "later"})
			add(t, d, actor("eve", "b"), trail.Act{Noun: "control", Label: "another's"})
		}
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), grant(t, actor("ann", "a")), func(tx *db.Tx) error {
			for name, c := range map[string]struct {
				from, to time.Time
				want     int
			}{
				"all":                    {time.Time{}, time.Time{}, entries},
				"the first millisecond":  {dbtest.Start(), dbtest.Start().Add(time.Millisecond), entries - 3},
				"from on":                {dbtest.Start().Add(time.Hour), time.Time{}, 3},
				"the end is not in it":   {time.Time{}, dbtest.Start().Add(time.Hour), entries - 3},
				"nothing was done there": {dbtest.Start().Add(24 * time.Hour), time.Time{}, 0},
			} {
				var seen []string
				if err := trail.EachSealed(tx, c.from, c.to, func(s trail.Sealed) error {
					seen = append(seen, s.Leaf)
					if len(seen)%100 != 1 {
						return nil
					}
					if !committedBy(t, tx, s) {
						t.Errorf("%s: %s does not verify", name, s.Leaf)
					}
					return nil
				}); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				slices.Sort(seen)
				if n := len(slices.Compact(seen)); n != c.want {
					t.Errorf("%s: %d entries, want %d", name, n, c.want)
				}
			}
			stop := errors.New("stop")
			n := 0
			if err := trail.EachSealed(tx, time.Time{}, time.Time{}, func(trail.Sealed) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
				t.Errorf("%d after a stop: %v", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func committedBy(t *testing.T, tx *db.Tx, s trail.Sealed) bool {
	t.Helper()
	l := leafOf(t, tx, s.Leaf)
	return strings.Contains(string(l.Bytes), "trail.entry") && len(s.Detail) > 0
}

// An odd character in what people typed keeps nothing from being done, and the
// leaf commits to what is stored.
func TestOddTextIsStoredAndCommittedTo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		open(t, d, "a")
		who := actor("ann", "a")
		who.Name, who.From = "A\x00nn \xff", "192.0.2.7"
		detail := map[string]string{"no\x00te": "\xc3(\x00"}
		add(t, d, who, trail.Act{Action: "person.edit", Noun: "person", Object: "p\x001", Label: "Ada \xff\x00", Detail: detail})
		if detail["no\x00te"] == "" {
			t.Error("the caller's detail was changed")
		}
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		e := list(t, d, "a", trail.Filter{})[0]
		if e.Label != "Ada \uFFFD\uFFFD" || e.Detail["no\uFFFDte"] != "\uFFFD(\uFFFD" || e.Object != "p\uFFFD1" {
			t.Errorf("%+v", e)
		}
		if err := d.Read(t.Context(), grant(t, access.Console("a")), func(tx *db.Tx) error {
			return trail.EachSealed(tx, time.Time{}, time.Time{}, func(s trail.Sealed) error {
				if !committed(t, leafOf(t, tx, s.Leaf), s) {
					t.Error("it does not verify")
				}
				return nil
			})
		}); err != nil {
			t.Fatal(err)
		}
	})
}
