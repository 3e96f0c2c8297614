package linux

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"assay/connector"
)

// collection is one reading of the host. Its steps run in the order of Collect
// and leave behind what later steps need.
type collection struct {
	host connector.Host
	run  *connector.Run
	now  time.Time
	id   identity

	root     bool // the collector's account has user number 0
	platform string
	procs    processes
	mounts   []mount
	units    map[string]unit // nil where systemd does not run
	ssh      sshSettings
	rules    []sudoRule
	rulesAll bool // every sudo rule was read
	installs []install
	pending  pendingUpdates
}

type dirEntry = fs.DirEntry

// answer is yes, no, or unknown.
type answer struct{ yes, known bool }

var (
	yes     = answer{yes: true, known: true}
	no      = answer{known: true}
	unknown = answer{}
)

func is(b bool) answer { return answer{yes: b, known: true} }

// or is yes if either is, and no only if both are.
func (a answer) or(b answer) answer {
	switch {
	case a == yes || b == yes:
		return yes
	case a == no && b == no:
		return no
	}
	return unknown
}

// and is no if either is, and yes only if both are.
func (a answer) and(b answer) answer {
	switch {
	case a == no || b == no:
		return no
	case a == yes && b == yes:
		return yes
	}
	return unknown
}

// sheet is a resource being filled in.
type sheet struct {
	fields  map[string]any
	missing []string
}

func newSheet() *sheet { return &sheet{fields: map[string]any{}} }

func (s *sheet) set(name string, v any) { s.fields[name] = v }

// lose marks fields as unavailable.
func (s *sheet) lose(names ...string) { s.missing = append(s.missing, names...) }

// text sets the field unless the value is empty, which leaves it absent.
func (s *sheet) text(name, v string) {
	if v != "" {
		s.fields[name] = v
	}
}

// texts sets the field unless the list is empty, which leaves it absent.
func (s *sheet) texts(name string, v []string) {
	if len(v) > 0 {
		s.fields[name] = v
	}
}

// answer sets the field, or marks it unavailable.
func (s *sheet) answer(name string, a answer) {
	if a.known {
		s.fields[name] = a.yes
	} else {
		s.lose(name)
	}
}

// texts that always have a value, empty or not.
func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

func (c *collection) emit(ctx context.Context, kind, id string, s *sheet) error {
	return c.run.Emit(ctx, connector.Resource{Kind: kind, Authority: c.id.authority, ID: id, Fields: s.fields, Unavailable: s.missing})
}

// read reads a file and notes it in the manifest.
func (c *collection) read(name string) ([]byte, error) {
	b, err := c.host.ReadFile(name)
	c.note("read "+name, 1, err)
	return b, err
}

// list lists a folder and notes it in the manifest.
func (c *collection) list(name string) ([]fs.DirEntry, error) {
	entries, err := c.host.ReadDir(name)
	c.note("list "+name, len(entries), err)
	return entries, err
}

// ask runs a program and notes it in the manifest.
func (c *collection) ask(ctx context.Context, name string, args ...string) ([]byte, error) {
	out, err := c.host.Run(ctx, name, args...)
	call := strings.Join(append([]string{"run", name}, args...), " ")
	if len(call) > longestCall {
		call = strings.ToValidUTF8(call[:longestCall], "") + "…"
	}
	c.note(call, 1, err)
	return out, err
}

const longestCall = 100

// note tells the manifest of a call. What is not there is an answer too.
func (c *collection) note(call string, items int, err error) {
	switch {
	case err == nil:
		c.run.Page(call, "", items)
	case errors.Is(err, fs.ErrNotExist):
		c.run.Page(call, "not there", 0)
	default:
		c.run.Refuse(call, because(err))
	}
}

// because is an error in a few words, for people.
func because(err error) string {
	exit, exited := errors.AsType[*connector.ExitError](err)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "permission denied"
	case errors.Is(err, fs.ErrNotExist):
		return "not there"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case exited:
		line, _, _ := strings.Cut(strings.TrimSpace(exit.Stderr), "\n")
		if len(line) > 200 {
			line = strings.ToValidUTF8(line[:200], "") + "…"
		}
		return strings.TrimSuffix("exit "+strconv.Itoa(exit.Code)+": "+line, ": ")
	}
	return err.Error()
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// exists says whether a path is there.
func (c *collection) exists(name string) answer {
	_, err := c.host.Stat(name)
	switch {
	case err == nil:
		return yes
	case missing(err):
		return no
	}
	return unknown
}

// glob returns the files that match a pattern whose last part alone has
// wildcards, sorted.
func (c *collection) glob(pattern string) ([]string, error) {
	dir, last := path.Split(pattern)
	dir = path.Clean(dir)
	if !strings.ContainsAny(pattern, "*?[") {
		return []string{pattern}, nil
	}
	if strings.ContainsAny(dir, "*?[") {
		return nil, errors.New("wildcards in a folder's name are not followed: " + pattern)
	}
	entries, err := c.host.ReadDir(dir)
	if missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		ok, err := path.Match(last, e.Name())
		if err != nil {
			return nil, err
		}
		if ok && !e.IsDir() {
			out = append(out, path.Join(dir, e.Name()))
		}
	}
	slices.Sort(out)
	return out, nil
}

// text is bytes as valid UTF-8; what is not becomes the replacement mark.
func text(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }

// lines yields the lines of a file, without line ends, with their numbers.
func lines(b []byte) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text(b)) {
			n++
			if !yield(n, strings.TrimRight(line, "\r\n")) {
				return
			}
		}
	}
}
