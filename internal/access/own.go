package access

import (
	"slices"
	"strings"

	"assay/internal/kit/fault"
)

// NewOwn makes what a role of the organization's own includes, as its author says
// it: permissions that the author holds, and those without which nobody can use an
// account.
func (a Actor) NewOwn(perms []string) (Scope, error) {
	out := []string{string(OrgRead), string(SelfEdit)}
	for _, name := range perms {
		p := Permission(strings.TrimSpace(name))
		switch {
		case p == "":
			continue
		case len(table[p]) == 0:
			return "", wrongOwn("There is no permission " + name + ". The table of roles lists them.")
		case p == SCIMProvision || !a.holds(p):
			return "", wrongOwn("You do not hold " + name + " yourself, and nobody hands out what they do not hold.")
		}
		out = append(out, string(p))
	}
	slices.Sort(out)
	return Scope(strings.Join(slices.Compact(out), " ")), nil
}

func wrongOwn(text string) error {
	return fault.Fields("The role was not saved.", fault.Field{Name: "permissions", Text: text})
}

// holds reports whether the actor's role includes the permission, by the table or,
// for a role of the organization's own, by its list.
func (a Actor) holds(p Permission) bool { return Includes(a.Role, a.Own, p) }

// Includes reports whether a role includes a permission; own is the list of a role
// of the organization's own. Provisioning is in no such list.
func Includes(r Role, own Scope, p Permission) bool {
	if r.Allows(p) {
		return true
	}
	return !r.built() && p != SCIMProvision && own != "" && slices.Contains(own.List(), string(p))
}

// built reports whether every organization has the role.
func (r Role) built() bool { return r.Valid() || r == RoleJob }

// Holds reports whether the actor holds everything that a role includes.
func (a Actor) Holds(r Role, own Scope) bool {
	for p := range table {
		if Includes(r, own, p) && !a.holds(p) {
			return false
		}
	}
	return true
}

// Gives reports whether the actor may make somebody of a role, or somebody of that
// role something else. Leads invite the auditor, whose steps they cannot take;
// everybody else deals in no more than they hold.
func (a Actor) Gives(r Role, own Scope) bool {
	return a.Role == RoleLead && r.Valid() || a.Holds(r, own)
}
