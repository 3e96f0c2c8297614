package keys_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

func write(t *testing.T, d *db.DB, org string, fn func(*db.Tx) error) error {
	t.Helper()
	return d.Write(t.Context(), grant(t, org), fn)
}

func installation(t *testing.T, d *db.DB, fn func(*db.Tx) error) error {
	t.Helper()
	return d.WriteInstallation(t.Context(), fn)
}

func TestMasterTurnsUnderThoseWhoServe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		first, second, third := secret.NewKey(), secret.NewKey(), secret.NewKey()
		serving := keys.New(first, "") // before the rotation, and opened one of two
		create(t, d, serving, "a")
		create(t, d, serving, "b")
		before, err := open(t, d, serving, "a")
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := before.Secrets().Seal("x", []byte("plain"))
		if err != nil {
			t.Fatal(err)
		}
		users, err := serving.Users(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		asleep := keys.New(first, "") // opened nothing before

		if err := installation(t, d, func(tx *db.Tx) error { return keys.New(first, "").RotateMaster(tx, second) }); err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*keys.Ring{"serving": serving, "asleep": asleep, "new": keys.New(second, "")} {
			for _, org := range []string{"a", "b"} {
				o, err := open(t, d, r, org)
				if err != nil {
					t.Fatalf("%s does not open %s: %v", name, org, err)
				}
				if plain, err := o.Secrets().Open("x", sealed); (err == nil && string(plain) == "plain") != (org == "a") {
					t.Errorf("%s, %s: %q, %v", name, org, plain, err)
				}
			}
			if k, err := r.Users(t.Context(), d); err != nil || !bytes.Equal(k.Bytes(), users.Bytes()) {
				t.Errorf("%s has another users' key: %v", name, err)
			}
		}
		create(t, d, serving, "c") // by one who began with the old key: under the new
		if _, err := open(t, d, keys.New(second, ""), "c"); err != nil {
			t.Errorf("made under the old key after the rotation: %v", err)
		}
		err = installation(t, d, func(tx *db.Tx) error { return serving.RotateMaster(tx, third) })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("a second rotation before the first is over: %v", err)
		}
		err = installation(t, d, func(tx *db.Tx) error { return serving.RetireMaster(tx, first) })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("ended while the old key is in its place: %v", err)
		}
		if err := installation(t, d, func(tx *db.Tx) error { return serving.RetireMaster(tx, second) }); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, d, keys.New(first, ""), "a"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the retired key opens: %v", err)
		}
		if _, err := keys.New(first, "").Users(t.Context(), d); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the retired key opens what users have: %v", err)
		}
		if err := installation(t, d, func(tx *db.Tx) error { return serving.RotateMaster(tx, third) }); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, d, serving, "b"); err != nil {
			t.Errorf("served through two rotations: %v", err)
		}
	})
}

// A rotation that is broken off after any step leaves a store that opens with what
// is in the folder, and is finished by the next call.
func TestRotationBrokenOffAfterEachStep(t *testing.T) {
	for step := range 4 {
		for _, kind := range []string{"file", "service"} {
			t.Run(fmt.Sprintf("step %d to %s", step, kind), func(t *testing.T) {
				d, _ := dbtest.SQLite(t)
				_, url := vaultServer(t)
				p := place(filepath.Join(t.TempDir(), "keys"))
				to := map[string]string{"file": keys.InFile, "service": url}[kind]
				first, err := p.Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				create(t, d, keys.New(first, ""), "a")
				next := secret.Key{}
				steps := []func() error{
					func() error { next, err = p.Stage(t.Context(), to); return err },
					func() error {
						return installation(t, d, func(tx *db.Tx) error { return keys.New(first, "").RotateMaster(tx, next) })
					},
					func() error { // Promote, killed between removing the old and renaming the new
						return os.Rename(filepath.Join(p.Dir, "master.key"), filepath.Join(t.TempDir(), "aside"))
					},
					func() error { return p.Promote(time.Unix(1, 0)) },
				}
				for _, do := range steps[:step+1] {
					if err := do(); err != nil {
						t.Fatal(err)
					}
				}
				k, err := p.Open(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := open(t, d, keys.New(k, ""), "a"); err != nil {
					t.Fatalf("does not open: %v", err)
				}
				waits, there, err := p.Next(t.Context())
				if err != nil || there != (step < 3) {
					t.Fatalf("waits: %v %v", there, err)
				}
				if step < 3 {
					if _, err := p.Move(t.Context(), keys.InFile); !fault.Is(err, fault.Conflict) {
						t.Errorf("moved in the middle: %v", err)
					}
					var under bool
					if err := installation(t, d, func(tx *db.Tx) error { under, err = keys.Opens(tx, waits); return err }); err != nil || under != (step > 0) {
						t.Fatalf("the store is under what waits: %v %v", under, err)
					}
				}
			})
		}
	}
}

// kept is a table of sealed values for the tests, in memory.
type kept struct {
	sealed map[string][]byte
	breaks int // saves until it breaks off; 0 never
}

func (k *kept) holder() keys.Holder {
	return keys.Holder{
		Name: "values", Table: "t", Column: "c", Purpose: keys.Org.Secrets,
		Batch: func(_ *db.Tx, after keys.Value, n int) (out []keys.Value, _ error) {
			for i := range len(k.sealed) {
				id := fmt.Sprintf("%05d", i)
				if id > after.Key[0] && len(out) < n {
					out = append(out, keys.Value{Key: [2]string{id}, Context: id, Sealed: k.sealed[id]})
				}
			}
			return out, nil
		},
		Save: func(_ *db.Tx, v keys.Value, again []byte) error {
			if k.breaks--; k.breaks == 0 {
				return context.Canceled
			}
			k.sealed[v.Key[0]] = again
			return nil
		},
	}
}

func TestOrganizationsKeyTurns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		master := secret.NewKey()
		serving := keys.New(master, "")
		create(t, d, serving, "a")
		held, err := open(t, d, serving, "a") // by a collection that goes on through the rotation
		if err != nil {
			t.Fatal(err)
		}
		k := kept{sealed: map[string][]byte{}}
		for i := range 450 {
			id := fmt.Sprintf("%05d", i)
			if k.sealed[id], err = held.Secrets().Seal(id, []byte("value "+id)); err != nil {
				t.Fatal(err)
			}
		}
		whole := k.sealed["00007"]
		k.sealed["00007"] = []byte("changed in the table, not sealed by us, long enough to be tried")
		older := k.sealed["00008"]
		content := held.Content()
		hand.Add(time.Minute)
		other := keys.New(master, "") // of the process that rotates
		if err := write(t, d, "a", other.Rotate); err != nil {
			t.Fatal(err)
		}
		all := []keys.Holder{k.holder()}
		k.breaks = 300
		hand.Add(time.Minute)
		if _, err := other.Reseal(t.Context(), d, grant(t, "a"), all); err == nil {
			t.Fatal("did not break off")
		}
		readable := func(when string, r *keys.Ring) {
			t.Helper()
			o, err := open(t, d, r, "a")
			if err != nil {
				t.Fatal(err)
			}
			for id, sealed := range k.sealed {
				plain, err := o.Secrets().Open(id, sealed)
				if broken := string(k.sealed[id][:7]) == "changed"; (err == nil && string(plain) == "value "+id) == broken {
					t.Fatalf("%s: %s is %q, %v", when, id, plain, err)
				}
			}
			if !bytes.Equal(o.Content().Bytes(), content.Bytes()) {
				t.Errorf("%s: all content looks new", when)
			}
		}
		readable("in the middle, served since before", serving)
		if plain, err := held.Secrets().Open("00000", k.sealed["00000"]); err != nil || string(plain) != "value 00000" {
			t.Errorf("opened before the rotation: %q, %v", plain, err)
		}
		readable("in the middle, a new process", keys.New(master, ""))
		retire := func() error {
			return write(t, d, "a", func(tx *db.Tx) error { return other.Retire(tx, all) })
		}
		hand.Add(keys.Grace)
		if err := retire(); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "Not everything") {
			t.Errorf("retired in the middle: %v", err)
		}
		pass := func(changed, closed int) {
			t.Helper()
			hand.Add(time.Minute)
			done, err := keys.New(master, "").Reseal(t.Context(), d, grant(t, "a"), all)
			if err != nil || done.Looked != 450 || done.Changed != changed || done.Closed != closed || (closed > 0) != (done.FirstClosed == "t.c 00007") {
				t.Errorf("%+v, %v", done, err)
			}
		}
		refused := func(kind fault.Kind, words string) {
			t.Helper()
			if err := retire(); !fault.Is(err, kind) || !strings.Contains(err.Error(), words) {
				t.Errorf("retired: %v, not %s", err, words)
			}
		}
		pass(150, 1)
		refused(fault.Conflict, "Not everything") // one opens under no key
		k.sealed["00007"] = whole
		pass(1, 0)
		refused(fault.Conflict, "a moment ago")
		hand.Add(keys.Quiet)
		good := k.sealed["00008"]
		k.sealed["00008"] = older // since the pass, by who had read it before
		refused(fault.Conflict, "1 values are under an older key")
		k.sealed["00008"] = []byte("changed in the table, not sealed by us, long enough to be tried")
		refused(fault.Tampered, "the first in t.c 00008")
		k.sealed["00008"] = good
		pass(0, 0) // which changed nothing, so that nobody waits for it
		if err := retire(); err != nil {
			t.Fatal(err)
		}
		readable("after the older was destroyed", keys.New(master, ""))
		readable("after the older was destroyed, served since before", serving)
		pass(0, 0)
		refused(fault.Conflict, "one key only")
	})
}

func TestYoungRotationIsNotRetired(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		r := keys.New(secret.NewKey(), "")
		create(t, d, r, "a")
		if err := write(t, d, "a", r.Rotate); err != nil {
			t.Fatal(err)
		}
		hand.Add(time.Minute)
		if _, err := r.Reseal(t.Context(), d, grant(t, "a"), nil); err != nil {
			t.Fatal(err)
		}
		retire := func(tx *db.Tx) error { return r.Retire(tx, nil) }
		hand.Add(keys.Grace - 2*time.Minute)
		if err := write(t, d, "a", retire); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "less than a day") {
			t.Errorf("%v", err)
		}
		hand.Add(2 * time.Minute)
		if err := write(t, d, "a", retire); err != nil {
			t.Error(err)
		}
	})
}
