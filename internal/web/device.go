package web

import (
	"net/url"
	"strings"

	"assay/internal/access"
	"assay/internal/device"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// device asks for the code that a program shows, or shows what asks with one.
func (s *Server) device(r *request) (answer, error) {
	code := r.URL.Query().Get("code")
	if code == "" {
		return s.showDeviceCode(r, nil)
	}
	a, err := s.Suite.Devices.Find(r.Context(), r.who, code, s.from(r))
	if k := fault.Of(err); err != nil && (k == fault.Invalid || k == fault.Busy) {
		return s.showDeviceCode(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.showAsk(r, &a, code, nil)
}

// showDeviceCode is the form for the code.
func (s *Server) showDeviceCode(r *request, refused error) (answer, error) {
	if err := r.may(access.TokenEdit); err != nil {
		return answer{}, err
	}
	v := page.FormView{
		Title: "The code", Head: view.Head{Title: "Let a command line in", Answer: view.Say("It shows a code of eight letters, once you typed assay login there. Enter a code only if you began that yourself: nobody has a reason to send you one.")},
		Form: view.Form{Action: "/device", Submit: "Look at what asks", Cancel: view.Ref{Label: "Cancel", Href: "/"}, Fields: []view.Input{
			{Name: "code", Label: "Code", Value: r.typed("code", device.Code(r.URL.Query().Get("code"))), Auto: "off", Sample: "BCDF-GHJK", Required: true, Mono: true, Full: true},
		}},
	}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", deviceCrumbs()...), &v, refused)
}

func deviceCrumbs() []view.Crumb {
	return []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Your account", Href: "/settings/me"}, {Label: "Command line"}}
}

// showAsk is what asks, to be approved or refused.
func (s *Server) showAsk(r *request, a *device.Ask, code string, refused error) (answer, error) {
	role := nonEmpty(string(a.Role), string(r.who.Role)+", which is yours")
	scope := nonEmpty(strings.Join(a.Scope, " "), "all that the role includes")
	shown := device.Code(code)
	v := page.FormView{
		Title: "Approve", Head: view.Head{Title: "Let “" + a.Host + "” act for you?", Answer: view.Say("It asked from " + a.Address + " at " + r.moment(a.At) + ", for the role " + role + ", with " + scope + ", for " + plural(a.Days, "day") + ". Approve only if this is your machine and it shows the code " + shown + " now. Whatever it does will be in the trail as yours.")},
		Form: view.Form{
			Action: "/device/approve", Submit: "Approve", Cancel: view.Ref{Label: "Decide later", Href: "/"}, Hidden: []view.Hidden{{Name: "code", Value: shown}},
			Hint: "It gets a token of yours, which you can revoke under Your account at any time.",
		},
		Aside: []page.AsideCard{{ID: "h-ask", Title: "What asks", Pairs: []view.Pair{
			{Term: "Machine, as it says itself", Value: view.Say(a.Host)},
			{Term: "Address", Value: view.Say(a.Address), Mono: true},
			{Term: "Asked at", Value: view.Say(r.moment(a.At))},
			{Term: "Code", Value: view.Say(shown), Mono: true},
			{Term: "Organization", Value: view.Say(nonEmpty(a.Org, r.org.Name+", where you are"))},
			{Term: "Role", Value: view.Say(role)},
			{Term: "Permissions", Value: view.Say(scope)},
			{Term: "Works for", Value: view.Say(plural(a.Days, "day"))},
		}, Note: "It can do no more than you, and ends when you leave."}},
		Danger: &view.Notice{
			State: view.Warn, Text: view.Text{view.B("You did not begin this?"), view.T(" Refuse, and tell whoever looks after security: somebody may have wanted you to enter their code.")},
			Action: view.Action{Label: "Refuse", More: " " + a.Host, Href: "/device/refuse?code=" + url.QueryEscape(shown), Post: true},
		},
	}
	return s.showForm(r, s.shell(r, "Let a command line in", "settings", deviceCrumbs()...), &v, refused)
}

// deviceCode leads from a typed code to what asks with it.
func (s *Server) deviceCode(r *request) (answer, error) {
	if err := r.may(access.TokenEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	code := r.text("code")
	if code == "" || len(code) > 40 {
		return s.showDeviceCode(r, fault.Fields("There is no such code.", fault.Field{Name: "code", Text: "Enter the eight letters that the command line shows."}))
	}
	return goTo("/device?code=" + url.QueryEscape(code))
}

func (s *Server) deviceApprove(r *request) (answer, error) {
	if err := r.may(access.TokenEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	code := r.text("code")
	t, err := s.Suite.Devices.Approve(r.Context(), r.who, code, s.from(r))
	if k := fault.Of(err); err != nil && (k == fault.Invalid || k == fault.Busy || k == fault.Conflict) {
		s.say(r, flash{Text: inSentences(err), State: view.Warn})
		return goTo("/device")
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "“"+t.Name+"” may act for you until "+r.day(t.ExpiresAt)+". It goes on by itself; you can close this page.", "/settings/me")
}

func (s *Server) deviceRefuse(r *request) (answer, error) {
	if err := r.may(access.TokenEdit); err != nil {
		return answer{}, err
	}
	err := s.Suite.Devices.Refuse(r.Context(), r.who, r.URL.Query().Get("code"), s.from(r))
	if k := fault.Of(err); err != nil && (k == fault.Invalid || k == fault.Busy || k == fault.Conflict) {
		s.say(r, flash{Text: inSentences(err), State: view.Warn})
		return goTo("/device")
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "It was refused, and the trail says so.", "/settings/me")
}

// inSentences is an error in a sentence or two, for a note.
func inSentences(err error) string {
	out := []string{fault.Text(err)}
	for _, f := range fault.FieldsOf(err) {
		out = append(out, f.Text)
	}
	return strings.Join(out, " ")
}
