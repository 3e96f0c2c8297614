package github

import (
	"context"
	"slices"
	"strings"
	"time"
)

type place struct {
	ID       int64  `json:"id"`
	FullName string `json:"full_name"`
}

type codeAlert struct {
	Number    int64      `json:"number"`
	CreatedAt time.Time  `json:"created_at"`
	State     string     `json:"state"`
	FixedAt   *time.Time `json:"fixed_at"`
	Dismissed *time.Time `json:"dismissed_at"`
	By        *user      `json:"dismissed_by"`
	Reason    *string    `json:"dismissed_reason"`
	Rule      struct {
		ID       string  `json:"id"`
		Severity string  `json:"severity"`
		Security *string `json:"security_severity_level"`
	} `json:"rule"`
	Tool struct {
		Name string `json:"name"`
	} `json:"tool"`
	Repository place `json:"repository"`
}

// codeAlerts reads what code scanning found, whatever became of it.
func (c *collection) codeAlerts(ctx context.Context) error {
	err := pages(ctx, c.api, "GET /orgs/{org}/code-scanning/alerts", c.path("/code-scanning/alerts?sort=created&direction=asc&per_page=100"), func(a *codeAlert) error {
		s := newSheet()
		s.set("name", a.Rule.ID)
		s.set("repository", a.Repository.FullName)
		s.set("tool", a.Tool.Name)
		s.set("found_at", a.CreatedAt)
		s.set("state", a.State)
		if a.Rule.Security != nil && *a.Rule.Security != "" {
			s.set("severity", *a.Rule.Security)
		} else {
			known(s, "severity", ofRule(a.Rule.Severity))
		}
		c.closed(s, firstOf(a.FixedAt, a.Dismissed), a.Reason, a.By)
		return c.put(ctx, kindCode, id(a.Repository.ID)+"/"+id(a.Number), s)
	})
	return c.alertsEnd(ctx, kindCode, "Alerts of code scanning", err)
}

// ofRule is the severity of a rule that says none for security; nil for a word
// that is new.
func ofRule(word string) *string {
	for _, pair := range [][2]string{{"error", "high"}, {"warning", "medium"}, {"note", "low"}, {"none", "low"}} {
		if pair[0] == word {
			return &pair[1]
		}
	}
	return nil
}

func firstOf(times ...*time.Time) *time.Time {
	for _, t := range times {
		if t != nil {
			return t
		}
	}
	return nil
}

// closed sets how a finding ended, if it did.
func (c *collection) closed(s *sheet, at *time.Time, why *string, by *user) {
	if at != nil {
		s.set("closed_at", *at)
	}
	if why != nil {
		s.text("reason", strings.ReplaceAll(*why, "_", " "))
	}
	if by != nil && by.ID != 0 {
		s.set("closed_by_key", c.env.Pseudonym("github", id(by.ID)))
	}
}

// alertsEnd says whether a list of findings is whole.
func (c *collection) alertsEnd(ctx context.Context, kind, what string, err error) error {
	if err != nil {
		return c.broke(ctx, kind, what, err)
	}
	if !c.reposOK {
		c.run.Incomplete(kind, "Not every repository was listed.")
	}
	c.run.Complete(kind)
	return nil
}

type secretAlert struct {
	Number     int64      `json:"number"`
	CreatedAt  time.Time  `json:"created_at"`
	State      string     `json:"state"`
	Resolution *string    `json:"resolution"`
	ResolvedAt *time.Time `json:"resolved_at"`
	By         *user      `json:"resolved_by"`
	Type       string     `json:"secret_type"`
	Validity   *string    `json:"validity"`
	Bypassed   *bool      `json:"push_protection_bypassed"`
	Leaked     *bool      `json:"publicly_leaked"`
	Repository place      `json:"repository"`
}

// secretAlerts reads which secrets were found, never what they are: GitHub is
// asked to leave them out, and what it sends all the same is not read.
func (c *collection) secretAlerts(ctx context.Context) error {
	err := pages(ctx, c.api, "GET /orgs/{org}/secret-scanning/alerts", c.path("/secret-scanning/alerts?hide_secret=true&sort=created&direction=asc&per_page=100"), func(a *secretAlert) error {
		s := newSheet()
		s.set("name", a.Type)
		s.set("repository", a.Repository.FullName)
		s.set("found_at", a.CreatedAt)
		s.set("state", a.State)
		if a.Validity != nil {
			s.text("validity", *a.Validity)
		}
		known(s, "bypassed", a.Bypassed)
		known(s, "leaked", a.Leaked)
		c.closed(s, a.ResolvedAt, a.Resolution, a.By)
		return c.put(ctx, kindSecret, id(a.Repository.ID)+"/"+id(a.Number), s)
	})
	return c.alertsEnd(ctx, kindSecret, "Alerts of secret scanning", err)
}

// closedAlerts reads what became of what Dependabot found.
func (c *collection) closedAlerts(ctx context.Context) error {
	at := c.path("/dependabot/alerts?state=auto_dismissed%2Cdismissed%2Cfixed&sort=created&direction=asc&per_page=100")
	if c.tape != nil && !c.tape.saved(at) {
		c.run.Incomplete(kindClosed, "Recordings do not tell whether the closed alerts were saved with the open ones: save them as dependabot/alerts.state=auto_dismissed,dismissed,fixed.")
	}
	err := pages(ctx, c.api, "GET /orgs/{org}/dependabot/alerts?state=closed", at, func(a *alert) error {
		if a.State == "open" { // a recording may hold them all
			return nil
		}
		s := a.sheet()
		s.set("state", a.State)
		c.closed(s, firstOf(a.FixedAt, a.Dismissed, a.AutoDismissed), a.Reason, a.By)
		return c.put(ctx, kindClosed, id(a.Repository.ID)+"/"+id(a.Number), s)
	})
	return c.alertsEnd(ctx, kindClosed, "Closed Dependabot alerts", err)
}

type auditEvent struct {
	ID         string `json:"_document_id"`
	At         int64  `json:"@timestamp"`
	Action     string `json:"action"`
	Actor      string `json:"actor"`
	ActorID    int64  `json:"actor_id"`
	Repository any    `json:"repo"` // a name, or several
	User       string `json:"user"`
	UserID     int64  `json:"user_id"`
	Team       string `json:"team"`
	Visibility string `json:"visibility"`
	Permission string `json:"permission"`
}

// administrative are the beginnings of the actions that tell of administration.
func administrative() []string {
	return []string{
		"org.", "team.", "repo.", "member.", "protected_branch.", "repository_ruleset.", "business.", "hook.", "integration_installation.",
		"integration.", "personal_access_token.", "oauth_application.", "org_credential_authorization.", "public_key.", "deploy_key.", "environment.", "ip_allow_list",
		"two_factor_authentication.", "secret_scanning", "repository_secret_scanning", "repository_vulnerability_alerts", "dependabot_", "role.", "private_repository_forking.",
		"git_signing_ssh_public_key.", "org_secret_scanning", "audit_log_streaming", "enterprise_installation.", "members_can_", "repository_branch_protection_evaluation.",
	}
}

const (
	keptAudit = 180 * 24 * time.Hour // how long GitHub keeps the audit log
	lately    = 48 * time.Hour       // how long before the end of what was listed it is listed again, for what came late
)

// auditLog reads what administrators did, of plans that show it.
func (c *collection) auditLog(ctx context.Context) error {
	from, to := c.env.Period.From, c.env.Period.To
	if c.now.Before(to) {
		to = c.now
	}
	if oldest := c.now.Add(-keptAudit); from.Before(oldest) {
		from = oldest
	}
	if until := c.run.CoveredSince(kindAudit, from); !until.IsZero() && until.Add(-lately).After(from) {
		from = until.Add(-lately)
	}
	if !from.Before(to) {
		c.run.Incomplete(kindAudit, "GitHub keeps its audit log for 180 days: of this period nothing is left.")
		return nil
	}
	stretches := c.run.Stretches(kindAudit, kindAudit, from, to, lately)
	c.run.Covers(kindAudit, stretches[0].From, to)
	if c.tape != nil {
		c.run.Incomplete(kindAudit, "Recordings do not tell until when they reach.")
	}
	seen := map[string]bool{}
	for _, one := range stretches {
		at := c.path("/audit-log?include=web&order=asc&per_page=100&phrase=created%3A%3E%3D" + one.Asked.UTC().Format("2006-01-02"))
		err := along(ctx, c.api, one, "GET /orgs/{org}/audit-log", at, func(e *auditEvent) error {
			when := time.UnixMilli(e.At).UTC()
			if seen[e.ID] || e.ID == "" || !c.wanted(when) || when.Before(one.Asked) || !slices.ContainsFunc(administrative(), func(p string) bool { return strings.HasPrefix(e.Action, p) }) {
				return nil
			}
			seen[e.ID] = true
			return c.put(ctx, kindAudit, e.ID, c.auditSheet(e, when))
		})
		if err != nil {
			return c.broke(ctx, kindAudit, "The audit log, which Enterprise Cloud shows,", err)
		}
	}
	c.run.Complete(kindAudit)
	return nil
}

func (c *collection) auditSheet(e *auditEvent, when time.Time) *sheet {
	s := newSheet()
	s.set("at", when)
	s.set("action", e.Action)
	name := e.Action
	if repo, ok := e.Repository.(string); ok && repo != "" {
		s.set("repository", repo)
		name += " " + repo
	}
	s.set("name", name)
	s.text("actor", e.Actor)
	if e.ActorID != 0 {
		s.set("actor_key", c.env.Pseudonym("github", id(e.ActorID)))
	}
	s.text("person", e.User)
	if e.UserID != 0 {
		s.set("person_key", c.env.Pseudonym("github", id(e.UserID)))
	}
	s.text("team", e.Team)
	s.text("visibility", e.Visibility)
	s.text("permission", e.Permission)
	return s
}
