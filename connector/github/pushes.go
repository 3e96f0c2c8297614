package github

import (
	"context"
	"strings"
	"time"
)

type commit struct {
	OID         string    `json:"oid"`
	CommittedAt time.Time `json:"committedDate"`
	Headline    string    `json:"messageHeadline"`
	Author      struct {
		User *actor `json:"user"`
	} `json:"author"`
	Committer struct {
		User *actor `json:"user"`
	} `json:"committer"`
	Signature *struct {
		Valid bool `json:"isValid"`
	} `json:"signature"`
	Rollup *rollup `json:"statusCheckRollup"`
	Pulls  struct {
		Page  cursor `json:"pageInfo"`
		Nodes []struct {
			Number   int64      `json:"number"`
			MergedAt *time.Time `json:"mergedAt"`
		} `json:"nodes"`
	} `json:"associatedPullRequests"`
}

type commitPage struct {
	Repository struct {
		Ref *struct {
			Target struct {
				History struct {
					Page  cursor   `json:"pageInfo"`
					Nodes []commit `json:"nodes"`
				} `json:"history"`
			} `json:"target"`
		} `json:"ref"`
	} `json:"repository"`
}

const commitsQuery = `query($owner: String!, $name: String!, $ref: String!, $since: GitTimestamp, $until: GitTimestamp, $after: String) { repository(owner: $owner, name: $name) { nameWithOwner
  ref(qualifiedName: $ref) { target { ... on Commit { history(first: 100, since: $since, until: $until, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { oid committedDate messageHeadline author { user { __typename login databaseId } } committer { user { __typename login databaseId } }
      signature { isValid } statusCheckRollup { state contexts(first: 1) { totalCount } }
      associatedPullRequests(first: 20) { pageInfo { hasNextPage endCursor } nodes { number mergedAt } } } } } } } } }`

// webFlow commits what people do on GitHub's pages, in their place.
const webFlow = "web-flow"

// pushes reads the commits of the period and tells of those that belong to no
// pull request that was merged. Which were is remembered.
func (c *collection) pushes(ctx context.Context, r *repository) error {
	const name = queryHistory
	r.reached = map[int64]bool{}
	owner, repo, _ := strings.Cut(r.FullName, "/")
	variables := map[string]any{
		"owner": owner, "name": repo, "ref": "refs/heads/" + r.Branch, "after": nil,
		"since": c.env.Period.From.UTC().Format(time.RFC3339), "until": c.env.Period.To.UTC().Format(time.RFC3339),
	}
	for {
		p, err := ask[commitPage](ctx, c.api, name, commitsQuery, variables)
		if err != nil {
			return err
		}
		if p.Repository.Ref == nil {
			return nil // empty, or the branch is gone
		}
		list := &p.Repository.Ref.Target.History
		c.run.Page(name, "", len(list.Nodes))
		for i := range list.Nodes {
			if err := c.commit(ctx, r, &list.Nodes[i]); err != nil {
				return err
			}
		}
		if !list.Page.HasNextPage {
			return nil
		}
		variables["after"] = list.Page.EndCursor
	}
}

func (c *collection) commit(ctx context.Context, r *repository, one *commit) error {
	if !c.wanted(one.CommittedAt) {
		return nil
	}
	through := false
	for _, p := range one.Pulls.Nodes {
		if p.MergedAt != nil {
			r.reached[p.Number], through = true, true
		}
	}
	if through {
		return nil
	}
	if one.Pulls.Page.HasNextPage {
		c.run.Incomplete(kindPush, "Commit "+one.OID+" of "+r.FullName+" belongs to more pull requests than were looked at.")
		return nil
	}
	s := newSheet()
	s.set("at", one.CommittedAt)
	s.set("repository", r.FullName)
	s.set("branch", r.Branch)
	s.set("sha", one.OID)
	s.set("title", title(one.Headline))
	c.actor(s, "author", one.Author.User)
	if one.Committer.User == nil || one.Committer.User.Login == webFlow {
		s.lose("committer_key")
	} else {
		s.set("committer_key", c.key(one.Committer.User))
	}
	s.set("signed", one.Signature != nil && one.Signature.Valid)
	s.set("tested", one.Rollup != nil && one.Rollup.State == "SUCCESS" && one.Rollup.Contexts.Total > 0)
	return c.put(ctx, kindPush, id(r.ID)+"/"+one.OID, s)
}
