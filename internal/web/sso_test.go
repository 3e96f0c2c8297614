package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
	"assay/internal/kit/secret"
	"assay/internal/scim"
	"assay/internal/sso"
)

// chromium opens a browser whose tab ends with the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no Chromium on this machine; install it with: apt-get install chromium")
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU)...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(closeTab)
	tab, cancel := context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(cancel)
	return tab
}

// certified starts the npm package oidc-provider, and returns its address.
func certified(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	modules := os.Getenv("ASSAY_OIDC_PROVIDER")
	if err != nil || modules == "" {
		t.Skip("SKIPPED: ASSAY_OIDC_PROVIDER names no folder with the npm package oidc-provider, or there is no node; test/run.sh installs it")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	script, err := filepath.Abs("testdata/provider.mjs")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, script, modules, port)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's context ended it
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatalf("the provider did not start: %s", said.String())
	return ""
}

// register makes this installation a client of the provider.
func register(t *testing.T, provider, callback string) (id, clientSecret string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"redirect_uris": []string{callback}, "grant_types": []string{"authorization_code"}, "response_types": []string{"code"}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, provider+"/reg", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var out struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil || out.ID == "" {
		t.Fatalf("%d %v", res.StatusCode, err)
	}
	return out.ID, out.Secret
}

// vouch verifies larkspur.example and adds a provider to the house's organization.
func (h *house) vouch(provider string, join access.Role) sso.Issuer {
	h.t.Helper()
	h.owns()
	i, err := h.suite.SSO.AddIssuer(h.t.Context(), access.Console(h.org.ID), sso.New{Kind: sso.OIDC, Name: "Certified", Location: provider, Client: "x", Join: join})
	if err != nil {
		h.t.Fatal(err)
	}
	return i
}

// owns verifies the organization's domain, and lets providers be on this machine.
func (h *house) owns() {
	h.t.Helper()
	ctx, who := h.t.Context(), access.Console(h.org.ID)
	h.suite.SSO.AllowLocal = true
	h.suite.SSO.HTTP = outbound.New(outbound.Options{AllowLocal: true, Retries: -1})
	d, err := h.suite.SSO.AddDomain(ctx, who, "larkspur.example")
	if err != nil {
		h.t.Fatal(err)
	}
	_, value := d.Record()
	h.suite.SSO.Texts = func(context.Context, string) ([]string, error) { return []string{value}, nil }
	if _, err := h.suite.SSO.VerifyDomain(ctx, who, d.Name); err != nil {
		h.t.Fatal(err)
	}
}

// TestCertifiedProviderInABrowser signs in through oidc-provider in Chromium: by
// the address, by the provider's own link, again when it is asked for, and not
// with an address that the provider did not verify.
func TestCertifiedProviderInABrowser(t *testing.T) {
	tab := chromium(t)
	provider := certified(t)
	h := newHouse(t)
	h.hand.Set(clock.System())
	srv := httptest.NewServer(h.pages)
	t.Cleanup(srv.Close)
	base := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1) // another site than the provider's
	i := h.vouch(provider, access.RoleViewer)
	id, clientSecret := register(t, provider, base+i.Callback())
	if _, err := h.suite.SSO.EditIssuer(t.Context(), access.Console(h.org.ID), i.ID, sso.New{
		Name: "Certified", Location: provider, Client: id, Secret: secret.NewText(clientSecret), Join: access.RoleViewer,
	}); err != nil {
		t.Fatal(err)
	}
	p := &looker{t, tab, base}
	at := func(login string) { // at the provider
		p.sees("/interaction/", "Sign-in")
		p.run(`document.querySelector("[name=login]").value = "` + login + `"; document.querySelector("[name=password]").value = "x"; document.querySelector("[type=submit]").click()`)
	}
	p.open("/controls")
	p.sees("/signin", "Sign in with your organization")
	p.run(`document.querySelector('a[href^="/signin/sso"]').click()`)
	p.sees("/signin/sso", "Work e-mail address")
	p.run(`document.querySelector("#f-email").value = "x@elsewhere.example"; document.querySelector('form[action="/signin/sso"] button').click()`)
	p.sees("/signin/sso", "No identity provider vouches for addresses of elsewhere.example")
	p.run(`document.querySelector("#f-email").value = "kim@larkspur.example"; document.querySelector('form[action="/signin/sso"] button').click()`)
	at("kim")
	p.sees("/interaction/", "Authorize")
	p.run(`document.querySelector("[type=submit]").click()`)
	p.sees("/controls", "IAM-01")
	p.open("/settings/me")
	p.sees("/settings/me", "kim")
	p.open("/settings/me/signin")
	p.sees("/settings/me/signin", "your organization")

	// An administrator through the provider shows again who they are.
	p.run(`fetch("/signout", {method: "POST"}).then(() => location.assign("/signin"))`)
	p.sees("/signin", "Sign in with your organization")
	p.open("/signin/to/" + i.ID)
	p.sees("/", "Larkspur") // the provider remembers
	who := access.Console(h.org.ID)
	users, err := h.suite.Auth.Users(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if u.Email == "kim@larkspur.example" {
			if err := h.suite.Auth.SetRole(t.Context(), who, u.ID, access.RoleLead); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.hand.Add(20 * time.Minute)
	p.open("/settings/sso/issuer/" + i.ID)
	p.sees("/settings/sso/issuer/", "Show again that it is you")
	h.hand.Set(clock.System()) // the provider's clock is the machine's
	p.run(`document.querySelector('a[href^="/signin/to/"]').click()`)
	at("kim")
	p.sees("/settings/sso/issuer/", "It is you")
	p.run(`document.querySelector('form[action$="/remove"] button').click()`)
	p.sees("/signin", "E-mail address") // it ended this session, too
}

// TestLooseAddressesInABrowser: a provider that did not verify the address.
func TestLooseAddressesInABrowser(t *testing.T) {
	tab := chromium(t)
	provider := certified(t)
	h := newHouse(t)
	h.hand.Set(clock.System())
	srv := httptest.NewServer(h.pages)
	t.Cleanup(srv.Close)
	base := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	i := h.vouch(provider, access.RoleViewer)
	id, clientSecret := register(t, provider, base+i.Callback())
	if _, err := h.suite.SSO.EditIssuer(t.Context(), access.Console(h.org.ID), i.ID, sso.New{
		Name: "Certified", Location: provider, Client: id, Secret: secret.NewText(clientSecret), Join: access.RoleViewer,
	}); err != nil {
		t.Fatal(err)
	}
	p := &looker{t, tab, base}
	p.open("/signin/to/" + i.ID)
	p.sees("/interaction/", "Sign-in")
	p.run(`document.querySelector("[name=login]").value = "loose"; document.querySelector("[name=password]").value = "x"; document.querySelector("[type=submit]").click()`)
	p.sees("/interaction/", "Authorize")
	p.run(`document.querySelector("[type=submit]").click()`)
	p.sees("/signin/oidc/", "does not say that the address loose@larkspur.example was verified")
	p.open("/controls")
	p.sees("/signin", "Password")
}

// TestSingleSignOnPages walks through the settings as a lead and as others.
func TestSingleSignOnPages(t *testing.T) {
	h := newHouse(t)
	h.session(lead)
	b := h.visitor()
	b.post("/signin", "email", lead, "password", password).leads("/")
	b.get("/signin").leads("/")
	b.get("/settings/sso").is(http.StatusOK, "No domain is listed", "Identity providers", "None.")
	b.post("/settings/sso/domain", "domain", "x").is(http.StatusUnprocessableEntity, "Give a domain such as")
	b.post("/settings/sso/domain", "domain", "larkspur.example").leads("/settings/sso")
	h.suite.SSO.Texts = func(context.Context, string) ([]string, error) { return nil, nil }
	b.post("/settings/sso/domain/larkspur.example/verify").leads("/settings/sso")
	b.get("/settings/sso").is(http.StatusOK, "it has none", "_assay-challenge.larkspur.example", "assay-domain-verification=", "Not verified")
	b.post("/settings/sso/issuer", "name", "X", "location", "http://x.example", "client", "c").is(http.StatusUnprocessableEntity, "Give the issuer")
	b.get("/settings/sso/issuer/idp_none").is(http.StatusNotFound)
	b.post("/settings/sso/domain/larkspur.example/remove").leads("/settings/sso")
	b.get("/settings").is(http.StatusOK, "Through an identity provider only")
	b.post("/settings/signin", "second", "nothing", "sso", "required").is(http.StatusUnprocessableEntity, "the first whom it keeps out")

	h.session(owner)
	c := h.visitor()
	c.post("/signin", "email", owner, "password", password).leads("/")
	c.get("/settings/sso").is(http.StatusForbidden)
	c.post("/settings/sso/domain", "domain", "larkspur.example").is(http.StatusForbidden)

	n := h.visitor()
	n.get("/signin/to/idp_none").is(http.StatusNotFound)
	n.get("/signin/oidc/idp_none?code=x&state=y").is(http.StatusUnauthorized, "Begin again")
	n.get("/signin").lacks("Sign in with your organization")
	n.post("/signin/sso", "email", "nobody").is(http.StatusUnprocessableEntity)

	i := h.vouch(plain(t), "")
	n.get("/signin").is(http.StatusOK, "Sign in with your organization")
	r := n.post("/signin/sso", "email", "kim@larkspur.example", "next", "//evil.example").is(http.StatusOK, "Continue to Certified")
	if to := r.Header().Get("Refresh"); to != "0; url=/signin/to/"+i.ID+"?hint=kim%40larkspur.example&next=%2F" {
		t.Error(to)
	}
	h.hand.Add(20 * time.Minute)
	b.post("/settings/sso/domain", "domain", "a.example").is(http.StatusForbidden, "Show again that it is you")
	if _, err := h.suite.Auth.Actor(t.Context(), b.jar["assay"], "", auth.From{}); err != nil {
		t.Error(err)
	}
}

// plain is the least that can be added as a provider.
func plain(t *testing.T) string {
	t.Helper()
	var at string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": at, "authorization_endpoint": at + "/a", "token_endpoint": at + "/t", "jwks_uri": at + "/j"})
	}))
	t.Cleanup(s.Close)
	at = s.URL
	return at
}

// TestDeprovisionedInABrowser ends somebody's account in the directory while they
// are signed in.
func TestDeprovisionedInABrowser(t *testing.T) {
	tab := chromium(t)
	h := newHouse(t)
	h.hand.Set(clock.System())
	h.session(owner)
	srv := httptest.NewServer(h.pages)
	t.Cleanup(srv.Close)
	h.vouch(plain(t), "")
	h.suite.SCIM.Own = func(*db.Tx, string) (bool, error) { return true, nil }
	directory := access.Actor{ID: "tok_1", Org: h.org.ID, Role: access.RoleJob, Door: access.DoorAPI, Scope: access.Scope(access.SCIMProvision)}
	ask := func(method, path, body string) []byte {
		r, err := h.suite.SCIM.Do(t.Context(), directory, scim.Request{Method: method, Path: path, Body: []byte(body)})
		if err != nil || r.Status >= 300 {
			t.Fatalf("%d %s %v", r.Status, r.Body, err)
		}
		return r.Body
	}
	p := &looker{t, tab, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)}
	p.open("/signin")
	p.run(`document.querySelector("#f-email").value = "` + owner + `"; document.querySelector("#f-password").value = "` + password + `";
		document.querySelector('form[action="/signin"] button').click()`)
	p.sees("/", "Larkspur")
	var u struct{ ID string }
	if err := json.Unmarshal(ask(http.MethodPost, "/Users", `{"userName":"`+owner+`"}`), &u); err != nil {
		t.Fatal(err)
	}
	p.open("/controls")
	p.sees("/controls", "IAM-01")
	ask(http.MethodPatch, "/Users/"+u.ID, `{"Operations":[{"op":"replace","path":"active","value":false}]}`)
	p.open("/controls")
	p.sees("/signin", "Password")
	p.run(`document.querySelector("#f-email").value = "` + owner + `"; document.querySelector("#f-password").value = "` + password + `";
		document.querySelector('form[action="/signin"] button').click()`)
	p.sees("/signin", "not a member of any organization")
}

// TestASecondLeadApprovesAProvider walks through what its author and another lead see.
func TestASecondLeadApprovesAProvider(t *testing.T) {
	h := newHouse(t)
	var provider *httptest.Server
	provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": provider.URL, "authorization_endpoint": provider.URL, "token_endpoint": provider.URL, "jwks_uri": provider.URL})
	}))
	t.Cleanup(provider.Close)
	h.suite.SSO.AllowLocal = true
	h.suite.SSO.HTTP = outbound.New(outbound.Options{AllowLocal: true, Retries: -1})
	h.session(lead)
	b := h.visitor()
	b.post("/signin", "email", lead, "password", password).leads("/")
	b.post("/settings/sso/issuer", "name", "Okta", "location", provider.URL, "client", "c").is(http.StatusSeeOther)
	list, err := h.suite.SSO.Issuers(t.Context(), access.Console(h.org.ID))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	at, waiting := "/settings/sso/issuer/"+list[0].ID, list[0].Waiting()
	b.get("/settings/sso").is(http.StatusOK, "Waits for approval")
	role := func(r access.Role) {
		if err := h.suite.Auth.SetRole(t.Context(), access.Console(h.org.ID), h.users[second], r); err != nil {
			t.Fatal(err)
		}
	}
	role(access.RoleViewer)
	b.get(at).is(http.StatusOK, "It waits for approval", "You are the only lead")
	role(access.RoleLead)
	b.post(at+"/approve?waiting="+waiting).is(http.StatusForbidden, "Ask another lead")
	b.post("/settings/signin", "second", "nothing", "sso", "required").is(http.StatusUnprocessableEntity)

	h.session(second)
	c := h.visitor()
	c.post("/signin", "email", second, "password", password).leads("/")
	b.get(at).is(http.StatusOK, "Ask another lead")
	c.get(at).is(http.StatusOK, "It waits for approval", "Approve")
	c.post(at + "/approve?waiting=x").leads(at)
	c.get(at).is(http.StatusOK, "It was changed since you looked")
	c.post(at + "/approve?waiting=" + waiting).leads("/settings/sso")
	c.get("/settings/sso").is(http.StatusOK, "Active")
	c.post(at, "name", "Okta", "location", provider.URL, "client", "other", "state", "active").leads(at)
	c.get(at).is(http.StatusOK, "A change waits", "other", "Ask another lead", "Withdraw")
	b.post(at + "/withdraw").leads(at)
	b.post(at+"/withdraw").is(http.StatusConflict, "Nothing waits")
}
