package github

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// recorded puts the recordings, if there are, in the place of the network.
func (s *source) recorded(ctx context.Context) error {
	if s.from == "" {
		return nil
	}
	t, err := openTape(ctx, s)
	if err != nil {
		return err
	}
	s.tape = t
	s.env.HTTP = &http.Client{Transport: t}
	return nil
}

// recordedOrganization goes on without the organization's own answer: there may
// be others.
func (c *collection) recordedOrganization(ctx context.Context, err error) error {
	c.name, c.total = c.org, -1
	if err := c.broke(ctx, kindOrg, "The organization", err); err != nil {
		return err
	}
	if err := c.listOwners(ctx); err != nil {
		return c.broke(ctx, kindOrg, "The owners", err)
	}
	return nil
}

type user struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
}

func (u *user) actor() *actor {
	if u == nil || u.ID == 0 {
		return nil
	}
	return &actor{Kind: u.Type, Login: u.Login, ID: u.ID}
}

// recordedMembers reads the lists of the REST API, which tell less of a member
// than the query does.
func (c *collection) recordedMembers(ctx context.Context) error {
	without := map[int64]bool{}
	factorErr := pages(ctx, c.api, "GET /orgs/{org}/members?filter=2fa_disabled", c.path("/members?filter=2fa_disabled&per_page=100"), func(a *account) error {
		without[a.ID] = true
		return nil
	})
	if factorErr != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.run.Note(kindMember, "Second factors are not among the recordings: save members?filter=2fa_disabled, as an owner.")
	}
	seen := map[int64]bool{}
	err := pages(ctx, c.api, "GET /orgs/{org}/members", c.path("/members?per_page=100"), func(a *account) error {
		if seen[a.ID] {
			return nil
		}
		seen[a.ID] = true
		s := newSheet()
		s.set("login", a.Login)
		c.linked.say(s, a.ID)
		s.lose("name", "created_at")
		if s.fields["email"] == nil {
			s.lose("email")
		}
		if c.ownersOK {
			s.set("owner", slices.Contains(c.owners, id(a.ID)))
		} else {
			s.lose("owner")
		}
		if factorErr != nil {
			s.lose("two_factor")
		} else {
			s.set("two_factor", !without[a.ID])
		}
		return c.put(ctx, kindMember, id(a.ID), s)
	})
	if err != nil {
		return c.broke(ctx, kindMember, "Members", err)
	}
	c.run.Complete(kindMember)
	return nil
}

type recordedPull struct {
	Number    int64      `json:"number"`
	Title     string     `json:"title"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	MergedAt  *time.Time `json:"merged_at"`
	Merge     *string    `json:"merge_commit_sha"`
	User      *user      `json:"user"`
	MergedBy  *user      `json:"merged_by"`
	Base      struct {
		Ref string `json:"ref"`
	} `json:"base"`
	Head struct {
		SHA string `json:"sha"`
	} `json:"head"`
}

// recordedPulls reads the lists of the REST API, each pull request's reviews and
// what ran on its last commit. What was not saved of one is unavailable.
func (c *collection) recordedPulls(ctx context.Context, r *repository) error {
	seen := map[int64]bool{}
	return pages(ctx, c.api, "GET /repos/{repo}/pulls", r.path("/pulls?state=closed&per_page=100"), func(p *recordedPull) error {
		if p.MergedAt == nil || seen[p.Number] || !c.wanted(*p.MergedAt) || p.Base.Ref != r.Branch {
			return nil
		}
		seen[p.Number] = true
		one := &pull{
			Number: p.Number, Title: p.Title, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, MergedAt: *p.MergedAt,
			Author: p.User.actor(), MergedBy: p.MergedBy.actor(), Base: p.Base.Ref, Head: p.Head.SHA, unknown: []string{"issues"},
		}
		if p.Merge != nil {
			one.Merge = &struct {
				OID string `json:"oid"`
			}{*p.Merge}
		}
		if err := c.recordedRest(ctx, r, one); err != nil {
			return err
		}
		return c.pull(ctx, r, one)
	})
}

// recordedRest completes a pull request from its own answers.
func (c *collection) recordedRest(ctx context.Context, r *repository, p *pull) error {
	at := r.path("/pulls/" + id(p.Number))
	if p.MergedBy == nil {
		own, err := get[recordedPull](ctx, c.api, "GET /repos/{repo}/pulls/{number}", at)
		if err == nil {
			p.MergedBy = own.MergedBy.actor()
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	err := pages(ctx, c.api, "GET /repos/{repo}/pulls/{number}/reviews", at+"/reviews?per_page=100", func(v *struct {
		State       string    `json:"state"`
		User        *user     `json:"user"`
		SubmittedAt time.Time `json:"submitted_at"`
		Commit      string    `json:"commit_id"`
	},
	) error {
		one := review{State: strings.ToUpper(v.State), Author: v.User.actor(), SubmittedAt: v.SubmittedAt}
		one.Commit = &struct {
			OID string `json:"oid"`
		}{v.Commit}
		p.Reviews.Nodes = append(p.Reviews.Nodes, one)
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		p.unknown = append(p.unknown, "approvals", "reviewed", "reviewed_latest")
	}
	if p.Rollup, err = c.recordedTests(ctx, r, p.Head); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.unknown = append(p.unknown, "tests", "tested")
	}
	return nil
}

// recordedTests sums up what ran on a commit, as GitHub's own summary does.
func (c *collection) recordedTests(ctx context.Context, r *repository, sha string) (*rollup, error) {
	at := r.path("/commits/" + sha)
	runs, err := get[struct {
		Total int `json:"total_count"`
		Runs  []struct {
			Status     string `json:"status"`
			Conclusion string `json:"conclusion"`
		} `json:"check_runs"`
	}](ctx, c.api, "GET /repos/{repo}/commits/{commit}/check-runs", at+"/check-runs?per_page=100")
	if err != nil {
		return nil, err
	}
	statuses, err := get[struct {
		Total int    `json:"total_count"`
		State string `json:"state"`
	}](ctx, c.api, "GET /repos/{repo}/commits/{commit}/status", at+"/status")
	if err != nil {
		return nil, err
	}
	if len(runs.Runs) < runs.Total {
		return nil, fmt.Errorf("of %d tests %d were saved", runs.Total, len(runs.Runs))
	}
	out := &rollup{State: "SUCCESS"}
	out.Contexts.Total = runs.Total + statuses.Total
	for _, run := range runs.Runs {
		if run.Status != "completed" || !slices.Contains([]string{"success", "neutral", "skipped"}, run.Conclusion) {
			out.State = "FAILURE"
		}
	}
	if statuses.Total > 0 && statuses.State != "success" {
		out.State = "FAILURE"
	}
	return out, nil
}

// recordedChanges says what recordings cannot tell of changes.
func (c *collection) recordedChanges() {
	if c.tape != nil {
		c.run.Incomplete(kindPull, "Recordings do not tell until when they reach.")
		c.run.Incomplete(kindPush, "Recordings do not tell until when they reach.")
	}
}
