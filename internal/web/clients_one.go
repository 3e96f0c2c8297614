package web

import (
	"fmt"
	"strings"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/portfolio"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// client is one client, and who of the provider is in there.
func (s *Server) client(r *request) (answer, error) { return s.showClient(r, nil) }

func (s *Server) showClient(r *request, refused error) (answer, error) {
	if err := r.may(access.ClientRead); err != nil {
		return answer{}, err
	}
	c, err := s.found(r)
	if err != nil {
		return answer{}, err
	}
	row := clientRow(r, &c)
	v := page.ClientView{Head: view.Head{Title: c.Name, Notes: []string{"Client since " + r.day(c.At), row.Sub}}, Aside: []page.AsideCard{clientFigures(&c, &row), clientTerms(&c)}}
	if c.Enters {
		v.Head.Actions = []view.Action{{Label: "Enter", More: " " + c.Name, Href: row.Enter.Href, Post: true, Look: view.Primary}}
	}
	status := 0
	if !r.who.Can(access.ClientAssign) {
		v.Empty = &view.Empty{Kind: view.NoneYet, Title: "Your leads say who comes in", Text: view.Say("Ask one of them if the client’s work waits for you.")}
	} else if status, err = s.clientStaff(r, &c, &v, refused); err != nil {
		return answer{}, err
	}
	if r.who.Can(access.ClientEdit) {
		v.Danger = &view.Notice{
			State: view.Warn, Text: view.Text{view.B("Leaving ends the client’s consent."), view.T(" Nothing more is published, what was is dropped, and your staff are out.")},
			Action: view.Action{Label: "Leave…", More: " " + c.Name, Href: "/clients/" + c.ID + "/end"},
		}
	}
	a, err := show(page.Client(s.shell(r, c.Name, "clients", view.Crumb{Label: "Clients", Href: "/clients"}, view.Crumb{Label: c.Name}), v))
	a.status = status
	return a, err
}

func clientFigures(c *portfolio.Client, row *page.ClientRow) page.AsideCard {
	card := page.AsideCard{ID: "h-cf", Title: "How it stands", Badge: row.Connections, Pairs: []view.Pair{
		{Term: "Engagement", Value: view.Say(row.Engagement)},
		{Term: "Dates", Value: view.Say(row.Dates)},
		{Term: "Controls", Value: view.Say(row.Controls)},
		{Term: "Need action", Value: view.Say(row.Action)},
		{Term: "With a deviation", Value: view.Say(row.Deviations)},
		{Term: "Evidence to renew", Value: view.Say(row.Stale)},
	}}
	if row.SubIs == view.Warn {
		card.Note = "Its figures are not known: " + row.Sub + "."
	} else if v := c.Summary; v != nil {
		card.Pairs = append(card.Pairs, view.Pair{Term: "Late", Value: view.Say(fmt.Sprintf("%d of %d things to do", v.Late, v.Waiting))})
	}
	return card
}

func clientTerms(c *portfolio.Client) page.AsideCard {
	says := func(yes bool) view.Text {
		if yes {
			return view.Say("Yes")
		}
		return view.Say("No")
	}
	return page.AsideCard{ID: "h-ct", Title: "What it consented to", Pairs: []view.Pair{
		{Term: "Figures", Value: view.Say("Yes")}, {Term: "What is due", Value: says(c.Work)}, {Term: "Your staff come in", Value: says(c.Staff)},
	}, Note: "A lead of the client changes it under Settings, Providers. Whoever comes in works with the role provider: sets up and prepares, approves nothing."}
}

// clientStaff lists who is in, and offers those who are not.
func (s *Server) clientStaff(r *request, c *portfolio.Client, v *page.ClientView, refused error) (status int, err error) {
	if !c.Staff {
		v.Empty = &view.Empty{Kind: view.NoneYet, Title: "Nobody of yours may come in", Text: view.Say("The client lets you see its figures alone.")}
		if refused != nil {
			return 0, refused
		}
		return 0, nil
	}
	_, in, others, err := s.Suite.Portfolio.Staff(r.Context(), r.who, c.ID)
	if err != nil {
		return 0, err
	}
	at := "/clients/" + c.ID + "/staff"
	for i := range in {
		m := &in[i]
		v.Staff = append(v.Staff, page.ClientStaff{
			Who: view.Who{Name: m.Name}, Mail: m.Email, Since: r.day(m.JoinedAt), LastIn: r.moment(m.LastAt),
			Action: view.Action{Label: "Recall", More: " " + m.Name, Href: at + "/" + m.ID + "/recall", Post: true},
		})
	}
	if len(in) == 0 {
		v.Empty = &view.Empty{Kind: view.NoneYet, Title: "Nobody of yours is in", Text: view.Say("Whom you choose shows in the client’s list of users and in its trail.")}
	}
	if len(others) == 0 {
		return 0, refused
	}
	f := &view.Form{Action: at, Submit: "Have come in", Hint: "They switch to the client under the organization’s name."}
	field := view.Input{Name: "user", Label: "Member of " + r.org.Name, Type: "select", Value: r.typed("user", others[0].ID), Full: true}
	for i := range others {
		field.Options = append(field.Options, view.Option{Value: others[i].ID, Label: others[i].Name + ", " + others[i].Email})
	}
	f.Fields = []view.Input{field}
	v.Form = f
	return refuse(f, nil, refused)
}

func (s *Server) clientAssign(r *request) (answer, error) {
	if err := r.may(access.ClientAssign); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Portfolio.Assign(r.Context(), r.who, r.PathValue("client"), r.text("user")); err != nil {
		return s.showClient(r, err)
	}
	return s.done(r, "They are in. The client’s list of users and its trail say so.", "/clients/"+r.PathValue("client"))
}

func (s *Server) clientRecall(r *request) (answer, error) {
	if err := s.Suite.Portfolio.Recall(r.Context(), r.who, r.PathValue("client"), r.PathValue("user")); err != nil {
		return answer{}, err
	}
	return s.done(r, "They are out: their sessions and tokens at the client have ended.", "/clients/"+r.PathValue("client"))
}

// clientEnd asks once more, and why.
func (s *Server) clientEnd(r *request) (answer, error) { return s.showClientEnd(r, nil) }

func (s *Server) showClientEnd(r *request, refused error) (answer, error) {
	if err := r.may(access.ClientEdit); err != nil {
		return answer{}, err
	}
	c, err := s.found(r)
	if err != nil {
		return answer{}, err
	}
	v := whyForm(r, "Leave "+c.Name+"?", "The client’s consent ends: nothing more is published, what was is dropped, and your staff are out.", "/clients/"+c.ID)
	return s.showForm(r, s.shell(r, "Leave", "clients", view.Crumb{Label: "Clients", Href: "/clients"}, view.Crumb{Label: c.Name, Href: "/clients/" + c.ID}, view.Crumb{Label: "Leave"}), &v, refused)
}

// whyForm asks why something between a provider and a client ends.
func whyForm(r *request, title, what, at string) page.FormView {
	return page.FormView{Title: "Why", Head: view.Head{Title: title, Answer: view.Say(what)}, Form: view.Form{
		Action: at + "/end", Submit: "End it", Cancel: view.Ref{Label: "Keep", Href: at},
		Fields: []view.Input{{Name: "why", Label: "Reason", Type: "textarea", Value: r.typed("why", ""), Required: true, Full: true, Hint: "The trails of both sides keep it."}},
	}}
}

func (s *Server) clientEndNow(r *request) (answer, error) {
	if err := r.may(access.ClientEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Portfolio.Drop(r.Context(), r.who, r.PathValue("client"), r.text("why")); err != nil {
		return s.showClientEnd(r, err)
	}
	return s.done(r, "The client is gone from your list, and your staff are out.", "/clients")
}

// providers is whom the organization lets see and come in.
func (s *Server) providers(r *request) (answer, error) { return s.showProviders(r, nil) }

func (s *Server) showProviders(r *request, refused error) (answer, error) {
	list, err := s.Suite.Portfolio.Providers(r.Context(), r.who)
	if err != nil {
		return answer{}, err
	}
	v := page.SettingsView{Providers: &page.ProvidersCard{}, Aside: []page.AsideCard{{ID: "h-ap", Title: "How it works", Lines: []view.Line{
		{Lead: "1", Text: "Your provider makes a code and sends it to you."},
		{Lead: "2", Text: "You say here what it sees, and whether its staff may come in."},
		{Lead: "3", Text: "You change or end it whenever you like; its people are out at once."},
	}, Note: "A provider reads nothing of yours: your own server publishes what you consented to. Whoever comes in shows under Users, and what they read and do is in your trail."}}}
	for i := range list {
		v.Providers.Rows = append(v.Providers.Rows, s.providerRow(r, &list[i]))
	}
	if r.who.Can(access.ClientRead) {
		v.Aside = append(v.Aside, page.AsideCard{ID: "h-ac", Title: "You serve clients yourself?", Text: view.Text{view.A("Clients", "/clients"), view.T(" shows how all of them stand on one page.")}})
	}
	if !r.who.Can(access.ProviderEdit) {
		if refused != nil {
			return answer{}, refused
		}
		return s.settingsPage(r, "providers", v)
	}
	f := page.SettingsForm{Title: "Let a provider in", Form: view.Form{Action: "/settings/providers", Submit: "Go on", Fields: []view.Input{
		{Name: "code", Label: "Code from your provider", Value: r.typed("code", ""), Required: true, Full: true, Mono: true, Sample: "assay_client_…", Hint: "You see whose it is before you consent."},
	}}}
	status, err := refuse(&f.Form, nil, refused)
	if err != nil {
		return answer{}, err
	}
	v.Forms = []page.SettingsForm{f}
	return s.refusedPage(r, "providers", v, status)
}

func (s *Server) providerRow(r *request, c *portfolio.Consent) page.ProviderRow {
	row := page.ProviderRow{Name: view.Ref{Label: c.ProviderName}, Sees: "Figures", People: view.Num(len(c.People)), Since: r.day(c.At), Badge: view.Badge{State: view.Pass, Label: "In force"}}
	if c.Work {
		row.Sees += ", what is due"
	}
	if c.Staff {
		row.Sees += "; its staff may come in"
	}
	if !c.Active() {
		row.Badge, row.Sub = view.Badge{State: view.Open, Label: "Ended " + r.day(c.EndedAt)}, c.EndedWhy
	} else if r.who.Can(access.ProviderEdit) {
		row.Name.Href = "/settings/providers/" + c.ID
	}
	return row
}

func termPicks(work, staff bool) []view.Choices {
	return []view.Choices{{Name: "terms", Label: "Besides your figures", Many: true, Quiet: true, Options: []view.Choice{
		{Value: "work", Label: "What is due", Detail: "Titles, controls, for whom it waits and by when: so that the provider can do it or remind.", Checked: work},
		{Value: "staff", Label: "Its staff may come in", Detail: "As members with the role provider: they set up and prepare, approve nothing and let nobody in.", Checked: staff},
	}}}
}

func (r *request) terms() portfolio.Terms {
	terms := r.Form["terms"]
	has := func(t string) bool { return strings.Contains(" "+strings.Join(terms, " ")+" ", " "+t+" ") }
	return portfolio.Terms{Work: has("work"), Staff: has("staff")}
}

// providerConsent shows whose code it is, and consents once that was seen.
func (s *Server) providerConsent(r *request) (answer, error) {
	if err := r.may(access.ProviderEdit); err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	name, err := s.Suite.Portfolio.Offered(r.Context(), r.who, r.text("code"))
	if err != nil {
		return s.showProviders(r, err)
	}
	if r.text("seen") == "" {
		v := page.FormView{
			Head:     view.Head{Title: "Let " + name + " in?", Answer: view.Say("It sees from now on how you stand: your program and its dates, how many controls operated, need action or deviate, and how your connections are.")},
			Form:     view.Form{Action: "/settings/providers", Submit: "Consent", Cancel: view.Ref{Label: "Cancel", Href: "/settings/providers"}, Hidden: []view.Hidden{{Name: "code", Value: r.text("code")}, {Name: "seen", Value: "yes"}}},
			Sections: []page.FormSection{{Title: "Besides your figures", Hint: "You can change it at any time", Picks: termPicks(true, true)}},
		}
		crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Providers", Href: "/settings/providers"}, {Label: name}}
		return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, nil)
	}
	if _, err := s.Suite.Portfolio.Consent(r.Context(), r.who, r.text("code"), r.terms()); err != nil {
		return s.showProviders(r, err)
	}
	return s.done(r, name+" sees your figures from now on.", "/settings/providers")
}

// consent is the one in force that a page is about.
func (s *Server) consent(r *request) (portfolio.Consent, error) {
	if err := r.may(access.ProviderEdit); err != nil {
		return portfolio.Consent{}, err
	}
	list, err := s.Suite.Portfolio.Providers(r.Context(), r.who)
	if err != nil {
		return portfolio.Consent{}, err
	}
	for i := range list {
		if list[i].ID == r.PathValue("provider") && list[i].Active() {
			return list[i], nil
		}
	}
	return portfolio.Consent{}, fault.New(fault.NotFound, "There is no such provider.")
}

// provider is what one provider may.
func (s *Server) provider(r *request) (answer, error) { return s.showProvider(r, nil) }

func (s *Server) showProvider(r *request, refused error) (answer, error) {
	c, err := s.consent(r)
	if err != nil {
		return answer{}, err
	}
	at := "/settings/providers/" + c.ID
	v := page.FormView{
		Head: view.Head{Title: c.ProviderName, Answer: view.Say("Sees how you stand since " + r.day(c.At) + ".")},
		Form: view.Form{Action: at, Submit: "Save", Cancel: view.Ref{Label: "Cancel", Href: "/settings/providers"}}, Sections: []page.FormSection{{Title: "Besides your figures", Picks: termPicks(c.Work, c.Staff)}},
		Danger: &view.Notice{State: view.Warn, Text: view.Text{view.B("Ending takes effect at once."), view.T(" What was published is dropped, and its staff are out.")}, Action: view.Action{Label: "End…", More: " with " + c.ProviderName, Href: at + "/end"}},
	}
	if len(c.People) > 0 {
		card := page.AsideCard{ID: "h-pp", Title: "Its people in here", Note: "Without “Its staff may come in” they are out at once."}
		for i := range c.People {
			m := &c.People[i]
			card.Lines = append(card.Lines, view.Line{Text: m.Name + ", " + m.Email, Right: "since " + r.day(m.JoinedAt)})
		}
		v.Aside = []page.AsideCard{card}
	}
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Providers", Href: "/settings/providers"}, {Label: c.ProviderName}}
	return s.showForm(r, s.shell(r, c.ProviderName, "settings", crumbs...), &v, refused)
}

func (s *Server) providerSave(r *request) (answer, error) {
	c, err := s.consent(r)
	if err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Portfolio.Change(r.Context(), r.who, c.ID, r.terms()); err != nil {
		return s.showProvider(r, err)
	}
	return s.done(r, "What "+c.ProviderName+" may is changed.", "/settings/providers")
}

func (s *Server) providerEnd(r *request) (answer, error) { return s.showProviderEnd(r, nil) }

func (s *Server) showProviderEnd(r *request, refused error) (answer, error) {
	c, err := s.consent(r)
	if err != nil {
		return answer{}, err
	}
	v := whyForm(r, "End with "+c.ProviderName+"?", "Nothing more is published, what was is dropped, and its staff are out at once.", "/settings/providers/"+c.ID)
	crumbs := []view.Crumb{{Label: "Settings", Href: "/settings"}, {Label: "Providers", Href: "/settings/providers"}, {Label: c.ProviderName, Href: "/settings/providers/" + c.ID}, {Label: "End"}}
	return s.showForm(r, s.shell(r, v.Head.Title, "settings", crumbs...), &v, refused)
}

func (s *Server) providerEndNow(r *request) (answer, error) {
	c, err := s.consent(r)
	if err != nil {
		return answer{}, err
	}
	if err := r.form(); err != nil {
		return answer{}, err
	}
	if err := s.Suite.Portfolio.End(r.Context(), r.who, c.ID, r.text("why")); err != nil {
		return s.showProviderEnd(r, err)
	}
	return s.done(r, c.ProviderName+" sees nothing more, and its staff are out.", "/settings/providers")
}
