package access

import (
	"errors"

	"assay/internal/kit/fault"
)

// Permission names one thing an actor may do, as noun.verb.
type Permission string

// Door is the way an actor came in; the trail keeps it.
type Door string

// The doors.
const (
	DoorWeb     Door = "web"     // a session in a browser
	DoorAPI     Door = "api"     // a token
	DoorConsole Door = "console" // whoever holds the store's files and key
	DoorJob     Door = "job"     // the system itself, on a schedule
)

// Actor is a person, token or job acting in one organization.
type Actor struct {
	ID   string // a random pseudonym: a user id, "console" or "job:<name>"
	Org  string // the only organization the actor can reach
	Name string // for showing; never enters the log
	Role Role
	// Own is what Role includes if it is one of the organization's own; empty for
	// the roles that every organization has.
	Own  Scope
	Door Door
	From string // address, for the trail; empty for console and jobs

	// Session is the session or token in use, for listing and ending it.
	Session string

	// Via is the identity provider of the organization that vouched for the
	// person of a session; empty if they showed themselves who they are. Such a
	// session reaches no other organization and nothing that would let it in there.
	Via string

	// Scope narrows what the role allows, for a token that was made for little.
	Scope Scope

	// Lacks says what the organization asks of a sign-in and this one did not
	// show; then nothing but one's own account is open. Empty: nothing.
	Lacks string
	// Stale: it is too long ago that the person of a session showed who they
	// are. Approvals, exports, and changes of keys and roles then wait until
	// they did again. Sessions alone grow stale.
	Stale bool
}

// ErrProve is the cause of a refusal that ends as soon as the person of a
// session shows again who they are.
var ErrProve = errors.New("the session is stale")

// ErrLacks is the cause of a refusal that ends with a stronger sign-in.
var ErrLacks = errors.New("the sign-in is weaker than the organization asks for")

// Grant proves that an actor was allowed an operation. Its zero value proves
// nothing and is refused by package db.
type Grant struct {
	actor Actor
	perm  Permission
}

// May returns a grant if the actor's role allows p.
func (a Actor) May(p Permission) (Grant, error) {
	if a.ID == "" || a.Org == "" {
		return Grant{}, fault.New(fault.Unauthenticated, "Sign in first.")
	}
	if !a.holds(p) {
		return Grant{}, fault.New(fault.Forbidden,
			"Your role %q does not include %q. Roles that do: %s. A lead can change your role.", a.Role, p, rolesWith(p))
	}
	if !a.Scope.Has(p) && a.Door == DoorWeb {
		return Grant{}, fault.New(fault.Forbidden,
			"You came in by a link from your mail, which opens your own policies and training alone. Sign out, and sign in with your password or passkey for the rest.")
	}
	if !a.Scope.Has(p) {
		return Grant{}, fault.New(fault.Forbidden, "This token was made for less: %q is not in its scope. Make another for it.", p)
	}
	if a.Lacks != "" && !p.always() {
		return Grant{}, fault.Wrap(fault.Forbidden, ErrLacks, "%s", a.Lacks)
	}
	if p.Weighty() {
		if err := a.Fresh(); err != nil {
			return Grant{}, err
		}
	}
	return Grant{actor: a, perm: p}, nil
}

// Fresh refuses a person who showed too long ago who they are. May asks it for
// weighty permissions; a use case that is weightier than its permission asks
// it itself.
func (a Actor) Fresh() error {
	if !a.Stale {
		return nil
	}
	return fault.Wrap(fault.Forbidden, ErrProve, "Show again that it is you: this decides, hands out or takes away.")
}

// Can reports whether May would succeed for somebody who is ready to show again
// who they are, for deciding what a page offers.
func (a Actor) Can(p Permission) bool {
	return a.ID != "" && a.Org != "" && a.holds(p) && a.Scope.Has(p) && (a.Lacks == "" || p.always())
}

// Org is the organization the grant is confined to; empty for the zero Grant.
func (g Grant) Org() string { return g.actor.Org }

// Actor is who was granted.
func (g Grant) Actor() Actor { return g.actor }

// Permission is what was granted.
func (g Grant) Permission() Permission { return g.perm }

// Job returns the actor that runs scheduled work for an organization. The
// name appears in the trail as "job:<name>".
func Job(org, name string) Actor {
	return Actor{ID: "job:" + name, Org: org, Name: name, Role: RoleJob, Door: DoorJob}
}

// Console returns the actor of the host's console: whoever holds the store's
// files and key already is able to read them, so the role is the lead's and
// each use is a trail entry that the organization sees.
func Console(org string) Actor {
	return Actor{ID: "console", Org: org, Name: "Host console", Role: RoleLead, Door: DoorConsole}
}
