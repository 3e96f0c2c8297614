package member_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/factor"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/secret"
	"assay/internal/member"
	"assay/internal/org"
	"assay/internal/portfolio"
	"assay/internal/resource"
)

// house is a provider and its client, whose members are collected.
type house struct {
	*testing.T
	db       *db.DB
	hand     *clock.Hand
	auth     auth.Service
	orgs     org.Service
	provider org.Org
	client   org.Org
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, db: d, hand: hand, auth: auth.Service{DB: d, Factors: factor.Service{Key: secret.NewKey()}}, orgs: org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}}
		h.provider, h.client = h.newOrg("Ridgeway IT"), h.newOrg("Cove Health")
		fn(h)
	})
}

func (h *house) newOrg(name string) org.Org {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return o
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) user(o org.Org, name string, role access.Role) access.Actor {
	h.Helper()
	u, err := h.auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: strings.ToLower(name) + "@cove.example", Name: name, Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: o.ID, Name: name, Role: role, Door: access.DoorWeb}
}

func (h *house) exec(query string, args ...any) {
	h.Helper()
	g, err := access.Console(h.client.ID).May(access.SSOEdit)
	h.must(err)
	h.must(h.db.Write(h.Context(), g, func(tx *db.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	}))
}

// collect is what a collection of the client's members shows, by name.
func (h *house) collect() map[string]connector.Resource {
	h.Helper()
	p := member.Product(member.Source{DB: h.db, Providers: portfolio.Names}, h.client.ID)
	kinds := map[string]*resource.Schema{}
	for i := range p.Kinds {
		h.must(p.Kinds[i].Valid())
		kinds[p.Kinds[i].Kind] = &p.Kinds[i]
	}
	source, err := p.Open(nil, connector.Env{})
	h.must(err)
	authority, err := source.Authority(h.Context())
	h.must(err)
	out := map[string]connector.Resource{}
	run := connector.NewRun(h.hand.Now, slices.Collect(maps.Keys(kinds)), func(_ context.Context, r connector.Resource) error {
		out[fmt.Sprint(r.Fields["name"])] = r
		_, err := kinds[r.Kind].Normalize(r.Fields, r.Unavailable)
		return err
	}, nil)
	h.must(source.Collect(h.Context(), run))
	items := 0
	for _, rep := range run.Reports() {
		items += rep.Items
		if !rep.Complete || authority != h.client.ID {
			h.Errorf("%+v %s", rep, authority)
		}
	}
	if items != len(out) {
		h.Errorf("%d reported, %d emitted", items, len(out))
	}
	return out
}

// Each way in, and what is known of the second factor of whoever takes it.
func TestWaysIn(t *testing.T) {
	each(t, func(h *house) {
		ids := map[string]string{}
		for _, name := range []string{"Link", "Word", "Code", "Key", "Sub", "Both"} {
			ids[name] = h.user(h.client, name, access.RoleEmployee).ID
		}
		for _, name := range []string{"Word", "Code", "Both"} {
			h.exec(`UPDATE auth_user SET password = 'x' WHERE id = $1`, ids[name])
		}
		h.exec(`INSERT INTO factor_totp (user_id, secret, last_step, created_at) VALUES ($1, $2, 0, 0)`, ids["Code"], []byte("x"))
		h.exec(`INSERT INTO factor_passkey (id, user_id, name, site, synced, created_at, last_at, credential) VALUES ('k', $1, 'n', 's', false, 0, 0, '')`, ids["Key"])
		h.exec(`INSERT INTO sso_issuer (org_id, id, kind, name, state, location, secret, added_by, added_at, updated_at, approved_at) VALUES ($1, 'iss', 'oidc', 'Okta', 'active', 'x', $2, 'u', 0, 0, 1)`, h.client.ID, []byte{})
		for _, name := range []string{"Sub", "Both"} {
			h.exec(`INSERT INTO sso_subject (org_id, issuer, subject, user_id, bound_at) VALUES ($1, 'iss', $2, $2, 0)`, h.client.ID, ids[name])
		}
		want := func(about string, table map[string]string) {
			h.Helper()
			all := h.collect()
			for name, want := range table {
				r := all[name]
				got := map[any]string{true: "in", false: "out"}[r.Fields["enabled"]]
				switch second, told := r.Fields["second_factor"]; {
				case !told && len(r.Unavailable) == 1:
					got += " unknown"
				case second == true:
					got += " two"
				default:
					got += " one"
				}
				if got != want {
					h.Errorf("%s, %s: %q, want %q", about, name, got, want)
				}
			}
		}
		want("as it is", map[string]string{"Link": "out one", "Word": "in one", "Code": "in two", "Key": "in two", "Sub": "in unknown", "Both": "in one"})
		h.exec(`INSERT INTO auth_policy (org_id, second, sso) VALUES ($1, '', true)`, h.client.ID)
		want("by the identity provider alone", map[string]string{"Word": "out one", "Code": "out two", "Key": "out two", "Sub": "in unknown", "Both": "in unknown"})
		h.exec(`UPDATE auth_policy SET second = 'second' WHERE org_id = $1`, h.client.ID)
		want("with a second factor at each sign-in", map[string]string{"Word": "out two", "Sub": "in two", "Both": "in two"})
		h.exec(`UPDATE auth_policy SET second = '', sso = false WHERE org_id = $1`, h.client.ID)
		h.exec(`INSERT INTO sso_domain (org_id, domain, challenge, added_by, added_at, verified_at) VALUES ($1, 'cove.example', 'x', 'u', 0, 1)`, h.client.ID)
		want("with a domain", map[string]string{"Link": "in unknown", "Word": "in one", "Code": "in unknown"})
		h.exec(`UPDATE sso_issuer SET state = 'paused' WHERE org_id = $1`, h.client.ID)
		want("with the identity provider paused", map[string]string{"Link": "out one", "Sub": "out one", "Both": "in one"})
	})
}

// Staff of a provider and auditors are shown to the organization that let them in, and
// go with their membership; nobody sees the members of another organization.
func TestGuestsAreShown(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		lead, theirs := h.user(h.provider, "Anna", access.RoleLead), h.user(h.client, "Carl", access.RoleLead)
		h.user(h.provider, "Other", access.RoleLead)
		_, err := h.auth.Enroll(ctx, access.Console(h.client.ID), auth.New{Email: "o@firm.example", Name: "Owen", Role: access.RoleAuditor, Until: h.hand.Now().Add(48 * time.Hour)})
		h.must(err)
		s := portfolio.Service{DB: h.db, Auth: h.auth, Look: func(context.Context, access.Actor) (portfolio.Summary, error) { return portfolio.Summary{}, nil }}
		_, code, err := s.Offer(ctx, lead, "Cove")
		h.must(err)
		c, err := s.Consent(ctx, theirs, code, portfolio.Terms{Staff: true})
		h.must(err)
		h.must(s.Assign(ctx, lead, c.ID, lead.ID))
		all := h.collect()
		if len(all) != 3 {
			h.Errorf("%d members: %v", len(all), all)
		}
		if f := all["Anna"].Fields; f["provider"] != "Ridgeway IT" || all["Anna"].Kind != member.GuestKind || f["role"] != "provider" || f["admin"] != true {
			h.Errorf("%v", f)
		}
		if f := all["Owen"].Fields; all["Owen"].Kind != member.GuestKind || f["admin"] != false || f["until"] == nil || f["provider"] != nil {
			h.Errorf("%v", f)
		}
		if f := all["Carl"].Fields; all["Carl"].Kind != member.Kind || f["admin"] != true || f["tokens"] != 0 || f["last_used_at"] != nil {
			h.Errorf("%v", f)
		}
		h.must(s.Recall(ctx, lead, c.ID, lead.ID))
		h.hand.Add(48 * time.Hour)
		if all := h.collect(); len(all) != 1 {
			h.Errorf("they went, and are shown: %v", all)
		}
	})
}
