package db_test

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

func grantOf(t *testing.T, org string) access.Grant {
	t.Helper()
	g, err := access.Console(org).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// fill puts rows of every type into the store, of two organizations and of none.
func fill(t *testing.T, d *db.DB) {
	t.Helper()
	if err := d.WriteInstallation(t.Context(), func(tx *db.Tx) error {
		for _, org := range []string{"a", "b"} {
			if _, err := tx.Exec(`INSERT INTO org_org (id, slug, name, zone, demo, created_at) VALUES ($1, $1, $2, 'UTC', $3, $4)`,
				org, "Å \"<\\\n\u2028"+org, org == "b", int64(math.MaxInt64)); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO job_queue (id, org_id, name, arg, unique_key, due_at, state, created_at) VALUES ('j', 'a', 'x', '', NULL, -1, 'queued', 0)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, org := range []string{"a", "b"} {
		if err := d.Write(t.Context(), grantOf(t, org), func(tx *db.Tx) error {
			for i := range 3 {
				if _, err := tx.Exec(`INSERT INTO ledger_leaf (org_id, idx, id, type, stream, at, hash, leaf) VALUES ($1, $2, $3, 't', 's', 0, $4, $5)`,
					org, 2-i, string(rune('a'+i)), []byte{0, 255, byte(i)}, []byte{}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func dump(t *testing.T, d *db.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := d.Dump(t.Context(), &b, []string{"auth_session"}, map[string]string{"ledger_leaf": "org_id, idx"}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A copy of either engine is the same text, and fills either.
func TestACopyIsTheSameOnBothEngines(t *testing.T) {
	var first []byte
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		fill(t, d)
		made := dump(t, d)
		if first == nil {
			first = made
		}
		if !bytes.Equal(made, first) {
			t.Error("the engines write different copies")
		}
		for _, url := range []string{filepath.Join(t.TempDir(), "copy.db"), dbtest.Another(t)} {
			if url == "" {
				continue
			}
			n, err := db.Load(t.Context(), db.Config{URL: url}, bytes.NewReader(made))
			if err != nil || n != 9 {
				t.Fatalf("%d rows: %v", n, err)
			}
			again, err := db.Open(t.Context(), db.Config{URL: url})
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(dump(t, again), made) {
				t.Error("what was filled gives another copy")
			}
			if err := again.Close(); err != nil {
				t.Error(err)
			}
			if _, err := db.Load(t.Context(), db.Config{URL: url}, bytes.NewReader(made)); !fault.Is(err, fault.Conflict) {
				t.Errorf("filled twice: %v", err)
			}
		}
	})
}

// What was cut off or altered is not taken for whole.
func TestACopyThatWasCutIsRefused(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	fill(t, d)
	made := dump(t, d)
	whole := func(b []byte) error {
		_, _, err := db.ReadDump(bytes.NewReader(b), func(*db.Row) error { return nil })
		return err
	}
	if err := whole(made); err != nil {
		t.Fatal(err)
	}
	for n := range made {
		if whole(made[:n]) == nil {
			t.Fatalf("the first %d of %d bytes pass for whole", n, len(made))
		}
	}
	lines := strings.SplitAfter(string(made), "\n")
	for i := range lines {
		if i == 0 || lines[i] == "" || lines[i][0] != '[' {
			continue
		}
		if whole([]byte(strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), ""))) == nil {
			t.Errorf("without %q it passes for whole", lines[i])
		}
	}
	if whole(append(made, '\n')) == nil {
		t.Error("something behind the end is taken")
	}
}

func TestNothingIsWrittenWhileHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		reason := errors.New("restored")
		write := func() error { return d.Write(t.Context(), grantOf(t, "a"), func(*db.Tx) error { return nil }) }
		d.Hold(reason)
		if err := write(); !errors.Is(err, reason) {
			t.Errorf("written: %v", err)
		}
		if err := d.Read(t.Context(), grantOf(t, "a"), func(*db.Tx) error { return nil }); err != nil {
			t.Errorf("not read: %v", err)
		}
		d.Hold(nil)
		if err := write(); err != nil {
			t.Errorf("not written: %v", err)
		}
	})
}
