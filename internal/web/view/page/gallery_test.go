package page_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
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
