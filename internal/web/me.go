package web

import (
	"strings"
	"time"
	"unicode"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// me is the person's own account.
func (s *Server) me(r *request) (answer, error) {
	if r.URL.Query().Get("format") != "" {
		return s.meExport(r)
	}
	var m mine
	if key := r.URL.Query().Get("shown"); key != "" {
		var err error
		if m.secret, err = s.shown(r, access.TokenEdit, key); err != nil {
			return answer{}, err
		}
	}
	return s.showMe(r, m)
}

// mine is what the account's page shows besides what is stored.
type mine struct {
	form    string // the refused form: "name", "password", "token"
	refused error
	secret  string // of a token just made, shown this once
}

func (s *Server) showMe(r *request, m mine) (answer, error) {
	sessions, err := s.Suite.Auth.Sessions(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Sessions: sessionsCard(r, sessions), Notices: append(newDevices(r), listAs("Where you are signed in", "/settings/me?list=sessions"))}
	status := 0
	for _, f := range []struct {
		name string
		form page.SettingsForm
	}{{"name", nameForm(r)}, {"password", passwordForm()}, {"look", lookForm(r)}, {"token", tokenForm(r)}} {
		if f.name == "token" && !r.who.Can(access.TokenEdit) {
			continue
		}
		if f.name == m.form {
			if status, err = refuse(&f.form.Form, f.form.Sections, m.refused); err != nil {
				return answer{}, err
			}
		}
		v.Forms = append(v.Forms, f.form)
	}
	if r.who.Can(access.TokenEdit) {
		if v.Tokens, err = s.tokensCard(r); err != nil {
			return answer{}, err
		}
		if len(v.Tokens.Rows) > 0 {
			v.Notices = append(v.Notices, listAs("The API tokens", "/settings/me?list=tokens"))
		}
		v.Tokens.Secret, v.Tokens.SecretNote = m.secret, "Copy it now: it is shown once and stored nowhere. Scripts send it as: Authorization: Bearer …"
	}
	v.Aside = []page.AsideCard{{ID: "h-me", Title: "You here", Pairs: []view.Pair{
		{Term: "Address", Value: view.Say(r.visit.User.Email)},
		{Term: "Role", Value: view.Say(string(r.who.Role))},
		{Term: "It means", Value: view.Say(nonEmpty(r.who.Role.Meaning(), "A role of the organization’s own: Settings, Roles says what it includes"))},
		{Term: "Password from", Value: view.Say(r.day(r.visit.User.PasswordAt))},
	}, Note: "A session ends 12 hours after its last use and 7 days after its start. 15 minutes after you showed who you are, decisions ask for it again."}, {
		ID: "h-kept", Title: "What is kept of you", Text: view.Text{view.A("Download it", "/settings/me/kept"), view.T(": your account, sign-ins, messages to you, and what the trail says of you here.")},
	}}
	return s.refusedPage(r, "me", v, status)
}

func nameForm(r *request) page.SettingsForm {
	return page.SettingsForm{Title: "Name", Form: view.Form{Action: "/settings/me/name", Submit: "Save", Fields: []view.Input{
		{Name: "name", Label: "Your name", Value: r.typed("name", r.visit.User.Name), Auto: "name", Required: true},
	}}}
}

func passwordForm() page.SettingsForm {
	return page.SettingsForm{Title: "Password", Form: view.Form{
		Action: "/settings/me/password", Submit: "Change the password", Hint: "Every other session of yours ends.", Fields: []view.Input{
			{Name: "old", Label: "Present password", Type: "password", Auto: "current-password", Required: true},
			{Name: "password", Label: "New password", Type: "password", Auto: "new-password", Required: true, Hint: "At least 12 characters; any you like."},
		},
	}}
}

func lookForm(r *request) page.SettingsForm {
	a := r.visit.User.Appearance
	keys := ""
	if a.NoShortcuts {
		keys = "off"
	}
	return page.SettingsForm{Title: "Look", Form: view.Form{Action: "/settings/me/look", Submit: "Save", Fields: []view.Input{
		{Name: "theme", Label: "Theme", Type: "select", Value: a.Theme, Options: []view.Option{{Value: "", Label: "as the system"}, {Value: "light", Label: "light"}, {Value: "dark", Label: "dark"}}},
		{Name: "density", Label: "Rows", Type: "select", Value: a.Density, Options: []view.Option{{Value: "", Label: "comfortable"}, {Value: "compact", Label: "compact"}}},
		{Name: "keys", Label: "One-letter keys", Type: "select", Value: keys, Options: []view.Option{{Value: "", Label: "on"}, {Value: "off", Label: "off"}}, Hint: "Such as g then c for Controls. Press ? for the list."},
	}}}
}

func tokenForm(r *request) page.SettingsForm {
	var roles []view.Option
	for _, role := range access.Roles() {
		if r.who.Holds(role, "") {
			roles = append(roles, view.Option{Value: string(role), Label: string(role)})
		}
	}
	if r.who.Own != "" {
		roles = append(roles, view.Option{Value: string(r.who.Role), Label: string(r.who.Role)})
	}
	if r.who.Role == access.RoleLead {
		roles = append(roles, view.Option{Value: string(access.RoleJob), Label: "a service’s: reads and brings in, outlives you here"})
	}
	return page.SettingsForm{Title: "New API token", Form: view.Form{
		Action: "/settings/me/token", Submit: "Make a token", Hint: "It can do no more than you, and ends when you leave.", Fields: []view.Input{
			{Name: "for", Label: "What it is for", Value: r.typed("for", ""), Required: true, Sample: "nightly import"},
			{Name: "role", Label: "Role", Type: "select", Value: r.typed("role", string(access.RoleViewer)), Options: roles},
			{Name: "expires", Label: "Works until", Type: "date", Value: r.typed("expires", standing.DayOf(r.now.AddDate(0, 3, 0), r.loc).String()), Required: true, Hint: "Within a year."},
			{Name: "networks", Label: "Taken from", Value: r.typed("networks", ""), Optional: true, Mono: true, Sample: "192.0.2.0/24"},
			{Name: "scope", Label: "Permissions, if fewer than the role’s", Value: r.typed("scope", ""), Optional: true, Mono: true, Full: true, Sample: "import.add control.read"},
		},
	}}
}

// listed is what stands between the parts of a typed list.
func listed(c rune) bool { return unicode.IsSpace(c) || c == ',' || c == ';' }

func sessionsCard(r *request, list []auth.Session) *page.SessionsCard {
	card := &page.SessionsCard{Title: "Where you are signed in"}
	for i := range list {
		se := &list[i]
		row := page.SessionRow{Device: deviceOf(se.Agent), Address: se.Address, Since: r.moment(se.CreatedAt), Last: r.moment(se.LastAt), Current: se.Current}
		if !se.Current {
			row.Action = view.Action{Label: "Sign out", More: " " + row.Device, Href: "/settings/me/sessions/" + se.ID + "/revoke", Post: true}
		}
		card.Rows = append(card.Rows, row)
	}
	if len(list) > 1 {
		card.Action = view.Action{Label: "Sign out everywhere else", Href: "/settings/me/sessions/revoke", Post: true}
	}
	return card
}

// deviceOf is the browser and the system that an agent's description names.
func deviceOf(agent string) string {
	name := func(list ...string) string {
		for _, w := range list {
			if strings.Contains(agent, w) {
				return strings.TrimSuffix(w, "/")
			}
		}
		return ""
	}
	browser, system := name("Firefox/", "Edg/", "OPR/", "Chrome/", "Safari/", "curl/"), name("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	case agent == "":
		return "unknown"
	}
	return clip(agent, 40)
}

func (s *Server) tokensCard(r *request) (*page.TokensCard, error) {
	list, err := s.Suite.Auth.Tokens(r.Context(), r.who)
	if err != nil {
		return nil, err
	}
	card := &page.TokensCard{}
	for i := range list {
		t := &list[i]
		row := page.TokenRow{
			Name: t.Name, Role: string(t.Role), By: t.UserName, Since: r.day(t.CreatedAt), Last: r.moment(t.LastAt), Until: view.Due{Text: r.day(t.ExpiresAt)},
			Badge: view.Badge{State: view.Open, Label: strings.ToUpper(t.State(r.now)[:1]) + t.State(r.now)[1:]},
		}
		if t.Service {
			row.Role = "service"
		}
		if n := len(t.Scope.List()); n > 0 {
			row.Role += ", " + plural(n, "permission")
		}
		if len(t.Networks) > 0 {
			row.Role += ", " + plural(len(t.Networks), "network")
		}
		if t.State(r.now) == "active" {
			row.Badge.State = view.Pass
			row.Action = view.Action{Label: "Revoke", More: " " + t.Name, Href: "/settings/me/token/" + t.ID + "/revoke", Post: true}
		}
		card.Rows = append(card.Rows, row)
	}
	return card, nil
}

func (s *Server) meName(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Auth.Rename(r.Context(), r.who, r.text("name")); err != nil {
		return s.showMe(r, mine{form: "name", refused: err})
	}
	return s.done(r, "Your name is saved. What you did before keeps the name you had.", "/settings/me")
}

func (s *Server) mePassword(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Auth.ChangePassword(r.Context(), r.who, r.PostFormValue("old"), r.PostFormValue("password"), s.from(r))
	if err != nil {
		return s.showMe(r, mine{form: "password", refused: err})
	}
	s.remember(r, o)
	return s.done(r, "The password is changed, and every other session of yours has ended.", "/settings/me")
}

func (s *Server) meLook(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	a := auth.Appearance{Theme: r.text("theme"), Density: r.text("density"), NoShortcuts: r.text("keys") == "off"}
	if err := s.Suite.Auth.SetAppearance(r.Context(), r.who, a); err != nil {
		return s.showMe(r, mine{form: "look", refused: err})
	}
	return s.done(r, "The look is saved.", "/settings/me")
}

func (s *Server) sessionRevoke(r *request) (answer, error) {
	if err := s.Suite.Auth.Revoke(r.Context(), r.who, r.PathValue("session")); err != nil {
		return answer{}, err
	}
	return s.done(r, "That session has ended.", "/settings/me")
}

// sessionsRevoke ends every session of the person but this one.
func (s *Server) sessionsRevoke(r *request) (answer, error) {
	list, err := s.Suite.Auth.Sessions(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	n := 0
	for i := range list {
		if list[i].Current {
			continue
		}
		if err := s.Suite.Auth.Revoke(r.Context(), r.who, list[i].ID); err != nil {
			return answer{}, err
		}
		n++
	}
	return s.done(r, plural(n, "other session")+" ended.", "/settings/me")
}

// tokenAdd makes an API token. Its secret is on the next page, once, and nowhere
// else.
func (s *Server) tokenAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	var wrong []fault.Field
	last := r.date("expires", &wrong)
	var ends time.Time
	if last > 0 {
		ends = (last + 1).Start(r.loc)
	}
	if len(wrong) > 0 {
		return s.showMe(r, mine{form: "token", refused: fault.Fields("The token was not made.", wrong...)})
	}
	_, secret, err := s.Suite.Auth.AddToken(r.Context(), r.who, auth.NewToken{
		Name: r.text("for"), Role: access.Role(r.text("role")), ExpiresAt: ends, Service: r.text("role") == string(access.RoleJob),
		Scope: strings.FieldsFunc(r.text("scope"), listed), Networks: strings.FieldsFunc(r.text("networks"), listed),
	})
	if err != nil {
		return s.showMe(r, mine{form: "token", refused: err})
	}
	key, err := s.showOnce(r, access.TokenEdit, secret)
	if err != nil {
		return answer{}, err
	}
	return goTo("/settings/me?shown=" + key)
}

func (s *Server) tokenRevoke(r *request) (answer, error) {
	if err := s.Suite.Auth.RevokeToken(r.Context(), r.who, r.PathValue("token")); err != nil {
		return answer{}, err
	}
	return s.done(r, "The token does not work any more.", "/settings/me")
}
