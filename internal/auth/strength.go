package auth

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
	"unicode"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/kit/fault"
)

// Means is how a session began.
type Means string

// The means of signing in.
const (
	ByPassword Means = "password"
	ByLink     Means = "link"          // an invitation, or a way back in
	ByMail     Means = "mail"          // a link sent to the person's address, for what concerns them alone
	ByCode     Means = "code"          // a password and a time-based code
	ByRecovery Means = "recovery"      // a password and a recovery code
	ByPasskey  Means = "passkey"       // which verified its user: two factors that cannot be phished
	BySSO      Means = "sso"           // the organization's identity provider vouched for the person
	BySSOCode  Means = "sso-second"    // and said that a second factor was shown
	BySSOKey   Means = "sso-resistant" // and said that it cannot be phished
	ByDemo     Means = "demonstration" // a role of the demonstration, which has no password
)

// Strength is what an organization asks of a sign-in, and what one reaches.
type Strength string

// The strengths, weakest first.
const (
	AnySignIn     Strength = ""
	SecondFactor  Strength = "second"
	PhishingProof Strength = "resistant"
)

// Strengths lists what an organization can ask for, weakest first.
func Strengths() []Strength { return []Strength{AnySignIn, SecondFactor, PhishingProof} }

// Meaning says in one line what the organization asks for.
func (s Strength) Meaning() string {
	switch s {
	case AnySignIn:
		return "a password is enough; whoever has a second factor is asked for it"
	case SecondFactor:
		return "a passkey, or a password with a code of an authenticator app"
	case PhishingProof:
		return "a passkey: nothing that could be typed into a false page"
	}
	return ""
}

func (s Strength) rank() int {
	for i, known := range Strengths() {
		if s == known {
			return i
		}
	}
	return len(Strengths()) // unknown: nothing reaches it
}

// Strength is what the means reach.
func (m Means) Strength() Strength {
	switch m {
	case ByCode, ByRecovery, BySSOCode:
		return SecondFactor
	case ByPasskey, BySSOKey, ByDemo:
		return PhishingProof
	case ByPassword, ByLink, ByMail, BySSO:
	}
	return AnySignIn
}

// Policy is what an organization asks of those who sign in.
type Policy struct {
	Second Strength
	SSO    bool // its own identity provider; not of auditors and providers, who are another firm's
}

// lacks says what the organization asks for and a member's session does not
// show; empty if nothing.
func (p Policy) lacks(ses *Session, role access.Role) string {
	reached := ses.Means.Strength().rank() >= p.Second.rank()
	switch {
	case p.SSO && ses.Via == "" && ses.Means != ByDemo && role != access.RoleAuditor && role != access.RoleProvider:
		return "This organization asks you to sign in through its identity provider. Sign out, and choose “Sign in with your organization”."
	case reached:
		return ""
	case ses.Via != "":
		return "This organization asks for a second factor, and its identity provider did not say that you showed one that is strong enough. Sign in there with it."
	case p.Second == SecondFactor:
		return "This organization asks for a second factor. Add a passkey or an authenticator app under Your account, or sign in again with the one that you have."
	}
	return "This organization asks for a passkey. Add one under Your account, or sign in again with the one that you have."
}

func (p Policy) valid() error {
	if p.Second.rank() >= len(Strengths()) {
		return fault.Fields("The rule was not saved.", fault.Field{Name: "second", Text: "Choose nothing, second or resistant."})
	}
	return nil
}

// Device is where a user signed in from: a browser of a system at a place.
type Device struct {
	Agent   string
	Address string
	FirstAt time.Time
	LastAt  time.Time
	hash    []byte
}

// deviceOf tells browsers and places apart; versions do not make another.
func deviceOf(from From) []byte {
	family := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || strings.ContainsRune("./_", r) {
			return -1
		}
		return r
	}, from.Agent)
	h := sha256.Sum256(fmt.Appendf(nil, "%q %q", network(from.Address), family))
	return h[:]
}

// stale reports whether it is too long ago that the session's person showed who
// they are. Reading somebody's mail never shows it.
func (s *Session) stale(now time.Time) bool {
	return s.Means == ByMail || s.Means != ByDemo && now.Sub(s.ProvenAt) >= freshFor
}

// atDesk refuses whoever did not sign in as a person, or not lately enough for
// changing what lets them in.
func atDesk(who access.Actor) error {
	if err := atKeyboard(who); err != nil {
		return err
	}
	return who.Fresh()
}

// ownAccount refuses a session for which an organization's identity provider
// vouched: whoever runs that provider could otherwise give themselves a way into
// the person's other organizations.
func ownAccount(who access.Actor) error {
	if who.Via != "" {
		return fault.New(fault.Forbidden, "You signed in through your organization, which keeps what you sign in with. To change your own, sign in with that.")
	}
	return nil
}

// Seat is a membership with the ways that lead into it.
type Seat struct {
	Member
	Password bool
	Passkey  bool
	Vouched  bool // an identity provider of the organization vouches for the address, or knows the user
	Tokens   int  // of theirs in this organization, in force

	user  string
	codes bool // of an authenticator app
}

// onlyVouched reports whether the organization takes its identity provider's word
// alone. Guests are of another firm, which it does not vouch for.
func (s *Seat) onlyVouched() bool {
	return s.asked.SSO && s.Role != access.RoleAuditor && s.Role != access.RoleProvider
}

// Enters reports whether the user has a way to sign in that the organization accepts.
func (s *Seat) Enters() bool {
	return s.Vouched || !s.onlyVouched() && (s.Password || s.Passkey)
}

// Enforced reports whether the user cannot come in with one factor; known is false
// where that is an identity provider's to say.
func (s *Seat) Enforced() (enforced, known bool) {
	switch {
	case s.asked.Second.rank() > 0:
		return true, true
	case s.Password && !s.Second && !s.onlyVouched():
		return false, true
	case s.Vouched: // whatever is asked for here, there may be less
		return false, false
	}
	return s.Second, true
}

// Seats lists the memberships of the transaction's organization with the ways that lead
// into them.
func Seats(tx *db.Tx) ([]Seat, error) {
	list, err := members(tx)
	if err != nil {
		return nil, err
	}
	have, err := ways(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Seat, 0, len(list))
	for i := range list {
		s := have[list[i].ID]
		s.Member = list[i]
		s.Second = s.Passkey || s.codes
		out = append(out, s)
	}
	return out, nil
}
