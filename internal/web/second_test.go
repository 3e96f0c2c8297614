package web_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/clock"
	"assay/internal/web"
)

// visitor is a client that keeps its cookies, as a person's does.
type visitor struct {
	h   *house
	jar map[string]string
}

func (h *house) visitor() *visitor { return &visitor{h, map[string]string{}} }

func (b *visitor) send(r *http.Request) reply {
	b.h.t.Helper()
	for name, v := range b.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: v})
	}
	w := httptest.NewRecorder()
	b.h.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else {
			b.jar[c.Name] = c.Value
		}
	}
	return reply{w, b.h.t, r.Method + " " + r.URL.String()}
}

func (b *visitor) get(path string) reply {
	b.h.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *visitor) post(path string, pairs ...string) reply {
	b.h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// value is what a page's hidden field holds.
func (r reply) value(name string) string {
	r.t.Helper()
	_, rest, ok := strings.Cut(r.Body.String(), `name="`+name+`" value="`)
	if !ok {
		r.t.Fatalf("%s: no field %s%s", r.what, name, excerpt(r.Body.String()))
	}
	v, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(v)
}

// setUpApp gives a browser's person an authenticator app through the pages, and
// returns its secret and the recovery codes.
func (b *visitor) setUpApp() (secret string, recovery []string) {
	b.h.t.Helper()
	offer := b.get("/settings/me/signin/app").is(http.StatusOK, "data:image/png;base64,", "app-secret")
	_, secret, _ = strings.Cut(offer.Body.String(), `id="app-secret"`)
	_, secret, _ = strings.Cut(secret, ">")
	secret, _, _ = strings.Cut(secret, "<")
	b.post("/settings/me/signin/app", "offer", offer.value("offer"), "code", "000000").is(http.StatusUnprocessableEntity, "not the code that the app shows")
	to := b.post("/settings/me/signin/app", "offer", offer.value("offer"), "code", b.h.code(secret)).is(http.StatusSeeOther).Header().Get("Location")
	page := b.get(to).is(http.StatusOK, "recovery-codes", "In use", "10 codes left").Body.String()
	_, codes, _ := strings.Cut(page, `id="recovery-codes"`)
	_, codes, _ = strings.Cut(codes, ">")
	codes, _, _ = strings.Cut(codes, "<")
	b.get(to).is(http.StatusOK).lacks("recovery-codes") // shown once
	return secret, strings.Fields(codes)
}

func (h *house) code(secret string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(secret, h.hand.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

func TestSecondFactorThroughThePages(t *testing.T) {
	h := newHouse(t)
	h.session(lead) // has a password now
	b := h.visitor()
	b.post("/signin", "email", lead, "password", password, "next", "/controls").leads("/controls")
	b.get("/settings/me/signin").is(http.StatusOK, "Not set up").lacks("Recovery codes")
	secret, recovery := b.setUpApp()
	b.get("/controls").is(http.StatusOK)

	h.hand.Add(time.Minute)
	c := h.visitor()
	c.post("/signin", "email", lead, "password", password, "next", "/controls").leads("/signin/second?next=%2Fcontrols")
	c.get("/controls").leads("/signin?next=%2Fcontrols")
	c.get("/signin/second?next=/controls").is(http.StatusOK, "One more step", lead, `autocomplete="one-time-code"`)
	c.post("/signin/second", "code", "123456").is(http.StatusUnauthorized, "The code is wrong, or was used already")
	c.post("/signin/second", "code", h.code(secret), "next", "//evil.example").leads("/")
	c.get("/controls").is(http.StatusOK)
	c.get("/signin/second").leads("/signin") // done

	d := h.visitor()
	d.post("/signin", "email", lead, "password", password).leads("/signin/second?next=%2F")
	d.post("/signin/second", "code", recovery[0]).leads("/")
	d.get("/settings/me/signin").is(http.StatusOK, "9 codes left")
	d.post("/settings/me/signin/app/remove").leads("/settings/me/signin")
	d.get("/settings/me/signin").is(http.StatusOK, "Not set up").lacks("codes left")
	c.get("/controls").leads("/signin?next=%2Fcontrols") // ended with the factor
	h.visitor().post("/signin", "email", lead, "password", password).leads("/")
}

func TestStepUpKeepsWhatWasTyped(t *testing.T) {
	h := newHouse(t)
	h.session(lead)
	b := h.visitor()
	b.post("/signin", "email", lead, "password", password).leads("/")
	invite := []string{"name", "Ada <b>", "email", "ada@larkspur.example", "role", "owner"}
	h.hand.Add(15 * time.Minute)
	before := b.jar[web.Cookie(false)]
	asked := b.post("/settings/users/invite", invite...).is(http.StatusForbidden, "Show again that it is you", `action="/settings/users/invite?prove=1"`, `type="password"`)
	if asked.value("name") != "Ada <b>" {
		t.Error("what was typed is lost")
	}
	b.get("/settings/users").is(http.StatusOK).lacks("ada@larkspur.example")
	b.post("/settings/users/invite?prove=1", append(invite, "prove_password", "wrong")...).is(http.StatusUnauthorized, "Show again that it is you", "Ada")
	b.get("/settings/users").is(http.StatusOK).lacks("ada@larkspur.example")
	b.post("/settings/users/invite?prove=1", append(invite, "prove_password", password)...).is(http.StatusSeeOther)
	b.get("/settings/users").is(http.StatusOK, "ada@larkspur.example")
	if b.jar[web.Cookie(false)] == before {
		t.Error("the session kept its token")
	}
	h.hand.Add(15 * time.Minute)
	b.get("/settings/users/"+h.users[owner]).is(http.StatusForbidden, "Show again that it is you", `value="/settings/users/`+h.users[owner]+`"`)
	b.post("/prove?prove=1", "prove_password", password, "prove_back", "/settings/users/"+h.users[owner]).leads("/settings/users/" + h.users[owner])
	b.get("/settings/users/" + h.users[owner]).is(http.StatusOK)
	b.post("/prove?prove=1", "prove_password", password, "prove_back", "https://evil.example/").leads("/")
	r := httptest.NewRequest(http.MethodPost, "/settings/users/invite?prove=1", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.send(r).is(http.StatusForbidden)
}

func TestRuleOfSigningIn(t *testing.T) {
	h := newHouse(t)
	h.guarded("/settings/signin", "second", "second")
	h.session(lead)
	b := h.visitor()
	b.post("/signin", "email", lead, "password", password).leads("/")
	b.get("/settings").is(http.StatusOK, `action="/settings/signin"`)
	b.post("/settings/signin", "second", "second").is(http.StatusUnprocessableEntity, "You would be the first whom it keeps out")
	b.setUpApp()
	b.post("/settings/signin", "second", "retina").is(http.StatusUnprocessableEntity)
	b.post("/settings/signin", "second", "second").leads("/settings")

	v := h.visitor()
	h.session(viewer)
	v.post("/signin", "email", viewer, "password", password).leads("/")
	for _, path := range []string{"/", "/controls", "/evidence", "/people", "/search?q=a", "/settings", "/log"} {
		v.get(path).leads("/settings/me/signin")
	}
	v.get("/settings/me/signin").is(http.StatusOK, "This organization asks for a second factor").lacks(`href="/controls"`)
	v.get("/settings/me").is(http.StatusOK)
	v.setUpApp()
	v.get("/controls").is(http.StatusOK)
	h.get(heron, "/controls").is(http.StatusOK) // another organization's rule
}

func TestSessionsAreRenewedByPages(t *testing.T) {
	h := newHouse(t)
	h.session(viewer)
	b := h.visitor()
	b.post("/signin", "email", viewer, "password", password).leads("/")
	first := b.jar[web.Cookie(false)]
	b.get("/controls").is(http.StatusOK)
	if b.jar[web.Cookie(false)] != first {
		t.Error("renewed at once")
	}
	h.hand.Add(time.Hour)
	b.get("/controls").is(http.StatusOK)
	if b.jar[web.Cookie(false)] == first {
		t.Error("not renewed after an hour")
	}
	h.hand.Add(2 * time.Minute)
	b.get("/controls").is(http.StatusOK)
	if _, err := h.suite.Auth.Actor(t.Context(), first, "", auth.From{}); err == nil {
		t.Error("the old token works")
	}
}

// TestPasskeyInABrowser makes a passkey, signs in with it and shows it again, in
// Chromium with a virtual authenticator.
func TestPasskeyInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	bin, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no Chromium on this machine; install it with: apt-get install chromium")
	}
	h := newHouse(t)
	h.hand.Set(clock.System()) // the browser's cookies end by its own clock
	h.session(lead)
	srv := httptest.NewServer(h.pages)
	t.Cleanup(srv.Close)
	base := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(bin), chromedp.NoSandbox, chromedp.DisableGPU)...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(alloc)
	t.Cleanup(closeTab)
	tab, cancel := context.WithTimeout(tab, 2*time.Minute)
	t.Cleanup(cancel)
	p := &looker{t, tab, base}
	p.open("/signin")
	if _, err := chromedp.Call(tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}); err != nil {
		t.Fatal(err)
	}
	p.run(`document.querySelector("#f-email").value = "` + lead + `"; document.querySelector("#f-password").value = "` + password + `";
		document.querySelector('form[action="/signin"] button').click()`)
	p.sees("/", "Larkspur")

	p.open("/settings/me/signin")
	p.run(`document.querySelector("#f-name").value = "Laptop"; document.querySelector("form[data-passkey] button").click()`)
	p.sees("/settings/me/signin", "The passkey is added")
	p.sees("/settings/me/signin", "Laptop")

	p.run(`fetch("/signout", {method: "POST"}).then(() => location.assign("/signin"))`)
	p.sees("/signin", "Use a passkey")
	p.run(`document.querySelector("form[data-passkey] button").click()`)
	p.sees("/", "Larkspur")
	v := h.sessionOf(lead)
	if v.Means != auth.ByPasskey {
		t.Errorf("the session began by %s", v.Means)
	}

	p.run(`fetch("/signout", {method: "POST"}).then(() => location.assign("/signin"))`)
	p.sees("/signin", "Use a passkey")
	p.run(`document.querySelector("#f-email").value = "` + lead + `"; document.querySelector("#f-password").value = "` + password + `";
		document.querySelector('form[action="/signin"] button').click()`)
	p.sees("/signin/second", "One more step") // a password alone is not enough any more
	p.run(`document.querySelector("form[data-passkey] button").click()`)
	p.sees("/", "Larkspur")

	h.hand.Add(20 * time.Minute)
	p.open("/settings/users/" + h.users[owner])
	p.sees("/settings/users/"+h.users[owner], "Show again that it is you")
	p.run(`document.querySelector("form[data-passkey] button").click()`)
	p.sees("/settings/users/"+h.users[owner], "It counts from the next request on")

	p.open("/settings/me/signin")
	p.run(`document.querySelector('a[href^="/settings/me/signin/passkey/"]').click()`)
	p.sees("/settings/me/signin/passkey/", "Removing it ends your other sessions")
	p.run(`document.querySelector("#f-name").value = "Old laptop"; document.querySelector('main form.card button[type="submit"]').click()`)
	p.sees("/settings/me/signin", "Old laptop")
	p.run(`document.querySelector('a[href^="/settings/me/signin/passkey/"]').click()`)
	p.sees("/settings/me/signin/passkey/", "Old laptop")
	p.run(`document.querySelector('form[action$="/remove"] button').click()`)
	p.sees("/settings/me/signin", "The passkey is removed")
}

// sessionOf is the newest session of somebody.
func (h *house) sessionOf(email string) auth.Session {
	h.t.Helper()
	who := access.Actor{ID: h.users[email], Org: h.org.ID, Role: access.RoleLead, Door: access.DoorWeb}
	list, err := h.suite.Auth.Sessions(h.t.Context(), who)
	if err != nil {
		h.t.Fatal(err)
	}
	newest := list[0]
	for _, s := range list {
		if s.CreatedAt.After(newest.CreatedAt) || s.Means == auth.ByPasskey {
			newest = s
		}
	}
	return newest
}

// looker looks at the pages through a browser.
type looker struct {
	t    *testing.T
	tab  context.Context //nolint:containedctx // it is the browser's tab
	base string
}

func (p *looker) open(path string) {
	p.t.Helper()
	if err := chromedp.Do(p.tab, chromedp.Navigate(p.base+path)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *looker) run(js string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.tab, chromedp.Evaluate[bool](js+"; true", chromedp.EvalAwaitPromise)); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits until the page of a path says a text.
func (p *looker) sees(path, text string) {
	p.t.Helper()
	here := ""
	for range 300 {
		var err error
		here, err = chromedp.Run(p.tab, chromedp.Evaluate[string](`location.pathname + "\n" + document.body.innerText`, chromedp.EvalAwaitPromise))
		if err == nil && strings.HasPrefix(here, path) && strings.Contains(here, text) {
			return
		}
		<-time.After(50 * time.Millisecond)
	}
	p.t.Fatalf("%s does not say %q:\n%.900s", path, text, here)
}
