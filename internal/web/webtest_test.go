package web_test

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/auth"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/resource"
	"assay/internal/suite"
	"assay/internal/web"
)

// site is a served suite over a new store, with one organization.
type site struct {
	*testing.T
	suite *suite.Suite
	hand  *clock.Hand
	url   string
	org   org.Org
}

func newSite(t *testing.T) *site {
	t.Helper()
	hand := &clock.Hand{}
	hand.Set(time.Date(2026, 6, 15, 9, 0, 0, 0, time.UTC))
	s, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Rehearsal: true, Now: hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.Connectors.Products = append(s.Connectors.Products, sample())
	pages := &web.Server{Suite: s, Log: slog.New(slog.DiscardHandler)}
	server := httptest.NewServer(pages.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	h := &site{T: t, suite: s, hand: hand, url: server.URL}
	h.org = h.newOrg("Larkspur")
	return h
}

// replica has another process answer from now on, over the same store.
func (h *site) replica() {
	server := httptest.NewServer((&web.Server{Suite: h.suite, Log: slog.New(slog.DiscardHandler)}).Handler())
	h.Cleanup(server.Close)
	h.url = server.URL
}

func (h *site) newOrg(name string) org.Org {
	h.Helper()
	o, err := h.suite.Orgs.Create(h.Context(), org.New{Name: name, Zone: "Etc/UTC", Setup: "dismissed"})
	h.must(err)
	return o
}

func (h *site) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

// console acts in an organization with everything allowed.
func (h *site) console() access.Actor { return access.Console(h.org.ID) }

// flush does the queued work.
func (h *site) flush() {
	h.Helper()
	_, err := h.suite.Worker.Flush(h.Context())
	h.must(err)
}

// browser is somebody who is signed in, or nobody.
type browser struct {
	*site
	client *http.Client
	id     string
}

func (h *site) nobody() *browser {
	h.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	return &browser{h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, ""}
}

// as signs somebody with the role in.
func (h *site) as(role access.Role) *browser { return h.in(h.org, role, "") }

func (h *site) in(o org.Org, role access.Role, suffix string) *browser {
	h.Helper()
	email := string(role) + suffix + "@" + o.Slug + ".example"
	_, err := h.suite.Auth.Enroll(h.Context(), access.Console(o.ID), auth.New{Email: email, Name: "Kim " + string(role) + suffix, Role: role})
	h.must(err)
	secret, u, err := h.suite.Auth.Reset(h.Context(), email)
	h.must(err)
	opened, err := h.suite.Auth.UseReset(h.Context(), secret, "seven brown kettles sing", auth.From{Address: "127.0.0.1"})
	h.must(err)
	b := h.nobody()
	b.id = u.ID
	at, err := url.Parse(h.url)
	h.must(err)
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: web.Cookie(false), Value: opened.Token, Path: "/"}})
	return b
}

// got is an answer.
type got struct {
	*testing.T
	status int
	to     string
	body   string
	header http.Header
}

func (b *browser) do(req *http.Request) got {
	b.Helper()
	res, err := b.client.Do(req)
	b.must(err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	b.must(err)
	return got{b.T, res.StatusCode, res.Header.Get("Location"), string(body), res.Header}
}

func (b *browser) get(path string) got {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.url+path, nil)
	b.must(err)
	return b.do(req)
}

// post sends a form; fields are name and value in turn.
func (b *browser) post(path string, fields ...string) got {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	b.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

// upload sends a form with a file at its end.
func (b *browser) upload(path, name, content string, fields ...string) got {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		b.must(w.WriteField(fields[i], fields[i+1]))
	}
	if name != "" {
		f, err := w.CreateFormFile("file", name)
		b.must(err)
		_, err = io.WriteString(f, content)
		b.must(err)
	}
	b.must(w.Close())
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.url+path, &body)
	b.must(err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(req)
}

// says asserts the status and what the page holds; a text after "!" must not
// be there.
func (g got) says(status int, texts ...string) got {
	g.Helper()
	if g.status != status {
		g.Fatalf("status %d, want %d; to %q\n%s", g.status, status, g.to, tail(g.body))
	}
	for _, text := range texts {
		if not, forbidden := strings.CutPrefix(text, "!"); forbidden {
			if strings.Contains(g.body, not) {
				g.Errorf("the page holds %q\n%s", not, tail(g.body))
			}
		} else if !strings.Contains(g.body, text) {
			g.Errorf("the page does not hold %q\n%s", text, tail(g.body))
		}
	}
	return g
}

// goes asserts a redirect to an address that begins so.
func (g got) goes(to string) string {
	g.Helper()
	if g.status != http.StatusSeeOther || !strings.HasPrefix(g.to, to) {
		g.Fatalf("status %d to %q, want a redirect to %q\n%s", g.status, g.to, to, tail(g.body))
	}
	return g.to
}

func tail(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	if len(body) > 6000 {
		body = body[:6000]
	}
	return body
}

// closed asserts who is turned away from a form: nobody is sent to sign in, a
// viewer may not, and another site may not even for a lead.
func (h *site) closed(path string) {
	h.Helper()
	h.nobody().post(path).goes("/signin")
	h.in(h.org, access.RoleViewer, "-"+strings.Trim(strings.NewReplacer("/", "-", ".", "-", "?", "-", "=", "-", "_", "-").Replace(path), "-")).post(path).says(http.StatusForbidden)
	lead := h.in(h.org, access.RoleLead, "-"+strings.Trim(strings.NewReplacer("/", "-", ".", "-", "?", "-", "=", "-", "_", "-").Replace(path), "-"))
	req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.url+path, nil)
	h.must(err)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	lead.do(req).says(http.StatusForbidden)
}

// sample is a product whose settings have every form, and whose folder of
// buckets is what its setting says.
func sample() connector.Product {
	return connector.Product{
		Name: "sample", Version: "1", Title: "Sample store", Summary: "Reads buckets.", Every: 24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "buckets", Label: "Buckets", Required: true, Lines: true},
			{Name: "key", Label: "Access key", Secret: true, Required: true},
			{Name: "phrase", Label: "Phrase", Secret: true},
		},
		Kinds: []resource.Schema{{
			Kind: "sample.bucket", Version: 1, Title: "Buckets", Family: resource.State, Label: "name",
			Fields: []resource.Field{{Name: "name", Type: resource.String, Meaning: "name"}},
		}},
		Grant: connector.Grant{Steps: []string{"Make a key that reads."}, Text: "grant read", NotRead: []string{"objects"}},
		Open: func(c connector.Config, _ connector.Env) (connector.Source, error) {
			if c["key"] == "wrong" {
				return nil, fault.Fields("The key was refused.", fault.Field{Name: "key", Text: "It is not a key."})
			}
			return buckets(strings.Fields(c["buckets"])), nil
		},
	}
}
