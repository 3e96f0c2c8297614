package exporttest

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
	"assay/internal/evidence"
	"assay/internal/export"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/blob"
	"assay/internal/kit/clock"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
)

// House is an organization with everything around it.
type House struct {
	T      testing.TB
	DB     *db.DB
	Hand   *clock.Hand
	Ring   *keys.Ring
	Org    org.Org
	Checks *check.Service
	Export export.Service

	Evidence *evidence.Service

	connections []string
	begun       time.Time
	accounts    int
	today       int
}

// New makes an organization in the store; host is the first part of its log's
// origin.
func New(t testing.TB, d *db.DB, hand *clock.Hand, host string) *House {
	t.Helper()
	h := &House{
		T: t, DB: d, Hand: hand, Ring: keys.New(secret.NewKey(), t.TempDir()), begun: hand.Now(), accounts: 12,
		connections: []string{"con_a", "con_b", "register/test"},
	}
	o, err := org.Service{DB: d, Keys: h.Ring, Host: host}.Create(t.Context(), org.New{
		Name: "Åsa & <Sons>", Service: "Keeps things.", Zone: "Europe/Stockholm",
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Org = o
	h.Evidence = &evidence.Service{DB: d, Keys: h.Ring, Blobs: blob.Folder{Dir: t.TempDir()}, Spool: t.TempDir()}
	h.Export = export.Service{DB: d, Keys: h.Ring, MadeBy: "assay test", Evidence: h.Evidence}
	h.Checks = &check.Service{
		DB: d, Keys: h.Ring, Catalog: definitions(t),
		Connections: func(*db.Tx) ([]string, error) { return h.connections, nil },
		Period: func(*db.Tx) (rule.Period, error) {
			return rule.Period{From: h.begun.Add(-24 * time.Hour), To: h.begun.AddDate(1, 0, 0)}, nil
		},
	}
	h.announce("con_a", "connector.enabled")
	h.announce("con_b", "connector.enabled")
	return h
}

// Lead is somebody who may do everything.
func (h *House) Lead(id string) access.Actor {
	return access.Actor{ID: id, Org: h.Org.ID, Name: "Name of " + id, Role: access.RoleLead, Door: access.DoorWeb, From: "192.0.2.1"}
}

// Write runs fn in a transaction of the organization.
func (h *House) Write(fn func(tx *db.Tx) error) {
	h.T.Helper()
	g, err := access.Console(h.Org.ID).May(access.OrgEdit)
	if err != nil {
		h.T.Fatal(err)
	}
	if err := h.DB.Write(h.T.Context(), g, fn); err != nil {
		h.T.Fatal(err)
	}
}

func (h *House) announce(connection, what string) {
	h.T.Helper()
	h.Write(func(tx *db.Tx) error {
		_, err := ledger.Append(tx, ledger.Entry{
			Type: what, Stream: fact.StreamOf(connection), Body: map[string]any{"connection": connection, "connector": "test"},
		})
		return err
	})
}

// Sign signs the head of the log.
func (h *House) Sign() ledger.Checkpoint {
	h.T.Helper()
	c, err := ledger.Sign(h.T.Context(), h.DB, h.Ring, h.Org.ID)
	if err != nil {
		h.T.Fatal(err)
	}
	return c
}

// Collect runs a connection over the resources.
func (h *House) Collect(connection string, reports []connector.Report, kinds []resource.Schema, resources ...connector.Resource) {
	h.T.Helper()
	g, err := access.Job(h.Org.ID, "collect").May(access.ConnectorSync)
	if err != nil {
		h.T.Fatal(err)
	}
	s, err := fact.Begin(h.T.Context(), h.DB, h.Ring, g, fact.Origin{
		Connection: connection, Connector: "test", Version: "1", Scope: "acme", Parameters: map[string]string{"path": "/x"},
	}, kinds)
	if err != nil {
		h.T.Fatal(err)
	}
	for _, r := range resources {
		if err := s.Put(h.T.Context(), r); err != nil {
			h.T.Fatal(err)
		}
	}
	if reports == nil {
		if err := s.Abort(h.T.Context(), "It was interrupted."); err != nil {
			h.T.Fatal(err)
		}
		return
	}
	calls := []connector.Call{{Name: "List", Pages: 1, Items: len(resources), FirstAt: h.Hand.Now(), LastAt: h.Hand.Now()}}
	if _, err := s.Finish(h.T.Context(), fact.Result{Calls: calls, Reports: reports}); err != nil {
		h.T.Fatal(err)
	}
}

// Run runs every check.
func (h *House) Run() []check.Run {
	h.T.Helper()
	runs, err := h.Checks.Run(h.T.Context(), h.Lead("usr_a"))
	if err != nil {
		h.T.Fatal(err)
	}
	return runs
}

// Package exports a package, of everything for a zero period.
func (h *House) Package(from, to time.Time) ([]byte, export.Summary) {
	h.T.Helper()
	var b bytes.Buffer
	sum, err := h.Export.Package(h.T.Context(), h.Lead("usr_a"), export.PackageIn{From: from, To: to, Name: "Test <package>"}, &b)
	if err != nil {
		h.T.Fatal(err)
	}
	return b.Bytes(), sum
}

// Begun is when the history begins.
func (h *House) Begun() time.Time { return h.begun }

// Days lets days pass, with everything that can happen in them.
func (h *House) Days(n int) {
	h.T.Helper()
	for range n {
		h.day(h.today)
		h.today++
		h.Hand.Add(23 * time.Hour)
	}
}

func (h *House) day(day int) {
	h.T.Helper()
	h.Collect("register/test", complete("test.person", 5), peopleKinds(), people(day)...)
	list := accounts(h.accounts, day)
	switch day % 7 {
	case 3: // a listing that broke off: some may still exist
		h.Collect("con_a", []connector.Report{{Kind: "test.account", Items: 4, Problems: []string{"page 2 was refused"}}}, accountKinds(), list[:4]...)
	case 5:
		h.Collect("con_a", nil, accountKinds(), list[:2]...)
		h.Collect("con_a", complete("test.account", len(list)), accountKinds(), list...)
	default:
		h.Collect("con_a", complete("test.account", len(list)), accountKinds(), list...)
	}
	if day < 10 || day > 14 {
		h.events(day)
	}
	switch day {
	case 4:
		if n, err := h.Checks.Install(h.T.Context(), h.Lead("usr_a")); err != nil || n == 0 {
			h.T.Fatalf("installed %d: %v", n, err)
		}
	case 10:
		h.announce("con_b", "connector.disabled")
		h.connections = []string{"con_a", "register/test"}
	case 15:
		h.announce("con_b", "connector.enabled")
		h.connections = []string{"con_a", "con_b", "register/test"}
	case 8:
		h.parameter()
	case 9:
		h.cutOff()
	}
	h.Hand.Add(time.Hour)
	h.Run()
	h.upload(day)
	switch day {
	case 6:
		h.exclude(14 * 24 * time.Hour)
	case 7:
		h.exclude(5 * 24 * time.Hour)
	}
	if day%3 == 0 {
		h.Sign()
	}
}

// Accounts sets how many accounts there are.
func (h *House) Accounts(n int) { h.accounts = n }

// CollectDay collects everything once.
func (h *House) CollectDay() {
	h.T.Helper()
	h.Collect("register/test", complete("test.person", 5), peopleKinds(), people(h.today)...)
	list := accounts(h.accounts, h.today)
	h.Collect("con_a", complete("test.account", len(list)), accountKinds(), list...)
	h.events(h.today)
	h.today++
}

// Little is a history as short as can be: two accounts, one check, one run.
func (h *House) Little() {
	h.T.Helper()
	h.connections = []string{"con_a"}
	for _, d := range h.Checks.Catalog {
		if d.ID == "test.account.mfa" {
			h.Checks.Catalog = []*rule.Definition{d}
			break
		}
	}
	h.Collect("con_a", complete("test.account", 2), accountKinds(), accounts(2, 0)...)
	h.upload(1)
	if _, err := h.Checks.Install(h.T.Context(), h.Lead("usr_a")); err != nil {
		h.T.Fatal(err)
	}
	h.Hand.Add(time.Hour)
	h.Run()
	h.exclude(24 * time.Hour)
	h.Hand.Add(time.Minute)
	h.Run()
}

func complete(kind string, items int) []connector.Report {
	return []connector.Report{{Kind: kind, Items: items, Complete: true}}
}

// events collects what happened on the day before, and a copy of an account that
// another connection lists too.
func (h *House) events(day int) {
	h.T.Helper()
	now := h.Hand.Now()
	var list []connector.Resource
	for i := range 3 {
		list = append(list, connector.Resource{Kind: "test.merge", ID: fmt.Sprintf("m%d-%d", day, i), Fields: map[string]any{
			"at": now.Add(-time.Duration(2+i) * time.Hour), "reviewed": (day+i)%9 != 0, "author": fmt.Sprintf("person%d@example.com", i),
		}})
	}
	double := accounts(1, day)[0]
	if day%5 == 2 {
		double.Fields["admin"] = true // the connections disagree
	}
	h.Collect("con_b", []connector.Report{
		{Kind: "test.account", Items: 1, Complete: true},
		{Kind: "test.merge", Items: 3, Complete: true, From: h.begun.Add(-24 * time.Hour), To: now},
	}, append(accountKinds(), mergeKinds()...), append(list, double)...)
}

// exclude asks for an exclusion of a failing account and approves it.
func (h *House) exclude(d time.Duration) {
	h.T.Helper()
	detail, err := h.Checks.Get(h.T.Context(), h.Lead("usr_a"), "test.account.mfa")
	if err != nil {
		h.T.Fatal(err)
	}
	for _, r := range detail.Results {
		if r.Status != rule.Fail {
			continue
		}
		e, err := h.Checks.Ask(h.T.Context(), h.Lead("usr_b"), check.Exclusion{
			Check: r.Check, Ref: r.Ref, Reason: "A robot signs in with a certificate.", Until: h.Hand.Now().Add(d),
		})
		if err == nil {
			err = h.Checks.DecideExclusion(h.T.Context(), h.Lead("usr_c"), e.ID, true)
		}
		if err == nil && d < 6*24*time.Hour {
			h.Hand.Add(time.Minute)
			err = h.Checks.Lift(h.T.Context(), h.Lead("usr_c"), e.ID)
		}
		if err != nil {
			h.T.Fatal(err)
		}
		return
	}
	h.T.Fatal("nothing fails, so nothing can be excluded")
}

// upload adds a file, a statement, a correction and a reference.
func (h *House) upload(day int) {
	h.T.Helper()
	d := evidence.Details{
		Title: fmt.Sprintf("Visitor log of day %d <b>", day), Controls: []string{"PHY-01"},
		From: standing.NewDate(2026, 1, 1), To: standing.NewDate(2026, 1, 1) + standing.Date(day+1),
	}
	var err error
	switch day {
	case 1:
		_, err = h.Evidence.Attest(h.T.Context(), h.Lead("usr_a"), d, "I walked through the building and counted the visitors.")
	case 2, 11:
		var e evidence.Evidence
		e, err = h.Evidence.Upload(h.T.Context(), h.Lead("usr_a"), d, "visitors <1>.txt", strings.NewReader("Ann\nBob\n"))
		if err == nil && day == 2 {
			d.Supersedes = e.ID
			_, err = h.Evidence.Upload(h.T.Context(), h.Lead("usr_b"), d, "visitors.html", strings.NewReader("<script>alert(1)</script>"))
		}
	case 3:
		_, err = h.Evidence.Refer(h.T.Context(), h.Lead("usr_a"), d, "register/test", 1)
	}
	if err != nil {
		h.T.Fatal(err)
	}
}

// parameter changes a parameter of a check.
func (h *House) parameter() {
	h.T.Helper()
	d, err := h.Checks.SetParams(h.T.Context(), h.Lead("usr_a"), "test.account.used", map[string]string{"idle": "40d"})
	if err == nil {
		err = h.Checks.Decide(h.T.Context(), h.Lead("usr_b"), d.ID, d.Revision, true)
	}
	if err != nil {
		h.T.Fatal(err)
	}
}

// cutOff writes what a batch leaves that a crash cut off, and the note of it.
func (h *House) cutOff() {
	h.T.Helper()
	detail, err := h.Checks.Get(h.T.Context(), h.Lead("usr_a"), "test.account.mfa")
	if err != nil {
		h.T.Fatal(err)
	}
	h.Write(func(tx *db.Tx) error {
		_, err := ledger.Append(tx, ledger.Entry{
			Type: "check.intent", Stream: "check",
			Body: map[string]any{"batch": "bat_cut", "runs": []any{map[string]any{"check": detail.ID, "hash": detail.Hash}}},
		}, ledger.Entry{
			Type: "check.broken", Stream: "check/" + detail.ID, Body: map[string]any{"batch": "bat_cut", "check": detail.ID},
		})
		return err
	})
}
