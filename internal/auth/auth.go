package auth

import (
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"assay/internal/access"
	"assay/internal/kit/fault"
)

// The limits of a session.
const (
	IdleLimit     = 12 * time.Hour           // since its last use
	AbsoluteLimit = 7 * 24 * time.Hour       // since its start
	InviteLimit   = 7 * 24 * time.Hour       // of an invitation's link
	resetLimit    = time.Hour                // of a way in again
	renewAfter    = time.Hour                // a session then gets another token
	freshFor      = 15 * time.Minute         // after somebody showed who they are
	secondLimit   = 10 * time.Minute         // to show a second factor after the password
	longestGuest  = 3 * 366 * 24 * time.Hour // of a membership that ends by itself
	deviceFor     = 180 * 24 * time.Hour     // a device that is not used for longer is new again
	tokenLimit    = 366 * 24 * time.Hour     // longest life of an API token
)

// From is where a request comes from.
type From struct {
	Address string // IP address, as the door determined it
	Agent   string // the browser's own description, for telling sessions apart
}

// Place is the address as it is counted: an IPv6 site is one place.
func (f From) Place() string { return network(f.Address) }

// User is someone who can sign in to the installation.
type User struct {
	ID         string
	Email      string // lower case; unique
	Name       string
	Password   bool // has one; without, only a link lets the user in
	Founder    bool // made by the set-up token; may lead a new organization
	Appearance Appearance
	CreatedAt  time.Time
	PasswordAt time.Time // of the last change
}

// Appearance is how pages look to a user.
type Appearance struct {
	Theme       string // "", "light" or "dark"; empty follows the system
	Density     string // "" or "compact"
	NoShortcuts bool   // single-key shortcuts are off
}

func (a Appearance) valid() error {
	if a.Theme != "" && a.Theme != "light" && a.Theme != "dark" || a.Density != "" && a.Density != "compact" {
		return fault.New(fault.Invalid, "Choose a theme of system, light or dark, and a density of normal or compact.")
	}
	return nil
}

// Member is a user in one organization.
type Member struct {
	User
	Org      string
	Role     access.Role
	Own      access.Scope // what Role includes if it is the organization's own
	Person   string       // id of the person in the register whose account this is; empty if not linked
	JoinedAt time.Time
	Until    time.Time // when the membership ends by itself; zero: it does not
	Via      string    // id of the consent by which a provider's staff are here; empty for all others
	Lender   string    // the provider's organization: who leaves it leaves here too; empty for all others
	LastAt   time.Time // when a session last began here
	Second   bool      // has a second factor; set by Users alone
	asked    Policy    // what the organization asks of a sign-in
}

// Session is one signed-in browser, for listing.
type Session struct {
	ID        string
	Org       string
	CreatedAt time.Time
	LastAt    time.Time
	Address   string
	Agent     string
	Current   bool // the one that asks
	Means     Means
	ProvenAt  time.Time // when its person last showed who they are
	Via       string    // the identity provider that vouched for its person; empty if none did
	userID    string
	renewedAt time.Time
}

// EndsAt is when the session ends unless it is used before.
func (s *Session) EndsAt() time.Time {
	idle, absolute := s.LastAt.Add(IdleLimit), s.CreatedAt.Add(AbsoluteLimit)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

// Invitation is a link that makes its holder a member.
type Invitation struct {
	ID         string
	Org        string
	Email      string
	Name       string
	Role       access.Role
	Person     string
	Until      time.Time // when the membership will end by itself; zero: it will not
	Despite    string    // why an auditor counts as independent who works for a provider of the organization
	InvitedBy  string    // user id, or "console"
	CreatedAt  time.Time
	ExpiresAt  time.Time
	AcceptedAt time.Time
	RevokedAt  time.Time
}

// State is pending, accepted, revoked or expired.
func (i *Invitation) State(now time.Time) string {
	switch {
	case !i.AcceptedAt.IsZero():
		return "accepted"
	case !i.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(i.ExpiresAt):
		return "expired"
	}
	return "pending"
}

// Token is an API token, without its secret.
type Token struct {
	ID        string
	UserID    string
	UserName  string
	Name      string // what it is for
	Role      access.Role
	CreatedAt time.Time
	ExpiresAt time.Time
	LastAt    time.Time // last use, to the minute
	RevokedAt time.Time
	Scope     access.Scope   // narrows the role; empty does not
	Networks  []netip.Prefix // addresses that it is taken from; empty: all
	Service   bool           // nobody's own: it outlives the membership of its maker
	Trust     string         // for which trust of package federation it was given; empty for all others
	refusedAt time.Time
}

// from reports whether the token is taken from an address.
func (t *Token) from(address string) bool {
	if len(t.Networks) == 0 {
		return true
	}
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(t.Networks, func(n netip.Prefix) bool { return n.Contains(a.Unmap().WithZone("")) })
}

// networks reads address ranges; a single address is a range of one.
func networks(list []string) (out []netip.Prefix, err error) {
	for _, text := range list {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := netip.ParsePrefix(text)
		if err != nil {
			var a netip.Addr
			if a, err = netip.ParseAddr(text); err == nil {
				n, err = a.Unmap().Prefix(a.Unmap().BitLen())
			}
		}
		if err != nil || len(out) == 20 {
			return nil, fault.Fields("The token was not made.", fault.Field{Name: "networks", Text: "Give up to 20 ranges such as 192.0.2.0/24 or 2001:db8::/32; “" + text + "” is none."})
		}
		out = append(out, n.Masked())
	}
	return out, nil
}

// State is active, revoked or expired.
func (t *Token) State(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(t.ExpiresAt):
		return "expired"
	}
	return "active"
}

// Email returns the address in the one form in which it is kept, lower case,
// or an Invalid fault.
func Email(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || strings.ContainsAny(s, " \t\r\n\"") {
		return "", fault.Fields("The mail address is not usable.",
			fault.Field{Name: "email", Text: "Give an address such as ada@example.com."})
	}
	return s, nil
}

func personName(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || len(s) > 200 {
		return "", fault.Fields("The name is not usable.",
			fault.Field{Name: "name", Text: "Give a name of at most 200 characters."})
	}
	return s, nil
}

func givable(r access.Role) error {
	if r.Valid() {
		return nil
	}
	var names []string
	for _, r := range access.Roles() {
		names = append(names, string(r))
	}
	return fault.Fields("The role is not known.",
		fault.Field{Name: "role", Text: "Choose one of: " + strings.Join(names, ", ") + ", or a role of your own that is approved."})
}

// mayChange is the rule of changing (to another role) or removing (to "") a
// member, of which leads count is the number of leads before.
func mayChange(who access.Actor, m Member, to access.Role, leads int) error {
	switch {
	case m.ID == who.ID && to != "":
		return fault.New(fault.Forbidden, "Nobody changes their own role. Ask another lead.")
	case m.Role == access.RoleLead && to != access.RoleLead && leads <= 1:
		return fault.New(fault.Conflict, "%s is the only lead. Make somebody else a lead first.", m.Name)
	}
	return nil
}
