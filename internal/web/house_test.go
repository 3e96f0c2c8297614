package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/criteria"
	"assay/internal/kit/clock"
	"assay/internal/ledger"
	"assay/internal/org"
	"assay/internal/program"
	"assay/internal/standing"
	"assay/internal/suite"
	"assay/internal/web"
)

// house is a real suite with two organizations that share nothing, and the
// pages over it.
type house struct {
	t     *testing.T
	suite *suite.Suite
	hand  *clock.Hand
	org   org.Org // Larkspur, with a program and controls
	other org.Org // Heron, with a program
	pages http.Handler

	mu     sync.Mutex
	tokens map[string]string // session by address
	users  map[string]string // user id by address
}

const password = "eleven green lanterns hum"

// Addresses of the people of a house.
const (
	lead   = "lead@larkspur.example"
	second = "second@larkspur.example"
	owner  = "owner@larkspur.example"
	viewer = "viewer@larkspur.example"
	heron  = "lead@heron.example"
)

func newHouse(t *testing.T) *house {
	t.Helper()
	hand := &clock.Hand{}
	hand.Set(time.Date(2026, 6, 15, 9, 30, 0, 0, time.UTC))
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Rehearsal: true, Now: hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.DiscardHandler)
	h := &house{t: t, suite: s, hand: hand, tokens: map[string]string{}, users: map[string]string{}}
	h.pages = (&web.Server{Suite: s, Log: log}).Handler()
	h.org = h.found("Larkspur", map[string]access.Role{lead: access.RoleLead, second: access.RoleLead, owner: access.RoleOwner, viewer: access.RoleViewer})
	h.other = h.found("Heron", map[string]access.Role{heron: access.RoleLead})
	who := access.Console(h.org.ID)
	if _, err := s.Controls.Adopt(t.Context(), who, []string{"IAM-01", "IAM-02", "CHG-01"}, standing.NewDate(2026, 1, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Controls.Rebuild(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Sign(t.Context(), s.DB, s.Keys, h.org.ID); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) found(name string, people map[string]access.Role) org.Org {
	h.t.Helper()
	o, err := h.suite.Orgs.Create(h.t.Context(), org.New{Name: name, Service: "Orders", Zone: "Europe/Stockholm", Setup: "dismissed"})
	if err != nil {
		h.t.Fatal(err)
	}
	who := access.Console(o.ID)
	for email, role := range people {
		u, err := h.suite.Auth.Enroll(h.t.Context(), who, auth.New{Email: email, Name: personOf(email), Role: role})
		if err != nil {
			h.t.Fatal(err)
		}
		h.users[email] = u.ID
	}
	if _, err := h.suite.Programs.Add(h.t.Context(), who, program.Program{
		Name: name + " FY26", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security, criteria.Availability},
		From: standing.NewDate(2026, 1, 1), To: standing.NewDate(2027, 1, 1), Current: true,
	}); err != nil {
		h.t.Fatal(err)
	}
	return o
}

// personOf is the name of an address: lead@larkspur.example is Larkspur Lead.
func personOf(email string) string {
	local, rest, _ := strings.Cut(email, "@")
	house, _, _ := strings.Cut(rest, ".")
	return strings.ToUpper(house[:1]) + house[1:] + " " + strings.ToUpper(local[:1]) + local[1:]
}

// actor is who an address acts as.
func (h *house) actor(email string) access.Actor {
	h.t.Helper()
	who, err := h.suite.Auth.Actor(h.t.Context(), h.session(email), "", auth.From{Address: "192.0.2.7"})
	if err != nil {
		h.t.Fatal(err)
	}
	return who
}

// session signs the address in, once.
func (h *house) session(email string) string {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if email == "" || h.tokens[email] != "" {
		return h.tokens[email]
	}
	secret, _, err := h.suite.Auth.Reset(h.t.Context(), email)
	if err != nil {
		h.t.Fatal(err)
	}
	o, err := h.suite.Auth.UseReset(h.t.Context(), secret, password, auth.From{Address: "192.0.2.7", Agent: "test"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.tokens[email] = o.Token
	return o.Token
}

// reply is what a page answered.
type reply struct {
	*httptest.ResponseRecorder
	t    *testing.T
	what string
}

// get opens an address as somebody; nobody for an empty address.
func (h *house) get(as, path string) reply {
	h.t.Helper()
	return h.send(as, httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form: names and values in turn.
func (h *house) post(as, path string, pairs ...string) reply {
	h.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return h.send(as, r)
}

func (h *house) send(as string, r *http.Request) reply {
	h.t.Helper()
	if token := h.session(as); token != "" {
		r.AddCookie(&http.Cookie{Name: web.Cookie(false), Value: token})
	}
	w := httptest.NewRecorder()
	h.pages.ServeHTTP(w, r)
	return reply{w, h.t, r.Method + " " + r.URL.String() + " as " + as}
}

// is asserts the status, and what the page must contain.
func (r reply) is(status int, contains ...string) reply {
	r.t.Helper()
	if r.Code != status {
		r.t.Fatalf("%s: status %d, want %d; %s%s", r.what, r.Code, status, r.Header().Get("Location"), excerpt(r.Body.String()))
	}
	for _, text := range contains {
		if !strings.Contains(r.Body.String(), text) {
			r.t.Errorf("%s: lacks %q%s", r.what, text, excerpt(r.Body.String()))
		}
	}
	return r
}

// lacks asserts what the page must not contain.
func (r reply) lacks(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.Body.String(), text) {
			r.t.Errorf("%s: contains %q", r.what, text)
		}
	}
	return r
}

// leads asserts a redirect.
func (r reply) leads(to string) reply {
	r.t.Helper()
	r.is(http.StatusSeeOther)
	if got := r.Header().Get("Location"); got != to {
		r.t.Errorf("%s: leads to %q, want %q", r.what, got, to)
	}
	return r
}

// excerpt is the main part of a page, for messages.
func excerpt(body string) string {
	_, main, ok := strings.Cut(body, `<main`)
	if !ok {
		main = body
	}
	main, _, _ = strings.Cut(main, `</main>`)
	if len(main) > 1500 {
		main = main[:1500] + "…"
	}
	return "\n" + main
}

// guarded asserts what holds for every page that changes something: nobody is
// sent to sign in, a viewer is refused, and so is another site.
func (h *house) guarded(path string, pairs ...string) {
	h.t.Helper()
	h.post("", path, pairs...).leads("/signin")
	h.post(viewer, path, pairs...).is(http.StatusForbidden)
	r := httptest.NewRequest(http.MethodPost, path, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	h.send(lead, r).is(http.StatusForbidden)
}
