package okta

import (
	"context"
	"crypto/rsa"
	"net/url"
	"regexp"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/recordings"
	"assay/connector/rest"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "okta", Version: "1", Title: "Okta",
		Summary: "Reads an organization in Okta: users and their factors, groups, administrators, applications and who may use them, policies, devices, tokens, sign-ins and administration.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "domain", Label: "Domain", Address: true, Example: "example.okta.com", Help: "Where people sign in, without -admin; a domain of your own works too. With recordings it may be empty where they say it."},
			{Name: "client_id", Label: "Service app", Example: "0oa1abcd2EFGH3ijkl4m", Help: "The client id of the API Services app that you made. Empty with a token."},
			{Name: "key_id", Label: "Key's id", Example: "kid-of-the-key", Help: "The KID that Okta shows beside the app's public key."},
			{Name: "private_key", Label: "App's private key", Secret: true, Lines: true, Help: "The private key in PEM that Okta showed once when it made the pair."},
			{Name: "token", Label: "API token", Secret: true, Help: "Instead of an app: a token that a user with the roles below made under Security, API, Tokens."},
			{Name: "from", Label: "Recordings", Example: "/var/lib/recordings", Help: "Instead of the network: a folder of this machine with Okta's answers."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"In the Admin Console choose Applications, Applications, Create App Integration, API Services; name it Assay and save.",
				"On its General tab, Client Credentials, Edit, choose Public key / Private key, Add key, Generate new key, PEM; keep the private key and the KID, save. Under General Settings turn off Require Demonstrating Proof of Possession (DPoP).",
				"On its tab Okta API Scopes grant each of the scopes below. What is not granted is not read, and says so.",
				"On its tab Admin roles, Edit assignments, add the Read-only Administrator. Tokens, devices and roles are shown in full to a super administrator only; with less they are unavailable.",
				"Instead of an app: sign in as a user with the same role and make a token under Security, API, Tokens, Create token. It has all that user's power and ends after thirty days without use.",
			},
			Lang: "text",
			Text: strings.Join(scopes(), "\n") + "\n",
			NotRead: []string{
				"passwords, recovery questions, second addresses, telephone numbers and other fields of a profile",
				"secrets and credentials of applications",
				"where people sign in from: of a sign-in who, when, how and with what result",
			},
		},
		Open: open,
	}
}

// The scopes, one for each part of the API.
const (
	scopeOrgs           = "okta.orgs.read"
	scopeUsers          = "okta.users.read"
	scopeRoles          = "okta.roles.read"
	scopeGroups         = "okta.groups.read"
	scopeApps           = "okta.apps.read"
	scopePolicies       = "okta.policies.read"
	scopeAuthenticators = "okta.authenticators.read"
	scopeDevices        = "okta.devices.read"
	scopeTokens         = "okta.apiTokens.read"
	scopeStreams        = "okta.logStreams.read"
	scopeLogs           = "okta.logs.read"
)

func scopes() []string {
	return []string{
		scopeOrgs, scopeUsers, scopeRoles, scopeGroups, scopeApps, scopePolicies, scopeAuthenticators, scopeDevices, scopeTokens,
		scopeStreams, scopeLogs,
	}
}

var (
	hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	word     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

type source struct {
	env      connector.Env
	domain   string // host, lower case
	token    string
	clientID string
	keyID    string
	key      *rsa.PrivateKey // nil with a token
	from     string          // folder of recordings; empty over the network
	files    *recordings.Transport
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil || env.HTTP == nil {
		return nil, fault.New(fault.Invalid, "Okta cannot be read here: no clock or no client was given.")
	}
	if env.Period.To.Before(env.Period.From) {
		return nil, fault.New(fault.Invalid, "Events are read for a period: it needs a beginning and an end.")
	}
	s := &source{env: env, token: strings.TrimSpace(c["token"]), clientID: strings.TrimSpace(c["client_id"]), keyID: strings.TrimSpace(c["key_id"])}
	s.from = strings.TrimSpace(c["from"])
	if s.from == "" || strings.TrimSpace(c["domain"]) != "" {
		if err := s.at(c["domain"]); err != nil {
			return nil, err
		}
	}
	if s.from != "" {
		return s, recordings.Valid(s.from, env)
	}
	return s, s.signsInWith(c["private_key"])
}

func wrong(name, text string) error {
	return fault.Fields("A setting is not right.", fault.Field{Name: name, Text: text})
}

// at takes a domain, also as it is copied from a browser.
func (s *source) at(text string) error {
	text = strings.ToLower(strings.TrimSpace(text))
	if u, err := url.Parse(text); err == nil && u.Scheme == "https" && u.User == nil {
		text = u.Host
	}
	if !hostName.MatchString(text) {
		return wrong("domain", "Give the domain where people sign in, such as example.okta.com.")
	}
	for _, of := range []string{".okta.com", ".oktapreview.com", ".okta-emea.com", ".okta-gov.com"} {
		if strings.HasSuffix(text, "-admin"+of) {
			return wrong("domain", "Give the domain without -admin.")
		}
	}
	s.domain = text
	return nil
}

func (s *source) signsInWith(key string) (err error) {
	switch {
	case s.token != "" && s.clientID == "":
		return nil
	case s.token == "" && s.clientID != "":
		if !word.MatchString(s.clientID) {
			return wrong("client_id", "Give the client id that the app's page shows.")
		}
		if s.keyID != "" && !word.MatchString(s.keyID) {
			return wrong("key_id", "Give the KID that stands beside the app's public key.")
		}
		if s.key, err = rest.ParseKey(key); err != nil {
			return wrong("private_key", "Give the private key in PEM, as Okta showed it.")
		}
		return nil
	default:
		return wrong("token", "Give either a service app with its key, or a token, or a folder of recordings.")
	}
}

func (s *source) address(path string) string { return "https://" + s.domain + path }

type metadata struct {
	ID     string `json:"id"`
	Engine string `json:"pipeline"`
}

// metadata is what the organization tells everybody of itself.
func (s *source) metadata(ctx context.Context, c *rest.Client) (metadata, error) {
	const name = "GET /.well-known/okta-organization"
	m, err := rest.Get[metadata](ctx, c, rest.Call{Name: name, URL: s.address("/.well-known/okta-organization"), Bare: true})
	switch {
	case rest.Status(err) == 404:
		return m, fault.New(fault.NotFound, "There is no Okta organization at %s: check the domain.", s.domain)
	case err != nil:
		return m, err
	case !word.MatchString(m.ID):
		return m, fault.New(fault.Invalid, "What answers at %s is not an Okta organization: check the domain.", s.domain)
	}
	return m, nil
}

// Authority is who gives out the ids.
func (s *source) Authority(ctx context.Context) (string, error) {
	if err := s.recorded(ctx); err != nil {
		return "", err
	}
	m, err := s.metadata(ctx, s.client(connector.NewRun(s.env.Now, nil, nil, nil)))
	if err != nil {
		return "", err
	}
	return "okta/" + m.ID, nil
}

// Collect reads the organization once.
func (s *source) Collect(ctx context.Context, run *connector.Run) error {
	if err := s.recorded(ctx); err != nil {
		return err
	}
	defer func() { s.files.NameUnused(run, kindOrg) }()
	c := &collection{source: s, run: run, now: s.env.Now(), api: s.client(run)}
	for _, step := range []struct {
		say string
		do  func(context.Context) error
	}{
		{"users", c.users},
		{"groups", c.groups},
		{"policies", c.policies},
		{"applications", c.apps},
		{"devices", c.devices},
		{"tokens", c.tokens},
		{"log streams", c.streams},
		{"the organization", c.organization},
		{"sign-ins", c.signIns},
		{"administration", c.administration},
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
