package keys_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
)

func grant(t *testing.T, org string) access.Grant {
	t.Helper()
	g, err := access.Console(org).May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func create(t *testing.T, d *db.DB, r *keys.Ring, org string) (o keys.Org) {
	t.Helper()
	if err := d.Write(t.Context(), grant(t, org), func(tx *db.Tx) (err error) {
		o, err = r.Create(tx, org, "test.invalid/soc2/"+org)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return o
}

func open(t *testing.T, d *db.DB, r *keys.Ring, org string) (o keys.Org, err error) {
	t.Helper()
	err = d.Read(t.Context(), grant(t, org), func(tx *db.Tx) (err error) {
		o, err = r.Open(tx)
		return err
	})
	return o, err
}

func TestMasterKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys", "master.key")
	made, err := keys.LoadMaster(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v: %v", filepath.Base(name), info.Mode().Perm(), want, err)
		}
	}
	again, err := keys.LoadMaster(path)
	if err != nil || !bytes.Equal(again.Bytes(), made.Bytes()) {
		t.Fatalf("another key the second time: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660, 0o666} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.LoadMaster(path); !fault.Is(err, fault.Forbidden) {
			t.Errorf("mode %04o: %v", mode, err)
		}
	}
	for _, size := range []int{0, 31, 33} {
		short := filepath.Join(t.TempDir(), "short.key")
		if err := os.WriteFile(short, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.LoadMaster(short); err == nil {
			t.Errorf("a key of %d bytes is taken", size)
		}
	}
}

func TestAnotherMasterOpensNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		master := secret.NewKey()
		made := create(t, d, keys.New(master, ""), "a")
		if _, err := open(t, d, keys.New(secret.NewKey(), ""), "a"); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("another master: %v", err)
		}
		o, err := open(t, d, keys.New(master, ""), "a")
		if err != nil {
			t.Fatal(err)
		}
		if o.Signer().Verifier() != made.Signer().Verifier() {
			t.Error("the log has another key after it was opened again")
		}
		var all [][]byte
		for name, pair := range map[string][2]secret.Key{
			"content": {o.Content(), made.Content()}, "pseudonyms": {o.Pseudonyms(), made.Pseudonyms()},
		} {
			if !bytes.Equal(pair[0].Bytes(), pair[1].Bytes()) {
				t.Errorf("another %s key after it was opened again", name)
			}
			for _, k := range all {
				if bytes.Equal(k, pair[0].Bytes()) {
					t.Errorf("the %s key serves another purpose too", name)
				}
			}
			all = append(all, pair[0].Bytes())
		}
		sealers := []keys.Sealer{o.Personal(), o.Secrets(), o.Blobs()}
		for i, before := range []keys.Sealer{made.Personal(), made.Secrets(), made.Blobs()} {
			sealed, err := before.Seal("context", []byte("plain"))
			if err != nil {
				t.Fatal(err)
			}
			for k := range sealers {
				if plain, err := sealers[k].Open("context", sealed); (err == nil && string(plain) == "plain") != (i == k) {
					t.Errorf("sealed for purpose %d and opened for %d: %q, %v", i, k, plain, err)
				}
			}
		}
	})
}

// A row that a database administrator moves to another organization opens
// nothing there.
func TestKeysBelongToTheirOrganization(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		master := secret.NewKey()
		r := keys.New(master, "")
		a, b := create(t, d, r, "a"), create(t, d, r, "b")
		if bytes.Equal(a.Content().Bytes(), b.Content().Bytes()) {
			t.Fatal("two organizations share a key")
		}
		if _, err := open(t, d, r, "evil"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an organization without keys: %v", err)
		}
		if err := d.Write(t.Context(), grant(t, "b"), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE keys_org SET wrapped = (SELECT wrapped FROM keys_org WHERE org_id = 'a') WHERE org_id = $1`, tx.Org())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, d, keys.New(master, ""), "b"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("opens another organization's key: %v", err)
		}
	})
}

func TestDestroyedKeysStayDestroyed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		master := secret.NewKey()
		create(t, d, keys.New(master, ""), "a")
		if err := d.Write(t.Context(), grant(t, "a"), func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM keys_org WHERE org_id = $1`, tx.Org())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, d, keys.New(master, ""), "a"); !fault.Is(err, fault.NotFound) {
			t.Errorf("opens: %v", err)
		}
	})
}

// grown is a log in memory: its heads and the proofs between them.
type grown struct{ leaves []tlog.Hash }

func (g *grown) at(level int, index uint64) (tlog.Hash, error) {
	var f tlog.Frontier
	for i := index << level; i < (index+1)<<level; i++ {
		f.Append(g.leaves[i], nil)
	}
	return f.Root(), nil
}

func (g *grown) head(n int) tlog.Checkpoint {
	var f tlog.Frontier
	for _, h := range g.leaves[:n] {
		f.Append(h, nil)
	}
	return tlog.Checkpoint{Origin: "test.invalid/soc2/a", Size: uint64(n), Root: f.Root()}
}

func TestOnlyWhatExtendsTheMarkIsSigned(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	dir := t.TempDir()
	master := secret.NewKey()
	ring := keys.New(master, dir)
	o := create(t, d, ring, "a")
	honest, forged := &grown{}, &grown{}
	for i := range 20 {
		honest.leaves = append(honest.leaves, tlog.LeafHash([]byte{byte(i)}))
		if i == 3 {
			i = 99
		}
		forged.leaves = append(forged.leaves, tlog.LeafHash([]byte{byte(i)}))
	}
	sign := func(r *keys.Ring, g *grown, n int) error {
		_, err := r.SignHead(t.Context(), "a", o, g.head(n), func(from uint64) ([]tlog.Hash, error) {
			return tlog.ProveConsistency(from, uint64(n), g.at)
		})
		return err
	}
	for _, n := range []int{5, 5, 11, 16} {
		if err := sign(ring, honest, n); err != nil {
			t.Fatalf("%d entries: %v", n, err)
		}
	}
	again := keys.New(master, dir) // the mark outlives the process
	for name, err := range map[string]error{
		"an older copy":               sign(again, honest, 11),
		"an entry changed, same size": sign(again, forged, 16),
		"an entry changed, longer":    sign(again, forged, 20),
	} {
		if !fault.Is(err, fault.Tampered) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := sign(again, honest, 20); err != nil {
		t.Errorf("a refusal moved the mark: %v", err)
	}
	path := filepath.Join(dir, "a.mark")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte("\n20\n"), []byte("\n19\n"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := sign(again, honest, 20); !fault.Is(err, fault.Tampered) {
		t.Errorf("an altered mark: %v", err)
	}
}
