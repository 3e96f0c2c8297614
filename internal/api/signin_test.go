package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/auth"
)

// TestLoginWithASecondFactor signs a command line in whose user has one.
func TestLoginWithASecondFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		who, err := w.suite.Auth.Actor(ctx, w.ours.sessions[access.RoleOwner], "", auth.From{})
		if err != nil {
			t.Fatal(err)
		}
		offer, err := w.suite.Auth.OfferCodes(ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		code := func() string {
			c, err := totp.GenerateCode(offer.Secret.Reveal(), w.hand.Now())
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if _, err := w.suite.Auth.AddCodes(ctx, who, offer.Sealed, code(), auth.From{}); err != nil {
			t.Fatal(err)
		}
		w.hand.Add(time.Minute)
		login := func(code string) reply {
			return w.ask("POST", api.Prefix+"/login", "", `{"email":"owner@`+w.ours.org.Slug+`.example","password":"`+password+`","name":"x","code":"`+code+`"}`)
		}
		if r := login(""); r.status != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), "recovery code") {
			t.Fatalf("a password alone: %d %s", r.status, r.body)
		}
		if r := login("000000"); r.status != http.StatusUnauthorized {
			t.Fatalf("a wrong code: %d %s", r.status, r.body)
		}
		r := login(code())
		if r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.body)
		}
		token, _ := r.json(t)["secret"].(string)
		if r := w.ask("GET", api.Prefix+"/self/factors", token, ""); r.status != http.StatusOK || !strings.Contains(string(r.body), `"kind":"app"`) || strings.Contains(string(r.body), offer.Secret.Reveal()) {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r := w.ask("GET", api.Prefix+"/users", w.lead(), ""); strings.Count(string(r.body), `"second":true`) != 1 {
			t.Errorf("%s", r.body)
		}
	})
}

// TestSessionsGrowStaleAtTheAPI holds a session's cookie to what the pages ask.
func TestSessionsGrowStaleAtTheAPI(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.hand.Add(15 * time.Minute)
		c := []string{"Cookie", cookie + "=" + w.ours.sessions[access.RoleLead], "Sec-Fetch-Site", "same-origin"}
		if r := w.ask("PUT", api.Prefix+"/users/"+w.ours.users[access.RoleViewer].ID+"/role", "", `{"role":"lead"}`, c...); r.status != http.StatusForbidden {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r := w.ask("GET", api.Prefix+"/users", "", "", c...); r.status != http.StatusOK {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r := w.ask("PUT", api.Prefix+"/users/"+w.ours.users[access.RoleViewer].ID+"/role", w.lead(), `{"role":"owner"}`); r.status != http.StatusNoContent {
			t.Errorf("a token: %d %s", r.status, r.body)
		}
	})
}

// TestReadingAndRefusalsAreInTheTrail: an auditor's reading, and whoever asks for what
// their role does not include, are told to the organization; its own people's reading is not.
func TestReadingAndRefusalsAreInTheTrail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 2 {
			w.ask("GET", api.Prefix+"/people", w.ours.tokens[access.RoleAuditor], "")
			w.ask("GET", api.Prefix+"/people", w.ours.tokens[access.RoleViewer], "")
			w.ask("GET", api.Prefix+"/users", w.ours.tokens[access.RoleOwner], "")
			w.ask("GET", api.Prefix+"/people", w.theirs.tokens[access.RoleViewer], "")
		}
		for path, want := range map[string]int{"action=person.read": 1, "action=access.refuse": 1, "action=access.refuse&noun=user": 1} {
			entries, _ := w.must("GET", "/trail?"+path, "")["entries"].([]any)
			if len(entries) != want {
				t.Errorf("%s: %v", path, entries)
			}
		}
	})
}
