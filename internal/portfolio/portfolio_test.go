package portfolio_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/factor"
	"assay/internal/job"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/portfolio"
	"assay/internal/trail"
)

// house is a provider and a client, each with a lead.
type house struct {
	*testing.T
	s                portfolio.Service
	orgs             org.Service
	hand             *clock.Hand
	provider, client org.Org
	lead, theirs     access.Actor // of the provider, of the client
	looks            int
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{T: t, hand: hand, orgs: org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}}
		h.s = portfolio.Service{
			DB: d, Auth: auth.Service{DB: d, Factors: factor.Service{Key: secret.NewKey()}, Advises: portfolio.Advises},
			Look: func(_ context.Context, who access.Actor) (portfolio.Summary, error) {
				h.looks++
				if who.Role != access.RoleJob {
					t.Errorf("it is looked at as %s", who.Role)
				}
				return portfolio.Summary{
					Program: "2026", Controls: 90, Operated: 88, Action: 2, Late: 1, Waiting: 2,
					Work:  []portfolio.Work{{Title: "Some day"}, {Title: "Later", Due: hand.Now().Add(48 * time.Hour)}, {Title: "First", Due: hand.Now().Add(time.Hour)}},
					Ahead: []portfolio.Work{{Title: "Next month", Due: hand.Now().AddDate(0, 1, 0)}},
				}, nil
			},
		}
		h.provider, h.client = h.newOrg("Ridgeway IT"), h.newOrg("Cove Health")
		h.lead, h.theirs = h.user(h.provider, "lead@ridgeway.example", access.RoleLead), h.user(h.client, "lead@cove.example", access.RoleLead)
		fn(h)
	})
}

func (h *house) newOrg(name string) org.Org {
	h.Helper()
	o, err := h.orgs.Create(h.Context(), org.New{Name: name, Zone: "Europe/Stockholm"})
	h.must(err)
	return o
}

// user makes a member, and returns the member's actor at a keyboard.
func (h *house) user(o org.Org, email string, role access.Role) access.Actor {
	h.Helper()
	u, err := h.s.Auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: email, Name: "N " + email, Role: role})
	h.must(err)
	return access.Actor{ID: u.ID, Org: o.ID, Name: u.Name, Role: role, Door: access.DoorWeb}
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

func (h *house) offer(name string) string {
	h.Helper()
	_, code, err := h.s.Offer(h.Context(), h.lead, name)
	h.must(err)
	return code
}

func (h *house) consent(t portfolio.Terms) portfolio.Consent {
	h.Helper()
	c, err := h.s.Consent(h.Context(), h.theirs, h.offer("Cove"), t)
	h.must(err)
	return c
}

func (h *house) show() portfolio.Portfolio {
	h.Helper()
	p, err := h.s.Show(h.Context(), h.lead)
	h.must(err)
	return p
}

func (h *house) queue() []portfolio.Due {
	h.Helper()
	_, list, err := h.s.Work(h.Context(), h.lead)
	h.must(err)
	return list
}

func (h *house) coming() []portfolio.Due {
	h.Helper()
	_, list, err := h.s.Coming(h.Context(), h.lead)
	h.must(err)
	return list
}

// members are the addresses of an organization's members by role.
func (h *house) members(o org.Org) map[string]access.Role {
	h.Helper()
	list, err := h.s.Auth.Users(h.Context(), access.Console(o.ID))
	h.must(err)
	out := map[string]access.Role{}
	for i := range list {
		out[list[i].Email] = list[i].Role
	}
	return out
}

func (h *house) actions(o org.Org) (out []string) {
	h.Helper()
	g, err := access.Console(o.ID).May(access.TrailRead)
	h.must(err)
	h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{Limit: 1000})
		for i := range list {
			out = append(out, list[i].Action)
		}
		return err
	}))
	return out
}

func TestAClientConsentsAndPublishes(t *testing.T) {
	each(t, func(h *house) {
		code := h.offer("Cove")
		if !strings.HasPrefix(code, "assay_client_") || len(h.show().Offers) != 1 {
			h.Errorf("%q %+v", code, h.show())
		}
		provider, err := h.s.Offered(h.Context(), h.theirs, " "+code+"\n")
		h.must(err)
		c, err := h.s.Consent(h.Context(), h.theirs, code, portfolio.Terms{Work: true})
		h.must(err)
		p := h.show()
		if provider != "Ridgeway IT" || len(p.Clients) != 1 || len(p.Offers) != 0 {
			h.Fatalf("%q %+v", provider, p)
		}
		got := &p.Clients[0]
		if got.Name != "Cove Health" || got.ID != c.ID || got.Summary.Controls != 90 || !got.Work || got.Staff || got.Enters || !got.Needs(h.hand.Now()) || got.Stale(h.hand.Now()) {
			h.Errorf("%+v %+v", got, got.Summary)
		}
		q := h.queue()
		if len(q) != 3 || q[0].Title != "First" || q[1].Title != "Later" || q[2].Title != "Some day" || q[0].Client.Name != "Cove Health" {
			h.Errorf("%+v", q)
		}
		h.hand.Add(25 * time.Hour)
		if p = h.show(); !p.Clients[0].Stale(h.hand.Now()) {
			h.Error("a summary of yesterday counts")
		}
		if !slices.Contains(h.actions(h.client), "provider.consent") || !slices.Contains(h.actions(h.provider), "client.join") {
			h.Errorf("%v %v", h.actions(h.client), h.actions(h.provider))
		}
	})
}

func TestWhatIsPublishedIsWhatTheConsentSays(t *testing.T) {
	each(t, func(h *house) {
		c := h.consent(portfolio.Terms{})
		if p := h.show(); p.Queued() != 0 || p.Clients[0].Summary.Controls != 90 || len(h.queue()) != 0 {
			h.Errorf("%+v", p.Clients[0].Summary)
		}
		h.must(h.s.Change(h.Context(), h.theirs, c.ID, portfolio.Terms{Work: true}))
		if len(h.queue()) != 3 {
			h.Error("the work is not published")
		}
		if list := h.coming(); len(list) != 4 || list[2].Title != "Next month" || list[2].Client.Name != "Cove Health" {
			h.Errorf("what comes is not published: %+v", list)
		}
		h.must(h.s.Change(h.Context(), h.theirs, c.ID, portfolio.Terms{}))
		if len(h.queue()) != 0 {
			h.Error("the work is still there")
		}
		if len(h.coming()) != 0 {
			h.Error("what comes is still there")
		}
		looks := h.looks
		h.want(fault.Invalid, h.s.End(h.Context(), h.theirs, c.ID, "  "))
		h.must(h.s.End(h.Context(), h.theirs, c.ID, "We do it ourselves now."))
		h.want(fault.Conflict, h.s.End(h.Context(), h.theirs, c.ID, "again"))
		h.want(fault.Conflict, h.s.Change(h.Context(), h.theirs, c.ID, portfolio.Terms{Work: true}))
		h.must(h.s.Publish(h.Context(), h.client.ID, c.ID)) // the job that was still in the queue
		if h.looks != looks || len(h.show().Clients) != 0 {
			h.Error("it is published after its end")
		}
		g, err := access.Console(h.provider.ID).May(access.ClientRead)
		h.must(err)
		h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			left, err := db.One(tx, db.Value[string], `SELECT summary || queue || ahead FROM portfolio_client WHERE org_id = $1`, tx.Org())
			if left != "" {
				h.Errorf("what was published is kept: %s", left)
			}
			return err
		}))
		list, err := h.s.Providers(h.Context(), h.theirs)
		h.must(err)
		if len(list) != 1 || list[0].Active() || list[0].EndedWhy == "" {
			h.Errorf("%+v", list)
		}
	})
}

func TestACodeIsAnsweredOnce(t *testing.T) {
	each(t, func(h *house) {
		other := h.user(h.newOrg("Talus"), "lead@talus.example", access.RoleLead)
		code := h.offer("Cove")
		for name, bad := range map[string]string{"nothing": "", "another": "assay_client_0000000000000000000000000000", "a part": code[:len(code)-1]} {
			if _, err := h.s.Consent(h.Context(), h.theirs, bad, portfolio.Terms{}); fault.Of(err) != fault.Invalid {
				h.Errorf("%s: %v", name, err)
			}
		}
		_, err := h.s.Consent(h.Context(), h.lead, code, portfolio.Terms{})
		h.want(fault.Invalid, err) // its own
		_, err = h.s.Consent(h.Context(), h.theirs, code, portfolio.Terms{})
		h.must(err)
		_, err = h.s.Consent(h.Context(), other, code, portfolio.Terms{})
		h.want(fault.Invalid, err)
		_, err = h.s.Consent(h.Context(), h.theirs, h.offer("Cove again"), portfolio.Terms{})
		h.want(fault.Conflict, err)

		withdrawn := h.offer("Talus")
		h.must(h.s.Withdraw(h.Context(), h.lead, h.show().Offers[0].ID))
		_, err = h.s.Consent(h.Context(), other, withdrawn, portfolio.Terms{})
		h.want(fault.Invalid, err)
		late := h.offer("Talus")
		h.hand.Add(portfolio.OfferLimit)
		_, err = h.s.Consent(h.Context(), other, late, portfolio.Terms{})
		h.want(fault.Invalid, err)
		h.want(fault.NotFound, h.s.Withdraw(h.Context(), other, "ofr_x"))
	})
}

func TestStaffComeAndGo(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		anna := h.user(h.provider, "anna@ridgeway.example", access.RoleOwner)
		guest := h.user(h.provider, "aud@firm.example", access.RoleAuditor)
		c := h.consent(portfolio.Terms{})
		h.want(fault.Conflict, h.s.Assign(ctx, h.lead, c.ID, anna.ID)) // nobody was let in
		h.must(h.s.Change(ctx, h.theirs, c.ID, portfolio.Terms{Staff: true}))
		h.want(fault.Forbidden, h.s.Assign(ctx, anna, c.ID, anna.ID))
		h.want(fault.Forbidden, h.s.Assign(ctx, h.lead, c.ID, guest.ID))
		h.want(fault.NotFound, h.s.Assign(ctx, h.lead, c.ID, h.theirs.ID)) // none of the provider's
		h.must(h.s.Assign(ctx, h.lead, c.ID, anna.ID))
		h.want(fault.Conflict, h.s.Assign(ctx, h.lead, c.ID, anna.ID))
		if h.members(h.client)["anna@ridgeway.example"] != access.RoleProvider {
			h.Errorf("%v", h.members(h.client))
		}
		if p, err := h.s.Show(ctx, anna); err != nil || !p.Clients[0].Enters {
			h.Errorf("%+v %v", p, err)
		}
		if !slices.Contains(h.actions(h.client), "user.join") || !slices.Contains(h.actions(h.provider), "client.assign") {
			h.Error("the trails do not tell")
		}
		_, in, others, err := h.s.Staff(ctx, h.lead, c.ID)
		h.must(err)
		if len(in) != 1 || len(others) != 1 || others[0].ID != h.lead.ID {
			h.Errorf("%v %v", in, others)
		}
		h.must(h.s.Recall(ctx, h.lead, c.ID, anna.ID))
		h.want(fault.NotFound, h.s.Recall(ctx, h.lead, c.ID, anna.ID))
		h.must(h.s.Assign(ctx, h.lead, c.ID, anna.ID))
		h.must(h.s.Change(ctx, h.theirs, c.ID, portfolio.Terms{Work: true}))
		if len(h.members(h.client)) != 1 {
			h.Error("staff stay whom the client does not let in any more")
		}
	})
}

func TestWhoLeavesTheProviderLeavesItsClients(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		anna := h.user(h.provider, "anna@ridgeway.example", access.RoleOwner)
		c := h.consent(portfolio.Terms{Staff: true})
		h.must(h.s.Assign(ctx, h.lead, c.ID, anna.ID))
		h.must(h.s.Auth.RemoveMember(ctx, h.lead, anna.ID))
		if len(h.members(h.client)) != 1 {
			h.Error("she is still in")
		}
		anna = h.user(h.provider, "anna@ridgeway.example", access.RoleOwner)
		h.must(h.s.Auth.SetUntil(ctx, h.lead, anna.ID, h.hand.Now().Add(time.Hour)))
		_, err := h.s.Auth.Power(ctx, access.Console(h.client.ID), anna.ID)
		h.must(err) // she came back, and was not recalled
		h.hand.Add(time.Hour)
		if len(h.members(h.client)) != 1 || len(h.members(h.provider)) != 1 {
			h.Error("a membership goes on after its end")
		}
	})
}

func TestTheProviderLeaves(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		c := h.consent(portfolio.Terms{Staff: true})
		h.must(h.s.Assign(ctx, h.lead, c.ID, h.lead.ID))
		h.want(fault.NotFound, h.s.Drop(ctx, h.theirs, c.ID, "The client has no clients."))
		h.must(h.s.Drop(ctx, h.lead, c.ID, "The contract ended."))
		if len(h.members(h.client)) != 1 {
			h.Error("its staff stay")
		}
		h.want(fault.NotFound, h.s.Assign(ctx, h.lead, c.ID, h.lead.ID))
		_, err := h.s.Consent(ctx, h.theirs, h.offer("Cove"), portfolio.Terms{})
		h.must(err) // and comes back by another code
	})
}

func TestNobodyReachesAnothersClient(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		c := h.consent(portfolio.Terms{Work: true, Staff: true})
		rival := h.user(h.newOrg("Rival"), "lead@rival.example", access.RoleLead)
		h.want(fault.NotFound, h.s.Assign(ctx, rival, c.ID, rival.ID))
		h.want(fault.NotFound, h.s.Drop(ctx, rival, c.ID, "ours"))
		h.want(fault.NotFound, h.s.End(ctx, rival, c.ID, "ours"))
		h.want(fault.NotFound, h.s.Change(ctx, rival, c.ID, portfolio.Terms{}))
		_, _, _, err := h.s.Staff(ctx, rival, c.ID)
		h.want(fault.NotFound, err)
		if p, err := h.s.Show(ctx, rival); err != nil || len(p.Clients) != 0 {
			h.Errorf("%+v %v", p, err)
		}
		// a row of the provider's own that names another's organization opens nothing
		g, err := access.Console(rival.Org).May(access.OrgEdit)
		h.must(err)
		h.must(h.s.DB.Write(ctx, g, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO portfolio_client (org_id, id, client, name, at, work, staff) VALUES ($1, $2, $3, 'x', 1, $4, $4)`, tx.Org(), c.ID, h.client.ID, true)
			return err
		}))
		h.want(fault.NotFound, h.s.Assign(ctx, rival, c.ID, rival.ID))
		h.must(h.s.Drop(ctx, rival, c.ID, "ours"))
		if list, err := h.s.Providers(ctx, h.theirs); err != nil || !list[0].Active() {
			h.Errorf("another ended it: %+v %v", list, err)
		}
	})
}

func TestWhoAdvisesDoesNotAudit(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		c := h.consent(portfolio.Terms{})
		anna := h.user(h.provider, "anna@ridgeway.example", access.RoleOwner)
		invite := func(why string) error {
			_, _, err := h.s.Auth.Invite(ctx, h.theirs, auth.New{Email: "anna@ridgeway.example", Name: "Anna", Role: access.RoleAuditor, Despite: why})
			return err
		}
		h.want(fault.Invalid, invite(""))
		h.must(h.s.End(ctx, h.theirs, c.ID, "over"))
		h.want(fault.Invalid, invite("")) // within the year
		h.must(invite("She joined the provider after the period, and advised nobody."))
		_, err := h.s.Auth.Enroll(ctx, access.Console(h.client.ID), auth.New{Email: "anna@ridgeway.example", Name: "Anna", Role: access.RoleViewer})
		h.must(err)
		h.want(fault.Invalid, h.s.Auth.SetRole(ctx, h.theirs, anna.ID, access.RoleAuditor))
		h.must(h.s.Auth.SetAuditor(ctx, h.theirs, anna.ID, "As before."))
		h.must(h.s.Auth.SetRole(ctx, h.theirs, anna.ID, access.RoleViewer))
		h.hand.Add(367 * 24 * time.Hour)
		h.must(h.s.Auth.SetRole(ctx, h.theirs, anna.ID, access.RoleAuditor))
	})
}

func TestPublishingRecurs(t *testing.T) {
	each(t, func(h *house) {
		c := h.consent(portfolio.Terms{})
		recurs := func() (n int) {
			g, err := access.Console(h.client.ID).May(access.OrgRead)
			h.must(err)
			h.must(h.s.DB.Read(h.Context(), g, func(tx *db.Tx) error {
				list, err := job.Schedules(tx)
				for i := range list {
					if list[i].Name == portfolio.JobPublish && list[i].Arg == c.ID {
						n++
					}
				}
				return err
			}))
			return n
		}
		if recurs() != 1 {
			h.Error("nothing publishes")
		}
		h.must(h.s.Drop(h.Context(), h.lead, c.ID, "The contract ended."))
		if recurs() != 0 || len(h.show().Clients) != 0 {
			h.Error("it goes on")
		}
		list, err := h.s.Providers(h.Context(), h.theirs)
		h.must(err)
		if list[0].Active() || list[0].EndedBy != "provider" || list[0].EndedWhy != "The contract ended." {
			h.Errorf("%+v", list[0])
		}
	})
}
