package device

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
	"unicode"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/kit/fault"
)

const (
	lifetime  = 10 * time.Minute
	pause     = 5 * time.Second // between two questions of a program; RFC 8628 3.2
	slack     = time.Second     // by which a question may come early on its way
	mostDays  = 90              // longest life of the token
	mostHere  = 20              // asks that wait, from one place
	mostAsks  = 1000            // asks that wait at all
	codeLen   = 8
	alphabet  = "BCDFGHJKLMNPQRSTVWXZ" // no vowels, nothing that looks like something else
	hostLimit = 100
)

// State says how an ask stands. Its words are those of RFC 8628, section 3.5.
type State string

// The states that a program is told.
const (
	Pending  State = "authorization_pending"
	SlowDown State = "slow_down" // still pending, and asked too soon: 5 seconds are added to the pause
	Denied   State = "access_denied"
	Expired  State = "expired_token" // or unknown, or used
	Approved State = "approved"
)

const taken State = "taken" // stored alone: the program is told Expired

// New is what a program asks for.
type New struct {
	Host  string      // the machine's name, as it says itself
	Role  access.Role // at most the approver's; theirs if empty
	Scope []string    // permissions, if fewer than the role's
	Days  int         // life of the token, at most 90; 30 if zero
	Org   string      // slug or id of the organization it is for; whichever the approver stands in if empty
}

// Ask is a program that asks to act for somebody.
type Ask struct {
	New

	ID        string
	Address   string
	At        time.Time
	ExpiresAt time.Time

	state    State
	pause    time.Duration
	polledAt time.Time
	hash     []byte // of the device code
	token    []byte // hash of the token's secret
}

// Begun is what a program is told when it asked.
type Begun struct {
	Device    string // secret of the program, for Poll
	User      string // for its person to type: "BCDF-GHJK"
	ExpiresAt time.Time
	Pause     time.Duration
}

// Answer is how an ask stands.
type Answer struct {
	State  State
	Pause  time.Duration // before the next question
	Secret string        // of the token, once, when it is approved
}

// valid returns what is asked for in the one form in which it is kept.
func (in New) valid() (New, error) {
	var wrong []fault.Field
	in.Host = strings.Join(strings.Fields(strings.Map(shown, in.Host)), " ")
	if in.Host == "" || len(in.Host) > hostLimit {
		wrong = append(wrong, fault.Field{Name: "host", Text: "Give the machine a name of at most 100 characters, so that its person recognizes it."})
	}
	if in.Days == 0 {
		in.Days = 30
	}
	if in.Days < 1 || in.Days > mostDays {
		wrong = append(wrong, fault.Field{Name: "days", Text: "A token that is asked for this way works for 1 to 90 days."})
	}
	if len(in.Role) > 40 || len(in.Org) > 100 || len(strings.Join(in.Scope, " ")) > 2000 {
		wrong = append(wrong, fault.Field{Name: "scope", Text: "Role, scope or organization are longer than any there is."})
	}
	if wrong != nil {
		return in, fault.Fields("Nothing was asked for.", wrong...)
	}
	return in, nil
}

// shown drops what would make a name read as something else.
func shown(c rune) rune {
	if unicode.IsPrint(c) || unicode.IsSpace(c) {
		return c
	}
	return -1
}

// newCode draws a code that people type: 20 letters to the power of 8, 34 bits.
func newCode() string {
	out := make([]byte, 0, codeLen)
	for b := make([]byte, 1); len(out) < codeLen; {
		_, _ = rand.Read(b) // never fails: crypto/rand ends the program first
		if int(b[0]) < 256-256%len(alphabet) {
			out = append(out, alphabet[int(b[0])%len(alphabet)])
		}
	}
	return string(out)
}

// Code returns a code as people see it, whatever way they typed it.
func Code(typed string) string {
	plain := strings.Map(func(c rune) rune {
		if c = unicode.ToUpper(c); strings.ContainsRune(alphabet, c) {
			return c
		}
		return -1
	}, typed)
	if len(plain) > codeLen/2 {
		plain = plain[:codeLen/2] + "-" + plain[codeLen/2:min(len(plain), codeLen+1)]
	}
	return plain
}

func hashOf(kind, secret string) []byte {
	h := sha256.Sum256([]byte("assay " + kind + "\n" + secret))
	return h[:]
}

func hashOfCode(typed string) []byte { return hashOf("user code", Code(typed)) }

// secretOf is the token's secret. It is made of the device code, so that the program
// gets it without anybody having stored it.
func secretOf(code string) string {
	raw := hashOf("device token", code)
	return auth.TokenPrefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}
