package web

import (
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// mailLinkForm asks to whom a link is mailed.
func (s *Server) mailLinkForm(r *request) (answer, error) {
	if err := s.mails(); err != nil {
		return answer{}, err
	}
	return s.showMailLink(r, nil)
}

// mails refuses where no mail is sent: a link would never arrive.
func (s *Server) mails() error {
	if s.Suite.Notices.Post == nil {
		return fault.New(fault.NotFound, "No mail is sent from here. Sign in with your password or passkey.")
	}
	return nil
}

func (s *Server) showMailLink(r *request, refused error) (answer, error) {
	v := page.SignInView{
		Title: "A link by mail", Detail: "for your own policies and training", Form: view.Form{
			Action: "/signin/link", Submit: "Mail me a link", Fields: []view.Input{
				{Name: "email", Label: "E-mail address", Type: "email", Value: r.FormValue("email"), Auto: "username", Required: true},
			},
		}, Links: []view.Ref{{Label: "Sign in with a password or passkey", Href: "/signin"}},
		Small: view.Say("It works once, within 15 minutes, for people without a second factor whose organization asks for none."),
	}
	status := 0
	if refused != nil {
		v.Form.Problems, status = view.Problems{Title: fault.Text(refused), List: []view.Problem{{Field: "email", Text: fault.Text(refused)}}}, statusOf(fault.Of(refused))
	}
	return answer{status: status, page: page.SignIn(s.shell(r, v.Title, ""), v)}, nil
}

// mailLink says the same of every address.
func (s *Server) mailLink(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.mails(); err != nil {
		return answer{}, err
	}
	err := s.Suite.Auth.AskLink(r.Context(), r.PostFormValue("email"), s.from(r))
	if k := fault.Of(err); err != nil && (k == fault.Invalid || k == fault.Busy) {
		return s.showMailLink(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	v := page.SignInView{
		Title: "Look into your mail", Detail: "If somebody here has that address, a link is on its way.",
		Links: []view.Ref{{Label: "Sign in with a password or passkey", Href: "/signin"}},
		Form:  view.Form{Hint: "It works once, within 15 minutes."}, Small: view.Say("Nothing arrived? Look among what was sorted out as unwanted, then ask whoever invited you whether it is the address that they wrote down."),
	}
	return answer{page: page.SignIn(s.shell(r, v.Title, ""), v)}, nil
}

// mailedLink asks before it lets in: programs that look through mail open links, and do
// not press buttons.
func (s *Server) mailedLink(r *request) (answer, error) {
	u, err := s.Suite.Auth.MailLinkUser(r.Context(), r.PathValue("secret"))
	if err != nil {
		return answer{}, err
	}
	v := page.SignInView{
		Title: "Sign in", Detail: "as " + u.Email, Form: view.Form{Action: "/signin/link/" + r.PathValue("secret"), Submit: "Sign in"},
		Small: view.Say("This opens your own policies and training. For the rest, sign in with your password or passkey."),
	}
	return answer{page: page.SignIn(s.shell(r, v.Title, ""), v)}, nil
}

func (s *Server) mailedLinkUsed(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	old := ""
	if c, err := r.Cookie(s.cookie()); err == nil {
		old = c.Value
	}
	o, err := s.Suite.Auth.UseMailLink(r.Context(), r.PathValue("secret"), s.from(r), old)
	if err != nil {
		return answer{}, err
	}
	return s.entered(r, o, "/me")
}
