package check_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/resource"
	"assay/internal/rule"
)

var kinds = []resource.Schema{{
	Kind: "test.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name", Fields: []resource.Field{
		{Name: "name", Type: resource.String},
		{Name: "mfa", Type: resource.Bool},
		{Name: "seen_at", Type: resource.Time, Optional: true},
	},
}}

const mfa = `
id: test.account.mfa
version: 1
title: Accounts have a second factor
kind: test.account
where: r.name != "robot"
assert: r.mfa
message: '"no second factor: " + r.name'
params:
  unused: {type: int, default: "1", min: "0", max: "5"}
freshness: 26h
severity: high
criteria: [{id: CC6.1, strength: direct}]
`

type house struct {
	t    *testing.T
	db   *db.DB
	hand *clock.Hand
	org  string
	ring *keys.Ring
	s    *check.Service
}

func newHouse(t *testing.T, d *db.DB, hand *clock.Hand, org string) *house {
	t.Helper()
	return newHouseOf(t, d, hand, org, mfa)
}

func newHouseOf(t *testing.T, d *db.DB, hand *clock.Hand, org, text string) *house {
	t.Helper()
	def, err := rule.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: d, hand: hand, org: org, ring: keys.New(secret.NewKey(), "")}
	h.s = &check.Service{
		DB: d, Keys: h.ring, Catalog: []*rule.Definition{def},
		Connections: func(*db.Tx) ([]string, error) { return []string{"con_1", "con_2"}, nil },
		Period: func(tx *db.Tx) (rule.Period, error) {
			return rule.Period{From: tx.Now().AddDate(-1, 0, 0), To: tx.Now().AddDate(1, 0, 0)}, nil
		},
	}
	h.write(func(tx *db.Tx) error {
		if _, err := h.ring.Create(tx, org, "test.invalid/soc2/"+org); err != nil {
			return err
		}
		if err := ledger.Open(tx, "test.invalid/soc2/"+org); err != nil {
			return err
		}
		return fact.Declare(tx, &kinds[0], "test")
	})
	if n, err := h.s.Install(t.Context(), h.lead("usr_a")); err != nil || n != 1 {
		t.Fatalf("installed %d: %v", n, err)
	}
	return h
}

func (h *house) lead(id string) access.Actor {
	return access.Actor{ID: id, Org: h.org, Name: id, Role: access.RoleLead, Door: access.DoorWeb}
}

func (h *house) write(fn func(tx *db.Tx) error) {
	h.t.Helper()
	g, err := access.Console(h.org).May(access.OrgEdit)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := h.db.Write(h.t.Context(), g, fn); err != nil {
		h.t.Fatal(err)
	}
}

func account(id string, mfa any) connector.Resource {
	return connector.Resource{Kind: "test.account", ID: id, Fields: map[string]any{"name": id, "mfa": mfa}}
}

func (h *house) collect(complete bool, rs ...connector.Resource) {
	h.t.Helper()
	h.collectBy("con_1", complete, rs...)
}

func (h *house) collectBy(connection string, complete bool, rs ...connector.Resource) {
	h.t.Helper()
	g, err := h.lead("usr_a").May(access.ConnectorSync)
	if err != nil {
		h.t.Fatal(err)
	}
	s, err := fact.Begin(h.t.Context(), h.db, h.ring, g, fact.Origin{Connection: connection, Connector: "test", Version: "1", Scope: "acme"}, kinds)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range rs {
		if err := s.Put(h.t.Context(), r); err != nil {
			h.t.Fatal(err)
		}
	}
	if _, err := s.Finish(h.t.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.account", Items: len(rs), Complete: complete}}}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) run() check.Run {
	h.t.Helper()
	runs, err := h.s.Run(h.t.Context(), h.lead("usr_a"))
	if err != nil {
		h.t.Fatal(err)
	}
	if len(runs) != 1 {
		h.t.Fatalf("%d runs", len(runs))
	}
	return runs[0]
}

func (h *house) want(r check.Run, status rule.Status, pass, fail, unknown int) {
	h.t.Helper()
	if r.Status != status || r.Counts.Pass != pass || r.Counts.Fail != fail || r.Counts.Unknown != unknown {
		h.t.Fatalf("run: %s (%s) %+v; want %s with %d pass, %d fail, %d unknown", r.Status, r.Explain, r.Counts, status, pass, fail, unknown)
	}
}

// A check that reads the instant of the run is judged again when an instant
// changes what it says, and not before.
func TestJudgedAgainWhenTimeTells(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		text := strings.Replace(mfa, "assert: r.mfa", `assert: "r.seen_at > now - days(2)"`, 1)
		h := newHouseOf(t, d, hand, "a", text)
		seen := func(name string, ago time.Duration) connector.Resource {
			r := account(name, true)
			r.Fields["seen_at"] = clock.Format(hand.Now().Add(-ago))
			return r
		}
		h.collect(true, seen("ann", 24*time.Hour), seen("bob", 47*time.Hour))
		first := h.run()
		h.want(first, rule.Pass, 2, 0, 0)
		for _, step := range []struct {
			after      time.Duration
			pass, fail int
			reused     bool
		}{
			{30 * time.Minute, 2, 0, true},
			{30 * time.Minute, 1, 1, false}, // bob, 48 hours ago
			{20 * time.Hour, 1, 1, true},
			{4 * time.Hour, 0, 2, false}, // and ann
		} {
			hand.Add(step.after)
			status := rule.Pass
			if step.fail > 0 {
				status = rule.Fail
			}
			r := h.run()
			h.want(r, status, step.pass, step.fail, 0)
			if r.Reused != step.reused {
				t.Errorf("%s: reused %t, want %t", hand.Now(), r.Reused, step.reused)
			}
		}
	})
}

func TestAYearOfOneCheck(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		h.want(h.run(), rule.Unknown, 0, 0, 0) // nothing was ever collected
		hand.Add(time.Minute)

		h.collect(true, account("ann", true), account("bob", false), account("robot", false))
		h.want(h.run(), rule.Fail, 1, 1, 0)

		hand.Add(24 * time.Hour)
		h.collect(true, account("ann", true), account("bob", false), account("robot", false))
		again := h.run()
		h.want(again, rule.Fail, 1, 1, 0)
		if !again.Reused {
			t.Error("an unchanged population was judged again")
		}

		hand.Add(24 * time.Hour)
		h.collect(false, account("ann", true))
		h.want(h.run(), rule.Unknown, 1, 0, 1) // bob may still be there

		hand.Add(24 * time.Hour)
		h.collect(true, account("ann", true), account("bob", true))
		h.want(h.run(), rule.Pass, 2, 0, 0)

		hand.Add(48 * time.Hour)
		h.want(h.run(), rule.Unknown, 0, 0, 2) // stale: silence is not a pass

		det, err := h.s.Get(t.Context(), h.lead("usr_a"), "test.account.mfa")
		if err != nil {
			t.Fatal(err)
		}
		if len(det.Failures) != 1 || det.Failures[0].Until.Sub(det.Failures[0].Since) != 72*time.Hour {
			t.Fatalf("failures: %+v", det.Failures)
		}
		if len(det.Runs) != 6 {
			t.Fatalf("%d runs", len(det.Runs))
		}
		if err := ledger.Settle(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		h.write(func(tx *db.Tx) error {
			_, err := ledger.Verify(tx)
			return err
		})
	})
}

func TestAFreshListingEndsStaleness(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := newHouse(t, d, hand, "a")
	h.collect(true, account("1", true))
	h.want(h.run(), rule.Pass, 1, 0, 0)
	hand.Add(48 * time.Hour)
	h.want(h.run(), rule.Unknown, 0, 0, 1)
	h.collect(true, account("1", true)) // nothing changed but the listing's age
	h.want(h.run(), rule.Pass, 1, 0, 0)
}

func TestExclusionsNeedAnotherPersonAndAnEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		h.collect(true, account("ann", true), account("bob", false))
		h.run()
		ask := check.Exclusion{
			Check: "test.account.mfa", Ref: resource.Ref{Kind: "test.account", Authority: "acme", ID: "bob"},
			Reason: "Break-glass account in the safe", Until: hand.Now().Add(48 * time.Hour),
		}
		short := ask
		short.Reason = "x"
		if _, err := h.s.Ask(t.Context(), h.lead("usr_a"), short); !fault.Is(err, fault.Invalid) {
			t.Fatalf("without a reason: %v", err)
		}
		endless := ask
		endless.Until = hand.Now().AddDate(5, 0, 0)
		if _, err := h.s.Ask(t.Context(), h.lead("usr_a"), endless); !fault.Is(err, fault.Invalid) {
			t.Fatalf("without an end: %v", err)
		}
		e, err := h.s.Ask(t.Context(), h.lead("usr_a"), ask)
		if err != nil {
			t.Fatal(err)
		}
		h.want(h.run(), rule.Fail, 1, 1, 0) // only asked for
		if err := h.s.DecideExclusion(t.Context(), h.lead("usr_a"), e.ID, true); !fault.Is(err, fault.Forbidden) {
			t.Fatalf("approved by the asker: %v", err)
		}
		if err := h.s.DecideExclusion(t.Context(), h.lead("usr_b"), e.ID, true); err != nil {
			t.Fatal(err)
		}
		r := h.run()
		h.want(r, rule.Pass, 1, 0, 0)
		if r.Counts.Excluded != 1 {
			t.Fatalf("%+v", r.Counts)
		}
		hand.Add(49 * time.Hour)
		h.collect(true, account("ann", true), account("bob", false))
		h.want(h.run(), rule.Fail, 1, 1, 0) // it ended
	})
}

func TestOwnChecksAreApprovedByAnotherAndNeverRetroactive(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := newHouse(t, d, hand, "a")
	own := []byte("id: own.named\nversion: 1\ntitle: Named\nkind: test.account\nassert: r.name != ''\nfreshness: 26h\nseverity: low\n")
	p, err := h.s.Propose(t.Context(), h.lead("usr_a"), own, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.s.Decide(t.Context(), h.lead("usr_a"), p.ID, p.Revision, true); !fault.Is(err, fault.Forbidden) {
		t.Fatalf("approved by its author: %v", err)
	}
	h.collect(true, account("ann", true))
	h.run() // one check only: the proposal does not run
	if err := h.s.Decide(t.Context(), h.lead("usr_b"), p.ID, p.Revision, true); err != nil {
		t.Fatal(err)
	}
	runs, err := h.s.Run(t.Context(), h.lead("usr_a"))
	if err != nil || len(runs) != 2 {
		t.Fatalf("%d runs: %v", len(runs), err)
	}
	if _, err := h.s.Propose(t.Context(), h.lead("usr_a"), []byte(mfa), nil); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a check of the catalog was taken over: %v", err)
	}
	if _, err := h.s.SetParams(t.Context(), h.lead("usr_a"), "test.account.mfa", map[string]string{"unused": "9"}); !fault.Is(err, fault.Invalid) {
		t.Fatalf("a parameter out of its bounds: %v", err)
	}
}

func TestTenants(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		h.collect(true, account("bob", false))
		h.run()
		evil := access.Actor{ID: "eve", Org: "evil", Role: access.RoleLead}
		if list, err := h.s.List(t.Context(), evil); err != nil || len(list) != 0 {
			t.Errorf("sees %d checks: %v", len(list), err)
		}
		if _, err := h.s.Get(t.Context(), evil, "test.account.mfa"); !fault.Is(err, fault.NotFound) {
			t.Errorf("gets: %v", err)
		}
		viewer := h.lead("usr_v")
		viewer.Role = access.RoleViewer
		if _, err := h.s.Run(t.Context(), viewer); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a viewer runs checks: %v", err)
		}
	})
}

// What the newest run says is read in parts, on both engines and in any order
// that a page or a client asks for.
func TestResultsInParts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		who := h.lead("usr_a")
		if list, err := h.s.Results(t.Context(), who, "test.account.mfa", check.Part{Status: rule.Fail, Limit: 9}); err != nil || len(list) != 0 {
			t.Fatalf("before any run: %v %v", list, err)
		}
		var all []connector.Resource
		for i := range 1300 { // more than are sorted
			all = append(all, account(fmt.Sprintf("u%04d", i), i%100 != 7))
		}
		h.collect(true, all...)
		h.want(h.run(), rule.Fail, 1287, 13, 0)
		hand.Add(time.Hour)
		all[0] = account("u0000", false)
		h.collect(true, all...)
		h.run()

		read := func(p check.Part) (out []string) {
			t.Helper()
			list, err := h.s.Results(t.Context(), who, "test.account.mfa", p)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range list {
				out = append(out, r.Ref.ID+" "+string(r.Status))
			}
			return out
		}
		for _, tt := range []struct {
			part check.Part
			want string
		}{
			{check.Part{Status: rule.Fail, Limit: 2}, "u0007 fail, u0107 fail"},
			{check.Part{Status: rule.Fail, Limit: 5, Offset: 12}, "u1207 fail, u0000 fail"}, // the one that fails since today is last
			{check.Part{Status: rule.Pass, Limit: 2}, "u0001 pass, u0002 pass"},
			{check.Part{Status: rule.Pass, Limit: 2, Offset: 1285}, "u1299 pass"},
			{check.Part{Status: rule.Unknown, Limit: 2}, ""},
			{check.Part{After: &resource.Ref{}, Limit: 2}, "u0000 fail, u0001 pass"},
			{check.Part{After: &resource.Ref{Kind: "test.account", Authority: "acme", ID: "u1298"}, Limit: 2}, "u1299 pass"},
			{check.Part{After: &resource.Ref{}, Status: rule.Fail, Limit: 3}, "u0000 fail, u0007 fail, u0107 fail"},
		} {
			if got := strings.Join(read(tt.part), ", "); got != tt.want {
				t.Errorf("%+v: %s, want %s", tt.part, got, tt.want)
			}
		}
		det, err := h.s.Get(t.Context(), who, "test.account.mfa")
		if err != nil || det.Failing != 14 || det.Oldest.Ref.ID != "u0007" || len(det.Results) != 200 || len(det.Failures) != 14 || det.Failures[0].Ref.ID != "u0000" {
			t.Errorf("%d failing, %d results, %d failures, oldest %s: %v", det.Failing, len(det.Results), len(det.Failures), det.Oldest.Ref, err)
		}
		failed, passed := resource.Ref{Kind: "test.account", Authority: "acme", ID: "u0107"}, resource.Ref{Kind: "test.account", Authority: "acme", ID: "u0001"}
		names, err := h.s.Called(t.Context(), who, "test.account.mfa", []string{failed.String(), passed.String(), "nobody"})
		if err != nil || len(names) != 1 || names[failed.String()] != det.Failures[0].Label[:1]+"0107" {
			t.Errorf("%v %v", names, err)
		}
		rival := who
		rival.Org = "org_rival"
		if names, err := h.s.Called(t.Context(), rival, "test.account.mfa", []string{failed.String()}); err != nil || len(names) > 0 {
			t.Errorf("another organization's: %v %v", names, err)
		}
		one, err := h.s.Result(t.Context(), who, "test.account.mfa", resource.Ref{Kind: "test.account", Authority: "acme", ID: "u0107"})
		if err != nil || one.Status != rule.Fail {
			t.Errorf("%+v %v", one, err)
		}
		for _, err := range []error{
			second(h.s.Result(t.Context(), who, "test.account.mfa", resource.Ref{Kind: "test.account", Authority: "acme", ID: "nobody"})),
			second(h.s.Results(t.Context(), who, "no.such.check", check.Part{Status: rule.Fail, Limit: 1})),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestWhatIsStoredUnderAnotherHash holds that a definition whose words were
// edited in the store is not taken for what its hash names.
func TestWhatIsStoredUnderAnotherHash(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := newHouse(t, d, hand, "a")
		who := h.lead("usr_a")
		title := func(s *check.Service) string {
			list, err := s.List(t.Context(), who)
			if err != nil || len(list) != 1 {
				t.Fatal(len(list), err)
			}
			return list[0].Title
		}
		words := title(h.s)
		g, err := who.May(access.CheckEdit)
		if err != nil {
			t.Fatal(err)
		}
		edit := func(from, to string) {
			if err := d.Write(t.Context(), g, func(tx *db.Tx) error {
				old, err := db.One(tx, db.Value[[]byte], `SELECT canonical FROM check_definition WHERE org_id = $1 AND check_id = 'test.account.mfa'`, tx.Org())
				if err != nil {
					return err
				}
				_, err = tx.Exec(`UPDATE check_definition SET canonical = $2 WHERE org_id = $1 AND check_id = 'test.account.mfa'`, tx.Org(),
					bytes.ReplaceAll(old, []byte(from), []byte(to)))
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		edit(words, "Edited")
		fresh := &check.Service{DB: d, Keys: h.s.Keys, Catalog: h.s.Catalog, Connections: h.s.Connections, Period: h.s.Period}
		for range 2 {
			if got := title(fresh); got != "Edited" {
				t.Errorf("%q", got)
			}
		}
		edit("Edited", words)
		if got := title(fresh); got != words {
			t.Errorf("what was edited is remembered: %q", got)
		}
	})
}
