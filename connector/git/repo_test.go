package git

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/resource"
)

// repo is a repository made by git itself, with a clock that the test moves.
type repo struct {
	t   *testing.T
	dir string
	at  time.Time
	who string // "name <address>"; also of the committer unless by is set
	by  string
}

func newRepo(t *testing.T, args ...string) *repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := &repo{t: t, dir: filepath.Join(t.TempDir(), "service"), at: day(1), who: "Alice Example <alice@example.com>"}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git(append([]string{"init", "--quiet", "--initial-branch=main"}, args...)...)
	return r
}

func day(n int) time.Time { return time.Date(2026, 1, n, 12, 0, 0, 0, time.UTC) }

func (r *repo) git(args ...string) string {
	r.t.Helper()
	out, err := r.try(args...)
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(out)
}

func (r *repo) try(args ...string) (string, error) {
	split := func(s string) (name, mail string) {
		name, rest, _ := strings.Cut(s, " <")
		return name, strings.TrimSuffix(rest, ">")
	}
	name, mail := split(r.who)
	byName, byMail := name, mail
	if r.by != "" {
		byName, byMail = split(r.by)
	}
	date := fmt.Sprintf("@%d +0530", r.at.Unix())
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = r.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C",
		"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + mail, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + byName, "GIT_COMMITTER_EMAIL=" + byMail, "GIT_COMMITTER_DATE=" + date,
		"GIT_ALLOW_PROTOCOL=file:https",
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// commit makes one on what is checked out, an hour later than the last.
func (r *repo) commit(message string) string {
	r.t.Helper()
	r.at = r.at.Add(time.Hour)
	r.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message)
	return r.git("rev-parse", "HEAD")
}

func (r *repo) as(who string) *repo { r.who, r.by = who, ""; return r }

// raw stores a commit object as it is given and moves the branch to it.
func (r *repo) raw(body string) string {
	r.t.Helper()
	tree := r.git("hash-object", "-t", "tree", "-w", "/dev/null")
	file := filepath.Join(r.t.TempDir(), "commit")
	if err := os.WriteFile(file, []byte("tree "+tree+"\n"+body), 0o600); err != nil {
		r.t.Fatal(err)
	}
	sha := r.git("hash-object", "-t", "commit", "-w", "--literally", file)
	r.git("update-ref", "HEAD", sha)
	return sha
}

func (r *repo) write(name, text string) {
	r.t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.git("add", "--", name)
}

// reading is what a collection made of a repository.
type reading struct {
	t         *testing.T
	authority string
	byKind    map[string][]connector.Resource
	reports   map[string]connector.Report
}

type options struct {
	config connector.Config
	env    connector.Env
}

func january() connector.Env {
	return connector.Env{
		Now: func() time.Time { return day(31) }, AllowLocal: true,
		Period: connector.Period{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)},
	}
}

func read(t *testing.T, path string, change ...func(*options)) reading {
	t.Helper()
	got, err := tryRead(t, path, change...)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func tryRead(t *testing.T, path string, change ...func(*options)) (reading, error) {
	t.Helper()
	o := options{config: connector.Config{"repository": path}, env: january()}
	o.env.Scratch = t.TempDir()
	for _, f := range change {
		f(&o)
	}
	got := reading{t: t, byKind: map[string][]connector.Resource{}, reports: map[string]connector.Report{}}
	source, err := Product().Open(o.config, o.env)
	if err != nil {
		return got, err
	}
	if got.authority, err = source.Authority(t.Context()); err != nil {
		return got, err
	}
	kinds := map[string]*resource.Schema{}
	var names []string
	for _, k := range Kinds() {
		kinds[k.Kind] = &k
		names = append(names, k.Kind)
	}
	seen := map[string]bool{}
	run := connector.NewRun(clock.System, names, func(_ context.Context, r connector.Resource) error {
		if _, err := kinds[r.Kind].Normalize(r.Fields, r.Unavailable); err != nil {
			t.Errorf("%s %s: %v", r.Kind, r.ID, err)
		}
		if seen[r.Kind+r.ID] || r.ID == "" || r.Authority != got.authority {
			t.Errorf("%s %s of %s: twice, without id, or of another authority", r.Kind, r.ID, r.Authority)
		}
		seen[r.Kind+r.ID] = true
		got.byKind[r.Kind] = append(got.byKind[r.Kind], r)
		return nil
	}, nil)
	err = source.Collect(t.Context(), run)
	for _, rep := range run.Reports() {
		got.reports[rep.Kind] = rep
	}
	if left, _ := os.ReadDir(o.env.Scratch); len(left) > 0 {
		t.Errorf("%d things were left behind", len(left))
	}
	return got, err
}

func (g reading) one(kind, id string) connector.Resource {
	g.t.Helper()
	i := slices.IndexFunc(g.byKind[kind], func(r connector.Resource) bool { return r.ID == id })
	if i < 0 {
		g.t.Fatalf("there is no %s %s", kind, id)
	}
	return g.byKind[kind][i]
}

// show is the named fields of a resource, "?" for those that are unavailable.
func show(r connector.Resource, fields ...string) string {
	var out []string
	for _, f := range fields {
		switch v, ok := r.Fields[f]; {
		case slices.Contains(r.Unavailable, f):
			out = append(out, f+"=?")
		case ok:
			out = append(out, fmt.Sprintf("%s=%v", f, v))
		}
	}
	return strings.Join(out, " ")
}

func (g reading) subjects(kind string) string {
	var out []string
	for _, r := range g.byKind[kind] {
		out = append(out, fmt.Sprint(r.Fields["subject"]))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
