package page_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"assay/internal/web/static"
)

// sheet is one rendered page of the gallery.
type sheet struct {
	name string
	page templ.Component
}

// render writes a component to a string.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGallery renders every page. With ASSAY_GALLERY=DIR the pages and the
// static files stay there, to be looked at.
func TestGallery(t *testing.T) {
	dir := os.Getenv("ASSAY_GALLERY")
	if dir == "" {
		dir = t.TempDir()
	}
	writeGallery(t, dir, gallery())
}

func writeGallery(t *testing.T, dir string, pages []sheet) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "static"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"style.css", "app.js", "htmx.min.js", "icon.svg"} {
		b, err := static.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "static", name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range pages {
		html := render(t, s.page)
		if err := os.WriteFile(filepath.Join(dir, s.name+".html"), []byte(html), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryPageIsLookedAt: a page that is not in the gallery and among the
// hostile ones is tested by nothing here.
func TestEveryPageIsLookedAt(t *testing.T) {
	read := func(pattern string) string {
		var all strings.Builder
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(b)
		}
		return all.String()
	}
	pages := regexp.MustCompile(`(?m)^templ (\w+)\(s view\.Shell`).FindAllStringSubmatch(read("*.templ"), -1)
	for _, list := range []string{"sheets_test.go", "hostile_test.go"} {
		source := read(list)
		for _, p := range pages {
			if !strings.Contains(source, "page."+p[1]+"(") {
				t.Errorf("%s does not show page.%s", list, p[1])
			}
		}
	}
}
