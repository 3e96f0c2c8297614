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
	return readEach(fsys, listing{folder: folder, ending: ".yaml", except: except}, decodeFile[T])
}

// readTexts is readAll for the Markdown files of a folder. text receives what
// follows a file's front matter.
func readTexts[T any](fsys fs.FS, folder string, text func(*T, string)) (files []read[T], wrong []error) {
	return readEach(fsys, listing{folder: folder, ending: ".md", except: []string{libraryFile}},
		func(fsys fs.FS, name string, into *T) error {
			body, err := decodeText(fsys, name, into)
			if err == nil {
				text(into, body)
			}
			return err
		})
}

func readEach[T any](fsys fs.FS, in listing, decode func(fs.FS, string, *T) error) (files []read[T], wrong []error) {
	names, wrong := in.names(fsys)
	all, errs := make([]read[T], len(names)), make([]error, len(names))
	var next sync.WaitGroup
	share := (len(names) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	for from := 0; from < len(names); from += share {
		next.Go(func() {
			for i := from; i < min(from+share, len(names)); i++ {
				all[i].name = names[i]
				errs[i] = decode(fsys, names[i], &all[i].value)
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

// listing says which files of a folder, and of the folders in it, belong to an
// area: those with the ending, apart from those named in except, which the area
// reads as something else.
type listing struct {
	folder, ending string
	except         []string
}

func (in listing) names(fsys fs.FS) (names []string, wrong []error) {
	err := fs.WalkDir(fsys, in.folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		base := path.Base(name)
		switch {
		case base == "README.md" || path.Dir(name) == in.folder && slices.Contains(in.except, base):
		case path.Ext(base) == in.ending:
			names = append(names, name)
		default:
			wrong = append(wrong, fmt.Errorf("%s: only %s files and a README.md belong here", name, in.ending))
		}
		return nil
	})
	if err != nil {
		wrong = append(wrong, fmt.Errorf("list the catalog's folder %s: %w", in.folder, err))
	}
	return names, wrong
}

// decodeFile decodes one file strictly. Its error names the file and, where
// there is one, the line and the field.
func decodeFile[T any](fsys fs.FS, name string, into *T) error {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read the catalog: %w", err)
	}
	if err := decodeFrom(fsys, name, content, content, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// fence opens and closes the front matter of a Markdown file.
const fence = "---\n"

// decodeText decodes the front matter of a Markdown file, which is YAML between
// two lines of three hyphens, and returns the text after it.
func decodeText[T any](fsys fs.FS, name string, into *T) (text string, err error) {
	content, err := fs.ReadFile(fsys, name)
	if err != nil {
		return "", fmt.Errorf("read the catalog: %w", err)
	}
	rest, opens := strings.CutPrefix(string(content), fence)
	front, text, closes := strings.Cut(rest, "\n"+fence)
	if !opens || !closes {
		return "", fmt.Errorf("%s: the file does not begin with front matter between two lines of ---", name)
	}
	if err := decodeFrom(fsys, name, content, []byte("\n"+front), into); err != nil { // a line for the fence, so that errors count as the file does
		return "", fmt.Errorf("%s: front matter: %w", name, err)
	}
	return strings.TrimSpace(text) + "\n", nil
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
