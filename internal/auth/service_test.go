package auth_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/factor"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/trail"
)

const (
	goodPassword  = "bicycle onion lantern"
	otherPassword = "harbour velvet trumpet"
)

type house struct {
	t    *testing.T
	auth auth.Service
	orgs org.Service
	hand *clock.Hand
	org  org.Org
}

var here = auth.From{Address: "192.0.2.1", Agent: "test"}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := &house{t: t, auth: auth.Service{DB: d, Factors: factor.Service{Key: secret.NewKey()}, Turns: make(chan struct{}, 2)}, hand: hand}
		h.orgs = org.Service{DB: d, Keys: keys.New(secret.NewKey(), t.TempDir())}
		h.org = h.newOrg("Larkspur Data", false)
		fn(h)
	})
}

func (h *house) newOrg(name string, demo bool) org.Org {
	h.t.Helper()
	o, err := h.orgs.Create(h.t.Context(), org.New{Name: name, Zone: "Europe/Stockholm", Demo: demo})
	h.must(err)
	return o
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func (h *house) want(k fault.Kind, err error) {
	h.t.Helper()
	if fault.Of(err) != k {
		h.t.Fatalf("want %s, got %v", k, err)
	}
}

// found makes the first user, the lead of the organization.
func (h *house) found() access.Actor {
	h.t.Helper()
	token, err := h.auth.SetupToken(h.t.Context())
	h.must(err)
	o, err := h.auth.Begin(h.t.Context(), auth.First{Token: token, Email: "Lead@Larkspur.example", Name: "Lea Lind", Password: goodPassword, From: here})
	h.must(err)
	who := h.actor(o.Token)
	h.must(h.auth.Found(h.t.Context(), who, h.org.ID))
	return h.actor(o.Token)
}

func (h *house) actor(token string) access.Actor {
	h.t.Helper()
	who, err := h.auth.Actor(h.t.Context(), token, "", here)
	h.must(err)
	return who
}

// join invites and accepts.
func (h *house) join(lead access.Actor, email string, role access.Role) access.Actor {
	h.t.Helper()
	_, link, err := h.auth.Invite(h.t.Context(), lead, auth.New{Email: email, Name: "Some One", Role: role})
	h.must(err)
	o, err := h.auth.Accept(h.t.Context(), auth.Acceptance{Secret: link, Password: goodPassword, From: here})
	h.must(err)
	return h.actor(o.Token)
}

func (h *house) signIn(email, password, address string) (auth.Opened, error) {
	return h.auth.SignIn(h.t.Context(), auth.Attempt{Email: email, Password: password, From: auth.From{Address: address}})
}

func (h *house) actions(who access.Actor) map[string]int {
	h.t.Helper()
	out := map[string]int{}
	g, err := access.Console(who.Org).May(access.TrailRead)
	h.must(err)
	h.must(h.auth.DB.Read(h.t.Context(), g, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{Limit: 1000})
		for _, e := range list {
			out[e.Action]++
		}
		return err
	}))
	return out
}

func TestFirstUserIsMadeOnce(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		first := auth.First{Token: "guess", Email: "a@b.example", Name: "A B", Password: goodPassword, From: here}
		_, err := h.auth.Begin(ctx, first)
		h.want(fault.Forbidden, err)
		old, err := h.auth.SetupToken(ctx)
		h.must(err)
		who := h.found()
		if who.Role != access.RoleLead || who.Org != h.org.ID {
			h.t.Fatalf("%+v", who)
		}
		first.Token = old
		_, err = h.auth.Begin(ctx, first)
		h.want(fault.Forbidden, err)
		again, err := h.auth.SetupToken(ctx)
		h.must(err)
		if again != "" {
			h.t.Error("a second set-up token")
		}
		if open, err := h.auth.SetupOpen(ctx); err != nil || open {
			h.t.Error("still open", err)
		}
		h.want(fault.Forbidden, h.auth.Found(ctx, who, h.org.ID))
		h.want(fault.NotFound, h.auth.Found(ctx, who, "org_none"))
		member := h.join(who, "m@larkspur.example", access.RoleOwner)
		empty := h.newOrg("Empty", false)
		h.want(fault.Forbidden, h.auth.Found(ctx, member, empty.ID))
		h.must(h.auth.Found(ctx, who, empty.ID))
	})
}

func TestSignInAndSessions(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		h.found()
		o, err := h.signIn(" LEAD@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		o2, err := h.auth.SignIn(ctx, auth.Attempt{Email: "lead@larkspur.example", Password: goodPassword, From: here, Old: o.Token})
		h.must(err)
		_, err = h.auth.Actor(ctx, o.Token, "", here)
		h.want(fault.Unauthenticated, err)
		who := h.actor(o2.Token)
		list, err := h.auth.Sessions(ctx, who)
		h.must(err)
		if len(list) != 2 || !list[0].Current && !list[1].Current {
			h.t.Fatalf("%+v", list)
		}
		for _, s := range list {
			if !s.Current {
				h.must(h.auth.Revoke(ctx, who, s.ID))
				h.want(fault.NotFound, h.auth.Revoke(ctx, who, s.ID))
			}
		}
		h.must(h.auth.SignOut(ctx, o2.Token, here))
		h.must(h.auth.SignOut(ctx, o2.Token, here))
		_, err = h.auth.Actor(ctx, o2.Token, "", here)
		h.want(fault.Unauthenticated, err)
		_, err = h.auth.Actor(ctx, "", "", here)
		h.want(fault.Unauthenticated, err)
		got := h.actions(access.Actor{Org: h.org.ID})
		if got["session.begin"] != 2 || got["session.end"] != 2 {
			h.t.Errorf("trail: %v", got)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(h *house) {
		h.found()
		ctx := h.t.Context()
		idle, err := h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		busy, err := h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		for i := range 14 {
			h.hand.Add(auth.IdleLimit - time.Minute)
			if h.hand.Now().Before(dbtest.Start().Add(auth.AbsoluteLimit)) {
				h.actor(busy.Token)
			}
			if i == 0 {
				h.hand.Add(2 * time.Minute)
				_, err := h.auth.Actor(ctx, idle.Token, "", here)
				h.want(fault.Unauthenticated, err)
				h.actor(busy.Token)
			}
		}
		h.hand.Set(dbtest.Start().Add(auth.AbsoluteLimit - time.Second))
		h.actor(busy.Token)
		h.hand.Add(time.Second)
		_, err = h.auth.Actor(ctx, busy.Token, "", here)
		h.want(fault.Unauthenticated, err)
		h.must(h.auth.Sweep(ctx))
	})
}

func TestWrongPasswordAndUnknownAddressAreTheSame(t *testing.T) {
	each(t, func(h *house) {
		h.found()
		var texts []string
		for i, email := range []string{"lead@larkspur.example", "nobody@larkspur.example", "no address"} {
			for try := range 8 {
				_, err := h.signIn(email, "wrong wrong wrong", "198.51.100."+string(rune('1'+i)))
				if try == 0 || try == 7 {
					texts = append(texts, string(fault.Of(err))+fault.Text(err))
				}
			}
		}
		for i := range texts {
			if texts[i] != texts[i%2] {
				h.t.Errorf("%q is told from %q", texts[i], texts[i%2])
			}
		}
		if texts[0] == texts[1] {
			h.t.Error("never slowed")
		}
	})
}

func TestThrottleSlowsTheAttackerAndNotTheVictim(t *testing.T) {
	each(t, func(h *house) {
		h.found()
		_, err := h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		h.hand.Add(time.Hour)
		for i := range 40 { // forty machines, one try each
			_, err := h.signIn("lead@larkspur.example", "wrong wrong wrong", "198.51.100."+string(rune('0'+i%10))+string(rune('0'+i/10)))
			if err == nil {
				h.t.Fatal("let in")
			}
		}
		_, err = h.signIn("lead@larkspur.example", goodPassword, "203.0.113.9")
		h.want(fault.Busy, err)
		_, err = h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		// A stranger's place: thirty tries, then it waits whatever the account.
		for i := range 31 {
			_, err = h.signIn("someone"+string(rune('a'+i))+"@x.example", "wrong wrong wrong", "203.0.113.77")
		}
		h.want(fault.Busy, err)
		h.hand.Add(time.Minute)
		_, err = h.signIn("lead@larkspur.example", goodPassword, "203.0.113.77")
		h.must(err)
	})
}

func TestManyAttemptsAtOnceAreCounted(t *testing.T) {
	each(t, func(h *house) {
		h.found()
		h.hand.Add(time.Hour)
		var wg sync.WaitGroup
		var mu sync.Mutex
		kinds := map[fault.Kind]int{}
		for range 12 {
			wg.Go(func() {
				_, err := h.signIn("lead@larkspur.example", "wrong wrong wrong", "198.51.100.1")
				mu.Lock()
				defer mu.Unlock()
				kinds[fault.Of(err)]++
			})
		}
		wg.Wait()
		if kinds[fault.Unauthenticated] != 4 || kinds[fault.Busy] != 8 {
			h.t.Fatalf("%v", kinds)
		}
		h.hand.Add(2 * time.Minute)
		h.must(h.auth.Sweep(h.t.Context()))
		h.must(h.auth.Sweep(h.t.Context()))
		if n := h.actions(access.Actor{Org: h.org.ID})["session.refuse"]; n != 1 {
			h.t.Errorf("%d entries of refused attempts", n)
		}
	})
}

func TestPasswordChangeEndsEverything(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		who := h.found()
		o, err := h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		_, err = h.auth.ChangePassword(ctx, who, "not the old one", otherPassword, here)
		h.want(fault.Invalid, err)
		_, err = h.auth.ChangePassword(ctx, who, goodPassword, "Larkspur2026!", here)
		h.want(fault.Invalid, err)
		h.actor(o.Token)
		fresh, err := h.auth.ChangePassword(ctx, who, goodPassword, otherPassword, here)
		h.must(err)
		_, err = h.auth.Actor(ctx, o.Token, "", here)
		h.want(fault.Unauthenticated, err)
		h.actor(fresh.Token)
		_, err = h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.want(fault.Unauthenticated, err)
		_, err = h.signIn("lead@larkspur.example", otherPassword, "192.0.2.1")
		h.must(err)
	})
}

func TestInvitations(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		_, _, err := h.auth.Invite(ctx, lead, auth.New{Email: "x", Name: "X", Role: access.RoleViewer})
		h.want(fault.Invalid, err)
		_, _, err = h.auth.Invite(ctx, lead, auth.New{Email: "x@y.example", Name: "X", Role: access.RoleJob})
		h.want(fault.Invalid, err)
		_, _, err = h.auth.Invite(ctx, lead, auth.New{Email: "lead@larkspur.example", Name: "X", Role: access.RoleViewer})
		h.want(fault.Conflict, err)
		inv, link, err := h.auth.Invite(ctx, lead, auth.New{Email: "Vi@larkspur.example", Name: "Vi", Role: access.RoleViewer, Person: "per_1"})
		h.must(err)
		seen, err := h.auth.Invited(ctx, link)
		h.must(err)
		if seen.OrgName != "Larkspur Data" || seen.Known || seen.Email != "vi@larkspur.example" {
			h.t.Fatalf("%+v", seen)
		}
		_, err = h.auth.Accept(ctx, auth.Acceptance{Secret: link, Password: "short", From: here})
		h.want(fault.Invalid, err)
		_, err = h.auth.Accept(ctx, auth.Acceptance{Secret: inv.ID, Password: goodPassword, From: here})
		h.want(fault.NotFound, err)
		o, err := h.auth.Accept(ctx, auth.Acceptance{Secret: link, Password: goodPassword, From: here})
		h.must(err)
		vi := h.actor(o.Token)
		if vi.Role != access.RoleViewer {
			h.t.Fatalf("%+v", vi)
		}
		_, err = h.auth.Accept(ctx, auth.Acceptance{Secret: link, Password: goodPassword, From: here})
		h.want(fault.NotFound, err)
		h.want(fault.Conflict, h.auth.RevokeInvitation(ctx, lead, inv.ID))
		_, _, err = h.auth.Invite(ctx, vi, auth.New{Email: "z@y.example", Name: "Z", Role: access.RoleLead})
		h.want(fault.Forbidden, err)
		_, err = h.auth.Invitations(ctx, vi)
		h.want(fault.Forbidden, err)

		revoked, link, err := h.auth.Invite(ctx, lead, auth.New{Email: "r@y.example", Name: "R", Role: access.RoleLead})
		h.must(err)
		h.must(h.auth.RevokeInvitation(ctx, lead, revoked.ID))
		_, err = h.auth.Invited(ctx, link)
		h.want(fault.NotFound, err)
		_, link, err = h.auth.Invite(ctx, lead, auth.New{Email: "l@y.example", Name: "L", Role: access.RoleLead})
		h.must(err)
		h.hand.Add(auth.InviteLimit)
		_, err = h.auth.Accept(ctx, auth.Acceptance{Secret: link, Password: goodPassword, From: here})
		h.want(fault.NotFound, err)
	})
}

func TestOneUserInTwoOrganizations(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		other := h.newOrg("Birch", false)
		_, link, err := h.auth.Invite(ctx, access.Console(other.ID), auth.New{Email: "lead@larkspur.example", Name: "Lea", Role: access.RoleViewer})
		h.must(err)
		_, err = h.auth.Accept(ctx, auth.Acceptance{Secret: link, Password: otherPassword, From: here})
		h.want(fault.Invalid, err)
		o, err := h.auth.Accept(ctx, auth.Acceptance{Secret: link, Password: goodPassword, From: here})
		h.must(err)
		who := h.actor(o.Token)
		if who.Org != other.ID || who.Role != access.RoleViewer || who.ID != lead.ID {
			h.t.Fatalf("%+v", who)
		}
		h.hand.Add(time.Minute)
		h.must(h.auth.SwitchOrg(ctx, who, h.org.ID))
		if who = h.actor(o.Token); who.Role != access.RoleLead {
			h.t.Fatalf("%+v", who)
		}
		third := h.newOrg("Cedar", false)
		h.want(fault.NotFound, h.auth.SwitchOrg(ctx, who, third.ID))
		_, err = h.auth.Actor(ctx, o.Token, third.ID, here)
		h.want(fault.NotFound, err)
		orgs, err := h.auth.Orgs(ctx, who.ID)
		h.must(err)
		if len(orgs) != 2 || orgs[0].Org != h.org.ID {
			h.t.Fatalf("%+v", orgs)
		}
		// Removed from the second, the user keeps the first.
		h.must(h.auth.RemoveMember(ctx, access.Console(other.ID), who.ID))
		h.actor(o.Token)
		_, err = h.auth.Actor(ctx, o.Token, other.ID, here)
		h.want(fault.NotFound, err)
	})
}

func TestAnotherOrganizationReachesNoMember(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		token, _, err := h.auth.AddToken(ctx, lead, auth.NewToken{Name: "ci", Role: access.RoleViewer, ExpiresAt: h.hand.Now().Add(time.Hour)})
		h.must(err)
		inv, _, err := h.auth.Invite(ctx, lead, auth.New{Email: "i@y.example", Name: "I", Role: access.RoleLead})
		h.must(err)
		evil := access.Console(h.newOrg("Evil", false).ID)
		h.want(fault.NotFound, h.auth.SetRole(ctx, evil, lead.ID, access.RoleViewer))
		h.want(fault.NotFound, h.auth.RemoveMember(ctx, evil, lead.ID))
		h.want(fault.NotFound, h.auth.RevokeUser(ctx, evil, lead.ID))
		h.want(fault.NotFound, h.auth.LinkPerson(ctx, evil, lead.ID, "x"))
		h.want(fault.NotFound, h.auth.RevokeInvitation(ctx, evil, inv.ID))
		h.want(fault.NotFound, h.auth.RevokeToken(ctx, evil, token.ID))
		users, err := h.auth.Users(ctx, evil)
		h.must(err)
		invs, err := h.auth.Invitations(ctx, evil)
		h.must(err)
		toks, err := h.auth.Tokens(ctx, evil)
		h.must(err)
		if len(users)+len(invs)+len(toks) != 0 {
			h.t.Errorf("sees %v %v %v", users, invs, toks)
		}
	})
}

func TestRoles(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		owner := h.join(lead, "o@larkspur.example", access.RoleOwner)
		h.want(fault.Forbidden, h.auth.SetRole(ctx, owner, owner.ID, access.RoleLead))
		h.want(fault.Forbidden, h.auth.SetRole(ctx, lead, lead.ID, access.RoleViewer))
		h.want(fault.Conflict, h.auth.RemoveMember(ctx, lead, lead.ID))
		h.want(fault.Conflict, h.auth.SetRole(ctx, access.Console(h.org.ID), lead.ID, access.RoleViewer))
		h.want(fault.Invalid, h.auth.SetRole(ctx, lead, owner.ID, "king"))
		h.must(h.auth.SetRole(ctx, lead, owner.ID, access.RoleLead))
		second := owner
		second.Role = access.RoleLead
		// Two leads demote each other at once: one stays.
		var wg sync.WaitGroup
		errs := make([]error, 2)
		wg.Go(func() { errs[0] = h.auth.SetRole(ctx, lead, owner.ID, access.RoleViewer) })
		wg.Go(func() { errs[1] = h.auth.SetRole(ctx, second, lead.ID, access.RoleViewer) })
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			h.t.Fatalf("%v", errors.Join(errs...))
		}
		users, err := h.auth.Users(ctx, lead)
		h.must(err)
		leads := 0
		for _, u := range users {
			if u.Role == access.RoleLead {
				leads++
			}
		}
		if leads != 1 || len(users) != 2 {
			h.t.Fatalf("%+v", users)
		}
	})
}

func TestRemovedMemberIsOut(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		h.join(lead, "o@larkspur.example", access.RoleOwner)
		o, err := h.signIn("o@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		who := h.actor(o.Token)
		_, secret, err := h.auth.AddToken(ctx, who, auth.NewToken{Name: "ci", Role: access.RoleOwner, ExpiresAt: h.hand.Now().Add(time.Hour)})
		h.must(err)
		h.must(h.auth.RemoveMember(ctx, lead, who.ID))
		_, err = h.auth.Actor(ctx, o.Token, "", here)
		h.want(fault.Unauthenticated, err)
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.want(fault.Unauthenticated, err)
		_, err = h.signIn("o@larkspur.example", goodPassword, "192.0.2.1")
		h.want(fault.Forbidden, err)
	})
}

func TestTokens(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		owner := h.join(lead, "o@larkspur.example", access.RoleOwner)
		day := h.hand.Now().Add(24 * time.Hour)
		for _, role := range []access.Role{access.RoleLead, access.RoleAuditor, access.RoleJob, "king"} {
			_, _, err := h.auth.AddToken(ctx, owner, auth.NewToken{Name: "t", Role: role, ExpiresAt: day})
			h.want(fault.Forbidden, err)
		}
		_, _, err := h.auth.AddToken(ctx, owner, auth.NewToken{Name: "t", Role: access.RoleOwner, ExpiresAt: h.hand.Now()})
		h.want(fault.Invalid, err)
		_, _, err = h.auth.AddToken(ctx, owner, auth.NewToken{Name: "t", Role: access.RoleOwner, ExpiresAt: h.hand.Now().AddDate(2, 0, 0)})
		h.want(fault.Invalid, err)
		tok, secret, err := h.auth.AddToken(ctx, owner, auth.NewToken{Name: "ci", Role: access.RoleOwner, ExpiresAt: day})
		h.must(err)
		if !strings.HasPrefix(secret, "assay_") || len(secret) != 58 {
			h.t.Fatalf("%q", secret)
		}
		who, err := h.auth.ActorByToken(ctx, secret, here)
		h.must(err)
		if who.Role != access.RoleOwner || who.Door != access.DoorAPI || who.Org != h.org.ID || who.ID != owner.ID {
			h.t.Fatalf("%+v", who)
		}
		_, _, err = h.auth.AddToken(ctx, who, auth.NewToken{Name: "child", Role: access.RoleViewer, ExpiresAt: day})
		h.want(fault.Forbidden, err)
		_, err = h.auth.ChangePassword(ctx, who, goodPassword, otherPassword, here)
		h.want(fault.Forbidden, err)
		// Less power for the maker, none for a token that has more.
		h.must(h.auth.SetRole(ctx, lead, owner.ID, access.RoleViewer))
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.want(fault.Unauthenticated, err)
		h.must(h.auth.SetRole(ctx, lead, owner.ID, access.RoleOwner))
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.must(err)
		other := h.join(lead, "p@larkspur.example", access.RoleOwner)
		h.want(fault.NotFound, h.auth.RevokeToken(ctx, other, tok.ID))
		if list, err := h.auth.Tokens(ctx, other); err != nil || len(list) != 0 {
			h.t.Errorf("%v %v", list, err)
		}
		if list, err := h.auth.Tokens(ctx, lead); err != nil || len(list) != 1 || list[0].LastAt.IsZero() {
			h.t.Errorf("%v %v", list, err)
		}
		h.must(h.auth.RevokeToken(ctx, lead, tok.ID))
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.want(fault.Unauthenticated, err)
		_, secret, err = h.auth.AddToken(ctx, owner, auth.NewToken{Name: "ci", Role: access.RoleViewer, ExpiresAt: day})
		h.must(err)
		h.hand.Set(day)
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.want(fault.Unauthenticated, err)
	})
}

func TestAWayInAgain(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		who := h.found()
		o, err := h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		_, _, err = h.auth.Reset(ctx, "nobody@larkspur.example")
		h.want(fault.NotFound, err)
		first, _, err := h.auth.Reset(ctx, "lead@larkspur.example")
		h.must(err)
		link, u, err := h.auth.Reset(ctx, "lead@larkspur.example")
		h.must(err)
		if u.ID != who.ID {
			h.t.Fatal(u)
		}
		_, err = h.auth.UseReset(ctx, first, otherPassword, here)
		h.want(fault.NotFound, err)
		_, err = h.auth.UseReset(ctx, link, "short", here)
		h.want(fault.Invalid, err)
		back, err := h.auth.UseReset(ctx, link, otherPassword, here)
		h.must(err)
		h.actor(back.Token)
		_, err = h.auth.Actor(ctx, o.Token, "", here)
		h.want(fault.Unauthenticated, err)
		_, err = h.auth.UseReset(ctx, link, goodPassword, here)
		h.want(fault.NotFound, err)
		link, _, err = h.auth.Reset(ctx, "lead@larkspur.example")
		h.must(err)
		h.hand.Add(time.Hour)
		_, err = h.auth.ResetUser(ctx, link)
		h.want(fault.NotFound, err)
		got := h.actions(who)
		if got["user.reset"] != 3 || got["password.change"] != 1 {
			h.t.Errorf("%v", got)
		}
	})
}

func TestDemonstrationRoles(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		demo := h.newOrg("Demo", true)
		u, err := h.auth.Enroll(ctx, access.Console(demo.ID), auth.New{Email: "aud@firm.example", Name: "Au Ditor", Role: access.RoleAuditor})
		h.must(err)
		_, err = h.auth.Enroll(ctx, access.Console(h.org.ID), auth.New{Email: "aud@firm.example", Name: "Au Ditor", Role: access.RoleAuditor})
		h.must(err)
		_, err = h.signIn("aud@firm.example", "", "127.0.0.1")
		h.want(fault.Unauthenticated, err)
		for _, far := range []string{"192.0.2.1", "", "::2"} {
			_, err = h.auth.NewSession(ctx, u.ID, demo.ID, auth.From{Address: far})
			h.want(fault.Forbidden, err)
		}
		_, err = h.auth.NewSession(ctx, u.ID, h.org.ID, auth.From{Address: "127.0.0.1"})
		h.want(fault.Forbidden, err)
		o, err := h.auth.NewSession(ctx, u.ID, demo.ID, auth.From{Address: "::1"})
		h.must(err)
		if who := h.actor(o.Token); who.Role != access.RoleAuditor {
			h.t.Fatalf("%+v", who)
		}
		lead := access.Actor{ID: "x", Org: demo.ID, Role: access.RoleLead, Door: access.DoorWeb}
		_, err = h.auth.Enroll(ctx, lead, auth.New{Email: "b@firm.example", Name: "B", Role: access.RoleLead})
		h.want(fault.Forbidden, err)
	})
}

func TestAppearance(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		who := h.found()
		h.want(fault.Invalid, h.auth.SetAppearance(ctx, who, auth.Appearance{Theme: "pink"}))
		want := auth.Appearance{Theme: "dark", Density: "compact", NoShortcuts: true}
		h.must(h.auth.SetAppearance(ctx, who, want))
		h.must(h.auth.Rename(ctx, who, "Lea  Lindqvist"))
		o, err := h.signIn("lead@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		if o.User.Appearance != want || o.User.Name != "Lea Lindqvist" {
			h.t.Errorf("%+v", o.User)
		}
	})
}
