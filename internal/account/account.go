package account

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"assay/internal/person"
	"assay/internal/resource"
	"assay/internal/standing"
)

// Holder is what an account is for.
type Holder string

// The holders.
const (
	ByPerson  Holder = "person"
	ByService Holder = "service"
	BySystem  Holder = "system" // the product's own: nobody's
)

// How says by what an account was matched.
type How string

// The ways.
const (
	ByAddress  How = "address"   // its address is the person's work address
	ByProvider How = "provider"  // an identity provider knows its address as that person's
	Confirmed  How = "confirmed" // somebody said so
	Declared   How = "declared"  // somebody said that it is a service's, and who answers for it
)

// State is how an account stands.
type State string

// The states.
const (
	Orphan   State = "orphan"  // can be used and is nobody's
	Matched  State = "matched" // a person's
	Serving  State = "service" // a service's, with an owner
	Off      State = "off"     // cannot be used, and nobody's
	OfSystem State = "system"  // the product's own
)

// States lists the states, those that ask for something first.
func States() []State { return []State{Orphan, Matched, Serving, Off, OfSystem} }

// Account is an account as connected systems show it.
type Account struct {
	ID string // of the register: made of what the provider calls it
	resource.Ref
	Title    string // of the kind: "Okta users"
	Name     string
	Email    string // lower case; may be empty
	Holder   Holder // as the product tells; ByPerson where it does not
	Enabled  *bool  // nil where it is not known
	Admin    *bool
	LastUsed time.Time
	Possible bool // not in the newest listing, which is incomplete: it may be gone
	Match    *Match
}

// IDOf is the register's id of an account.
func IDOf(ref resource.Ref) string {
	sum := sha256.Sum256([]byte(ref.Kind + "\n" + ref.Authority + "\n" + ref.ID))
	return "acc_" + hex.EncodeToString(sum[:10])
}

// Match says whose an account is, or was.
type Match struct {
	ID       string
	Account  string
	Ref      resource.Ref
	Label    string // what the account was called
	Holder   Holder // ByPerson or ByService
	Person   string // id; of a service, who answers for it
	How      How
	Note     string // of a service, what it does
	MadeAt   time.Time
	MadeBy   string
	MadeName string
	EndedAt  time.Time // zero while it is in force
	EndedBy  string
	EndName  string
	Why      string // it was revoked
}

// InForce reports that the match was not revoked.
func (m *Match) InForce() bool { return m.EndedAt.IsZero() }

// State is how the account stands.
func (a *Account) State() State {
	switch {
	case a.Match != nil && a.Match.Holder == ByService:
		return Serving
	case a.Match != nil:
		return Matched
	case a.Holder == BySystem:
		return OfSystem
	case a.Enabled != nil && !*a.Enabled:
		return Off
	}
	return Orphan
}

// identityProviders are the kinds whose accounts say by which addresses a person
// is known elsewhere.
func identityProviders() []string { return []string{"okta.user", "google_workspace.user"} }

// finder finds people by address.
type finder struct {
	byAddress  map[string][]string // ids of people
	byProvider map[string][]string // ids of people, by addresses of matched accounts of identity providers
}

func newFinder(people []person.Person, accounts []Account) *finder {
	f := &finder{byAddress: map[string][]string{}, byProvider: map[string][]string{}}
	for i := range people {
		if p := &people[i]; p.Email != "" {
			f.byAddress[p.Email] = append(f.byAddress[p.Email], p.ID)
		}
	}
	for i := range accounts {
		a := &accounts[i]
		if a.Match == nil || a.Match.Holder != ByPerson || !slices.Contains(identityProviders(), a.Kind) {
			continue
		}
		for _, address := range []string{a.Email, strings.ToLower(a.Name)} {
			if strings.Contains(address, "@") && !slices.Contains(f.byProvider[address], a.Match.Person) {
				f.byProvider[address] = append(f.byProvider[address], a.Match.Person)
			}
		}
	}
	return f
}

// find says whose an account is by the rules. Several people are nobody.
func (f *finder) find(a *Account) (personID string, how How, ok bool) {
	if a.Holder != ByPerson || a.Email == "" {
		return "", "", false
	}
	if ids := f.byAddress[a.Email]; len(ids) > 0 {
		return ids[0], ByAddress, len(ids) == 1
	}
	if ids := f.byProvider[a.Email]; len(ids) == 1 {
		return ids[0], ByProvider, true
	}
	return "", "", false
}

// matches are those that the rules make: for accounts without one, and never one
// that was revoked. Identity providers' come first, because others follow them.
func matches(people []person.Person, accounts []Account, revoked map[string][]string) (out []Match) {
	order := make([]*Account, 0, len(accounts))
	for i := range accounts {
		order = append(order, &accounts[i])
	}
	first := func(a *Account) int {
		if slices.Contains(identityProviders(), a.Kind) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(order, func(a, b *Account) int { return first(a) - first(b) })
	f := newFinder(people, accounts)
	for i, a := range order {
		if i > 0 && first(a) != first(order[i-1]) {
			f = newFinder(people, accounts)
		}
		if a.Match != nil {
			continue
		}
		whose, how, ok := f.find(a)
		if !ok || slices.Contains(revoked[a.ID], whose) {
			continue
		}
		m := Match{Account: a.ID, Ref: a.Ref, Label: a.Name, Holder: ByPerson, Person: whose, How: how}
		a.Match = &m
		out = append(out, m)
	}
	return out
}

// worksOn reports whether a person works here on a day.
func worksOn(people map[string]*person.Person, id string, day standing.Date) bool {
	p := people[id]
	return p != nil && p.WorksOn(day)
}

// compare is the order of accounts by system and name.
func compare(a, b *Account) int {
	return cmp.Or(strings.Compare(a.Title, b.Title),
		strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
}
