package github

import "assay/internal/resource"

func pullKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindPull, Version: 1, Title: "Merged pull requests", Family: resource.Event, Label: "title", At: "at",
		Fields: []resource.Field{
			must("at", resource.Time, "when it was merged"),
			must("repository", s, "organization/repository"),
			must("number", i, "in the repository"),
			must("title", s, "title, cut after 300 characters"),
			must("opened_at", resource.Time, "when it was opened"),
			must("branch", s, "branch that it went into: the default one, or one whose commits reached it"),
			must("head", s, "its last commit"),
			may("merge", s, "commit by which it went in; absent when GitHub no longer tells"),
			personal(may("author", s, "login of who opened it; absent when that account is gone")),
			must("author_key", s, "pseudonym of that account's number"),
			personal(may("merged_by", s, "login of who merged it; absent when that account is gone")),
			must("merged_by_key", s, "pseudonym of that account's number"),
			must("automated", b, "a program opened it"),
			must("self_merged", b, "who opened it merged it"),
			{Name: "approvals", Type: resource.List, Meaning: "approvals in force at the merge, not the author's own", Of: &resource.Field{Type: resource.Object, Fields: []resource.Field{
				must("by_key", s, "pseudonym of who gave it"),
				must("at", resource.Time, "when"),
				must("latest", b, "it saw the last commit"),
			}}},
			must("reviewed", b, "somebody else approved it before it was merged"),
			must("reviewed_latest", b, "such an approval saw the last commit"),
			must("tests", i, "tests and statuses that ran on its last commit"),
			must("tested", b, "there were some and all of them succeeded"),
			must("issues", i, "issues that it says it closes"),
		},
		Facets: claim("change", map[string]resource.Mapping{
			"at": from("at"), "title": from("title"), "author": from("author_key"), "merged_by": from("merged_by_key"), "automated": from("automated"),
			"self_merged": from("self_merged"), "reviewed": from("reviewed"), "tested": from("tested"), "direct": {Value: false}, "emergency": {Value: false},
		}),
	}
}

func pushKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindPush, Version: 1, Title: "Commits without a pull request", Family: resource.Event, Label: "title", At: "at",
		Fields: []resource.Field{
			must("at", resource.Time, "the committer's clock"),
			must("repository", s, "organization/repository"),
			must("branch", s, "the default branch"),
			must("sha", s, "its name"),
			must("title", s, "first line of its message, cut after 300 characters"),
			personal(may("author", s, "login of who wrote it; absent when GitHub knows none")),
			must("author_key", s, "pseudonym of that account's number"),
			must("committer_key", s, "pseudonym of the number of who committed it"),
			must("signed", b, "GitHub verified its signature"),
			must("tested", b, "tests or statuses ran on it and all succeeded"),
		},
		Facets: claim("change", map[string]resource.Mapping{
			"at": from("at"), "title": from("title"), "author": from("author_key"), "merged_by": from("committer_key"), "signed": from("signed"),
			"reviewed": {Value: false}, "tested": from("tested"), "direct": {Value: true}, "emergency": {Value: false},
		}),
	}
}

func alertKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	k := state(kindAlert, "Open Dependabot alerts", "name",
		must("name", s, "CVE or GHSA number"),
		must("repository", s, "organization/repository"),
		must("package", s, "ecosystem and name of the package"),
		may("manifest", s, "file that names it"),
		words(must("severity", s, "as GitHub judges it"), "critical", "high", "medium", "low"),
		must("found_at", resource.Time, "when it was raised"),
		must("fix_available", b, "a version that mends it exists"),
		words(may("scope", s, "where it is needed; absent when GitHub does not know"), "runtime", "development"),
	)
	k.Facets = claim("vulnerability", map[string]resource.Mapping{
		"name": from("name"), "component": from("package"), "severity": from("severity"), "found_at": from("found_at"), "fix_available": from("fix_available"),
	})
	return k
}

func deliveryKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindDelivery, Version: 1, Title: "Deliveries of webhooks", Family: resource.Event, Label: "name", At: "at",
		Fields: []resource.Field{
			must("at", resource.Time, "when it happened, or when it was delivered where GitHub does not say"),
			must("name", s, "event, action and repository"),
			must("event", s, "push, pull_request, branch_protection_rule …"),
			may("action", s, "what was done; absent where the event says it"),
			may("repository", s, "organization/repository; absent where it concerns the organization"),
			may("subject", s, "branch, pull request, team, key or rule that it concerns"),
			personal(may("sender", s, "login of who caused it")),
			may("sender_key", s, "pseudonym of that account's number"),
			may("person_key", s, "pseudonym of the number of the member whom it concerns"),
			may("forced", b, "of a push: it rewrote history"),
			may("read_only", b, "of a deploy key: it cannot write"),
			may("verdict", s, "of a review"),
		},
	}
}
