package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// MaxFile is the size up to which a file is read.
const MaxFile = 16 << 20

// ErrTooLarge means that a file or a program's answer is over its limit.
var ErrTooLarge = errors.New("larger than the limit")

// Machine is this machine. Its zero value is ready.
type Machine struct {
	// Root, if set, is a folder that stands for the whole machine, such as an
	// unpacked image. No program is run then.
	Root string

	programs programs
}

// ReadFile returns a plain file of at most MaxFile bytes. The name is
// absolute. Errors satisfy errors.Is with fs.ErrNotExist, fs.ErrPermission and
// ErrTooLarge.
func (m Machine) ReadFile(name string) ([]byte, error) {
	f, err := m.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > MaxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	return b, nil
}

// Open opens a plain file of any size, for reading. The name is absolute, and errors
// are as those of ReadFile.
func (m Machine) Open(name string) (io.ReadCloser, error) {
	f, err := m.open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: name, Err: errors.New("not a plain file")}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open does not wait for the other end of a pipe.
func (m Machine) open(name string) (*os.File, error) {
	const flags = os.O_RDONLY | syscall.O_NONBLOCK
	if m.Root == "" {
		return os.OpenFile(name, flags, 0)
	}
	root, err := os.OpenRoot(m.Root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return root.OpenFile(inside(name), flags, 0)
}

// inside is an absolute name as a name under the root.
func inside(name string) string {
	if rel := strings.TrimPrefix(path.Clean("/"+name), "/"); rel != "" {
		return filepath.FromSlash(rel)
	}
	return "."
}

// ReadDir lists a folder, sorted by name.
func (m Machine) ReadDir(name string) ([]fs.DirEntry, error) {
	if m.Root == "" {
		return os.ReadDir(name)
	}
	root, err := os.OpenRoot(m.Root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return fs.ReadDir(root.FS(), filepath.ToSlash(inside(name)))
}

// Stat describes a file, following links.
func (m Machine) Stat(name string) (fs.FileInfo, error) {
	if m.Root == "" {
		return os.Stat(name)
	}
	root, err := os.OpenRoot(m.Root)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	return root.Stat(inside(name))
}

// Readlink returns where a link points, as it is written there.
func (m Machine) Readlink(name string) (string, error) {
	if m.Root == "" {
		return os.Readlink(name)
	}
	root, err := os.OpenRoot(m.Root)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }()
	return root.Readlink(inside(name))
}

// Run runs a program and returns what it printed on its standard output, also
// when it fails. The name has no slash and is looked for in the system's
// folders; one that is not there gives fs.ErrNotExist, a non-zero exit an
// *ExitError.
func (m Machine) Run(ctx context.Context, name string, args ...string) ([]byte, error) {
	if m.Root != "" || strings.ContainsRune(name, '/') || name == "" {
		return nil, &fs.PathError{Op: "run", Path: name, Err: fs.ErrNotExist}
	}
	out, err := m.programs.run(ctx, name, args)
	if err != nil {
		return out, fmt.Errorf("run %s: %w", name, err)
	}
	return out, nil
}
