package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"assay/internal/auth"
	"assay/internal/factor"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// origin is this server as browsers name it.
func (s *Server) origin(r *request) string {
	if s.Public != "" {
		return s.Public
	}
	return s.base(r)
}

// askPasskey is the form that asks the browser for any passkey for this server;
// nil where there can be none.
func (s *Server) askPasskey(r *request, action string, hidden ...view.Hidden) (*page.PasskeyForm, error) {
	if !factor.Usable(s.origin(r)) {
		return nil, nil //nolint:nilnil // no form is no error
	}
	c, err := s.Suite.Auth.Factors.BeginEntry(s.origin(r), r.now)
	if err != nil {
		return nil, err
	}
	return &page.PasskeyForm{
		Action: action, Options: c.Options, Hidden: append(hidden, view.Hidden{Name: "ceremony", Value: c.Sealed}),
		Submit: "Use a passkey", Primary: true,
	}, nil
}

// shownKey is what the browser answered to askPasskey.
func (s *Server) shownKey(r *request) factor.Answer {
	return factor.Answer{Sealed: r.PostFormValue("ceremony"), JSON: r.PostFormValue("answer"), Origin: s.origin(r)}
}

// sessionToken is the session that the browser shows, if any.
func (s *Server) sessionToken(r *request) string {
	if c, err := r.Cookie(s.cookie()); err == nil {
		return c.Value
	}
	return ""
}

func (s *Server) signInPasskey(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Auth.SignInPasskey(r.Context(), s.shownKey(r), s.from(r), s.sessionToken(r))
	if k := fault.Of(err); k == fault.Unauthenticated || k == fault.Invalid {
		return s.showSignIn(r, err, "")
	}
	if err != nil {
		return answer{}, err
	}
	return s.entered(r, o, localPath(r.PostFormValue("next")))
}

// entered goes on after the first step: to the page that was wanted, or to the
// question for the second factor.
func (s *Server) entered(r *request, o auth.Opened, next string) (answer, error) {
	if o.Pending == "" {
		s.remember(r, o)
		return goTo(next)
	}
	s.setPending(r, o.Pending, 600)
	return goTo("/signin/second?next=" + queryEscape(next))
}

// pendingCookie holds the sign-in that waits for a second factor.
const pendingCookie = "assay_second"

func (s *Server) setPending(r *request, value string, age int) {
	http.SetCookie(r.w, &http.Cookie{
		Name: pendingCookie, Value: value, Path: "/signin", MaxAge: age, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteStrictMode,
	})
}

func (s *Server) pending(r *request) string {
	if c, err := r.Cookie(pendingCookie); err == nil {
		return c.Value
	}
	return ""
}

// secondForm asks for the second factor.
func (s *Server) secondForm(r *request) (answer, error) { return s.showSecond(r, nil) }

func (s *Server) showSecond(r *request, refused error) (answer, error) {
	u, state, err := s.Suite.Auth.Asked(r.Context(), s.pending(r))
	if fault.Is(err, fault.NotFound) {
		return goTo("/signin")
	}
	if err != nil {
		return answer{}, err
	}
	next := view.Hidden{Name: "next", Value: localPath(r.FormValue("next"))}
	v := page.SignInView{
		Title: "One more step", Detail: "for " + u.Email, Form: codeForm("/signin/second", &state, next),
		Small: view.Say("Lost it? A recovery code works once in its place. Without those, whoever runs this server removes it with: assay user reset --factors"),
	}
	if len(state.Passkeys) > 0 {
		if v.Passkey, err = s.askPasskey(r, "/signin/second", next); err != nil {
			return answer{}, err
		}
	}
	return s.showQuestion(r, &v, refused)
}

// showQuestion renders a page of one question, with why the last answer was
// refused.
func (s *Server) showQuestion(r *request, v *page.SignInView, refused error) (answer, error) {
	a := answer{}
	if refused != nil {
		v.Form.Problems = view.Problems{Title: fault.Text(refused), List: []view.Problem{{Field: v.Form.Fields[0].Name, Text: fault.Text(refused)}}}
		a.status = statusOf(fault.Of(refused))
	}
	a.page = page.SignIn(s.shell(r, v.Title, ""), *v)
	return a, nil
}

// codeForm asks for what a user without the passkey at hand can type.
func codeForm(action string, state *factor.State, hidden ...view.Hidden) view.Form {
	in := view.Input{Name: "code", Label: "Code of the authenticator app", Hint: "6 digits, or a recovery code", Auto: "one-time-code", Required: true, Mono: true}
	if !state.Codes() {
		in.Label, in.Hint = "Recovery code", "Like abcd-efgh-ijkl-mnop"
	}
	return view.Form{Action: action, Submit: "Continue", Hidden: hidden, Fields: []view.Input{in}}
}

func (s *Server) second(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	proof := auth.Proof{Code: r.PostFormValue("code"), Passkey: s.shownKey(r)}
	o, err := s.Suite.Auth.SecondStep(r.Context(), s.pending(r), proof, s.from(r), s.sessionToken(r))
	switch fault.Of(err) {
	case "":
		s.setPending(r, "", -1)
		return s.entered(r, o, localPath(r.PostFormValue("next")))
	case fault.NotFound:
		return goTo("/signin")
	case fault.Unauthenticated, fault.Busy, fault.Invalid:
		return s.showSecond(r, err)
	case fault.Internal, fault.Forbidden, fault.Conflict, fault.TooLarge, fault.Tampered:
	}
	return answer{}, err
}

// proofFields are the fields of askProof, which no handler sees.
func proofFields() []string {
	return []string{"prove_password", "prove_back", "code", "ceremony", "answer"}
}

// askProof asks the person of a stale session to show again who they are. What
// they posted travels with the question, so that nothing is lost.
func (s *Server) askProof(r *request, refused error) (answer, error) {
	state, err := s.Suite.Auth.State(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if r.who.Via != "" && !state.Any() {
		return s.askIssuer(r)
	}
	action, hidden := r.kept()
	v := page.SignInView{
		Title: "Show again that it is you", Detail: "This decides, hands out or takes away, and you signed in more than 15 minutes ago",
		Form: codeForm(action, &state, hidden...), Small: view.Say("What you entered is kept and done afterwards."),
	}
	if r.who.Via != "" {
		v.Links = issuerLinks(r, r.backTo())
	}
	if !state.Any() {
		v.Form.Fields = []view.Input{{Name: "prove_password", Label: "Password", Type: "password", Auto: "current-password", Required: true}}
	}
	if len(state.Passkeys) > 0 {
		if v.Passkey, err = s.askPasskey(r, action, hidden...); err != nil {
			return answer{}, err
		}
	}
	a, err := s.showQuestion(r, &v, refused)
	if a.status == 0 {
		a.status = http.StatusForbidden
	}
	return a, err
}

// kept is where the answer to a question goes, with what was posted.
func (r *request) kept() (action string, hidden []view.Hidden) {
	action, hidden = "/prove?prove=1", []view.Hidden{{Name: "prove_back", Value: r.backTo()}}
	if r.Method == http.MethodPost && len(r.PostForm) > 0 && r.MultipartForm == nil {
		action, hidden = proving(r.URL), nil
		for name, values := range r.PostForm {
			for _, v := range values {
				if !slices.Contains(proofFields(), name) {
					hidden = append(hidden, view.Hidden{Name: name, Value: v})
				}
			}
		}
	} else if r.Method == http.MethodPost {
		action, hidden = proving(r.URL), nil
	}
	return action, hidden
}

func proving(u *url.URL) string {
	q := u.Query()
	q.Set("prove", "1")
	return u.Path + "?" + q.Encode()
}

// backTo is the page to come back to.
func (r *request) backTo() string {
	if r.Method == http.MethodGet {
		return localPath(r.URL.RequestURI())
	}
	return "/"
}

// takeProof takes the answer to askProof before what was asked for is done.
func (s *Server) takeProof(r *request) error {
	if r.Method != http.MethodPost || r.URL.Query().Get("prove") == "" || r.who.Org == "" {
		return nil
	}
	if err := r.form(); err != nil {
		return err
	}
	proof := auth.Proof{Password: r.PostFormValue("prove_password"), Code: r.PostFormValue("code"), Passkey: s.shownKey(r)}
	token, err := s.Suite.Auth.Prove(r.Context(), r.who, proof, s.from(r))
	if k := fault.Of(err); k == fault.Unauthenticated || k == fault.Busy || k == fault.Invalid {
		return &unproven{err}
	}
	if err != nil {
		return err
	}
	s.remember(r, auth.Opened{Token: token, EndsAt: r.visit.Session.EndsAt()})
	r.who.Stale = false
	for _, name := range proofFields() {
		if name != "prove_back" {
			r.PostForm.Del(name)
			r.Form.Del(name)
		}
	}
	q := r.URL.Query()
	q.Del("prove")
	r.URL.RawQuery = q.Encode()
	return nil
}

// unproven is an answer to askProof that was refused.
type unproven struct{ error }

func (u *unproven) Unwrap() error { return u.error }

// proved goes back to the page that was asked for.
func (*Server) proved(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	return goTo(localPath(r.PostFormValue("prove_back")))
}

// ownAffair reports whether a page is open to a sign-in that is weaker than the
// organization asks for.
func ownAffair(path string) bool {
	return path == "/orgs" || strings.HasPrefix(path, "/settings/me")
}
