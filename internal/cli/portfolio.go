package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"assay/internal/api"
	"assay/internal/kit/fault"
)

type clientCmd struct {
	List     clientListCmd     `cmd:"" help:"Your clients, those that need somebody first, and codes that wait."`
	Work     clientWorkCmd     `cmd:"" help:"What is due at all clients that let their work be seen."`
	Calendar clientCalendarCmd `cmd:"" help:"What is due, and what comes within 92 days, at those clients."`
	Offer    clientOfferCmd    `cmd:"" help:"Make a code with which a client consents."`
	Withdraw clientWithdrawCmd `cmd:"" help:"Make a code that nobody answered useless."`
	Staff    clientStaffCmd    `cmd:"" help:"Who of yours is in at a client."`
	Assign   clientAssignCmd   `cmd:"" help:"Have somebody of yours come in at a client."`
	Recall   clientRecallCmd   `cmd:"" help:"End what somebody of yours is at a client."`
	End      clientEndCmd      `cmd:"" help:"Leave a client."`
}

type clientListCmd struct{}

// Run lists clients.
func (clientListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Clients](ctx, r, "client.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Clients) {
		if len(v.Clients)+len(v.Codes) == 0 {
			p.line("No clients. Make a code for one: assay client offer NAME")
			return
		}
		rows := [][]string{{"client", "name", "program", "controls", "operated", "action", "deviations", "late", "connections", "published"}}
		for i := range v.Clients {
			rows = append(rows, clientLine(&v.Clients[i]))
		}
		for _, c := range v.Codes {
			rows = append(rows, []string{c.ID, c.Name, "code, until " + c.ExpiresAt.Local().Format(time.DateOnly)})
		}
		p.table(rows)
	})
}

func clientLine(c *api.ClientPosition) []string {
	s := c.Summary
	if s == nil {
		return []string{c.ID, c.Name, "not published yet"}
	}
	published := moment(c.PublishedAt, time.Local)
	if c.Stale {
		published += ", too old to count"
	}
	n := strconv.Itoa
	return []string{
		c.ID, c.Name, s.Program, n(s.Controls), n(s.Operated), n(s.Action), n(s.Deviating), n(s.Late), fmt.Sprintf("%d of %d", s.Sources-s.Troubled, s.Sources), published,
	}
}

type clientWorkCmd struct{}

// Run lists what is due at clients.
func (clientWorkCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.ClientsWork](ctx, r, "client.work", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, printClientsWork)
}

func printClientsWork(p *paper, v *api.ClientsWork) {
	if len(v.Work) == 0 {
		p.line("Nothing is due at a client that lets its work be seen.")
		return
	}
	rows := [][]string{{"due", "client", "control", "with", "what"}}
	for i := range v.Work {
		w := &v.Work[i]
		due := moment(w.Due, time.Local)
		if w.Late {
			due = "late"
		}
		rows = append(rows, []string{due, w.Client, w.Control, w.With, w.Title})
	}
	p.table(rows)
}

type clientCalendarCmd struct{}

// Run lists what is due and what comes at clients.
func (clientCalendarCmd) Run(ctx context.Context, r *run) error {
	out, err := call[api.ClientsWork](ctx, r, "client.calendar", &struct{}{})
	if err != nil {
		return err
	}
	return emit(r, out, printClientsWork)
}

type clientOfferCmd struct {
	Name string `arg:"" help:"Whom it is for."`
}

// Run makes a code.
func (c *clientOfferCmd) Run(ctx context.Context, r *run) error {
	in := &api.ClientOfferIn{}
	in.Body.Name = c.Name
	out, err := change[api.ClientCode](ctx, r, "client.offer", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ClientCode) {
		p.line("%s", v.Code)
		p.line("Send this to a lead of %s, by a way you trust. It is answered once, under Settings, Providers, until %s.", v.Name, v.ExpiresAt.Local().Format(time.DateOnly))
	})
}

type clientWithdrawCmd struct {
	Code string `arg:"" help:"Id of the code, from assay client list."`
}

// Run withdraws a code.
func (c *clientWithdrawCmd) Run(ctx context.Context, r *run) error {
	if _, err := change[nothing](ctx, r, "client.withdraw", &api.ID{ID: c.Code}); err != nil {
		return err
	}
	r.note("The code does not work any more.")
	return nil
}

type clientStaffCmd struct {
	Client string `arg:"" help:"Id or name."`
}

// client finds a client by id or name.
func client(ctx context.Context, r *run, name string) (string, error) {
	list, err := whole[api.Clients](ctx, r, "client.list", &api.PageIn{})
	if err != nil {
		return "", err
	}
	var found []string
	for i := range list.Clients {
		if c := &list.Clients[i]; c.ID == name || strings.EqualFold(c.Name, name) {
			found = append(found, c.ID)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fault.New(fault.NotFound, "There is no client %q.", name)
	}
	return "", fault.New(fault.Invalid, "Several clients are called %q. Say which by its id: %s", name, strings.Join(found, ", "))
}

// Run lists who is in.
func (c *clientStaffCmd) Run(ctx context.Context, r *run) error {
	id, err := client(ctx, r, c.Client)
	if err != nil {
		return err
	}
	out, err := call[api.ClientMembers](ctx, r, "client.staff", &api.ID{ID: id})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.ClientMembers) {
		rows := [][]string{{"user", "name", "address", "in since", "last there"}}
		for _, m := range v.In {
			rows = append(rows, []string{m.User, m.Name, m.Email, moment(m.Since, time.Local), moment(m.LastAt, time.Local)})
		}
		for _, m := range v.Others {
			rows = append(rows, []string{m.User, m.Name, m.Email, "not in"})
		}
		p.table(rows)
	})
}

type clientAssignCmd struct {
	Client string `arg:"" help:"Id or name."`
	User   string `arg:"" help:"Id or address of one of yours."`
}

// Run has somebody come in.
func (c *clientAssignCmd) Run(ctx context.Context, r *run) error {
	if err := c.change(ctx, r, "client.assign"); err != nil {
		return err
	}
	r.note("%s is in at %s, with the role provider. Their list of users and their trail say so.", c.User, c.Client)
	return nil
}

func (c *clientAssignCmd) change(ctx context.Context, r *run, operation string) error {
	id, err := client(ctx, r, c.Client)
	if err != nil {
		return err
	}
	member, err := user(ctx, r, c.User)
	if err != nil {
		return err
	}
	_, err = change[nothing](ctx, r, operation, &api.ClientMemberIn{ID: id, User: member})
	return err
}

type clientRecallCmd struct {
	Client string `arg:"" help:"Id or name."`
	User   string `arg:"" help:"Id or address of one of yours."`
}

// Run recalls somebody.
func (c *clientRecallCmd) Run(ctx context.Context, r *run) error {
	if err := (*clientAssignCmd)(c).change(ctx, r, "client.recall"); err != nil {
		return err
	}
	r.note("%s is no member of %s any more; sessions and tokens there are ended.", c.User, c.Client)
	return nil
}

type clientEndCmd struct {
	Client string `arg:"" help:"Id or name."`
	Why    string `required:"" help:"Why: both sides' trails keep it."`
}

// Run leaves a client.
func (c *clientEndCmd) Run(ctx context.Context, r *run) error {
	id, err := client(ctx, r, c.Client)
	if err != nil {
		return err
	}
	in := &api.PartIn{ID: id}
	in.Body.Why = c.Why
	if _, err := change[nothing](ctx, r, "client.end", in); err != nil {
		return err
	}
	r.note("%s is no client any more, and none of yours is in there.", c.Client)
	return nil
}

type providerCmd struct {
	List    providerListCmd    `cmd:"" help:"Providers that may see and come in, and those that might."`
	Consent providerConsentCmd `cmd:"" help:"Answer a provider's code."`
	Edit    providerEditCmd    `cmd:"" help:"Change what a provider may."`
	End     providerEndCmd     `cmd:"" help:"End a consent."`
}

type providerListCmd struct{}

// Run lists providers.
func (providerListCmd) Run(ctx context.Context, r *run) error {
	out, err := whole[api.Providers](ctx, r, "provider.list", &api.PageIn{})
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Providers) {
		if len(v.Providers) == 0 {
			p.line("No provider was let in.")
			return
		}
		rows := [][]string{{"provider", "name", "sees", "people in", "since", "ended"}}
		for i := range v.Providers {
			c := &v.Providers[i]
			sees := "figures"
			if c.Work {
				sees += ", work"
			}
			if c.Staff {
				sees += "; staff may come in"
			}
			rows = append(rows, []string{c.ID, c.Name, sees, strconv.Itoa(len(c.People)), c.At.Local().Format(time.DateOnly), moment(c.EndedAt, time.Local)})
		}
		p.table(rows)
	})
}

type providerConsentCmd struct {
	Code  string `arg:"" help:"That the provider made."`
	Work  bool   `help:"It sees what is due: titles, controls, names and days."`
	Staff bool   `help:"Its staff may come in, with the role provider."`
}

// Run consents.
func (c *providerConsentCmd) Run(ctx context.Context, r *run) error {
	in := &api.ConsentIn{}
	in.Body.Code, in.Body.Work, in.Body.Staff = c.Code, c.Work, c.Staff
	out, err := change[api.Provider](ctx, r, "provider.consent", in)
	if err != nil {
		return err
	}
	return emit(r, out, func(p *paper, v *api.Provider) {
		p.line("%s sees your figures from now on. %s", v.Name, v.ID)
	})
}

type providerEditCmd struct {
	Provider string `arg:"" help:"Id, from assay provider list."`
	Work     bool   `help:"It sees what is due: titles, controls, names and days."`
	Staff    bool   `help:"Its staff may come in, with the role provider. Without, those who are in go."`
}

// Run changes what a provider may.
func (c *providerEditCmd) Run(ctx context.Context, r *run) error {
	in := &api.TermsIn{ID: c.Provider}
	in.Body.Work, in.Body.Staff = c.Work, c.Staff
	if _, err := change[nothing](ctx, r, "provider.edit", in); err != nil {
		return err
	}
	r.note("It is changed from now on.")
	return nil
}

type providerEndCmd struct {
	Provider string `arg:"" help:"Id, from assay provider list."`
	Why      string `required:"" help:"Why: both sides' trails keep it."`
}

// Run ends a consent.
func (c *providerEndCmd) Run(ctx context.Context, r *run) error {
	in := &api.PartIn{ID: c.Provider}
	in.Body.Why = c.Why
	if _, err := change[nothing](ctx, r, "provider.end", in); err != nil {
		return err
	}
	r.note("The consent is ended: nothing more is published, what was is dropped, and its staff are out.")
	return nil
}
