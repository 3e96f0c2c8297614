package web

import (
	"cmp"
	"slices"
	"strings"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// ownRoles lists the organization's own roles, and adds those in force to the table
// of what each role may do.
func (s *Server) ownRoles(r *request, table *page.RolesCard) (*page.OwnRolesCard, error) {
	list, err := s.Suite.Auth.Roles(r.Context(), r.who)
	if err != nil {
		return nil, err
	}
	names, err := s.names(r)
	if err != nil {
		return nil, err
	}
	c := &page.OwnRolesCard{}
	if r.who.Can(access.RoleEdit) {
		c.Action = view.Action{Label: "New role", Href: "/settings/roles/new"}
	}
	for i := range list {
		o := &list[i]
		row := page.OwnRoleRow{
			Name: view.Ref{Label: string(o.Name), Href: "/settings/roles/" + string(o.Name)}, Words: o.Words, Includes: plural(len(o.Own.List()), "permission"),
			Member: view.Num(o.Members), Author: nonEmpty(names[o.Author], "host console"), Badge: view.Badge{State: view.Pass, Label: "In force"},
		}
		switch {
		case o.Own == "":
			row.Badge = view.Badge{State: view.Warn, Label: "Waits for approval"}
		case o.Next != "":
			row.Badge = view.Badge{State: view.Warn, Label: "Change waits"}
		}
		c.Rows = append(c.Rows, row)
		if o.Own != "" {
			table.Roles = append(table.Roles, string(o.Name))
			for k := range table.Rows {
				p := &table.Rows[k]
				p.May = append(p.May, access.Includes(o.Name, o.Own, access.Permission(p.Permission)))
			}
		}
	}
	return c, nil
}

// names are the members' by id, where the actor may see them.
func (s *Server) names(r *request) (map[string]string, error) {
	out := map[string]string{}
	if !r.who.Can(access.UserList) {
		return out, nil
	}
	members, err := s.Suite.Auth.Users(r.Context(), r.who)
	for i := range members {
		out[members[i].ID] = members[i].Name
	}
	return out, err
}

// givenRoles are the roles that the actor may give somebody.
func (s *Server) givenRoles(r *request) ([]view.Option, error) {
	own, err := s.Suite.Auth.Roles(r.Context(), r.who)
	if err != nil {
		return nil, err
	}
	var out []view.Option
	for _, o := range roleOptions() {
		if r.who.Gives(access.Role(o.Value), "") {
			out = append(out, o)
		}
	}
	for i := range own {
		if o := &own[i]; o.Own != "" && r.who.Gives(o.Name, o.Own) {
			out = append(out, view.Option{Value: string(o.Name), Label: string(o.Name) + ": " + o.Words})
		}
	}
	return out, nil
}

// roleNew asks for a role of the organization's own: it begins with nothing.
func (s *Server) roleNew(r *request) (answer, error) { return s.showRole(r, &auth.Role{}, nil) }

func (s *Server) role(r *request) (answer, error) {
	o, err := s.ownRole(r, access.Role(r.PathValue("role")))
	if err != nil {
		return answer{}, err
	}
	return s.showRole(r, &o, nil)
}

func (s *Server) ownRole(r *request, name access.Role) (auth.Role, error) {
	list, err := s.Suite.Auth.Roles(r.Context(), r.who)
	if err != nil {
		return auth.Role{}, err
	}
	i := slices.IndexFunc(list, func(o auth.Role) bool { return o.Name == name })
	if i < 0 {
		return auth.Role{}, fault.New(fault.NotFound, "The organization has no role of its own with this name.")
	}
	return list[i], nil
}

func (s *Server) showRole(r *request, o *auth.Role, refused error) (answer, error) {
	if err := r.may(access.RoleEdit); err != nil {
		return answer{}, err
	}
	at := "/settings/roles/" + string(o.Name)
	v := page.FormView{
		Title: "Role", Head: view.Head{Title: cmp.Or(string(o.Name), "New role"), Answer: view.Say("Whoever has it may do what is ticked, and nothing else.")},
		Form: view.Form{
			Action: "/settings/roles", Submit: "Send for approval", Cancel: view.Ref{Label: "Cancel", Href: "/settings/roles"}, Hint: "It counts once another lead approved it.",
			Fields: []view.Input{
				{Name: "name", Label: "Name", Value: r.typed("name", string(o.Name)), Required: true, Mono: true, Sample: "vendor-desk", Hint: "Small letters, digits and hyphens. Another name is another role."},
				{Name: "words", Label: "What it is for", Value: r.typed("words", o.Words), Required: true},
			},
		}, Sections: permissionSections(r, cmp.Or(o.Next, o.Own)),
	}
	if o.Author != "" {
		var err error
		if v.Notices, err = s.roleNotices(r, o); err != nil {
			return answer{}, err
		}
		v.Danger = &view.Notice{State: view.Warn, Text: view.Text{view.B("Removing a role"), view.T(" works while nobody has it.")}, Action: view.Action{Label: "Remove", More: " " + string(o.Name), Href: at + "/remove", Post: true}}
		if o.Own != "" && o.Next != "" {
			v.Danger.Text, v.Danger.Action.Label = view.Text{view.B("The change can be taken back."), view.T(" What is in force stays.")}, "Take back"
		}
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Roles", Href: "/settings/roles"}, {Label: v.Head.Title}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

// permissionSections offer what the actor holds, by noun.
func permissionSections(r *request, has access.Scope) (out []page.FormSection) {
	ticked := has.List()
	if r.PostForm != nil {
		ticked = r.PostForm["permissions"]
	}
	noun := ""
	for _, p := range access.Permissions() {
		if p == access.SCIMProvision || p == access.OrgRead || p == access.SelfEdit || !r.who.Can(p) {
			continue
		}
		if of, _, _ := strings.Cut(string(p), "."); of != noun {
			noun = of
			title := strings.ToUpper(noun[:1]) + noun[1:]
			if noun == "sso" {
				title = "Single sign-on"
			}
			out = append(out, page.FormSection{Title: title, Lists: []view.Choices{{Name: "permissions", ID: "permissions-" + noun, Label: noun, Quiet: true, Many: true}}})
		}
		list := &out[len(out)-1].Lists[0]
		list.Options = append(list.Options, view.Choice{Value: string(p), Label: permissionWords(p), Detail: string(p), Checked: slices.Contains(ticked, string(p))})
	}
	return out
}

// roleNotices say what waits for approval, to whom it is to be shown.
func (s *Server) roleNotices(r *request, o *auth.Role) ([]view.Notice, error) {
	if o.Next == "" {
		return nil, nil
	}
	names, err := s.names(r)
	if err != nil {
		return nil, err
	}
	var more, less []string
	for _, p := range o.Next.List() {
		if !slices.Contains(o.Own.List(), p) {
			more = append(more, p)
		}
	}
	for _, p := range o.Own.List() {
		if !slices.Contains(o.Next.List(), p) {
			less = append(less, p)
		}
	}
	n := view.Notice{State: view.Warn, Text: view.Text{view.B("It waits for approval."), view.T(" " + nonEmpty(names[o.Author], "The host console") + " adds: "), view.C(nonEmpty(strings.Join(more, " "), "nothing")), view.T(", takes away: "), view.C(nonEmpty(strings.Join(less, " "), "nothing")), view.T(".")}}
	if o.Author != r.who.ID && o.Name != r.who.Role && r.who.Can(access.RoleApprove) {
		n.Action = view.Action{Label: "Approve", More: " " + string(o.Name), Href: "/settings/roles/" + string(o.Name) + "/approve?next=" + queryEscape(string(o.Next)), Post: true}
	} else {
		n.Text = append(n.Text, view.T(" Another lead approves it; where there is none, whoever runs this server does from the host’s console: assay api role.approve."))
	}
	return []view.Notice{n}, nil
}

func (s *Server) roleSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	o, err := s.Suite.Auth.ProposeRole(r.Context(), r.who, auth.NewRole{Name: r.text("name"), Words: r.text("words"), Permissions: r.PostForm["permissions"]})
	if err != nil {
		return s.showRole(r, &auth.Role{}, err)
	}
	if o.Next == "" {
		return s.done(r, string(o.Name)+" is saved.", "/settings/roles")
	}
	return s.done(r, string(o.Name)+" waits for another lead’s approval.", "/settings/roles")
}

func (s *Server) roleApprove(r *request) (answer, error) {
	o, err := s.Suite.Auth.ApproveRole(r.Context(), r.who, access.Role(r.PathValue("role")), access.Scope(r.URL.Query().Get("next")))
	if fault.Is(err, fault.Conflict) {
		s.say(r, flash{Text: fault.Text(err), State: view.Warn})
		return goTo("/settings/roles")
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, string(o.Name)+" is in force, from the next request of each member on.", "/settings/roles")
}

func (s *Server) roleRemove(r *request) (answer, error) {
	if err := s.Suite.Auth.RemoveRole(r.Context(), r.who, access.Role(r.PathValue("role"))); err != nil {
		return answer{}, err
	}
	return s.done(r, "It is taken back.", "/settings/roles")
}

// power is what one member may do, and why.
func (s *Server) power(r *request) (answer, error) {
	p, err := s.Suite.Auth.Power(r.Context(), r.who, r.PathValue("user"))
	if err != nil {
		return answer{}, err
	}
	m := &p.Member
	why := "role " + string(m.Role)
	card := &page.PowersCard{Title: "What " + m.Name + " may do"}
	for _, perm := range access.Permissions() {
		row := page.PowerRow{Permission: string(perm), Words: permissionWords(perm), May: p.May(perm), Why: "not in the role " + string(m.Role)}
		if row.May {
			row.Why = why
			if perm.Weighty() {
				row.Why += "; asks to show again who it is"
			}
		}
		for i := range p.Tokens {
			if t := &p.Tokens[i]; row.May && t.Scope.Has(perm) && (t.Role == m.Role || t.Role.Allows(perm)) {
				row.Why += "; also token " + t.Name
			}
		}
		card.Rows = append(card.Rows, row)
	}
	v := page.SettingsView{Powers: card, Aside: []page.AsideCard{{ID: "h-why", Title: m.Name, Pairs: []view.Pair{
		{Term: "Role", Value: view.Say(string(m.Role))},
		{Term: "Since", Value: view.Say(r.moment(p.Since))},
		{Term: "Given by", Value: view.Say(nonEmpty(p.By, "–"))},
		{Term: "Member since", Value: view.Say(r.moment(m.JoinedAt))},
		{Term: "Tokens", Value: view.Say(view.Num(len(p.Tokens)))},
	}, Note: "Nobody approves what they wrote themselves, whatever the table says. The trail has each change of the role."}}}
	return s.settingsPage(r, "users", v)
}
