package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/auth"
)

// TestSCIMHearsTokensAlone asks the directory's door as everybody who is not the
// directory.
func TestSCIMHearsTokensAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		door := (&api.Server{Suite: w.suite, Cookie: cookie}).SCIM()
		who, err := w.suite.Auth.Actor(t.Context(), w.ours.sessions[access.RoleLead], "", auth.From{})
		if err != nil {
			t.Fatal(err)
		}
		token := func(in auth.NewToken) (string, auth.Token) {
			in.Name, in.ExpiresAt = "t", w.hand.Now().AddDate(0, 0, 3)
			made, secret, err := w.suite.Auth.AddToken(t.Context(), who, in)
			if err != nil {
				t.Fatal(err)
			}
			return secret, made
		}
		ask := func(header ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, api.SCIMPrefix+"/Users?count=1", nil)
			for i := 0; i+1 < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			out := httptest.NewRecorder()
			door.ServeHTTP(out, r)
			return out
		}
		service, _ := token(auth.NewToken{Service: true})
		narrow, _ := token(auth.NewToken{Service: true, Scope: []string{"import.add"}})
		directory, made := token(auth.NewToken{Service: true, Scope: []string{"scim.provision"}})
		for what, c := range map[string]struct {
			status int
			header []string
		}{
			"nobody": {401, nil}, "a session": {401, []string{"Cookie", cookie + "=" + w.ours.sessions[access.RoleLead], "Sec-Fetch-Site", "same-origin"}},
			"a wrong token": {401, []string{"Authorization", "Bearer assay_x"}}, "a lead's token": {403, []string{"Authorization", "Bearer " + w.lead()}},
			"a service's token": {403, []string{"Authorization", "Bearer " + service}}, "a narrow one": {403, []string{"Authorization", "Bearer " + narrow}},
			"the directory": {200, []string{"Authorization", "Bearer " + directory}},
		} {
			out := ask(c.header...)
			if out.Code != c.status || out.Header().Get("Content-Type") != "application/scim+json" || out.Header().Get("Cache-Control") != "no-store" || !strings.Contains(out.Body.String(), "urn:ietf:params:scim:api:messages:2.0:") {
				t.Errorf("%s: %d %v %s", what, out.Code, out.Header(), out.Body)
			}
		}
		if r := w.ask("GET", api.Prefix+"/people", directory, ""); r.status != http.StatusForbidden {
			t.Errorf("the directory reads people: %d", r.status)
		}
		if err := w.suite.Auth.RevokeToken(t.Context(), who, made.ID); err != nil {
			t.Fatal(err)
		}
		if out := ask("Authorization", "Bearer "+directory); out.Code != http.StatusUnauthorized || out.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("a revoked token: %d", out.Code)
		}
	})
}
