package github

import "assay/internal/resource"

func invitationKind() resource.Schema {
	const s = resource.String
	return state(kindInvitation, "Invitations that wait", "name",
		personal(must("name", s, "login or address of who is invited")),
		personal(may("email", s, "address that it was sent to, lower case; absent where an account was invited")),
		must("role", s, "as GitHub words it: direct_member, admin, billing_manager, reinstate, or a role of one's own"),
		must("invited_at", resource.Time, "when it was sent"),
		may("invited_by_key", s, "pseudonym of the number of who sent it; absent when that account is gone"),
		must("teams", resource.Int, "teams that it leads into"),
	)
}

func releaseKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindRelease, Version: 1, Title: "Releases", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			must("at", resource.Time, "when it was published"),
			must("name", s, "organization/repository and tag"),
			must("repository", s, "organization/repository"),
			must("tag", s, "tag"),
			must("target", s, "branch or commit that the tag was made of"),
			must("prerelease", b, "it is marked as not for production"),
			personal(may("author", s, "login of who made it; absent when that account is gone")),
			may("author_key", s, "pseudonym of that account's number"),
			may("immutable", b, "its files and its tag cannot be changed; absent where GitHub does not say"),
			must("files", resource.Int, "files attached to it"),
		},
	}
}

func deploymentKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindDeployment, Version: 1, Title: "Deployments", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			must("at", resource.Time, "when it was asked for"),
			must("name", s, "organization/repository and environment"),
			must("repository", s, "organization/repository"),
			must("environment", s, "as the repository calls it"),
			must("sha", s, "commit that was deployed"),
			may("ref", s, "branch or tag; absent where a commit alone was named"),
			personal(may("creator", s, "login of who asked for it; absent when that account is gone")),
			may("creator_key", s, "pseudonym of that account's number"),
			may("automated", b, "a program asked for it; absent when that account is gone"),
			volatile(must("state", s, "as GitHub words it now: ACTIVE, INACTIVE, FAILURE, ERROR, PENDING …")),
		},
	}
}
