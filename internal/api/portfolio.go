package api

import (
	"context"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/portfolio"
	"assay/internal/suite"
)

// portfolioOperations are those of providers and of their clients.
func portfolioOperations() []Operation {
	return []Operation{
		{ID: "client.list", Method: get, Path: "/clients", Permission: access.ClientRead, Summary: "A provider's clients with what each published last, those that need somebody first, and the codes that wait for an answer.", Do: does(listClients)},
		{ID: "client.work", Method: get, Path: "/clients/work", Permission: access.ClientRead, Summary: "What is due at all clients that let their work be seen, what is due first at the top.", Do: does(clientWork)},
		{ID: "client.calendar", Method: get, Path: "/clients/calendar", Permission: access.ClientRead, Summary: "What is due, and what comes within 92 days, at all clients that let their work be seen.", Do: does(clientCalendar)},
		{ID: "client.offer", Method: post, Path: "/clients/codes", Permission: access.ClientEdit, Summary: "Make a code with which a client consents, once, within 14 days. It is shown this once.", Do: does(offerClient)},
		{ID: "client.withdraw", Method: remove, Path: "/clients/codes/{id}", Permission: access.ClientEdit, Summary: "Make a code that nobody answered useless.", Do: does(withdrawClient)},
		{ID: "client.staff", Method: get, Path: "/clients/{id}/staff", Permission: access.ClientAssign, Summary: "Who of the provider is in at a client.", Do: does(clientStaff)},
		{ID: "client.assign", Method: put, Path: "/clients/{id}/staff/{user}", Permission: access.ClientAssign, Summary: "Have a member of the provider come in at a client that lets its staff in.", Do: does(assignClient)},
		{ID: "client.recall", Method: remove, Path: "/clients/{id}/staff/{user}", Permission: access.ClientAssign, Summary: "End what somebody of the provider is at a client.", Do: does(recallClient)},
		{ID: "client.end", Method: post, Path: "/clients/{id}/end", Permission: access.ClientEdit, Summary: "Leave a client: its consent ends, and the provider's staff go.", Do: does(endClient)},
		{ID: "provider.list", Method: get, Path: "/providers", Permission: access.ProviderRead, Summary: "The providers that the organization lets see and come in, and those that it did.", Do: does(listProviders)},
		{ID: "provider.offered", Method: post, Path: "/providers/offered", Permission: access.ProviderEdit, Summary: "Which provider made a code, before anybody consents.", Do: does(offeredProvider)},
		{ID: "provider.consent", Method: post, Path: "/providers", Permission: access.ProviderEdit, Summary: "Answer a provider's code: it sees the organization's figures from now on, and what the terms say.", Do: does(consentProvider)},
		{ID: "provider.edit", Method: put, Path: "/providers/{id}", Permission: access.ProviderEdit, Summary: "Change what a provider may. Staff who may not come in any more go at once.", Do: does(editProvider)},
		{ID: "provider.end", Method: post, Path: "/providers/{id}/end", Permission: access.ProviderEdit, Summary: "End a consent: nothing more is published, what was is dropped, and the provider's staff go.", Do: does(endProvider)},
	}
}

// ClientPosition is an organization as its provider sees it.
type ClientPosition struct {
	ID          string             `json:"id" doc:"Of the consent."`
	Name        string             `json:"name"`
	Since       time.Time          `json:"since"`
	Work        bool               `json:"work" doc:"The client lets its work be seen."`
	Staff       bool               `json:"staff" doc:"The client lets the provider's staff come in."`
	Enters      bool               `json:"enters" doc:"Whoever asks is a member of the client."`
	Needs       bool               `json:"needs" doc:"Something needs action, is late, broke off or is not known."`
	Stale       bool               `json:"stale" doc:"Nothing was published for a day: the figures do not count."`
	PublishedAt *time.Time         `json:"published_at,omitempty"`
	Summary     *portfolio.Summary `json:"summary,omitempty" doc:"What the client published last."`
}

func clientOf(c *portfolio.Client, now time.Time) ClientPosition {
	out := ClientPosition{
		ID: c.ID, Name: c.Name, Since: c.At, Work: c.Work, Staff: c.Staff, Enters: c.Enters, Needs: c.Needs(now), Stale: c.Stale(now), PublishedAt: maybe(c.PublishedAt), Summary: c.Summary,
	}
	return out
}

// ClientCode is a code that waits for an answer.
type ClientCode struct {
	ID        string    `json:"id"`
	Name      string    `json:"name" doc:"Whom it is for."`
	By        string    `json:"by" doc:"User who made it."`
	At        time.Time `json:"at"`
	ExpiresAt time.Time `json:"expires_at"`
	Code      string    `json:"code,omitempty" doc:"Shown once, when it was made."`
}

func codeOf(o *portfolio.Offer) ClientCode {
	return ClientCode{ID: o.ID, Name: o.Name, By: o.By, At: o.At, ExpiresAt: o.ExpiresAt}
}

// Clients is a page of a provider's clients.
type Clients struct {
	Clients []ClientPosition `json:"clients"`
	Codes   []ClientCode     `json:"codes" doc:"That wait for an answer; on the first page."`
	Next    string           `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listClients(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Clients, error) {
	p, err := s.Portfolio.Show(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(p.Clients, in.Page, func(c *portfolio.Client) string { return c.ID })
	out := &Clients{Clients: []ClientPosition{}, Codes: []ClientCode{}, Next: next}
	for i := range part {
		out.Clients = append(out.Clients, clientOf(&part[i], s.Now()))
	}
	for i := range p.Offers {
		if in.After == "" {
			out.Codes = append(out.Codes, codeOf(&p.Offers[i]))
		}
	}
	return out, nil
}

// ClientDue is something to do at a client.
type ClientDue struct {
	Client  string     `json:"client" doc:"Its name."`
	ID      string     `json:"id" doc:"Of the consent."`
	Title   string     `json:"title"`
	Control string     `json:"control,omitempty"`
	With    string     `json:"with,omitempty" doc:"For whom it waits: a name, or a role."`
	Due     *time.Time `json:"due,omitempty" doc:"From when it is late."`
	Late    bool       `json:"late"`
	Ahead   bool       `json:"ahead,omitempty" doc:"Not asked for yet; in the calendar alone."`
}

// ClientsWork is what is due at clients.
type ClientsWork struct {
	Work []ClientDue `json:"work"`
}

func clientWork(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*ClientsWork, error) {
	_, list, err := s.Portfolio.Work(ctx, who)
	if err != nil {
		return nil, err
	}
	return clientsWork(list), nil
}

func clientCalendar(ctx context.Context, s *suite.Suite, who access.Actor, _ *struct{}) (*ClientsWork, error) {
	_, list, err := s.Portfolio.Coming(ctx, who)
	if err != nil {
		return nil, err
	}
	return clientsWork(list), nil
}

func clientsWork(list []portfolio.Due) *ClientsWork {
	out := &ClientsWork{Work: make([]ClientDue, 0, len(list))}
	for i := range list {
		d := &list[i]
		out.Work = append(out.Work, ClientDue{Client: d.Client.Name, ID: d.Client.ID, Title: d.Title, Control: d.Control, With: d.With, Due: maybe(d.Due), Late: d.Late, Ahead: d.Ahead})
	}
	return out
}

// ClientOfferIn is a client to be.
type ClientOfferIn struct {
	Body struct {
		Name string `json:"name" maxLength:"200" doc:"Whom the code is for, in the provider's words."`
	}
}

func offerClient(ctx context.Context, s *suite.Suite, who access.Actor, in *ClientOfferIn) (*ClientCode, error) {
	o, code, err := s.Portfolio.Offer(ctx, who, in.Body.Name)
	if err != nil {
		return nil, err
	}
	out := codeOf(&o)
	out.Code = code
	return &out, nil
}

func withdrawClient(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*none, error) {
	return &none{}, s.Portfolio.Withdraw(ctx, who, in.ID)
}

// ClientMember is one of a provider's staff.
type ClientMember struct {
	User   string     `json:"user"`
	Name   string     `json:"name"`
	Email  string     `json:"email"`
	Since  *time.Time `json:"since,omitempty" doc:"When they came in; absent for those who are not in."`
	LastAt *time.Time `json:"last_at,omitempty" doc:"When a session last began there."`
}

// ClientMembers is who is in at a client, and who could be.
type ClientMembers struct {
	In     []ClientMember `json:"in"`
	Others []ClientMember `json:"others" doc:"Members of the provider who are not in."`
}

func clientStaff(ctx context.Context, s *suite.Suite, who access.Actor, in *ID) (*ClientMembers, error) {
	_, within, others, err := s.Portfolio.Staff(ctx, who, in.ID)
	if err != nil {
		return nil, err
	}
	out := &ClientMembers{In: lentOf(within), Others: []ClientMember{}}
	for i := range others {
		out.Others = append(out.Others, ClientMember{User: others[i].ID, Name: others[i].Name, Email: others[i].Email})
	}
	return out, nil
}

func lentOf(list []auth.Member) []ClientMember {
	out := []ClientMember{}
	for i := range list {
		m := &list[i]
		out = append(out, ClientMember{User: m.ID, Name: m.Name, Email: m.Email, Since: maybe(m.JoinedAt), LastAt: maybe(m.LastAt)})
	}
	return out
}

// ClientMemberIn names one of a provider's staff at a client.
type ClientMemberIn struct {
	ID   string `path:"id"`
	User string `path:"user"`
}

func assignClient(ctx context.Context, s *suite.Suite, who access.Actor, in *ClientMemberIn) (*none, error) {
	return &none{}, s.Portfolio.Assign(ctx, who, in.ID, in.User)
}

func recallClient(ctx context.Context, s *suite.Suite, who access.Actor, in *ClientMemberIn) (*none, error) {
	return &none{}, s.Portfolio.Recall(ctx, who, in.ID, in.User)
}

// PartIn is why something ends between a provider and a client.
type PartIn struct {
	ID   string `path:"id"`
	Body struct {
		Why string `json:"why" maxLength:"1000" doc:"The trails of both sides keep it."`
	}
}

func endClient(ctx context.Context, s *suite.Suite, who access.Actor, in *PartIn) (*none, error) {
	return &none{}, s.Portfolio.Drop(ctx, who, in.ID, in.Body.Why)
}

// Provider is one that the organization lets see and come in, or did.
type Provider struct {
	ID       string         `json:"id" doc:"Of the consent."`
	Name     string         `json:"name" doc:"When the consent was given."`
	Work     bool           `json:"work" doc:"It sees what is due: titles, controls, names and days."`
	Staff    bool           `json:"staff" doc:"Its staff may come in with the role provider."`
	By       string         `json:"by" doc:"User who consented."`
	At       time.Time      `json:"at"`
	EndedAt  *time.Time     `json:"ended_at,omitempty"`
	EndedWhy string         `json:"ended_why,omitempty"`
	People   []ClientMember `json:"people" doc:"Its staff who are in."`
}

func providerOf(c *portfolio.Consent) Provider {
	return Provider{
		ID: c.ID, Name: c.ProviderName, Work: c.Work, Staff: c.Staff, By: c.By, At: c.At, EndedAt: maybe(c.EndedAt), EndedWhy: c.EndedWhy, People: lentOf(c.People),
	}
}

// Providers is a page of providers.
type Providers struct {
	Providers []Provider `json:"providers"`
	Next      string     `json:"next,omitempty" doc:"What to send as after for the next page."`
}

func listProviders(ctx context.Context, s *suite.Suite, who access.Actor, in *PageIn) (*Providers, error) {
	list, err := s.Portfolio.Providers(ctx, who)
	if err != nil {
		return nil, err
	}
	part, next := cut(list, in.Page, func(c *portfolio.Consent) string { return c.ID })
	out := &Providers{Providers: []Provider{}, Next: next}
	for i := range part {
		out.Providers = append(out.Providers, providerOf(&part[i]))
	}
	return out, nil
}

// CodeIn is a provider's code.
type CodeIn struct {
	Body struct {
		Code string `json:"code" maxLength:"200"`
	}
}

// Offered is who made a code.
type Offered struct {
	Provider string `json:"provider" doc:"The name of the organization."`
}

func offeredProvider(ctx context.Context, s *suite.Suite, who access.Actor, in *CodeIn) (*Offered, error) {
	name, err := s.Portfolio.Offered(ctx, who, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &Offered{name}, nil
}

// ConsentIn is a client's consent.
type ConsentIn struct {
	Body struct {
		Code  string `json:"code" maxLength:"200" doc:"That the provider made."`
		Work  bool   `json:"work,omitempty" doc:"It sees what is due: titles, controls, names and days."`
		Staff bool   `json:"staff,omitempty" doc:"Its staff may come in with the role provider."`
	}
}

func consentProvider(ctx context.Context, s *suite.Suite, who access.Actor, in *ConsentIn) (*Provider, error) {
	c, err := s.Portfolio.Consent(ctx, who, in.Body.Code, portfolio.Terms{Work: in.Body.Work, Staff: in.Body.Staff})
	if err != nil {
		return nil, err
	}
	out := providerOf(&c)
	return &out, nil
}

// TermsIn is what a provider may from now on.
type TermsIn struct {
	ID   string `path:"id"`
	Body struct {
		Work  bool `json:"work" doc:"It sees what is due: titles, controls, names and days."`
		Staff bool `json:"staff" doc:"Its staff may come in with the role provider."`
	}
}

func editProvider(ctx context.Context, s *suite.Suite, who access.Actor, in *TermsIn) (*none, error) {
	return &none{}, s.Portfolio.Change(ctx, who, in.ID, portfolio.Terms{Work: in.Body.Work, Staff: in.Body.Staff})
}

func endProvider(ctx context.Context, s *suite.Suite, who access.Actor, in *PartIn) (*none, error) {
	return &none{}, s.Portfolio.End(ctx, who, in.ID, in.Body.Why)
}
