package git

import (
	"assay/connector/field"
	"assay/internal/resource"
)

// The kinds, as the collectors name them.
const (
	kindRepository = "git.repository"
	kindCommit     = "git.commit"
	kindMerge      = "git.merge"
	kindTag        = "git.tag"
	kindCI         = "git.ci_file"
)

// Kinds declares everything that the connector can tell about a repository.
func Kinds() []resource.Schema {
	return []resource.Schema{repositoryKind(), commitKind(), mergeKind(), tagKind(), ciKind()}
}

func repositoryKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindRepository, Version: 1, Title: "Repositories", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "last part of its address, or of its folder"),
			field.May("origin", s, "address it was cloned from, without credentials; absent when it has none"),
			field.May("default_branch", s, "the branch whose history is read; absent in an empty repository and with a detached head"),
			field.Words(field.Must("branch_known_from", s, "setting: the operator named it; remote: the remote's own statement; head: what the repository points to; convention: its name"), "setting", "remote", "head", "convention"),
			field.May("head", s, "commit at the tip of that branch; absent in an empty repository"),
			field.Volatile(field.May("fetched_at", resource.Time, "when this copy last asked its origin; absent for a repository that has none")),
			field.Must("empty", b, "it has no commit"),
			field.Must("shallow", b, "older history was left out when it was cloned"),
			field.Must("ci", b, "a continuous integration definition is present at the tip"),
			field.List(field.Must("ci_tools", s, "for which tools")),
			field.Must("code_owners", b, "a CODEOWNERS file is present at the tip"),
			field.Must("security_policy", b, "a SECURITY file is present at the tip"),
			field.Must("license", b, "a licence file is present at the tip"),
			field.List(field.Must("dependency_updates", s, "tools configured at the tip that propose updates: dependabot, renovate")),
			field.Must("tags", i, "number of tags"),
			field.Must("tags_annotated", i, "of these with a tag object of their own"),
			field.Must("tags_signed", i, "of these with a signature, not verified"),
		},
		Facets: []resource.Claim{{Facet: "repository", Version: 1, Fields: map[string]resource.Mapping{
			"name": field.From("name"), "default_branch": field.From("default_branch"), "ci": field.From("ci"),
		}}},
	}
}

func commitKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindCommit, Version: 1, Title: "Commits on the default branch", Family: resource.Event,
		Label: "subject", At: "at",
		Fields: []resource.Field{
			field.Must("sha", s, "its name in hexadecimal"),
			field.Must("at", resource.Time, "the committer's date: when this version of the change was made"),
			field.Must("authored_at", resource.Time, "the author's date: when the change was first written"),
			field.Must("subject", s, "first paragraph of the message as one line, cut after 300 characters"),
			field.Personal(field.Must("author_name", s, "who wrote it, as the commit says")),
			field.Personal(field.Must("author_email", s, "their address, lower case")),
			field.Personal(field.Must("committer_name", s, "who made the commit, as the commit says")),
			field.Personal(field.Must("committer_email", s, "their address, lower case")),
			field.Must("author_key", s, "pseudonym of the author's address; equal addresses give equal keys"),
			field.Must("committer_key", s, "pseudonym of the committer's address"),
			field.Must("author_is_committer", b, "both have the same address"),
			field.Personal(field.List(field.May("co_authors", s, "Co-authored-by lines, name and address"))),
			field.List(field.May("co_author_keys", s, "pseudonyms of their addresses")),
			field.Must("parents", resource.Int, "commits that it follows: 0 begins a history, 2 or more is a merge"),
			field.Must("first_parent", b, "it stands on the branch's own line, not on a line that was merged in"),
			field.Must("signed", b, "it carries a signature, which was not verified"),
			field.Words(field.May("signature", s, "of which kind; absent without one"), "pgp", "ssh", "x509", "other"),
			field.Must("automated", b, "the author's name ends in [bot], as forges name their programs"),
		},
	}
}

func mergeKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindMerge, Version: 2, Title: "Changes to the default branch", Family: resource.Event,
		Label: "subject", At: "at",
		Fields: []resource.Field{
			field.Must("sha", s, "commit on the branch's own line by which it went in"),
			field.Must("at", resource.Time, "that commit's date"),
			field.Must("subject", s, "first paragraph of the message as one line, cut after 300 characters"),
			field.Words(field.Must("way", s, "merge: a commit with several parents; squash: one commit that names its pull request; direct: one commit that names none"), "merge", "squash", "direct"),
			field.May("number", resource.Int, "of the pull or merge request, as the message states it; absent when it states none"),
			field.Must("commits", resource.Int, "commits that went in by it, itself included"),
			field.Must("author_key", s, "pseudonym of who wrote most of it"),
			field.List(field.Must("author_keys", s, "pseudonyms of all who wrote some of it")),
			field.Personal(field.Must("author_email", s, "address of who wrote most of it, lower case")),
			field.Must("merger_key", s, "pseudonym of who put it in; unavailable where the forge's own name stands in its place"),
			field.Personal(field.Must("merger_email", s, "their address, lower case; likewise")),
			field.Must("self_merged", b, "who put it in wrote most of it; unavailable where two addresses may be one person's"),
			field.Must("direct", b, "one person wrote and committed it, and it bears no mark of a pull request, though one merged by rebase or fast-forward can look the same; unavailable where git cannot tell"),
			field.Must("signed", b, "the commit carries a signature, which was not verified"),
			field.Must("automated", b, "the author's name ends in [bot], as forges name their programs"),
			field.Must("approved", b, "always unavailable: git does not record approval"),
		},
		Facets: []resource.Claim{{Facet: "change", Version: 1, Fields: map[string]resource.Mapping{
			"at": field.From("at"), "title": field.From("subject"), "author": field.From("author_key"), "merged_by": field.From("merger_key"),
			"reviewed": field.From("approved"), "self_merged": field.From("self_merged"), "direct": field.From("direct"), "signed": field.From("signed"),
			"automated": field.From("automated"), "emergency": {Value: false},
		}, Lacks: map[string]string{
			"tested": "Git keeps no results of tests. The forge does: connect it, too.",
		}}},
	}
}

func tagKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindTag, Version: 1, Title: "Tags", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			field.Must("name", s, "without refs/tags/"),
			field.Must("target", s, "commit or other object that it leads to"),
			field.Must("annotated", b, "it has a tag object with a tagger and a date"),
			field.Must("signed", b, "it carries a signature, which was not verified"),
			field.Words(field.May("signature", s, "of which kind; absent without one"), "pgp", "ssh", "x509", "other"),
			field.May("tagged_at", resource.Time, "the tagger's date; absent for a tag that is not annotated"),
			field.Personal(field.May("tagger_email", s, "the tagger's address, lower case; likewise")),
			field.May("tagger_key", s, "pseudonym of that address; likewise"),
		},
	}
}

func ciKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindCI, Version: 1, Title: "Continuous integration definitions", Family: resource.State, Label: "path",
		Fields: []resource.Field{
			field.Must("path", s, "in the repository, at the tip of the default branch"),
			field.Must("tool", s, "that reads it, by the file's place: github_actions, gitlab_ci, jenkins …"),
			field.Must("sha", s, "name of its content"),
		},
	}
}
