package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/db/dbtest"
	"assay/internal/kit/clock"
	"assay/internal/org"
	"assay/internal/suite"
)

// world is a store with two organizations and their users, behind HTTP.
type world struct {
	t       testing.TB
	suite   *suite.Suite
	hand    *clock.Hand
	url     string
	ours    tenant
	theirs  tenant
	handler http.Handler
}

// tenant is an organization with a token and a session for each role.
type tenant struct {
	org      org.Org
	users    map[access.Role]auth.User
	tokens   map[access.Role]string
	sessions map[access.Role]string
}

const cookie = "assay"

func each(t *testing.T, fn func(*testing.T, *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, newWorld(t, "")) })
	t.Run("postgresql", func(t *testing.T) { fn(t, newWorld(t, dbtest.Postgres(t))) })
}

func newWorld(t testing.TB, url string) *world {
	t.Helper()
	hand := &clock.Hand{}
	hand.Set(dbtest.Start())
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), DB: url, Now: hand.Now, Rehearsal: true, AllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, suite: s, hand: hand}
	w.ours, w.theirs = w.found("Ours"), w.found("Theirs")
	w.handler = (&api.Server{Suite: s, Cookie: cookie}).Handler()
	server := httptest.NewServer(w.handler)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

const password = "moss-ladder-tin-oboe-417"

func (w *world) found(name string) tenant {
	w.t.Helper()
	ctx := w.t.Context()
	o, err := w.suite.Orgs.Create(ctx, org.New{Name: name, Zone: "Europe/Stockholm"})
	if err != nil {
		w.t.Fatal(err)
	}
	n := tenant{
		org: o, users: map[access.Role]auth.User{}, tokens: map[access.Role]string{}, sessions: map[access.Role]string{},
	}
	for _, role := range access.Roles() {
		email := string(role) + "@" + o.Slug + ".example"
		u, err := w.suite.Auth.Enroll(ctx, access.Console(o.ID), auth.New{Email: email, Name: name + " " + string(role), Role: role})
		if err != nil {
			w.t.Fatal(err)
		}
		secret, _, err := w.suite.Auth.Reset(ctx, email)
		if err != nil {
			w.t.Fatal(err)
		}
		opened, err := w.suite.Auth.UseReset(ctx, secret, password, auth.From{Address: "127.0.0.1"})
		if err != nil {
			w.t.Fatal(err)
		}
		who, err := w.suite.Auth.Actor(ctx, opened.Token, "", auth.From{})
		if err != nil {
			w.t.Fatal(err)
		}
		_, token, err := w.suite.Auth.AddToken(ctx, who, auth.NewToken{Name: "test", Role: role, ExpiresAt: w.hand.Now().AddDate(0, 0, 30)})
		if err != nil {
			w.t.Fatal(err)
		}
		n.users[role], n.tokens[role], n.sessions[role] = u, token, opened.Token
	}
	return n
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) json(t testing.TB) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return out
}

// ask sends a request with a token; header holds pairs.
func (w *world) ask(method, path, token, body string, header ...string) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return reply{res.StatusCode, res.Header, bytes.TrimSpace(b)}
}

func (w *world) lead() string { return w.ours.tokens[access.RoleLead] }

// must is ask that has to succeed.
func (w *world) must(method, path, body string, header ...string) map[string]any {
	w.t.Helper()
	r := w.ask(method, api.Prefix+path, w.lead(), body, header...)
	if r.status >= 300 {
		w.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	if len(r.body) == 0 {
		return nil
	}
	return r.json(w.t)
}

func golden(name string) string { return filepath.Join("..", "..", name) }
