package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/connector"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
)

// workplace is a repository ready to be read.
type workplace struct {
	program
	temp string // to be removed afterwards; empty for a repository that was there

	name, origin string
	bare         bool
	remote       bool // a copy of a remote repository, made for this collection
	branch       string
	knownFrom    string
	tip          string // commit; empty where there is none
	shallow      []string
	fetchedAt    time.Time // zero where there is no origin
	authority    string
}

// openWorkplace finds or copies the repository and settles what is read.
func openWorkplace(ctx context.Context, at location, config connector.Config, env connector.Env, run *connector.Run) (*workplace, error) {
	file, err := findGit()
	if err != nil {
		return nil, err
	}
	w := &workplace{program: program{file: file}}
	if at.url != nil {
		err = w.clone(ctx, at, config, env, run)
	} else {
		err = w.find(ctx, at)
	}
	if err == nil {
		err = w.settle(ctx, config["branch"], env)
	}
	if err != nil {
		return nil, errors.Join(err, w.remove())
	}
	return w, nil
}

func (w *workplace) remove() error {
	if w.temp == "" {
		return nil
	}
	return os.RemoveAll(w.temp)
}

// find takes a repository on this machine as it is; the path may be a folder
// inside it.
func (w *workplace) find(ctx context.Context, at location) error {
	if _, err := os.Stat(at.path); err != nil {
		return fault.Wrap(fault.Invalid, err, "There is nothing at %s, or it may not be entered.", at.path)
	}
	out, err := w.run(ctx, "-C", at.path, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "There is no git repository at %s.", at.path)
	}
	w.dir = out
	bare, err := w.run(ctx, "rev-parse", "--is-bare-repository")
	if err != nil {
		return err
	}
	w.bare = bare == "true"
	w.name = shortName(at.path)
	if origin, err := w.run(ctx, "config", "--get", "remote.origin.url"); err == nil && origin != "" {
		w.origin = originName(origin)
		w.name = shortName(w.origin)
	}
	return nil
}

// settle finds branch, tip, boundary and identity.
func (w *workplace) settle(ctx context.Context, branch string, env connector.Env) error {
	if err := w.chooseBranch(ctx, branch); err != nil {
		return err
	}
	if err := w.readShallow(ctx); err != nil {
		return err
	}
	if w.remote {
		w.fetchedAt = env.Now()
	} else if w.origin != "" {
		w.fetchedAt = w.lastFetch(ctx)
	}
	return w.identify(ctx)
}

// usual are the names that a default branch mostly has.
var usual = []string{"main", "master", "trunk", "develop"}

// chooseBranch settles which line of history counts. In a working clone that is
// what the origin calls its default, as last fetched: what is checked out, and
// what was not pushed yet, is somebody's draft.
func (w *workplace) chooseBranch(ctx context.Context, wanted string) error {
	if wanted != "" {
		if !w.try(ctx, "setting", "refs/remotes/origin/"+wanted, "refs/heads/"+wanted) {
			return fault.Fields("The branch was not found.", fault.Field{Name: "branch", Text: fmt.Sprintf("The repository has no branch %s.", wanted)})
		}
		return nil
	}
	head, _ := w.run(ctx, "symbolic-ref", "--quiet", "HEAD")
	theirs := ""
	if w.origin != "" && !w.bare {
		theirs, _ = w.run(ctx, "symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
	}
	steady := w.bare || slices.Contains(prefixed("refs/heads/", usual), head)
	for _, choice := range []struct {
		known string
		refs  []string
		open  bool
	}{
		{"remote", []string{theirs}, theirs != ""},
		{"convention", prefixed("refs/remotes/origin/", usual), w.origin != "" && !w.bare},
		{"head", []string{head}, steady && head != ""},
		{"convention", prefixed("refs/heads/", usual), true},
		{"head", []string{head}, head != ""},
	} {
		if choice.open && w.try(ctx, choice.known, choice.refs...) {
			return nil
		}
	}
	return w.headCommit(ctx, head)
}

// try takes the first of the references that leads to a commit.
func (w *workplace) try(ctx context.Context, known string, refs ...string) bool {
	for _, ref := range refs {
		sha, err := w.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
		if err == nil && sha != "" {
			w.tip, w.knownFrom = sha, known
			w.branch = strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/remotes/origin/")
			return true
		}
	}
	return false
}

// headCommit reads what HEAD points to where no branch could be found: a
// detached commit, or nothing yet.
func (w *workplace) headCommit(ctx context.Context, head string) error {
	w.knownFrom = "head"
	sha, err := w.run(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err == nil {
		w.tip = sha
		return nil
	}
	refs, err := w.run(ctx, "for-each-ref", "--count=1", "refs/heads", "refs/remotes")
	if err != nil {
		return err
	}
	if refs != "" {
		return fault.Fields("The default branch was not found.", fault.Field{
			Name: "branch", Text: fmt.Sprintf("The repository points to %s, which does not exist, though it has other branches. Name the branch that is released.", shortRef(head)),
		})
	}
	return nil
}

func shortRef(ref string) string {
	if ref == "" {
		return "no branch"
	}
	return strings.TrimPrefix(ref, "refs/heads/")
}

func prefixed(prefix string, names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + n
	}
	return out
}

// readShallow reads the commits at which history was cut off.
func (w *workplace) readShallow(ctx context.Context) error {
	name, err := w.path(ctx, "shallow")
	if err != nil {
		return err
	}
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	w.shallow = strings.Fields(string(b))
	return nil
}

// path is where a file of the repository is, also in a linked work tree.
func (w *workplace) path(ctx context.Context, name string) (string, error) {
	out, err := w.run(ctx, "rev-parse", "--git-path", name)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(out) {
		out = filepath.Join("/", out) // relative to where the command ran
	}
	return out, nil
}

// lastFetch is when this copy last heard from its origin: the last fetch, else
// the clone.
func (w *workplace) lastFetch(ctx context.Context) time.Time {
	if name, err := w.path(ctx, "FETCH_HEAD"); err == nil {
		if info, err := os.Stat(name); err == nil {
			return clock.Trunc(info.ModTime())
		}
	}
	if name, err := w.path(ctx, "logs/HEAD"); err == nil {
		if b, err := os.ReadFile(name); err == nil {
			if at, ok := reflogTime(string(b)); ok {
				return at
			}
		}
	}
	for _, file := range []string{"packed-refs", "HEAD"} {
		name, err := w.path(ctx, file)
		if err != nil {
			continue
		}
		if info, err := os.Stat(name); err == nil {
			return clock.Trunc(info.ModTime())
		}
	}
	return time.Time{}
}

// reflogTime is the time of the first line, if that line is a clone.
func reflogTime(log string) (time.Time, bool) {
	first, _, _ := strings.Cut(log, "\n")
	head, what, _ := strings.Cut(first, "\t")
	if !strings.HasPrefix(what, "clone:") {
		return time.Time{}, false
	}
	f := strings.Fields(head)
	if len(f) < 2 {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(f[len(f)-2], 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// identify finds the commit at which the branch's own line begins. Where that
// cannot be seen, the origin or the folder stands in.
func (w *workplace) identify(ctx context.Context) error {
	stand := "git:folder:" + w.name
	if w.origin != "" {
		stand = "git:origin:" + plainAddress(w.origin)
	}
	w.authority = stand
	if w.tip == "" {
		return nil
	}
	root, err := w.run(ctx, "rev-list", "--first-parent", "--max-parents=0", w.tip)
	if err != nil {
		return err
	}
	if root != "" && !strings.Contains(root, "\n") && !slices.Contains(w.shallow, root) {
		w.authority = "git:" + root
	}
	return nil
}
