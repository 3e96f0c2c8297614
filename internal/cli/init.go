package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/auth"
	"assay/internal/kit/fault"
	"assay/internal/org"
	"assay/internal/suite"
)

type initCmd struct {
	File    string `arg:"" optional:"" help:"YAML file of answers; - for standard input. docs/user/init.md shows one."`
	Name    string `help:"Name of the organization."`
	Service string `help:"What it provides, one sentence."`
	Zone    string `help:"Time zone of its days, such as Europe/Stockholm; UTC unless given."`
	Email   string `help:"Address of the first lead."`
	Lead    string `help:"Name of the first lead."`
}

// answers is what a file can say.
type answers struct {
	V            int `yaml:"v"`
	Organization struct {
		Name    string `yaml:"name"`
		Service string `yaml:"service"`
		Zone    string `yaml:"zone"`
	} `yaml:"organization"`
	Users   []firstUser `yaml:"users"`
	Program *struct {
		Name       string   `yaml:"name"`
		Type       string   `yaml:"type"`
		Categories []string `yaml:"categories"`
		From       string   `yaml:"from"`
		To         string   `yaml:"to"`
	} `yaml:"program"`
	Profiles   []string `yaml:"profiles"`
	Controls   []string `yaml:"controls"`
	Connectors []struct {
		Product  string            `yaml:"product"`
		Name     string            `yaml:"name"`
		Settings map[string]string `yaml:"settings"`
		Every    string            `yaml:"every"`
	} `yaml:"connectors"`
}

type firstUser struct {
	Email string      `yaml:"email"`
	Name  string      `yaml:"name"`
	Role  access.Role `yaml:"role"`
}

type initOut struct {
	Org      string     `json:"org"`
	Slug     string     `json:"slug"`
	Name     string     `json:"name"`
	Users    []resetOut `json:"users"`
	Program  string     `json:"program,omitempty"`
	Controls int        `json:"controls"`
	Sources  int        `json:"connectors"`
}

// Run makes an organization, its first users, and what a file says besides.
func (c *initCmd) Run(ctx context.Context, r *run) error {
	if r.Server != "" {
		return fault.New(fault.Invalid, "An organization is made where the store is: give --data, not --server.")
	}
	a, err := c.answers(r)
	if err != nil {
		return err
	}
	if r.DryRun {
		r.note("Would make %s with %s, %s, %s and %s. Nothing was done.", a.Organization.Name, count(len(a.Users), "user", "users"),
			count(len(a.Profiles), "profile", "profiles"), count(len(a.Controls), "control", "controls"),
			count(len(a.Connectors), "connector", "connectors"))
		return nil
	}
	s, err := r.store(ctx)
	if err != nil {
		return err
	}
	o, err := s.Orgs.Create(ctx, org.New{Name: a.Organization.Name, Service: a.Organization.Service, Zone: a.Organization.Zone})
	if err != nil {
		return err
	}
	r.wrote, r.org = true, o
	out := &initOut{Org: o.ID, Slug: o.Slug, Name: o.Name, Users: []resetOut{}}
	if err := errors.Join(a.users(ctx, s, &o, out), a.rest(ctx, s, &o, out)); err != nil {
		r.note("%s was made (--org %s), and what follows was not. Do the rest with the commands for it.", o.Name, o.Slug)
		return err
	}
	return emit(r, out, printInit)
}

func printInit(p *paper, v *initOut) {
	p.line("Made %s (--org %s).", v.Name, v.Slug)
	for _, u := range v.Users {
		p.line("%s sets a password at %s, on Assay's address, within an hour.", u.Email, u.Path)
	}
	if v.Program != "" {
		p.line("Program %s, %s, %s.", v.Program, count(v.Controls, "control", "controls"), count(v.Sources, "connector", "connectors"))
	}
	p.line("Next: assay serve")
}

// answers reads the file, the flags, and for what is still open the terminal.
func (c *initCmd) answers(r *run) (*answers, error) {
	a := &answers{}
	if c.File != "" {
		text, err := r.read(c.File, 1<<20)
		if err != nil {
			return nil, err
		}
		dec := yaml.NewDecoder(bytes.NewReader(text))
		dec.KnownFields(true)
		if err := dec.Decode(a); err != nil && !errors.Is(err, io.EOF) {
			return nil, fault.Wrap(fault.Invalid, err, "%s: %v. Nothing was made.", c.File, err)
		}
		if a.V != 1 {
			return nil, fault.New(fault.Invalid, "%s does not begin with \"v: 1\". Nothing was made.", c.File)
		}
	}
	a.Organization.Name = cmp.Or(c.Name, a.Organization.Name)
	a.Organization.Service = cmp.Or(c.Service, a.Organization.Service)
	a.Organization.Zone = cmp.Or(c.Zone, a.Organization.Zone)
	if err := c.ask(r, a); err != nil {
		return nil, err
	}
	if c.Email != "" {
		a.Users = append(a.Users, firstUser{c.Email, c.Lead, access.RoleLead})
	}
	return a, nil
}

// ask asks for what the file and the flags leave open.
func (c *initCmd) ask(r *run, a *answers) error {
	in := bufio.NewReader(r.Stdin)
	for _, q := range []struct {
		into *string
		text string
		skip bool
	}{
		{&a.Organization.Name, "Name of the organization", false},
		{&a.Organization.Service, "What does it provide, in one sentence", false},
		{&a.Organization.Zone, "Time zone of its days, such as Europe/Stockholm", false},
		{&c.Email, "Address of the first lead", len(a.Users) > 0},
		{&c.Lead, "Name of the first lead", len(a.Users) > 0},
	} {
		if *q.into != "" || q.skip || !r.InTerminal || r.Yes || c.File != "" {
			continue
		}
		r.note("%s:", q.text)
		line, err := in.ReadString('\n')
		if err != nil {
			return fault.New(fault.Invalid, "The questions were not answered. Nothing was made.")
		}
		*q.into = strings.TrimSpace(line)
	}
	if a.Organization.Name == "" {
		return fault.Fields("Nothing was made.", fault.Field{Name: "--name", Text: "Give the name of the organization."})
	}
	if a.Organization.Zone == "" {
		a.Organization.Zone = "UTC"
	}
	return nil
}

// users makes the first users, who come in by links.
func (a *answers) users(ctx context.Context, s *suite.Suite, o *org.Org, out *initOut) error {
	for _, u := range a.Users {
		if _, err := s.Auth.Enroll(ctx, access.Console(o.ID), auth.New{Email: u.Email, Name: u.Name, Role: u.Role}); err != nil {
			return err
		}
		secret, made, err := s.Auth.Reset(ctx, u.Email)
		if err != nil {
			return err
		}
		out.Users = append(out.Users, resetOut{made.Email, made.Name, "/reset/" + secret})
	}
	return nil
}

// rest makes the program, the controls and the connections.
func (a *answers) rest(ctx context.Context, s *suite.Suite, o *org.Org, out *initOut) error {
	c := (&api.Server{Suite: s}).Client(access.Console(o.ID))
	if p := a.Program; p != nil {
		in := &api.ProgramIn{Body: api.ProgramFields{Name: p.Name, Type: p.Type, Categories: p.Categories, From: p.From, To: p.To, Current: true}}
		made, err := api.Call[api.Program](ctx, c, "program.add", in)
		if err != nil {
			return err
		}
		out.Program = made.Slug
	}
	for _, x := range a.Connectors {
		in := &api.ConnectionIn{Body: api.ConnectionFields{Product: x.Product, Name: x.Name, Settings: x.Settings, Every: x.Every}}
		if _, err := api.Call[api.Connection](ctx, c, "connector.add", in); err != nil {
			return err
		}
		out.Sources++
	}
	if len(a.Profiles)+len(a.Controls) == 0 {
		return nil
	}
	in := &api.AdoptIn{}
	in.Body.Controls, in.Body.Profiles = a.Controls, a.Profiles
	made, err := api.Call[api.Adopted](ctx, c, "control.adopt", in)
	if err == nil {
		out.Controls = len(made.Controls)
	}
	return err
}
