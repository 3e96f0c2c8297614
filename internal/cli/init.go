package cli

import (
	"bufio"
	"context"
	"strings"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/org"
)

type initCmd struct {
	Name    string `help:"Name of the organization."`
	Service string `help:"What it provides, one sentence."`
	Zone    string `help:"Time zone of its days, such as Europe/Stockholm." default:"UTC"`
	Email   string `help:"Address of the first lead."`
	Lead    string `help:"Name of the first lead."`
}

type initOut struct {
	Org   string `json:"org"`
	Slug  string `json:"slug"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Link  string `json:"reset_secret,omitempty"`
}

// Run makes an organization and its first lead.
func (c *initCmd) Run(ctx context.Context, r *run) error {
	if r.Server != "" {
		return fault.New(fault.Invalid, "An organization is made where the store is: give --data, not --server.")
	}
	if err := c.ask(r); err != nil {
		return err
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	o, err := s.Orgs.Create(ctx, org.New{Name: c.Name, Service: c.Service, Zone: c.Zone})
	if err != nil {
		return err
	}
	r.wrote = true
	out := &initOut{Org: o.ID, Slug: o.Slug, Name: o.Name}
	if c.Email != "" {
		lead := auth.New{Email: c.Email, Name: c.Lead, Role: access.RoleLead}
		if _, err := s.Auth.Enroll(ctx, access.Console(o.ID), lead); err != nil {
			return err
		}
		secret, u, err := s.Auth.Reset(ctx, c.Email)
		if err != nil {
			return err
		}
		out.Email, out.Link = u.Email, secret
	}
	return emit(r, out, func(p *paper, v *initOut) {
		p.line("Made %s (--org %s).", v.Name, v.Slug)
		if v.Link != "" {
			p.line("%s sets a password at /reset?token=%s within an hour.", v.Email, v.Link)
		}
		p.line("Next: assay serve")
	})
}

// ask asks for what the flags leave open.
func (c *initCmd) ask(r *run) error {
	in := bufio.NewReader(r.Stdin)
	for _, q := range []struct {
		into *string
		text string
	}{
		{&c.Name, "Name of the organization"}, {&c.Service, "What does it provide, in one sentence"},
		{&c.Email, "Address of the first lead"}, {&c.Lead, "Name of the first lead"},
	} {
		if *q.into != "" || !r.InTerminal || r.Yes {
			continue
		}
		r.note("%s:", q.text)
		line, err := in.ReadString('\n')
		if err != nil {
			return fault.New(fault.Invalid, "The questions were not answered. Nothing was made.")
		}
		*q.into = strings.TrimSpace(line)
	}
	if c.Name == "" {
		return fault.Fields("Nothing was made.", fault.Field{Name: "--name", Text: "Give the name of the organization."})
	}
	return nil
}
