package github

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// ending is how a finding ended, if it did.
func ending() []resource.Field {
	const s = resource.String
	return []resource.Field{
		field.May("closed_at", resource.Time, "when it was mended, dismissed or resolved; absent while it is open"),
		field.May("reason", s, "why it was dismissed or how it was resolved, as GitHub words it"),
		field.May("closed_by_key", s, "pseudonym of the number of who dismissed or resolved it"),
	}
}

func codeKind() resource.Schema {
	const s = resource.String
	return field.State(kindCode, "Alerts of code scanning", "name", append([]resource.Field{
		field.Must("name", s, "the rule that found it"),
		field.Must("repository", s, "organization/repository"),
		field.Must("tool", s, "what found it"),
		field.Words(field.Must("severity", s, "for security where the rule says it, else of the rule"), "critical", "high", "medium", "low"),
		field.Must("found_at", resource.Time, "when it was raised"),
		field.Words(field.Must("state", s, "what became of it"), "open", "dismissed", "fixed"),
	}, ending()...)...)
}

func secretKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindSecret, "Alerts of secret scanning", "name", append([]resource.Field{
		field.Must("name", s, "type of the secret, never the secret"),
		field.Must("repository", s, "organization/repository"),
		field.Must("found_at", resource.Time, "when it was raised"),
		field.Words(field.Must("state", s, "what became of it"), "open", "resolved"),
		field.May("validity", s, "active, inactive or unknown, as GitHub tried; absent where it did not"),
		field.Must("bypassed", b, "it was pushed although push protection objected"),
		field.Must("leaked", b, "it was found in public as well"),
	}, ending()...)...)
}

func closedKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return field.State(kindClosed, "Closed Dependabot alerts", "name", append([]resource.Field{
		field.Must("name", s, "CVE or GHSA number"),
		field.Must("repository", s, "organization/repository"),
		field.Must("package", s, "ecosystem and name of the package"),
		field.Words(field.Must("severity", s, "as GitHub judges it"), "critical", "high", "medium", "low"),
		field.Must("found_at", resource.Time, "when it was raised"),
		field.Must("fix_available", b, "a version that mends it exists"),
		field.Words(field.Must("state", s, "what became of it"), "fixed", "dismissed", "auto_dismissed"),
	}, ending()...)...)
}

func auditKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindAudit, Version: 1, Title: "Administration", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			field.Must("at", resource.Time, "when it happened"),
			field.Must("name", s, "action and repository"),
			field.Must("action", s, "protected_branch.destroy, repo.access, org.add_member …"),
			field.May("repository", s, "organization/repository; absent where it concerns the organization"),
			field.Personal(field.May("actor", s, "login of who did it")),
			field.May("actor_key", s, "pseudonym of that account's number"),
			field.Personal(field.May("person", s, "login of the member whom it concerns")),
			field.May("person_key", s, "pseudonym of that account's number"),
			field.May("team", s, "organization/team"),
			field.May("visibility", s, "of a repository, after it was changed"),
			field.May("permission", s, "that was given"),
		},
	}
}
