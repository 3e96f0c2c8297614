package web

import (
	"net/http"

	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// signInForm asks for address and password.
func (s *Server) signInForm(r *request) (answer, error) {
	if r.who.ID != "" {
		return goTo("/")
	}
	return s.showSignIn(r, nil, "")
}

func (s *Server) showSignIn(r *request, err error, email string) (answer, error) {
	next := localPath(r.FormValue("next"))
	v := page.SignInView{Title: "Sign in", Detail: "to your organization's Assay", Form: view.Form{
		Action: "/signin", Submit: "Sign in", Hidden: []view.Hidden{{Name: "next", Value: next}},
		Fields: []view.Input{
			{Name: "email", Label: "E-mail address", Type: "email", Value: email, Auto: "username", Required: true},
			{Name: "password", Label: "Password", Type: "password", Auto: "current-password", Required: true},
		},
	}, Small: view.Say("Lost the way in? Whoever runs this server makes a new link with: assay user reset")}
	for _, u := range s.DemoUsers {
		v.Ways = append(v.Ways, view.Action{Label: "See it as " + u.Role, Href: "/demo/role", Post: true, Hidden: []view.Hidden{{Name: "role", Value: u.Role}}})
	}
	ask, asked := s.askPasskey(r, "/signin/passkey", view.Hidden{Name: "next", Value: next})
	if asked != nil {
		return answer{}, asked
	}
	v.Passkey = ask
	some, failed := s.Suite.SSO.Any(r.Context())
	if failed != nil {
		return answer{}, failed
	}
	if some {
		v.Links = []view.Ref{{Label: "Sign in with your organization", Href: "/signin/sso?next=" + queryEscape(next)}}
	}
	if s.mails() == nil {
		v.Links = append(v.Links, view.Ref{Label: "Mail me a link for my policies and training", Href: "/signin/link"})
	}
	a := answer{page: page.SignIn(s.shell(r, "Sign in", ""), v)}
	if err != nil {
		v.Form.Problems = view.Problems{Title: fault.Text(err), List: []view.Problem{{Field: "email", Text: fault.Text(err)}}}
		a = answer{status: statusOf(fault.Of(err)), page: page.SignIn(s.shell(r, "Sign in", ""), v)}
	}
	return a, nil
}

func (s *Server) signIn(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	old := ""
	if c, err := r.Cookie(s.cookie()); err == nil {
		old = c.Value
	}
	o, err := s.Suite.Auth.SignIn(r.Context(), auth.Attempt{
		Email: r.PostFormValue("email"), Password: r.PostFormValue("password"), From: s.from(r), Old: old,
	})
	if k := fault.Of(err); k == fault.Unauthenticated || k == fault.Busy || k == fault.Invalid {
		return s.showSignIn(r, err, r.PostFormValue("email"))
	}
	if err != nil {
		return answer{}, err
	}
	return s.entered(r, o, localPath(r.PostFormValue("next")))
}

func (s *Server) signOut(r *request) (answer, error) {
	if c, err := r.Cookie(s.cookie()); err == nil {
		if err := s.Suite.Auth.SignOut(r.Context(), c.Value, s.from(r)); err != nil {
			return answer{}, err
		}
	}
	s.forget(r)
	return goTo("/signin")
}

// demoRole signs in as one of the demonstration's people, without a password:
// the use case refuses every other organization and every other machine.
func (s *Server) demoRole(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	for _, u := range s.DemoUsers {
		if u.Role == r.PostFormValue("role") {
			o, err := s.Suite.Auth.NewSession(r.Context(), u.User, u.OrgID, s.from(r))
			if err != nil {
				return answer{}, err
			}
			s.remember(r, o)
			return goTo("/")
		}
	}
	return answer{}, fault.New(fault.NotFound, "There is no such role here.")
}

// invitation shows what a link offers.
func (s *Server) invitation(r *request) (answer, error) {
	inv, err := s.Suite.Auth.Invited(r.Context(), r.PathValue("secret"))
	if err != nil {
		return answer{}, err
	}
	return s.showInvitation(r, &inv, nil)
}

func (s *Server) showInvitation(r *request, inv *auth.Invited, err error) (answer, error) {
	label, auto := "Choose a password", "new-password"
	if inv.Known {
		label, auto = "Your password", "current-password"
	}
	v := page.SignInView{Title: "Join " + inv.OrgName, Detail: "You are invited as " + string(inv.Role), Facts: []view.Pair{
		{Term: "Address", Value: view.Say(inv.Email)}, {Term: "Role", Value: view.Say(inv.Role.Meaning())},
	}, Form: view.Form{Action: "/invite/" + r.PathValue("secret"), Submit: "Join", Fields: []view.Input{
		{Name: "name", Label: "Your name", Value: nonEmpty(r.FormValue("name"), inv.Name), Auto: "name", Required: true},
		{Name: "password", Label: label, Type: "password", Auto: auto, Required: true, Hint: "At least 12 characters; any you like."},
	}}}
	status := 0
	if err != nil {
		p, by, ok := problems(err)
		if !ok {
			p = view.Problems{Title: fault.Text(err), List: []view.Problem{{Field: "password", Text: fault.Text(err)}}}
		}
		v.Form.Problems, status = p, statusOf(fault.Of(err))
		for i := range v.Form.Fields {
			v.Form.Fields[i].Error = by[v.Form.Fields[i].Name]
		}
	}
	return answer{status: status, page: page.SignIn(s.shell(r, "Join "+inv.OrgName, ""), v)}, nil
}

func (s *Server) join(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	secret := r.PathValue("secret")
	o, err := s.Suite.Auth.Accept(r.Context(), auth.Acceptance{
		Secret: secret, Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), From: s.from(r),
	})
	if k := fault.Of(err); k == fault.Invalid || k == fault.Unauthenticated || k == fault.Busy {
		inv, again := s.Suite.Auth.Invited(r.Context(), secret)
		if again != nil {
			return answer{}, again
		}
		return s.showInvitation(r, &inv, err)
	}
	if err != nil {
		return answer{}, err
	}
	if o.Pending == "" {
		s.say(r, flash{Text: "Welcome. Your duties are under My tasks.", State: view.Pass})
	}
	return s.entered(r, o, "/")
}

// resetForm lets a lost user in again, by a link from the host's console.
func (s *Server) resetForm(r *request) (answer, error) {
	u, err := s.Suite.Auth.ResetUser(r.Context(), r.PathValue("secret"))
	if err != nil {
		return answer{}, err
	}
	return s.showReset(r, u.Email, nil)
}

func (s *Server) showReset(r *request, email string, err error) (answer, error) {
	v := page.SignInView{Title: "A new password", Detail: "for " + email, Form: view.Form{
		Action: "/reset/" + r.PathValue("secret"), Submit: "Save and sign in",
		Hint:   "Every other session of yours ends.",
		Fields: []view.Input{{Name: "password", Label: "New password", Type: "password", Auto: "new-password", Required: true, Hint: "At least 12 characters; any you like."}},
	}}
	status := 0
	if err != nil {
		v.Form.Problems, _, _ = problems(err)
		v.Form.Fields[0].Error, status = fault.Text(err), http.StatusUnprocessableEntity
	}
	return answer{status: status, page: page.SignIn(s.shell(r, "A new password", ""), v)}, nil
}

func (s *Server) reset(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	u, err := s.Suite.Auth.ResetUser(r.Context(), r.PathValue("secret"))
	if err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Auth.UseReset(r.Context(), r.PathValue("secret"), r.PostFormValue("password"), s.from(r))
	if fault.Is(err, fault.Invalid) {
		return s.showReset(r, u.Email, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.entered(r, o, "/")
}
