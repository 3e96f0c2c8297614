package github

import (
	"assay/connector/field"
	"assay/internal/resource"
)

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

func orgKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := field.State(kindOrg, "Organizations", "name",
		field.Must("name", s, "its name in addresses"),
		field.Must("two_factor_required", b, "members without a second factor are put out"),
		field.Words(field.Must("default_permission", s, "what every member may do with every repository"), "none", "read", "write", "admin"),
		field.Must("members_create_public", b, "members may make public repositories"),
		field.Must("verified", b, "GitHub verified its domains"),
		field.May("plan", s, "free, team, enterprise …; absent where GitHub does not say"),
		field.List(field.Must("owners", s, "numbers of the members who own it, sorted")),
		field.Must("single_sign_on", b, "an identity provider is set up, by SAML"),
		field.Must("single_sign_on_enforced", b, "nobody comes in without it; unavailable where there is one, because GitHub does not say"),
		field.Must("audit_streams", resource.Int, "to how many places the audit log goes; only an enterprise has any"),
	)
	k.Version = 2
	return k
}

const notUsed = "GitHub does not tell when an account was used last."

func memberKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := field.State(kindMember, "Members", "login",
		field.Must("login", s, "name in addresses, which its holder can change"),
		field.Personal(field.May("name", s, "as its holder gives it")),
		field.Personal(field.May("email", s, "first address, lower case, of a domain that the organization verified, or the one that its identity provider knows; absent without one")),
		field.Must("owner", b, "owns the organization"),
		field.Must("two_factor", b, "has a second factor"),
		field.May("linked", b, "is linked to an account at the organization's identity provider; absent where there is none"),
		field.Personal(field.May("provider_name", s, "who it is there")),
		field.Must("created_at", resource.Time, "when the account was made"),
	)
	k.Facets = field.Claim("account", map[string]resource.Mapping{
		"name": field.From("login"), "email": field.From("email"), "holder": {Value: "person"}, "enabled": {Value: true},
		"admin": field.From("owner"), "mfa": field.From("two_factor"), "created_at": field.From("created_at"),
	})
	k.Facets[0].Lacks, k.Version = map[string]string{"last_used_at": notUsed}, 3
	return k
}

func collaboratorKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := field.State(kindCollaborator, "Outside collaborators", "login",
		field.Must("login", s, "name in addresses, which its holder can change"),
		field.Must("two_factor", b, "has a second factor"),
	)
	k.Facets = field.Claim("account", map[string]resource.Mapping{
		"name": field.From("login"), "holder": {Value: "person"}, "enabled": {Value: true}, "admin": {Value: false}, "mfa": field.From("two_factor"),
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
	return field.State(kindTeam, "Teams", "slug",
		field.Must("slug", s, "name in addresses"),
		field.Words(field.Must("privacy", s, "who can see it"), "secret", "closed"),
		field.May("parent", s, "number of the team that it belongs to; absent without one"),
		field.List(field.Must("members", s, "numbers of its members, sorted")),
	)
}

func repositoryKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := field.State(kindRepository, "Repositories", "name",
		field.Must("name", s, "organization/name"),
		field.Words(field.Must("visibility", s, "who can read it"), "public", "internal", "private"),
		field.Must("public", b, "anyone can read it"),
		field.Must("archived", b, "it is read-only"),
		field.Must("fork", b, "it began as a copy of another"),
		field.May("default_branch", s, "the branch that is released; absent in an empty repository"),
		field.Volatile(field.May("pushed_at", resource.Time, "last push; absent before the first")),
		field.Must("secret_scanning", b, "GitHub looks for secrets in it"),
		field.Must("push_protection", b, "a push with a secret in it is refused"),
		field.Must("security_updates", b, "Dependabot proposes fixes"),
	)
	k.Facets = field.Claim("repository", map[string]resource.Mapping{
		"name": field.From("name"), "default_branch": field.From("default_branch"), "public": field.From("public"),
	})
	return k
}

func branchKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return field.State(kindBranch, "Default branches", "name",
		field.Must("name", s, "organization/repository branch"),
		field.Must("repository", s, "organization/repository"),
		field.Must("branch", s, "branch"),
		field.Must("archived", b, "its repository is read-only"),
		field.Must("protected", b, "a branch protection or an active ruleset applies to it"),
		field.List(field.Must("by", s, "what applies: protection, and ruleset numbers, sorted")),
		field.Must("pull_request_required", b, "changes go through pull requests"),
		field.Must("required_approvals", i, "approvals that a pull request needs"),
		field.Must("reviews_bind_everybody", b, "the approvals bind administrators, and nobody may bypass them"),
		field.Must("stale_dismissed", b, "a new commit takes approvals away"),
		field.Must("last_push_approved", b, "somebody other than who pushed last approves"),
		field.Must("code_owners", b, "owners of the code approve"),
		field.List(field.Must("required_checks", s, "tests that must succeed, sorted")),
		field.Must("up_to_date", b, "tests must have run on the branch's latest state"),
		field.Must("force_push_blocked", b, "history cannot be rewritten"),
		field.Must("deletion_blocked", b, "it cannot be deleted"),
		field.Must("signed", b, "commits must be signed"),
	)
}
