package aws

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"assay/connector"
	"assay/connector/recordings"
	"assay/internal/kit/fault"
)

// Product describes the connector.
func Product() connector.Product {
	return connector.Product{
		Name: "aws", Version: "1", Title: "Amazon Web Services",
		Summary: "Reads accounts: identities and what they may do, buckets, networks, disks, databases, keys, trails and their events, GuardDuty, Config, backups, load balancers, log groups, and the organization that they are in.",
		Kinds:   Kinds(),
		Every:   24 * time.Hour,
		Settings: []connector.Setting{
			{Name: "access_key_id", Label: "Access key", Help: "Of the user of IAM that Assay signs in as. Empty with recordings."},
			{Name: "secret_access_key", Label: "Secret access key", Secret: true, Help: "The key's secret."},
			{Name: "session_token", Label: "Session token", Secret: true, Help: "Only for keys that end by themselves."},
			{Name: "roles", Label: "Roles", Lines: true, Example: "arn:aws:iam::111122223333:role/assay", Help: "The role to take on in each account, one a line. Empty for the user's own account."},
			{Name: "external_id", Label: "External id", Secret: true, Help: "The one that the roles ask for."},
			{Name: "regions", Label: "Regions", Lines: true, Example: "eu-central-1", Help: "Those to read, one a line. Empty for all that are in use."},
			{Name: "region", Label: "Home region", Default: "us-east-1", Help: "Where services that have no region are asked."},
			{Name: "endpoint", Label: "Endpoint", Address: true, Help: "Instead of AWS's own addresses, an https address that answers for all services."},
			{Name: "from", Label: "Recordings", Example: "/var/lib/recordings", Help: "Instead of the network: a folder of this machine with answers as the command line prints them."},
			{Name: "account", Label: "Account", Example: "111122223333", Help: "With recordings: whose those are that lie in no account's folder."},
		},
		Grant: connector.Grant{
			Steps: []string{
				"Make a user of IAM for Assay with no right but to take on the roles (sts:AssumeRole), and an access key for it.",
				"In each account make the role below: it may read what is listed and nothing else, and asks for an external id, a long random text that you choose. It is given as JSON, for Terraform and for CloudFormation.",
				"Without one of the rights the fields that it shows are unavailable, or the kind is incomplete; nothing passes for it.",
				"Where Assay cannot reach AWS, save the answers with the command line and give the folder as Recordings.",
			},
			Lang: "sh",
			Text: grantText(),
			Ways: ways(),
			NotRead: []string{
				"objects in buckets, rows in databases, what is on volumes, messages, secrets, parameters, environment variables, code",
				"events that only read, and of events anything but who, what, when, from where and how it ended",
				"tags, but for those that name an owner's address, a data class or a purpose",
			},
		},
		Open: open,
	}
}

var (
	keyID      = regexp.MustCompile(`^[A-Z0-9]{16,128}$`)
	roleARN    = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,600}$`)
	regionName = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]+){1,3}-[0-9]{1,2}$`)
	accountID  = regexp.MustCompile(`^[0-9]{12}$`)
)

type source struct {
	env        connector.Env
	keyID      string
	secret     string
	session    string
	roles      []string
	externalID string
	regions    []string
	home       string
	endpoint   string
	from       string
	account    string
}

func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' || r == ',' || r == ' ' })
}

func open(c connector.Config, env connector.Env) (connector.Source, error) {
	if env.Now == nil || env.HTTP == nil {
		return nil, fault.New(fault.Invalid, "AWS cannot be read here: no clock or no client was given.")
	}
	if env.Period.To.Before(env.Period.From) {
		return nil, fault.New(fault.Invalid, "Events are read for a period: it needs a beginning and an end.")
	}
	s := &source{
		env: env, keyID: strings.TrimSpace(c["access_key_id"]), secret: strings.TrimSpace(c["secret_access_key"]), session: strings.TrimSpace(c["session_token"]),
		roles: lines(c["roles"]), externalID: strings.TrimSpace(c["external_id"]), regions: sorted(lines(c["regions"])), home: strings.TrimSpace(c["region"]),
		endpoint: strings.TrimSuffix(strings.TrimSpace(c["endpoint"]), "/"), from: strings.TrimSpace(c["from"]), account: strings.TrimSpace(c["account"]),
	}
	if s.home == "" {
		s.home = "us-east-1"
	}
	if err := s.valid(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *source) valid() error {
	field := func(name, text string) error {
		return fault.Fields("A setting is not right.", fault.Field{Name: name, Text: text})
	}
	bad := func(list []string, form *regexp.Regexp) bool {
		return slices.ContainsFunc(list, func(v string) bool { return !form.MatchString(v) })
	}
	switch {
	case bad(s.regions, regionName):
		return field("regions", "Give names of regions, such as eu-central-1, one a line.")
	case !regionName.MatchString(s.home):
		return field("region", "Give the name of a region, such as us-east-1.")
	case s.account != "" && !accountID.MatchString(s.account):
		return field("account", "Give the account's number, twelve digits.")
	case s.from != "":
		return recordings.Valid(s.from, s.env)
	case !keyID.MatchString(s.keyID):
		return field("access_key_id", "Give the access key's id, which begins with AKIA, or a folder of recordings.")
	case s.secret == "":
		return field("secret_access_key", "Give the access key's secret.")
	case bad(s.roles, roleARN):
		return field("roles", "Give ARNs of roles, such as arn:aws:iam::111122223333:role/assay, one a line.")
	}
	if s.endpoint == "" {
		return nil
	}
	u, err := url.Parse(s.endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return field("endpoint", "Give an https address, such as https://aws.example.com.")
	}
	return nil
}

// onlyRegion is the region that the settings name, if it is one.
func (s *source) onlyRegion() string {
	if len(s.regions) == 1 {
		return s.regions[0]
	}
	return ""
}

// Authority is the partition: AWS's own name for the worlds that share no ids.
func (s *source) Authority(context.Context) (string, error) {
	home := s.home
	if len(s.regions) > 0 {
		home = s.regions[0]
	}
	switch {
	case strings.HasPrefix(home, "us-gov-"):
		return "aws-us-gov", nil
	case strings.HasPrefix(home, "cn-"):
		return "aws-cn", nil
	}
	return "aws", nil
}
