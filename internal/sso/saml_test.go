package sso_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/xml"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/sso"
)

// idp is an identity provider that speaks SAML: the library's own.
type idp struct {
	saml.IdentityProvider
	h       *house
	session saml.Session
	// alter changes what it asserts before it signs; what it answers afterwards.
	alter  func(*saml.Assertion)
	answer func(xml string) string
	sp     map[string]*saml.EntityDescriptor
}

// GetServiceProvider is what the installation said of itself.
func (p *idp) GetServiceProvider(_ *http.Request, id string) (*saml.EntityDescriptor, error) {
	if d := p.sp[id]; d != nil {
		return d, nil
	}
	return nil, os.ErrNotExist
}

func (h *house) idp(name string) *idp {
	h.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	h.must(err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	h.must(err)
	cert, err := x509.ParseCertificate(der)
	h.must(err)
	p := &idp{h: h, sp: map[string]*saml.EntityDescriptor{}, session: saml.Session{ID: "s", CreateTime: h.hand.Now(), NameID: "subject-1", NameIDFormat: string(saml.PersistentNameIDFormat), UserEmail: "ada@ours.example", UserCommonName: "Ada Lind"}}
	p.IdentityProvider = saml.IdentityProvider{
		Key: key, Certificate: cert, SignatureMethod: dsig.RSASHA256SignatureMethod, ServiceProviderProvider: p,
		MetadataURL: url.URL{Scheme: "https", Host: name, Path: "/metadata"}, SSOURL: url.URL{Scheme: "https", Host: name, Path: "/sso"},
	}
	saml.TimeNow = h.hand.Now
	h.Cleanup(func() { saml.TimeNow = clock.System })
	return p
}

func (p *idp) metadata() string {
	p.h.Helper()
	b, err := xml.Marshal(p.Metadata())
	p.h.must(err)
	return string(b)
}

// addSAML adds the provider to an organization, and the installation to the provider.
func (h *house) addSAML(p *idp, join access.Role) sso.Issuer {
	h.Helper()
	i, err := h.sso.AddIssuer(h.Context(), access.Console(h.ours.ID), sso.New{Kind: sso.SAML, Name: "Works", Metadata: p.metadata(), Join: join})
	h.must(err)
	h.meet(p, &i)
	return i
}

func (h *house) meet(p *idp, i *sso.Issuer) {
	h.Helper()
	text, err := h.sso.Metadata(h.Context(), i.ID, origin)
	h.must(err)
	var d saml.EntityDescriptor
	h.must(xml.Unmarshal(text, &d))
	p.sp[d.EntityID] = &d
}

// posted is what the provider has the browser post for a sign-in that was begun.
func (p *idp) posted(to string) url.Values {
	p.h.Helper()
	req, err := saml.NewIdpAuthnRequest(&p.IdentityProvider, httptest.NewRequest(http.MethodGet, to, nil))
	p.h.must(err)
	p.h.must(req.Validate())
	p.h.must(saml.DefaultAssertionMaker{}.MakeAssertion(req, &p.session))
	if p.alter != nil {
		p.alter(req.Assertion)
	}
	p.h.must(req.MakeAssertionEl())
	p.h.must(req.MakeResponse())
	f, err := req.PostBinding()
	p.h.must(err)
	if p.answer != nil {
		text, err := base64.StdEncoding.DecodeString(f.SAMLResponse)
		p.h.must(err)
		f.SAMLResponse = base64.StdEncoding.EncodeToString([]byte(p.answer(string(text))))
	}
	return url.Values{"SAMLResponse": {f.SAMLResponse}, "RelayState": {f.RelayState}}
}

// enterSAML signs in as a browser does: there, back by the provider's form, and on.
func (h *house) enterSAML(i *sso.Issuer, p *idp) (sso.Arrived, error) {
	h.Helper()
	g, err := h.sso.Begin(h.Context(), sso.Start{Issuer: i.ID, Origin: origin, Next: "/controls"})
	h.must(err)
	if !g.CrossSite || !strings.HasPrefix(g.To, p.SSOURL.String()) {
		h.Errorf("%+v", g)
	}
	return h.afterwards(i, p.posted(g.To), g.Sealed)
}

func (h *house) afterwards(i *sso.Issuer, posted url.Values, sealed string) (sso.Arrived, error) {
	h.Helper()
	said, err := h.sso.Hear(h.Context(), sso.Back{Issuer: i.ID, Query: posted, Sealed: sealed})
	if err != nil {
		return sso.Arrived{}, err
	}
	return h.sso.Finish(h.Context(), sso.Back{Issuer: i.ID, Sealed: said, From: auth.From{Address: "192.0.2.7", Agent: "test"}})
}

func TestSAMLSignsIn(t *testing.T) {
	each(t, func(h *house) {
		h.own(h.ours, "ours.example")
		p := h.idp("idp.works.example")
		i := h.addSAML(p, access.RoleViewer)
		if i.Location != "https://idp.works.example/metadata" || i.Paused || i.Callback() != "/signin/saml/"+i.ID {
			h.Errorf("%+v", i)
		}
		out, err := h.enterSAML(&i, p)
		h.must(err)
		v, err := h.visit(out.Token, "")
		h.must(err)
		if v.User.Email != "ada@ours.example" || v.User.Name != "Ada Lind" || v.Actor.Role != access.RoleViewer || v.Session.Means != auth.BySSO || out.Next != "/controls" || v.Actor.Stale {
			h.Errorf("%+v %+v", v.User, v.Session)
		}
		if _, err := h.visit(out.Token, h.other.ID); !fault.Is(err, fault.NotFound) {
			h.Errorf("the session reaches another organization: %v", err)
		}
		p.alter = func(a *saml.Assertion) {
			a.AuthnStatements[0].AuthnContext.AuthnContextClassRef = &saml.AuthnContextClassRef{Value: "https://refeds.org/profile/mfa"}
		}
		out, err = h.enterSAML(&i, p)
		h.must(err)
		if v, err = h.visit(out.Token, ""); err != nil || v.Session.Means != auth.BySSOCode {
			h.Errorf("%+v %v", v.Session, err)
		}
	})
}

func TestWhatASAMLIssuerSaysIsBoundToItsDomain(t *testing.T) {
	each(t, func(h *house) {
		h.own(h.ours, "ours.example")
		h.own(h.other, "other.example")
		p := h.idp("idp.works.example")
		i := h.addSAML(p, access.RoleViewer)
		p.session.UserEmail = "eve@other.example"
		_, err := h.enterSAML(&i, p)
		h.refused(err, fault.Forbidden, "has not verified that domain")
		p.session.UserEmail = ""
		_, err = h.enterSAML(&i, p)
		h.refused(err, fault.Forbidden, "does not tell your address")
		// an address as the name id counts, too
		p.session.NameID, p.session.NameIDFormat = "ada@ours.example", string(saml.EmailAddressNameIDFormat)
		_, err = h.enterSAML(&i, p)
		h.must(err)
		// and somebody else with her address later is not her
		p.session.NameID, p.session.NameIDFormat, p.session.UserEmail = "subject-2", string(saml.PersistentNameIDFormat), "ada@ours.example"
		_, err = h.enterSAML(&i, p)
		h.refused(err, fault.Conflict, "belongs to somebody else")
	})
}

func TestWhatASAMLIssuerCannotHaveBelieved(t *testing.T) {
	each(t, func(h *house) {
		h.own(h.ours, "ours.example")
		p := h.idp("idp.works.example")
		i := h.addSAML(p, access.RoleViewer)
		evil := h.idp("idp.works.example") // the same name, another key
		evil.sp = p.sp
		_, err := h.enterSAML(&i, evil)
		h.refused(err, fault.Unauthenticated, "cannot be believed")

		for name, alter := range map[string]func(*saml.Assertion){
			"another audience": func(a *saml.Assertion) {
				a.Conditions.AudienceRestrictions[0].Audience.Value = "https://elsewhere.example"
			},
			"no audience": func(a *saml.Assertion) { a.Conditions.AudienceRestrictions = nil },
			"another sign-in": func(a *saml.Assertion) {
				a.Subject.SubjectConfirmations[0].SubjectConfirmationData.InResponseTo = "id-another"
			},
			"another address": func(a *saml.Assertion) {
				a.Subject.SubjectConfirmations[0].SubjectConfirmationData.Recipient = "https://elsewhere.example/acs"
			},
			"nobody's confirmation": func(a *saml.Assertion) { a.Subject.SubjectConfirmations = nil },
			"no subject":            func(a *saml.Assertion) { a.Subject = nil },
			"no conditions":         func(a *saml.Assertion) { a.Conditions = nil },
			"no statement":          func(a *saml.Assertion) { a.AuthnStatements = nil },
			"another issuer":        func(a *saml.Assertion) { a.Issuer.Value = "https://elsewhere.example" },
			"long ago": func(a *saml.Assertion) {
				a.IssueInstant = a.IssueInstant.Add(-time.Hour)
			},
			"over": func(a *saml.Assertion) { a.Conditions.NotOnOrAfter = a.IssueInstant.Add(-time.Hour) },
		} {
			p.alter = alter
			if _, err := h.enterSAML(&i, p); !fault.Is(err, fault.Unauthenticated) {
				h.Errorf("%s: %v", name, err)
			}
		}
		p.alter = nil
		for name, answer := range map[string]func(string) string{
			"a name that was changed": func(s string) string { return strings.ReplaceAll(s, "ada@ours.example", "eva@ours.example") },
			"no signature": func(s string) string {
				for strings.Contains(s, "<ds:Signature ") {
					i, j := strings.Index(s, "<ds:Signature "), strings.Index(s, "</ds:Signature>")
					s = s[:i] + s[j+len("</ds:Signature>"):]
				}
				return s
			},
			"cut short":   func(s string) string { return s[:len(s)/2] },
			"nothing":     func(string) string { return "" },
			"no XML":      func(string) string { return "hello" },
			"an entity":   func(s string) string { return `<!DOCTYPE x [<!ENTITY a "b">]>` + s },
			"a long one":  func(s string) string { return s + strings.Repeat(" ", 400<<10) },
			"two answers": func(s string) string { return s + s },
		} {
			p.answer = answer
			if _, err := h.enterSAML(&i, p); !fault.Is(err, fault.Unauthenticated) {
				h.Errorf("%s: %v", name, err)
			}
		}
		p.answer, p.SignatureMethod = nil, dsig.RSASHA1SignatureMethod
		_, err = h.enterSAML(&i, p)
		h.refused(err, fault.Unauthenticated, "cannot be believed")
		p.SignatureMethod = dsig.RSASHA256SignatureMethod
		_, err = h.enterSAML(&i, p)
		h.must(err) // and as it should be
	})
}

func TestASAMLAnswerIsForOneSignIn(t *testing.T) {
	each(t, func(h *house) {
		h.own(h.ours, "ours.example")
		p := h.idp("idp.works.example")
		i := h.addSAML(p, access.RoleViewer)
		begin := func() sso.Going {
			g, err := h.sso.Begin(h.Context(), sso.Start{Issuer: i.ID, Origin: origin})
			h.must(err)
			return g
		}
		mine, other := begin(), begin()
		posted := p.posted(mine.To)
		_, err := h.afterwards(&i, posted, other.Sealed)
		h.refused(err, fault.Unauthenticated, "does not belong to the sign-in")
		_, err = h.afterwards(&i, posted, "")
		h.refused(err, fault.Unauthenticated, "another browser")
		_, err = h.sso.Finish(h.Context(), sso.Back{Issuer: i.ID, Sealed: mine.Sealed, Query: posted})
		h.refused(err, fault.Unauthenticated, "has not answered yet")
		_, err = h.afterwards(&i, posted, mine.Sealed)
		h.must(err)
		_, err = h.afterwards(&i, posted, mine.Sealed)
		h.refused(err, fault.Unauthenticated, "was shown before")
		// what was heard is for a minute
		third := begin()
		said, err := h.sso.Hear(h.Context(), sso.Back{Issuer: i.ID, Query: p.posted(third.To), Sealed: third.Sealed})
		h.must(err)
		h.hand.Add(time.Minute)
		_, err = h.sso.Finish(h.Context(), sso.Back{Issuer: i.ID, Sealed: said})
		h.refused(err, fault.Unauthenticated, "took too long")
		// nobody asked
		posted.Set("RelayState", "")
		_, err = h.afterwards(&i, posted, begin().Sealed)
		h.refused(err, fault.Unauthenticated, "does not belong")
	})
}

func TestSAMLMetadata(t *testing.T) {
	each(t, func(h *house) {
		p := h.idp("idp.works.example")
		who := access.Console(h.ours.ID)
		good := p.metadata()
		for name, bad := range map[string]string{
			"no XML":         "hello",
			"a service":      strings.ReplaceAll(good, "IDPSSODescriptor", "SPSSODescriptor"),
			"no certificate": strings.ReplaceAll(good, "X509Certificate", "X509Other"),
			"a broken one":   strings.Replace(good, base64.StdEncoding.EncodeToString(p.Certificate.Raw)[:40], "AAAA", 1),
			"no HTTPS":       strings.ReplaceAll(good, "https://idp.works.example/sso", "ftp://idp.works.example/sso"),
			"a long one":     good + "<!--" + strings.Repeat(" ", 600<<10) + "-->",
			"an entity":      `<!DOCTYPE x [<!ENTITY a "b">]>` + strings.Replace(good, "https://idp.works.example/metadata", "&a;", 1),
		} {
			_, err := h.sso.AddIssuer(h.Context(), who, sso.New{Kind: sso.SAML, Name: "Works", Metadata: bad})
			if !fault.Is(err, fault.Invalid) {
				h.Errorf("%s: %v", name, err)
			}
		}
		// without any it is paused, and can be met
		i, err := h.sso.AddIssuer(h.Context(), who, sso.New{Kind: sso.SAML, Name: "Works"})
		h.must(err)
		h.meet(p, &i)
		if !i.Paused || i.Location != "" {
			h.Errorf("%+v", i)
		}
		_, err = h.sso.Begin(h.Context(), sso.Start{Issuer: i.ID, Origin: origin})
		h.refused(err, fault.NotFound, "is paused")
		i, err = h.sso.EditIssuer(h.Context(), who, i.ID, sso.New{Name: "Works", Metadata: good})
		h.must(err)
		h.own(h.ours, "ours.example")
		h.enroll(h.ours, "ada@ours.example", access.RoleOwner)
		_, err = h.enterSAML(&i, p)
		h.must(err)
		// leaving the metadata out keeps it
		i, err = h.sso.EditIssuer(h.Context(), who, i.ID, sso.New{Name: "Works II"})
		h.must(err)
		if d := sso.Describe(i.Metadata); d.Entity != i.Location || len(d.Certificates) != 1 || len(d.Certificates[0].Fingerprint) != 64 {
			h.Errorf("%+v", d)
		}
		_, err = h.sso.Metadata(h.Context(), "idp_none", origin)
		h.refused(err, fault.NotFound, "no such")
	})
}

func TestOtherMetadataWaitsForApproval(t *testing.T) {
	each(t, func(h *house) {
		h.own(h.ours, "ours.example")
		p, evil := h.idp("idp.works.example"), h.idp("idp.works.example")
		i := h.addSAML(p, access.RoleViewer)
		lead := h.enroll(h.ours, "lead@ours.example", access.RoleLead)
		who := access.Actor{ID: lead.ID, Org: h.ours.ID, Role: access.RoleLead, Door: access.DoorWeb}
		i, err := h.sso.EditIssuer(h.Context(), who, i.ID, sso.New{Name: "Works", Metadata: evil.metadata(), Join: access.RoleViewer})
		h.must(err)
		if i.Next == nil || i.Waiting() == "" {
			h.Fatalf("%+v", i)
		}
		evil.sp = p.sp
		_, err = h.enterSAML(&i, evil)
		h.refused(err, fault.Unauthenticated, "cannot be believed")
		_, err = h.sso.ApproveIssuer(h.Context(), who, i.ID, i.Waiting())
		h.refused(err, fault.Forbidden, "cannot approve it")
		_, err = h.enterSAML(&i, p)
		h.must(err)
	})
}
