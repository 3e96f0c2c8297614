package github

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/connector"
)

// actor is whoever did something: a person, a program, or somebody whose
// account is gone.
type actor struct {
	Kind  string `json:"__typename"`
	Login string `json:"login"`
	ID    int64  `json:"databaseId"`
}

type review struct {
	State       string    `json:"state"`
	Author      *actor    `json:"author"`
	SubmittedAt time.Time `json:"submittedAt"`
	Commit      *struct {
		OID string `json:"oid"`
	} `json:"commit"`
}

type reviewPage struct {
	Page  cursor   `json:"pageInfo"`
	Nodes []review `json:"nodes"`
}

type rollup struct {
	State    string `json:"state"`
	Contexts struct {
		Total int `json:"totalCount"`
	} `json:"contexts"`
}

type pull struct {
	Node      string    `json:"id"`
	Number    int64     `json:"number"`
	Title     string    `json:"title"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	MergedAt  time.Time `json:"mergedAt"`
	Author    *actor    `json:"author"`
	MergedBy  *actor    `json:"mergedBy"`
	Base      string    `json:"baseRefName"`
	Head      string    `json:"headRefOid"`
	Merge     *struct {
		OID string `json:"oid"`
	} `json:"mergeCommit"`
	Rollup *rollup `json:"statusCheckRollup"`
	Issues struct {
		Total int `json:"totalCount"`
	} `json:"closingIssuesReferences"`
	Reviews reviewPage `json:"reviews"`

	unknown []string // fields that were not saved
}

type pullPage struct {
	Node struct {
		Pulls struct {
			Total int    `json:"totalCount"`
			Page  cursor `json:"pageInfo"`
			Nodes []pull `json:"nodes"`
		} `json:"pullRequests"`
	} `json:"repository"`
}

const (
	pullsPage   = 50 // as the query asks
	who         = `__typename login ... on User { databaseId } ... on Bot { databaseId } ... on Mannequin { databaseId }`
	someReviews = `pageInfo { hasNextPage endCursor } nodes { state submittedAt commit { oid } author { ` + who + ` } }`
	pullsQuery  = `query($owner: String!, $name: String!, $after: String) { repository(owner: $owner, name: $name) { nameWithOwner
  pullRequests(states: [MERGED], orderBy: {field: UPDATED_AT, direction: DESC}, first: 50, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id number title createdAt updatedAt mergedAt baseRefName headRefOid mergeCommit { oid } author { ` + who + ` } mergedBy { ` + who + ` }
      statusCheckRollup { state contexts(first: 1) { totalCount } } closingIssuesReferences(first: 1) { totalCount }
      reviews(first: 50) { ` + someReviews + ` } } } } }`
	reviewsQuery = `query($id: ID!, $after: String) { node(id: $id) { ... on PullRequest { id reviews(first: 100, after: $after) { ` + someReviews + ` } } } }`
)

// changes reads what went into each default branch during the period.
func (c *collection) changes(ctx context.Context) error {
	whole := map[string]bool{kindPull: c.reposOK, kindPush: c.reposOK}
	to := c.env.Period.To
	if c.now.Before(to) {
		to = c.now
	}
	for kind, ok := range whole {
		c.run.Covers(kind, c.env.Period.From, to)
		if !ok {
			c.run.Incomplete(kind, "Not every repository was listed.")
		}
	}
	for i := range c.repos {
		r := &c.repos[i]
		if r.Branch == "" || r.PushedAt != nil && r.PushedAt.Before(c.env.Period.From) {
			continue // nothing went in since
		}
		if err := c.changesOf(ctx, r); err != nil {
			return err
		}
	}
	c.recordedChanges()
	c.run.Complete(kindPull)
	c.run.Complete(kindPush)
	return nil
}

// changesOf reads one repository: its commits first, because they tell which
// pull requests reached the default branch.
func (c *collection) changesOf(ctx context.Context, r *repository) error {
	c.run.Say("Reading commits of " + r.FullName)
	if err := c.pushes(ctx, r); err != nil {
		if err := c.broke(ctx, kindPush, "Commits of "+r.FullName, err); err != nil {
			return err
		}
		c.run.Incomplete(kindPull, "Which pull requests reached the default branch of "+r.FullName+" by way of another could not be told.")
	}
	c.run.Say("Reading pull requests of " + r.FullName)
	read := c.pulls
	if c.tape != nil && !c.tape.asked(queryPulls, r.FullName) {
		read = c.recordedPulls
	}
	if err := read(ctx, r); err != nil {
		return c.broke(ctx, kindPull, "Pull requests of "+r.FullName, err)
	}
	return nil
}

// wanted reports that an event lies in the period.
func (c *collection) wanted(at time.Time) bool {
	return !at.Before(c.env.Period.From) && at.Before(c.env.Period.To)
}

// pulls reads the merged pull requests of a repository that went into its
// default branch, or whose commits reached it by way of another: the default
// branch of before, or one from which releases are made. It reads the last
// updated first, until those that were not updated since the period began: none
// of them was merged in it. What was updated meanwhile moved to the front, behind
// the reader's back, and is looked for again at the end.
func (c *collection) pulls(ctx context.Context, r *repository) error {
	seen := map[int64]bool{}
	began := c.now
	stretches := c.run.Stretches("pull requests of "+id(r.ID), kindPull, c.env.Period.From, began, 0)
	for _, one := range stretches {
		newest, err := c.pullsSince(ctx, r, one, seen)
		for err == nil && newest.After(began) && c.tape == nil { // something was updated since this began
			since := began
			began = newest
			newest, err = c.pullsSince(ctx, r, &connector.Stretch{Position: connector.Position{Asked: since}}, seen)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pullsSince reads those updated since a time, and returns when the newest was.
func (c *collection) pullsSince(ctx context.Context, r *repository, s *connector.Stretch, seen map[int64]bool) (newest time.Time, err error) {
	const name = queryPulls
	owner, repo, _ := strings.Cut(r.FullName, "/")
	after, resumed := s.Begin("")
	for read := s.Page * pullsPage; ; {
		p, err := ask[pullPage](ctx, c.api, name, pullsQuery, map[string]any{"owner": owner, "name": repo, "after": at(after)})
		if resumed && isLost(err) {
			s.Restart()
			after, read, resumed = "", 0, false
			continue
		}
		if err != nil {
			return newest, err
		}
		resumed = false
		list := &p.Node.Pulls
		c.run.Page(name, "", len(list.Nodes))
		if len(list.Nodes) > 0 && list.Nodes[0].UpdatedAt.After(newest) {
			newest = list.Nodes[0].UpdatedAt
		}
		done, err := c.somePulls(ctx, r, list.Nodes, s.Asked, seen)
		if err != nil {
			return newest, err
		}
		read += len(list.Nodes)
		if done || !list.Page.HasNextPage {
			return newest, errors.Join(c.allSaved(done, read, list.Total), reached(ctx, s, ""))
		}
		if read%1000 < len(list.Nodes) {
			c.run.Say(fmt.Sprintf("Reading pull requests of %s: %d of at most %d%s", r.FullName, read, list.Total, c.api.pace.Words((list.Total-read+pullsPage-1)/pullsPage)))
		}
		after = list.Page.EndCursor
		if err := reached(ctx, s, after); err != nil {
			return newest, err
		}
	}
}

// at is where a query begins: nothing at the beginning.
func at(cursor string) any {
	if cursor == "" {
		return nil
	}
	return cursor
}

// reached keeps how far a list was told.
func reached(ctx context.Context, s *connector.Stretch, cursor string) error {
	if err := s.Reached(ctx, cursor); err != nil {
		return &sinkError{err}
	}
	return nil
}

// allSaved says that recordings are fewer than GitHub counts.
func (c *collection) allSaved(done bool, read, total int) error {
	if !done && c.tape != nil && read < total {
		return fmt.Errorf("GitHub counts %d, and %d were saved", total, read)
	}
	return nil
}

// somePulls tells of a page. It is done at the first that was not updated since.
func (c *collection) somePulls(ctx context.Context, r *repository, page []pull, since time.Time, seen map[int64]bool) (done bool, err error) {
	for i := range page {
		one := &page[i]
		if one.UpdatedAt.Before(since) {
			if c.tape == nil {
				return true, nil
			}
			continue // a recording may be in another order
		}
		if seen[one.Number] || !c.wanted(one.MergedAt) || one.Base != r.Branch && !r.reached[one.Number] {
			continue
		}
		seen[one.Number] = true
		if err := c.pull(ctx, r, one); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *collection) pull(ctx context.Context, r *repository, p *pull) error {
	reviews, err := c.reviews(ctx, p)
	if err != nil {
		return err
	}
	s := newSheet()
	s.set("at", p.MergedAt)
	s.set("repository", r.FullName)
	s.set("number", p.Number)
	s.set("title", title(p.Title))
	s.set("opened_at", p.CreatedAt)
	s.set("branch", p.Base)
	s.set("head", p.Head)
	if p.Merge != nil {
		s.set("merge", p.Merge.OID)
	}
	c.actor(s, "author", p.Author)
	c.actor(s, "merged_by", p.MergedBy)
	s.set("automated", p.Author != nil && p.Author.Kind == "Bot")
	if p.Author == nil || p.MergedBy == nil {
		s.lose("self_merged")
	} else {
		s.set("self_merged", same(p.Author, p.MergedBy))
	}
	approvals, latest, gone := c.approvals(p, reviews)
	if p.Author == nil && len(approvals) > 0 || gone && len(approvals) == 0 { // it may be the author's own
		s.lose("approvals", "reviewed", "reviewed_latest")
	} else {
		s.set("approvals", approvals)
		s.set("reviewed", len(approvals) > 0)
		s.set("reviewed_latest", latest)
	}
	s.tests(p.Rollup)
	s.set("issues", p.Issues.Total)
	s.forget(p.unknown)
	return c.put(ctx, kindPull, id(r.ID)+"/"+id(p.Number), s)
}

// forget makes fields unavailable that were set.
func (s *sheet) forget(names []string) {
	for _, name := range names {
		delete(s.fields, name)
		if !slices.Contains(s.missing, name) {
			s.lose(name)
		}
	}
}

// tests sets what ran on a commit. GitHub sums it up in one word.
func (s *sheet) tests(r *rollup) {
	if r == nil {
		s.set("tests", 0)
		s.set("tested", false)
		return
	}
	s.set("tests", r.Contexts.Total)
	s.set("tested", r.State == "SUCCESS" && r.Contexts.Total > 0)
}

// reviews returns all of them, in the order in which they were given.
func (c *collection) reviews(ctx context.Context, p *pull) ([]review, error) {
	const name = queryReviews
	all := p.Reviews.Nodes
	for page := p.Reviews.Page; page.HasNextPage; {
		more, err := ask[struct {
			Node struct {
				Reviews reviewPage `json:"reviews"`
			} `json:"node"`
		}](ctx, c.api, name, reviewsQuery, map[string]any{"id": p.Node, "after": page.EndCursor})
		if err != nil {
			return nil, err
		}
		c.run.Page(name, "", len(more.Node.Reviews.Nodes))
		all = append(all, more.Node.Reviews.Nodes...)
		page = more.Node.Reviews.Page
	}
	slices.SortStableFunc(all, func(a, b review) int { return a.SubmittedAt.Compare(b.SubmittedAt) })
	return all, nil
}

// approvals are those of others in force when it was merged: each reviewer's
// last verdict counts, and a comment is none. One by an account that is gone is
// told apart.
func (c *collection) approvals(p *pull, reviews []review) (out []any, latest, gone bool) {
	last := map[int64]*review{}
	var order []int64
	for i := range reviews {
		v := &reviews[i]
		verdict := v.State == "APPROVED" || v.State == "CHANGES_REQUESTED" || v.State == "DISMISSED"
		if v.Author == nil && v.State == "APPROVED" && !v.SubmittedAt.After(p.MergedAt) {
			gone = true // by an account that is no more
		}
		if !verdict || v.Author == nil || v.SubmittedAt.After(p.MergedAt) || p.Author != nil && same(v.Author, p.Author) {
			continue
		}
		if last[v.Author.ID] == nil {
			order = append(order, v.Author.ID)
		}
		last[v.Author.ID] = v
	}
	out = []any{}
	for _, by := range order {
		v := last[by]
		if v.State != "APPROVED" {
			continue
		}
		sawLast := v.Commit != nil && v.Commit.OID == p.Head
		latest = latest || sawLast
		out = append(out, map[string]any{"by_key": c.key(v.Author), "at": v.SubmittedAt, "latest": sawLast})
	}
	return out, latest, gone
}

func same(a, b *actor) bool { return a.ID == b.ID && a.Kind == b.Kind }

// key is the pseudonym of an account's number.
func (c *collection) key(a *actor) string { return c.env.Pseudonym("github", id(a.ID)) }

// actor sets a login and its pseudonym, or says that they are not known.
func (c *collection) actor(s *sheet, field string, a *actor) {
	if a == nil {
		s.lose(field + "_key")
		return
	}
	s.set(field, a.Login)
	s.set(field+"_key", c.key(a))
}

const longestTitle = 300

func title(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if runes := []rune(text); len(runes) > longestTitle {
		text = string(runes[:longestTitle]) + "…"
	}
	return text
}
