package github

import "assay/internal/resource"

// The kinds, as the collectors name them.
const (
	kindOrg          = "github.organization"
	kindMember       = "github.member"
	kindCollaborator = "github.collaborator"
	kindTeam         = "github.team"
	kindRepository   = "github.repository"
	kindBranch       = "github.branch"
	kindProtected    = "github.protected_branch"
	kindTeamAccess   = "github.team_access"
	kindAccess       = "github.repository_access"
	kindRole         = "github.organization_role"
	kindPull         = "github.pull_request"
	kindPush         = "github.direct_push"
	kindAlert        = "github.dependabot_alert"
	kindClosed       = "github.closed_dependabot_alert"
	kindCode         = "github.code_alert"
	kindSecret       = "github.secret_alert"
	kindAudit        = "github.administration"
	kindDelivery     = "github.delivery"
	kindInvitation   = "github.invitation"
	kindRelease      = "github.release"
	kindDeployment   = "github.deployment"
)

// Kinds declares everything that the connector can tell about an organization.
func Kinds() []resource.Schema {
	return []resource.Schema{
		orgKind(), memberKind(), collaboratorKind(), teamKind(), repositoryKind(), branchKind(), pullKind(), pushKind(), alertKind(),
		closedKind(), codeKind(), secretKind(), auditKind(), deliveryKind(), invitationKind(), releaseKind(), deploymentKind(),
		teamAccessKind(), repositoryAccessKind(), organizationRoleKind(), protectedKind(),
	}
}

func must(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning}
}

func may(name string, t resource.Type, meaning string) resource.Field {
	return resource.Field{Name: name, Type: t, Meaning: meaning, Optional: true}
}

func words(f resource.Field, enum ...string) resource.Field {
	f.Enum = enum
	return f
}

func personal(f resource.Field) resource.Field {
	f.Personal = true
	return f
}

func volatile(f resource.Field) resource.Field {
	f.Volatile = true
	return f
}

func listOf(f resource.Field) resource.Field {
	f.Type = resource.List
	f.Of = &resource.Field{Type: resource.String}
	return f
}

func from(field string) resource.Mapping { return resource.Mapping{From: field} }

func claim(facet string, fields map[string]resource.Mapping) []resource.Claim {
	return []resource.Claim{{Facet: facet, Version: 1, Fields: fields}}
}

func state(kind, title, label string, fields ...resource.Field) resource.Schema {
	return resource.Schema{Kind: kind, Version: 1, Title: title, Family: resource.State, Label: label, Fields: fields}
}

func orgKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindOrg, "Organizations", "name",
		must("name", s, "its name in addresses"),
		must("two_factor_required", b, "members without a second factor are put out"),
		words(must("default_permission", s, "what every member may do with every repository"), "none", "read", "write", "admin"),
		must("members_create_public", b, "members may make public repositories"),
		must("verified", b, "GitHub verified its domains"),
		may("plan", s, "free, team, enterprise …; absent where GitHub does not say"),
		listOf(must("owners", s, "numbers of the members who own it, sorted")),
	)
}

const notUsed = "GitHub does not tell when an account was used last."

func memberKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := state(kindMember, "Members", "login",
		must("login", s, "name in addresses, which its holder can change"),
		personal(may("name", s, "as its holder gives it")),
		personal(may("email", s, "first address, lower case, of a domain that the organization verified; absent without one")),
		must("owner", b, "owns the organization"),
		must("two_factor", b, "has a second factor"),
		must("created_at", resource.Time, "when the account was made"),
	)
	k.Facets = claim("account", map[string]resource.Mapping{
		"name": from("login"), "email": from("email"), "holder": {Value: "person"}, "enabled": {Value: true},
		"admin": from("owner"), "mfa": from("two_factor"), "created_at": from("created_at"),
	})
	k.Facets[0].Lacks, k.Version = map[string]string{"last_used_at": notUsed}, 2
	return k
}

func collaboratorKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := state(kindCollaborator, "Outside collaborators", "login",
		must("login", s, "name in addresses, which its holder can change"),
		must("two_factor", b, "has a second factor"),
	)
	k.Facets = claim("account", map[string]resource.Mapping{
		"name": from("login"), "holder": {Value: "person"}, "enabled": {Value: true}, "admin": {Value: false}, "mfa": from("two_factor"),
	})
	k.Facets[0].Lacks, k.Version = map[string]string{
		"email":        "GitHub shows no verified address of people who do not belong to the organization. The match of the account says whose it is.",
		"created_at":   "GitHub's list of outside collaborators does not say when an account was made.",
		"last_used_at": notUsed,
	}, 2
	return k
}

func teamKind() resource.Schema {
	const s = resource.String
	return state(kindTeam, "Teams", "slug",
		must("slug", s, "name in addresses"),
		words(must("privacy", s, "who can see it"), "secret", "closed"),
		may("parent", s, "number of the team that it belongs to; absent without one"),
		listOf(must("members", s, "numbers of its members, sorted")),
	)
}

func repositoryKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := state(kindRepository, "Repositories", "name",
		must("name", s, "organization/name"),
		words(must("visibility", s, "who can read it"), "public", "internal", "private"),
		must("public", b, "anyone can read it"),
		must("archived", b, "it is read-only"),
		must("fork", b, "it began as a copy of another"),
		may("default_branch", s, "the branch that is released; absent in an empty repository"),
		volatile(may("pushed_at", resource.Time, "last push; absent before the first")),
		must("secret_scanning", b, "GitHub looks for secrets in it"),
		must("push_protection", b, "a push with a secret in it is refused"),
		must("security_updates", b, "Dependabot proposes fixes"),
	)
	k.Facets = claim("repository", map[string]resource.Mapping{
		"name": from("name"), "default_branch": from("default_branch"), "public": from("public"),
	})
	return k
}

func branchKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return state(kindBranch, "Default branches", "name",
		must("name", s, "organization/repository branch"),
		must("repository", s, "organization/repository"),
		must("branch", s, "branch"),
		must("archived", b, "its repository is read-only"),
		must("protected", b, "a branch protection or an active ruleset applies to it"),
		listOf(must("by", s, "what applies: protection, and ruleset numbers, sorted")),
		must("pull_request_required", b, "changes go through pull requests"),
		must("required_approvals", i, "approvals that a pull request needs"),
		must("reviews_bind_everybody", b, "the approvals bind administrators, and nobody may bypass them"),
		must("stale_dismissed", b, "a new commit takes approvals away"),
		must("last_push_approved", b, "somebody other than who pushed last approves"),
		must("code_owners", b, "owners of the code approve"),
		listOf(must("required_checks", s, "tests that must succeed, sorted")),
		must("up_to_date", b, "tests must have run on the branch's latest state"),
		must("force_push_blocked", b, "history cannot be rewritten"),
		must("deletion_blocked", b, "it cannot be deleted"),
		must("signed", b, "commits must be signed"),
	)
}
