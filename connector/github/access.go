package github

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"assay/connector/field"
	"assay/internal/resource"
)

// shortfall counts what could not be read of a listing that is made of several.
type shortfall struct {
	n     int
	first error
}

func (f *shortfall) add(of string, err error) {
	if f.n++; f.first == nil {
		f.first = fmt.Errorf("%s: %w", of, err)
	}
}

// end says that a kind is whole, or of how many of its parts it is not.
func (c *collection) end(kind, what string, f *shortfall) {
	if f.n > 0 {
		c.run.Incomplete(kind, fmt.Sprintf("%s could not be read for %d of them. The first is %s.", what, f.n, strings.TrimSuffix(clip(f.first.Error()), ".")))
		return
	}
	c.run.Complete(kind)
}

// granted is a repository as a team's list has it, and what may be done with it.
type granted struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
	Role     string `json:"role_name"`
	May      struct {
		Admin    bool `json:"admin"`
		Maintain bool `json:"maintain"`
		Push     bool `json:"push"`
		Triage   bool `json:"triage"`
		Pull     bool `json:"pull"`
	} `json:"permissions"`
}

// teamAccess tells what a team may do with which repositories.
func (c *collection) teamAccess(ctx context.Context, t *team) error {
	return pages(ctx, c.api, "GET /orgs/{org}/teams/{team}/repos", c.path("/teams/"+url.PathEscape(t.Slug)+"/repos?per_page=100"), func(g *granted) error {
		s := newSheet()
		s.set("name", t.Slug+" "+g.FullName)
		s.set("team", id(t.ID))
		g.fill(s, g.FullName)
		return c.put(ctx, kindTeamAccess, id(t.ID)+"/"+id(g.ID), s)
	})
}

// highest is the role's name where GitHub only says what it may do, as older
// servers do.
func (g *granted) highest() string {
	switch {
	case g.May.Admin:
		return "admin"
	case g.May.Maintain:
		return "maintain"
	case g.May.Push:
		return "write"
	case g.May.Triage:
		return "triage"
	}
	return "read"
}

// holder is an account as a repository's list has it.
type holder struct {
	Login string `json:"login"`
	granted
}

// repositoryAccess tells what single people were given in single repositories.
func (c *collection) repositoryAccess(ctx context.Context) error {
	var short shortfall
	for i := range c.repos {
		r := &c.repos[i]
		err := pages(ctx, c.api, "GET /repos/{repo}/collaborators?affiliation=direct", r.path("/collaborators?affiliation=direct&per_page=100"), func(h *holder) error {
			s := newSheet()
			s.set("name", h.Login+" "+r.FullName)
			s.set("account", id(h.ID))
			h.fill(s, r.FullName)
			return c.put(ctx, kindAccess, id(r.ID)+"/"+id(h.ID), s)
		})
		if err := c.missed(ctx, &short, r.FullName, err); err != nil {
			return err
		}
	}
	if !c.reposOK {
		c.run.Incomplete(kindAccess, "Not every repository was listed.")
	}
	c.end(kindAccess, "To whom repositories are given", &short)
	return nil
}

// fill tells what may be done with a repository, and by which role.
func (g *granted) fill(s *sheet, repository string) {
	role := g.Role
	if role == "" {
		role = g.highest()
	}
	s.set("repository", repository)
	s.set("role", role)
	s.set("writes", g.May.Push)
	s.set("admin", g.May.Admin)
}

// missed adds what could not be read of one part. An error of its own is one on
// this side, which ends the collection.
func (c *collection) missed(ctx context.Context, short *shortfall, part string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if ours, bad := fromSink(err); ours {
		return bad
	}
	short.add(part, err)
	return nil
}

type organizationRole struct {
	ID          int64    `json:"id"`
	Name        string   `json:"name"`
	Source      string   `json:"source"`
	Base        string   `json:"base_role"`
	Permissions []string `json:"permissions"`
}

// organizationRoles tells which roles there are beside owner and member, the
// security managers' among them, and who has them.
func (c *collection) organizationRoles(ctx context.Context) error {
	all, err := get[struct {
		Roles []organizationRole `json:"roles"`
	}](ctx, c.api, "GET /orgs/{org}/organization-roles", c.path("/organization-roles"))
	if err != nil {
		return c.broke(ctx, kindRole, "The organization's roles", err)
	}
	var short shortfall
	for i := range all.Roles {
		r := &all.Roles[i]
		s := newSheet()
		s.set("name", r.Name)
		s.text("source", strings.ToLower(r.Source))
		s.text("base_role", r.Base)
		permissions := slices.Clone(r.Permissions)
		slices.Sort(permissions)
		s.set("permissions", list(permissions))
		for _, holders := range []string{"users", "teams"} {
			have, err := c.holders(ctx, r.ID, holders)
			if err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				s.lose(holders)
				short.add(r.Name, err)
				continue
			}
			s.set(holders, have)
		}
		if err := c.emit(ctx, kindRole, id(r.ID), s); err != nil {
			return err
		}
	}
	c.end(kindRole, "Who has roles", &short)
	return nil
}

// holders are the numbers of the accounts or teams that have a role.
func (c *collection) holders(ctx context.Context, role int64, what string) ([]string, error) {
	have := []string{}
	err := pages(ctx, c.api, "GET /orgs/{org}/organization-roles/{role}/"+what, c.path("/organization-roles/"+id(role)+"/"+what+"?per_page=100"), func(a *account) error {
		have = append(have, id(a.ID))
		return nil
	})
	slices.Sort(have)
	return slices.Compact(have), err
}

// protectedBranches tells of the branches beside the default one that a
// protection or a ruleset names.
func (c *collection) protectedBranches(ctx context.Context) error {
	var short shortfall
	for i := range c.repos {
		r := &c.repos[i]
		if r.Branch == "" {
			continue
		}
		if err := c.missed(ctx, &short, r.FullName, c.protectedOf(ctx, r)); err != nil {
			return err
		}
	}
	if !c.reposOK {
		c.run.Incomplete(kindProtected, "Not every repository was listed.")
	}
	c.end(kindProtected, "The protected branches of repositories", &short)
	return nil
}

func (c *collection) protectedOf(ctx context.Context, r *repository) error {
	type branch struct {
		Name      string `json:"name"`
		Protected bool   `json:"protected"`
	}
	var names []string
	err := pages(ctx, c.api, "GET /repos/{repo}/branches?protected=true", r.path("/branches?protected=true&per_page=100"), func(b *branch) error {
		if b.Protected && b.Name != r.Branch { // a recording may hold them all
			names = append(names, b.Name)
		}
		return nil
	})
	for _, name := range names {
		if err := c.branch(ctx, kindProtected, r, name); err != nil {
			return err
		}
	}
	return err
}

func teamAccessKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindTeamAccess, "What teams may do with repositories", "name",
		field.Must("name", s, "team and repository"),
		field.Must("team", s, "number of the team, whose members are in github.team"),
		field.Must("repository", s, "organization/repository"),
		field.Must("role", s, "read, triage, write, maintain, admin, or the name of a role of the organization's own"),
		field.Must("writes", b, "its members can push"),
		field.Must("admin", b, "its members administer the repository"),
	)
}

func repositoryAccessKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindAccess, "What single people were given in repositories", "name",
		field.Must("name", s, "login and repository"),
		field.Must("account", s, "number of the account, which is in github.member or github.collaborator"),
		field.Must("repository", s, "organization/repository"),
		field.Must("role", s, "read, triage, write, maintain, admin, or the name of a role of the organization's own"),
		field.Must("writes", b, "it can push"),
		field.Must("admin", b, "it administers the repository"),
	)
}

func organizationRoleKind() resource.Schema {
	const s = resource.String
	return field.State(kindRole, "Roles of the organization", "name",
		field.Must("name", s, "its name; security_manager is that of the security managers"),
		field.Words(field.May("source", s, "who made it; absent where GitHub does not say"), "organization", "enterprise", "predefined"),
		field.May("base_role", s, "what it may do with every repository; absent without such a right"),
		field.List(field.Must("permissions", s, "what it may do with the organization, sorted")),
		field.List(field.Must("users", s, "numbers of the accounts that have it, themselves or by a team, sorted")),
		field.List(field.Must("teams", s, "numbers of the teams that have it, sorted")),
	)
}

func protectedKind() resource.Schema {
	k := branchKind()
	k.Kind, k.Title = kindProtected, "Protected branches beside the default ones"
	return k
}
