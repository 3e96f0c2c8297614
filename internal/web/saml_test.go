package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/xml"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"assay/internal/access"
	"assay/internal/kit/clock"
	"assay/internal/sso"
)

// samlProvider is an identity provider with a page on which whoever comes says who they
// are, and that remembers them until it is asked to ask again.
type samlProvider struct {
	saml.IdentityProvider
	t     *testing.T
	sp    atomic.Pointer[saml.EntityDescriptor]
	known atomic.Pointer[saml.Session]
	url   string
}

// GetServiceProvider is the installation, if it is the one that is known.
func (p *samlProvider) GetServiceProvider(_ *http.Request, id string) (*saml.EntityDescriptor, error) {
	if d := p.sp.Load(); d != nil && d.EntityID == id {
		return d, nil
	}
	return nil, os.ErrNotExist
}

// GetSession asks who somebody is, or remembers.
func (p *samlProvider) GetSession(w http.ResponseWriter, r *http.Request, req *saml.IdpAuthnRequest) *saml.Session {
	if s := p.known.Load(); s != nil && (req.Request.ForceAuthn == nil || !*req.Request.ForceAuthn) {
		return s
	}
	if name := r.URL.Query().Get("login"); name != "" {
		s := &saml.Session{ID: "s", CreateTime: clock.System(), NameID: name, NameIDFormat: string(saml.PersistentNameIDFormat), UserEmail: name + "@larkspur.example", UserCommonName: name}
		p.known.Store(s)
		return s
	}
	q := r.URL.Query()
	_, _ = fmt.Fprintf(w, `<!doctype html><title>Sign-in</title><h1>Sign-in at the provider</h1><form><input name="login"><input type="submit">
		<input type="hidden" name="SAMLRequest" value=%q><input type="hidden" name="RelayState" value=%q></form>`, q.Get("SAMLRequest"), q.Get("RelayState"))
	return nil
}

func newSAMLProvider(t *testing.T) *samlProvider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.System()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := &samlProvider{t: t}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.ServeSSO(w, r) }))
	t.Cleanup(srv.Close)
	at, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.url = srv.URL
	p.IdentityProvider = saml.IdentityProvider{
		Key: key, Certificate: cert, SignatureMethod: dsig.RSASHA256SignatureMethod, ServiceProviderProvider: p, SessionProvider: p, Logger: quiet{},
		MetadataURL: *at.JoinPath("/metadata"), SSOURL: *at.JoinPath("/sso"),
	}
	return p
}

// quiet writes no log.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Print(...any)          {}
func (quiet) Println(...any)        {}
func (quiet) Fatal(...any)          {}
func (quiet) Fatalf(string, ...any) {}
func (quiet) Fatalln(...any)        {}
func (quiet) Panic(...any)          {}
func (quiet) Panicf(string, ...any) {}
func (quiet) Panicln(...any)        {}

// A lead sets a SAML provider up by pages, a newcomer signs in through it from another
// site, and shows again who they are.
func TestSAMLInABrowser(t *testing.T) {
	tab := chromium(t)
	h := newHouse(t)
	h.hand.Set(clock.System())
	srv := httptest.NewServer(h.pages)
	t.Cleanup(srv.Close)
	base := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1) // another site than the provider's
	provider := newSAMLProvider(t)
	h.owns()
	metadata, err := xml.Marshal(provider.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	who := access.Console(h.org.ID)
	i, err := h.suite.SSO.AddIssuer(t.Context(), who, sso.New{Kind: sso.SAML, Name: "Works", Metadata: string(metadata), Join: access.RoleViewer})
	if err != nil {
		t.Fatal(err)
	}
	text, err := h.suite.SSO.Metadata(t.Context(), i.ID, base)
	if err != nil {
		t.Fatal(err)
	}
	var said saml.EntityDescriptor
	if err := xml.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	provider.sp.Store(&said)

	p := &looker{t, tab, base}
	at := func(login string) { // at the provider
		p.sees("/sso", "Sign-in at the provider")
		p.run(`document.querySelector("[name=login]").value = "` + login + `"; document.querySelector("[type=submit]").click()`)
	}
	p.open("/controls")
	p.sees("/signin", "Sign in with your organization")
	p.open("/signin/to/" + i.ID + "?next=%2Fcontrols")
	at("kim")
	p.sees("/controls", "IAM-01")
	p.open("/settings/me")
	p.sees("/settings/me", "kim")

	users, err := h.suite.Auth.Users(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	for k := range users {
		if users[k].Email == "kim@larkspur.example" {
			if err := h.suite.Auth.SetRole(t.Context(), who, users[k].ID, access.RoleLead); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.open("/settings/sso/issuer/" + i.ID)
	p.sees("/settings/sso/issuer/", "Answers go to (ACS)")
	p.sees("/settings/sso/issuer/", "What it says of itself")
	h.hand.Add(20 * time.Minute)
	p.open("/settings/sso/issuer/" + i.ID)
	p.sees("/settings/sso/issuer/", "Show again that it is you")
	h.hand.Set(clock.System()) // the provider's clock is the machine's
	p.run(`document.querySelector('a[href^="/signin/to/"]').click()`)
	at("kim")
	p.sees("/settings/sso/issuer/", "It is you")
}

// A provider that speaks SAML is added by pages, with or without its metadata.
func TestSAMLByPages(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	provider := newSAMLProvider(t)
	metadata, err := xml.Marshal(provider.Metadata())
	h.must(err)
	lead.get("/settings/sso").says(200, "Add a SAML provider")
	lead.get("/settings/sso/saml").says(200, "Metadata of the provider")
	lead.post("/settings/sso/issuer?kind=saml", "name", "Works", "metadata", "hello").says(422, "metadata as it is")
	at := lead.post("/settings/sso/issuer?kind=saml", "name", "Works").to
	lead.get(at).says(200, "To enter at the provider", "paused", "SAML 2.0")
	id := strings.TrimPrefix(at, "/settings/sso/issuer/")
	h.nobody().get("/signin/saml/"+id+"/metadata").says(200, "AssertionConsumerService", "/signin/saml/"+id+`"`, "!SingleLogoutService")
	h.nobody().get("/signin/saml/idp_none/metadata").says(http.StatusNotFound)
	h.nobody().get("/signin/to/" + id).says(http.StatusNotFound)
	lead.post(at, "name", "Works", "metadata", strings.Replace(string(metadata), "http://127", "https://127", 2), "state", "active").goes("/settings/sso")
	lead.get(at).says(200, "What it says of itself", "Certificate until")
	h.nobody().post("/signin/saml/"+id, "SAMLResponse", "x", "RelayState", "y").says(http.StatusUnauthorized, "begun in another browser")
	h.as(access.RoleViewer).get("/settings/sso/saml").says(http.StatusForbidden)
}
