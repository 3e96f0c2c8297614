package keys_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// What a transaction has changed and undone again is known to nobody: a value under
// such a key would open under none that is stored.
func TestNobodySealsUnderAKeyThatWasNotStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		master := secret.NewKey()
		r, undone := keys.New(master, ""), errors.New("undone")
		create(t, d, r, "a")
		held, err := open(t, d, r, "a")
		if err != nil {
			t.Fatal(err)
		}
		seen := func(tx *db.Tx) error { _, err := r.Open(tx); return errors.Join(err, undone) }
		if err := write(t, d, "a", func(tx *db.Tx) error { return errors.Join(r.Rotate(tx), seen(tx)) }); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		if err := write(t, d, "b", func(tx *db.Tx) error {
			_, err := r.Create(tx, "b", "test.invalid/soc2/b")
			return errors.Join(err, seen(tx))
		}); !errors.Is(err, undone) {
			t.Fatal(err)
		}
		create(t, d, keys.New(master, ""), "b") // by another process, like the next rotation
		if err := write(t, d, "a", keys.New(master, "").Rotate); err != nil {
			t.Fatal(err)
		}
		for _, org := range []string{"a", "b"} {
			o, err := open(t, d, r, org)
			if err != nil {
				t.Fatal(err)
			}
			stored, err := open(t, d, keys.New(master, ""), org)
			if err != nil {
				t.Fatal(err)
			}
			sealers := []keys.Org{o}
			if org == "a" {
				sealers = append(sealers, held)
			}
			for _, by := range sealers {
				sealed, err := by.Secrets().Seal("x", []byte("plain"))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := stored.Secrets().Open("x", sealed); err != nil {
					t.Errorf("%s: sealed under a key that is not stored: %v", org, err)
				}
			}
		}
	})
}

// What a kill at the end of Promote leaves keeps nobody from anything.
func TestLeftoversOfPromoteAreNoRotation(t *testing.T) {
	p := place(filepath.Join(t.TempDir(), "keys"))
	if _, err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(p.Dir, "next")
	if err := errors.Join(os.Mkdir(left, 0o700), os.WriteFile(filepath.Join(left, ".new-1"), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Move(t.Context(), keys.InFile); err != nil {
		t.Errorf("nothing waits, and moving is refused: %v", err)
	}
	if _, there, err := p.Next(t.Context()); err != nil || there {
		t.Errorf("something waits: %v", err)
	}
	if err := p.Promote(time.Unix(1, 0)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
}

func TestTheKeyBeforeIsKeptForOlderBackups(t *testing.T) {
	p := place(filepath.Join(t.TempDir(), "keys"))
	first, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Stage(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if err := p.Promote(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	aside, err := p.Aside()
	if err != nil || len(aside) != 1 || filepath.Base(aside[0]) != "before-20260504T030201.000Z" {
		t.Fatalf("%v %v", aside, err)
	}
	if k, err := place(aside[0]).Open(t.Context()); err != nil || !bytes.Equal(k.Bytes(), first.Bytes()) {
		t.Errorf("kept another: %v", err)
	}
}

func TestOneAtATime(t *testing.T) {
	p := place(filepath.Join(t.TempDir(), "keys"))
	release, err := p.Hold()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Hold(); !fault.Is(err, fault.Conflict) {
		t.Errorf("two at once: %v", err)
	}
	release()
	if release, err = p.Hold(); err != nil {
		t.Fatal(err)
	}
	release()
}

// The trail of each organization has each turn of the master key once.
func TestEachTurnIsToldOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		first, second := secret.NewKey(), secret.NewKey()
		r := keys.New(first, "")
		create(t, d, r, "a")
		tell := func(org string, fails error) (told bool) {
			t.Helper()
			if err := write(t, d, org, func(tx *db.Tx) (err error) {
				told, err = keys.Untold(tx)
				return errors.Join(err, fails)
			}); !errors.Is(err, fails) {
				t.Fatal(err)
			}
			return told
		}
		if tell("a", nil) {
			t.Error("told of a rotation that was not")
		}
		if err := installation(t, d, func(tx *db.Tx) error { return r.RotateMaster(tx, second) }); err != nil {
			t.Fatal(err)
		}
		create(t, d, r, "b")
		if tell("b", nil) {
			t.Error("told of what was before it")
		}
		if !tell("a", context.Canceled) || !tell("a", nil) || tell("a", nil) {
			t.Error("not told once, or not after what was broken off")
		}
		if err := installation(t, d, func(tx *db.Tx) error { return r.RetireMaster(tx, second) }); err != nil {
			t.Fatal(err)
		}
		if !tell("b", nil) || !tell("a", nil) || tell("b", nil) {
			t.Error("the end is not told once")
		}
	})
}

// Whoever opens the key while a rotation puts another in its place gets one of the two,
// and makes none.
func TestOpeningWhileTheKeyIsPutInItsPlace(t *testing.T) {
	p := place(filepath.Join(t.TempDir(), "keys"))
	first, err := p.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	made, opened := map[string]bool{string(first.Bytes()): true}, make(chan []byte, 1<<20)
	stop, done := make(chan struct{}), make(chan error)
	for range 2 {
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				k, err := p.Open(t.Context())
				if err != nil {
					done <- err
					return
				}
				opened <- k.Bytes()
			}
		}()
	}
	for i := range 30 {
		k, err := p.Stage(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		made[string(k.Bytes())] = true
		if err := p.Promote(time.Unix(int64(i), 0)); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("not opened: %v", err)
		}
	}
	close(opened)
	for k := range opened {
		if !made[string(k)] {
			t.Fatal("a key was opened that no rotation made")
		}
	}
	if _, there, err := p.Next(t.Context()); err != nil || there {
		t.Errorf("something waits: %v", err)
	}
}
