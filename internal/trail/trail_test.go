package trail_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/secret"
	"assay/internal/kit/tlog"
	"assay/internal/ledger"
	"assay/internal/trail"
)

func actor(id, org string) access.Actor {
	return access.Actor{ID: id, Org: org, Name: "Name of " + id, Role: access.RoleLead, Door: access.DoorWeb, From: "192.0.2.7"}
}

func grant(t *testing.T, who access.Actor) access.Grant {
	t.Helper()
	g, err := who.May(access.OrgEdit)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func open(t *testing.T, d *db.DB, org string) {
	t.Helper()
	err := d.Write(t.Context(), grant(t, actor("u", org)), func(tx *db.Tx) error {
		if _, err := keys.New(secret.NewKey(), "").Create(tx, org, "test.invalid/soc2/"+org); err != nil {
			return err
		}
		return ledger.Open(tx, "test.invalid/soc2/"+org)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, d *db.DB, who access.Actor, acts ...trail.Act) {
	t.Helper()
	for _, a := range acts {
		if err := d.Write(t.Context(), grant(t, who), func(tx *db.Tx) error { return trail.Add(tx, a) }); err != nil {
			t.Fatal(err)
		}
	}
}

func list(t *testing.T, d *db.DB, org string, f trail.Filter) (out []trail.Entry) {
	t.Helper()
	err := d.Read(t.Context(), grant(t, actor("u", org)), func(tx *db.Tx) (err error) {
		out, err = trail.List(tx, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func labels(entries []trail.Entry) (out []string) {
	for _, e := range entries {
		out = append(out, e.Label)
	}
	return out
}

func TestFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		open(t, d, "a")
		ann, bob := actor("ann", "a"), access.Console("a")
		add(t, d, ann, trail.Act{Noun: "person", Object: "p1", Label: "Ada 100%", Detail: map[string]string{"why": "joined"}})
		hand.Add(time.Hour)
		add(t, d, bob, trail.Act{Action: "control.edit", Noun: "control", Object: "IAM-01", Label: "under_score"})
		hand.Add(time.Hour)
		add(t, d, ann, trail.Act{Action: "control.edit", Noun: "control", Object: "IAM-02", Label: `back\slash`})
		start := dbtest.Start()
		for name, c := range map[string]struct {
			f    trail.Filter
			want []string
		}{
			"everything":          {trail.Filter{}, []string{`back\slash`, "under_score", "Ada 100%"}},
			"actor":               {trail.Filter{Actor: "ann"}, []string{`back\slash`, "Ada 100%"}},
			"action":              {trail.Filter{Action: "control.edit"}, []string{`back\slash`, "under_score"}},
			"the grant's action":  {trail.Filter{Action: string(access.OrgEdit)}, []string{"Ada 100%"}},
			"noun":                {trail.Filter{Noun: "person"}, []string{"Ada 100%"}},
			"noun and object":     {trail.Filter{Noun: "control", Object: "IAM-01"}, []string{"under_score"}},
			"door":                {trail.Filter{Door: string(access.DoorConsole)}, []string{"under_score"}},
			"label":               {trail.Filter{Query: "ADA"}, []string{"Ada 100%"}},
			"name":                {trail.Filter{Query: "host console"}, []string{"under_score"}},
			"action by query":     {trail.Filter{Query: "Control.Edit"}, []string{`back\slash`, "under_score"}},
			"a percent sign":      {trail.Filter{Query: "0%"}, []string{"Ada 100%"}},
			"a percent sign only": {trail.Filter{Query: "a%c"}, nil},
			"an underscore":       {trail.Filter{Query: "r_s"}, []string{"under_score"}},
			"not any character":   {trail.Filter{Query: "a_a"}, nil},
			"a backslash":         {trail.Filter{Query: `k\s`}, []string{`back\slash`}},
			"from":                {trail.Filter{From: start.Add(time.Hour)}, []string{`back\slash`, "under_score"}},
			"to is not included":  {trail.Filter{To: start.Add(time.Hour)}, []string{"Ada 100%"}},
			"nothing":             {trail.Filter{Actor: "eve"}, nil},
			"all at once": {trail.Filter{
				Actor: "ann", Action: "control.edit", Noun: "control", Object: "IAM-02", Door: "web", Query: "slash", From: start, To: start.Add(9 * time.Hour),
			}, []string{`back\slash`}},
		} {
			if got := labels(list(t, d, "a", c.f)); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		first := list(t, d, "a", trail.Filter{Noun: "person"})[0]
		if first.Name != ann.Name || first.Address != ann.From || first.Door != "web" || !first.At.Equal(start) || first.Detail["why"] != "joined" {
			t.Errorf("%+v", first)
		}
	})
}

// Entries of one millisecond are neither shown twice nor left out by paging.
func TestPaging(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		open(t, d, "a")
		for i := range 23 {
			add(t, d, actor("ann", "a"), trail.Act{Noun: "control", Label: strconv.Itoa(i)})
			if i%5 == 4 {
				hand.Add(time.Millisecond)
			}
		}
		all := list(t, d, "a", trail.Filter{})
		if len(all) != 23 {
			t.Fatalf("%d entries", len(all))
		}
		var paged []trail.Entry
		f := trail.Filter{Limit: 4}
		for {
			page := list(t, d, "a", f)
			if len(page) == 0 {
				break
			}
			paged = append(paged, page...)
			f.Before = page[len(page)-1].ID
		}
		if !slices.Equal(labels(paged), labels(all)) {
			t.Errorf("%v\nin pages, and at once\n%v", labels(paged), labels(all))
		}
		back := list(t, d, "a", trail.Filter{Limit: 4, After: all[10].ID})
		if !slices.Equal(labels(back), labels(all[6:10])) {
			t.Errorf("back from the tenth: %v, want %v", labels(back), labels(all[6:10]))
		}
		if first := list(t, d, "a", trail.Filter{Limit: 4, After: all[2].ID}); !slices.Equal(labels(first), labels(all[:2])) {
			t.Errorf("back to the first: %v", labels(first))
		}
		for i := 1; i < len(all); i++ {
			if all[i].At.After(all[i-1].At) {
				t.Errorf("entry %d is newer than the one above it", i)
			}
		}
	})
}

func TestTheLeafCommitsToTheRow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		open(t, d, "a")
		who := actor("ann", "a")
		add(t, d, who, trail.Act{Action: "person.edit", Noun: "person", Object: "per_1", Label: "Ada Lovelace", Detail: map[string]string{"reason": "married"}})
		hand.Add(time.Hour)
		add(t, d, who, trail.Act{Action: "person.edit", Noun: "person", Object: "per_2", Label: "Bo"})
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		n := 0
		verify := func(tx *db.Tx) (wrong int) {
			var all []trail.Sealed
			if err := trail.EachSealed(tx, time.Time{}, time.Time{}, func(s trail.Sealed) error {
				all = append(all, s)
				return nil
			}); err != nil {
				t.Error(err)
			}
			n = len(all)
			for _, s := range all {
				if !committed(t, leafOf(t, tx, s.Leaf), s) {
					wrong++
				}
			}
			return wrong
		}
		err := d.Write(t.Context(), grant(t, who), func(tx *db.Tx) error {
			if wrong := verify(tx); wrong != 0 || n != 2 {
				t.Errorf("%d of %d do not verify", wrong, n)
			}
			for _, stmt := range []string{
				`UPDATE trail_entry SET label = 'Eve' WHERE org_id = $1 AND object = 'per_1'`,
				`UPDATE trail_entry SET detail = '{"reason":"x"}' WHERE org_id = $1 AND object = 'per_2'`,
			} {
				if _, err := tx.Exec(stmt, tx.Org()); err != nil {
					return err
				}
			}
			if wrong := verify(tx); wrong != 2 {
				t.Errorf("%d of 2 altered rows are found", wrong)
			}
			only := 0
			if err := trail.EachSealed(tx, dbtest.Start(), dbtest.Start().Add(time.Hour), func(trail.Sealed) error { only++; return nil }); err != nil {
				return err
			}
			if only != 1 {
				t.Errorf("%d entries in the first hour", only)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// committed reports whether the leaf commits to the row, and sees that it tells
// nothing else.
func committed(t *testing.T, leaf ledger.Leaf, s trail.Sealed) bool {
	t.Helper()
	for _, private := range []string{"Ada", "Lovelace", "married", "192.0.2.7", "Name of"} {
		if bytes.Contains(leaf.Bytes, []byte(private)) {
			t.Errorf("the leaf holds %q", private)
		}
	}
	e, err := tlog.Decode(leaf.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if e.Type != "trail.entry" || e.Actor != "ann" || e.Body["action"] != "person.edit" {
		t.Errorf("%+v", e)
	}
	commit := tlog.Commit(s.Salt, "detail", s.Detail)
	return e.Commit["detail"] == tlog.B64(commit[:])
}

func leafOf(t *testing.T, tx *db.Tx, id string) ledger.Leaf {
	t.Helper()
	p, err := ledger.Find(tx, id)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Read(tx, p.Index)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// An entry exists exactly when what it describes was committed.
func TestARolledBackActLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		open(t, d, "a")
		before := count(t, d, "a")
		stop := fmt.Errorf("stop")
		if err := d.Write(t.Context(), grant(t, actor("ann", "a")), func(tx *db.Tx) error {
			if err := trail.Add(tx, trail.Act{Noun: "control"}); err != nil {
				return err
			}
			return stop
		}); err != stop { //nolint:errorlint // the very error
			t.Fatal(err)
		}
		if n := count(t, d, "a"); n != before {
			t.Errorf("%d entries, %d before", n, before)
		}
	})
}

func count(t *testing.T, d *db.DB, org string) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), grant(t, actor("u", org)), func(tx *db.Tx) (err error) {
		n, err = trail.Count(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTenants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Hand) {
		open(t, d, "a")
		open(t, d, "b")
		add(t, d, actor("ann", "a"), trail.Act{Noun: "control", Object: "IAM-01", Label: "secret plan"})
		id := list(t, d, "a", trail.Filter{})[0].ID
		for name, f := range map[string]trail.Filter{"all": {}, "by object": {Object: "IAM-01"}, "before another's": {Before: id}} {
			if got := list(t, d, "b", f); len(got) != 0 {
				t.Errorf("%s: sees %v", name, got)
			}
		}
		if n := count(t, d, "b"); n != 0 {
			t.Errorf("counts %d", n)
		}
		if who := actor("eve", "a"); !who.Can(access.TrailRead) {
			t.Error("a lead may not read the trail")
		}
	})
}
