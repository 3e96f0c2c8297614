package sso_test

import (
	"testing"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/sso"
)

// lead is a lead of an organization in a fresh session of their own.
func (h *house) lead(email string) access.Actor {
	h.Helper()
	h.enroll(h.ours, email, access.RoleLead)
	link, _, err := h.auth.Reset(h.Context(), email)
	h.must(err)
	o, err := h.auth.UseReset(h.Context(), link, "bicycle onion lantern", auth.From{Address: "192.0.2.9"})
	h.must(err)
	v, err := h.visit(o.Token, "")
	h.must(err)
	return v.Actor
}

func (p *issuer) as(o sso.New) sso.New {
	o.Kind, o.Name, o.Location, o.Secret = sso.OIDC, "Idp", p.URL, secret.NewText(p.secret)
	if o.Client == "" {
		o.Client = "assay"
	}
	return o
}

// TestALeadVouchesForNobodyElse: a lead who runs an identity provider of his own
// could have it say that he is another lead.
func TestALeadVouchesForNobodyElse(t *testing.T) {
	each(t, func(h *house) {
		ctx, p := h.Context(), h.issuer()
		h.own(h.ours, "ours.example")
		eve, ada := h.lead("eve@ours.example"), h.lead("ada@ours.example")
		i, err := h.sso.AddIssuer(ctx, eve, p.as(sso.New{Join: access.RoleOwner}))
		h.must(err)
		if i.Approved() || i.By != eve.ID {
			t.Errorf("%+v", i)
		}
		_, err = h.enter(i, p) // says that it is Ada
		h.refused(err, fault.Forbidden, "a second lead")
		p.says("email", "new@ours.example", "sub", "u-9")
		_, err = h.enter(i, p)
		h.refused(err, fault.Forbidden, "a second lead")
		if list, err := h.auth.Users(ctx, eve); err != nil || len(list) != 2 {
			t.Errorf("%d members, %v", len(list), err)
		}
		if list, err := h.sso.For(ctx, "ada@ours.example"); err == nil {
			t.Errorf("offered to everybody: %+v", list)
		}
		if !has(h.entries(h.ours), "session.refuse issuer") {
			t.Error("not in the trail")
		}
		// Its author alone can try it.
		p.says("email", "eve@ours.example", "sub", "u-eve")
		out, err := h.enter(i, p)
		h.must(err)
		if out.User.ID != eve.ID {
			t.Errorf("%+v", out.User)
		}
		// Neither the author, by whatever way in, nor a service approves it.
		via, err := h.visit(out.Token, "")
		h.must(err)
		for _, who := range []access.Actor{eve, via.Actor} {
			_, err = h.sso.ApproveIssuer(ctx, who, i.ID, i.Waiting())
			h.refused(err, fault.Forbidden, "Ask another lead")
		}
		_, err = h.sso.ApproveIssuer(ctx, access.Actor{ID: "tok_1", Org: h.ours.ID, Role: access.RoleJob, Door: access.DoorAPI}, i.ID, i.Waiting())
		h.refused(err, fault.Forbidden, "")
		_, err = h.sso.ApproveIssuer(ctx, access.Console(h.other.ID), i.ID, i.Waiting())
		h.refused(err, fault.NotFound, "")
		// And nobody approves something else than what they saw.
		_, err = h.sso.ApproveIssuer(ctx, ada, i.ID, "another")
		h.refused(err, fault.Conflict, "changed")
		i, err = h.sso.ApproveIssuer(ctx, ada, i.ID, i.Waiting())
		h.must(err)
		if !i.Approved() || i.ApprovedBy != ada.ID {
			t.Errorf("%+v", i)
		}
		_, err = h.sso.ApproveIssuer(ctx, ada, i.ID, i.Waiting())
		h.refused(err, fault.Conflict, "Nothing waits")
		p.says()
		out, err = h.enter(i, p)
		h.must(err)
		if out.User.ID != ada.ID {
			t.Errorf("%+v", out.User)
		}
		if !has(h.entries(h.ours), "sso.approve issuer") {
			t.Error("not in the trail")
		}
	})
}

// TestAChangeOfAProviderWaits: what was approved vouches on until another lead
// approved what it is changed to.
func TestAChangeOfAProviderWaits(t *testing.T) {
	each(t, func(h *house) {
		ctx, p, q := h.Context(), h.issuer(), h.issuer()
		i := h.add(h.ours, p, access.RoleViewer)
		if !i.Approved() {
			t.Fatal("whoever holds the store asks nobody")
		}
		h.own(h.ours, "ours.example")
		eve, ada := h.lead("eve@ours.example"), h.lead("ada@ours.example")
		old, err := h.enter(i, p)
		h.must(err)
		i, err = h.sso.EditIssuer(ctx, eve, i.ID, q.as(sso.New{}))
		h.must(err)
		if i.Location != p.URL || i.Next == nil || i.Next.Location != q.URL || i.Next.By != eve.ID || i.Join != "" {
			t.Errorf("%+v %+v", i, i.Next)
		}
		if _, err := h.visit(old.Token, ""); err != nil {
			t.Error("a change that waits ended a session:", err)
		}
		if _, err := h.enter(i, p); err != nil {
			t.Error("what was approved vouches no more:", err)
		}
		_, err = h.sso.ApproveIssuer(ctx, eve, i.ID, i.Waiting())
		h.refused(err, fault.Forbidden, "Ask another lead")
		// The author changes it once more behind the approver's back.
		seen := i.Waiting()
		i, err = h.sso.EditIssuer(ctx, eve, i.ID, q.as(sso.New{Client: "evil"}))
		h.must(err)
		_, err = h.sso.ApproveIssuer(ctx, ada, i.ID, seen)
		h.refused(err, fault.Conflict, "changed")
		i, err = h.sso.EditIssuer(ctx, eve, i.ID, q.as(sso.New{}))
		h.must(err)
		i, err = h.sso.ApproveIssuer(ctx, ada, i.ID, i.Waiting())
		h.must(err)
		if i.Location != q.URL || i.Next != nil {
			t.Errorf("%+v", i)
		}
		if _, err := h.visit(old.Token, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Error("a session of the provider before:", err)
		}
		if _, err := h.enter(i, q); err != nil {
			t.Error("with the new one's secret:", err)
		}
		// A new secret, name or role for newcomers is in force at once; taking
		// a change back leaves what there is.
		i, err = h.sso.EditIssuer(ctx, eve, i.ID, q.as(sso.New{Join: access.RoleOwner}))
		h.must(err)
		if i.Next != nil || i.Join != access.RoleOwner {
			t.Errorf("%+v", i)
		}
		i, err = h.sso.EditIssuer(ctx, eve, i.ID, p.as(sso.New{Client: "other"}))
		h.must(err)
		i, err = h.sso.WithdrawIssuer(ctx, ada, i.ID)
		h.must(err)
		if i.Next != nil || i.Location != q.URL || i.Client != "assay" {
			t.Errorf("%+v", i)
		}
		_, err = h.sso.WithdrawIssuer(ctx, ada, i.ID)
		h.refused(err, fault.Conflict, "Nothing waits")
		if _, err := h.enter(i, q); err != nil {
			t.Error(err)
		}
		// The secret of one provider is not told to the next.
		in := p.as(sso.New{})
		in.Secret = secret.Text{}
		i, err = h.sso.EditIssuer(ctx, eve, i.ID, in)
		h.must(err)
		_, err = h.sso.ApproveIssuer(ctx, ada, i.ID, i.Waiting())
		h.must(err)
		p.secret = q.secret
		_, err = h.enter(i, p)
		h.refused(err, fault.Unauthenticated, "client secret")
	})
}

// TestAProviderThatTellsNoTimeIsNoStepUp: it may remember the browser for weeks.
func TestAProviderThatTellsNoTimeIsNoStepUp(t *testing.T) {
	each(t, func(h *house) {
		ctx, p := h.Context(), h.issuer()
		i := h.add(h.ours, p, "")
		h.own(h.ours, "ours.example")
		h.lead("ada@ours.example")
		p.says("auth_time", nil)
		out, err := h.enter(i, p)
		h.must(err)
		v, err := h.visit(out.Token, "")
		h.must(err)
		if !v.Actor.Stale {
			t.Error("fresh, though the provider does not say when")
		}
		g, err := h.sso.Begin(ctx, sso.Start{Issuer: i.ID, Origin: origin, Prove: true})
		h.must(err)
		_, err = h.sso.Finish(ctx, sso.Back{Issuer: i.ID, Query: p.authorize(g.To), Sealed: g.Sealed, Who: v.Actor})
		h.refused(err, fault.Unauthenticated, "does not say when")
	})
}
