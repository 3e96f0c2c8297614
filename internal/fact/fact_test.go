package fact_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/resource"
)

var kinds = []resource.Schema{
	{Kind: "test.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name", Fields: []resource.Field{
		{Name: "name", Type: resource.String},
		{Name: "mfa", Type: resource.Bool},
		{Name: "email", Type: resource.String, Personal: true, Optional: true},
		{Name: "last_used_at", Type: resource.Time, Volatile: true, Optional: true},
	}},
	{Kind: "test.merge", Version: 1, Title: "Merges", Family: resource.Event, At: "at", Fields: []resource.Field{
		{Name: "at", Type: resource.Time},
		{Name: "reviewed", Type: resource.Bool},
	}},
}

type house struct {
	t    *testing.T
	db   *db.DB
	ring *keys.Ring
	org  string

	reader fact.Reader // asked after every collection
}

func newHouse(t *testing.T, d *db.DB, org string) *house {
	t.Helper()
	h := &house{t: t, db: d, ring: keys.New(secret.NewKey(), ""), org: org}
	h.write(func(tx *db.Tx) error {
		if _, err := h.ring.Create(tx, org, "test.invalid/soc2/"+org); err != nil {
			return err
		}
		return ledger.Open(tx, "test.invalid/soc2/"+org)
	})
	return h
}

func (h *house) grant(p access.Permission) access.Grant {
	h.t.Helper()
	g, err := access.Console(h.org).May(p)
	if err != nil {
		h.t.Fatal(err)
	}
	return g
}

func (h *house) write(fn func(tx *db.Tx) error) {
	h.t.Helper()
	if err := h.db.Write(h.t.Context(), h.grant(access.OrgEdit), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) begin() *fact.Session {
	h.t.Helper()
	s, err := fact.Begin(h.t.Context(), h.db, h.ring, h.grant(access.ConnectorSync),
		fact.Origin{Connection: "con_1", Connector: "test", Version: "1", Scope: "acme"}, kinds)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

func account(id string, mfa bool) connector.Resource {
	return connector.Resource{Kind: "test.account", ID: id, Fields: map[string]any{
		"name": "n" + id, "mfa": mfa, "email": id + "@example.com", "last_used_at": time.Unix(1, 0),
	}}
}

func (h *house) collect(complete bool, rs ...connector.Resource) fact.Collection {
	h.t.Helper()
	s := h.begin()
	for _, r := range rs {
		if err := s.Put(h.t.Context(), r); err != nil {
			h.t.Fatal(err)
		}
	}
	reports := []connector.Report{{Kind: "test.account", Items: len(rs), Complete: complete}, {Kind: "test.merge", Complete: complete}}
	c, err := s.Finish(h.t.Context(), fact.Result{Reports: reports})
	if err != nil {
		h.t.Fatal(err)
	}
	if err := ledger.Settle(h.t.Context(), h.db, h.org); err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *house) members(kind string) (out []string) {
	h.t.Helper()
	p, err := fact.Service{DB: h.db, Keys: h.ring}.Population(h.t.Context(), access.Console(h.org), kind, []string{"con_1"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.sameAgain(p)
	for _, v := range p.Views {
		s := v.ID
		if v.Fields["mfa"] == true {
			s += "+mfa"
		}
		if v.Possible {
			s += "?"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// sameAgain holds that a reader that remembers, and one that shows them one by
// one, say what a new one says.
func (h *house) sameAgain(p fact.Population) {
	h.t.Helper()
	grant := h.grant(access.ControlRead)
	for i := range p.Listings {
		var views []*resource.View
		err := h.db.Read(h.t.Context(), grant, func(tx *db.Tx) (err error) {
			views, err = h.reader.Members(tx, h.ring, &p.Listings[i])
			return err
		})
		if err != nil || !reflect.DeepEqual(views, p.Views) {
			h.t.Fatalf("a reader that remembers: %v, want %v (%v)", views, p.Views, err)
		}
		views = nil
		err = h.db.Read(h.t.Context(), grant, func(tx *db.Tx) (err error) {
			return h.reader.Each(tx, h.ring, &p.Listings[i], func(v *resource.View) error {
				views = append(views, v)
				return nil
			})
		})
		slices.SortFunc(views, func(a, b *resource.View) int { return a.Compare(b.Ref) })
		if err != nil || !reflect.DeepEqual(views, p.Views) {
			h.t.Fatalf("one by one: %v, want %v (%v)", views, p.Views, err)
		}
	}
}

func (h *house) want(kind, want string) {
	h.t.Helper()
	if got := strings.Join(h.members(kind), " "); got != want {
		h.t.Fatalf("members of %s: %q, want %q", kind, got, want)
	}
}

func TestIntervals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, "a")
		first := h.collect(true, account("1", true), account("2", false))
		if first.Added != 4 || first.Items != 4 || first.Resources != 2 { // two parts each
			t.Fatalf("%+v", first)
		}
		h.want("test.account", "1+mfa 2")

		hand.Add(24 * time.Hour)
		again := h.collect(true, account("2", false), account("1", true))
		if again.Added != 0 || again.Removed != 0 || again.Root != first.Root {
			t.Fatalf("an unchanged collection stored something, or has another root: %+v", again)
		}

		changed := h.collect(true, account("1", false), account("2", false))
		if changed.Added != 1 || changed.Removed != 1 || changed.Root == first.Root {
			t.Fatalf("%+v", changed)
		}
		h.want("test.account", "1 2")

		h.collect(false, account("1", false))
		h.want("test.account", "1 2?") // the listing was not complete: 2 may still exist
		h.collect(false, account("3", true))
		h.want("test.account", "1? 2? 3+mfa")
		h.collect(true, account("1", true))
		h.want("test.account", "1+mfa") // believed gone from a complete listing
		back := h.collect(true, account("1", true), account("2", false))
		if back.Added != 2 || h.root(t, back) != back.Root {
			t.Fatalf("%+v", back)
		}
	})
}

// root recomputes a collection's root from the stored changes and records, as
// a verifier does.
func (h *house) root(t *testing.T, c fact.Collection) tlog.Hash {
	t.Helper()
	members := map[tlog.Hash]bool{}
	known := map[tlog.Hash]bool{}
	err := h.db.Read(t.Context(), h.grant(access.FactRead), func(tx *db.Tx) error {
		if err := (fact.Service{DB: h.db, Keys: h.ring}).Records(tx, func(s fact.Stored) error {
			if tlog.RecordHash(s.Salt, s.Bytes) != s.Hash {
				t.Errorf("record %s does not have its hash", s.Hash)
			}
			rec, err := resource.ParseRecord(s.Bytes)
			if err != nil {
				return err
			}
			if rec.Personal != "" {
				if want := tlog.Commit(s.PersonalSalt, resource.PersonalPath, s.Personal); rec.Personal != tlog.B64(want[:]) {
					t.Error("the personal part is not what the record commits to")
				}
			}
			known[s.Hash] = true
			return nil
		}); err != nil {
			return err
		}
		return fact.Changes(tx, func(ch fact.Change) error {
			if ch.Seq > c.Seq {
				return nil
			}
			if ch.Added {
				members[ch.Hash] = true
			} else {
				delete(members, ch.Hash)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	var hashes []tlog.Hash
	for m := range members {
		if !known[m] {
			t.Errorf("member %s has no record", m)
		}
		hashes = append(hashes, m)
	}
	return resource.Root(hashes)
}

func TestEventsStayFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		ev := func(id string) connector.Resource {
			return connector.Resource{Kind: "test.merge", ID: id, Fields: map[string]any{"at": time.Unix(100, 0), "reviewed": true}}
		}
		h.collect(true, ev("1"), ev("2"))
		h.want("test.merge", "1 2")
		h.collect(true, ev("3"))
		h.want("test.merge", "1 2 3")
		again := ev("1")
		again.Fields["reviewed"] = false
		h.collect(false, again, ev("2"))
		h.want("test.merge", "1 2 3")
		h.collect(true)
		h.want("test.merge", "1 2 3")
	})
}

func TestWrongResourcesAreRefusedAndTheRestKept(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	h := newHouse(t, d, "a")
	s := h.begin()
	for name, r := range map[string]connector.Resource{
		"unknown kind":  {Kind: "x.y", ID: "1"},
		"no id":         {Kind: "test.account", Fields: map[string]any{"name": "n", "mfa": true}},
		"unknown field": {Kind: "test.account", ID: "1", Fields: map[string]any{"name": "n", "mfa": true, "password": "x"}},
		"wrong type":    {Kind: "test.account", ID: "1", Fields: map[string]any{"name": "n", "mfa": "yes"}},
		"missing":       {Kind: "test.account", ID: "1", Fields: map[string]any{"mfa": true}},
		"bad utf-8":     {Kind: "test.account", ID: "1", Fields: map[string]any{"name": "\xff", "mfa": true}},
	} {
		if err := s.Put(t.Context(), r); err == nil {
			t.Errorf("%s: kept", name)
		} else if _, ok := errors.AsType[*fact.RefusedError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Put(t.Context(), account("1", true)); err != nil {
		t.Fatal(err)
	}
	if err := s.Put(t.Context(), account("1", false)); err == nil {
		t.Error("a second resource with the same id is kept")
	}
	if _, err := s.Finish(t.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.account", Complete: true}}}); err != nil {
		t.Fatal(err)
	}
	h.want("test.account", "1+mfa")
}

func TestACrashedCollectionLeavesNoMember(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, "a")
		h.collect(true, account("1", true))
		s := h.begin()
		for i := range 1500 { // more than a batch: some rows are committed
			if err := s.Put(t.Context(), account(strings.Repeat("x", i%7)+string(rune('a'+i%26))+time.Unix(int64(i), 0).String(), true)); err != nil {
				t.Fatal(err)
			}
		}
		h.want("test.account", "1+mfa") // invisible until the manifest commits
		hand.Add(fact.Silence + time.Millisecond)
		h.write(func(tx *db.Tx) error {
			n, err := fact.Recover(tx)
			if n != 1 {
				t.Errorf("recovered %d", n)
			}
			return err
		})
		h.want("test.account", "1+mfa")
		if _, err := s.Finish(t.Context(), fact.Result{}); err == nil {
			t.Error("an interrupted collection finished")
		}
		c := h.collect(true, account("1", true))
		if c.Added != 0 || c.Seq != 3 {
			t.Fatalf("%+v", c)
		}
	})
}

func TestTenants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		h := newHouse(t, d, "a")
		h.collect(true, account("1", true))
		_, err := fact.Service{DB: d, Keys: h.ring}.Population(t.Context(), access.Console("evil"), "test.account", []string{"con_1"})
		if !fault.Is(err, fault.NotFound) {
			t.Fatalf("another organization: %v", err)
		}
		evil, err := access.Console("evil").May(access.FactRead)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Read(t.Context(), evil, func(tx *db.Tx) error {
			list, err := fact.Collections(tx, "con_1", 10)
			if len(list) != 0 {
				t.Error("sees collections")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestASchemaChangesOnlyWithItsVersion(t *testing.T) {
	d, _ := dbtest.SQLite(t)
	h := newHouse(t, d, "a")
	h.collect(true, account("1", true))
	h.write(func(tx *db.Tx) error {
		other := kinds[0]
		other.Title = "Other"
		if err := fact.Declare(tx, &other, "test"); !fault.Is(err, fault.Conflict) {
			t.Errorf("a changed schema with the old version: %v", err)
		}
		other.Version = 2
		return fact.Declare(tx, &other, "test")
	})
}
