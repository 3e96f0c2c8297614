package github

import (
	"context"
	"crypto/rsa"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/recordings"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "github", Version: "1", Title: "GitHub",
		Summary: "Reads an organization on GitHub: members and their second factor, teams, outside collaborators, repositories, roles, protection of branches as it applies, changes with reviews and tests, direct pushes, alerts of Dependabot, code and secret scanning and what became of them, the audit log, invitations, releases, deployments, deliveries of webhooks.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "organization", Label: "Organization", Example: "example", Help: "Its name in addresses: github.com/<this>. With recordings it may be empty where they say it."},
			{Name: "enterprise", Label: "Enterprise", Example: "example-corp", Help: "Only with Enterprise Cloud: its name in addresses, to see where the audit log goes. That takes a classic token of an owner of the enterprise."},
			{Name: "app_id", Label: "App", Example: "123456", Help: "The number of the GitHub App that you made and installed. Empty with a token."},
			{Name: "app_key", Label: "App's private key", Secret: true, Lines: true, Help: "The key in PEM that GitHub made for the app."},
			{Name: "token", Label: "Token", Secret: true, Help: "Instead of an app: a fine-grained token of an owner, for this organization and all its repositories."},
			{Name: "api", Label: "API", Address: true, Default: defaultAPI, Help: "For a GitHub Enterprise Server: https://<host>/api/v3."},
			{Name: "webhook_secret", Label: "Webhook's secret", Secret: true, Help: "Only where GitHub tells of events by itself: the secret that its webhook signs with, a long random text."},
			{Name: "from", Label: "Recordings", Example: "/var/lib/recordings", Help: "Instead of the network: a folder of this machine with GitHub's answers."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"Make a GitHub App of the organization (Settings, Developer settings, GitHub Apps) with the permissions below, without webhook unless you want one, and install it on all repositories. Or make a fine-grained token of an owner with the same permissions.",
				"Administration is what shows protection: without it GitHub answers as if nothing were protected, and the fields stay unavailable.",
				"Second factors and verified addresses are shown to owners alone. With an app that cannot see them they are unavailable; a token of an owner shows them.",
			},
			Lang: "yaml",
			Text: "# every one of them read-only\nrepository_permissions:\n  metadata: read\n  administration: read        # branch protection, rulesets\n  contents: read              # commits on the default branch, releases\n  deployments: read\n  pull_requests: read\n  checks: read\n  commit_statuses: read\n  dependabot_alerts: read\n  security_events: read       # alerts of code scanning\n  secret_scanning_alerts: read # which secrets, never what they are\norganization_permissions:\n  members: read               # invitations too\n  administration: read        # the audit log too, which Enterprise Cloud shows\n  # where the audit log goes: a classic token with read:audit_log, of an owner of the enterprise\n  organization_hooks: read    # only with a webhook: what it could not deliver\n  custom_organization_roles: read # the roles beside owner and member, and who has them\n",
			NotRead: []string{
				"the content of files, issues, discussions and reviews: of a review who, when and what verdict",
				"secrets, variables and packages; of a secret that was found its type, never itself",
				"repositories outside of the organization",
			},
		},
		Open:    open,
		Receive: receive,
	}
}

const defaultAPI = "https://api.github.com"

var (
	login  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,37}[A-Za-z0-9])?$`)
	word   = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	number = regexp.MustCompile(`^[0-9]{1,12}$`)
)

type source struct {
	env        connector.Env
	org        string
	enterprise string // empty if it is not named
	api        *url.URL
	token      string
	appID      string
	key        *rsa.PrivateKey // nil with a token
	from       string          // folder of recordings; empty over the network
	tape       *tape           // that folder, opened
	hooks      bool            // its webhook has a secret here, so that it may tell of events
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil || env.HTTP == nil {
		return nil, fault.New(fault.Invalid, "GitHub cannot be read here: no clock or no client was given.")
	}
	if env.Period.To.Before(env.Period.From) {
		return nil, fault.New(fault.Invalid, "Changes are read for a period: it needs a beginning and an end.")
	}
	s := &source{env: env, org: strings.TrimSpace(c["organization"]), token: strings.TrimSpace(c["token"]), appID: strings.TrimSpace(c["app_id"])}
	s.hooks = c["webhook_secret"] != "" && env.Hook != ""
	field := func(name, text string) error {
		return fault.Fields("A setting is not right.", fault.Field{Name: name, Text: text})
	}
	s.from, s.enterprise = strings.TrimSpace(c["from"]), strings.TrimSpace(c["enterprise"])
	if s.enterprise != "" && !word.MatchString(s.enterprise) {
		return nil, field("enterprise", "Give the enterprise's name as it stands in addresses, such as example-corp.")
	}
	if !login.MatchString(s.org) && (s.org != "" || s.from == "") {
		return nil, field("organization", "Give the organization's name as it stands in addresses, such as example.")
	}
	api := strings.TrimSuffix(strings.TrimSpace(c["api"]), "/")
	if api == "" {
		api = defaultAPI
	}
	u, err := url.Parse(api)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, field("api", "Give an https address, such as https://github.example.com/api/v3.")
	}
	s.api = u
	if s.from != "" {
		return s, recordings.Valid(s.from, env)
	}
	switch {
	case s.token != "" && s.appID == "":
	case s.token == "" && s.appID != "":
		if !number.MatchString(s.appID) {
			return nil, field("app_id", "Give the app's number, which its page shows.")
		}
		if s.key, err = parseKey(c["app_key"]); err != nil {
			return nil, field("app_key", "Give the private key in PEM, as GitHub made it.")
		}
	default:
		return nil, field("token", "Give either an app with its key, or a token, or a folder of recordings.")
	}
	return s, nil
}

// Authority is who gives out the numbers.
func (s *source) Authority(context.Context) (string, error) {
	if s.api.Host == "api.github.com" {
		return "github.com", nil
	}
	return s.api.Host, nil
}

// Collect reads the organization once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	if err := s.recorded(ctx); err != nil {
		return err
	}
	c := &collection{source: s, run: run, now: s.env.Now(), api: newClient(s, run)}
	if s.tape != nil {
		run.WithoutPositions()
		defer s.tape.close(run)
	}
	var err error
	if c.received, err = waiting(s.env.Messages); err != nil {
		return err
	}
	if err := c.organization(ctx); err != nil {
		return err
	}
	for _, step := range []struct {
		say string
		do  func(context.Context) error
	}{
		{"members", c.members},
		{"outside collaborators", c.collaborators},
		{"teams", c.teams},
		{"roles", c.organizationRoles},
		{"repositories", c.repositories},
		{"who was given repositories", c.repositoryAccess},
		{"branches", c.branches},
		{"protected branches", c.protectedBranches},
		{"changes", c.changes},
		{"alerts", c.alerts},
		{"closed alerts", c.closedAlerts},
		{"alerts of code scanning", c.codeAlerts},
		{"alerts of secret scanning", c.secretAlerts},
		{"the audit log", c.auditLog},
		{"deliveries", c.deliveries},
		{"invitations", c.invitations},
		{"releases", c.releases},
		{"deployments", c.deployments},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		run.Say("Reading " + step.say)
		if err := step.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// id is a number as resources are known by it.
func id(n int64) string { return strconv.FormatInt(n, 10) }
