package web

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/suite"
	"assay/internal/trail"
	"assay/internal/web/static"
	"assay/internal/web/view"
)

// Server serves the pages of one suite.
type Server struct {
	Suite *suite.Suite
	Log   *slog.Logger
	// Secure is set behind TLS: the cookies then travel nowhere else.
	Secure bool
	// Public is how people reach this server, "https://assay.example.com"; empty:
	// as each request names it.
	Public string
	// DemoUsers are the people that "See it as" offers, by role; empty except
	// for the demonstration.
	DemoUsers []DemoUser

	verifying sync.Mutex // held while a package is verified for somebody unknown
	lookups   turns      // of entries, by address

	tallies tallies
}

// DemoUser is a role of the demonstration that needs no password.
type DemoUser struct {
	Role  string // word in the bar: "lead", "owner"
	User  string // id
	OrgID string
}

// request is what a handler gets.
type request struct {
	*http.Request
	w     http.ResponseWriter
	who   access.Actor
	visit auth.Visit
	org   org.Org
	loc   *time.Location
	now   time.Time
}

// answer is what a handler returns.
type answer struct {
	status int // 200 if zero
	page   templ.Component
	to     string // redirect
	file   *file
}

// file is a download.
type file struct {
	name, media string
	body        []byte
	spooled     *os.File // in the place of body; it has no name on the disk any more
}

// spool writes a large answer to the disk, so that it is complete before anything of
// it is sent.
func spool(write func(io.Writer) error) (*os.File, error) {
	f, err := os.CreateTemp("", "assay-*")
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.Remove(f.Name()), write(f))
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

type handler func(*request) (answer, error)

func show(page templ.Component) (answer, error) { return answer{page: page}, nil }

func goTo(to string) (answer, error) { return answer{to: to}, nil }

// Handler is the routes, all of them.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.routes(mux)
	guard := http.NewCrossOriginProtection()
	guard.AddInsecureBypassPattern("POST /signin/saml/{issuer}") // posted from the provider's page; what it answers is sealed in the browser
	return headers(guard.Handler(mux))
}

const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// signedIn wraps a handler that needs a person; others are sent to sign in.
func (s *Server) signedIn(h handler) http.Handler {
	return s.page(func(r *request) (answer, error) {
		if r.who.ID == "" {
			return s.toSignIn(r)
		}
		if r.who.Org == "" {
			return goTo("/setup")
		}
		if r.who.Lacks != "" && !ownAffair(r.URL.Path) {
			return goTo("/settings/me/signin")
		}
		return h(r)
	})
}

func (s *Server) toSignIn(r *request) (answer, error) {
	open, err := s.Suite.Auth.SetupOpen(r.Context())
	if err != nil {
		return answer{}, err
	}
	if open {
		return goTo("/setup")
	}
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		return goTo("/signin?next=" + queryEscape(r.URL.RequestURI()))
	}
	return goTo("/signin")
}

// page wraps a handler that anyone may reach.
func (s *Server) page(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, w: w, now: s.Suite.Now(), loc: time.UTC}
		var a answer
		err := s.enter(r)
		if err == nil {
			err = s.takeProof(r)
		}
		if err == nil {
			a, err = h(r)
		}
		if wrong, ok := errors.AsType[*unproven](err); ok {
			a, err = s.askProof(r, wrong.error)
		} else if r.who.Stale && errors.Is(err, access.ErrProve) {
			a, err = s.askProof(r, nil)
		}
		if r.Method == http.MethodPost {
			s.tallies.forget(r.who.Org)
		}
		if err = s.tell(r, &a, err); err != nil {
			a = s.trouble(r, err)
		}
		s.write(r, a)
	})
}

// tell says in the trail what a guest read, and what somebody was refused.
func (s *Server) tell(r *request, a *answer, err error) error {
	if r.who.Org == "" {
		return err
	}
	act := trail.Act{Noun: "page", Object: r.URL.Path, Label: r.URL.Path}
	if err != nil {
		if told := s.Suite.Refused(r.Context(), r.who, act, err); told != nil {
			s.Log.ErrorContext(r.Context(), "a refusal is not in the trail", "err", told)
		}
		return err
	}
	if r.Method != http.MethodGet || a.to != "" || a.status != 0 || nobodys(r.URL.Path) {
		return nil
	}
	g, err := r.who.May(access.OrgRead)
	if err != nil {
		return nil //nolint:nilerr // it was not asked for
	}
	act.Action = "page.read"
	return s.Suite.Saw(r.Context(), g, act)
}

// nobodys reports whether a page holds nothing of an organization but what is
// one's own.
func nobodys(path string) bool {
	if path == "/" || strings.HasPrefix(path, "/criteria") {
		return true
	}
	return slices.ContainsFunc([]string{"/settings/me", "/settings/mail", "/signin", "/orgs", "/tasks", "/setup"}, func(own string) bool { return strings.HasPrefix(path, own) })
}

// enter finds out who is there.
func (s *Server) enter(r *request) error {
	c, err := r.Cookie(s.cookie())
	if err != nil || c.Value == "" {
		return nil //nolint:nilerr // no cookie is nobody
	}
	visit, err := s.Suite.Auth.Visit(r.Context(), c.Value, "", s.from(r))
	if fault.Is(err, fault.Unauthenticated) {
		s.forget(r)
		return nil
	}
	if err != nil {
		return err
	}
	r.visit, r.who = visit, visit.Actor
	token, err := s.Suite.Auth.Renew(r.Context(), &visit)
	if err != nil {
		return err
	}
	if token != "" {
		s.remember(r, auth.Opened{Token: token, EndsAt: visit.Session.EndsAt()})
	}
	if r.who.Org == "" {
		return nil
	}
	if r.org, err = s.Suite.Orgs.Get(r.Context(), r.who); err != nil {
		return err
	}
	r.loc = r.org.Location()
	return nil
}

func (s *Server) write(r *request, a answer) {
	switch {
	case a.to != "":
		http.Redirect(r.w, r.Request, a.to, http.StatusSeeOther)
		return
	case a.file != nil:
		serveFile(r.w, a.file)
		return
	}
	var body bytes.Buffer
	if err := a.page.Render(r.Context(), &body); err != nil {
		s.Log.ErrorContext(r.Context(), "view failed", "path", r.URL.Path, "err", err)
		http.Error(r.w, fault.Text(err), http.StatusInternalServerError)
		return
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if a.status != 0 {
		r.w.WriteHeader(a.status)
	}
	_, _ = body.WriteTo(r.w)
}

func serveFile(w http.ResponseWriter, f *file) {
	h := w.Header()
	h.Set("Content-Type", f.media)
	h.Set("Content-Disposition", `attachment; filename="`+safeName(f.name)+`"`)
	h.Set("Cache-Control", "no-store")
	if f.spooled == nil {
		_, _ = w.Write(f.body)
		return
	}
	defer func() { _ = f.spooled.Close() }()
	_, _ = io.Copy(w, f.spooled)
}

// statusOf is the HTTP status of each kind of failure.
func statusOf(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Busy:
		return http.StatusTooManyRequests
	case fault.Internal, fault.Tampered:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// problems turns a refused input into a form's summary and the message of each
// field; false when the error is of another kind.
func problems(err error) (view.Problems, map[string]string, bool) {
	if k := fault.Of(err); k != fault.Invalid && k != fault.Conflict && k != fault.TooLarge {
		return view.Problems{}, nil, false
	}
	p := view.Problems{Title: fault.Text(err)}
	by := map[string]string{}
	for _, f := range fault.FieldsOf(err) {
		p.List = append(p.List, view.Problem{Field: f.Name, Text: f.Text})
		by[f.Name] = f.Text
	}
	if len(p.List) == 0 {
		p.List = append(p.List, view.Problem{Text: fault.Text(err)})
		p.Title = "Nothing was saved"
	}
	return p, by, true
}

const maxForm = 1 << 20

// form reads a posted form of at most 1 MiB.
func (r *request) form() error {
	r.Body = http.MaxBytesReader(r.w, r.Body, maxForm)
	err := r.ParseForm()
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return fault.New(fault.TooLarge, "The form is larger than 1 MiB. Nothing was saved.")
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "The form could not be read. Nothing was saved.")
	}
	return nil
}

// static serves the stylesheet, the script and the icon; an address with the
// hash of the file may be cached for ever.
func (s *Server) static() http.Handler {
	files := http.StripPrefix(static.Prefix, http.FileServerFS(static.FS))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, static.Prefix)
		if v := r.URL.Query().Get("v"); v != "" && v == static.Hash(name) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		files.ServeHTTP(w, r)
	})
}
