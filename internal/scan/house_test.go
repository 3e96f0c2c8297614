package scan_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/internal/app"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/rule"
	"assay/internal/scan"
	"assay/internal/suite"
)

// repo is a repository that git itself makes, with a clock that the test moves.
type repo struct {
	t   *testing.T
	dir string
	at  time.Time
	who string // "name <address>"
}

func newRepo(t *testing.T, args ...string) *repo {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	r := &repo{t: t, dir: filepath.Join(t.TempDir(), "service"), at: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC), who: "Ann <ann@example.com>"}
	if err := os.Mkdir(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git(append([]string{"init", "--quiet", "--initial-branch=main"}, args...)...)
	return r
}

// git runs git in the repository, as whoever is at work.
func (r *repo) git(args ...string) string {
	r.t.Helper()
	name, rest, _ := strings.Cut(r.who, " <")
	mail, date := strings.TrimSuffix(rest, ">"), fmt.Sprintf("@%d +0200", r.at.Unix())
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir = r.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C", "GIT_ALLOW_PROTOCOL=file",
		"GIT_AUTHOR_NAME=" + name, "GIT_AUTHOR_EMAIL=" + mail, "GIT_AUTHOR_DATE=" + date,
		"GIT_COMMITTER_NAME=" + name, "GIT_COMMITTER_EMAIL=" + mail, "GIT_COMMITTER_DATE=" + date,
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit makes one, an hour after the last, and returns it.
func (r *repo) commit(who, message string) string {
	r.t.Helper()
	r.at, r.who = r.at.Add(time.Hour), who
	r.git("commit", "--quiet", "--allow-empty", "-m", message)
	return r.git("rev-parse", "HEAD")
}

// merge makes a branch with one commit by the author, and merges it as another.
func (r *repo) merge(author, merger, title string) {
	r.t.Helper()
	r.git("switch", "--quiet", "--create", "work")
	r.commit(author, title)
	r.git("switch", "--quiet", "main")
	r.at, r.who = r.at.Add(time.Hour), merger
	r.git("merge", "--quiet", "--no-ff", "-m", "Merge pull request #7 from ann/work\n\n"+title, "work")
	r.git("branch", "--quiet", "--delete", "--force", "work")
}

// raw makes a commit object of the bytes and moves the branch to it.
func (r *repo) raw(body string) {
	r.t.Helper()
	tree := r.git("hash-object", "-t", "tree", "-w", "/dev/null")
	file := filepath.Join(r.t.TempDir(), "object")
	if err := os.WriteFile(file, []byte("tree "+tree+"\n"+body), 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.git("update-ref", "HEAD", r.git("hash-object", "-t", "commit", "-w", "--literally", file))
}

func (r *repo) write(name string, text []byte) {
	r.t.Helper()
	file := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.git("add", "--", name)
}

// now is when every scan of a repository is made.
func now() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// open is a store that is thrown away, as the command makes it.
func open(t *testing.T, at time.Time) *suite.Suite {
	t.Helper()
	hand := &clock.Hand{}
	hand.Set(at)
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), Rehearsal: true, AllowLocal: true, Now: hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// look scans a repository.
func look(t *testing.T, path string) *scan.Report {
	t.Helper()
	rep, err := scan.Run(t.Context(), open(t, now()), scan.Options{Path: path})
	if err != nil {
		t.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
	return rep
}

// status is what a check said; empty if it is not in the report.
func status(rep *scan.Report, id string) string {
	for i := range rep.Checks {
		if rep.Checks[i].ID == id {
			return string(rep.Checks[i].Status)
		}
	}
	return ""
}

// failing names what fails a check.
func failing(rep *scan.Report, id string) string {
	var out []string
	for i := range rep.Checks {
		for _, f := range rep.Checks[i].Failing {
			if rep.Checks[i].ID == id {
				out = append(out, f.Message)
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "|")
}

// says asserts what checks said.
func says(t *testing.T, rep *scan.Report, want map[string]rule.Status) {
	t.Helper()
	for id, s := range want {
		if got := status(rep, id); got != string(s) {
			t.Errorf("%s: %q, want %q", id, got, s)
		}
	}
}

// holds asserts what every report must hold to.
func holds(t *testing.T, rep *scan.Report) {
	t.Helper()
	order := []rule.Status{rule.Fail, rule.Unknown, rule.Excluded, rule.NoOccurrence, rule.Pass}
	tally := map[string][4]int{}
	for i := range rep.Checks {
		c := &rep.Checks[i]
		if i > 0 && slices.Index(order, rep.Checks[i-1].Status) > slices.Index(order, c.Status) {
			t.Errorf("%s comes after %s", c.ID, rep.Checks[i-1].ID)
		}
		if c.Status == rule.Pass && (c.Counts.Unknown > 0 || c.Counts.Fail > 0 || c.Counts.Pass == 0) {
			t.Errorf("%s passes with %+v", c.ID, c.Counts)
		}
		if c.Status == rule.Fail && len(c.Failing) == 0 {
			t.Errorf("%s fails and names nothing", c.ID)
		}
		if c.Status != rule.Pass && c.Status != rule.Fail && c.Explain == "" {
			t.Errorf("%s is %s and does not say why", c.ID, c.Status)
		}
		for _, id := range c.Criteria {
			n := tally[id]
			n[slices.Index([]rule.Status{rule.Fail, rule.Unknown, rule.Pass, c.Status}, c.Status)]++
			tally[id] = n
		}
	}
	if len(tally) != len(rep.Criteria) {
		t.Errorf("%d criteria, and the checks bear on %d", len(rep.Criteria), len(tally))
	}
	for _, c := range rep.Criteria {
		if got := [4]int{c.Fail, c.Unknown, c.Pass, c.Neutral}; got != tally[c.ID] || c.Title == "" {
			t.Errorf("%s: %v, the checks say %v", c.ID, got, tally[c.ID])
		}
	}
}
