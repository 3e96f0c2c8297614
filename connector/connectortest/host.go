package connectortest

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"assay/connector"
)

// replayedHost answers from a recording. It stands for connector.Host.
type replayedHost struct {
	nodes  map[string]*node
	runs   map[string]replayedRun
	stderr map[string]string
}

type node struct {
	name   string
	mode   fs.FileMode
	data   []byte
	target string
	refuse bool
	at     time.Time
	below  map[string]*node
}

type replayedRun struct {
	out  []byte
	bang string
}

var _ connector.Host = (*replayedHost)(nil)

func newReplayedHost() *replayedHost {
	return &replayedHost{
		nodes: map[string]*node{"/": {name: "/", mode: fs.ModeDir | 0o755, below: map[string]*node{}}},
		runs:  map[string]replayedRun{}, stderr: map[string]string{},
	}
}

// folder returns the folder of that name, made with its parents.
func (h *replayedHost) folder(name string) *node {
	if n, ok := h.nodes[name]; ok {
		return n
	}
	n := &node{name: path.Base(name), mode: fs.ModeDir | 0o755, below: map[string]*node{}}
	h.nodes[name] = n
	h.folder(path.Dir(name)).below[n.name] = n
	return n
}

func (h *replayedHost) add(name string, n *node) error {
	if err := absolute(name); err != nil {
		return err
	}
	if _, ok := h.nodes[name]; ok {
		return fmt.Errorf("%s is there already", name)
	}
	n.name = path.Base(name)
	h.nodes[name] = n
	h.folder(path.Dir(name)).below[n.name] = n
	return nil
}

func (h *replayedHost) addFile(rest string, data []byte) error {
	name, bang, at, err := marks(rest)
	if err != nil {
		return err
	}
	if bang != "" && bang != "permission" {
		return fmt.Errorf("!%s: want !permission", bang)
	}
	return h.add(name, &node{mode: 0o644, data: data, refuse: bang != "", at: at})
}

func (h *replayedHost) addDir(rest string) error {
	name, bang, at, err := marks(rest)
	if err != nil {
		return err
	}
	if err := absolute(name); err != nil {
		return err
	}
	n := h.folder(name)
	n.refuse, n.at = bang == "permission", at
	return nil
}

func (h *replayedHost) addLink(rest, target string) error {
	name, bang, _, err := marks(rest)
	if err != nil {
		return err
	}
	return h.add(name, &node{mode: fs.ModeSymlink | 0o777, target: target, refuse: bang == "permission"})
}

func (h *replayedHost) addRun(rest string, out []byte) error {
	line, bang, _, err := marks(rest)
	if err != nil {
		return err
	}
	if bang != "" && bang != "timeout" && bang != "permission" {
		if _, err := exitCode(bang); err != nil {
			return err
		}
	}
	h.runs[line] = replayedRun{out: out, bang: bang}
	return nil
}

// find follows links, in the last part and before.
func (h *replayedHost) find(op, name string) (*node, error) {
	fail := func(err error) (*node, error) { return nil, &fs.PathError{Op: op, Path: name, Err: err} }
	at, left := "/", strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	for hops := 0; len(left) > 0; {
		next := path.Join(at, left[0])
		n, ok := h.nodes[next]
		switch {
		case !ok:
			return fail(fs.ErrNotExist)
		case n.mode&fs.ModeSymlink == 0:
			at, left = next, left[1:]
		case hops == 10:
			return fail(fmt.Errorf("too many links"))
		case n.refuse:
			return fail(fs.ErrPermission)
		default:
			hops++
			target := n.target
			if !path.IsAbs(target) {
				target = path.Join(at, target)
			}
			left = append(strings.Split(strings.Trim(path.Clean(target), "/"), "/"), left[1:]...)
			at = "/"
		}
	}
	return h.nodes[at], nil
}

// ReadFile is connector.Host's.
func (h *replayedHost) ReadFile(name string) ([]byte, error) {
	n, err := h.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case n.refuse:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case n.mode.IsDir():
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("not a plain file")}
	}
	return slices.Clone(n.data), nil
}

// ReadDir is connector.Host's.
func (h *replayedHost) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := h.find("open", name)
	switch {
	case err != nil:
		return nil, err
	case n.refuse:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case !n.mode.IsDir():
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fmt.Errorf("not a folder")}
	}
	var out []fs.DirEntry
	for _, child := range n.below {
		out = append(out, fs.FileInfoToDirEntry(info{child}))
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// Stat is connector.Host's.
func (h *replayedHost) Stat(name string) (fs.FileInfo, error) {
	n, err := h.find("stat", name)
	if err != nil {
		return nil, err
	}
	return info{n}, nil
}

// Readlink is connector.Host's.
func (h *replayedHost) Readlink(name string) (string, error) {
	dir, err := h.find("readlink", path.Dir(name))
	if err != nil {
		return "", err
	}
	n, ok := dir.below[path.Base(name)]
	switch {
	case !ok:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrNotExist}
	case n.refuse || dir.refuse:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrPermission}
	case n.mode&fs.ModeSymlink == 0:
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fmt.Errorf("not a link")}
	}
	return n.target, nil
}

// Run is connector.Host's.
func (h *replayedHost) Run(ctx context.Context, name string, args ...string) ([]byte, error) {
	line := strings.Join(append([]string{name}, args...), " ")
	r, ok := h.runs[line]
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case !ok:
		return nil, &fs.PathError{Op: "run", Path: name, Err: fs.ErrNotExist}
	case r.bang == "timeout":
		return r.out, fmt.Errorf("run %s: no answer within 30s: %w", name, context.DeadlineExceeded)
	case r.bang == "permission":
		return nil, &fs.PathError{Op: "run", Path: name, Err: fs.ErrPermission}
	case r.bang != "":
		code, err := exitCode(r.bang)
		if err != nil {
			return nil, err
		}
		return r.out, fmt.Errorf("run %s: %w", name, &connector.ExitError{Code: code, Stderr: h.stderr[line]})
	}
	return slices.Clone(r.out), nil
}

// info is a node as fs.FileInfo.
type info struct{ n *node }

func (i info) Name() string       { return i.n.name }
func (i info) Size() int64        { return int64(len(i.n.data)) }
func (i info) Mode() fs.FileMode  { return i.n.mode }
func (i info) ModTime() time.Time { return i.n.at }
func (i info) IsDir() bool        { return i.n.mode.IsDir() }
func (i info) Sys() any           { return nil }
