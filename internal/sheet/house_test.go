package sheet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/catalog"
	"assay/connector"
	"assay/internal/access"
	"assay/internal/check"
	"assay/internal/control"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/engagement"
	"assay/internal/fact"
	"assay/internal/governance"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/population"
	"assay/internal/register"
	"assay/internal/resource"
	"assay/internal/rule"
	"assay/internal/sheet"
	"assay/internal/standing"
)

var kinds = []resource.Schema{
	{Kind: "test.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name", Fields: []resource.Field{
		{Name: "name", Type: resource.String}, {Name: "mfa", Type: resource.Bool, Optional: true},
	}},
}

const mfa = `
id: test.account.mfa
version: 1
title: Accounts have a second factor
kind: test.account
assert: r.mfa
message: '"no second factor"'
freshness: 26h
severity: high
criteria: [{id: CC6.1, strength: direct}]
`

type house struct {
	*testing.T
	db                     *db.DB
	ring                   *keys.Ring
	hand                   *clock.Hand
	org                    string
	b                      register.Book
	checks                 *check.Service
	s                      sheet.Service
	lead, auditor, partner access.Actor
	engagement             string
}

// each gives an engagement over the five days from 2 to 6 March 2026, with the control
// IAM-08 and a check of accounts.
func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		library, err := catalog.Load(catalog.Files())
		if err != nil {
			t.Fatal(err)
		}
		h := &house{T: t, db: d, hand: hand, ring: keys.New(secret.NewKey(), t.TempDir())}
		h.on(1)
		o, err := org.Service{DB: d, Keys: h.ring}.Create(t.Context(), org.New{Name: "Larkspur", Zone: "UTC"})
		h.must(err)
		h.org = o.ID
		h.lead = access.Actor{ID: "usr_lead", Org: o.ID, Name: "Lead", Role: access.RoleLead}
		h.auditor = access.Actor{ID: "usr_a", Org: o.ID, Name: "Auditor", Role: access.RoleAuditor}
		h.partner = access.Actor{ID: "usr_p", Org: o.ID, Name: "Partner", Role: access.RoleAuditor}
		h.b = register.Book{
			DB: d, Library: library, Declarations: []register.Declaration{engagement.Declaration(), engagement.Populations(), engagement.Samples(), engagement.Sheets(), engagement.Exceptions(), governance.Findings()},
			People:   func(*db.Tx) ([]register.Someone, error) { return nil, nil },
			PersonOf: func(*db.Tx, string) (string, error) { return "", nil },
			Evidence: func(_ *db.Tx, id string) error {
				if id != "ev_1" {
					return fault.New(fault.NotFound, "There is no such evidence.")
				}
				return nil
			},
		}
		populations := population.Service{DB: d, Keys: h.ring, Books: &h.b}
		h.s = sheet.Service{DB: d, Books: &h.b, Populations: &populations}
		h.b.Acts = map[string]func(*db.Tx, *register.Record, *register.World) error{
			"population.capture": populations.Take, "sample.commit": populations.Commit, "sample.reveal": populations.Reveal, "sample.replace": populations.Replace,
			"sheet.begin": h.s.Begin, "sheet.refresh": h.s.Refresh, "sheet.reperform": h.s.Reperform, "sheet.prepare": h.s.Prepare,
			"engagement.conclude": h.s.Concluded, "sheet.skip": h.s.Skip, "sheet.review": h.s.Review, "sheet.withdraw": h.s.Withdraw,
		}
		h.controls(library)
		e, err := h.b.Add(t.Context(), h.lead, engagement.Noun, register.Input{Fields: fields("title", "FY26", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-03-02", "to", "2026-03-06")})
		h.must(err)
		h.engagement = e.ID
		fn(h)
	})
}

// controls begins the check, and a control as of the first of March.
func (h *house) controls(library *catalog.Library) {
	h.Helper()
	def, err := rule.Parse([]byte(mfa))
	h.must(err)
	h.checks = &check.Service{
		DB: h.db, Keys: h.ring, Catalog: []*rule.Definition{def},
		Connections: func(*db.Tx) ([]string, error) { return []string{"con_1"}, nil },
		Period: func(tx *db.Tx) (rule.Period, error) {
			return rule.Period{From: tx.Now().AddDate(-1, 0, 0), To: tx.Now().AddDate(1, 0, 0)}, nil
		},
	}
	g, err := access.Console(h.org).May(access.OrgEdit)
	h.must(err)
	h.must(h.db.Write(h.Context(), g, func(tx *db.Tx) error { return fact.Declare(tx, &kinds[0], "test") }))
	_, err = h.checks.Install(h.Context(), h.lead)
	h.must(err)
	day, err := standing.ParseDate("2026-03-01")
	h.must(err)
	controls := control.Service{DB: h.db, Library: library, Checks: h.checks, Program: func(*db.Tx) (control.Program, bool, error) {
		return control.Program{Period: standing.Period{From: day, To: day + 30, Zone: time.UTC}}, true, nil
	}}
	_, err = controls.Adopt(h.Context(), h.lead, []string{"IAM-08"}, day)
	h.must(err)
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err, fault.FieldsOf(err))
	}
}

// on is noon of a day of March.
func (h *house) on(day int) { h.hand.Set(time.Date(2026, 3, day, 12, 0, 0, 0, time.UTC)) }

func fields(pairs ...string) map[string][]string {
	out := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = append(out[pairs[i]], pairs[i+1])
	}
	return out
}

// collect is a complete collection of accounts, with a run of the check: the names of
// those with a second factor, and of those without after a minus; after a question mark
// those of whom it is not known.
func (h *house) collect(names ...string) {
	h.Helper()
	g, err := access.Console(h.org).May(access.ConnectorSync)
	h.must(err)
	s, err := fact.Begin(h.Context(), h.db, h.ring, g, fact.Origin{Connection: "con_1", Connector: "test", Version: "1", Scope: "acme"}, kinds)
	h.must(err)
	for _, name := range names {
		id := strings.TrimLeft(name, "-?")
		f := map[string]any{"name": id}
		if name[0] != '?' {
			f["mfa"] = name[0] != '-'
		}
		h.must(s.Put(h.Context(), connector.Resource{Kind: "test.account", ID: id, Fields: f}))
	}
	_, err = s.Finish(h.Context(), fact.Result{Reports: []connector.Report{{Kind: "test.account", Items: len(names), Complete: true}}})
	h.must(err)
	_, err = h.checks.Run(h.Context(), h.lead)
	h.must(err)
	h.must(ledger.Settle(h.Context(), h.db, h.org))
}

func (h *house) move(who access.Actor, noun, id, name string, pairs ...string) (register.Record, error) {
	return h.b.Move(h.Context(), who, noun, id, name, register.Step{Reason: "Because.", Fields: fields(pairs...)})
}

// frozen is a frozen population.
func (h *house) frozen(pairs ...string) register.Record {
	h.Helper()
	r, err := h.b.Add(h.Context(), h.auditor, engagement.PopulationNoun, register.Input{Fields: fields(append([]string{"title", "All", "engagement", h.engagement}, pairs...)...)})
	h.must(err)
	r, err = h.move(h.auditor, engagement.PopulationNoun, r.ID, "capture")
	h.must(err)
	_, err = h.move(h.lead, engagement.PopulationNoun, r.ID, "reconcile", "second_source", "Console", "second_count", r.Get("count"))
	h.must(err)
	r, err = h.move(h.auditor, engagement.PopulationNoun, r.ID, "freeze", "reliability", "Counted.", "gap_treatment", "None.")
	h.must(err)
	return r
}

// plan is a test of IAM-08.
func (h *house) plan(pairs ...string) (register.Record, error) {
	base := []string{
		"title", "Second factor", "engagement", h.engagement, "control", "IAM-08", "inspection", "The accounts.", "items", "accounts",
		"attributes", "The account is somebody's", "attributes", "It has a second factor",
	}
	return h.b.Add(h.Context(), h.auditor, engagement.SheetNoun, register.Input{Fields: fields(append(base, pairs...)...)})
}

func (h *house) begun(pairs ...string) register.Record {
	h.Helper()
	r, err := h.plan(pairs...)
	h.must(err)
	r, err = h.move(h.auditor, engagement.SheetNoun, r.ID, "begin")
	h.must(err)
	return r
}

func (h *house) sheet(id string) sheet.Listing {
	h.Helper()
	l, err := h.s.List(h.Context(), h.lead, id, sheet.Filter{})
	h.must(err)
	return l
}

// mark marks an attribute of items: "1A=pass".
func (h *house) mark(id string, said ...string) error {
	var list []sheet.Marking
	for _, one := range said {
		at, what, _ := strings.Cut(one, "=")
		what, note, _ := strings.Cut(what, " ")
		var n int
		var letter string
		if _, err := fmt.Sscanf(at, "%d%s", &n, &letter); err != nil {
			h.Fatal(err)
		}
		m := sheet.Mark(what)
		list = append(list, sheet.Marking{Item: n, Attribute: letter, Mark: &m, Note: &note})
	}
	_, err := h.s.Mark(h.Context(), h.auditor, id, list)
	return err
}

func second[T any](_ T, err error) error { return err }

func (h *house) refused(err error, kind fault.Kind, text string) {
	h.Helper()
	words := []string{fmt.Sprint(err)}
	for _, f := range fault.FieldsOf(err) {
		words = append(words, f.Name+": "+f.Text)
	}
	if said := strings.Join(words, " "); !fault.Is(err, kind) || !strings.Contains(said, text) {
		h.Errorf("%s, want %s %q", said, kind, text)
	}
}

// anchor signs the log as it is, and has a witness of the test see it.
func (h *house) anchor() {
	h.Helper()
	h.must(ledger.Settle(h.Context(), h.db, h.org))
	head, err := ledger.Sign(h.Context(), h.db, h.ring, h.org)
	h.must(err)
	g, err := access.Console(h.org).May(access.ConnectorSync)
	h.must(err)
	h.must(h.db.Write(h.Context(), g, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO anchor_cosignature (org_id, size, witness, at, line, leaf) VALUES ($1, $2, 'w', 0, 'x', 'lf_x')`, tx.Org(), head.Size)
		return err
	}))
}
