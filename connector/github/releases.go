package github

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
)

type invitation struct {
	ID        int64     `json:"id"`
	Login     *string   `json:"login"`
	Email     *string   `json:"email"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`
	Inviter   *account  `json:"inviter"`
	Teams     int64     `json:"team_count"`
}

// invitations reads who was asked to join and has not answered.
func (c *collection) invitations(ctx context.Context) error {
	err := pages(ctx, c.api, "GET /orgs/{org}/invitations", c.path("/invitations?per_page=100"), func(i *invitation) error {
		s := newSheet()
		if i.Email != nil {
			s.text("email", strings.ToLower(*i.Email))
			s.text("name", *i.Email)
		}
		if i.Login != nil {
			s.text("name", *i.Login)
		}
		s.set("role", i.Role)
		s.set("invited_at", i.CreatedAt)
		if i.Inviter != nil && i.Inviter.ID != 0 {
			s.set("invited_by_key", c.env.Pseudonym("github", id(i.Inviter.ID)))
		}
		s.set("teams", i.Teams)
		return c.put(ctx, kindInvitation, id(i.ID), s)
	})
	if err != nil {
		return c.broke(ctx, kindInvitation, "Invitations", err)
	}
	c.run.Complete(kindInvitation)
	return nil
}

// ofEach reads something of every repository. What broke of one makes the kind
// incomplete, and the others are read all the same.
func (c *collection) ofEach(ctx context.Context, kind, what string, read func(context.Context, *repository) error) error {
	to := c.env.Period.To
	if c.now.Before(to) {
		to = c.now
	}
	c.run.Covers(kind, c.env.Period.From, to)
	if !c.reposOK {
		c.run.Incomplete(kind, "Not every repository was listed.")
	}
	for i := range c.repos {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r := &c.repos[i]; r.Branch != "" { // nothing is released of an empty one
			if err := read(ctx, r); err != nil {
				if err := c.broke(ctx, kind, what+" of "+r.FullName, err); err != nil {
					return err
				}
			}
		}
	}
	c.run.Complete(kind)
	return nil
}

type release struct {
	ID          int64      `json:"id"`
	Tag         string     `json:"tag_name"`
	Target      string     `json:"target_commitish"`
	Draft       bool       `json:"draft"`
	Prerelease  bool       `json:"prerelease"`
	PublishedAt *time.Time `json:"published_at"`
	Author      *account   `json:"author"`
	Immutable   *bool      `json:"immutable"`
	Assets      []struct {
		ID int64 `json:"id"`
	} `json:"assets"`
}

// releases reads what was published in the period: all pages, because a draft
// keeps its place in the list when it is published.
func (c *collection) releases(ctx context.Context) error {
	return c.ofEach(ctx, kindRelease, "Releases", func(ctx context.Context, r *repository) error {
		at := "/repos/" + repoPath(r.FullName) + "/releases?per_page=100"
		return pages(ctx, c.api, "GET /repos/{repo}/releases", at, func(v *release) error {
			if v.Draft || v.PublishedAt == nil || !c.wanted(*v.PublishedAt) {
				return nil
			}
			s := newSheet()
			s.set("at", *v.PublishedAt)
			s.set("name", r.FullName+" "+v.Tag)
			s.set("repository", r.FullName)
			s.set("tag", v.Tag)
			s.set("target", v.Target)
			s.set("prerelease", v.Prerelease)
			if v.Author != nil && v.Author.ID != 0 {
				s.text("author", v.Author.Login)
				s.set("author_key", c.env.Pseudonym("github", id(v.Author.ID)))
			}
			if v.Immutable != nil {
				s.set("immutable", *v.Immutable)
			}
			s.set("files", len(v.Assets))
			return c.put(ctx, kindRelease, id(r.ID)+"/"+id(v.ID), s)
		})
	})
}

type deployment struct {
	ID          int64     `json:"databaseId"`
	CreatedAt   time.Time `json:"createdAt"`
	Environment string    `json:"environment"`
	Commit      string    `json:"commitOid"`
	State       string    `json:"state"`
	Creator     *actor    `json:"creator"`
	Ref         *struct {
		Name string `json:"name"`
	} `json:"ref"`
}

type deploymentPage struct {
	Node *struct {
		Deployments *struct {
			Page  cursor       `json:"pageInfo"`
			Nodes []deployment `json:"nodes"`
		} `json:"deployments"`
	} `json:"repository"`
}

const deploymentsQuery = `query($owner: String!, $name: String!, $after: String) { repository(owner: $owner, name: $name) { nameWithOwner
  deployments(orderBy: {field: CREATED_AT, direction: DESC}, first: 100, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { databaseId createdAt environment commitOid state ref { name } creator { ` + who + ` } } } } }`

// deployments reads what was asked for in the period, the newest first.
func (c *collection) deployments(ctx context.Context) error {
	return c.ofEach(ctx, kindDeployment, "Deployments", func(ctx context.Context, r *repository) error {
		owner, repo, _ := strings.Cut(r.FullName, "/")
		for after := any(nil); ; {
			p, err := ask[deploymentPage](ctx, c.api, queryDeployments, deploymentsQuery, map[string]any{"owner": owner, "name": repo, "after": after})
			if err != nil {
				return err
			}
			if p.Node == nil || p.Node.Deployments == nil {
				return errors.New("GitHub answers without them")
			}
			list := p.Node.Deployments
			c.run.Page(queryDeployments, "", len(list.Nodes))
			if done, err := c.someDeployments(ctx, r, list.Nodes); done || err != nil {
				return err
			}
			if !list.Page.HasNextPage {
				return nil
			}
			after = list.Page.EndCursor
		}
	})
}

// someDeployments tells of a page. It is done at the first that is older than
// the period.
func (c *collection) someDeployments(ctx context.Context, r *repository, page []deployment) (done bool, err error) {
	for i := range page {
		d := &page[i]
		if d.CreatedAt.Before(c.env.Period.From) && c.tape == nil {
			return true, nil
		}
		if err := c.deployment(ctx, r, d); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *collection) deployment(ctx context.Context, r *repository, d *deployment) error {
	if !c.wanted(d.CreatedAt) {
		return nil
	}
	s := newSheet()
	s.set("at", d.CreatedAt)
	s.set("name", r.FullName+" "+d.Environment)
	s.set("repository", r.FullName)
	s.set("environment", d.Environment)
	if d.Commit == "" {
		s.lose("sha")
	} else {
		s.set("sha", d.Commit)
	}
	if d.Ref != nil {
		s.text("ref", d.Ref.Name)
	}
	s.set("state", d.State)
	if d.Creator != nil {
		s.text("creator", d.Creator.Login)
		s.set("automated", d.Creator.Kind == "Bot")
		if d.Creator.ID != 0 {
			s.set("creator_key", c.key(d.Creator))
		}
	}
	return c.put(ctx, kindDeployment, id(r.ID)+"/"+id(d.ID), s)
}

// repoPath is organization/repository as it stands in an address.
func repoPath(fullName string) string {
	owner, name, _ := strings.Cut(fullName, "/")
	return url.PathEscape(owner) + "/" + url.PathEscape(name)
}
