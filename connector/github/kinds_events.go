package github

import (
	"assay/connector/field"
	"assay/internal/resource"
)

func pullKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindPull, Version: 1, Title: "Merged pull requests", Family: resource.Event, Label: "title", At: "at",
		Fields: []resource.Field{
			field.Must("at", resource.Time, "when it was merged"),
			field.Must("repository", s, "organization/repository"),
			field.Must("number", i, "in the repository"),
			field.Must("title", s, "title, cut after 300 characters"),
			field.Must("opened_at", resource.Time, "when it was opened"),
			field.Must("branch", s, "branch that it went into: the default one, or one whose commits reached it"),
			field.Must("head", s, "its last commit"),
			field.May("merge", s, "commit by which it went in; absent when GitHub no longer tells"),
			field.Personal(field.May("author", s, "login of who opened it; absent when that account is gone")),
			field.Must("author_key", s, "pseudonym of that account's number"),
			field.Personal(field.May("merged_by", s, "login of who merged it; absent when that account is gone")),
			field.Must("merged_by_key", s, "pseudonym of that account's number"),
			field.Must("automated", b, "a program opened it"),
			field.Must("self_merged", b, "who opened it merged it"),
			{Name: "approvals", Type: resource.List, Meaning: "approvals in force at the merge, not the author's own", Of: &resource.Field{Type: resource.Object, Fields: []resource.Field{
				field.Must("by_key", s, "pseudonym of who gave it"),
				field.Must("at", resource.Time, "when"),
				field.Must("latest", b, "it saw the last commit"),
			}}},
			field.Must("reviewed", b, "somebody else approved it before it was merged"),
			field.Must("reviewed_latest", b, "such an approval saw the last commit"),
			field.Must("tests", i, "tests and statuses that ran on its last commit"),
			field.Must("tested", b, "there were some and all of them succeeded"),
			field.Must("issues", i, "issues that it says it closes"),
		},
		Facets: field.Claim("change", map[string]resource.Mapping{
			"at": field.From("at"), "title": field.From("title"), "author": field.From("author_key"), "merged_by": field.From("merged_by_key"), "automated": field.From("automated"),
			"self_merged": field.From("self_merged"), "reviewed": field.From("reviewed"), "tested": field.From("tested"), "direct": {Value: false}, "emergency": {Value: false},
		}),
	}
}

func pushKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindPush, Version: 1, Title: "Commits without a pull request", Family: resource.Event, Label: "title", At: "at",
		Fields: []resource.Field{
			field.Must("at", resource.Time, "the committer's clock"),
			field.Must("repository", s, "organization/repository"),
			field.Must("branch", s, "the default branch"),
			field.Must("sha", s, "its name"),
			field.Must("title", s, "first line of its message, cut after 300 characters"),
			field.Personal(field.May("author", s, "login of who wrote it; absent when GitHub knows none")),
			field.Must("author_key", s, "pseudonym of that account's number"),
			field.Must("committer_key", s, "pseudonym of the number of who committed it"),
			field.Must("signed", b, "GitHub verified its signature"),
			field.Must("tested", b, "tests or statuses ran on it and all succeeded"),
		},
		Facets: field.Claim("change", map[string]resource.Mapping{
			"at": field.From("at"), "title": field.From("title"), "author": field.From("author_key"), "merged_by": field.From("committer_key"), "signed": field.From("signed"),
			"reviewed": {Value: false}, "tested": field.From("tested"), "direct": {Value: true}, "emergency": {Value: false},
		}),
	}
}

func alertKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := field.State(kindAlert, "Open Dependabot alerts", "name",
		field.Must("name", s, "CVE or GHSA number"),
		field.Must("repository", s, "organization/repository"),
		field.Must("package", s, "ecosystem and name of the package"),
		field.May("manifest", s, "file that names it"),
		field.Words(field.Must("severity", s, "as GitHub judges it"), "critical", "high", "medium", "low"),
		field.Must("found_at", resource.Time, "when it was raised"),
		field.Must("fix_available", b, "a version that mends it exists"),
		field.Words(field.May("scope", s, "where it is needed; absent when GitHub does not know"), "runtime", "development"),
	)
	k.Facets = field.Claim("vulnerability", map[string]resource.Mapping{
		"name": field.From("name"), "component": field.From("package"), "severity": field.From("severity"), "found_at": field.From("found_at"), "fix_available": field.From("fix_available"),
	})
	return k
}

func deliveryKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindDelivery, Version: 1, Title: "Deliveries of webhooks", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			field.Must("at", resource.Time, "when it happened, or when it was delivered where GitHub does not say"),
			field.Must("name", s, "event, action and repository"),
			field.Must("event", s, "push, pull_request, branch_protection_rule …"),
			field.May("action", s, "what was done; absent where the event says it"),
			field.May("repository", s, "organization/repository; absent where it concerns the organization"),
			field.May("subject", s, "branch, pull request, team, key or rule that it concerns"),
			field.Personal(field.May("sender", s, "login of who caused it")),
			field.May("sender_key", s, "pseudonym of that account's number"),
			field.May("person_key", s, "pseudonym of the number of the member whom it concerns"),
			field.May("forced", b, "of a push: it rewrote history"),
			field.May("read_only", b, "of a deploy key: it cannot write"),
			field.May("verdict", s, "of a review"),
		},
	}
}
