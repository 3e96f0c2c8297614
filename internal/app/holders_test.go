package app_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/org"
	"assay/internal/suite"
)

// withoutHolder are the columns of bytes that no key of an organization seals, or that
// nobody seals again, and why. Hashes, salts and roots are not among them.
var withoutHolder = map[string]string{
	"keys_org.wrapped": "under the master key", "keys_org.log_seed": "under the master key",
	"keys_master.users": "under the master key", "keys_master.link": "under the master key before",
	"factor_totp.secret":     "under the users' key, which no rotation replaces",
	"api_idempotency.answer": "forgotten after a day, before an older key may be destroyed",
	"api_idempotency.input":  "recognized, not opened, by a key that no rotation replaces",
	"ledger_head.frontier":   "of hashes", "ledger_leaf.leaf": "public form of an entry", "ledger_pending.body": "public form of an entry",
	"fact_version.content": "recognized, not opened, by a key that no rotation replaces", "fact_version.rkey": "the same", "fact_span.content": "the same",
	"fact_version.bytes": "what the record commits to", "fact_collection.manifest": "stored as it is",
	"fact_position.proof": "of hashes", "check_definition.canonical": "stored as it is", "anchor_stamp.token": "public",
}

var hashes = regexp.MustCompile(`\.(\w+_)?(hash|salt|root)$`)

// bytesIn lists the columns of bytes in the schema, as table.column.
func bytesIn(t *testing.T, s *suite.Suite) (list []string) {
	t.Helper()
	if err := s.DB.ReadInstallation(t.Context(), func(tx *db.Tx) (err error) {
		list, err = db.All(tx, db.Value[string], `SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
			WHERE m.type = 'table' AND lower(p.type) = 'bytea'`)
		return err
	}); err != nil || len(list) < 20 {
		t.Fatalf("%d columns of bytes: %v", len(list), err)
	}
	return list
}

// TestEverySealedColumnHasAHolder holds that a new column of bytes is either sealed
// again after a rotation, or said here not to need it.
func TestEverySealedColumnHasAHolder(t *testing.T) {
	s := opened(t, "")
	holders := map[string]bool{}
	for i := range s.Sealed {
		holders[s.Sealed[i].Table+"."+s.Sealed[i].Column] = true
	}
	all := bytesIn(t, s)
	for _, column := range all {
		_, excused := withoutHolder[column]
		if !hashes.MatchString(column) && excused == holders[column] {
			t.Errorf("%s: has a holder %v, and is said to need none %v", column, holders[column], excused)
		}
	}
	for column := range maps.Keys(withoutHolder) {
		if !slices.Contains(all, column) {
			t.Errorf("%s is no column of bytes", column)
		}
	}
	for column := range maps.Keys(holders) {
		if !slices.Contains(all, column) {
			t.Errorf("a holder is of %s, which is no column of bytes", column)
		}
	}
}

// TestWhoSealsHasAHolder holds the same where the code is: whichever package asks for a
// key of an organization that seals has a holder of a table of its own.
func TestWhoSealsHasAHolder(t *testing.T) {
	s := opened(t, "")
	holders := map[string]bool{"api": true} // answers are forgotten after a day
	for i := range s.Sealed {
		noun, _, _ := strings.Cut(s.Sealed[i].Table, "_")
		holders[noun] = true
	}
	asks, seen := regexp.MustCompile(`\.(Secrets|Blobs|Personal)\(\)`), map[string]bool{}
	if err := fs.WalkDir(os.DirFS(".."), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(filepath.Join("..", path))
		if pkg := filepath.Dir(path); asks.Match(b) {
			seen[pkg] = true
			if !holders[pkg] {
				t.Errorf("%s seals under a key of an organization and has no keys.Holder", path)
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for pkg := range holders {
		if !seen[pkg] {
			t.Errorf("%s is said to seal, and does not", pkg)
		}
	}
}

func opened(t *testing.T, url string) *suite.Suite {
	t.Helper()
	hand := &clock.Hand{}
	hand.Set(dbtest.Start())
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), DB: url, Now: hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

const rowsOfEach = 203 // more than one transaction seals again

// TestEachHolderSealsAgain has every holder turn rows of its own table.
func TestEachHolderSealsAgain(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { eachSealsAgain(t, "") })
	t.Run("postgres", func(t *testing.T) { eachSealsAgain(t, dbtest.Postgres(t)) })
}

func eachSealsAgain(t *testing.T, url string) {
	schema := opened(t, "") // whose tables can be asked for what must be filled
	hand := &clock.Hand{}
	hand.Set(dbtest.Start())
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), DB: url, Now: hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	o, err := s.Orgs.Create(t.Context(), org.New{Name: "Acme", Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	who := access.Console(o.ID)
	g, err := who.May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	plain := bytes.Repeat([]byte("p"), 32) // a personal part's key has this length
	count := 0
	write := func(fn func(*db.Tx, *keys.Holder) error) {
		t.Helper()
		for i := range s.Sealed {
			if err := s.DB.Write(t.Context(), g, func(tx *db.Tx) error { return fn(tx, &s.Sealed[i]) }); err != nil {
				t.Fatalf("%s: %v", s.Sealed[i].Name, err)
			}
		}
	}
	write(func(tx *db.Tx, h *keys.Holder) error {
		o, err := s.Keys.Open(tx)
		if err != nil {
			return err
		}
		for i := range rowsOfEach {
			if err := putRow(tx, schema, h, i); err != nil {
				return err
			}
		}
		list, err := h.Batch(tx, keys.Value{}, rowsOfEach)
		for i := range list {
			sealed, err := h.Purpose(o).Seal(list[i].Context, plain)
			if err != nil {
				return err
			}
			if err := h.Save(tx, list[i], sealed); err != nil {
				return err
			}
			count++
		}
		return err
	})
	opens := func(when string) {
		t.Helper()
		write(func(tx *db.Tx, h *keys.Holder) error {
			o, err := s.Keys.Open(tx)
			if err != nil {
				return err
			}
			list, err := h.Batch(tx, keys.Value{}, rowsOfEach)
			for i := range list {
				if got, err := h.Purpose(o).Open(list[i].Context, list[i].Sealed); err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("%s: %s: %q %v", when, h.Name, got, err)
				}
			}
			if most := map[bool]int{true: 1, false: rowsOfEach}[h.Table == "licensed_copy"]; err == nil && len(list) != most {
				err = fmt.Errorf("%d rows", len(list))
			}
			return err
		})
	}
	opens("before")
	h := &turned{T: t}
	hand.Add(time.Minute)
	h.must(s.RotateOrg(t.Context(), who))
	hand.Add(time.Minute)
	done, err := s.Reseal(t.Context(), who)
	if err != nil || done.Changed != count || done.Looked != count || done.Closed != 0 {
		t.Fatalf("%+v of %d, %v", done, count, err)
	}
	hand.Add(keys.Grace)
	h.must(s.RetireOrg(t.Context(), who))
	opens("after")
}

// putRow inserts a row with a value in every column that must have one.
func putRow(tx *db.Tx, schema *suite.Suite, h *keys.Holder, i int) error {
	type column struct {
		name, kind string
		key        int64
	}
	var list []column
	if err := schema.DB.ReadInstallation(tx.Context(), func(of *db.Tx) (err error) {
		list, err = db.All(of, func(scan db.Scan) (c column, err error) { return c, scan(&c.name, &c.kind, &c.key) },
			`SELECT name, lower(type), pk FROM pragma_table_info('`+h.Table+`') WHERE "notnull" = 1 AND dflt_value IS NULL OR pk > 0 OR name = '`+h.Column+`'`)
		return err
	}); err != nil {
		return err
	}
	var names, places []string
	var values []any
	for _, c := range list {
		sum := sha256.Sum256(fmt.Append(nil, h.Column, i))
		var v any = int64(i)
		switch {
		case c.name == "org_id":
			v = tx.Org()
		case c.name == h.Column:
			v = bytes.Repeat([]byte{1}, 99)
		case c.kind == "bytea" && c.key == 0:
			v = []byte{}
		case c.kind == "bytea":
			v = sum[:]
		case c.kind == "text":
			v = fmt.Sprintf("%s%04d", h.Column, i)
		}
		names, values = append(names, c.name), append(values, v)
		places = append(places, fmt.Sprintf("$%d", len(values)))
	}
	_, err := tx.Exec(`INSERT INTO `+h.Table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`) ON CONFLICT DO NOTHING`, values...)
	return err
}
