package auth_test

import (
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
)

func clerk(perms ...access.Permission) auth.NewRole {
	in := auth.NewRole{Name: "clerk", Words: "Keeps the desk"}
	for _, p := range perms {
		in.Permissions = append(in.Permissions, string(p))
	}
	return in
}

// clerkRole is a role of the organization's own in force, written by one lead and
// approved by another.
func (h *house) clerkRole(lead, other access.Actor, perms ...access.Permission) auth.Role {
	h.t.Helper()
	r, err := h.auth.ProposeRole(h.t.Context(), lead, clerk(perms...))
	h.must(err)
	r, err = h.auth.ApproveRole(h.t.Context(), other, r.Name, r.Next)
	h.must(err)
	return r
}

// TestApproverOfARoleIsNotItsAuthor: a role counts once somebody else approved what
// they saw, and a change of it waits likewise.
func TestApproverOfARoleIsNotItsAuthor(t *testing.T) {
	each(t, func(h *house) {
		ctx, lead := t.Context(), h.found()
		other := h.join(lead, "other@larkspur.example", access.RoleLead)
		for _, in := range []auth.NewRole{
			{Name: "lead", Words: "x"},
			{Name: "console", Words: "x"},
			{Name: "x", Words: "x"},
			{Name: "a b", Words: "x"},
			{Name: "-ab", Words: "x"},
			{Name: "abc"},
			{Name: "abc", Words: "x", Permissions: []string{"no.such"}},
			{Name: "abc", Words: "x", Permissions: []string{"engagement.issue"}},
			{Name: "abc", Words: "x", Permissions: []string{"scim.provision"}},
		} {
			_, err := h.auth.ProposeRole(ctx, lead, in)
			h.want(fault.Invalid, err)
		}
		r, err := h.auth.ProposeRole(ctx, lead, clerk(access.PersonRead))
		h.must(err)
		if r.Own != "" || r.Next != "org.read person.read self.edit" {
			t.Errorf("%+v", r)
		}
		_, _, err = h.auth.Invite(ctx, lead, auth.New{Email: "c@larkspur.example", Name: "C", Role: "clerk"})
		h.want(fault.Invalid, err)
		_, err = h.auth.ApproveRole(ctx, lead, r.Name, r.Next)
		h.want(fault.Forbidden, err)
		_, err = h.auth.ApproveRole(ctx, other, r.Name, r.Next+" user.edit")
		h.want(fault.Conflict, err)
		_, err = h.auth.ApproveRole(ctx, other, "nobodys", r.Next)
		h.want(fault.NotFound, err)
		foreign := h.newOrg("Heron", false)
		_, err = h.auth.ApproveRole(ctx, access.Console(foreign.ID), r.Name, r.Next)
		h.want(fault.NotFound, err)
		r, err = h.auth.ApproveRole(ctx, other, r.Name, r.Next)
		h.must(err)
		_, err = h.auth.ApproveRole(ctx, other, r.Name, r.Own)
		h.want(fault.Conflict, err)

		c := h.join(lead, "c@larkspur.example", "clerk")
		if !c.Can(access.PersonRead) || c.Can(access.ControlRead) || c.Can(access.UserEdit) {
			t.Errorf("%+v", c)
		}
		r, err = h.auth.ProposeRole(ctx, lead, clerk(access.PersonRead, access.ControlRead))
		h.must(err)
		if who := h.again(c); who.Can(access.ControlRead) {
			t.Error("a change is in force that nobody approved")
		}
		_, err = h.auth.ApproveRole(ctx, other, r.Name, r.Next)
		h.must(err)
		if who := h.again(c); !who.Can(access.ControlRead) {
			t.Error("an approved change is not in force")
		}
		h.want(fault.Conflict, h.auth.RemoveRole(ctx, lead, "clerk"))
		h.must(h.auth.SetRole(ctx, lead, c.ID, access.RoleViewer))
		h.must(h.auth.RemoveRole(ctx, lead, "clerk"))
		if n := h.actions(lead); n["role.edit"] != 3 || n["role.approve"] != 2 {
			t.Errorf("%v", n)
		}
	})
}

// again is the actor at the next request.
func (h *house) again(who access.Actor) access.Actor {
	h.t.Helper()
	o, err := h.signIn("c@larkspur.example", goodPassword, "192.0.2.1")
	h.must(err)
	got := h.actor(o.Token)
	if got.ID != who.ID {
		h.t.Fatal("somebody else")
	}
	return got
}

// TestAnOwnerCannotPromoteThemselves: nobody with less than a lead's role comes to
// more by any of the ways in which roles are given.
func TestAnOwnerCannotPromoteThemselves(t *testing.T) {
	each(t, func(h *house) {
		ctx, lead := t.Context(), h.found()
		other := h.join(lead, "other@larkspur.example", access.RoleLead)
		owner := h.join(lead, "owner@larkspur.example", access.RoleOwner)
		h.want(fault.Forbidden, h.auth.SetRole(ctx, owner, owner.ID, access.RoleLead))
		h.want(fault.Forbidden, h.auth.SetRole(ctx, lead, lead.ID, access.RoleOwner))
		_, err := h.auth.ProposeRole(ctx, owner, clerk(access.PersonRead))
		h.want(fault.Forbidden, err)

		// Whoever deals in roles, and holds little else, deals in little else.
		h.clerkRole(lead, other, access.UserEdit, access.UserInvite, access.UserList, access.RoleEdit, access.RoleApprove, access.TokenEdit, access.SSOEdit)
		c := h.join(lead, "c@larkspur.example", "clerk")
		viewer := h.join(lead, "v@larkspur.example", access.RoleViewer)
		h.want(fault.Forbidden, h.auth.SetRole(ctx, c, c.ID, "clerk"))
		h.want(fault.Forbidden, h.auth.SetRole(ctx, c, viewer.ID, access.RoleLead))
		h.want(fault.Forbidden, h.auth.SetRole(ctx, c, lead.ID, access.RoleViewer))
		h.want(fault.Forbidden, h.auth.RemoveMember(ctx, c, other.ID))
		h.want(fault.Forbidden, h.auth.RevokeUser(ctx, c, lead.ID))
		_, _, err = h.auth.Invite(ctx, c, auth.New{Email: "sock@larkspur.example", Name: "Sock", Role: access.RoleLead})
		h.want(fault.Forbidden, err)
		_, err = h.auth.ProposeRole(ctx, c, clerk(access.RiskAccept))
		h.want(fault.Invalid, err)
		// Nor does the other half of a pair: their own role grows by another lead only.
		wide := clerk(access.UserEdit, access.RoleApprove, access.RiskAccept)
		r, err := h.auth.ProposeRole(ctx, lead, wide)
		h.must(err)
		_, err = h.auth.ApproveRole(ctx, c, r.Name, r.Next)
		h.want(fault.Forbidden, err)
		h.must(h.auth.RemoveRole(ctx, lead, "clerk")) // what waited

		// Tokens hold no more than their maker, and end with what they stand on.
		until := h.hand.Now().AddDate(0, 0, 9)
		h.refusedToken(fault.Forbidden, c, auth.NewToken{Name: "t", Role: access.RoleLead, ExpiresAt: until})
		h.refusedToken(fault.Forbidden, c, auth.NewToken{Name: "t", Role: access.RoleViewer, ExpiresAt: until})
		h.refusedToken(fault.Forbidden, c, auth.NewToken{Name: "t", Service: true, ExpiresAt: until})
		_, secret := h.token(c, auth.NewToken{Name: "t", Role: "clerk", ExpiresAt: until})
		who, err := h.auth.ActorByToken(ctx, secret, here)
		h.must(err)
		if !who.Can(access.UserEdit) || who.Can(access.RiskAccept) || who.Can(access.ControlRead) {
			t.Errorf("%+v", who)
		}
		h.must(h.auth.SetRole(ctx, lead, c.ID, access.RoleViewer))
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.want(fault.Unauthenticated, err)
	})
}

// TestWhatSomebodyMayDoAndWhy tells the role, since when, by whom, and the tokens.
func TestWhatSomebodyMayDoAndWhy(t *testing.T) {
	each(t, func(h *house) {
		ctx, lead := t.Context(), h.found()
		other := h.join(lead, "other@larkspur.example", access.RoleLead)
		p, err := h.auth.Power(ctx, lead, other.ID)
		h.must(err)
		if p.By != lead.Name || !p.Since.Equal(h.hand.Now()) || !p.May(access.UserEdit) || p.May(access.SCIMProvision) {
			t.Errorf("%+v", p)
		}
		h.clerkRole(lead, other, access.PersonRead, access.TokenEdit)
		h.hand.Add(time.Minute)
		h.must(h.auth.SetRole(ctx, lead, other.ID, "clerk"))
		o, err := h.signIn("other@larkspur.example", goodPassword, "192.0.2.1")
		h.must(err)
		h.token(h.actor(o.Token), auth.NewToken{Role: "clerk", ExpiresAt: h.hand.Now().AddDate(0, 0, 9)})
		p, err = h.auth.Power(ctx, lead, other.ID)
		h.must(err)
		if p.Member.Role != "clerk" || p.By != lead.Name || !p.Since.Equal(h.hand.Now()) || !p.May(access.PersonRead) || p.May(access.UserEdit) || len(p.Tokens) != 1 {
			t.Errorf("%+v", p)
		}
		_, err = h.auth.Power(ctx, h.actor(o.Token), lead.ID)
		h.want(fault.Forbidden, err)
		foreign := h.newOrg("Heron", false)
		_, err = h.auth.Power(ctx, access.Console(foreign.ID), lead.ID)
		h.want(fault.NotFound, err)
	})
}
