package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/fault"
)

// collection is one reading of the organization.
type collection struct {
	*source
	run *connector.Run
	now time.Time
	api *client

	name     string // the organization's, as it is now
	owners   []string
	ownersOK bool // all of them were listed
	repos    []repository
	total    int  // repositories that the organization counts; -1 when it does not tell
	reposOK  bool // all of them were listed
	linked   identities
	received []delivery // of webhooks
}

// sheet is a resource being filled in.
type sheet struct {
	fields  map[string]any
	missing []string
}

func newSheet() *sheet { return &sheet{fields: map[string]any{}} }

func (s *sheet) set(name string, v any) { s.fields[name] = v }

// lose marks fields as unavailable.
func (s *sheet) lose(names ...string) { s.missing = append(s.missing, names...) }

// text sets the field unless the value is empty, which leaves it absent.
func (s *sheet) text(name, v string) {
	if v != "" {
		s.fields[name] = v
	}
}

// known sets the field, or marks it unavailable where nothing was told.
func known[T any](s *sheet, name string, v *T) {
	if v == nil {
		s.lose(name)
	} else {
		s.set(name, *v)
	}
}

func (c *collection) emit(ctx context.Context, kind, id string, s *sheet) error {
	return c.run.Emit(ctx, connector.Resource{Kind: kind, ID: id, Fields: s.fields, Unavailable: s.missing})
}

// broke reports that a listing broke off: the kind is incomplete, and the
// collection goes on, unless it was stopped or its sink failed.
func (c *collection) broke(ctx context.Context, kind, what string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if ours, bad := fromSink(err); ours {
		return bad
	}
	c.run.Incomplete(kind, what+" could not be read to the end: "+strings.TrimSuffix(clip(err.Error()), ".")+".")
	return nil
}

// sinkError keeps apart what was wrong on this side.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return e.err.Error() }

func (e *sinkError) Unwrap() error { return e.err }

// fromSink tells whether an error of a listing was on this side, and which; of
// others it is the error itself.
func fromSink(err error) (ours bool, bad error) {
	if sink, ok := errors.AsType[*sinkError](err); ok {
		return true, sink.err
	}
	return false, err
}

// put emits from within a listing.
func (c *collection) put(ctx context.Context, kind, id string, s *sheet) error {
	if err := c.emit(ctx, kind, id, s); err != nil {
		return &sinkError{err}
	}
	return nil
}

type organization struct {
	ID        int64   `json:"id"`
	Login     string  `json:"login"`
	TwoFactor *bool   `json:"two_factor_requirement_enabled"`
	Default   *string `json:"default_repository_permission"`
	Public    *bool   `json:"members_can_create_public_repositories"`
	Verified  *bool   `json:"is_verified"`
	Open      int     `json:"public_repos"`
	Closed    *int    `json:"total_private_repos"`
	Plan      *struct {
		Name string `json:"name"`
	} `json:"plan"`
}

// organization reads it first: without it nothing else can be asked for. It is
// emitted when its owners are known.
func (c *collection) organization(ctx context.Context) error {
	c.run.Say("Reading the organization")
	o, err := get[organization](ctx, c.api, "GET /orgs/{org}", "/orgs/"+url.PathEscape(c.org))
	if err != nil {
		if c.tape != nil {
			return c.recordedOrganization(ctx, err)
		}
		if r, ok := errors.AsType[*refusal](err); ok && r.status == http.StatusNotFound {
			return errNoOrganization
		}
		return err
	}
	c.name, c.total = o.Login, -1
	if o.Closed != nil {
		c.total = o.Open + *o.Closed
	}
	s := newSheet()
	s.set("name", o.Login)
	known(s, "two_factor_required", o.TwoFactor)
	known(s, "default_permission", o.Default)
	known(s, "members_create_public", o.Public)
	known(s, "verified", o.Verified)
	plan := ""
	if o.Plan != nil {
		plan = o.Plan.Name
		s.text("plan", plan)
	}
	if o.TwoFactor == nil {
		c.run.Note(kindOrg, "GitHub does not tell the organization's rules: give the app Administration of the organization, read, or use a token of an owner.")
	}
	if err := c.listOwners(ctx); err != nil {
		s.lose("owners")
		if err := c.broke(ctx, kindOrg, "The owners", err); err != nil {
			return err
		}
	} else {
		s.set("owners", c.owners)
	}
	if err := c.signOn(ctx, s, plan); err != nil {
		return err
	}
	if err := c.emit(ctx, kindOrg, id(o.ID), s); err != nil {
		return err
	}
	c.run.Complete(kindOrg)
	return nil
}

var errNoOrganization = fault.New(fault.NotFound, "GitHub knows no such organization, or does not show it to this app or token: check the name, and that the app is installed there.")

func (c *collection) path(rest string) string { return "/orgs/" + url.PathEscape(c.name) + rest }

type account struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
}

func (c *collection) listOwners(ctx context.Context) error {
	c.owners = []string{}
	err := pages(ctx, c.api, "GET /orgs/{org}/members?role=admin", c.path("/members?role=admin&per_page=100"), func(a *account) error {
		c.owners = append(c.owners, id(a.ID))
		return nil
	})
	slices.Sort(c.owners)
	c.ownersOK = err == nil
	return err
}

// collaborators reads who has access without belonging to the organization.
func (c *collection) collaborators(ctx context.Context) error {
	without := map[int64]bool{}
	factorErr := pages(ctx, c.api, "GET /orgs/{org}/outside_collaborators?filter=2fa_disabled", c.path("/outside_collaborators?filter=2fa_disabled&per_page=100"), func(a *account) error {
		without[a.ID] = true
		return nil
	})
	if factorErr != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.run.Note(kindCollaborator, "Second factors could not be read: GitHub shows them to owners alone.")
	}
	err := pages(ctx, c.api, "GET /orgs/{org}/outside_collaborators", c.path("/outside_collaborators?per_page=100"), func(a *account) error {
		s := newSheet()
		s.set("login", a.Login)
		if factorErr != nil {
			s.lose("two_factor")
		} else {
			s.set("two_factor", !without[a.ID])
		}
		return c.put(ctx, kindCollaborator, id(a.ID), s)
	})
	if err != nil {
		return c.broke(ctx, kindCollaborator, "Outside collaborators", err)
	}
	c.run.Complete(kindCollaborator)
	return nil
}

type team struct {
	ID      int64  `json:"id"`
	Slug    string `json:"slug"`
	Privacy string `json:"privacy"`
	Parent  *struct {
		ID int64 `json:"id"`
	} `json:"parent"`
}

// teams reads each with who is in it.
func (c *collection) teams(ctx context.Context) error {
	var teams []team
	err := pages(ctx, c.api, "GET /orgs/{org}/teams", c.path("/teams?per_page=100"), func(t *team) error {
		teams = append(teams, *t)
		return nil
	})
	listed := err == nil
	if err != nil {
		if err := c.broke(ctx, kindTeam, "Teams", err); err != nil {
			return err
		}
	}
	var short shortfall
	for i := range teams {
		if short, err = c.team(ctx, &teams[i], short); err != nil {
			return err
		}
	}
	c.run.Complete(kindTeam)
	if !listed {
		c.run.Incomplete(kindTeamAccess, "Not every team was listed.")
	}
	c.end(kindTeamAccess, "What teams may do", &short)
	return nil
}

// team tells of one, and adds to what could not be read of what teams may do.
func (c *collection) team(ctx context.Context, t *team, short shortfall) (shortfall, error) {
	s := newSheet()
	s.set("slug", t.Slug)
	s.text("privacy", t.Privacy)
	if t.Parent != nil {
		s.set("parent", id(t.Parent.ID))
	}
	members := []string{}
	err := pages(ctx, c.api, "GET /orgs/{org}/teams/{team}/members", c.path("/teams/"+url.PathEscape(t.Slug)+"/members?per_page=100"), func(a *account) error {
		members = append(members, id(a.ID))
		return nil
	})
	if err != nil {
		if ctx.Err() != nil {
			return short, ctx.Err()
		}
		s.lose("members")
		c.run.Note(kindTeam, "The members of "+t.Slug+" could not be read: "+clip(err.Error())+".")
	} else {
		slices.Sort(members)
		s.set("members", members)
	}
	if err := c.emit(ctx, kindTeam, id(t.ID), s); err != nil {
		return short, err
	}
	err = c.missed(ctx, &short, t.Slug, c.teamAccess(ctx, t))
	return short, err
}

type member struct {
	Role      *string `json:"role"`
	TwoFactor *bool   `json:"hasTwoFactorEnabled"`
	Node      *struct {
		ID        int64     `json:"databaseId"`
		Login     string    `json:"login"`
		Name      *string   `json:"name"`
		CreatedAt time.Time `json:"createdAt"`
		Emails    []string  `json:"organizationVerifiedDomainEmails"`
	} `json:"node"`
}

type memberPage struct {
	Organization struct {
		Members struct {
			Total int      `json:"totalCount"`
			Page  cursor   `json:"pageInfo"`
			Edges []member `json:"edges"`
		} `json:"membersWithRole"`
	} `json:"organization"`
}

const membersQuery = `query($org: String!, $after: String) { organization(login: $org) { membersWithRole(first: 100, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } edges { role hasTwoFactorEnabled node { databaseId login name createdAt EMAILS } } } } }`

// members reads them with their second factor and verified addresses, and
// without addresses where those are refused.
func (c *collection) members(ctx context.Context) error {
	if c.tape != nil && !c.tape.asked(queryMembers, "") {
		return c.recordedMembers(ctx)
	}
	const emails = "organizationVerifiedDomainEmails(login: $org)"
	seen := map[int64]bool{}
	with := true
	for after, first := any(nil), true; ; first = false {
		text := strings.Replace(membersQuery, "EMAILS", emails, 1)
		if !with {
			text = strings.Replace(membersQuery, "EMAILS", "", 1)
		}
		p, err := ask[memberPage](ctx, c.api, queryMembers, text, map[string]any{"org": c.name, "after": after})
		if r, ok := errors.AsType[*refusal](err); ok && with && first && r.status == 0 && r.reset == "" {
			with = false
			c.run.Note(kindMember, "Verified addresses could not be read: GitHub shows them to owners alone.")
			p, err = ask[memberPage](ctx, c.api, queryMembers, strings.Replace(membersQuery, "EMAILS", "", 1), map[string]any{"org": c.name, "after": after})
		}
		if err != nil {
			return c.broke(ctx, kindMember, "Members", err)
		}
		list := p.Organization.Members
		c.run.Page(queryMembers, "", len(list.Edges))
		c.run.Upstream(queryMembers, list.Total)
		if err := c.someMembers(ctx, list.Edges, list.Total, with, seen); err != nil {
			return err
		}
		if !list.Page.HasNextPage {
			if len(seen) < list.Total {
				c.run.Truncate(queryMembers, kindMember, "GitHub counts more members than it lists.")
			}
			break
		}
		after = list.Page.EndCursor
	}
	c.run.Complete(kindMember)
	return nil
}

// someMembers tells of a page.
func (c *collection) someMembers(ctx context.Context, page []member, total int, emails bool, seen map[int64]bool) error {
	for i := range page {
		if err := c.member(ctx, &page[i], emails, seen); err != nil {
			return err
		}
	}
	if read := len(seen); read%1000 < len(page) {
		c.run.Say(fmt.Sprintf("Reading members: %d of %d%s", read, total, c.api.pace.Words((total-read+99)/100)))
	}
	return nil
}

func (c *collection) member(ctx context.Context, m *member, emails bool, seen map[int64]bool) error {
	if m.Node == nil || seen[m.Node.ID] {
		return nil
	}
	seen[m.Node.ID] = true
	s := newSheet()
	s.set("login", m.Node.Login)
	if m.Node.Name != nil {
		s.text("name", *m.Node.Name)
	}
	if len(m.Node.Emails) > 0 {
		s.set("email", strings.ToLower(slices.Min(m.Node.Emails)))
	}
	c.linked.say(s, m.Node.ID)
	if !emails && s.fields["email"] == nil {
		s.lose("email")
	}
	if m.Role == nil {
		s.lose("owner")
	} else {
		s.set("owner", *m.Role == "ADMIN")
	}
	if m.TwoFactor == nil {
		c.run.Note(kindMember, "Second factors could not be read: GitHub shows them to owners alone.")
	}
	known(s, "two_factor", m.TwoFactor)
	s.set("created_at", m.Node.CreatedAt)
	return c.emit(ctx, kindMember, id(m.Node.ID), s)
}
