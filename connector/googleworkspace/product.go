package googleworkspace

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"net/mail"
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
		Name: "google_workspace", Version: "1", Title: "Google Workspace",
		Summary: "Reads an organization in Google Workspace: users and their 2-Step Verification, groups, administrators, applications that people let in, devices, settings, alerts, sign-ins and administration.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "key", Label: "Service account's key", Secret: true, Lines: true, Help: "The JSON file that Google made for the service account."},
			{Name: "admin", Label: "Acts as", Example: "auditor@example.com", Help: "The address of an administrator in whose name the service account reads."},
			{Name: "from", Label: "Recordings", Example: "/var/lib/recordings", Help: "Instead of the network: a folder of this machine with Google's answers."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"In the Google Cloud console choose a project. Under APIs & Services, Library, enable Admin SDK API and Cloud Identity API.",
				"Under IAM & Admin, Service Accounts, Create service account, named assay, without any role. Open it, Keys, Add key, Create new key, JSON. Copy its Unique ID from the Details tab.",
				"In the Admin console make an administrator for it to act as: Directory, Users, Add new user; then Account, Admin roles, Create new role with the privileges Users Read, Groups Read, Organizational Units Read, Reports, Mobile Device Management and Chrome Management read, Data access; assign it. Google shows policies and administrators' roles to a super administrator only.",
				"In the Admin console under Security, Access and data control, API controls, Manage Domain Wide Delegation, Add new: the Unique ID as Client ID, and the scopes below, separated by commas. What is not delegated is not read, and says so.",
				"The last scope is the only one that lets Google list what people let in, and could also take it back; Assay never does. Leave it out, and the reports still tell when an application was let in.",
			},
			Lang: "text",
			Text: strings.Join(scopes(), ",\n") + "\n",
			NotRead: []string{
				"recovery addresses, telephone numbers and other fields of a profile",
				"mail, files, calendars and who reads them",
				"where people sign in from: of a sign-in who, when, how and with what result",
				"old and new values that administrators set",
			},
		},
		Open: open,
	}
}

const prefix = "https://www.googleapis.com/auth/"

// The scopes, one for each part of the APIs.
const (
	scopeCustomer = prefix + "admin.directory.customer.readonly"
	scopeUsers    = prefix + "admin.directory.user.readonly"
	scopeGroups   = prefix + "admin.directory.group.readonly"
	scopeUnits    = prefix + "admin.directory.orgunit.readonly"
	scopeRoles    = prefix + "admin.directory.rolemanagement.readonly"
	scopeMobile   = prefix + "admin.directory.device.mobile.readonly"
	scopeChrome   = prefix + "admin.directory.device.chromeos.readonly"
	scopeReports  = prefix + "admin.reports.audit.readonly"
	scopePolicies = prefix + "cloud-identity.policies.readonly"
	scopeSecurity = prefix + "admin.directory.user.security" // no narrower one lists grants
)

func scopes() []string {
	return []string{
		scopeCustomer, scopeUsers, scopeGroups, scopeUnits, scopeRoles, scopeMobile, scopeChrome, scopeReports, scopePolicies, scopeSecurity,
	}
}

const (
	adminHost  = "admin.googleapis.com"
	policyHost = "cloudidentity.googleapis.com"
	tokenHost  = "oauth2.googleapis.com"
)

type source struct {
	env     connector.Env
	admin   string // address
	account string // the service account's address
	keyID   string
	key     *rsa.PrivateKey
	from    string // folder of recordings; empty over the network
	files   *recordings.Transport
}

func wrong(name, text string) error {
	return fault.Fields("A setting is not right.", fault.Field{Name: name, Text: text})
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil || env.HTTP == nil {
		return nil, fault.New(fault.Invalid, "Google Workspace cannot be read here: no clock or no client was given.")
	}
	if env.Period.To.Before(env.Period.From) {
		return nil, fault.New(fault.Invalid, "Events are read for a period: it needs a beginning and an end.")
	}
	s := &source{env: env, admin: strings.ToLower(strings.TrimSpace(c["admin"]))}
	if s.from = strings.TrimSpace(c["from"]); s.from != "" {
		return s, recordings.Valid(s.from, env)
	}
	if a, err := mail.ParseAddress(s.admin); err != nil || a.Address != s.admin {
		return nil, wrong("admin", "Give the administrator's address, such as auditor@example.com.")
	}
	var file struct {
		Type    string `json:"type"`
		Account string `json:"client_email"`
		KeyID   string `json:"private_key_id"`
		Key     string `json:"private_key"`
	}
	if json.Unmarshal([]byte(c["key"]), &file) != nil || file.Type != "service_account" || file.Account == "" {
		return nil, wrong("key", "Give the whole JSON file of the service account's key, as Google made it.")
	}
	key, err := rest.ParseKey(file.Key)
	if err != nil {
		return nil, wrong("key", "The file holds no private key: make a new key of type JSON.")
	}
	s.account, s.keyID, s.key = file.Account, file.KeyID, key
	return s, nil
}

var customerID = regexp.MustCompile(`^C[A-Za-z0-9]{1,40}$`)

type customer struct {
	ID     string `json:"id"`
	Domain string `json:"customerDomain"`
}

func (s *source) customer(ctx context.Context, c *rest.Client) (customer, error) {
	const path = "/admin/directory/v1/customers/my_customer"
	who, err := rest.Get[customer](ctx, c, rest.Call{Name: "GET " + path, URL: "https://" + adminHost + path + "?fields=id%2CcustomerDomain", Scope: scopeCustomer})
	if err == nil && !customerID.MatchString(who.ID) {
		err = c.Malformed("GET "+path, errNoID)
	}
	return who, err
}

// Authority is who gives out the ids.
func (s *source) Authority(ctx context.Context) (string, error) {
	if err := s.recorded(ctx); err != nil {
		return "", err
	}
	who, err := s.customer(ctx, s.client(connector.NewRun(s.env.Now, nil, nil, nil)))
	if err != nil {
		return "", err
	}
	return "google/" + who.ID, nil
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
		{"users", c.listUsers},
		{"groups", c.groups},
		{"roles", c.roles},
		{"users", c.users},
		{"the organization", c.organization},
		{"applications let in", c.grants},
		{"mobile devices", c.mobiles},
		{"ChromeOS devices", c.chromes},
		{"settings", c.settings},
		{"sign-ins", c.signIns},
		{"administration", c.administration},
		{"applications let in", c.letIn},
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
