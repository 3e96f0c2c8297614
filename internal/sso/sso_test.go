package sso_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/sso"
)

func TestDomainsAreVerifiedByARecord(t *testing.T) {
	each(t, func(h *house) {
		ctx, who := h.Context(), access.Console(h.ours.ID)
		for _, name := range []string{"", "example", "a..example", "-a.example", "a.example/", "1.2.3.4", "ä.example", "a@b.example", strings.Repeat("a", 64) + ".example"} {
			_, err := h.sso.AddDomain(ctx, who, name)
			h.refused(err, fault.Invalid, "such as example.com")
		}
		d, err := h.sso.AddDomain(ctx, who, " Ours.Example. ")
		h.must(err)
		if d.Name != "ours.example" || d.Verified() {
			t.Errorf("%+v", d)
		}
		_, err = h.sso.AddDomain(ctx, who, "ours.example")
		h.refused(err, fault.Invalid, "listed already")
		_, err = h.sso.VerifyDomain(ctx, who, d.Name)
		h.refused(err, fault.Conflict, "could not be asked for")
		at, value := d.Record()
		h.zone[at+"."] = []string{value + "x", "assay-domain-verification="}
		_, err = h.sso.VerifyDomain(ctx, who, d.Name)
		h.refused(err, fault.Conflict, "it has 2 others")
		theirs, err := h.sso.AddDomain(ctx, access.Console(h.other.ID), d.Name)
		h.must(err)
		if _, v := theirs.Record(); v == value {
			t.Error("two organizations publish the same record")
		}
		h.zone[at+"."] = []string{"other", value}
		d, err = h.sso.VerifyDomain(ctx, who, d.Name)
		h.must(err)
		if !d.Verified() {
			t.Error("not verified")
		}
		_, err = h.sso.VerifyDomain(ctx, access.Console(h.other.ID), d.Name)
		h.refused(err, fault.Conflict, "it has 2 others")
		if list := h.entries(h.ours); !has(list, "sso.edit domain") {
			t.Errorf("%v", list)
		}

		// The record goes: a warning first, the end after two weeks, and the way back.
		delete(h.zone, at+".")
		state := func() sso.Domain {
			h.must(h.sso.Tend(ctx))
			list, err := h.sso.Domains(ctx, who)
			h.must(err)
			return list[0]
		}
		if d = state(); !d.MissingAt.IsZero() {
			t.Error("looked for again at once")
		}
		h.hand.Add(25 * time.Hour)
		if d = state(); d.MissingAt.IsZero() || !d.Verified() {
			t.Errorf("%+v", d)
		}
		for range 13 {
			h.hand.Add(25 * time.Hour)
			d = state()
		}
		h.hand.Add(25 * time.Hour)
		if d = state(); d.Verified() {
			t.Error("verified for ever")
		}
		h.zone[at+"."] = []string{value}
		d, err = h.sso.VerifyDomain(ctx, who, d.Name)
		h.must(err)
		if !d.Verified() || !d.MissingAt.IsZero() {
			t.Errorf("%+v", d)
		}
		h.must(h.sso.RemoveDomain(ctx, who, d.Name))
		h.refused(h.sso.RemoveDomain(ctx, who, d.Name), fault.NotFound, "")
	})
}

func TestOpenIDConnectSignsIn(t *testing.T) {
	each(t, func(h *house) {
		p := h.issuer()
		i := h.add(h.ours, p, access.RoleViewer)
		_, err := h.enter(i, p)
		h.refused(err, fault.Forbidden, "has not verified that domain")
		h.own(h.ours, "ours.example")
		list, err := h.sso.For(h.Context(), "Anybody@Ours.example")
		h.must(err)
		if len(list) != 1 || list[0].ID != i.ID {
			t.Errorf("%+v", list)
		}
		_, err = h.sso.For(h.Context(), "x@elsewhere.example")
		h.refused(err, fault.Invalid, "elsewhere.example")

		out, err := h.enter(i, p)
		h.must(err)
		if out.Next != "/controls" || out.Org != h.ours.ID || out.User.Email != "ada@ours.example" || out.User.Name != "Ada Ours" {
			t.Errorf("%+v", out)
		}
		v, err := h.visit(out.Token, "")
		h.must(err)
		if v.Actor.Role != access.RoleViewer || v.Actor.Via != i.ID || v.Session.Means != auth.BySSO || v.Actor.Lacks != "" {
			t.Errorf("%+v", v.Actor)
		}
		// The subject is who it is: another address is the same person.
		p.says("email", "countess@ours.example")
		again, err := h.enter(i, p)
		h.must(err)
		if again.User.ID != out.User.ID || again.User.Email != "ada@ours.example" {
			t.Errorf("%+v", again.User)
		}
		// And an address that was given to somebody else is not the same person.
		p.says("sub", "u-2")
		_, err = h.enter(i, p)
		h.refused(err, fault.Conflict, "belongs to somebody else")
		if list := h.entries(h.ours); !has(list, "user.join user") || !has(list, "session.begin user") || !has(list, "session.refuse issuer") || !has(list, "sso.bind user") {
			t.Errorf("%v", list)
		}
	})
}

func TestPeopleAreLinkedByAVerifiedAddressAlone(t *testing.T) {
	each(t, func(h *house) {
		p := h.issuer()
		i := h.add(h.ours, p, "")
		h.own(h.ours, "ours.example")
		_, err := h.enter(i, p)
		h.refused(err, fault.Forbidden, "Ask a lead for an invitation")

		ada := h.enroll(h.ours, "ada@ours.example", access.RoleOwner)
		for _, claims := range [][]any{{"email_verified", false}, {"email_verified", nil}, {"email_verified", "no"}, {"email_verified", map[string]any{"x": true}}} {
			p.says(claims...)
			_, err := h.enter(i, p)
			h.refused(err, fault.Forbidden, "verified")
		}
		p.says("email", "ada@other.example")
		_, err = h.enter(i, p)
		h.refused(err, fault.Forbidden, "has not verified that domain")
		p.says("email", "ada@ours.example@other.example")
		_, err = h.enter(i, p)
		h.refused(err, fault.Forbidden, "verified")
		p.says("email_verified", nil, "xms_edov", "1") // Entra
		out, err := h.enter(i, p)
		h.must(err)
		if out.User.ID != ada.ID {
			t.Errorf("%+v", out.User)
		}
		// A provider that keeps the address in its list of people.
		p.says("email", nil, "email_verified", nil)
		p.info = map[string]any{"sub": "u-1", "email": "ada@ours.example", "email_verified": true}
		_, err = h.enter(i, p)
		h.must(err)
		p.info["sub"] = "u-2"
		_, err = h.enter(i, p)
		h.refused(err, fault.Unauthenticated, "does not tell your address")

		// Whoever was removed does not come back by themselves, but by an invitation.
		p.says()
		_, err = h.sso.EditIssuer(h.Context(), access.Console(h.ours.ID), i.ID, sso.New{Name: "Idp", Location: p.URL, Client: "assay", Join: access.RoleOwner})
		h.must(err)
		h.must(h.auth.RemoveMember(h.Context(), access.Console(h.ours.ID), ada.ID))
		if _, err := h.visit(out.Token, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Error("the session of a removed member:", err)
		}
		_, err = h.enter(i, p)
		h.refused(err, fault.Forbidden, "Ask a lead for an invitation")
		_, _, err = h.auth.Invite(h.Context(), access.Console(h.ours.ID), auth.New{Email: "ada@ours.example", Name: "Ada", Role: access.RoleViewer})
		h.must(err)
		out, err = h.enter(i, p)
		h.must(err)
		if v, err := h.visit(out.Token, ""); err != nil || v.Actor.Role != access.RoleViewer {
			t.Errorf("%+v %v", v.Actor, err)
		}
	})
}

// TestWhatCannotBeBelieved holds answers of all kinds to the rules.
func TestWhatCannotBeBelieved(t *testing.T) {
	each(t, func(h *house) {
		p := h.issuer()
		i := h.add(h.ours, p, access.RoleViewer)
		h.own(h.ours, "ours.example")
		now := h.hand.Now()
		for name, claims := range map[string][]any{
			"another audience": {"aud", "somebody else"}, "two audiences and no party": {"aud", []string{"assay", "x"}},
			"another party": {"azp", "x"}, "another issuer": {"iss", "https://accounts.google.com"}, "another nonce": {"nonce", "x"},
			"no nonce": {"nonce", nil}, "expired": {"exp", now.Add(-time.Second).Unix()}, "from the future": {"iat", now.Add(time.Hour).Unix()},
			"nobody": {"sub", ""}, "no end": {"exp", nil}, "a subject too long": {"sub", strings.Repeat("x", 256)},
		} {
			p.says(claims...)
			if _, err := h.enter(i, p); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.says()
		own := p.sign
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		h.must(err)
		for name, sign := range map[string]func([]byte) string{
			"another key":      func(b []byte) string { return signed(t, jose.ES256, other, b) },
			"the client's key": func(b []byte) string { return signed(t, jose.HS256, []byte(strings.Repeat(p.secret, 3)), b) },
			"no signature":     func(b []byte) string { return none("none", b) }, "no signature, in capitals": func(b []byte) string { return none("NONE", b) },
			"altered": func(b []byte) string { return own(b)[:40] + "AAAA" + own(b)[44:] },
			"nothing": func([]byte) string { return "" }, "no token": func([]byte) string { return "x.y.z" },
		} {
			p.sign = sign
			if _, err := h.enter(i, p); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.sign = own
		if _, err := h.enter(i, p); err != nil {
			t.Errorf("the same in earnest: %v", err)
		}
	})
}

func none(alg string, payload []byte) string {
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"`+alg+`","kid":"k"}`)) + "." + enc(payload) + "."
}

// TestSignInsComeBackToTheirBrowser mixes up sign-ins, browsers and providers.
func TestSignInsComeBackToTheirBrowser(t *testing.T) {
	each(t, func(h *house) {
		ctx, p, q := h.Context(), h.issuer(), h.issuer()
		i, evil := h.add(h.ours, p, access.RoleViewer), h.add(h.other, q, access.RoleViewer)
		h.own(h.ours, "ours.example")
		begin := func(i sso.Issuer) sso.Going {
			g, err := h.sso.Begin(ctx, sso.Start{Issuer: i.ID, Origin: origin})
			h.must(err)
			return g
		}
		mine, other := begin(i), begin(i)
		back := p.authorize(mine.To)
		for name, c := range map[string]struct {
			i      sso.Issuer
			q      url.Values
			sealed string
		}{
			"no browser": {i, back, ""}, "another browser": {i, back, other.Sealed}, "nonsense": {i, back, "AAAA"},
			"no state": {i, url.Values{"code": back["code"]}, mine.Sealed}, "another state": {i, url.Values{"code": back["code"], "state": {"x"}}, mine.Sealed},
			"the address of another provider": {evil, back, mine.Sealed},
			"from another provider":           {i, url.Values{"code": back["code"], "state": back["state"], "iss": {q.URL}}, mine.Sealed},
			"refused there":                   {i, url.Values{"error": {"access_denied"}, "error_description": {"no\nno"}}, mine.Sealed},
			"a code that is none":             {i, url.Values{"code": {"x"}, "state": back["state"]}, mine.Sealed},
		} {
			if out, err := h.finish(c.i, c.q, c.sealed); !fault.Is(err, fault.Unauthenticated) || out.Token != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := h.finish(i, back, mine.Sealed)
		h.must(err)
		_, err = h.finish(i, back, mine.Sealed)
		h.refused(err, fault.Unauthenticated, "did not confirm")
		late := begin(i)
		answer := p.authorize(late.To)
		h.hand.Add(10 * time.Minute)
		_, err = h.finish(i, answer, late.Sealed)
		h.refused(err, fault.Unauthenticated, "took too long")
		_, err = h.sso.EditIssuer(ctx, access.Console(h.ours.ID), i.ID, sso.New{Name: "Idp", Location: p.URL, Client: "assay", Secret: secret.NewText("wrong"), Join: access.RoleViewer})
		h.must(err)
		_, err = h.enter(i, p)
		h.refused(err, fault.Unauthenticated, "client secret")
	})
}

// TestAProviderOpensItsOrganizationAlone: whoever runs one organization's
// provider is not let into another that the same person belongs to.
func TestAProviderOpensItsOrganizationAlone(t *testing.T) {
	each(t, func(h *house) {
		ctx, p := h.Context(), h.issuer()
		i := h.add(h.ours, p, access.RoleViewer)
		h.own(h.ours, "ours.example")
		ada := h.enroll(h.other, "ada@ours.example", access.RoleLead)
		out, err := h.enter(i, p)
		h.must(err)
		if out.User.ID != ada.ID || out.Org != h.ours.ID {
			t.Errorf("%+v", out.Opened)
		}
		v, err := h.visit(out.Token, "")
		h.must(err)
		if _, err := h.visit(out.Token, h.other.ID); !fault.Is(err, fault.NotFound) {
			t.Error("the session reaches the other organization:", err)
		}
		h.refused(h.auth.SwitchOrg(ctx, v.Actor, h.other.ID), fault.NotFound, "that one alone")
		_, err = h.auth.OfferPasskey(ctx, v.Actor, "https://assay.example")
		h.refused(err, fault.Forbidden, "signed in through your organization")
		_, err = h.auth.OfferCodes(ctx, v.Actor)
		h.refused(err, fault.Forbidden, "signed in through your organization")
		_, err = h.auth.RenewRecovery(ctx, v.Actor, auth.From{})
		h.refused(err, fault.Forbidden, "signed in through your organization")
		_, err = h.auth.ChangePassword(ctx, v.Actor, "x", "y", auth.From{})
		h.refused(err, fault.Forbidden, "signed in through your organization")
		h.refused(h.auth.Rename(ctx, v.Actor, "Eve"), fault.Forbidden, "signed in through your organization")
		_, err = h.auth.Prove(ctx, v.Actor, auth.Proof{Password: "x"}, auth.From{})
		h.refused(err, fault.Forbidden, "Show there again")

		// Sessions elsewhere are neither listed nor ended.
		link, _, err := h.auth.Reset(ctx, ada.Email)
		h.must(err)
		own, err := h.auth.UseReset(ctx, link, "bicycle onion lantern", auth.From{Address: "192.0.2.9"})
		h.must(err)
		out, err = h.enter(i, p) // a new password ended the session
		h.must(err)
		elsewhere, err := h.visit(own.Token, h.other.ID)
		h.must(err)
		h.must(h.auth.SwitchOrg(ctx, elsewhere.Actor, h.other.ID))
		v, err = h.visit(out.Token, "")
		h.must(err)
		list, err := h.auth.Sessions(ctx, v.Actor)
		h.must(err)
		for _, s := range list {
			if s.Org != h.ours.ID {
				t.Errorf("sees %+v", s)
			}
			if s.ID == elsewhere.Session.ID {
				t.Error("sees the session of the other organization")
			}
		}
		h.refused(h.auth.Revoke(ctx, v.Actor, elsewhere.Session.ID), fault.NotFound, "")
		h.must(h.auth.Revoke(ctx, v.Actor, v.Session.ID))
	})
}

func TestSingleSignOnCanBeRequired(t *testing.T) {
	each(t, func(h *house) {
		ctx, p := h.Context(), h.issuer()
		i := h.add(h.ours, p, "")
		h.own(h.ours, "ours.example")
		h.enroll(h.ours, "ada@ours.example", access.RoleLead)
		h.enroll(h.ours, "eve@firm.example", access.RoleAuditor)
		session := func(email string) auth.Opened {
			link, _, err := h.auth.Reset(ctx, email)
			h.must(err)
			o, err := h.auth.UseReset(ctx, link, "bicycle onion lantern", auth.From{Address: "192.0.2.9"})
			h.must(err)
			return o
		}
		own, guest := session("ada@ours.example"), session("eve@firm.example")
		v, err := h.visit(own.Token, "")
		h.must(err)
		h.refused(h.auth.SetPolicy(ctx, v.Actor, auth.Policy{SSO: true}), fault.Invalid, "the first whom it keeps out")
		out, err := h.enter(i, p)
		h.must(err)
		v, err = h.visit(out.Token, "")
		h.must(err)
		h.refused(h.auth.SetPolicy(ctx, v.Actor, auth.Policy{SSO: true, Second: auth.PhishingProof}), fault.Invalid, "the first whom it keeps out")
		h.must(h.auth.SetPolicy(ctx, v.Actor, auth.Policy{SSO: true}))
		if v, err = h.visit(own.Token, ""); err != nil || !strings.Contains(v.Actor.Lacks, "identity provider") {
			t.Errorf("a password: %q %v", v.Actor.Lacks, err)
		}
		if v, err = h.visit(guest.Token, ""); err != nil || v.Actor.Lacks != "" {
			t.Errorf("an auditor: %q %v", v.Actor.Lacks, err)
		}
		// What the provider says of factors counts.
		h.must(h.auth.SetPolicy(ctx, access.Console(h.ours.ID), auth.Policy{SSO: true, Second: auth.SecondFactor}))
		for _, c := range []struct {
			means  auth.Means
			lacks  bool
			claims []any
		}{
			{auth.BySSO, true, []any{"amr", []string{"pwd"}}},
			{auth.BySSOCode, false, []any{"amr", []string{"pwd", "mfa"}}},
			{auth.BySSO, true, []any{"amr", "mfa"}},
			{auth.BySSOKey, false, []any{"amr", []string{"pwd", "hwk"}}},
			{auth.BySSOKey, false, []any{"acr", "phr"}},
		} {
			p.says(c.claims...)
			out, err := h.enter(i, p)
			h.must(err)
			v, err := h.visit(out.Token, "")
			h.must(err)
			if v.Session.Means != c.means || (v.Actor.Lacks != "") != c.lacks {
				t.Errorf("%v: %s %q", c.claims, v.Session.Means, v.Actor.Lacks)
			}
		}
	})
}

func TestStepUpThroughTheProvider(t *testing.T) {
	each(t, func(h *house) {
		ctx, p := h.Context(), h.issuer()
		i := h.add(h.ours, p, "")
		h.own(h.ours, "ours.example")
		h.enroll(h.ours, "ada@ours.example", access.RoleLead)
		// Somebody who showed the provider an hour ago who they are begins stale.
		p.says("auth_time", h.hand.Now().Add(-time.Hour).Unix())
		out, err := h.enter(i, p)
		h.must(err)
		v, err := h.visit(out.Token, "")
		h.must(err)
		if !v.Actor.Stale {
			t.Error("fresh after an hour")
		}
		prove := func() (sso.Arrived, error) {
			g, err := h.sso.Begin(ctx, sso.Start{Issuer: i.ID, Origin: origin, Prove: true, Next: "/settings"})
			h.must(err)
			if !strings.Contains(g.To, "prompt=login") || !strings.Contains(g.To, "max_age=0") {
				t.Error(g.To)
			}
			return h.sso.Finish(ctx, sso.Back{Issuer: i.ID, Query: p.authorize(g.To), Sealed: g.Sealed, Who: v.Actor})
		}
		_, err = prove()
		h.refused(err, fault.Unauthenticated, "did not ask you again")
		p.says("sub", "u-2", "auth_time", h.hand.Now().Unix())
		_, err = prove()
		h.refused(err, fault.Unauthenticated, "somebody else")
		p.says("auth_time", h.hand.Now().Unix())
		again, err := prove()
		h.must(err)
		if v, err = h.visit(again.Token, ""); err != nil || v.Actor.Stale || !again.Proved || again.Next != "/settings" {
			t.Errorf("%+v %v", v.Actor, err)
		}
		if !has(h.entries(h.ours), "session.prove user") {
			t.Error("not in the trail")
		}
	})
}

func TestEndingAProviderEndsItsSessions(t *testing.T) {
	each(t, func(h *house) {
		ctx, p, who := h.Context(), h.issuer(), access.Console(h.ours.ID)
		i := h.add(h.ours, p, access.RoleViewer)
		h.own(h.ours, "ours.example")
		in := sso.New{Name: "Idp", Location: p.URL, Client: "assay", Join: access.RoleViewer}
		dead := func(what string, end func() error) {
			out, err := h.enter(i, p)
			h.must(err)
			h.must(end())
			if _, err := h.visit(out.Token, ""); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s: %v", what, err)
			}
		}
		dead("paused", func() error {
			in.Paused = true
			_, err := h.sso.EditIssuer(ctx, who, i.ID, in)
			return err
		})
		_, err := h.sso.Begin(ctx, sso.Start{Issuer: i.ID, Origin: origin})
		h.refused(err, fault.NotFound, "paused")
		in.Paused = false
		_, err = h.sso.EditIssuer(ctx, who, i.ID, in)
		h.must(err)
		dead("moved", func() error {
			q := h.issuer()
			in.Location, in.Secret = q.URL, secret.NewText(q.secret)
			_, err := h.sso.EditIssuer(ctx, who, i.ID, in)
			p = q
			return err
		})
		dead("removed", func() error { return h.sso.RemoveIssuer(ctx, who, i.ID) })
	})
}

func TestIssuersAreCheckedWhenTheyAreAdded(t *testing.T) {
	each(t, func(h *house) {
		ctx, p, who := h.Context(), h.issuer(), access.Console(h.ours.ID)
		add := func(location string) error {
			_, err := h.sso.AddIssuer(ctx, who, sso.New{Kind: sso.OIDC, Name: "x", Location: location, Client: "c"})
			return err
		}
		for _, location := range []string{"", "x", "ftp://x.example", "https://u:p@x.example", "https://x.example?y", "https://x.example#y"} {
			h.refused(add(location), fault.Invalid, "Give the issuer")
		}
		h.refused(add(p.URL+"/"), fault.Invalid, "Give that")
		h.refused(add("http://127.0.0.1:1"), fault.Invalid, "did not answer")
		_, err := h.sso.AddIssuer(ctx, who, sso.New{Kind: sso.OIDC, Name: "x", Location: p.URL, Client: "c", Join: access.RoleLead})
		h.refused(err, fault.Invalid, "owner, viewer or employee")
		i := h.add(h.ours, p, "")
		_, err = h.sso.Issuer(ctx, access.Console(h.other.ID), i.ID)
		h.refused(err, fault.NotFound, "")
		h.refused(h.sso.RemoveIssuer(ctx, access.Console(h.other.ID), i.ID), fault.NotFound, "")
		h.sso.AllowLocal = false
		h.refused(add(p.URL), fault.Invalid, "Give the issuer")
	})
}
