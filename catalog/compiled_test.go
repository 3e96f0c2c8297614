package catalog_test

import (
	"io/fs"
	"path"
	"reflect"
	"slices"
	"testing"
	"testing/fstest"

	"assay/catalog"
	"assay/internal/rule"
)

// TestCompiled holds what is read from the compiled form to what the files say.
func TestCompiled(t *testing.T) {
	got, err := catalog.Load(catalog.Files())
	if err != nil {
		t.Fatal(err)
	}
	want, err := catalog.Load(catalog.Sources())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the compiled form does not say what the files say")
	}
	changed := fstest.MapFS{}
	each(t, func(name string, content []byte) { changed[name] = &fstest.MapFile{Data: content} })
	changed["controls/IAM-03.yaml"] = &fstest.MapFile{Data: append(slices.Clone(changed["controls/IAM-03.yaml"].Data), '\n')}
	if _, ok := catalog.Compiled("controls/IAM-03.yaml", changed["controls/IAM-03.yaml"].Data); ok {
		t.Error("a file that changed is read as it was")
	}
}

// TestCompiledChecks holds each compiled check to its file, and every file to
// having been compiled.
func TestCompiledChecks(t *testing.T) {
	each(t, func(name string, content []byte) {
		if path.Ext(name) != ".yaml" && path.Ext(name) != ".md" || path.Base(name) == "README.md" {
			return
		}
		text, ok := catalog.Compiled(name, content)
		if !ok && path.Base(name) != "library.yaml" || ok && text == "" {
			t.Errorf("%s is not compiled as it is now: run make generate", name)
		}
		if path.Dir(path.Dir(name)) != "checks" {
			return
		}
		want, err := rule.Parse(content)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rule.ParseCanonical([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want.Tests = nil
		if a, b := hash(t, got), hash(t, want); a != b || !sameWords(got, want) {
			t.Errorf("%s: compiled %+v, written %+v", name, got, want)
		}
	})
}

func hash(t *testing.T, d *rule.Definition) string {
	t.Helper()
	h, err := d.Hash()
	if err != nil {
		t.Fatal(err)
	}
	return h.String()
}

func sameWords(a, b *rule.Definition) bool {
	return a.Title == b.Title && a.Description == b.Description && reflect.DeepEqual(a.Remediation, b.Remediation) && reflect.DeepEqual(a.Controls, b.Controls)
}

func each(t *testing.T, fn func(name string, content []byte)) {
	t.Helper()
	err := fs.WalkDir(catalog.Sources(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(catalog.Sources(), name)
		fn(name, content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
