package anchor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/anchor"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export/exporttest"
	"assay/internal/kit/clock"
	"assay/internal/kit/tlog"
	"assay/internal/kit/tsa/tsatest"
)

func read(t *testing.T, h *exporttest.House, fn func(tx *db.Tx) error) {
	t.Helper()
	g, err := access.Job(h.Org.ID, "test").May(access.LogRead)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Read(t.Context(), g, fn); err != nil {
		t.Fatal(err)
	}
}

// TestDecisionsAreStampedSoon holds that what people decided does not wait for
// the hour, and that an authority that is away is not asked every minute.
func TestDecisionsAreStampedSoon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := exporttest.New(t, d, hand, "test.invalid")
		o := h.Outside()
		due := func() (due bool) {
			read(t, h, func(tx *db.Tx) (err error) {
				due, err = o.Service.Due(tx)
				return err
			})
			return due
		}
		o.Round()
		hand.Add(time.Hour)
		if due() {
			t.Error("nothing was decided")
		}
		h.Little() // approves an exclusion
		h.Sign()
		hand.Add(time.Hour)
		if !due() {
			t.Error("an approval waits")
		}
		o.Lost["north"], o.Lost["south"] = true, true
		o.Round()
		if due() {
			t.Error("asked again at once")
		}
		hand.Add(10 * time.Minute)
		if !due() {
			t.Error("given up")
		}
		o.Lost["north"], o.Lost["south"] = false, false
		o.Round()
		hand.Add(10 * time.Minute)
		if due() {
			t.Error("it is stamped")
		}
		read(t, h, func(tx *db.Tx) error {
			stamp, seen, err := anchor.Since(tx, 3)
			if stamp.At.IsZero() || stamp.Size <= 3 || seen.By != o.Witness.Key().String() {
				t.Errorf("%+v %+v", stamp, seen)
			}
			return err
		})
	})
}

// TestNothingNewIsNotShownAgain holds that the entries which others' words make
// do not make them be asked again.
func TestNothingNewIsNotShownAgain(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	o := h.Outside()
	size, err := o.Service.Round(t.Context(), h.Org.ID)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		hand.Add(time.Hour)
		if _, err := o.Service.Round(t.Context(), h.Org.ID); err != nil {
			t.Fatal(err)
		}
	}
	if end := h.Sign().Size; end != size+1 { // the cosignature's entry
		t.Errorf("%d entries, and %d were seen", end, size)
	}
}

func TestConfiguration(t *testing.T) {
	dir := t.TempDir()
	w, err := tlog.NewCosigner("witness.invalid/w", make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := anchor.Load(filepath.Join(dir, "absent")); err != nil || c.Any() {
		t.Errorf("%+v %v", c, err)
	}
	a := tsatest.New(t, func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) })
	policy := "witness w " + w.Key().String() + " https://witness.invalid\nquorum none\n"
	for _, c := range []struct{ why, witnesses, authorities, roots, want string }{
		{"all", policy, "north https://north.invalid/tsr\n# more\nsouth http://south.invalid\n", string(a.PEM()), ""},
		{"a witness alone", policy, "", "", ""},
		{"no roots", "", "north https://north.invalid", "", "certificates"},
		{"roots that are none", "", "north https://north.invalid", "x", "no certificate"},
		{"a witness without an address", strings.Replace(policy, " https://witness.invalid", "", 1), "", "", "is not an address"},
		{"another address", "", "north ftp://north.invalid", string(a.PEM()), "is not an address"},
		{"a name twice", "", "north https://a.invalid\nnorth https://b.invalid", string(a.PEM()), "named twice"},
		{"a name of other letters", "", "North https://a.invalid", string(a.PEM()), "small letters"},
		{"no policy", "witness w", "", "", "line 1"},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"witnesses": c.witnesses, "authorities": c.authorities, "roots.pem": c.roots} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := anchor.Load(dir)
		if c.want == "" && (err != nil || !got.Any()) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

// TestAnotherOrganizationSeesNothing holds that what others said of one log says
// nothing of another's.
func TestAnotherOrganizationSeesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h, other := exporttest.New(t, d, hand, "test.invalid"), exporttest.New(t, d, hand, "other.invalid")
		o := h.Outside()
		size, err := o.Service.Round(t.Context(), h.Org.ID)
		if err != nil {
			t.Fatal(err)
		}
		read(t, h, func(tx *db.Tx) error {
			stamp, seen, err := anchor.Since(tx, 0)
			if stamp.By == "" || seen.By == "" {
				t.Errorf("its own: %+v %+v", stamp, seen)
			}
			return err
		})
		read(t, other, func(tx *db.Tx) error {
			stamp, seen, err := anchor.Since(tx, 0)
			if err != nil {
				return err
			}
			lines, err := anchor.Cosignatures(tx, size)
			if err != nil {
				return err
			}
			state, err := o.Service.State(tx)
			if stamp.By != "" || seen.By != "" || len(lines) > 0 || state.Authorities[0].Size != 0 || state.Witnesses[0].Size != 0 {
				t.Errorf("%+v %+v %q %+v", stamp, seen, lines, state)
			}
			return err
		})
	})
}
