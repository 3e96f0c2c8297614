package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// read is one file of the catalog as decoded.
type read[T any] struct {
	name  string
	value T
}

// readAll decodes the YAML files of a folder and of the folders in it, in the
// order of their names and on every processor. In what it returns, a file that
// could not be read is missing and is named by an error; so is a file that is
// neither YAML nor a README, because it would otherwise be passed over.
func readAll[T any](fsys fs.FS, folder string, except ...string) (files []read[T], wrong []error) {
	names, wrong := list(fsys, folder, except)
	all, errs := make([]read[T], len(names)), make([]error, len(names))
	var next sync.WaitGroup
	share := (len(names) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	for from := 0; from < len(names); from += share {
		next.Go(func() {
			for i := from; i < min(from+share, len(names)); i++ {
				all[i].name = names[i]
				errs[i] = decodeFile(fsys, names[i], &all[i].value)
			}
		})
	}
	next.Wait()
	for i, err := range errs {
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		files = append(files, all[i])
	}
	return files, wrong
}

// list finds the YAML files below a folder, apart from those named in except,
// which its caller reads as something else.
func list(fsys fs.FS, folder string, except []string) (names []string, wrong []error) {
	err := fs.WalkDir(fsys, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		base := path.Base(name)
		switch {
		case path.Ext(base) == ".yaml":
			if path.Dir(name) != folder || !slices.Contains(except, base) {
				names = append(names, name)
			}
		case base != "README.md":
			wrong = append(wrong, fmt.Errorf("%s: only .yaml files and a README.md belong here", name))
		}
		return nil
	})
	if err != nil {
		wrong = append(wrong, fmt.Errorf("list the catalog's folder %s: %w", folder, err))
	}
	return names, wrong
}

// decodeFile decodes one file strictly. Its error names the file and, where
// there is one, the line and the field.
func decodeFile(fsys fs.FS, name string, into any) error {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	if err := decode(content, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// decode reads exactly one YAML document without unknown fields.
func decode(content []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(content))
	d.KnownFields(true)
	err := d.Decode(into)
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	if err != nil {
		return plainer(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("the file holds more than one document")
	}
	return nil
}

// unknownField is how the decoder words a field that the Go type does not have.
var unknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)

// plainer words the decoder's errors for the person who wrote the file.
func plainer(err error) error {
	if many, ok := errors.AsType[*yaml.TypeError](err); ok {
		var lines []string
		for _, line := range many.Errors {
			lines = append(lines, unknownField.ReplaceAllString(line, `there is no field "$1"`))
		}
		return errors.New(strings.Join(lines, "; "))
	}
	return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
}
