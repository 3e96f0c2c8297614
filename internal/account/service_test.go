package account_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/account"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/fact"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/resource"
	"assay/internal/standing"
)

var kinds = []resource.Schema{{
	Kind: "test.account", Version: 1, Title: "Accounts of the test", Family: resource.State, Label: "name",
	Fields: []resource.Field{
		{Name: "name", Type: resource.String},
		{Name: "email", Type: resource.String, Personal: true, Optional: true},
		{Name: "holder", Type: resource.String, Enum: []string{"person", "service", "system"}},
		{Name: "enabled", Type: resource.Bool, Optional: true},
		{Name: "admin", Type: resource.Bool, Optional: true},
	},
	Facets: []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
		"name": {From: "name"}, "email": {From: "email"}, "holder": {From: "holder"}, "enabled": {From: "enabled"}, "admin": {From: "admin"},
	}}},
}}

type house struct {
	*testing.T
	db     *db.DB
	ring   *keys.Ring
	hand   *clock.Hand
	orgs   org.Service
	people person.Service
	s      account.Service
	lead   access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		h := &house{T: t, db: d, ring: ring, hand: hand, orgs: org.Service{DB: d, Keys: ring}, people: person.Service{DB: d}}
		h.s = account.Service{DB: d, Keys: ring, Memory: &account.Memory{}, Connections: func(*db.Tx) ([]string, error) { return []string{"con_1", "con_2"}, nil }, Changed: "collect.run"}
		h.lead = h.newOrg("Larkspur")
		fn(h)
	})
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return access.Actor{ID: "usr_lead", Org: o.ID, Name: "Lead", Role: access.RoleLead, Door: access.DoorWeb}
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
		h.Errorf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

func (h *house) person(name, email string) person.Person {
	h.Helper()
	p, err := h.people.Add(h.Context(), h.lead, person.Details{Name: name, Email: email, StartsOn: standing.NewDate(2020, 1, 1)})
	h.must(err)
	return p
}

// collect lists accounts, as "id name email holder enabled".
func (h *house) collect(connection string, complete bool, lines ...string) {
	h.Helper()
	g, err := h.lead.May(access.ConnectorSync)
	h.must(err)
	s, err := fact.Begin(h.Context(), h.db, h.ring, g, fact.Origin{Connection: connection, Connector: "test", Version: "1", Scope: "acme"}, kinds)
	h.must(err)
	for _, l := range lines {
		w := strings.Fields(l)
		r := connector.Resource{Kind: "test.account", Authority: "acme", ID: w[0], Fields: map[string]any{"name": w[1], "holder": w[3], "admin": w[1] == "root"}}
		if w[2] != "-" {
			r.Fields["email"] = w[2]
		}
		if w[4] == "?" {
			r.Unavailable = []string{"enabled"}
		} else {
			r.Fields["enabled"] = w[4] == "on"
		}
		h.must(s.Put(h.Context(), r))
	}
	_, err = s.Finish(h.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.account", Items: len(lines), Complete: complete}}})
	h.must(err)
	h.must(ledger.Settle(h.Context(), h.db, h.lead.Org))
	h.hand.Add(time.Hour)
}

func (h *house) list(f account.Filter) (account.Listing, string) {
	h.Helper()
	l, err := h.s.List(h.Context(), h.lead, f)
	h.must(err)
	var out []string
	for i := range l.Accounts {
		a := &l.Accounts[i]
		text := a.Name + " " + string(a.State)
		if a.PersonName != "" {
			text += " " + a.PersonName
		}
		if a.Match != nil {
			text += " " + string(a.Match.How)
		}
		out = append(out, text)
	}
	return l, strings.Join(out, ", ")
}

func (h *house) id(name string) string {
	h.Helper()
	l, _ := h.list(account.Filter{Query: name})
	if len(l.Accounts) != 1 {
		h.Fatalf("%d accounts are called %s", len(l.Accounts), name)
	}
	return l.Accounts[0].ID
}

var some = []string{"1 ann ann@x.example person on", "2 bob - person on", "3 sync - service on", "4 root - system on", "5 old - person off", "6 dim - person ?"}

func TestRegister(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		ann, bob := h.person("Ann", "ann@x.example"), h.person("Bob", "bob@x.example")
		if _, got := h.list(account.Filter{}); got != "" {
			h.Errorf("before anything was collected: %s", got)
		}
		h.collect("con_1", true, some...)
		if _, got := h.list(account.Filter{}); got != "ann orphan, bob orphan, dim orphan, sync orphan, old off, root system" {
			h.Error(got)
		}
		if n, err := h.s.Match(ctx, h.lead); err != nil || n != 1 {
			h.Fatal(n, err)
		}
		if n, err := h.s.Match(ctx, h.lead); err != nil || n != 0 {
			h.Fatal("again:", n, err)
		}
		h.must(h.s.Confirm(ctx, h.lead, h.id("bob"), bob.ID))
		h.must(h.s.Confirm(ctx, h.lead, h.id("bob"), bob.ID)) // nothing new
		h.must(h.s.Declare(ctx, h.lead, h.id("sync"), ann.ID, " Copies  orders "))
		if _, got := h.list(account.Filter{}); got != "dim orphan, ann matched Ann address, bob matched Bob confirmed, sync service Ann declared, old off, root system" {
			h.Error(got)
		}

		h.want(fault.Invalid, h.s.Confirm(ctx, h.lead, h.id("dim"), "per_none"))
		h.want(fault.NotFound, h.s.Confirm(ctx, h.lead, "acc_none", ann.ID))
		h.want(fault.Invalid, h.s.Declare(ctx, h.lead, h.id("dim"), ann.ID, " "))
		h.want(fault.Invalid, h.s.Revoke(ctx, h.lead, h.id("ann"), ""))
		h.want(fault.Conflict, h.s.Revoke(ctx, h.lead, h.id("dim"), "x"))

		// What was revoked stays revoked, and can be said again by somebody.
		h.hand.Add(time.Minute)
		h.must(h.s.Revoke(ctx, h.lead, h.id("ann"), "a shared mailbox"))
		if n, err := h.s.Match(ctx, h.lead); err != nil || n != 0 {
			h.Fatal("what was revoked was matched:", n, err)
		}
		h.hand.Add(time.Minute)
		h.must(h.s.Confirm(ctx, h.lead, h.id("ann"), bob.ID))
		h.hand.Add(time.Minute)
		h.must(h.s.Confirm(ctx, h.lead, h.id("ann"), ann.ID))
		d, err := h.s.Get(ctx, h.lead, h.id("ann"))
		h.must(err)
		var said []string
		for _, m := range d.Matches {
			said = append(said, fmt.Sprintf("%s %s %v %s", d.Names[m.Person], m.How, m.InForce(), m.Why))
		}
		if want := []string{"Ann confirmed true ", "Bob confirmed false another was said", "Ann address false a shared mailbox"}; !slices.Equal(said, want) {
			h.Errorf("%q", said)
		}
		var acts []string
		for _, e := range d.History {
			acts = append(acts, e.Action)
		}
		if want := []string{"account.confirm", "account.confirm", "account.revoke", "account.match"}; !slices.Equal(acts, want) {
			h.Errorf("%q", acts)
		}
		l, got := h.list(account.Filter{State: account.Matched, Limit: 1})
		if got != "ann matched Ann confirmed" || l.Total != 2 || l.Counts[account.Orphan] != 1 {
			h.Errorf("%s of %d, %v", got, l.Total, l.Counts)
		}
		if _, got := h.list(account.Filter{State: account.Matched, Limit: 1, After: l.Accounts[0].ID}); got != "bob matched Bob confirmed" {
			h.Error(got)
		}
		if _, got := h.list(account.Filter{Person: ann.ID}); got != "ann matched Ann confirmed, sync service Ann declared" {
			h.Error(got)
		}
	})
}

// The register's facts say whose each account is; they are complete only when
// every listing of accounts was.
func TestFacts(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		ann, bob := h.person("Ann", "ann@x.example"), h.person("Bob", "")
		h.collect("con_1", true, some...)
		h.must(h.s.Confirm(ctx, h.lead, h.id("bob"), bob.ID))
		h.must(h.s.Declare(ctx, h.lead, h.id("sync"), ann.ID, "Copies orders"))
		h.must(h.people.End(ctx, h.lead, bob.ID, standing.NewDate(2020, 2, 1)))
		got, report := h.facts()
		want := []string{
			"ann person matched=true enabled=true active=true address", "bob person matched=true enabled=true active=false confirmed",
			"dim person matched=false enabled=<nil> active=<nil> <nil>", "old person matched=false enabled=false active=<nil> <nil>",
			"root system matched=false enabled=true active=<nil> <nil>", "sync service matched=true enabled=true active=true declared",
		}
		if !slices.Equal(got, want) || !report.Complete {
			h.Errorf("%q %+v", got, report)
		}
		h.want(fault.Invalid, h.s.Declare(ctx, h.lead, h.id("root"), bob.ID, "Runs the host")) // who has left answers for nothing

		h.collect("con_2", false, "7 zoe zoe@x.example person on")
		if got, report := h.facts(); len(got) != 7 || report.Complete || len(report.Problems) != 1 || !strings.Contains(report.Problems[0], "Accounts of the test") {
			h.Errorf("%q %+v", got, report)
		}
	})
}

func (h *house) facts() (lines []string, report connector.Report) {
	h.Helper()
	p := account.Product(h.s, h.lead.Org)
	source, err := p.Open(nil, connector.Env{})
	h.must(err)
	schema := p.Kinds[0]
	run := connector.NewRun(h.hand.Now, []string{account.Kind}, func(_ context.Context, r connector.Resource) error {
		if _, err := schema.Normalize(r.Fields, r.Unavailable); err != nil {
			return err
		}
		f := r.Fields
		lines = append(lines, fmt.Sprintf("%s %s matched=%v enabled=%v active=%v %v", f["name"], f["holder"], f["matched"], f["enabled"], f["person_active"], f["how"]))
		return nil
	}, nil)
	h.must(source.Collect(h.Context(), run))
	slices.Sort(lines)
	return lines, run.Reports()[0]
}

func TestWhoMay(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		ann := h.person("Ann", "ann@x.example")
		h.collect("con_1", true, some...)
		viewer := h.lead
		viewer.Role = access.RoleViewer
		id := h.id("bob")
		if _, err := h.s.List(ctx, viewer, account.Filter{}); err != nil {
			h.Error(err)
		}
		h.want(fault.Forbidden, h.s.Confirm(ctx, viewer, id, ann.ID))
		h.want(fault.Forbidden, h.s.Declare(ctx, viewer, id, ann.ID, "x"))
		h.want(fault.Forbidden, h.s.Revoke(ctx, viewer, id, "x"))
		_, err := h.s.Match(ctx, viewer)
		h.want(fault.Forbidden, err)

		other := h.newOrg("Other") // sees nothing of the first
		l, err := h.s.List(ctx, other, account.Filter{})
		if err != nil || len(l.Accounts) != 0 {
			h.Errorf("%+v %v", l, err)
		}
		_, err = h.s.Get(ctx, other, id)
		h.want(fault.NotFound, err)
		h.want(fault.NotFound, h.s.Confirm(ctx, other, id, ann.ID))
	})
}
