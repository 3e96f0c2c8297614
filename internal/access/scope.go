package access

import (
	"slices"
	"strings"

	"assay/internal/kit/fault"
)

// Scope is a list of permissions, sorted, with blanks between. The empty scope
// narrows nothing.
type Scope string

// NewScope makes the scope of a token with a role; own is the list of one of the
// organization's own. An unknown permission, and one that the role lacks, are
// Invalid: they would never work.
func NewScope(role Role, own Scope, perms []string) (Scope, error) {
	var out []string
	for _, name := range perms {
		p := Permission(strings.TrimSpace(name))
		if p == "" {
			continue
		}
		if !Includes(role, own, p) {
			return "", fault.Fields("The token was not made.", fault.Field{
				Name: "scope", Text: "There is no permission " + name + ", or the role " + string(role) + " does not include it. Settings, Roles lists them.",
			})
		}
		out = append(out, string(p))
	}
	slices.Sort(out)
	return Scope(strings.Join(slices.Compact(out), " ")), nil
}

// Mailed is what a session opens that began with a link from a mail: what concerns the
// person alone, and nothing that lets anybody in.
func Mailed() Scope {
	list := []string{string(PolicyAccept), string(PolicyOwn), string(ProblemReport), string(TrainingTake)}
	slices.Sort(list)
	return Scope(strings.Join(list, " "))
}

// Has reports whether the scope leaves the permission. Reading which organization
// it is comes with every scope; provisioning only with one that names it.
func (s Scope) Has(p Permission) bool {
	return s == "" && p != SCIMProvision || p == OrgRead || slices.Contains(s.List(), string(p))
}

// List is the scope's permissions; nil for the empty one.
func (s Scope) List() []string { return strings.Fields(string(s)) }
