package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"assay/internal/auth"
)

// The tests of this file are the mistakes that other products of this kind have
// published as weaknesses of theirs. Each fails on the mistake.

// A link to sign in sent people to another site.
func TestPeerNoOpenRedirect(t *testing.T) {
	h := newHouse(t)
	h.session(viewer)
	for _, to := range []string{
		"https://evil.example/", "//evil.example", `\\evil.example`, `/\evil.example`, "http:evil.example", "javascript:alert(1)", "data:text/html,x",
		"/\t/evil.example", "\n//evil.example", "///evil.example", "https:/evil.example", "%2f%2fevil.example", "", "evil.example",
	} {
		for what, r := range map[string]reply{
			"sign-in":    h.visitor().post("/signin", "email", viewer, "password", password, "next", to),
			"the prompt": h.post(viewer, "/prove", "prove_back", to),
		} {
			got := r.Header().Get("Location")
			if r.Code != http.StatusSeeOther || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\t\n") {
				t.Errorf("%s with %q leads to %q (%d)", what, to, got, r.Code)
			}
		}
	}
	h.visitor().get("//evil.example/..").lacks(`href="//evil`)
}

// A password was changed, and whoever had the old one stayed signed in.
func TestPeerAPasswordChangeEndsSessions(t *testing.T) {
	h := newHouse(t)
	h.session(viewer)
	thief, own := h.visitor(), h.visitor()
	thief.post("/signin", "email", viewer, "password", password).leads("/")
	own.post("/signin", "email", viewer, "password", password).leads("/")
	thief.get("/controls").is(http.StatusOK)
	own.post("/settings/me/password", "old", password, "password", "nine quiet otters swim").leads("/settings/me")
	thief.get("/controls").leads("/signin?next=%2Fcontrols")
	own.get("/controls").is(http.StatusOK)
	thief.post("/signin", "email", viewer, "password", password).is(http.StatusUnauthorized)

	// The same by a link of the operator's.
	secret, _, err := h.suite.Auth.Reset(t.Context(), viewer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.suite.Auth.UseReset(t.Context(), secret, password, auth.From{Address: "192.0.2.7"}); err != nil {
		t.Fatal(err)
	}
	own.get("/controls").leads("/signin?next=%2Fcontrols")
}

// Pages that anybody may open told of a tenant that the address named.
func TestPeerOpenPagesTellOfNobody(t *testing.T) {
	h := newHouse(t)
	h.session(lead)
	for _, path := range []string{
		"/signin", "/signin/second", "/signin?org=" + h.org.ID, "/setup", "/setup/organization?org=" + h.org.ID, "/invite/" + h.org.ID, "/reset/" + h.org.ID,
		"/verify", "/verify?org=" + h.org.ID, "/hooks/" + h.org.ID + "/none", "/nothing/" + h.org.ID, "/api", "/metrics", "/.git/config", "/debug/pprof/",
	} {
		r := h.get("", path)
		if r.Code >= 500 {
			t.Errorf("%s: %d", path, r.Code)
		}
		r.lacks("Larkspur", lead, "IAM-01")
	}
	for _, name := range []string{"X-Org", "X-Forwarded-User", "X-Remote-User", "X-Original-URL", "X-Rewrite-URL"} {
		r := httptest.NewRequest(http.MethodGet, "/controls", nil)
		r.Header.Set(name, "/controls")
		r.Header.Add(name, lead)
		h.send("", r).is(http.StatusSeeOther)
	}
}
