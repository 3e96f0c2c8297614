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
)

type repository struct {
	ID         int64      `json:"id"`
	FullName   string     `json:"full_name"`
	Private    bool       `json:"private"`
	Visibility string     `json:"visibility"`
	Archived   bool       `json:"archived"`
	Fork       bool       `json:"fork"`
	Branch     string     `json:"default_branch"`
	PushedAt   *time.Time `json:"pushed_at"`
	Size       int64      `json:"size"`
	Security   *struct {
		Scanning  feature `json:"secret_scanning"`
		Pushes    feature `json:"secret_scanning_push_protection"`
		Proposals feature `json:"dependabot_security_updates"`
	} `json:"security_and_analysis"`

	reached map[int64]bool // pull requests whose commits are on the default branch
}

type feature struct {
	Status string `json:"status"`
}

func (r *repository) path(rest string) string { return "/repos/" + r.FullName + rest }

// repositories lists them, and remembers them for what follows.
func (c *collection) repositories(ctx context.Context) error {
	seen := map[int64]bool{}
	err := pages(ctx, c.api, "GET /orgs/{org}/repos", c.path("/repos?type=all&sort=created&direction=asc&per_page=100"), func(r *repository) error {
		if seen[r.ID] {
			return nil
		}
		seen[r.ID] = true
		c.repos = append(c.repos, *r)
		return c.put(ctx, kindRepository, id(r.ID), r.sheet())
	})
	if err != nil {
		return c.broke(ctx, kindRepository, "Repositories", err)
	}
	c.reposOK = c.allShown()
	if len(c.repos) > 0 && !slices.ContainsFunc(c.repos, func(r repository) bool { return r.Security != nil }) {
		c.run.Note(kindRepository, "What GitHub looks for in repositories could not be read: give Administration of repositories, read.")
	}
	c.run.Complete(kindRepository)
	return nil
}

// allShown compares the list with the organization's own count, because an app
// or a token that was given some repositories is shown only those.
func (c *collection) allShown() bool {
	const name = "GET /orgs/{org}/repos"
	if c.total < 0 {
		c.run.Incomplete(kindRepository, "GitHub does not tell how many repositories there are, so that some may not be shown: give Administration of the organization, read.")
		return false
	}
	c.run.Upstream(name, c.total)
	if len(c.repos) < c.total {
		c.run.Truncate(name, kindRepository, fmt.Sprintf("GitHub counts %d repositories and shows %d: give the app or the token all of them.", c.total, len(c.repos)))
		return false
	}
	return true
}

func (r *repository) sheet() *sheet {
	s := newSheet()
	s.set("name", r.FullName)
	visibility := r.Visibility
	if visibility == "" {
		visibility = "public"
		if r.Private {
			visibility = "private"
		}
	}
	s.set("visibility", visibility)
	s.set("public", visibility == "public")
	s.set("archived", r.Archived)
	s.set("fork", r.Fork)
	s.text("default_branch", r.Branch)
	if r.PushedAt != nil {
		s.set("pushed_at", *r.PushedAt)
	}
	if r.Security == nil {
		s.lose("secret_scanning", "push_protection", "security_updates")
		return s
	}
	s.set("secret_scanning", r.Security.Scanning.Status == "enabled")
	s.set("push_protection", r.Security.Pushes.Status == "enabled")
	s.set("security_updates", r.Security.Proposals.Status == "enabled")
	return s
}

// branches tells what binds the default branch of each repository.
func (c *collection) branches(ctx context.Context) error {
	for i := range c.repos {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r := &c.repos[i]; r.Branch != "" {
			if err := c.branch(ctx, kindBranch, r, r.Branch); err != nil {
				_, bad := fromSink(err)
				return bad
			}
		}
	}
	if c.reposOK {
		c.run.Complete(kindBranch)
	} else {
		c.run.Incomplete(kindBranch, "Not every repository was listed.")
	}
	return nil
}

// branch tells what binds one.
func (c *collection) branch(ctx context.Context, kind string, r *repository, name string) error {
	s := newSheet()
	s.set("name", r.FullName+" "+name)
	s.set("repository", r.FullName)
	s.set("branch", name)
	s.set("archived", r.Archived)
	b, err := c.bound(ctx, r, name)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.lose(boundFields...)
		c.run.Note(kind, fmt.Sprintf("What binds %s could not be read: %s.", r.FullName, strings.TrimSuffix(clip(err.Error()), ".")))
	} else {
		b.fill(s)
	}
	return c.put(ctx, kind, id(r.ID)+"/"+name, s)
}

var boundFields = []string{
	"protected", "by", "pull_request_required", "required_approvals", "reviews_bind_everybody", "stale_dismissed", "last_push_approved", "code_owners",
	"required_checks", "up_to_date", "force_push_blocked", "deletion_blocked", "signed",
}

// bound is everything that applies to a branch, of both mechanisms.
type bound struct {
	by                                []string
	pull, stale, last, owners, strict bool
	noForce, noDelete, signed         bool
	approvals                         int
	checks                            []string
	binding, hidden                   bool // approvals that bind everybody; a list of who may bypass is not shown
}

func (b *bound) fill(s *sheet) {
	slices.Sort(b.by)
	slices.Sort(b.checks)
	s.set("protected", len(b.by) > 0)
	s.set("by", list(slices.Compact(b.by)))
	s.set("pull_request_required", b.pull)
	s.set("required_approvals", b.approvals)
	if b.hidden && !b.binding {
		s.lose("reviews_bind_everybody")
	} else {
		s.set("reviews_bind_everybody", b.binding)
	}
	s.set("stale_dismissed", b.stale)
	s.set("last_push_approved", b.last)
	s.set("code_owners", b.owners)
	s.set("required_checks", list(slices.Compact(b.checks)))
	s.set("up_to_date", b.strict)
	s.set("force_push_blocked", b.noForce)
	s.set("deletion_blocked", b.noDelete)
	s.set("signed", b.signed)
}

func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

type enabled struct {
	Enabled bool `json:"enabled"`
}

type protection struct {
	Reviews *struct {
		Approvals int  `json:"required_approving_review_count"`
		Stale     bool `json:"dismiss_stale_reviews"`
		Owners    bool `json:"require_code_owner_reviews"`
		Last      bool `json:"require_last_push_approval"`
		Bypass    struct {
			Users []account `json:"users"`
			Teams []account `json:"teams"`
			Apps  []account `json:"apps"`
		} `json:"bypass_pull_request_allowances"`
	} `json:"required_pull_request_reviews"`
	Checks *struct {
		Strict   bool     `json:"strict"`
		Contexts []string `json:"contexts"`
		Checks   []struct {
			Context string `json:"context"`
		} `json:"checks"`
	} `json:"required_status_checks"`
	Admins  enabled `json:"enforce_admins"`
	Force   enabled `json:"allow_force_pushes"`
	Delete  enabled `json:"allow_deletions"`
	Signing enabled `json:"required_signatures"`
}

type branchRule struct {
	Type    string `json:"type"`
	Ruleset int64  `json:"ruleset_id"`
	P       struct {
		Approvals int  `json:"required_approving_review_count"`
		Stale     bool `json:"dismiss_stale_reviews_on_push"`
		Owners    bool `json:"require_code_owner_review"`
		Last      bool `json:"require_last_push_approval"`
		Strict    bool `json:"strict_required_status_checks_policy"`
		Checks    []struct {
			Context string `json:"context"`
		} `json:"required_status_checks"`
	} `json:"parameters"`
}

// bound asks both mechanisms. An error means that one of them did not answer.
func (c *collection) bound(ctx context.Context, r *repository, name string) (*bound, error) {
	b := &bound{}
	branch := url.PathEscape(name)
	p, err := getOr[protection](ctx, c.api, call{
		name: "GET /repos/{repo}/branches/{branch}/protection", url: c.api.address(r.path("/branches/" + branch + "/protection")), absent: "Branch not protected",
	})
	refused, ok := errors.AsType[*refusal](err)
	switch {
	case err == nil:
		b.addProtection(&p)
	case errors.Is(err, errAbsent):
	case ok && refused.status == http.StatusNotFound:
		return nil, fmt.Errorf("the right to see protection is missing: give Administration of repositories, read")
	default:
		return nil, err
	}
	var rules []branchRule
	err = pages(ctx, c.api, "GET /repos/{repo}/rules/branches/{branch}", r.path("/rules/branches/"+branch+"?per_page=100"), func(x *branchRule) error {
		rules = append(rules, *x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range rules {
		if err := c.addRule(ctx, r, b, &rules[i]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bound) addProtection(p *protection) {
	b.by = append(b.by, "protection")
	b.noForce, b.noDelete, b.signed = !p.Force.Enabled, !p.Delete.Enabled, p.Signing.Enabled
	if v := p.Reviews; v != nil {
		b.pull, b.stale, b.last, b.owners, b.approvals = true, v.Stale, v.Last, v.Owners, v.Approvals
		b.binding = v.Approvals > 0 && p.Admins.Enabled && len(v.Bypass.Users)+len(v.Bypass.Teams)+len(v.Bypass.Apps) == 0
	}
	if v := p.Checks; v != nil {
		b.strict = v.Strict
		b.checks = append(b.checks, v.Contexts...)
		for _, check := range v.Checks {
			b.checks = append(b.checks, check.Context)
		}
	}
}

func (c *collection) addRule(ctx context.Context, r *repository, b *bound, x *branchRule) error {
	b.by = append(b.by, "ruleset "+id(x.Ruleset))
	switch x.Type {
	case "pull_request":
		b.pull = true
		b.stale, b.last, b.owners = b.stale || x.P.Stale, b.last || x.P.Last, b.owners || x.P.Owners
		b.approvals = max(b.approvals, x.P.Approvals)
		if x.P.Approvals > 0 && !b.binding {
			return c.bypass(ctx, r, b, x.Ruleset)
		}
	case "required_status_checks":
		b.strict = b.strict || x.P.Strict
		for _, check := range x.P.Checks {
			b.checks = append(b.checks, check.Context)
		}
	case "non_fast_forward":
		b.noForce = true
	case "deletion":
		b.noDelete = true
	case "required_signatures":
		b.signed = true
	}
	return nil
}

// bypass looks at who may pass a ruleset by. GitHub shows the list to those
// who may change it, and leaves it out for others.
func (c *collection) bypass(ctx context.Context, r *repository, b *bound, ruleset int64) error {
	set, err := get[struct {
		Actors *[]struct{} `json:"bypass_actors"`
	}](ctx, c.api, "GET /repos/{repo}/rulesets/{ruleset}", r.path("/rulesets/"+id(ruleset)+"?includes_parents=true"))
	if _, ok := errors.AsType[*refusal](err); err != nil && !ok {
		return err
	}
	switch {
	case err != nil || set.Actors == nil:
		b.hidden = true
	case len(*set.Actors) == 0:
		b.binding = true
	}
	return nil
}

type alert struct {
	Number        int64      `json:"number"`
	CreatedAt     time.Time  `json:"created_at"`
	State         string     `json:"state"`
	FixedAt       *time.Time `json:"fixed_at"`
	Dismissed     *time.Time `json:"dismissed_at"`
	AutoDismissed *time.Time `json:"auto_dismissed_at"`
	Reason        *string    `json:"dismissed_reason"`
	By            *user      `json:"dismissed_by"`
	Depends       struct {
		Manifest string `json:"manifest_path"`
		Scope    string `json:"scope"`
	} `json:"dependency"`
	Advisory struct {
		GHSA string `json:"ghsa_id"`
		CVE  string `json:"cve_id"`
	} `json:"security_advisory"`
	Weakness struct {
		Severity string `json:"severity"`
		Package  struct {
			Ecosystem string `json:"ecosystem"`
			Name      string `json:"name"`
		} `json:"package"`
		Patched *struct {
			Version string `json:"identifier"`
		} `json:"first_patched_version"`
	} `json:"security_vulnerability"`
	Repository struct {
		ID       int64  `json:"id"`
		FullName string `json:"full_name"`
	} `json:"repository"`
}

// alerts reads what Dependabot found and nobody mended or dismissed.
func (c *collection) alerts(ctx context.Context) error {
	err := pages(ctx, c.api, "GET /orgs/{org}/dependabot/alerts", c.path("/dependabot/alerts?state=open&sort=created&direction=asc&per_page=100"), func(a *alert) error {
		if a.State != "" && a.State != "open" { // a recording may hold them all
			return nil
		}
		s := a.sheet()
		s.text("manifest", a.Depends.Manifest)
		if a.Depends.Scope == "runtime" || a.Depends.Scope == "development" {
			s.set("scope", a.Depends.Scope)
		}
		return c.put(ctx, kindAlert, id(a.Repository.ID)+"/"+id(a.Number), s)
	})
	return c.alertsEnd(ctx, kindAlert, "Dependabot alerts", err)
}

// sheet is what open and closed alerts have alike.
func (a *alert) sheet() *sheet {
	s := newSheet()
	name := a.Advisory.CVE
	if name == "" {
		name = a.Advisory.GHSA
	}
	s.set("name", name)
	s.set("repository", a.Repository.FullName)
	s.set("package", a.Weakness.Package.Ecosystem+" "+a.Weakness.Package.Name)
	s.set("severity", a.Weakness.Severity)
	s.set("found_at", a.CreatedAt)
	s.set("fix_available", a.Weakness.Patched != nil && a.Weakness.Patched.Version != "")
	return s
}
