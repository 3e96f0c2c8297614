package github

import (
	"assay/connector/field"
	"assay/internal/resource"
)

func invitationKind() resource.Schema {
	const s = resource.String
	return field.State(kindInvitation, "Invitations that wait", "name",
		field.Personal(field.Must("name", s, "login or address of who is invited")),
		field.Personal(field.May("email", s, "address that it was sent to, lower case; absent where an account was invited")),
		field.Must("role", s, "as GitHub words it: direct_member, admin, billing_manager, reinstate, or a role of one's own"),
		field.Must("invited_at", resource.Time, "when it was sent"),
		field.May("invited_by_key", s, "pseudonym of the number of who sent it; absent when that account is gone"),
		field.Must("teams", resource.Int, "teams that it leads into"),
	)
}

func releaseKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindRelease, Version: 1, Title: "Releases", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			field.Must("at", resource.Time, "when it was published"),
			field.Must("name", s, "organization/repository and tag"),
			field.Must("repository", s, "organization/repository"),
			field.Must("tag", s, "tag"),
			field.Must("target", s, "branch or commit that the tag was made of"),
			field.Must("prerelease", b, "it is marked as not for production"),
			field.Personal(field.May("author", s, "login of who made it; absent when that account is gone")),
			field.May("author_key", s, "pseudonym of that account's number"),
			field.May("immutable", b, "its files and its tag cannot be changed; absent where GitHub does not say"),
			field.Must("files", resource.Int, "files attached to it"),
		},
	}
}

func deploymentKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindDeployment, Version: 1, Title: "Deployments", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			field.Must("at", resource.Time, "when it was asked for"),
			field.Must("name", s, "organization/repository and environment"),
			field.Must("repository", s, "organization/repository"),
			field.Must("environment", s, "as the repository calls it"),
			field.Must("sha", s, "commit that was deployed"),
			field.May("ref", s, "branch or tag; absent where a commit alone was named"),
			field.Personal(field.May("creator", s, "login of who asked for it; absent when that account is gone")),
			field.May("creator_key", s, "pseudonym of that account's number"),
			field.May("automated", b, "a program asked for it; absent when that account is gone"),
			field.Volatile(field.Must("state", s, "as GitHub words it now: ACTIVE, INACTIVE, FAILURE, ERROR, PENDING …")),
		},
	}
}
