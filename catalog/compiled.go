package catalog

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
)

// compiledText is what the shipped files say, as JSON, a line each: its name, the
// SHA-256 of what it was made from, and the JSON, with tabs between. Reading YAML
// would be half of what a start takes. A file that is not in it, or that changed
// since, is read as YAML.
//
//go:embed compiled.txt
var compiledText string

type entry struct {
	of   string // hexadecimal SHA-256 of the file that it was made from
	json string
}

var compiled = sync.OnceValue(func() map[string]entry {
	out := map[string]entry{}
	for line := range strings.Lines(compiledText) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		of, text, _ := strings.Cut(rest, "\t")
		out[name] = entry{of: of, json: text}
	}
	return out
})

// Compiled is the JSON that was made from a shipped file with this content; ok is
// false if there is none. Of a check it is the canonical form.
func Compiled(name string, content []byte) (text string, ok bool) {
	e, ok := compiled()[name]
	return e.json, ok && e.of == sum(content)
}

func sum(content []byte) string {
	h := sha256.Sum256(content)
	return hex.EncodeToString(h[:])
}

// ready is a file system whose files may be read as they were compiled.
type ready struct{ fs.FS }

// ReadFile implements fs.ReadFileFS.
func (r ready) ReadFile(name string) ([]byte, error) { return fs.ReadFile(r.FS, name) }

// recording keeps what the files say while they are read as YAML.
type recording struct {
	fs.FS
	mu   sync.Mutex
	said map[string]entry // guarded by mu
	errs []error          // guarded by mu
}

func (r *recording) keep(name string, content []byte, value any) {
	b, err := json.Marshal(value)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said[name] = entry{of: sum(content), json: string(b)}
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", name, err))
	}
}

// Compile writes the compiled form of a catalog. check returns the canonical form
// of a check's file.
func Compile(fsys fs.FS, w io.Writer, check func(content []byte) ([]byte, error)) error {
	r := &recording{FS: fsys, said: map[string]entry{}}
	if _, err := Load(r); err != nil {
		return err
	}
	names, wrong := listing{folder: "checks", ending: ".yaml"}.names(fsys)
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		b, err := check(content)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.said[name] = entry{of: sum(content), json: string(b)}
	}
	if err := errors.Join(slices.Concat(r.errs, wrong)...); err != nil {
		return err
	}
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(r.said)) {
		fmt.Fprintf(&out, "%s\t%s\t%s\n", name, r.said[name].of, r.said[name].json)
	}
	_, err := out.WriteTo(w)
	return err
}

// decodeFrom decodes a file, or the front of one, as it was compiled if it was.
func decodeFrom[T any](fsys fs.FS, name string, content, front []byte, into *T) error {
	if _, ok := fsys.(ready); ok {
		if text, ok := Compiled(name, content); ok {
			return json.Unmarshal([]byte(text), into)
		}
	}
	if err := decode(front, into); err != nil {
		return err
	}
	if r, ok := fsys.(*recording); ok {
		r.keep(name, content, into)
	}
	return nil
}
