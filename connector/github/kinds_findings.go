package github

import "assay/internal/resource"

// ending is how a finding ended, if it did.
func ending() []resource.Field {
	const s = resource.String
	return []resource.Field{
		may("closed_at", resource.Time, "when it was mended, dismissed or resolved; absent while it is open"),
		may("reason", s, "why it was dismissed or how it was resolved, as GitHub words it"),
		may("closed_by_key", s, "pseudonym of the number of who dismissed or resolved it"),
	}
}

func codeKind() resource.Schema {
	const s = resource.String
	return state(kindCode, "Alerts of code scanning", "name", append([]resource.Field{
		must("name", s, "the rule that found it"),
		must("repository", s, "organization/repository"),
		must("tool", s, "what found it"),
		words(must("severity", s, "for security where the rule says it, else of the rule"), "critical", "high", "medium", "low"),
		must("found_at", resource.Time, "when it was raised"),
		words(must("state", s, "what became of it"), "open", "dismissed", "fixed"),
	}, ending()...)...)
}

func secretKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindSecret, "Alerts of secret scanning", "name", append([]resource.Field{
		must("name", s, "type of the secret, never the secret"),
		must("repository", s, "organization/repository"),
		must("found_at", resource.Time, "when it was raised"),
		words(must("state", s, "what became of it"), "open", "resolved"),
		may("validity", s, "active, inactive or unknown, as GitHub tried; absent where it did not"),
		must("bypassed", b, "it was pushed although push protection objected"),
		must("leaked", b, "it was found in public as well"),
	}, ending()...)...)
}

func closedKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return state(kindClosed, "Closed Dependabot alerts", "name", append([]resource.Field{
		must("name", s, "CVE or GHSA number"),
		must("repository", s, "organization/repository"),
		must("package", s, "ecosystem and name of the package"),
		words(must("severity", s, "as GitHub judges it"), "critical", "high", "medium", "low"),
		must("found_at", resource.Time, "when it was raised"),
		must("fix_available", b, "a version that mends it exists"),
		words(must("state", s, "what became of it"), "fixed", "dismissed", "auto_dismissed"),
	}, ending()...)...)
}

func auditKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindAudit, Version: 1, Title: "Administration", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			must("at", resource.Time, "when it happened"),
			must("name", s, "action and repository"),
			must("action", s, "protected_branch.destroy, repo.access, org.add_member …"),
			may("repository", s, "organization/repository; absent where it concerns the organization"),
			personal(may("actor", s, "login of who did it")),
			may("actor_key", s, "pseudonym of that account's number"),
			personal(may("person", s, "login of the member whom it concerns")),
			may("person_key", s, "pseudonym of that account's number"),
			may("team", s, "organization/team"),
			may("visibility", s, "of a repository, after it was changed"),
			may("permission", s, "that was given"),
		},
	}
}
