package web

import (
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/factor"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// factors is what a person signs in with.
func (s *Server) factors(r *request) (answer, error) {
	var codes string
	if key := r.URL.Query().Get("shown"); key != "" {
		var err error
		if codes, err = s.shown(r, access.SelfEdit, key); err != nil {
			return answer{}, err
		}
	}
	return s.showFactors(r, nil, codes)
}

func (s *Server) showFactors(r *request, refused error, codes string) (answer, error) {
	if r.who.Via != "" {
		return s.settingsPage(r, "signin", page.SettingsView{Notices: []view.Notice{{State: view.Info, Text: view.Say(
			"You signed in through your organization, which keeps what you sign in with. To change what you sign in with yourself, sign in with that.")}}})
	}
	state, err := s.Suite.Auth.State(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Factors: factorsCard(r, &state), Aside: []page.AsideCard{{ID: "h-wh", Title: "How it works", Text: view.Say(
		"Every change here ends your other sessions. The recovery codes come with the first passkey or app: keep them where the password is not.")}}}
	if codes != "" {
		v.Recovery = &page.RecoveryCard{Text: codes, Note: "Print them or keep them in a safe: each works once in place of a passkey or code. They are shown only now."}
	}
	if r.who.Lacks != "" {
		v.Notices = append(v.Notices, view.Notice{State: view.Warn, Text: view.Say(r.who.Lacks)})
	}
	if refused != nil {
		v.Notices = append(v.Notices, view.Notice{State: view.Fail, Text: view.Say(fault.Text(refused))})
	}
	if !factor.Usable(s.origin(r)) {
		v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Say("Passkeys need a name: reach this server by its name or, on the machine itself, as localhost.")})
	} else if !r.who.Stale {
		c, err := s.Suite.Auth.OfferPasskey(r.Context(), r.who, s.origin(r))
		if err != nil {
			return answer{}, err
		}
		v.NewPasskey = &page.PasskeyForm{
			Create: true, Action: "/settings/me/signin/passkey", Options: c.Options, Submit: "Make a passkey", Hidden: []view.Hidden{{Name: "ceremony", Value: c.Sealed}},
			Fields: []view.Input{{Name: "name", Label: "Name", Value: r.typed("name", deviceOf(r.UserAgent())), Required: true, Hint: "To tell it from others"}},
		}
	} else {
		v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Say("To add a passkey, show again that it is you."), Action: view.Action{Label: "Continue", Href: "/settings/me/signin?fresh=1"}})
		if r.URL.Query().Get("fresh") != "" {
			return answer{}, r.who.Fresh()
		}
	}
	status := 0
	if refused != nil {
		status = statusOf(fault.Of(refused))
	}
	return s.refusedPage(r, "signin", v, status)
}

func factorsCard(r *request, state *factor.State) *page.FactorsCard {
	c := &page.FactorsCard{}
	at := "/settings/me/signin"
	for i := range state.Passkeys {
		k := &state.Passkeys[i]
		kind := "Passkey, on one device"
		if k.Synced {
			kind = "Passkey, synced"
		}
		c.Rows = append(c.Rows, page.FactorRow{
			Name: k.Name, Kind: kind, Since: r.day(k.CreatedAt), Last: r.moment(k.LastAt), Badge: view.Badge{State: view.Pass, Label: "Cannot be phished"},
			Actions: []view.Action{{Label: "Change", More: " " + k.Name, Href: at + "/passkey/" + k.ID}},
		})
	}
	app := page.FactorRow{Name: "Authenticator app", Kind: "Code of 6 digits", Since: "–", Last: "–", Badge: view.Badge{State: view.Open, Label: "Not set up"}, Actions: []view.Action{{Label: "Set up", More: " an authenticator app", Href: at + "/app"}}}
	if state.Codes() {
		app.Since, app.Badge = r.day(state.CodesSince), view.Badge{State: view.Pass, Label: "In use"}
		app.Actions = []view.Action{{Label: "Remove", More: " the authenticator app", Href: at + "/app/remove", Post: true}}
	}
	c.Rows = append(c.Rows, app)
	if state.Any() {
		row := page.FactorRow{Name: "Recovery codes", Kind: plural(state.Recovery, "code") + " left", Since: "–", Last: "–", Badge: view.Badge{State: view.Pass, Label: "Ready"}, Actions: []view.Action{{Label: "Make new ones", More: ": the old stop working", Href: at + "/recovery", Post: true}}}
		if state.Recovery < 3 {
			row.Badge = view.Badge{State: view.Warn, Label: "Nearly used up"}
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// refactored goes on after a change of factors: in the new session, with the
// recovery codes on the next page if some were made.
func (s *Server) refactored(r *request, out *auth.Changed, text string) (answer, error) {
	s.remember(r, out.Opened)
	who, err := s.Suite.Auth.Actor(r.Context(), out.Token, "", s.from(r))
	if err != nil {
		return answer{}, err
	}
	s.say(r, flash{Text: text + " Every other session of yours has ended.", State: view.Pass})
	if len(out.Recovery) == 0 {
		return goTo("/settings/me/signin")
	}
	r.who = who
	key, err := s.showOnce(r, access.SelfEdit, strings.Join(out.Recovery, "\n"))
	if err != nil {
		return answer{}, err
	}
	return goTo("/settings/me/signin?shown=" + key)
}

// appForm shows a secret to set an authenticator app up with.
func (s *Server) appForm(r *request) (answer, error) { return s.showApp(r, nil) }

func (s *Server) showApp(r *request, refused error) (answer, error) {
	offer, err := s.Suite.Auth.OfferCodes(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.AppView{
		Head:    view.Head{Title: "Set up an authenticator app", Answer: view.Say("Any app for time-based codes will do. Whoever has its secret has your second factor: a passkey is safer.")},
		Picture: offer.Picture, Secret: offer.Secret.Reveal(),
		Form: view.Form{
			Action: "/settings/me/signin/app", Submit: "Turn it on", Cancel: view.Ref{Label: "Cancel", Href: "/settings/me/signin"}, Hidden: []view.Hidden{{Name: "offer", Value: offer.Sealed}},
			Fields: []view.Input{{Name: "code", Label: "Code", Auto: "one-time-code", Required: true, Mono: true, Hint: "6 digits"}},
		},
	}
	status, err := refuse(&v.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Sign-in", Href: "/settings/me/signin"}, {Label: "Authenticator app"}}
	return answer{status: status, page: page.App(s.shell(r, "Authenticator app", "settings", crumbs...), v)}, nil
}

func (s *Server) appAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	out, err := s.Suite.Auth.AddCodes(r.Context(), r.who, r.PostFormValue("offer"), r.PostFormValue("code"), s.from(r))
	if err != nil {
		return s.showApp(r, err)
	}
	return s.refactored(r, &out, "The authenticator app is set up.")
}

func (s *Server) appRemove(r *request) (answer, error) {
	out, err := s.Suite.Auth.RemoveCodes(r.Context(), r.who, s.from(r))
	if err != nil {
		return answer{}, err
	}
	return s.refactored(r, &out, "The authenticator app is removed.")
}

func (s *Server) passkeyAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	out, err := s.Suite.Auth.AddPasskey(r.Context(), r.who, s.shownKey(r), r.text("name"), s.from(r))
	if k := fault.Of(err); k == fault.Unauthenticated || k == fault.Invalid || k == fault.Conflict {
		return s.showFactors(r, err, "")
	}
	if err != nil {
		return answer{}, err
	}
	return s.refactored(r, &out, "The passkey is added.")
}

// passkey is one passkey, to name anew or to remove.
func (s *Server) passkey(r *request) (answer, error) { return s.showPasskey(r, nil) }

func (s *Server) showPasskey(r *request, refused error) (answer, error) {
	state, err := s.Suite.Auth.State(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	i := slices.IndexFunc(state.Passkeys, func(k factor.Passkey) bool { return k.ID == r.PathValue("passkey") })
	if i < 0 {
		return answer{}, fault.New(fault.NotFound, "There is no such passkey of yours.")
	}
	k := &state.Passkeys[i]
	at := "/settings/me/signin/passkey/" + k.ID
	v := page.FormView{
		Head: view.Head{Title: k.Name, Answer: view.Say("A passkey for " + k.Site + ", added on " + r.day(k.CreatedAt) + ".")}, Title: "Name",
		Form: view.Form{Action: at, Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: "/settings/me/signin"}, Fields: []view.Input{
			{Name: "name", Label: "Name", Value: r.typed("name", k.Name), Required: true, Full: true},
		}},
		Danger: &view.Notice{State: view.Warn, Text: view.Text{view.B("Removing it ends your other sessions."), view.T(" Delete it on the device, too, where it stays useless.")}, Action: view.Action{Label: "Remove", More: " " + k.Name, Href: at + "/remove", Post: true}},
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Sign-in", Href: "/settings/me/signin"}, {Label: k.Name}}
	return s.showForm(r, s.shell(r, k.Name, "settings", crumbs...), &v, refused)
}

func (s *Server) passkeyRename(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Auth.RenamePasskey(r.Context(), r.who, r.PathValue("passkey"), r.text("name")); err != nil {
		return s.showPasskey(r, err)
	}
	return s.done(r, "The passkey has another name.", "/settings/me/signin")
}

func (s *Server) passkeyRemove(r *request) (answer, error) {
	out, err := s.Suite.Auth.RemovePasskey(r.Context(), r.who, r.PathValue("passkey"), s.from(r))
	if err != nil {
		return answer{}, err
	}
	return s.refactored(r, &out, "The passkey is removed.")
}

func (s *Server) recoveryRenew(r *request) (answer, error) {
	out, err := s.Suite.Auth.RenewRecovery(r.Context(), r.who, s.from(r))
	if err != nil {
		return answer{}, err
	}
	return s.refactored(r, &out, "There are new recovery codes.")
}

// devicesKnown notes that the person knows where they signed in from.
func (s *Server) devicesKnown(r *request) (answer, error) {
	if err := s.Suite.Auth.Told(r.Context(), r.who); err != nil {
		return answer{}, err
	}
	return s.done(r, "Good. You are told of the next one.", "/settings/me")
}

// newDevices are notices of sign-ins from elsewhere that the person was not told
// of yet.
func newDevices(r *request) (out []view.Notice) {
	for i := range r.visit.Devices {
		d := &r.visit.Devices[i]
		out = append(out, view.Notice{
			State: view.Warn, Text: view.Text{view.B("New sign-in: " + deviceOf(d.Agent) + ", " + d.Address + ", " + r.moment(d.FirstAt) + "."), view.T(" If it was not you, sign it out below and change your password.")},
			Action: view.Action{Label: "It was me", More: ", " + d.Address, Href: "/settings/me/devices", Post: true},
		})
	}
	return out
}

// signInRuleForm is what the organization asks of those who sign in.
func (s *Server) signInRuleForm(r *request) (page.SettingsForm, error) {
	p, err := s.Suite.Auth.Policy(r.Context(), r.who)
	if err != nil {
		return page.SettingsForm{}, err
	}
	pick := view.Choices{Name: "second", Label: "To sign in, everybody needs"}
	for _, st := range auth.Strengths() {
		value := string(st)
		if value == "" {
			value = "nothing"
		}
		pick.Options = append(pick.Options, view.Choice{Value: value, Label: strings.ToUpper(st.Meaning()[:1]) + st.Meaning()[1:], Checked: r.typed("second", valueOf(p.Second)) == value})
	}
	via := view.Choices{Name: "sso", Label: "Where", Options: []view.Choice{
		{Value: "any", Label: "Here, or through an identity provider", Checked: r.typed("sso", ssoValue(p.SSO)) == "any"},
		{Value: "required", Label: "Through an identity provider only; auditors, who are another firm’s, sign in here", Checked: r.typed("sso", ssoValue(p.SSO)) == "required"},
	}}
	return page.SettingsForm{Title: "Sign-in", Form: view.Form{
		Action: "/settings/signin", Submit: "Save the rule", Hint: "It counts from everybody’s next request on. Whoever lacks it reaches their own account only, until they have it.",
	}, Sections: []page.FormSection{{Title: "Signing in", Lists: []view.Choices{pick, via}}}}, nil
}

func ssoValue(required bool) string {
	if required {
		return "required"
	}
	return "any"
}

func valueOf(st auth.Strength) string {
	if st == "" {
		return "nothing"
	}
	return string(st)
}

func (s *Server) signInRule(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	st := auth.Strength(r.text("second"))
	if st == "nothing" {
		st = auth.AnySignIn
	}
	if err := s.Suite.Auth.SetPolicy(r.Context(), r.who, auth.Policy{Second: st, SSO: r.text("sso") == "required"}); err != nil {
		return s.showSettings(r, err)
	}
	return s.done(r, "The rule for signing in is saved.", "/settings")
}
