package person_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/person"
	"assay/internal/standing"
)

type house struct {
	*testing.T
	s    person.Service
	orgs org.Service
	hand *clock.Hand
	lead access.Actor
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, s: person.Service{DB: d, Changed: "collect.run"}, hand: hand}
		h.orgs = org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}
		h.lead = h.newOrg("Larkspur")
		fn(h)
	})
}

func (h *house) newOrg(name string) access.Actor {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Pacific/Auckland"})
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
		h.Fatalf("want %s, got %v %v", k, err, fault.FieldsOf(err))
	}
}

func day(y int, m time.Month, d int) standing.Date { return standing.NewDate(y, m, d) }

func (h *house) add(d person.Details) person.Person {
	h.Helper()
	p, err := h.s.Add(h.Context(), h.lead, d)
	h.must(err)
	return p
}

func names(l person.Listing) string {
	var out []string
	for _, p := range l.People {
		out = append(out, p.Name)
	}
	return strings.Join(out, " ")
}

func TestRegister(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		boss := h.add(person.Details{Name: " Ada  Berg ", Email: "Ada@X.example", Title: "CTO", Group: "Platform", StartsOn: day(2020, 1, 1)})
		if boss.Name != "Ada Berg" || boss.Email != "ada@x.example" || boss.Employment != person.Employee {
			h.Fatalf("%+v", boss)
		}
		_, err := h.s.Add(ctx, h.lead, person.Details{Name: "", Email: "x", Employment: "king", EndsOn: 5})
		h.want(fault.Invalid, err)
		if n := len(fault.FieldsOf(err)); n != 4 {
			h.Errorf("%v", fault.FieldsOf(err))
		}
		_, err = h.s.Add(ctx, h.lead, person.Details{Name: "Other", Email: "ADA@x.example", StartsOn: day(2020, 1, 1)})
		h.want(fault.Conflict, err)
		// 2 January 2026, 03:04 UTC is the afternoon of 2 January in Auckland.
		joiner := h.add(person.Details{Name: "Joiner", StartsOn: day(2026, 1, 3), Manager: boss.ID})
		h.add(person.Details{Name: "Active", StartsOn: day(2026, 1, 2), Employment: person.Contractor})
		leaver := h.add(person.Details{Name: "Leaver", StartsOn: day(2025, 1, 2), EndsOn: day(2026, 1, 2)})
		h.add(person.Details{Name: "100%_Left", StartsOn: day(2025, 1, 2), EndsOn: day(2026, 1, 1)})
		for _, c := range []struct {
			f    person.Filter
			want string
		}{
			{person.Filter{}, "100%_Left Active Ada Berg Joiner Leaver"},
			{person.Filter{Limit: 2}, "100%_Left Active"},
			{person.Filter{State: person.Joining}, "Joiner"},
			{person.Filter{State: person.Active}, "Active Ada Berg"},
			{person.Filter{State: person.Leaving}, "Leaver"},
			{person.Filter{State: person.Left}, "100%_Left"},
			{person.Filter{Group: "Platform"}, "Ada Berg"},
			{person.Filter{Employment: person.Contractor}, "Active"},
			{person.Filter{Query: "cto"}, "Ada Berg"},
			{person.Filter{Query: "0%_"}, "100%_Left"},
			{person.Filter{Query: "%"}, "100%_Left"},
			{person.Filter{Query: `\`}, ""},
			{person.Filter{After: joiner.ID}, "Leaver"},
		} {
			l, err := h.s.List(ctx, h.lead, c.f)
			h.must(err)
			if names(l) != c.want {
				h.Errorf("%+v: %s", c.f, names(l))
			}
			if l.Counts[person.Active] != 2 || len(l.Groups) != 1 {
				h.Errorf("%+v", l)
			}
		}
		h.hand.Add(time.Minute)
		h.must(h.s.End(ctx, h.lead, joiner.ID, day(2026, 6, 30)))
		h.want(fault.Invalid, h.s.End(ctx, h.lead, joiner.ID, day(2026, 1, 1)))
		h.want(fault.Invalid, h.s.Edit(ctx, h.lead, boss.ID, withManager(boss.Details, joiner.ID)))
		h.want(fault.Invalid, h.s.Edit(ctx, h.lead, boss.ID, withManager(boss.Details, "per_none")))
		h.must(h.s.Edit(ctx, h.lead, leaver.ID, withManager(leaver.Details, joiner.ID)))
		h.must(h.s.Edit(ctx, h.lead, leaver.ID, withManager(leaver.Details, joiner.ID))) // changes nothing
		d, err := h.s.Get(ctx, h.lead, joiner.ID)
		h.must(err)
		if d.ManagerName != "Ada Berg" || len(d.Reports) != 1 || len(d.History) != 2 || d.History[0].Detail["ends_on"] != " → 2026-06-30" {
			h.Errorf("%+v", d)
		}
		d, err = h.s.Get(ctx, h.lead, leaver.ID)
		h.must(err)
		if len(d.History) != 2 {
			h.Errorf("%+v", d.History)
		}
	})
}

func withManager(d person.Details, id string) person.Details {
	d.Manager = id
	return d
}

func TestAnotherOrganizationReachesNobody(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		p := h.add(person.Details{Name: "Ada", Email: "ada@x.example", ExternalID: "1", StartsOn: day(2020, 1, 1)})
		evil := h.newOrg("Evil")
		_, err := h.s.Get(ctx, evil, p.ID)
		h.want(fault.NotFound, err)
		h.want(fault.NotFound, h.s.Edit(ctx, evil, p.ID, p.Details))
		h.want(fault.NotFound, h.s.End(ctx, evil, p.ID, day(2027, 1, 1)))
		l, err := h.s.List(ctx, evil, person.Filter{})
		h.must(err)
		if l.Total != 0 || len(l.People) != 0 || len(l.Groups) != 0 {
			h.Errorf("%+v", l)
		}
		// Its own person may have the same address, and a file there changes
		// nobody here.
		res, err := h.s.Import(ctx, evil, []byte("external_id,name,email,starts_on\n1,Eve,ada@x.example,2020-01-01\n"), true)
		h.must(err)
		if res.Counts[person.Added] != 1 {
			h.Errorf("%+v", res)
		}
		_, err = h.s.Add(ctx, evil, person.Details{Name: "M", StartsOn: day(2020, 1, 1), Manager: p.ID})
		h.want(fault.Invalid, err)
		d, err := h.s.Get(ctx, h.lead, p.ID)
		h.must(err)
		if d.Name != "Ada" {
			h.Errorf("%+v", d)
		}
	})
}

func TestWhoMay(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		for _, role := range []access.Role{access.RoleOwner, access.RoleAuditor, access.RoleViewer} {
			who := h.lead
			who.Role = role
			_, err := h.s.Add(ctx, who, person.Details{Name: "X", StartsOn: 1})
			h.want(fault.Forbidden, err)
			h.want(fault.Forbidden, h.s.Edit(ctx, who, "per_x", person.Details{}))
			h.want(fault.Forbidden, h.s.End(ctx, who, "per_x", 0))
			_, err = h.s.Import(ctx, who, nil, false)
			h.want(fault.Forbidden, err)
			_, err = h.s.List(ctx, who, person.Filter{})
			h.must(err)
		}
		_, err := h.s.List(ctx, access.Actor{}, person.Filter{})
		h.want(fault.Unauthenticated, err)
	})
}

const file = `external_id,name,email,title,group,manager,employment,starts_on,ends_on,shoe size
1,Ada Berg,ada@x.example,CTO,Platform,,employee,2020-01-01,,38
2,Bo Carl,bo@x.example,Engineer,Platform,ada@x.example,full-time,2021-02-03,,40
3,Cy Dahl,cy@x.example,Engineer,Platform,2,agency,2021-02-03,2025-12-31,41
4,No Day,no@x.example,,,,employee,,,
5,Bad Day,bad@x.example,,,,employee,03/04/2021,,
6,Bad End,end@x.example,,,,employee,2021-01-01,2020-01-01,
7,Ada Again,ada@x.example,,,,employee,2021-01-01,,
8,Dot,,,,Nobody,,2022-01-01,,
9,short
10,"Quo"te,q@x.example,,,,employee,2021-01-01,,
11,Eva Falk,eva@x.example,,,Bo Carl,pilot,2021-01-01,,
12,Fia Gran,fia@x.example,,,12,employee,2021-01-01,,
`

func TestImport(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		dry, err := h.s.Import(ctx, h.lead, []byte(file), false)
		h.must(err)
		l, err := h.s.List(ctx, h.lead, person.Filter{})
		h.must(err)
		if l.Total != 0 {
			h.Fatal("a dry run saved something")
		}
		res, err := h.s.Import(ctx, h.lead, []byte(file), true)
		h.must(err)
		if fmt.Sprint(dry.Counts, errorsOf(dry)) != fmt.Sprint(res.Counts, errorsOf(res)) || !res.Applied || dry.Applied {
			h.Errorf("the dry run said %v, then %v", dry.Counts, res.Counts)
		}
		want := map[int]string{
			2: "add", 3: "add", 4: "add", 5: "refuse starts_on", 6: "refuse starts_on", 7: "refuse ends_on", 8: "refuse email",
			9: "add manager", 10: "refuse ", 11: "refuse ", 12: "refuse employment", 13: "add manager",
		}
		for _, r := range res.Rows {
			got := string(r.Outcome)
			if len(r.Errors) > 0 {
				got += " " + r.Errors[0].Name
			}
			if got != want[r.Line] {
				h.Errorf("line %d: %q, want %q (%v)", r.Line, got, want[r.Line], r.Errors)
			}
		}
		if len(res.Rows) != len(want) || len(res.Ignored) != 1 || res.Counts[person.Added] != 5 {
			h.Errorf("%d rows, ignored %v, %v", len(res.Rows), res.Ignored, res.Counts)
		}
		l, err = h.s.List(ctx, h.lead, person.Filter{Query: "cy"})
		h.must(err)
		d, err := h.s.Get(ctx, h.lead, l.People[0].ID)
		h.must(err)
		if d.ManagerName != "Bo Carl" || d.Employment != person.Contractor || d.State != person.Left {
			h.Errorf("%+v", d)
		}
		// A second time nothing changes; a partial file keeps what it lacks.
		again, err := h.s.Import(ctx, h.lead, []byte(file), true)
		h.must(err)
		if again.Counts[person.Same] != 5 || again.Counts[person.Added]+again.Counts[person.Changed] != 0 {
			h.Errorf("again: %v", again.Counts)
		}
		part, err := h.s.Import(ctx, h.lead, []byte("email;name;starts_on;ends_on\nbo@x.example;Bo Carl;2021-02-03;2026-02-28\n"), true)
		h.must(err)
		if part.Counts[person.Changed] != 1 || len(part.Absent) != 3 || part.Rows[0].Changes["ends_on"] != " → 2026-02-28" || len(part.Rows[0].Changes) != 1 {
			h.Errorf("%+v", part)
		}
		l, err = h.s.List(ctx, h.lead, person.Filter{Query: "bo@"})
		h.must(err)
		if p := l.People[0]; p.Title != "Engineer" || p.ExternalID != "2" || p.State != person.Leaving {
			h.Errorf("%+v", p)
		}
	})
}

func errorsOf(r *person.ImportResult) (out []string) {
	for _, row := range r.Rows {
		out = append(out, fmt.Sprint(row.Line, row.Outcome, row.Errors))
	}
	return out
}

func TestExportComesBack(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		boss := h.add(person.Details{Name: "=SUM(A1)", StartsOn: day(2020, 1, 1), Group: `a "b", c`})
		h.add(person.Details{Name: "Bo", Email: "bo@x.example", StartsOn: day(2020, 1, 1), Manager: boss.ID})
		var out bytes.Buffer
		h.must(h.s.ExportCSV(ctx, h.lead, person.Filter{Limit: 1}, &out))
		if strings.Contains(out.String(), "\n,=") || !strings.Contains(out.String(), "'=SUM") {
			h.Errorf("a formula: %s", out.String())
		}
		res, err := h.s.Import(ctx, h.lead, out.Bytes(), true)
		h.must(err)
		if res.Counts[person.Same] != 2 {
			h.Errorf("%+v", res)
		}
		out.Reset()
		h.must(h.s.ExportJSON(ctx, h.lead, person.Filter{}, &out))
		var list []person.ExportedPerson
		h.must(json.Unmarshal(out.Bytes(), &list))
		if len(list) != 2 || list[1].Manager != boss.ID || list[1].State != person.Active {
			h.Errorf("%+v", list)
		}
		out.Reset()
		h.must(h.s.ExportJSON(ctx, h.newOrg("Empty"), person.Filter{}, &out))
		if strings.TrimSpace(out.String()) != "[]" {
			h.Errorf("%q", out.String())
		}
	})
}

func TestFacts(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		h.add(person.Details{Name: "Ada", Email: "ada@x.example", StartsOn: day(2020, 1, 1), EndsOn: day(2026, 1, 2)})
		h.add(person.Details{Name: "Bo", StartsOn: day(2026, 1, 3)})
		p := person.Product(h.s, h.lead.Org)
		if err := p.Kinds[0].Valid(); err != nil {
			h.Fatal(err)
		}
		collect := func() map[string]connector.Resource {
			src, err := p.Open(nil, connector.Env{})
			h.must(err)
			authority, err := src.Authority(ctx)
			h.must(err)
			got := map[string]connector.Resource{}
			run := connector.NewRun(h.hand.Now, []string{person.Kind}, func(_ context.Context, r connector.Resource) error {
				got[fmt.Sprint(r.Fields["name"])] = r
				_, err := p.Kinds[0].Normalize(r.Fields, r.Unavailable)
				return err
			}, nil)
			h.must(src.Collect(ctx, run))
			if rep := run.Reports()[0]; !rep.Complete || rep.Items != 2 || authority != h.lead.Org {
				h.Errorf("%+v %s", rep, authority)
			}
			return got
		}
		got := collect()
		if got["Ada"].Fields["active"] != true || got["Bo"].Fields["active"] != false || got["Bo"].Fields["email"] != nil {
			h.Errorf("%+v", got)
		}
		h.hand.Set(time.Date(2026, 1, 2, 11, 0, 0, 0, time.UTC)) // midnight in Auckland
		got = collect()
		if got["Ada"].Fields["active"] != false || got["Bo"].Fields["active"] != true {
			h.Errorf("%+v", got)
		}
		// A change has the register collected once, soon.
		g, err := h.lead.May(access.OrgRead)
		h.must(err)
		h.must(h.s.DB.Read(ctx, g, func(tx *db.Tx) error {
			jobs, err := job.Recent(tx, 10)
			if len(jobs) != 1 || jobs[0].Arg != "register/person" {
				h.Errorf("%+v", jobs)
			}
			return err
		}))
	})
}
