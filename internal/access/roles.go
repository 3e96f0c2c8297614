package access

import (
	"maps"
	"slices"
	"strings"
)

// Role is a named set of permissions.
type Role string

// The roles of an organization. RoleJob is the system's own scheduled work
// and is never given to a person.
const (
	RoleLead     Role = "lead"     // runs the programme, decides, invites
	RoleOwner    Role = "owner"    // answers for controls: evidence, activities, exclusions asked for
	RoleViewer   Role = "viewer"   // reads
	RoleEmployee Role = "employee" // does what concerns themselves: accepts policies, takes training
	RoleProvider Role = "provider" // staff of a provider that the organization let in: prepares, decides nothing
	RoleAuditor  Role = "auditor"  // the service auditor's guest: reads, verifies, exports, conducts engagements
	RoleJob      Role = "job"
)

// Roles lists what a person can be given, most powerful first.
func Roles() []Role {
	return []Role{RoleLead, RoleOwner, RoleProvider, RoleAuditor, RoleViewer, RoleEmployee}
}

// Valid reports whether a person can be given the role.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Meaning says in one line what the role is for.
func (r Role) Meaning() string {
	switch r {
	case RoleLead:
		return "Runs the programme: everything, including users, controls and approvals"
	case RoleOwner:
		return "Answers for controls: reads everything, adds evidence, performs activities, asks for exclusions"
	case RoleProvider:
		return "Staff of a provider that you let in: sets up and prepares, approves nothing, lets nobody in"
	case RoleAuditor:
		return "Guest of the audit firm: reads, verifies and exports, conducts its engagements, changes nothing else"
	case RoleViewer:
		return "Reads, changes nothing"
	case RoleEmployee:
		return "Sees what concerns themselves: policies to accept, training to take"
	case RoleJob:
		return "The system's own scheduled work"
	}
	return ""
}

// Guest reports whether the role is of another firm's people, whose reading is told in
// the trail.
func (r Role) Guest() bool { return r == RoleAuditor || r == RoleProvider }

// Allows reports whether the role includes the permission.
func (r Role) Allows(p Permission) bool {
	return slices.Contains(table[p], r)
}

// Within reports whether the role includes nothing that o does not: a token
// never has more power than whoever made it.
func (r Role) Within(o Role) bool {
	for p := range table {
		if r.Allows(p) && !o.Allows(p) {
			return false
		}
	}
	return r.Valid()
}

// Permissions lists every permission there is, sorted.
func Permissions() []Permission { return slices.Sorted(maps.Keys(table)) }

func rolesWith(p Permission) string {
	var names []string
	for _, r := range Roles() {
		if r.Allows(p) {
			names = append(names, string(r))
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
