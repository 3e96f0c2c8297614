package imports

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"assay/connector"
	"assay/internal/resource"
)

func corpus(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("ASSAY_CORPUS")
	if dir == "" {
		t.Skip("ASSAY_CORPUS does not name the folder of real inputs")
	}
	return filepath.Join(dir, name)
}

// gitHistory declares the history of a repository as another tool wrote it.
const gitHistory = `
kind: forge.commit
version: 1
title: Commits from another tool
family: event
label: subject
at: at
authority: forge.example.com/team/service
id: [sha]
fields:
  - {name: sha, type: string, meaning: name of the commit}
  - {name: at, type: time, meaning: the committer's date}
  - {name: authored_at, type: time, meaning: the author's date}
  - {name: subject, type: string, meaning: first line of the message}
  - {name: author, type: string, personal: true, meaning: who wrote it}
  - {name: author_email, type: string, meaning: their address}
  - {name: committer_email, type: string, meaning: address of who put it in}
  - {name: parents, type: list, of: {type: string}, meaning: what it follows}
  - {name: main_line, type: bool, meaning: it stands on the branch's own line}
  - {name: signed, type: bool, meaning: it carries a signature}
read:
  at: {path: commit_date}
  authored_at: {path: author_date}
  author_email: {lower: true}
  committer_email: {lower: true}
  main_line: {path: first_parent_of_default_branch}
  signed: {path: has_gpgsig}
facets:
  - facet: change
    version: 1
    fields:
      at: {from: at}
      title: {from: subject}
      author: {from: author_email}
      merged_by: {from: committer_email}
      signed: {from: signed}
`

// readAll reads a file and keeps each row as a check would see it.
func readAll(t *testing.T, d Declaration, name string, f Format) []*resource.View {
	t.Helper()
	b, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	var out []*resource.View
	sum, err := Read(t.Context(), d, b, f, func(_ int, r connector.Resource) error {
		parts, err := d.Normalize(r.Fields, r.Unavailable)
		maps.Copy(parts.Core, parts.Personal)
		out = append(out, &resource.View{
			Ref: resource.Ref{Kind: r.Kind, Authority: r.Authority, ID: r.ID}, Schema: &d.Schema, Fields: parts.Core, Unavailable: r.Unavailable,
		})
		return err
	})
	if err != nil || !sum.Complete() {
		t.Fatalf("%s: %+v %v", name, sum, err)
	}
	return out
}

func TestAHistoryFromAnotherToolClaimsChange(t *testing.T) {
	dir := corpus(t, "d05-git-history")
	d := declared(t, gitHistory)
	change := resource.Facets()["change"]
	for name, want := range map[string]struct{ commits, line, merges int }{
		"terragoat.commits.ndjson":     {259, 117, 28},
		"oscal-content.commits.ndjson": {348, 323, 3},
	} {
		var line, merges int
		rows := readAll(t, d, filepath.Join(dir, name), NDJSON)
		for _, r := range rows {
			if r.Fields["main_line"] == true {
				line++
				if parents, ok := r.Fields["parents"].([]any); ok && len(parents) > 1 {
					merges++
				}
			}
			p, err := r.Project(change)
			if err != nil {
				t.Fatal(err)
			}
			if p.At().IsZero() || p.Fields["author"] == nil || p.Fields["signed"] == nil {
				t.Errorf("%s: %v", r.ID, p.Fields)
			}
			if len(p.Unavailable) == 0 {
				t.Errorf("%s: what the kind does not map is said to be known", r.ID)
			}
		}
		if got := struct{ commits, line, merges int }{len(rows), line, merges}; got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// cases declares what all labelled states have in common.
const cases = `
kind: labelled.state
version: 1
family: state
authority: labelled.example.com
id: [name]
rows: cases
fields:
  - {name: name, type: string}
  - {name: compliant, type: bool}
  - {name: type, type: string, optional: true}
  - {name: encrypted, type: bool, optional: true}
  - name: snapshots
    type: list
    optional: true
    of: {type: object, fields: [{name: SnapshotId, type: string}, {name: Encrypted, type: bool}]}
read:
  type: {path: resource.ResourceType}
  encrypted: {path: resource.Encrypted}
  snapshots: {path: resource.Snapshots}
`

func TestLabelledStates(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "d10-labelled-aws-resources"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	d := declared(t, cases)
	all, wrong := 0, 0
	for _, name := range files {
		for _, r := range readAll(t, d, name, JSON) {
			all++
			if r.Fields["compliant"] == false {
				wrong++
			}
			if filepath.Base(name) == "aws_ec2_volume_encryption.json" && r.Fields["encrypted"] != r.Fields["compliant"] {
				t.Errorf("%s: %v", r.ID, r.Fields)
			}
		}
	}
	if all != 200 || wrong != 91 {
		t.Errorf("%d states, %d of them not compliant; want 200 and 91", all, wrong)
	}
}
