package connectortest

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/tools/txtar"

	"assay/connector"
)

// Recorder is a Host that passes everything on to another and keeps what was
// asked and answered, to be written as a recording.
type Recorder struct {
	Host connector.Host
	// Scrub replaces what must not be written down; it is given the section's
	// name and content. It may be nil.
	Scrub func(section string, content []byte) []byte

	mu    sync.Mutex
	nodes map[string]*recorded // guarded by mu; by path
	runs  map[string]txtar.File
	errs  map[string]txtar.File
}

type recorded struct {
	word   string // file, dir, link; empty while only its time is known
	data   []byte
	refuse bool
	at     time.Time
}

var _ connector.Host = (*Recorder)(nil)

// Archive writes the recording so far.
func (r *Recorder) Archive(comment string, now time.Time) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := &txtar.Archive{Comment: []byte(comment + "\n")}
	a.Files = append(a.Files, txtar.File{Name: "now", Data: []byte(now.UTC().Format(time.RFC3339) + "\n")})
	for _, name := range slices.Sorted(maps.Keys(r.nodes)) {
		if n := r.nodes[name]; n.word != "" && !r.implied(name, n) {
			a.Files = append(a.Files, n.section(name))
		}
	}
	for _, m := range []map[string]txtar.File{r.runs, r.errs} {
		for _, line := range slices.Sorted(maps.Keys(m)) {
			a.Files = append(a.Files, m[line])
		}
	}
	for i, f := range a.Files {
		if r.Scrub != nil {
			a.Files[i].Data = r.Scrub(f.Name, f.Data)
		}
	}
	return txtar.Format(a)
}

// implied reports that the folder is there because of what is in it. So is a
// link to a folder that was read through: it is written as that folder.
func (r *Recorder) implied(name string, n *recorded) bool {
	if n.word == "file" || n.refuse || !n.at.IsZero() {
		return false
	}
	for other := range r.nodes {
		if strings.HasPrefix(other, strings.TrimSuffix(name, "/")+"/") {
			return true
		}
	}
	return false
}

func (n *recorded) section(name string) txtar.File {
	f := txtar.File{Name: n.word + " " + name, Data: n.data}
	if n.word == "file" && (!utf8.Valid(n.data) || bytes.ContainsRune(n.data, 0)) {
		f.Name = "base64 " + name
		f.Data = []byte(base64.StdEncoding.EncodeToString(n.data) + "\n")
	}
	if !n.at.IsZero() {
		f.Name += " @" + n.at.UTC().Format(time.RFC3339)
	}
	if n.refuse {
		f.Name += " !permission"
	}
	return f
}

func (r *Recorder) keep(name string, fill func(n *recorded)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.nodes == nil {
		r.nodes = map[string]*recorded{}
	}
	name = path.Clean(name)
	n, ok := r.nodes[name]
	if !ok {
		n = &recorded{}
		r.nodes[name] = n
	}
	fill(n)
}

// ReadFile is connector.Host's.
func (r *Recorder) ReadFile(name string) ([]byte, error) {
	b, err := r.Host.ReadFile(name)
	if err == nil || errors.Is(err, fs.ErrPermission) {
		r.keep(name, func(n *recorded) { n.word, n.data, n.refuse = "file", slices.Clone(b), err != nil })
	}
	return b, err
}

// ReadDir is connector.Host's.
func (r *Recorder) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := r.Host.ReadDir(name)
	if err == nil || errors.Is(err, fs.ErrPermission) {
		r.keep(name, func(n *recorded) { n.word, n.refuse = "dir", err != nil })
	}
	for _, e := range entries {
		below := path.Join(name, e.Name())
		target := ""
		if e.Type()&fs.ModeSymlink != 0 {
			target, _ = r.Host.Readlink(below)
		}
		r.keep(below, func(n *recorded) {
			switch {
			case n.word != "":
			case target != "":
				n.word, n.data = "link", []byte(target+"\n")
			case e.IsDir():
				n.word = "dir"
			default:
				n.word = "file"
			}
		})
	}
	return entries, err
}

// Stat is connector.Host's.
func (r *Recorder) Stat(name string) (fs.FileInfo, error) {
	i, err := r.Host.Stat(name)
	if err == nil {
		r.keep(name, func(n *recorded) {
			n.at = i.ModTime()
			if n.word == "" {
				n.word = "file"
				if i.IsDir() {
					n.word = "dir"
				}
			}
		})
	}
	return i, err
}

// Readlink is connector.Host's.
func (r *Recorder) Readlink(name string) (string, error) {
	target, err := r.Host.Readlink(name)
	if err == nil || errors.Is(err, fs.ErrPermission) {
		r.keep(name, func(n *recorded) { n.word, n.data, n.refuse = "link", []byte(target+"\n"), err != nil })
	}
	return target, err
}

// Run is connector.Host's.
func (r *Recorder) Run(ctx context.Context, name string, args ...string) ([]byte, error) {
	out, err := r.Host.Run(ctx, name, args...)
	line := strings.Join(append([]string{name}, args...), " ")
	mark := ""
	exit, exited := errors.AsType[*connector.ExitError](err)
	switch {
	case err == nil:
	case exited:
		mark = fmt.Sprintf(" !%d", exit.Code)
	case errors.Is(err, fs.ErrPermission):
		mark = " !permission"
	case errors.Is(err, context.DeadlineExceeded):
		mark = " !timeout"
	default:
		return out, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == nil {
		r.runs, r.errs = map[string]txtar.File{}, map[string]txtar.File{}
	}
	r.runs[line] = txtar.File{Name: "run " + line + mark, Data: slices.Clone(out)}
	if exited && exit.Stderr != "" {
		r.errs[line] = txtar.File{Name: "stderr " + line, Data: []byte(exit.Stderr)}
	}
	return out, err
}
