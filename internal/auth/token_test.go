package auth_test

import (
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
)

func (h *house) token(who access.Actor, in auth.NewToken) (auth.Token, string) {
	h.t.Helper()
	in.Name, in.ExpiresAt = "ci", h.hand.Now().Add(30*24*time.Hour)
	t, secret, err := h.auth.AddToken(h.t.Context(), who, in)
	h.must(err)
	return t, secret
}

func (h *house) refusedToken(k fault.Kind, who access.Actor, in auth.NewToken) {
	h.t.Helper()
	in.Name, in.ExpiresAt = "ci", h.hand.Now().Add(time.Hour)
	_, _, err := h.auth.AddToken(h.t.Context(), who, in)
	h.want(k, err)
}

func TestTokensAreNarrowed(t *testing.T) {
	each(t, func(h *house) {
		lead := h.found()
		_, secret := h.token(lead, auth.NewToken{Role: access.RoleLead, Scope: []string{"import.add"}})
		who, err := h.auth.ActorByToken(h.t.Context(), secret, here)
		h.must(err)
		if _, err := who.May(access.ImportAdd); err != nil {
			h.t.Error(err)
		}
		_, err = who.May(access.ControlRead)
		h.want(fault.Forbidden, err)
		h.refusedToken(fault.Invalid, lead, auth.NewToken{Role: access.RoleLead, Scope: []string{"import.everything"}})
		h.refusedToken(fault.Invalid, lead, auth.NewToken{Role: access.RoleViewer, Scope: []string{"import.add"}})
		list, err := h.auth.Tokens(h.t.Context(), lead)
		h.must(err)
		if len(list) != 1 || list[0].Scope != "import.add" {
			h.t.Errorf("%+v", list)
		}
	})
}

func TestTokensAreTakenFromTheirNetworks(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		_, secret := h.token(lead, auth.NewToken{Role: access.RoleViewer, Networks: []string{"192.0.2.0/24", "2001:db8::7"}})
		for address, ok := range map[string]bool{
			"192.0.2.77": true, "::ffff:192.0.2.1": true, "2001:db8::7": true, "192.0.3.1": false, "2001:db8::8": false, "": false, "nonsense": false,
		} {
			_, err := h.auth.ActorByToken(ctx, secret, auth.From{Address: address})
			if (err == nil) != ok || err != nil && !fault.Is(err, fault.Unauthenticated) {
				h.t.Errorf("%q: %v", address, err)
			}
		}
		if n := h.actions(lead)["token.refuse"]; n != 1 {
			h.t.Errorf("%d refusals in the trail, want one a minute", n)
		}
		h.hand.Add(time.Minute)
		_, err := h.auth.ActorByToken(ctx, secret, auth.From{Address: "203.0.113.1"})
		h.want(fault.Unauthenticated, err)
		if n := h.actions(lead)["token.refuse"]; n != 2 {
			h.t.Errorf("%d refusals in the trail", n)
		}
		for _, wrong := range []string{"everywhere", "192.0.2.0/33", "192.0.2.0-192.0.2.9"} {
			h.refusedToken(fault.Invalid, lead, auth.NewToken{Role: access.RoleViewer, Networks: []string{wrong}})
		}
	})
}

func TestServiceTokensOutliveTheirMaker(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		second := h.join(lead, "b@larkspur.example", access.RoleLead)
		owner := h.join(lead, "o@larkspur.example", access.RoleOwner)
		h.refusedToken(fault.Forbidden, owner, auth.NewToken{Service: true})
		made, secret := h.token(second, auth.NewToken{Service: true, Role: access.RoleLead})
		_, own := h.token(second, auth.NewToken{Role: access.RoleViewer})
		who, err := h.auth.ActorByToken(ctx, secret, here)
		h.must(err)
		if who.ID != made.ID || who.Org != h.org.ID {
			h.t.Fatalf("%+v", who)
		}
		for _, p := range access.Permissions() {
			want := access.RoleJob.Allows(p) && p != access.SCIMProvision // which no role implies: a token has it by name
			if _, err := who.May(p); (err == nil) != want {
				h.t.Errorf("a service and %s: %v", p, err)
			}
			if p.Weighty() && who.Can(p) {
				h.t.Errorf("a service decides: %s", p)
			}
		}
		h.must(h.auth.RemoveMember(ctx, lead, second.ID))
		_, err = h.auth.ActorByToken(ctx, own, here)
		h.want(fault.Unauthenticated, err)
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.must(err)
		h.want(fault.NotFound, h.auth.RevokeToken(ctx, owner, made.ID))
		h.must(h.auth.RevokeToken(ctx, lead, made.ID))
		_, err = h.auth.ActorByToken(ctx, secret, here)
		h.want(fault.Unauthenticated, err)
	})
}
