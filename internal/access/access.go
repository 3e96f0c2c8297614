package access

import (
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
	Door Door
	From string // address, for the trail; empty for console and jobs

	// Session is the session or token in use, for listing and ending it.
	Session string
}

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
	if !a.Role.Allows(p) {
		return Grant{}, fault.New(fault.Forbidden,
			"Your role %q does not include %q. Roles that do: %s. A lead can change your role.", a.Role, p, rolesWith(p))
	}
	return Grant{actor: a, perm: p}, nil
}

// Can reports whether May would succeed, for deciding what a page offers.
func (a Actor) Can(p Permission) bool { return a.ID != "" && a.Org != "" && a.Role.Allows(p) }

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
