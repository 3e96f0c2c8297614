package sso

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/keys"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

// Service is the use cases of domains, issuers and signing in by them.
type Service struct {
	DB   *db.DB
	Keys *keys.Ring
	Auth auth.Service
	// Key seals what travels through a browser while it is at the issuer.
	Key secret.Key
	// HTTP calls issuers.
	HTTP *http.Client
	// Texts returns the TXT records of a name.
	Texts func(ctx context.Context, name string) ([]string, error)
	// AllowLocal: issuers may be on this machine and speak HTTP.
	AllowLocal bool
	// Ended reports whether the organization's directory says that a user is no
	// longer active. It may be nil.
	Ended func(tx *db.Tx, userID string) (bool, error)
	// Memory remembers what issuers say of themselves. It may be nil.
	Memory *Memory
}

// Domain is a domain that an organization says is its own.
type Domain struct {
	Name       string
	AddedAt    time.Time
	VerifiedAt time.Time // zero until its record was seen
	CheckedAt  time.Time // when the record was looked for last
	MissingAt  time.Time // since when a verified domain's record is gone; zero if it is there
	challenge  string
}

// Verified reports whether the domain is the organization's.
func (d *Domain) Verified() bool { return !d.VerifiedAt.IsZero() }

// Record is the TXT record that verifies the domain.
func (d *Domain) Record() (name, value string) {
	return "_assay-challenge." + d.Name, "assay-domain-verification=" + d.challenge
}

// domainName returns a domain in the one form in which it is kept.
func domainName(s string) (string, error) {
	s = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(s)), ".")
	wrong := fault.Fields("The domain was not added.", fault.Field{Name: "domain", Text: "Give a domain such as example.com; one of other letters in its xn-- form."})
	labels := strings.Split(s, ".")
	if len(s) > 200 || len(labels) < 2 || strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "", wrong
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", wrong
		}
	}
	return s, nil
}

// domainOf is the domain of an address.
func domainOf(email string) string { return email[strings.LastIndexByte(email, '@')+1:] }

// Kind is the protocol of an issuer.
type Kind string

// The kinds.
const (
	OIDC Kind = "oidc"
	SAML Kind = "saml"
)

// Issuer is an identity provider of an organization.
type Issuer struct {
	ID       string
	Org      string
	Kind     Kind
	Name     string // as people know it: "Okta"
	Paused   bool   // vouches for nobody at present
	Location string // OIDC: the issuer's address; SAML: its entity id
	Client   string // OIDC: as the issuer knows this installation
	Metadata string // SAML: what the issuer says of itself
	// Join is the role of those who come for the first time; empty: only those
	// who are members or invited come in.
	Join      access.Role
	AddedAt   time.Time
	UpdatedAt time.Time
	LastAt    time.Time // when it vouched last
	// By is the user who said what it is: its location, client and metadata.
	By string
	// ApprovedBy is another; empty if whoever holds the store said it, or if it
	// is older than approvals are.
	ApprovedBy string
	ApprovedAt time.Time // zero: it vouches for By alone
	Next       *Draft    // what it becomes once somebody else approved; nil: nothing
	secret     []byte    // sealed
	nextSecret []byte    // sealed
}

// Draft is what an issuer is to be.
type Draft struct {
	Location string    `json:"location"`
	Client   string    `json:"client"`
	Metadata string    `json:"metadata,omitempty"`
	By       string    `json:"by"` // user
	At       time.Time `json:"at"`
}

// New is an issuer to be, or what one is changed to.
type New struct {
	Kind     Kind
	Name     string
	Location string
	Client   string
	Secret   secret.Text // empty keeps the one there is
	Metadata string
	Join     access.Role
	Paused   bool
}

func (in *New) valid(local bool) error {
	var wrong []fault.Field
	say := func(name, text string) { wrong = append(wrong, fault.Field{Name: name, Text: text}) }
	in.Name, in.Client = strings.Join(strings.Fields(in.Name), " "), strings.TrimSpace(in.Client)
	if in.Name == "" || len(in.Name) > 100 {
		say("name", "Give a name that your people know, such as Okta.")
	}
	if in.Join != "" && (!in.Join.Valid() || in.Join == access.RoleLead || in.Join == access.RoleAuditor) {
		say("join", "Newcomers can be owner, viewer or employee, or stay out until they are invited.")
	}
	switch in.Kind {
	case OIDC:
		in.Location = strings.TrimSpace(in.Location)
		if !webAddress(in.Location, local) {
			say("location", "Give the issuer as the provider shows it, such as https://example.okta.com or https://accounts.google.com.")
		}
		if in.Client == "" || len(in.Client) > 500 {
			say("client", "Give the client id that the provider shows.")
		}
	case SAML:
		in.Metadata, in.Client, in.Location = strings.TrimSpace(in.Metadata), "", ""
		if in.Metadata == "" { // the provider has to know this installation first
			in.Paused = true
			break
		}
		d, err := described(in.Metadata, local)
		if err != nil {
			wrong = append(wrong, fault.FieldsOf(err)...)
			break
		}
		in.Location = d.EntityID
	default:
		say("kind", "Choose oidc or saml.")
	}
	if wrong != nil {
		return fault.Fields("The identity provider was not saved.", wrong...)
	}
	return nil
}

// webAddress reports whether s is an address of HTTPS without anything odd.
func webAddress(s string, local bool) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= 500 && (u.Scheme == "https" || local && u.Scheme == "http") &&
		u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// Callback is the path at which an issuer's answer arrives. Each issuer has its own, so
// that no issuer can pass its answer off as another's.
func (i *Issuer) Callback() string { return "/signin/" + string(i.Kind) + "/" + i.ID }
