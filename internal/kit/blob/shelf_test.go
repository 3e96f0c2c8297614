package blob_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/internal/kit/blob"
	"assay/internal/kit/fault"
)

func TestFolderShelf(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "shelf")
	shelf(t, blob.FolderShelf{Dir: dir})
	if left, err := os.ReadDir(filepath.Join(dir, "tmp")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// shelf tests an empty shelf.
func shelf(t *testing.T, s blob.Shelf) {
	t.Helper()
	ctx := t.Context()
	text := func(name string) string {
		t.Helper()
		rc, err := s.Read(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(rc)
		if err := errors.Join(err, rc.Close()); err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if names, err := s.Names(ctx, ""); err != nil || len(names) != 0 {
		t.Fatalf("%v %v", names, err)
	}
	for _, name := range []string{"b/2", "a", "b/1", "b/c/d"} {
		for _, content := range []string{"first of " + name, "", name} {
			if err := s.Write(ctx, name, plain{strings.NewReader(content)}); err != nil {
				t.Fatal(err)
			}
			if got := text(name); got != content {
				t.Errorf("%s holds %q, want %q", name, got, content)
			}
		}
	}
	for prefix, want := range map[string][]string{"": {"a", "b/1", "b/2", "b/c/d"}, "b/": {"b/1", "b/2", "b/c/d"}, "b/c/": {"b/c/d"}, "c": nil} {
		if names, err := s.Names(ctx, prefix); err != nil || !slices.Equal(names, want) {
			t.Errorf("%q: %v %v", prefix, names, err)
		}
	}
	for range 2 {
		if err := s.Remove(ctx, "b/1"); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Read(ctx, "b/1"); !fault.Is(err, fault.NotFound) {
		t.Errorf("removed: %v", err)
	}
	broken := io.MultiReader(strings.NewReader("half"), brokenReader{})
	if err := s.Write(ctx, "a", broken); err == nil || text("a") != "a" {
		t.Errorf("half a file was taken: %v", err)
	}
	for _, name := range []string{"", ".", "..", "../x", "/x", "a/../b", "a//b", "a/", "tmp/x", `a\b`, "a\x00"} {
		if err := s.Write(ctx, name, strings.NewReader("x")); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := s.Read(ctx, name); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// plain hides that a reader can seek.
type plain struct{ io.Reader }

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("it broke") }
