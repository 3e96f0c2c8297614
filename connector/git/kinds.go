package git

import "assay/internal/resource"

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

func repositoryKind() resource.Schema {
	const s, b, i = resource.String, resource.Bool, resource.Int
	return resource.Schema{
		Kind: kindRepository, Version: 1, Title: "Repositories", Family: resource.State, Label: "name",
		Fields: []resource.Field{
			must("name", s, "last part of its address, or of its folder"),
			may("origin", s, "address it was cloned from, without credentials; absent when it has none"),
			may("default_branch", s, "the branch whose history is read; absent in an empty repository and with a detached head"),
			words(must("branch_known_from", s, "setting: the operator named it; remote: the remote's own statement; head: what the repository points to; convention: its name"), "setting", "remote", "head", "convention"),
			may("head", s, "commit at the tip of that branch; absent in an empty repository"),
			volatile(may("fetched_at", resource.Time, "when this copy last asked its origin; absent for a repository that has none")),
			must("empty", b, "it has no commit"),
			must("shallow", b, "older history was left out when it was cloned"),
			must("ci", b, "a continuous integration definition is present at the tip"),
			listOf(must("ci_tools", s, "for which tools")),
			must("code_owners", b, "a CODEOWNERS file is present at the tip"),
			must("security_policy", b, "a SECURITY file is present at the tip"),
			must("license", b, "a licence file is present at the tip"),
			listOf(must("dependency_updates", s, "tools configured at the tip that propose updates: dependabot, renovate")),
			must("tags", i, "number of tags"),
			must("tags_annotated", i, "of these with a tag object of their own"),
			must("tags_signed", i, "of these with a signature, not verified"),
		},
		Facets: []resource.Claim{{Facet: "repository", Version: 1, Fields: map[string]resource.Mapping{
			"name": from("name"), "default_branch": from("default_branch"), "ci": from("ci"),
		}}},
	}
}

func commitKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindCommit, Version: 1, Title: "Commits on the default branch", Family: resource.Event,
		Label: "subject", At: "at",
		Fields: []resource.Field{
			must("sha", s, "its name in hexadecimal"),
			must("at", resource.Time, "the committer's date: when this version of the change was made"),
			must("authored_at", resource.Time, "the author's date: when the change was first written"),
			must("subject", s, "first paragraph of the message as one line, cut after 300 characters"),
			personal(must("author_name", s, "who wrote it, as the commit says")),
			personal(must("author_email", s, "their address, lower case")),
			personal(must("committer_name", s, "who made the commit, as the commit says")),
			personal(must("committer_email", s, "their address, lower case")),
			must("author_key", s, "pseudonym of the author's address; equal addresses give equal keys"),
			must("committer_key", s, "pseudonym of the committer's address"),
			must("author_is_committer", b, "both have the same address"),
			personal(listOf(may("co_authors", s, "Co-authored-by lines, name and address"))),
			listOf(may("co_author_keys", s, "pseudonyms of their addresses")),
			must("parents", resource.Int, "commits that it follows: 0 begins a history, 2 or more is a merge"),
			must("first_parent", b, "it stands on the branch's own line, not on a line that was merged in"),
			must("signed", b, "it carries a signature, which was not verified"),
			words(may("signature", s, "of which kind; absent without one"), "pgp", "ssh", "x509", "other"),
			must("automated", b, "the author's name ends in [bot], as forges name their programs"),
		},
	}
}

func mergeKind() resource.Schema {
	const s, b = resource.String, resource.Bool
	return resource.Schema{
		Kind: kindMerge, Version: 2, Title: "Changes to the default branch", Family: resource.Event,
		Label: "subject", At: "at",
		Fields: []resource.Field{
			must("sha", s, "commit on the branch's own line by which it went in"),
			must("at", resource.Time, "that commit's date"),
			must("subject", s, "first paragraph of the message as one line, cut after 300 characters"),
			words(must("way", s, "merge: a commit with several parents; squash: one commit that names its pull request; direct: one commit that names none"), "merge", "squash", "direct"),
			may("number", resource.Int, "of the pull or merge request, as the message states it; absent when it states none"),
			must("commits", resource.Int, "commits that went in by it, itself included"),
			must("author_key", s, "pseudonym of who wrote most of it"),
			listOf(must("author_keys", s, "pseudonyms of all who wrote some of it")),
			personal(must("author_email", s, "address of who wrote most of it, lower case")),
			must("merger_key", s, "pseudonym of who put it in; unavailable where the forge's own name stands in its place"),
			personal(must("merger_email", s, "their address, lower case; likewise")),
			must("self_merged", b, "who put it in wrote most of it; unavailable where two addresses may be one person's"),
			must("direct", b, "one person wrote and committed it, and it bears no mark of a pull request, though one merged by rebase or fast-forward can look the same; unavailable where git cannot tell"),
			must("signed", b, "the commit carries a signature, which was not verified"),
			must("automated", b, "the author's name ends in [bot], as forges name their programs"),
			must("approved", b, "always unavailable: git does not record approval"),
		},
		Facets: []resource.Claim{{Facet: "change", Version: 1, Fields: map[string]resource.Mapping{
			"at": from("at"), "title": from("subject"), "author": from("author_key"), "merged_by": from("merger_key"),
			"reviewed": from("approved"), "self_merged": from("self_merged"), "direct": from("direct"), "signed": from("signed"),
			"automated": from("automated"), "emergency": {Value: false},
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
			must("name", s, "without refs/tags/"),
			must("target", s, "commit or other object that it leads to"),
			must("annotated", b, "it has a tag object with a tagger and a date"),
			must("signed", b, "it carries a signature, which was not verified"),
			words(may("signature", s, "of which kind; absent without one"), "pgp", "ssh", "x509", "other"),
			may("tagged_at", resource.Time, "the tagger's date; absent for a tag that is not annotated"),
			personal(may("tagger_email", s, "the tagger's address, lower case; likewise")),
			may("tagger_key", s, "pseudonym of that address; likewise"),
		},
	}
}

func ciKind() resource.Schema {
	const s = resource.String
	return resource.Schema{
		Kind: kindCI, Version: 1, Title: "Continuous integration definitions", Family: resource.State, Label: "path",
		Fields: []resource.Field{
			must("path", s, "in the repository, at the tip of the default branch"),
			must("tool", s, "that reads it, by the file's place: github_actions, gitlab_ci, jenkins …"),
			must("sha", s, "name of its content"),
		},
	}
}
