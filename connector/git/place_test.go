package git

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
)

func testKey(t *testing.T) secret.Key {
	t.Helper()
	k, err := secret.KeyFrom([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRepositoryFacts(t *testing.T) {
	r := newRepo(t)
	for _, name := range []string{
		".github/workflows/ci.yml", ".github/workflows/notes.txt", "docs/CODEOWNERS", "SECURITY.md", "LICENSE", ".github/dependabot.yml",
		"src/LICENSE", "src/Jenkinsfile", "-- odd\tname\n.yml", "Jenkinsfile",
	} {
		r.write(name, "x\n")
	}
	r.commit("files")
	r.git("tag", "light")
	r.git("tag", "-a", "-m", "annotated", "v1")
	signed := filepath.Join(t.TempDir(), "tag")
	text := fmt.Sprintf("object %s\ntype commit\ntag v2\ntagger A <a@example.com> %d +0000\n\nv2\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n", r.git("rev-parse", "HEAD"), day(2).Unix())
	if err := os.WriteFile(signed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r.git("update-ref", "refs/tags/v2", r.git("hash-object", "-t", "tag", "-w", signed))

	got := read(t, r.dir)
	repo := got.one(kindRepository, "repository")
	have := show(repo, "name", "default_branch", "branch_known_from", "empty", "shallow", "ci", "ci_tools", "code_owners", "security_policy", "license", "dependency_updates", "tags", "tags_annotated", "tags_signed")
	want := "name=service default_branch=main branch_known_from=head empty=false shallow=false ci=true ci_tools=[github_actions jenkins] code_owners=true security_policy=true license=true dependency_updates=[dependabot] tags=3 tags_annotated=2 tags_signed=1"
	if have != want {
		t.Errorf("have %s\nwant %s", have, want)
	}
	var tags []string
	for _, x := range got.byKind[kindTag] {
		tags = append(tags, show(x, "name", "annotated", "signed", "signature"))
	}
	if s := strings.Join(tags, "; "); s != "name=light annotated=false signed=false; name=v1 annotated=true signed=false; name=v2 annotated=true signed=true signature=pgp" {
		t.Error(s)
	}
	if len(got.byKind[kindCI]) != 2 || got.authority != "git:"+r.git("rev-parse", "HEAD") {
		t.Errorf("%v %s", got.byKind[kindCI], got.authority)
	}
}

func TestIdentitySurvivesAMoveAndAClone(t *testing.T) {
	r := newRepo(t)
	r.commit("begin")
	r.commit("more")
	at := read(t, r.dir).authority
	moved := filepath.Join(t.TempDir(), "elsewhere")
	r.git("clone", "--quiet", "--bare", r.dir, moved)
	if got := read(t, moved).authority; got != at {
		t.Errorf("a clone: %s, want %s", got, at)
	}
	r.git("checkout", "--quiet", "--orphan", "other")
	r.commit("unrelated")
	r.git("checkout", "--quiet", "main")
	r.at = r.at.Add(time.Hour)
	r.git("merge", "--quiet", "--allow-unrelated-histories", "-m", "join", "other")
	if got := read(t, r.dir).authority; got != at {
		t.Errorf("after another history was merged in: %s, want %s", got, at)
	}
	inside := filepath.Join(r.dir, "deep", "down")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := read(t, inside).authority; got != at {
		t.Errorf("from a folder inside: %s", got)
	}
	tree := filepath.Join(t.TempDir(), "tree")
	r.git("worktree", "add", "--quiet", tree, "other")
	if got := read(t, tree); got.authority != at || got.one(kindRepository, "repository").Fields["default_branch"] != "main" {
		t.Errorf("from a linked work tree: %s", got.authority)
	}
}

func TestBranches(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	r.draft("feature", "draft")
	r.git("checkout", "--quiet", "feature")
	if got := read(t, r.dir); show(got.one(kindRepository, "repository"), "default_branch", "branch_known_from") != "default_branch=main branch_known_from=convention" || got.subjects(kindCommit) != "one" {
		t.Errorf("a feature is checked out: %s", got.subjects(kindCommit))
	}
	named := func(branch string) func(*options) { return func(o *options) { o.config["branch"] = branch } }
	if got := read(t, r.dir, named("feature")); got.subjects(kindCommit) != "draft, one" {
		t.Errorf("a named branch: %s", got.subjects(kindCommit))
	}
	for _, branch := range []string{"nowhere", "-x", "a..b", "main^", "main:x", "@{u}"} {
		if _, err := tryRead(t, r.dir, named(branch)); fault.Of(err) != fault.Invalid {
			t.Errorf("branch %s: %v", branch, err)
		}
	}
	r.git("checkout", "--quiet", "--detach", "main")
	r.git("branch", "-q", "-D", "main", "feature")
	if got := read(t, r.dir); show(got.one(kindRepository, "repository"), "default_branch", "branch_known_from") != "branch_known_from=head" || got.subjects(kindCommit) != "one" {
		t.Errorf("a detached head: %s", got.subjects(kindCommit))
	}
	r.git("checkout", "--quiet", "-b", "odd")
	r.git("symbolic-ref", "HEAD", "refs/heads/gone")
	if _, err := tryRead(t, r.dir); fault.Of(err) != fault.Invalid {
		t.Errorf("a head that leads nowhere: %v", err)
	}
}

func TestAnEmptyRepositoryIsProvenEmpty(t *testing.T) {
	r := newRepo(t)
	got := read(t, r.dir)
	if show(got.one(kindRepository, "repository"), "empty", "default_branch", "ci") != "empty=true ci=false" || got.authority != "git:folder:service" {
		t.Errorf("%v %s", got.one(kindRepository, "repository").Fields, got.authority)
	}
	for kind, rep := range got.reports {
		if !rep.Complete {
			t.Errorf("%s: %+v", kind, rep)
		}
	}
}

func TestAWorkingCloneIsReadAsItsOriginWasLastSeen(t *testing.T) {
	r := newRepo(t)
	r.commit("pushed")
	clone := &repo{t: t, dir: filepath.Join(t.TempDir(), "clone"), at: day(3), who: r.who}
	r.git("clone", "--quiet", r.dir, clone.dir)
	clone.commit("not pushed yet")
	log := filepath.Join(clone.dir, ".git", "logs", "HEAD")
	b, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(string(b), "\n")
	f := strings.SplitN(first, "\t", 2)
	words := strings.Fields(f[0])
	words[len(words)-2] = strconv.FormatInt(day(4).Unix(), 10)
	if err := os.WriteFile(log, []byte(strings.Join(words, " ")+"\t"+f[1]+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	got := read(t, clone.dir)
	repo := got.one(kindRepository, "repository")
	if have := show(repo, "name", "default_branch", "branch_known_from", "fetched_at"); have != "name=service default_branch=main branch_known_from=remote fetched_at=2026-01-04 12:00:00 +0000 UTC" {
		t.Error(have)
	}
	if got.subjects(kindCommit) != "pushed" {
		t.Errorf("%s", got.subjects(kindCommit))
	}
	rep := got.reports[kindMerge]
	if !rep.To.Equal(day(4)) || !strings.Contains(fmt.Sprint(rep.Problems), "last asked its origin") {
		t.Errorf("%+v", rep)
	}
	clone.git("fetch", "--quiet")
	fetched := day(20)
	if err := os.Chtimes(filepath.Join(clone.dir, ".git", "FETCH_HEAD"), fetched, fetched); err != nil {
		t.Fatal(err)
	}
	if rep := read(t, clone.dir).reports[kindMerge]; !rep.To.Equal(fetched) {
		t.Errorf("after a fetch: %+v", rep)
	}
}

func TestAShallowCloneDoesNotCoverWhatWasCutOff(t *testing.T) {
	r := newRepo(t)
	for i := range 5 {
		r.at = day(i + 2)
		r.commit(strconv.Itoa(i))
	}
	r.as("Bob Example <bob@example.com>").draft("b", "b1")
	merge := r.as("Alice Example <alice@example.com>").merge("merge", "b")
	clone := filepath.Join(t.TempDir(), "clone")
	r.git("clone", "--quiet", "--bare", "--depth=3", "file://"+r.dir, clone)
	got := read(t, clone)
	if !strings.HasPrefix(got.authority, "git:origin:") || show(got.one(kindRepository, "repository"), "shallow") != "shallow=true" {
		t.Errorf("%s", got.authority)
	}
	if rep := got.reports[kindCommit]; !rep.From.After(day(5)) || !rep.Complete || !strings.Contains(fmt.Sprint(rep.Problems), "shallow") {
		t.Errorf("%+v", rep)
	}
	if have := show(got.one(kindMerge, merge), "commits", "self_merged"); have != "commits=2 self_merged=false" {
		t.Error(have)
	}
	tiny := filepath.Join(t.TempDir(), "tiny")
	r.git("clone", "--quiet", "--bare", "--depth=1", "file://"+r.dir, tiny)
	if have := show(read(t, tiny).one(kindMerge, merge), "way", "commits", "author_key", "self_merged"); have != "way=merge commits=? author_key=? self_merged=?" {
		t.Error(have)
	}
}

func TestLocations(t *testing.T) {
	for _, text := range []string{
		"", "-x", "--upload-pack=touch /tmp/x", "ext::sh -c id", "fd::3", "http://example.com/x", "git://example.com/x", "ftp://example.com/x",
		"https://user:secret@example.com/x", "https://token@example.com/x", "ssh://-oProxyCommand=id/x", "ssh://-x@example.com/x", "https:///x", "https://example.com",
		"ssh://example.com/-x", "a\nb", "/etc", "../x", "file:///etc", "transport::address", "javascript:alert(1)://x",
	} {
		if at, err := locate(text, false); err == nil {
			t.Errorf("%q was taken for %+v", text, at)
		} else if fault.Of(err) != fault.Invalid || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"https://git.example.com/team/x.git?a=b#c": "https://git.example.com/team/x.git", "git@git.example.com:team/x.git": "ssh://git@git.example.com/team/x.git",
		"ssh://git@git.example.com:2222/x": "ssh://git@git.example.com:2222/x", "git.example.com:x": "ssh://git.example.com/x",
	} {
		if at, err := locate(text, false); err != nil || at.url.String() != want {
			t.Errorf("%q: %v %v", text, at.url, err)
		}
	}
	if at, err := locate("file:///srv/x", true); err != nil || at.path != "/srv/x" {
		t.Errorf("%+v %v", at, err)
	}
	if _, err := locate("file://server/x", true); err == nil {
		t.Error("a file on another machine")
	}
	for address, want := range map[string]string{
		"https://u:p@example.com/a/b.git": "example.com/a/b", "git@example.com:a/b.git": "example.com/a/b", "ssh://git@EXAMPLE.com:22/a/b/": "example.com/a/b", "/srv/x.git": "/srv/x",
	} {
		if got := plainAddress(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}

// TestARepositoryCannotMakeGitActOut has settings in the repository that would
// leave a trace if git followed them.
func TestARepositoryCannotMakeGitActOut(t *testing.T) {
	r := newRepo(t)
	r.commit("one")
	trace := filepath.Join(t.TempDir(), "trace")
	act := "touch " + trace
	for name, value := range map[string]string{
		"core.fsmonitor": act, "core.sshCommand": act, "core.pager": act, "core.alternateRefsCommand": act, "diff.external": act, "gpg.program": act,
		"log.showSignature": "true", "credential.helper": "!" + act, "uploadpack.packObjectsHook": act, "core.hooksPath": r.dir,
		"extensions.partialClone": "origin", "remote.origin.promisor": "true", "remote.origin.url": "ssh://example.com/x", "core.gitProxy": act, "alias.rev-list": "!" + act,
	} {
		r.git("config", name, value)
	}
	gone := r.git("rev-parse", "HEAD^{tree}")
	if err := os.Remove(filepath.Join(r.dir, ".git", "objects", gone[:2], gone[2:])); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	r.git("replace", "-f", r.git("rev-parse", "HEAD"), r.git("commit-tree", "-m", "replaced", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"))
	got, err := tryRead(t, r.dir)
	if _, statErr := os.Stat(trace); statErr == nil {
		t.Fatal("a program of the repository's was started")
	}
	if err != nil || got.subjects(kindCommit) != "one" {
		t.Errorf("%v %s", err, got.subjects(kindCommit))
	}
}

func TestNoRepository(t *testing.T) {
	for _, path := range []string{t.TempDir(), "/nowhere/at/all"} {
		if _, err := tryRead(t, path); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
