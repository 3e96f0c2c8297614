package web

import (
	"net/http"
	"net/url"

	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/sso"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// mine are the organizations that the session reaches.
func (s *Server) mine(r *request) ([]auth.Member, error) {
	list, err := s.Suite.Auth.Orgs(r.Context(), r.who.ID)
	if err != nil || r.who.Via == "" {
		return list, err
	}
	var out []auth.Member
	for i := range list {
		if list[i].Org == r.who.Org {
			out = append(out, list[i])
		}
	}
	return out, nil
}

// ssoForm asks for an address, to find out who vouches for it.
func (s *Server) ssoForm(r *request) (answer, error) { return s.showSSO(r, nil) }

func (s *Server) showSSO(r *request, refused error) (answer, error) {
	next := localPath(r.FormValue("next"))
	v := page.SignInView{
		Title: "Sign in with your organization", Detail: "through its identity provider", Form: view.Form{
			Action: "/signin/sso", Submit: "Continue", Hidden: []view.Hidden{{Name: "next", Value: next}},
			Fields: []view.Input{{Name: "email", Label: "Work e-mail address", Type: "email", Value: r.FormValue("email"), Auto: "username", Required: true}},
		}, Links: []view.Ref{{Label: "Sign in with a password or passkey", Href: "/signin?next=" + queryEscape(next)}},
	}
	a := answer{}
	if refused != nil {
		text := fault.Text(refused)
		for _, f := range fault.FieldsOf(refused) {
			text = f.Text
		}
		v.Form.Problems = view.Problems{Title: fault.Text(refused), List: []view.Problem{{Field: "email", Text: text}}}
		a.status = statusOf(fault.Of(refused))
	}
	a.page = page.SignIn(s.shell(r, v.Title, ""), v)
	return a, nil
}

// ssoChosen shows who vouches for an address, and goes on there by itself where
// that is one. It does not redirect: the policy of the page lets forms lead to
// this server alone.
func (s *Server) ssoChosen(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	email := r.text("email")
	list, err := s.Suite.SSO.For(r.Context(), email)
	if fault.Is(err, fault.Invalid) {
		return s.showSSO(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	q := url.Values{"hint": {email}, "next": {localPath(r.PostFormValue("next"))}}.Encode()
	v := page.SignInView{Title: "Sign in with your organization", Detail: email}
	for i := range list {
		v.Links = append(v.Links, view.Ref{Label: "Continue to " + list[i].Name, Href: "/signin/to/" + list[i].ID + "?" + q})
	}
	if len(list) == 1 {
		r.w.Header().Set("Refresh", "0; url="+v.Links[0].Href)
	}
	return show(page.SignIn(s.shell(r, v.Title, ""), v))
}

const ssoCookie = "assay_sso"

// setSSO has the browser keep what is needed when the issuer sends it back; crossSite:
// by a form of the issuer's own. Browsers send what another site posts along with
// cookies only that say so, and these over HTTPS alone; without it they may for two
// minutes where a cookie says nothing.
func (s *Server) setSSO(r *request, value string, age int, crossSite bool) {
	c := &http.Cookie{Name: ssoCookie, Value: value, Path: "/signin", MaxAge: age, HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode}
	if crossSite {
		c.SameSite = http.SameSiteDefaultMode
		if s.Secure {
			c.SameSite = http.SameSiteNoneMode
		}
	}
	http.SetCookie(r.w, c)
}

// keptSSO is what the browser kept; empty if nothing.
func keptSSO(r *request) string {
	c, err := r.Cookie(ssoCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// samlHeard takes what a SAML issuer has the browser post. The session is not known here,
// because browsers keep it from other sites: what was said goes on, sealed, to a page
// that knows it.
func (s *Server) samlHeard(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	issuer := r.PathValue("issuer")
	sealed, err := s.Suite.SSO.Hear(r.Context(), sso.Back{
		Issuer: issuer, Query: url.Values{"SAMLResponse": {r.PostFormValue("SAMLResponse")}, "RelayState": {r.PostFormValue("RelayState")}}, Sealed: keptSSO(r),
	})
	if err != nil {
		s.setSSO(r, "", -1, true)
		return s.ssoArrived(r, nil, err)
	}
	s.setSSO(r, sealed, 60, false)
	return goTo("/signin/saml/" + issuer)
}

// samlMetadata is what this installation says of itself to a SAML issuer.
func (s *Server) samlMetadata(r *request) (answer, error) {
	body, err := s.Suite.SSO.Metadata(r.Context(), r.PathValue("issuer"), s.origin(r))
	if err != nil {
		return answer{}, err
	}
	return answer{file: &file{name: "assay-metadata.xml", media: "application/samlmetadata+xml", body: body}}, nil
}

// ssoBegin sends the browser to an identity provider.
func (s *Server) ssoBegin(r *request) (answer, error) {
	in := sso.Start{Issuer: r.PathValue("issuer"), Origin: s.origin(r), Next: localPath(r.FormValue("next")), Hint: r.FormValue("hint")}
	if in.Prove = r.who.Via != "" && r.who.Via == in.Issuer; in.Prove {
		in.Hint = r.visit.User.Email
	}
	g, err := s.Suite.SSO.Begin(r.Context(), in)
	if err != nil {
		return answer{}, err
	}
	s.setSSO(r, g.Sealed, 600, g.CrossSite)
	return goTo(g.To)
}

// ssoBack takes what an identity provider answered.
func (s *Server) ssoBack(r *request) (answer, error) {
	sealed := keptSSO(r)
	s.setSSO(r, "", -1, false)
	out, err := s.Suite.SSO.Finish(r.Context(), sso.Back{
		Issuer: r.PathValue("issuer"), Query: r.URL.Query(), Sealed: sealed, Who: r.who, From: s.from(r), Old: s.sessionToken(r),
	})
	return s.ssoArrived(r, &out, err)
}

func (s *Server) ssoArrived(r *request, out *sso.Arrived, err error) (answer, error) {
	switch k := fault.Of(err); {
	case k == fault.Unauthenticated || k == fault.Forbidden || k == fault.Conflict || k == fault.Invalid:
		s.Log.WarnContext(r.Context(), "single sign-on refused", "issuer", r.PathValue("issuer"), "err", err)
		return s.showSSO(r, err)
	case err != nil:
		return answer{}, err
	}
	if out.Proved {
		out.EndsAt = r.visit.Session.EndsAt()
		s.say(r, flash{Text: "It is you. Do now what you were about to do.", State: view.Pass})
	}
	s.remember(r, out.Opened)
	return goTo(localPath(out.Next))
}

// askIssuer asks the person of a stale session to show their organization's
// identity provider again who they are.
func (s *Server) askIssuer(r *request) (answer, error) {
	back := r.backTo()
	if r.Method == http.MethodPost {
		if from, err := url.Parse(r.Referer()); err == nil && from.Host == r.Host {
			back = localPath(from.RequestURI())
		}
	}
	v := page.SignInView{
		Title: "Show again that it is you", Detail: "This decides, hands out or takes away, and you signed in more than 15 minutes ago",
		Links: issuerLinks(r, back),
		Small: view.Say("Nothing was done yet. You come back to the page that you were on."),
	}
	return answer{status: http.StatusForbidden, page: page.SignIn(s.shell(r, v.Title, ""), v)}, nil
}

// issuerLinks lead the person of a session to the identity provider that vouched
// for them.
func issuerLinks(r *request, back string) []view.Ref {
	return []view.Ref{{Label: "Sign in again with your organization", Href: "/signin/to/" + r.who.Via + "?next=" + queryEscape(back)}}
}
