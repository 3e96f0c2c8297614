package web_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/crewjam/saml"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/mail/mailtest"
	"assay/internal/kit/secret"
	"assay/internal/scim"
	"assay/internal/sso"
	"assay/internal/web"
)

// journey is one browser's way through a fresh installation.
type journey struct {
	*looker
	h        *house
	post     *mailtest.Post
	pictures string // folder; empty: none are made
	at       int
	secret   string // of the authenticator app
	recovery []string
}

// TestEveryWayInAndOut walks through a fresh installation in Chromium: the first
// administrator, a passkey, an authenticator app, a recovery code, showing again who
// one is, a new device's mail, an ended session, OpenID Connect, SAML and the directory.
// With -v it prints a line for each step; ASSAY_SIGNIN_PICTURES names a folder for
// pictures of them.
func TestEveryWayInAndOut(t *testing.T) {
	tab := chromium(t)
	provider := certified(t)
	j := newJourney(t, tab)
	j.firstAdministrator()
	j.passkey()
	j.app()
	j.recoveryCode()
	j.shownAgain()
	j.elsewhere()
	j.openID(provider)
	j.saml()
}

func newJourney(t *testing.T, tab context.Context) *journey {
	t.Helper()
	h := &house{t: t, hand: &clock.Hand{}, tokens: map[string]string{}, users: map[string]string{}}
	h.hand.Set(clock.System()) // the browser's cookies end by its own clock
	j := &journey{h: h, post: &mailtest.Post{}, pictures: os.Getenv("ASSAY_SIGNIN_PICTURES")}
	dir := t.TempDir()
	text := "server: smtp://" + j.post.Serve(t, nil, false) + "?tls=off\nfrom: Assay <assay@example.com>\npublic: https://assay.example.com\n"
	if err := os.WriteFile(filepath.Join(dir, "mail.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := app.Open(t.Context(), app.Config{Data: dir, Rehearsal: true, Now: h.hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	h.suite, h.pages = s, (&web.Server{Suite: s, Log: slog.New(slog.DiscardHandler)}).Handler()
	srv := httptest.NewServer(h.pages)
	t.Cleanup(func() {
		srv.Close()
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := chromedp.Do(tab, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatal(err)
	}
	j.looker = &looker{t, tab, strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)}
	return j
}

// step says what was seen, and makes a picture of it.
func (j *journey) step(what string) {
	j.t.Helper()
	j.at++
	j.t.Logf("%2d %s", j.at, what)
	if j.pictures == "" {
		return
	}
	png, err := chromedp.Run(j.tab, chromedp.FullScreenshot(100))
	if err != nil {
		j.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(j.pictures, fmt.Sprintf("%02d.png", j.at)), png, 0o600); err != nil {
		j.t.Fatal(err)
	}
}

// send fills the form of an address in, name and value in turn, and sends it.
func (j *journey) send(action string, pairs ...string) {
	j.t.Helper()
	var js strings.Builder
	first := ""
	if len(pairs) > 0 {
		first = pairs[0]
	}
	// Where a passkey is offered, another form goes to the same address.
	fmt.Fprintf(&js, "const f = [...document.querySelectorAll(%q)].find(f => !%q || f.elements[%q]);", `form[action="`+action+`"]`, first, first)
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&js, "f.elements[%q].value = %q;", pairs[i], pairs[i+1])
	}
	j.run("{" + js.String() + `f.querySelector('button[type="submit"], button:not([type])').click()}`)
}

func (j *journey) signOut() {
	j.t.Helper()
	j.run(`fetch("/signout", {method: "POST"}).then(() => location.assign("/signin"))`)
	j.sees("/signin", "Use a passkey")
}

// code is what the app shows now, computed by oathtool where there is one.
func (j *journey) code() string {
	j.t.Helper()
	want := j.h.code(j.secret)
	tool, err := exec.LookPath("oathtool")
	if err != nil {
		return want
	}
	out, err := exec.CommandContext(j.t.Context(), tool, "--totp", "-b", "--now", j.h.hand.Now().UTC().Format("2006-01-02 15:04:05 UTC"), j.secret).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != want {
		j.t.Fatalf("oathtool says %q, not %q: %v", got, want, err)
	}
	return want
}

func (j *journey) firstAdministrator() {
	token, err := j.h.suite.Auth.SetupToken(j.t.Context())
	if err != nil {
		j.t.Fatal(err)
	}
	j.open("/setup?token=" + token)
	j.sees("/setup", "Who runs this?")
	j.send("/setup", "token", token, "name", "Priya", "email", lead, "password", password)
	j.sees("/setup/organization", "the report you aim for")
	j.send("/setup/organization", "name", "Larkspur", "zone", "Etc/UTC")
	j.sees("/setup/source", "What shall Assay read?")
	j.open("/setup/controls")
	j.sees("/setup/controls", "Suggested controls")
	j.send("/setup/controls")
	j.sees("/", "adopted")
	orgs, err := j.h.suite.Orgs.All(j.t.Context())
	if err != nil || len(orgs) != 1 {
		j.t.Fatal(orgs, err)
	}
	j.h.org = orgs[0]
	j.step("the first administrator set the installation up")
	j.open("/setup?token=" + token)
	j.sees("/", "Larkspur")
	j.step("the set-up is not open a second time")
}

func (j *journey) passkey() {
	if _, err := chromedp.Call(j.tab, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		j.t.Fatal(err)
	}
	if _, err := chromedp.Call(j.tab, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		j.t.Fatal(err)
	}
	if _, err := chromedp.Call(j.tab, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "internal", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}}); err != nil {
		j.t.Fatal(err)
	}
	j.open("/settings/me/signin")
	j.run(`document.querySelector("#f-name").value = "Laptop"; document.querySelector("form[data-passkey] button").click()`)
	j.sees("/settings/me/signin", "The passkey is added")
	j.sees("/settings/me/signin", "Recovery codes")
	j.recovery = strings.Fields(j.text("#recovery-codes"))
	if len(j.recovery) != 10 {
		j.t.Fatalf("%d recovery codes", len(j.recovery))
	}
	j.step("a passkey is registered; ten recovery codes are shown")
	j.signOut()
	j.run(`document.querySelector("form[data-passkey] button").click()`)
	j.sees("/", "Larkspur")
	j.step("the passkey signs in")
}

func (j *journey) app() {
	j.open("/settings/me/signin/app")
	j.sees("/settings/me/signin/app", "Secret")
	j.secret = j.text("#app-secret")
	j.send("/settings/me/signin/app", "code", j.code())
	j.sees("/settings/me/signin", "10 codes left")
	j.step("an authenticator app is enrolled")
	used := j.code()
	j.password()
	j.send("/signin/second", "code", used)
	j.sees("/signin/second", "was used already")
	j.step("the app's code of the enrolment is refused a second time")
	j.h.hand.Add(time.Minute)
	j.send("/signin/second", "code", j.code())
	j.sees("/", "Larkspur")
	j.step("password and the app's next code sign in")
}

// password signs out and in with a password, up to the second step.
func (j *journey) password() {
	j.t.Helper()
	j.signOut()
	j.send("/signin", "email", lead, "password", password)
	j.sees("/signin/second", "One more step")
}

func (j *journey) recoveryCode() {
	j.password()
	j.send("/signin/second", "code", j.recovery[0])
	j.sees("/", "Larkspur")
	j.step("a recovery code signs in")
	j.password()
	j.send("/signin/second", "code", j.recovery[0])
	j.sees("/signin/second", "was used already")
	j.step("the same recovery code is refused")
	j.run(`document.querySelector("form[data-passkey] button").click()`)
	j.sees("/", "Larkspur")
}

func (j *journey) shownAgain() {
	j.open("/settings/me")
	j.sees("/settings/me", "New API token")
	j.h.hand.Add(20 * time.Minute)
	j.send("/settings/me/token", "for", "nightly import")
	j.sees("/settings/me/token", "Show again that it is you")
	j.step("a token is asked for after 20 minutes: show again that it is you")
	j.run(`document.querySelector("form[data-passkey] button").click()`)
	j.sees("/settings/me", "assay_")
	j.step("shown by passkey, the token is made")
}

// elsewhere signs in from another browser and place, which the mail tells, and ends
// the first one's session from there.
func (j *journey) elsewhere() {
	j.h.hand.Add(time.Minute)
	other := j.h.visitor() // comes from 192.0.2.1
	other.post("/signin", "email", lead, "password", password).leads("/signin/second?next=%2F")
	other.post("/signin/second", "code", j.code()).leads("/")
	before := len(j.post.Taken())
	if err := j.h.suite.Notices.Round(j.t.Context(), j.h.org.ID); err != nil {
		j.t.Fatal(err)
	}
	var all strings.Builder
	for _, m := range j.post.Taken()[before:] {
		if strings.Contains(m, "New sign-in to your account") {
			all.WriteString(m)
		}
	}
	told := all.String()
	if !strings.Contains(told, "192.0.2.1") || !strings.Contains(told, "To: <"+lead+">") {
		j.t.Errorf("the mail of the new device:\n%s", told)
	}
	j.open("/settings/me")
	j.sees("/settings/me", "New sign-in")
	j.step("a sign-in from elsewhere is told by mail and on the page")
	other.post("/settings/me/sessions/revoke").is(http.StatusSeeOther)
	j.run(`document.querySelector('a[href="/controls"]').click()`)
	j.sees("/signin", "Password")
	j.step("its session is revoked from elsewhere: the next click lands on the sign-in")
}

func (j *journey) openID(provider string) {
	h := j.h
	h.hand.Set(clock.System()) // the provider's clock is the machine's
	i := h.vouch(provider, access.RoleViewer)
	id, clientSecret := register(j.t, provider, j.base+i.Callback())
	if _, err := h.suite.SSO.EditIssuer(j.t.Context(), access.Console(h.org.ID), i.ID, sso.New{
		Name: "Certified", Location: provider, Client: id, Secret: secret.NewText(clientSecret), Join: access.RoleViewer,
	}); err != nil {
		j.t.Fatal(err)
	}
	j.open("/signin/to/" + i.ID + "?next=%2Fcontrols")
	j.sees("/interaction/", "Sign-in")
	j.step("OpenID Connect: the certified provider asks who it is")
	j.run(`document.querySelector("[name=login]").value = "kim"; document.querySelector("[name=password]").value = "x"; document.querySelector("[type=submit]").click()`)
	j.sees("/interaction/", "Authorize")
	j.run(`document.querySelector("[type=submit]").click()`)
	j.sees("/controls", "CFG-02")
	j.step("OpenID Connect: kim is signed in")
	j.deprovisioned("kim@larkspur.example")
}

// deprovisioned ends somebody's account in the directory while they are signed in.
func (j *journey) deprovisioned(address string) {
	h := j.h
	h.suite.SCIM.Own = func(_ *db.Tx, domain string) (bool, error) { return domain == "larkspur.example", nil }
	directory := access.Actor{ID: "tok_1", Org: h.org.ID, Role: access.RoleJob, Door: access.DoorAPI, Scope: access.Scope(access.SCIMProvision)}
	ask := func(method, path, body string) []byte {
		r, err := h.suite.SCIM.Do(j.t.Context(), directory, scim.Request{Method: method, Path: path, Body: []byte(body)})
		if err != nil || r.Status >= 300 {
			j.t.Fatalf("%d %s %v", r.Status, r.Body, err)
		}
		return r.Body
	}
	var u struct{ ID string }
	if err := json.Unmarshal(ask(http.MethodPost, "/Users", `{"userName":"`+address+`"}`), &u); err != nil {
		j.t.Fatal(err)
	}
	j.open("/controls")
	j.sees("/controls", "CFG-02")
	ask(http.MethodPatch, "/Users/"+u.ID, `{"Operations":[{"op":"replace","path":"active","value":false}]}`)
	j.run(`document.querySelector('a[href="/evidence"]').click()`)
	j.sees("/signin", "Password")
	j.step("SCIM: kim is deprovisioned while signed in: the next click lands on the sign-in")
}

func (j *journey) saml() {
	provider := newSAMLProvider(j.t)
	metadata, err := xml.Marshal(provider.Metadata())
	if err != nil {
		j.t.Fatal(err)
	}
	i, err := j.h.suite.SSO.AddIssuer(j.t.Context(), access.Console(j.h.org.ID), sso.New{Kind: sso.SAML, Name: "Works", Metadata: string(metadata), Join: access.RoleViewer})
	if err != nil {
		j.t.Fatal(err)
	}
	text, err := j.h.suite.SSO.Metadata(j.t.Context(), i.ID, j.base)
	if err != nil {
		j.t.Fatal(err)
	}
	var said saml.EntityDescriptor
	if err := xml.Unmarshal(text, &said); err != nil {
		j.t.Fatal(err)
	}
	provider.sp.Store(&said)
	j.open("/signin/to/" + i.ID + "?next=%2Fcontrols")
	j.sees("/sso", "Sign-in at the provider")
	j.step("SAML: the provider asks who it is")
	j.run(`document.querySelector("[name=login]").value = "sam"; document.querySelector("[type=submit]").click()`)
	j.sees("/controls", "CFG-02")
	j.open("/settings/me/signin")
	j.sees("/settings/me/signin", "your organization")
	j.step("SAML: sam is signed in")
}

// text is what an element of the page says.
func (j *journey) text(selector string) string {
	j.t.Helper()
	v, err := chromedp.Run(j.tab, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).innerText`, selector), chromedp.EvalAwaitPromise))
	if err != nil {
		j.t.Fatal(err)
	}
	return strings.TrimSpace(v)
}
