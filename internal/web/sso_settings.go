package web

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/sso"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// sso is the organization's domains and identity providers.
func (s *Server) sso(r *request) (answer, error) { return s.showSSOSettings(r, nil) }

func (s *Server) showSSOSettings(r *request, refused error) (answer, error) {
	domains, err := s.Suite.SSO.Domains(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	issuers, err := s.Suite.SSO.Issuers(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Domains: domainsCard(r, domains), Issuers: issuersCard(r, issuers), Aside: []page.AsideCard{{
		ID: "h-sso", Title: "How it works", Lines: []view.Line{
			{Lead: "1", Text: "List your domain and publish the record."},
			{Lead: "2", Text: "Add this installation to your identity provider, and the provider here."},
			{Lead: "3", Text: "Sign in through it yourself, then ask it of everybody under Organization."},
		}, Note: "A session that came this way opens this organization alone, and cannot change what anybody signs in with elsewhere.",
	}}}
	if v.Groups, err = s.groupsCard(r); err != nil {
		return answer{}, err
	}
	v.Aside = append(v.Aside, page.AsideCard{ID: "h-scim", Title: "Provisioning (SCIM 2.0)", Pairs: []view.Pair{
		{Term: "Base address", Value: view.Say(s.origin(r) + "/scim/v2"), Mono: true}, {Term: "Scope of the token", Value: view.Say("scim.provision"), Mono: true},
	}, Note: "Make the token of a service under Your account. Whom the directory deactivates loses membership, sessions and tokens at once."})
	status := 0
	if !r.who.Can(access.SSOEdit) {
		if refused != nil {
			return answer{}, refused
		}
		return s.refusedPage(r, "sso", v, 0)
	}
	domain := page.SettingsForm{Title: "Add a domain", Form: view.Form{Action: "/settings/sso/domain", Submit: "Add", Fields: []view.Input{
		{Name: "domain", Label: "Domain", Value: r.typed("domain", ""), Sample: "example.com", Required: true, Full: true, Hint: "The part after the @ of your people’s addresses."},
	}}}
	issuer := page.SettingsForm{Title: "Add an identity provider", Form: view.Form{
		Action: "/settings/sso/issuer", Submit: "Add", Hint: "Google, Microsoft Entra, Okta, or any other that speaks OpenID Connect.", Fields: issuerFields(r, &sso.Issuer{Kind: sso.OIDC}, true),
	}}
	v.Notices = append(v.Notices, view.Notice{State: view.Info, Text: view.Say("A provider that speaks SAML 2.0 is added on a page of its own. Where it speaks OpenID Connect too, take that."), Action: view.Action{Label: "Add a SAML provider", Href: "/settings/sso/saml"}})
	if refused != nil {
		wrong := &domain
		if r.URL.Path == issuer.Form.Action {
			wrong = &issuer
		}
		if status, err = refuse(&wrong.Form, nil, refused); err != nil {
			return answer{}, err
		}
	}
	v.Forms = []page.SettingsForm{domain, issuer}
	return s.refusedPage(r, "sso", v, status)
}

func domainsCard(r *request, list []sso.Domain) *page.DomainsCard {
	c := &page.DomainsCard{}
	for i := range list {
		d := &list[i]
		at := "/settings/sso/domain/" + d.Name
		row := page.DomainRow{Name: d.Name, Since: r.day(d.AddedAt), Badge: view.Badge{State: view.Open, Label: "Not verified"}}
		if r.who.Can(access.SSOEdit) {
			row.Actions = []view.Action{{Label: "Look now", More: " for the record of " + d.Name, Href: at + "/verify", Post: true}, {Label: "Remove", More: " " + d.Name, Href: at + "/remove", Post: true}}
		}
		switch {
		case d.Verified() && d.MissingAt.IsZero():
			row.Since, row.Badge = r.day(d.VerifiedAt), view.Badge{State: view.Pass, Label: "Verified"}
		case d.Verified():
			row.Badge = view.Badge{State: view.Warn, Label: "Record gone since " + r.day(d.MissingAt)}
			fallthrough
		default:
			row.Record, row.Value = d.Record()
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func issuersCard(r *request, list []sso.Issuer) *page.IssuersCard {
	c := &page.IssuersCard{}
	for i := range list {
		p := &list[i]
		row := page.IssuerRow{
			Name: view.Ref{Label: p.Name, Href: "/settings/sso/issuer/" + p.ID}, Kind: protocol(p.Kind), Location: p.Location,
			Newcomers: newcomers(p.Join), Last: r.moment(p.LastAt), Badge: view.Badge{State: view.Pass, Label: "Active"},
		}
		switch {
		case p.Paused:
			row.Badge = view.Badge{State: view.None, Label: "Paused"}
		case !p.Approved():
			row.Badge = view.Badge{State: view.Warn, Label: "Waits for approval"}
		case p.Next != nil:
			row.Badge = view.Badge{State: view.Warn, Label: "Change waits"}
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

func protocol(k sso.Kind) string {
	if k == sso.SAML {
		return "SAML 2.0"
	}
	return "OpenID Connect"
}

func newcomers(join access.Role) string {
	if join == "" {
		return "stay out"
	}
	return "become " + string(join)
}

func issuerFields(r *request, i *sso.Issuer, fresh bool) []view.Input {
	hint := "It is kept sealed and never shown again."
	if !fresh {
		hint = "Leave it empty to keep the one there is; another issuer needs its own."
	}
	if i.Kind == sso.SAML {
		return samlFields(r, i, fresh)
	}
	return []view.Input{
		{Name: "name", Label: "Name", Value: r.typed("name", i.Name), Sample: "Okta", Required: true, Hint: "As your people know it."},
		{Name: "location", Label: "Issuer", Value: r.typed("location", i.Location), Sample: "https://example.okta.com", Required: true, Mono: true},
		{Name: "client", Label: "Client id", Value: r.typed("client", i.Client), Required: true, Mono: true},
		{Name: "secret", Label: "Client secret", Type: "password", Auto: "off", Hint: hint},
		joinField(r, i),
	}
}

func samlFields(r *request, i *sso.Issuer, fresh bool) []view.Input {
	hint := "The XML that the provider shows or lets you download. It can be added later."
	if !fresh {
		hint = "Leave it empty to keep what there is. Another waits until a second lead approved it."
	}
	return []view.Input{
		{Name: "name", Label: "Name", Value: r.typed("name", i.Name), Sample: "Okta", Required: true, Full: true, Hint: "As your people know it."},
		{Name: "metadata", Label: "Metadata of the provider", Type: "textarea", Value: r.typed("metadata", ""), Optional: true, Full: true, Mono: true, Hint: hint},
		joinField(r, i),
	}
}

func joinField(r *request, i *sso.Issuer) view.Input {
	return view.Input{Name: "join", Label: "Who comes for the first time", Type: "select", Value: r.typed("join", string(i.Join)), Full: true, Options: []view.Option{
		{Value: "", Label: "stays out until they are invited"},
		{Value: string(access.RoleEmployee), Label: "becomes an employee: sees what concerns themselves"},
		{Value: string(access.RoleViewer), Label: "becomes a viewer: reads, changes nothing"},
		{Value: string(access.RoleOwner), Label: "becomes an owner: answers for controls"},
	}}
}

// kindOf is the protocol of a provider that is added.
func kindOf(r *request) sso.Kind {
	if r.URL.Query().Get("kind") == string(sso.SAML) {
		return sso.SAML
	}
	return sso.OIDC
}

func typedIssuer(r *request) sso.New {
	return sso.New{
		Kind: kindOf(r), Metadata: r.text("metadata"), Name: r.text("name"), Location: r.text("location"), Client: r.text("client"), Secret: secret.NewText(r.text("secret")),
		Join: access.Role(r.text("join")), Paused: r.text("state") == "paused",
	}
}

// samlNew asks for an identity provider that speaks SAML.
func (s *Server) samlNew(r *request) (answer, error) { return s.showSAML(r, nil) }

func (s *Server) showSAML(r *request, refused error) (answer, error) {
	if err := r.may(access.SSOEdit); err != nil {
		return answer{}, err
	}
	v := page.FormView{
		Title: "Identity provider", Head: view.Head{Title: "Add a SAML provider", Answer: view.Say("Without metadata it is paused: add it first where the provider wants to know this installation before, and the metadata afterwards.")},
		Form: view.Form{Action: "/settings/sso/issuer?kind=saml", Submit: "Add", Cancel: view.Ref{Label: "Cancel", Href: "/settings/sso"}, Fields: issuerFields(r, &sso.Issuer{Kind: sso.SAML}, true)},
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Single sign-on", Href: "/settings/sso"}, {Label: "SAML"}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

func (s *Server) domainAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	d, err := s.Suite.SSO.AddDomain(r.Context(), r.who, r.text("domain"))
	if err != nil {
		return s.showSSOSettings(r, err)
	}
	return s.done(r, d.Name+" is listed. Publish the record, then look for it.", "/settings/sso")
}

func (s *Server) domainVerify(r *request) (answer, error) {
	d, err := s.Suite.SSO.VerifyDomain(r.Context(), r.who, r.PathValue("domain"))
	if fault.Is(err, fault.Conflict) {
		s.say(r, flash{Text: fault.Text(err), State: view.Warn})
		return goTo("/settings/sso")
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, d.Name+" is verified.", "/settings/sso")
}

func (s *Server) domainRemove(r *request) (answer, error) {
	if err := s.Suite.SSO.RemoveDomain(r.Context(), r.who, r.PathValue("domain")); err != nil {
		return answer{}, err
	}
	return s.done(r, "No identity provider speaks for its addresses any more.", "/settings/sso")
}

func (s *Server) issuerAdd(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	i, err := s.Suite.SSO.AddIssuer(r.Context(), r.who, typedIssuer(r))
	if err != nil && kindOf(r) == sso.SAML {
		return s.showSAML(r, err)
	}
	if err != nil {
		return s.showSSOSettings(r, err)
	}
	text := i.Name + " is added. Enter the address below there."
	if !i.Approved() {
		text = i.Name + " is added. Enter the address below there and try it yourself; a second lead approves it for everybody else."
	}
	return s.done(r, text, "/settings/sso/issuer/"+i.ID)
}

func (s *Server) groupsCard(r *request) (*page.GroupsCard, error) {
	list, err := s.Suite.SCIM.Groups(r.Context(), r.who)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	c := &page.GroupsCard{}
	for _, g := range list {
		row := page.GroupRow{Name: g.Name, Members: view.Num(g.Members), Role: nonEmpty(string(g.Role), "–")}
		if r.who.Can(access.SSOEdit) {
			row.Actions = []view.Action{{Label: "Change", More: " the role of " + g.Name, Href: "/settings/sso/group/" + g.ID}}
		}
		c.Rows = append(c.Rows, row)
	}
	return c, nil
}

// group is one group of the directory, to say which role it stands for.
func (s *Server) group(r *request) (answer, error) { return s.showGroup(r, nil) }

func (s *Server) showGroup(r *request, refused error) (answer, error) {
	if err := r.may(access.SSOEdit); err != nil {
		return answer{}, err
	}
	list, err := s.Suite.SCIM.Groups(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	for _, g := range list {
		if g.ID != r.PathValue("group") {
			continue
		}
		v := page.FormView{Title: "Role", Head: view.Head{Title: g.Name, Answer: view.Say(plural(g.Members, "member") + " in the directory.")}, Form: view.Form{
			Action: "/settings/sso/group/" + g.ID, Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: "/settings/sso"}, Hint: "It counts from the next request of each member on.",
			Fields: []view.Input{{
				Name: "role", Label: "Its members are", Type: "select", Value: r.typed("role", string(g.Role)), Full: true,
				Options: append([]view.Option{{Value: "", Label: "what they are without it"}}, roleOptions()...), Hint: "Of several groups, the most powerful role counts.",
			}},
		}}
		crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Single sign-on", Href: "/settings/sso"}, {Label: g.Name}}
		return s.showForm(r, s.shell(r, g.Name, "settings", crumbs...), &v, refused)
	}
	return answer{}, fault.New(fault.NotFound, "There is no such group.")
}

func (s *Server) groupSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	err := s.Suite.SCIM.MapGroup(r.Context(), r.who, r.PathValue("group"), access.Role(r.text("role")))
	if fault.Is(err, fault.Invalid) {
		return s.showGroup(r, err)
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "The group is saved.", "/settings/sso")
}
