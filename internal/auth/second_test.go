package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
)

// app is somebody's authenticator app.
type app struct {
	h      *house
	secret string
}

func (a *app) code() string {
	a.h.t.Helper()
	code, err := totp.GenerateCode(a.secret, a.h.hand.Now())
	a.h.must(err)
	return code
}

// setUp gives an actor an authenticator app.
func (h *house) setUp(who access.Actor) (*app, auth.Changed) {
	h.t.Helper()
	offer, err := h.auth.OfferCodes(h.t.Context(), who)
	h.must(err)
	a := &app{h, offer.Secret.Reveal()}
	out, err := h.auth.AddCodes(h.t.Context(), who, offer.Sealed, a.code(), here)
	h.must(err)
	return a, out
}

func (h *house) second(pending, code string) (auth.Opened, error) {
	return h.auth.SecondStep(h.t.Context(), pending, auth.Proof{Code: code}, here, "")
}

const leadAddress = "lead@larkspur.example"

func TestSecondFactorIsAskedFor(t *testing.T) {
	each(t, func(h *house) {
		who := h.found()
		_, err := h.auth.AddCodes(h.t.Context(), who, "nonsense", "000000", here)
		h.want(fault.Conflict, err)
		a, out := h.setUp(who)
		if len(out.Recovery) != 10 {
			h.t.Fatalf("%d recovery codes", len(out.Recovery))
		}
		o, err := h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		if o.Token != "" || o.Pending == "" {
			h.t.Fatal("a password alone let a user with a second factor in")
		}
		_, err = h.auth.Actor(h.t.Context(), o.Pending, "", here)
		h.want(fault.Unauthenticated, err)
		_, err = h.second(o.Pending, a.code()) // the step that set the app up
		h.want(fault.Unauthenticated, err)
		h.hand.Add(30 * time.Second)
		_, err = h.second(o.Pending, "12345")
		h.want(fault.Unauthenticated, err)
		code := a.code()
		in, err := h.second(o.Pending, code)
		h.must(err)
		h.actor(in.Token)
		_, err = h.second(o.Pending, code)
		h.want(fault.NotFound, err) // used up
		o, err = h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		_, err = h.second(o.Pending, code)
		h.want(fault.Unauthenticated, err) // the code counts once
		h.hand.Add(11 * time.Minute)
		_, err = h.second(o.Pending, a.code())
		h.want(fault.NotFound, err) // it took too long
	})
}

func TestRecoveryCodeCountsOnce(t *testing.T) {
	each(t, func(h *house) {
		_, out := h.setUp(h.found())
		for i, want := range []fault.Kind{"", fault.Unauthenticated} {
			o, err := h.signIn(leadAddress, goodPassword, here.Address)
			h.must(err)
			_, err = h.second(o.Pending, " "+strings.ToUpper(out.Recovery[3])+" ")
			if fault.Of(err) != want {
				h.t.Fatalf("use %d: %v", i+1, err)
			}
		}
		o, err := h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		in, err := h.second(o.Pending, out.Recovery[4])
		h.must(err)
		who := h.actor(in.Token)
		if n := h.actions(who)["recovery.use"]; n != 2 {
			h.t.Errorf("%d uses in the trail", n)
		}
		state, err := h.auth.State(h.t.Context(), who)
		h.must(err)
		if state.Recovery != 8 {
			h.t.Errorf("%d codes are left", state.Recovery)
		}
		renewed, err := h.auth.RenewRecovery(h.t.Context(), who, here)
		h.must(err)
		o, err = h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		_, err = h.second(o.Pending, out.Recovery[5])
		h.want(fault.Unauthenticated, err)
		_, err = h.second(o.Pending, renewed.Recovery[0])
		h.must(err)
	})
}

func TestFactorChangesEndSessions(t *testing.T) {
	each(t, func(h *house) {
		who := h.found()
		other, err := h.signIn(leadAddress, goodPassword, "192.0.2.9")
		h.must(err)
		_, out := h.setUp(who)
		_, err = h.auth.Actor(h.t.Context(), other.Token, "", here)
		h.want(fault.Unauthenticated, err)
		who = h.actor(out.Token)
		out, err = h.auth.RemoveCodes(h.t.Context(), who, here)
		h.must(err)
		_, err = h.auth.Actor(h.t.Context(), out.Token, "", here)
		h.must(err)
		if _, err := h.auth.SecondStep(h.t.Context(), "none", auth.Proof{}, here, ""); !fault.Is(err, fault.NotFound) {
			h.t.Error(err)
		}
		o, err := h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		if o.Token == "" {
			h.t.Error("a second factor is asked for that is gone")
		}
	})
}

func TestCodesCannotBeGuessed(t *testing.T) {
	each(t, func(h *house) {
		a, _ := h.setUp(h.found())
		strange := func() auth.From { return auth.From{Address: "203.0.113.4"} }
		tried := 0
		for range 60 {
			o, err := h.signIn(leadAddress, goodPassword, here.Address)
			h.must(err)
			_, err = h.auth.SecondStep(h.t.Context(), o.Pending, auth.Proof{Code: "000000"}, strange(), "")
			if fault.Is(err, fault.Unauthenticated) {
				tried++
			}
			h.hand.Add(100 * time.Second)
		}
		if tried > 25 { // 100 minutes
			h.t.Errorf("%d codes could be tried in 100 minutes by whoever has the password", tried)
		}
		h.hand.Add(15 * time.Minute)
		o, err := h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		in, err := h.second(o.Pending, a.code())
		h.must(err)
		h.must(h.auth.SignOut(h.t.Context(), in.Token, here))
		for range 15 { // from now on the place is known: strangers do not slow its holder
			if o, err = h.signIn(leadAddress, goodPassword, "192.0.2.55"); err == nil {
				_, _ = h.auth.SecondStep(h.t.Context(), o.Pending, auth.Proof{Code: "000000"}, strange(), "")
			}
		}
		h.hand.Add(30 * time.Second)
		o, err = h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		_, err = h.second(o.Pending, a.code())
		h.must(err)
	})
}

func TestOrganizationAsksForASecondFactor(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		lead := h.found()
		viewer := h.join(lead, "v@larkspur.example", access.RoleViewer)
		_, _, err := h.auth.AddToken(ctx, viewer, auth.NewToken{Name: "t", Role: access.RoleViewer, ExpiresAt: h.hand.Now().Add(time.Hour)})
		h.must(err)
		h.want(fault.Invalid, h.auth.SetPolicy(ctx, lead, auth.Policy{Second: auth.SecondFactor})) // they have none themselves
		h.want(fault.Invalid, h.auth.SetPolicy(ctx, lead, auth.Policy{Second: "retina"}))
		h.want(fault.Forbidden, h.auth.SetPolicy(ctx, viewer, auth.Policy{}))
		_, out := h.setUp(lead)
		lead = h.actor(out.Token)
		h.must(h.auth.SetPolicy(ctx, lead, auth.Policy{Second: auth.SecondFactor}))
		h.want(fault.Invalid, h.auth.SetPolicy(ctx, lead, auth.Policy{Second: auth.PhishingProof}))
		if _, err := lead.May(access.UserEdit); err != nil {
			h.t.Error(err)
		}

		o, err := h.signIn("v@larkspur.example", goodPassword, here.Address)
		h.must(err)
		viewer = h.actor(o.Token)
		_, err = viewer.May(access.ControlRead)
		if !errors.Is(err, access.ErrLacks) || viewer.Can(access.ControlRead) {
			h.t.Fatalf("let in with a password: %v", err)
		}
		_, _, err = h.auth.AddToken(ctx, viewer, auth.NewToken{Name: "t", Role: access.RoleViewer, ExpiresAt: h.hand.Now().Add(time.Hour)})
		h.want(fault.Forbidden, err)
		_, out = h.setUp(viewer)
		if _, err := h.actor(out.Token).May(access.ControlRead); err != nil {
			h.t.Error(err)
		}
		if p, err := h.auth.Policy(ctx, viewer); err != nil || p.Second != auth.SecondFactor {
			h.t.Error(p, err)
		}
		if n := h.actions(lead)["signin.edit"]; n != 1 {
			h.t.Errorf("%d changes in the trail", n)
		}
	})
}

func TestWeightyThingsWantAFreshSession(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		who := h.found()
		owner := h.join(who, "o@larkspur.example", access.RoleOwner)
		session := func() string {
			o, err := h.signIn(leadAddress, goodPassword, here.Address)
			h.must(err)
			return o.Token
		}()
		h.hand.Add(15 * time.Minute)
		stale := h.actor(session)
		if err := h.auth.SetRole(ctx, stale, owner.ID, access.RoleViewer); !errors.Is(err, access.ErrProve) {
			h.t.Fatalf("a stale session changed a role: %v", err)
		}
		if _, err := stale.May(access.OrgEdit); err != nil || !stale.Can(access.UserEdit) {
			h.t.Error("everyday work waits too", err)
		}
		for _, err := range []error{
			func() error { _, err := h.auth.OfferCodes(ctx, stale); return err }(),
			func() error { _, err := h.auth.RemoveCodes(ctx, stale, here); return err }(),
			func() error {
				_, _, err := h.auth.AddToken(ctx, stale, auth.NewToken{Name: "t", Role: access.RoleViewer, ExpiresAt: h.hand.Now().Add(time.Hour)})
				return err
			}(),
			h.auth.SetPolicy(ctx, stale, auth.Policy{}),
			h.auth.Told(ctx, stale),
		} {
			if !errors.Is(err, access.ErrProve) {
				h.t.Errorf("a stale session was let through: %v", err)
			}
		}
		_, err := h.auth.Prove(ctx, stale, auth.Proof{Password: otherPassword}, here)
		h.want(fault.Unauthenticated, err)
		token, err := h.auth.Prove(ctx, stale, auth.Proof{Password: goodPassword}, here)
		h.must(err)
		h.must(h.auth.SetRole(ctx, h.actor(token), owner.ID, access.RoleViewer))
		h.actor(session) // requests that were under way
		h.hand.Add(time.Minute)
		_, err = h.auth.Actor(ctx, session, "", here)
		h.want(fault.Unauthenticated, err) // the token before
		a, out := h.setUp(h.actor(token))
		h.hand.Add(16 * time.Minute)
		_, err = h.auth.Prove(ctx, h.actor(out.Token), auth.Proof{Password: goodPassword}, here)
		h.want(fault.Unauthenticated, err) // whoever has a second factor shows it
		_, err = h.auth.Prove(ctx, h.actor(out.Token), auth.Proof{Code: a.code()}, here)
		h.must(err)
	})
}

func TestTokensOfSessionsAreRenewed(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		h.found()
		o, err := h.signIn(leadAddress, goodPassword, here.Address)
		h.must(err)
		v, err := h.auth.Visit(ctx, o.Token, "", here)
		h.must(err)
		if token, err := h.auth.Renew(ctx, &v); err != nil || token != "" {
			h.t.Fatal("renewed at once", err)
		}
		h.hand.Add(time.Hour)
		v, err = h.auth.Visit(ctx, o.Token, "", here)
		h.must(err)
		token, err := h.auth.Renew(ctx, &v)
		h.must(err)
		h.actor(token)
		h.actor(o.Token)
		v, err = h.auth.Visit(ctx, o.Token, "", here)
		h.must(err)
		if again, err := h.auth.Renew(ctx, &v); err != nil || again != "" {
			h.t.Error("the token before renewed it again", err)
		}
		h.hand.Add(time.Minute)
		_, err = h.auth.Actor(ctx, o.Token, "", here)
		h.want(fault.Unauthenticated, err)
		h.must(h.auth.SignOut(ctx, token, here))
		_, err = h.auth.Actor(ctx, token, "", here)
		h.want(fault.Unauthenticated, err)
	})
}

func TestNewDevicesAreTold(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.t.Context()
		h.found()
		sign := func(address, agent string) auth.Visit {
			h.t.Helper()
			from := auth.From{Address: address, Agent: agent}
			o, err := h.auth.SignIn(ctx, auth.Attempt{Email: leadAddress, Password: goodPassword, From: from})
			h.must(err)
			v, err := h.auth.Visit(ctx, o.Token, "", from)
			h.must(err)
			return v
		}
		if v := sign(here.Address, here.Agent+"/141.0"); len(v.Devices) != 0 {
			h.t.Error("another version is another device")
		}
		if v := sign("203.0.113.9", "Mozilla Firefox/140"); len(v.Devices) != 0 {
			h.t.Error("the new device is told of itself")
		}
		v := sign(here.Address, here.Agent)
		if len(v.Devices) != 1 || v.Devices[0].Address != "203.0.113.9" {
			h.t.Fatalf("%+v", v.Devices)
		}
		h.must(h.auth.Told(ctx, v.Actor))
		if v = sign(here.Address, here.Agent); len(v.Devices) != 0 {
			h.t.Error("told twice")
		}
	})
}

func TestOperatorDropsLostFactors(t *testing.T) {
	each(t, func(h *house) {
		_, out := h.setUp(h.found())
		secret, _, err := h.auth.Reset(h.t.Context(), leadAddress)
		h.must(err)
		o, err := h.auth.UseReset(h.t.Context(), secret, otherPassword, here)
		h.must(err)
		if o.Token != "" {
			h.t.Fatal("a new password is no way around the second factor")
		}
		in, err := h.second(o.Pending, out.Recovery[0])
		h.must(err)
		_, err = h.auth.DropFactors(h.t.Context(), leadAddress)
		h.must(err)
		_, err = h.auth.Actor(h.t.Context(), in.Token, "", here)
		h.want(fault.Unauthenticated, err)
		o, err = h.signIn(leadAddress, otherPassword, here.Address)
		h.must(err)
		if n := h.actions(h.actor(o.Token))["factor.remove"]; n != 1 {
			h.t.Errorf("%d in the trail", n)
		}
	})
}
