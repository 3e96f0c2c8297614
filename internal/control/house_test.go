package control_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/standing"
	"assay/internal/suite"
)

// house is the house as app puts it together, with one organization whose
// facts come from one connection.
type house struct {
	*testing.T
	*suite.Suite
	hand      *clock.Hand
	org       org.Org
	lead, ann access.Actor
	zone      *time.Location
}

const zoneName = "Europe/Stockholm"

// each runs fn on both engines, on an empty store.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(newHouse(t, filepath.Join(t.TempDir(), "test.db"))) })
	t.Run("postgresql", func(t *testing.T) { fn(newHouse(t, dbtest.Postgres(t))) })
}

func newHouse(t *testing.T, dsn string) *house {
	t.Helper()
	h := &house{T: t, hand: &clock.Hand{}}
	h.at("2026-06-15 09:00")
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), DB: dsn, Rehearsal: true, Now: h.hand.Now})
	h.must(err)
	t.Cleanup(func() { h.must(s.Close(t.Context())) })
	h.Suite = s
	for _, text := range []string{hostCheck, mergeCheck} {
		d, err := rule.Parse([]byte(text))
		h.must(err)
		s.Checks.Catalog = append(s.Checks.Catalog, d)
	}
	s.Checks.Connections = func(*db.Tx) ([]string, error) { return []string{source}, nil }
	h.found("Larkspur")
	return h
}

// found begins another organization, and makes it the house's.
func (h *house) found(name string) {
	h.Helper()
	var err error
	h.org, err = h.Orgs.Create(h.Context(), org.New{Name: name, Zone: zoneName})
	h.must(err)
	h.zone = h.org.Location()
	h.lead, h.ann = h.user("lead", access.RoleLead), h.user("ann", access.RoleOwner)
}

func (h *house) user(name string, role access.Role) access.Actor {
	h.Helper()
	u, err := h.Auth.Enroll(h.Context(), access.Console(h.org.ID), auth.New{Email: name + "@" + h.org.Slug + ".example", Name: name, Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: h.org.ID, Name: name, Role: role, Door: access.DoorWeb}
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error) {
	h.Helper()
	if fault.Of(err) != k {
		h.Fatalf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

// refused asserts that a form was refused for one field, with the text.
func (h *house) refused(err error, field, text string) {
	h.Helper()
	if !slices.ContainsFunc(fault.FieldsOf(err), func(f fault.Field) bool { return f.Name == field && f.Text == text }) {
		h.Errorf("want %s: %s\ngot %v %v", field, text, err, fault.FieldsOf(err))
	}
}

// at sets the clock to a time in Stockholm.
func (h *house) at(at string) {
	h.Helper()
	zone, err := time.LoadLocation(zoneName)
	h.must(err)
	t, err := time.ParseInLocation("2006-01-02 15:04", at, zone)
	h.must(err)
	h.hand.Set(t)
}

func day(h *house, text string) standing.Date {
	h.Helper()
	d, err := standing.ParseDate(text)
	h.must(err)
	return d
}

// period makes the current program.
func (h *house) period(from, to string) {
	h.Helper()
	_, err := h.Programs.Add(h.Context(), h.lead, program.Program{
		Name: "From " + from, Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: day(h, from), To: day(h, to), Current: true,
	})
	h.must(err)
}

// wording is a control of the org's own.
func (h *house) wording(id, from string, lanes ...control.Lane) control.Version {
	return control.Version{
		Control: id, EffectiveOn: day(h, from), Title: "Hosts are kept", Statement: "Every host is kept as it should be.",
		Criteria: []string{"CC6.1"}, Frequency: "daily", Reason: "It is so", Lanes: lanes,
	}
}

func (h *house) save(v control.Version) control.Version {
	h.Helper()
	v, err := h.Controls.Save(h.Context(), h.lead, v)
	h.must(err)
	return v
}

func (h *house) rebuild() {
	h.Helper()
	h.must(h.Controls.Rebuild(h.Context(), access.Job(h.org.ID, "standing")))
}

func (h *house) list() control.Overview {
	h.Helper()
	o, err := h.Controls.List(h.Context(), h.lead)
	h.must(err)
	return o
}

func (h *house) get(id string) control.Detail {
	h.Helper()
	d, err := h.Controls.Get(h.Context(), h.lead, id)
	h.must(err)
	return d
}

func (h *house) read(fn func(tx *db.Tx) error) {
	h.Helper()
	g, err := h.lead.May(access.LogRead)
	h.must(err)
	h.must(h.DB.Read(h.Context(), g, fn))
}

const source = "con_test"

const hostCheck = `
id: test.host.kept
version: 1
title: Hosts are kept
description: Every host is kept.
severity: high
kind: test.host
assert: r.kept
message: "'host ' + r.name + ' is not kept'"
empty: proven
freshness: 26h
remediation:
  text: Keep it.
`

const mergeCheck = `
id: test.merge.read
version: 1
title: Merges are read
description: Somebody else reads each merge.
severity: high
kind: test.merge
assert: r.read
message: "'nobody read it'"
empty: proven
freshness: 26h
remediation:
  text: Read it.
`

func hostKinds() []resource.Schema {
	return []resource.Schema{{
		Kind: "test.host", Version: 1, Title: "Hosts", Family: resource.State, Label: "name", Fields: []resource.Field{
			{Name: "name", Type: resource.String}, {Name: "kept", Type: resource.Bool},
		},
	}, {
		Kind: "test.merge", Version: 1, Title: "Merges", Family: resource.Event, At: "at", Fields: []resource.Field{
			{Name: "at", Type: resource.Time}, {Name: "read", Type: resource.Bool},
		},
	}}
}

// merge is something that happened.
type merge struct {
	id   string
	at   time.Time
	read bool
}

// collect lists the hosts, by whether each is kept, and the merges since an
// instant. A listing that is not whole may miss some.
func (h *house) collect(hosts map[string]bool, whole bool, since time.Time, merges ...merge) {
	h.Helper()
	g, err := access.Job(h.org.ID, "collect").May(access.ConnectorSync)
	h.must(err)
	s, err := fact.Begin(h.Context(), h.DB, h.Keys, g, fact.Origin{Connection: source, Connector: "test", Version: "1", Scope: "test"}, hostKinds())
	h.must(err)
	for name, kept := range hosts {
		h.must(s.Put(h.Context(), connector.Resource{Kind: "test.host", ID: name, Fields: map[string]any{"name": name, "kept": kept}}))
	}
	for _, m := range merges {
		h.must(s.Put(h.Context(), connector.Resource{Kind: "test.merge", ID: m.id, Fields: map[string]any{"at": m.at, "read": m.read}}))
	}
	now := h.hand.Now()
	reports := []connector.Report{
		{Kind: "test.host", Items: len(hosts), Complete: whole},
		{Kind: "test.merge", Items: len(merges), Complete: whole, From: since, To: now},
	}
	if !whole {
		for i := range reports {
			reports[i].Problems = []string{"page 2 was refused"}
		}
	}
	_, err = s.Finish(h.Context(), fact.Result{
		Calls: []connector.Call{{Name: "List", Pages: 1, Items: len(hosts) + len(merges), FirstAt: now, LastAt: now}}, Reports: reports,
	})
	h.must(err)
}

// judge runs the checks of the house.
func (h *house) judge() {
	h.Helper()
	_, err := h.Checks.Install(h.Context(), h.lead)
	h.must(err)
	_, err = h.Checks.Run(h.Context(), h.lead, "test.host.kept", "test.merge.read")
	h.must(err)
}

func checkLane(id string) control.Lane {
	return control.Lane{ID: "check/" + id, Kind: standing.ByCheck, Check: id, Title: id}
}

func activityLane(id string, f standing.Frequency, anchor standing.Date) control.Lane {
	return control.Lane{ID: id, Kind: standing.ByActivity, Title: id, Schedule: standing.Schedule{Frequency: f, Anchor: anchor}}
}

func uploadLane(id string, f standing.Frequency) control.Lane {
	return control.Lane{ID: id, Kind: standing.ByUpload, Title: id, Schedule: standing.Schedule{Frequency: f}}
}
