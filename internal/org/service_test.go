package org_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/trail"
)

type house struct {
	*testing.T
	s    org.Service
	hand *clock.Hand
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		fn(&house{T: t, hand: hand, s: org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}})
	})
}

func (h *house) create(n org.New) org.Org {
	h.Helper()
	if n.Zone == "" {
		n.Zone = "Europe/Stockholm"
	}
	o, err := h.s.Create(h.Context(), n)
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
	return o
}

func (h *house) get(who access.Actor) org.Org {
	h.Helper()
	o, err := h.s.Get(h.Context(), who)
	if err != nil {
		h.Fatal(err)
	}
	return o
}

func (h *house) edit(who access.Actor, in org.Org) {
	h.Helper()
	if err := h.s.Edit(h.Context(), who, in); err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) read(who access.Actor, fn func(tx *db.Tx) error) {
	h.Helper()
	g, err := who.May(access.OrgRead)
	if err != nil {
		h.Fatal(err)
	}
	if err := h.s.DB.Read(h.Context(), g, fn); err != nil {
		h.Fatal(err)
	}
}

// last is the newest entry of the trail.
func (h *house) last(who access.Actor) (e trail.Entry) {
	h.Helper()
	h.read(who, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{})
		if err == nil && len(list) > 0 {
			e = list[0]
		}
		return err
	})
	return e
}

func TestAnOrganizationBeginsWithItsKeysAndItsLog(t *testing.T) {
	each(t, func(h *house) {
		a := h.create(org.New{Name: "  Larkspur & Sons  ", Service: "Orders", Setup: "organization"})
		if a.Name != "Larkspur & Sons" || a.Slug != "larkspur-sons" || a.Demo || a.Setup != "organization" {
			h.Errorf("%+v", a)
		}
		who := access.Console(a.ID)
		h.read(who, func(tx *db.Tx) error {
			head, err := ledger.Head(tx)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(head.Origin, "assay.localhost/soc2/") {
				h.Errorf("origin %q", head.Origin)
			}
			o, err := h.s.Keys.Open(tx)
			if err == nil && o.Signer().Verifier() == "" {
				err = errors.New("the log has no key")
			}
			return err
		})
		if e := h.last(who); e.Action != "org.create" || e.Object != a.ID {
			h.Errorf("%+v", e)
		}
		demo := h.create(org.New{Name: "Made up", Demo: true})
		h.read(access.Console(demo.ID), func(tx *db.Tx) error {
			head, err := ledger.Head(tx)
			if !strings.Contains(head.Origin, "demo.invalid/") {
				h.Errorf("the demonstration's log is called %q", head.Origin)
			}
			return err
		})
	})
}

func TestNoTwoOrganizationsHaveOneSlug(t *testing.T) {
	each(t, func(h *house) {
		for _, c := range [][2]string{
			{"Heron", "heron"},
			{"HERON!", "heron-2"},
			{"heron.", "heron-3"},
			{"東京", "org"},
			{"Ünïted", "n-ted"},
			{strings.Repeat("long name ", 12), "long-name-long-name-long-name-long-name"},
		} {
			if got := h.create(org.New{Name: c[0]}).Slug; got != c[1] {
				h.Errorf("%q has the slug %q, want %q", c[0], got, c[1])
			}
		}
	})
}

func TestWhatAnOrganizationMustHave(t *testing.T) {
	each(t, func(h *house) {
		for name, n := range map[string]org.New{
			"no name":           {Name: "   ", Zone: "UTC"},
			"a long name":       {Name: strings.Repeat("n", 201), Zone: "UTC"},
			"a long service":    {Name: "Heron", Service: strings.Repeat("s", 2001), Zone: "UTC"},
			"no zone":           {Name: "Heron"},
			"the host's zone":   {Name: "Heron", Zone: "Local"},
			"a zone of nowhere": {Name: "Heron", Zone: "Europe/Atlantis"},
			"a path":            {Name: "Heron", Zone: "../../etc/passwd"},
		} {
			if _, err := h.s.Create(h.Context(), n); fault.Of(err) != fault.Invalid {
				h.Errorf("%s: %v", name, err)
			}
		}
		all, err := h.s.All(h.Context())
		if err != nil || len(all) != 0 {
			h.Errorf("%d organizations, %v", len(all), err)
		}
	})
}

func TestWhichOrganizationIsMeant(t *testing.T) {
	each(t, func(h *house) {
		want := func(name, text string) {
			h.Helper()
			_, err := h.s.Named(h.Context(), name)
			if err == nil || fault.Text(err) != text {
				h.Errorf("%q: %v, want %q", name, err, text)
			}
		}
		want("", "There is no organization in this store yet. Run: assay init")
		a := h.create(org.New{Name: "Larkspur"})
		if got, err := h.s.Named(h.Context(), ""); err != nil || got.ID != a.ID {
			h.Errorf("the only one is %q, %v", got.ID, err)
		}
		want("heron", `There is no organization "heron" here. There is larkspur.`)
		h.hand.Add(time.Second)
		b := h.create(org.New{Name: "Heron"})
		h.hand.Add(time.Second)
		h.create(org.New{Name: "Heron"})
		want("", "Say which organization with --org: larkspur, heron, heron-2")
		want("sparrow", `There is no organization "sparrow" here. There are larkspur, heron, heron-2.`)
		for _, name := range []string{b.ID, "heron"} {
			if got, err := h.s.Named(h.Context(), name); err != nil || got.ID != b.ID {
				h.Errorf("%q is %q, %v", name, got.ID, err)
			}
		}
		// A name that two carry is not guessed at.
		want("Heron", `Several organizations are called "Heron". Say which by its short name: heron, heron-2`)
	})
}

func TestOnlyALeadChangesTheOrganization(t *testing.T) {
	each(t, func(h *house) {
		a, b := h.create(org.New{Name: "Larkspur"}), h.create(org.New{Name: "Heron"})
		for _, role := range []access.Role{access.RoleOwner, access.RoleAuditor, access.RoleViewer} {
			who := access.Actor{ID: "usr_x", Org: a.ID, Role: role}
			if err := h.s.Edit(h.Context(), who, org.Org{Name: "Mine", Zone: "UTC"}); fault.Of(err) != fault.Forbidden {
				h.Errorf("%s: %v", role, err)
			}
			if err := h.s.SetStep(h.Context(), who, ""); fault.Of(err) != fault.Forbidden {
				h.Errorf("%s: %v", role, err)
			}
		}
		if err := h.s.Edit(h.Context(), access.Actor{}, org.Org{Name: "Mine", Zone: "UTC"}); fault.Of(err) != fault.Unauthenticated {
			h.Errorf("nobody: %v", err)
		}
		lead := access.Actor{ID: "usr_lead", Org: a.ID, Role: access.RoleLead}
		h.hand.Add(time.Second)
		// The id in what is sent does not say which organization it is.
		h.edit(lead, org.Org{ID: b.ID, Slug: "taken", Name: "Larkspur AB", Service: "Orders", Zone: "Europe/Stockholm", Demo: true})
		if got := h.get(lead); got.Name != "Larkspur AB" || got.Slug != "larkspur" || got.Service != "Orders" || got.Demo {
			h.Errorf("%+v", got)
		}
		if got := h.get(access.Console(b.ID)); got.Name != "Heron" {
			h.Errorf("another organization is called %q", got.Name)
		}
		if e := h.last(lead); e.Action != "org.edit" || e.Detail["name"] != "Larkspur → Larkspur AB" || e.Detail["zone"] != "" {
			h.Errorf("%+v", e)
		}
		if err := h.s.Edit(h.Context(), lead, org.Org{Name: "", Zone: "UTC"}); fault.Of(err) != fault.Invalid {
			h.Error(err)
		}
		if got := h.get(lead); got.Name != "Larkspur AB" {
			h.Errorf("a refused change left %q", got.Name)
		}
	})
}

func TestStepsAndSettingsAreTheOrganizations(t *testing.T) {
	each(t, func(h *house) {
		a, b := h.create(org.New{Name: "Larkspur", Setup: "organization"}), h.create(org.New{Name: "Heron", Setup: "organization"})
		who := access.Console(a.ID)
		if err := h.s.SetStep(h.Context(), who, ""); err != nil {
			h.Fatal(err)
		}
		if got := h.get(who).Setup + " " + h.get(access.Console(b.ID)).Setup; got != " organization" {
			h.Errorf("steps %q", got)
		}
		g, err := who.May(access.OrgEdit)
		if err != nil {
			h.Fatal(err)
		}
		for _, value := range []string{"one", "two"} {
			if err := h.s.DB.Write(h.Context(), g, func(tx *db.Tx) error { return org.Set(tx, "color", value) }); err != nil {
				h.Fatal(err)
			}
		}
		for id, want := range map[string]string{a.ID: "two", b.ID: "none"} {
			h.read(access.Console(id), func(tx *db.Tx) error {
				got, err := org.Setting(tx, "color", "none")
				if got != want {
					h.Errorf("%s, want %s", got, want)
				}
				return err
			})
		}
	})
}
