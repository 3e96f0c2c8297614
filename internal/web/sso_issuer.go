package web

import (
	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/sso"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// issuer is one identity provider, to change or remove.
func (s *Server) issuer(r *request) (answer, error) { return s.showIssuer(r, nil) }

func (s *Server) showIssuer(r *request, refused error) (answer, error) {
	if err := r.may(access.SSOEdit); err != nil {
		return answer{}, err
	}
	i, err := s.Suite.SSO.Issuer(r.Context(), r.who, r.PathValue("issuer"))
	if err != nil {
		return answer{}, err
	}
	at, state := "/settings/sso/issuer/"+i.ID, "active"
	if i.Paused {
		state = "paused"
	}
	v := page.FormView{
		Title: "Identity provider", Head: view.Head{Title: i.Name, Answer: view.Say(protocol(i.Kind) + ", added on " + r.day(i.AddedAt) + ". It vouched last: " + r.moment(i.LastAt) + ".")},
		Form: view.Form{
			Action: at, Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: "/settings/sso"}, Hint: "Another issuer or client id waits until a second lead approved it; then every session ends that came through it.",
			Fields: append(issuerFields(r, &i, false), view.Input{Name: "state", Label: "State", Type: "select", Value: r.typed("state", state), Full: true, Options: []view.Option{
				{Value: "active", Label: "active: it vouches for people"}, {Value: "paused", Label: "paused: its sessions end, nobody signs in through it"},
			}}),
		}, Aside: []page.AsideCard{{ID: "h-at", Title: "To enter at the provider", Pairs: []view.Pair{
			{Term: "Redirect address", Value: view.Say(s.origin(r) + i.Callback()), Mono: true},
			{Term: "Sign-in address", Value: view.Say(s.origin(r) + "/signin/to/" + i.ID), Mono: true},
			{Term: "Scopes", Value: view.Say("openid email profile"), Mono: true},
		}, Note: "The sign-in address is for a tile or a bookmark. With Microsoft Entra, add the optional claims email and xms_edov: without the second, Entra does not say that an address was verified."}},
		Danger: &view.Notice{
			State: view.Warn, Text: view.Text{view.B("Removing ends every session that came through it."), view.T(" People stay members; without a password or passkey of their own they need a new way in.")},
			Action: view.Action{Label: "Remove", More: " " + i.Name, Href: at + "/remove", Post: true},
		},
	}
	if i.Kind == sso.SAML {
		v.Form.Hint = "Other metadata waits until a second lead approved it."
		v.Aside = s.samlCards(r, &i)
	}
	if v.Notices, err = s.issuerNotices(r, &i); err != nil {
		return answer{}, err
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Single sign-on", Href: "/settings/sso"}, {Label: i.Name}}
	return s.showForm(r, s.shell(r, i.Name, "settings", crumbs...), &v, refused)
}

// samlCards are what to enter at a SAML issuer, and what it says of itself.
func (s *Server) samlCards(r *request, i *sso.Issuer) []page.AsideCard {
	out := []page.AsideCard{{ID: "h-at", Title: "To enter at the provider", Pairs: []view.Pair{
		{Term: "Answers go to (ACS)", Value: view.Say(s.origin(r) + i.Callback()), Mono: true},
		{Term: "Entity id (audience)", Value: view.Say(s.origin(r) + i.Described()), Mono: true},
		{Term: "Metadata", Value: view.Text{view.A("Download", i.Described())}},
		{Term: "Sign-in address", Value: view.Say(s.origin(r) + "/signin/to/" + i.ID), Mono: true},
	}, Note: "It has to sign its assertions with SHA-256 or better, unencrypted, and tell an address: as the attribute email or mail, or as the name id. The sign-in address is for a tile or a bookmark; answers that nobody asked for are refused."}}
	if d := sso.Describe(i.Metadata); d.Entity != "" {
		out = append(out, describedCard(r, "h-sd", "What it says of itself", &d))
	}
	if i.Next != nil {
		d := sso.Describe(i.Next.Metadata)
		out = append(out, describedCard(r, "h-sn", "What waits", &d))
	}
	return out
}

func describedCard(r *request, id, title string, d *sso.Description) page.AsideCard {
	card := page.AsideCard{ID: id, Title: title, Pairs: []view.Pair{{Term: "Entity id", Value: view.Say(d.Entity), Mono: true}, {Term: "Sign-in", Value: view.Say(d.Address), Mono: true}}, Note: "Compare the fingerprint (SHA-256) with what the provider shows."}
	for _, c := range d.Certificates {
		card.Pairs = append(card.Pairs, view.Pair{Term: "Certificate until " + r.day(c.Until), Value: view.Say(c.Fingerprint), Mono: true})
		if c.Until.Before(r.now) {
			card.Badge = view.Badge{State: view.Fail, Label: "Certificate ended"}
		}
	}
	return card
}

func (s *Server) issuerSave(r *request) (answer, error) {
	if err := r.form(); err != nil {
		return answer{}, err
	}
	i, err := s.Suite.SSO.EditIssuer(r.Context(), r.who, r.PathValue("issuer"), typedIssuer(r))
	if err != nil {
		return s.showIssuer(r, err)
	}
	if i.Next != nil {
		return s.done(r, i.Name+" is saved. What says who it is waits until a second lead approved it.", "/settings/sso/issuer/"+i.ID)
	}
	return s.done(r, i.Name+" is saved.", "/settings/sso")
}

func (s *Server) issuerRemove(r *request) (answer, error) {
	if err := s.Suite.SSO.RemoveIssuer(r.Context(), r.who, r.PathValue("issuer")); err != nil {
		return answer{}, err
	}
	return s.done(r, "The identity provider is removed; every session that came through it has ended.", "/settings/sso")
}

// issuerNotices say what waits for approval, to whom it is to be shown.
func (s *Server) issuerNotices(r *request, i *sso.Issuer) ([]view.Notice, error) {
	if i.Waiting() == "" {
		return nil, nil
	}
	users, err := s.Suite.Auth.Users(r.Context(), r.who)
	if err != nil {
		return nil, err
	}
	author, leads := "Whoever holds the store", 0
	for k := range users {
		if users[k].ID == i.Author() {
			author = users[k].Name
		}
		if users[k].Role.Allows(access.SSOApprove) {
			leads++
		}
	}
	at := "/settings/sso/issuer/" + i.ID
	n := view.Notice{State: view.Warn}
	switch {
	case i.Next == nil:
		n.Text = view.Text{view.B("It waits for approval."), view.T(" Until then it vouches for " + author + " and for nobody else: whoever runs an identity provider can have it say that they are anybody.")}
	case i.Kind == sso.SAML:
		n.Text = view.Text{view.B("A change waits."), view.T(" " + author + " gives other metadata: what it says is beside. What is in force vouches until somebody else approves that.")}
	default:
		n.Text = view.Text{view.B("A change waits."), view.T(" " + author + " changes it to "), view.C(i.Next.Location), view.T(" with the client id "), view.C(i.Next.Client), view.T(". What is below vouches until somebody else approves that.")}
	}
	switch {
	case i.Author() != r.who.ID && r.who.Can(access.SSOApprove):
		n.Action = view.Action{Label: "Approve", More: " " + i.Name, Href: at + "/approve?waiting=" + i.Waiting(), Post: true}
	case leads < 2:
		n.Text = append(n.Text, view.T(" You are the only lead: invite a second one, or have whoever runs this server approve it from the host’s console: assay api issuer.approve."))
	default:
		n.Text = append(n.Text, view.T(" Ask another lead."))
	}
	out := []view.Notice{n}
	if i.Next != nil {
		out = append(out, view.Notice{State: view.Info, Text: view.Say("A change that is not to be can be taken back by any lead."), Action: view.Action{Label: "Withdraw", More: " the change of " + i.Name, Href: at + "/withdraw", Post: true}})
	}
	return out, nil
}

func (s *Server) issuerApprove(r *request) (answer, error) {
	i, err := s.Suite.SSO.ApproveIssuer(r.Context(), r.who, r.PathValue("issuer"), r.URL.Query().Get("waiting"))
	if fault.Is(err, fault.Conflict) {
		s.say(r, flash{Text: fault.Text(err), State: view.Warn})
		return goTo("/settings/sso/issuer/" + r.PathValue("issuer"))
	}
	if err != nil {
		return answer{}, err
	}
	return s.done(r, i.Name+" is approved: it vouches for everybody now.", "/settings/sso")
}

func (s *Server) issuerWithdraw(r *request) (answer, error) {
	i, err := s.Suite.SSO.WithdrawIssuer(r.Context(), r.who, r.PathValue("issuer"))
	if err != nil {
		return answer{}, err
	}
	return s.done(r, "The change of "+i.Name+" is taken back.", "/settings/sso/issuer/"+i.ID)
}
