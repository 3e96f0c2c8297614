package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/standing"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// users lists who may sign in and who is invited.
func (s *Server) users(r *request) (answer, error) {
	link := ""
	if key := r.URL.Query().Get("shown"); key != "" {
		var err error
		if link, err = s.shown(r, access.UserInvite, key); err != nil {
			return answer{}, err
		}
	}
	return s.showUsers(r, nil, link)
}

// showUsers renders the page; link is an invitation's, shown this once.
func (s *Server) showUsers(r *request, refused error, link string) (answer, error) {
	members, err := s.Suite.Auth.Users(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	if a, ok, err := exported(r, "users", exportUsers(members)); ok || err != nil {
		return a, err
	}
	v := page.SettingsView{Users: &page.UsersCard{Count: view.Num(len(members))}}
	names := map[string]string{}
	for i := range members {
		names[members[i].ID] = members[i].Name
		v.Users.Rows = append(v.Users.Rows, userRow(r, &members[i]))
	}
	status := 0
	if r.who.Can(access.UserInvite) {
		v.Users.Actions = []view.Action{{Label: "Invite from a file", Href: "/settings/users/import", Icon: "up"}}
		options, err := s.givenRoles(r)
		if err != nil {
			return answer{}, err
		}
		f := inviteForm(r, options)
		f.Form.Fields = withDespite(r, f.Form.Fields, refused)
		if status, err = refuse(&f.Form, nil, refused); err != nil {
			return answer{}, err
		}
		v.Forms = []page.SettingsForm{f}
		if v.Invites, err = s.invitesCard(r, names); err != nil {
			return answer{}, err
		}
		v.Invites.Link, v.Invites.LinkNote = link, "Send it yourself, by a way you trust. It works once, within 7 days, and is shown only now."
	} else if refused != nil {
		return answer{}, refused
	}
	if n := countRole(members, access.RoleLead); n < 2 {
		v.Notices = []view.Notice{{State: view.Warn, Text: view.Say("There is one lead only. Exclusions, checks and left-out criteria are approved by somebody other than whoever asked: invite a second lead.")}}
	}
	v.Notices = append(v.Notices, listAs("The list of members", "/settings/users"))
	return s.refusedPage(r, "users", v, status)
}

// exportedUser is a member as a file has it.
type exportedUser struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Role     string    `json:"role"`
	Second   bool      `json:"second_factor"`
	Until    time.Time `json:"until,omitzero"`
	JoinedAt time.Time `json:"joined_at"`
	LastAt   time.Time `json:"last_at,omitzero"`
}

func exportUsers(members []auth.Member) []exportedUser {
	out := make([]exportedUser, 0, len(members))
	for i := range members {
		m := &members[i]
		out = append(out, exportedUser{m.ID, m.Name, m.Email, string(m.Role), m.Second, m.Until, m.JoinedAt, m.LastAt})
	}
	return out
}

func countRole(members []auth.Member, role access.Role) (n int) {
	for i := range members {
		if members[i].Role == role {
			n++
		}
	}
	return n
}

func userRow(r *request, m *auth.Member) page.UserRow {
	row := page.UserRow{
		Who: view.Who{Name: m.Name}, Mail: m.Email, Role: string(m.Role), Since: r.day(m.JoinedAt), LastIn: r.moment(m.LastAt), Badge: view.Badge{State: view.Pass, Label: "Second factor"},
	}
	if m.Lender != "" {
		row.Role += ", of a provider"
	}
	if day := lastDay(r, m); day != "" {
		row.Since += ", until " + day
	}
	if m.LastAt.IsZero() {
		row.Badge = view.Badge{State: view.Open, Label: "Never signed in"}
	} else if !m.Second {
		row.Badge = view.Badge{State: view.Warn, Label: "Password alone"}
	}
	row.Actions = []view.Action{{Label: "May", More: " do what, " + m.Name, Href: "/settings/users/" + m.ID + "/permissions"}}
	if m.ID == r.who.ID {
		row.Actions = append(row.Actions, view.Action{Label: "Your account", Href: "/settings/me"})
	} else if r.who.Can(access.UserEdit) {
		row.Actions = append(row.Actions, view.Action{Label: "Change", More: " " + m.Name, Href: "/settings/users/" + m.ID})
	}
	return row
}

func inviteForm(r *request, options []view.Option) page.SettingsForm {
	return page.SettingsForm{Title: "Invite somebody", Form: view.Form{
		Action: "/settings/users/invite", Submit: "Make a link", Hint: "There is no mail server: you send the link.", Fields: []view.Input{
			{Name: "name", Label: "Name", Value: r.typed("name", ""), Required: true},
			{Name: "email", Label: "E-mail address", Type: "email", Value: r.typed("email", ""), Required: true},
			{Name: "role", Label: "Role", Type: "select", Value: r.typed("role", string(access.RoleViewer)), Options: options, Full: true, Hint: "The least that is enough: it can be more later."},
			untilField(r, ""),
		},
	}}
}

// untilField asks for the last day of a membership that ends by itself.
func untilField(r *request, value string) view.Input {
	return view.Input{Name: "until", Label: "Until", Type: "date", Value: r.typed("until", value), Optional: true, Hint: "The last day, such as for support. Empty: it does not end by itself."}
}

// withDespite asks why somebody counts as independent, once that is in doubt.
func withDespite(r *request, fields []view.Input, refused error) []view.Input {
	if !slices.ContainsFunc(fault.FieldsOf(refused), func(f fault.Field) bool { return f.Name == "despite" }) {
		return fields
	}
	return append(fields, view.Input{Name: "despite", Label: "Why they are independent all the same", Type: "textarea", Value: r.typed("despite", ""), Full: true})
}

// until is the end of the day that was entered; zero for none.
func (r *request) until() (time.Time, error) {
	text := r.text("until")
	if text == "" {
		return time.Time{}, nil
	}
	day, err := standing.ParseDate(text)
	if err != nil {
		return time.Time{}, fault.Fields("The day cannot be read.", fault.Field{Name: "until", Text: "Give a day such as 2026-03-31."})
	}
	return (day + 1).Start(r.org.Location()), nil
}

// lastDay is the day with which a membership ends; empty if it does not.
func lastDay(r *request, m *auth.Member) string {
	if m.Until.IsZero() {
		return ""
	}
	return standing.DayOf(m.Until.Add(-time.Nanosecond), r.org.Location()).String()
}

func roleOptions() (out []view.Option) {
	for _, role := range access.Roles() {
		out = append(out, view.Option{Value: string(role), Label: string(role) + ": " + strings.ToLower(role.Meaning()[:1]) + role.Meaning()[1:]})
	}
	return out
}

func (s *Server) invitesCard(r *request, names map[string]string) (*page.InvitesCard, error) {
	list, err := s.Suite.Auth.Invitations(r.Context(), r.who)
	if err != nil {
		return nil, err
	}
	card := &page.InvitesCard{}
	for i := range list {
		inv := &list[i]
		if inv.State(r.now) != "pending" {
			continue
		}
		card.Rows = append(card.Rows, page.InviteRow{
			Mail: inv.Email, Role: string(inv.Role), By: cmp.Or(names[inv.InvitedBy], inv.InvitedBy), Until: view.Due{Text: r.moment(inv.ExpiresAt)},
			Action: view.Action{Label: "Withdraw", More: " the invitation of " + inv.Email, Href: "/settings/users/invite/" + inv.ID + "/revoke", Post: true},
		})
	}
	return card, nil
}

// userInvite makes an invitation. Its link is on the next page, once, and nowhere
// else.
func (s *Server) userInvite(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	until, err := r.until()
	if err != nil {
		return s.showUsers(r, err, "")
	}
	_, secret, err := s.Suite.Auth.Invite(r.Context(), r.who, auth.New{
		Email: r.text("email"), Name: r.text("name"), Role: access.Role(r.text("role")), Until: until, Despite: r.text("despite"),
	})
	if err != nil {
		return s.showUsers(r, err, "")
	}
	key, err := s.showOnce(r, access.UserInvite, s.base(r)+"/invite/"+secret)
	if err != nil {
		return answer{}, err
	}
	return goTo("/settings/users?shown=" + key)
}

// base is how this server was reached.
func (s *Server) base(r *request) string {
	if s.Secure {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Server) inviteRevoke(r *request) (answer, error) {
	if err := s.Suite.Auth.RevokeInvitation(r.Context(), r.who, r.PathValue("invitation")); err != nil {
		return answer{}, err
	}
	return s.done(r, "The link does not work any more. You can invite again.", "/settings/users")
}

// member finds a member whom the actor may change.
func (s *Server) member(r *request) (auth.Member, error) {
	if err := r.may(access.UserEdit); err != nil {
		return auth.Member{}, err
	}
	members, err := s.Suite.Auth.Users(r.Context(), r.who)
	if err != nil {
		return auth.Member{}, err
	}
	i := slices.IndexFunc(members, func(m auth.Member) bool { return m.ID == r.PathValue("user") })
	if i < 0 {
		return auth.Member{}, fault.New(fault.NotFound, "Nobody of that name is a member of this organization.")
	}
	return members[i], nil
}

// user is one member, with role and way out.
func (s *Server) user(r *request) (answer, error) { return s.showUser(r, nil) }

func (s *Server) showUser(r *request, refused error) (answer, error) {
	m, err := s.member(r)
	if err != nil {
		return answer{}, err
	}
	at := "/settings/users/" + m.ID
	options, err := s.givenRoles(r)
	if err != nil {
		return answer{}, err
	}
	v := page.FormView{Title: "Role", Head: view.Head{Title: m.Name, Answer: view.Say(m.Email + ", " + string(m.Role) + " since " + r.day(m.JoinedAt))}, Form: view.Form{
		Action: at + "/role", Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: "/settings/users"}, Hint: "It counts from the next request on.",
		Fields: withDespite(r, []view.Input{
			{Name: "role", Label: "Role", Type: "select", Value: r.typed("role", string(m.Role)), Options: options, Full: true}, untilField(r, lastDay(r, &m)),
		}, refused),
	}, Danger: &view.Notice{
		State: view.Warn, Text: view.Text{view.B("Removing ends every session and token here at once."), view.T(" What was done stays in the trail under the name.")},
		Action: view.Action{Label: "Remove…", More: " " + m.Name, Href: at + "/remove"},
	}}
	v.Head.Actions = []view.Action{{Label: "What they may do", Href: at + "/permissions"}, {Label: "Sign out everywhere", Href: at + "/signout", Post: true}}
	if r.who.Can(access.UserErase) {
		v.Head.Actions = append(v.Head.Actions, view.Action{Label: "What is kept", More: " of " + m.Name, Href: "/settings/personal/" + m.ID + "/kept"})
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Users", Href: "/settings/users"}, {Label: m.Name}}
	return s.showForm(r, s.shell(r, m.Name, "settings", crumbs...), &v, refused)
}

// userRole gives a member another role; the one before is an undo away.
func (s *Server) userRole(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	m, err := s.member(r)
	if err != nil {
		return answer{}, err
	}
	role := access.Role(cmp.Or(r.text("role"), r.URL.Query().Get("role")))
	if err := s.saveUser(r, &m, role); err != nil {
		return s.showUser(r, err)
	}
	if role == m.Role {
		return s.done(r, "Saved.", "/settings/users")
	}
	s.say(r, flash{Text: m.Name + " is " + string(role) + " now.", State: view.Pass, Undo: "/settings/users/" + m.ID + "/role?role=" + string(m.Role)})
	return goTo("/settings/users")
}

// saveUser gives a member the role, and says how long they stay where the form asks it.
func (s *Server) saveUser(r *request, m *auth.Member, role access.Role) error {
	until, err := r.until()
	if err != nil {
		return err
	}
	if _, asked := r.Form["until"]; asked && !until.Equal(m.Until) {
		if err := s.Suite.Auth.SetUntil(r.Context(), r.who, m.ID, until); err != nil {
			return err
		}
	}
	if why := r.text("despite"); why != "" && role == access.RoleAuditor {
		return s.Suite.Auth.SetAuditor(r.Context(), r.who, m.ID, why)
	}
	if role == m.Role {
		return nil
	}
	return s.Suite.Auth.SetRole(r.Context(), r.who, m.ID, role)
}

func (s *Server) userSignOut(r *request) (answer, error) {
	m, err := s.member(r)
	if err != nil {
		return answer{}, err
	}
	if err := s.Suite.Auth.RevokeUser(r.Context(), r.who, m.ID); err != nil {
		return answer{}, err
	}
	return s.done(r, "Every session of "+m.Name+" in this organization has ended.", "/settings/users/"+m.ID)
}

// userRemove asks once more: removing ends sessions and tokens for good.
func (s *Server) userRemove(r *request) (answer, error) { return s.showRemove(r, nil) }

func (s *Server) showRemove(r *request, refused error) (answer, error) {
	m, err := s.member(r)
	if err != nil {
		return answer{}, err
	}
	v := page.FormView{Title: "Remove", Head: view.Head{Title: "Remove " + m.Name + "?", Answer: view.Say("Sessions and API tokens of this organization end at once. Whoever comes back needs a new invitation.")}, Form: view.Form{
		Action: "/settings/users/" + m.ID + "/remove", Submit: "Remove " + m.Name, Cancel: view.Ref{Label: "Keep", Href: "/settings/users/" + m.ID},
		Fields: []view.Input{{Name: "confirm", Label: "Type the e-mail address", Hint: m.Email, Value: r.typed("confirm", ""), Required: true, Full: true}},
	}}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Users", Href: "/settings/users"}, {Label: "Remove"}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

func (s *Server) userRemoveNow(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	m, err := s.member(r)
	if err != nil {
		return answer{}, err
	}
	if !strings.EqualFold(r.text("confirm"), m.Email) {
		return s.showRemove(r, fault.Fields("Nobody was removed.", fault.Field{Name: "confirm", Text: "This is not the address of " + m.Name + "."}))
	}
	if err := s.Suite.Auth.RemoveMember(r.Context(), r.who, m.ID); err != nil {
		return s.showRemove(r, err)
	}
	return s.done(r, m.Name+" is no longer a member.", "/settings/users")
}
