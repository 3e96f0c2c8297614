package page_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/internal/web/static"
)

func stylesheet(t *testing.T) string {
	t.Helper()
	b, err := static.FS.ReadFile("style.css")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(b), "")
}

// bare are classes that only name an element, for htmx, for tests or for a
// state that looks like the ordinary one.
var bare = []string{"yet", "match", "good", "open"}

// TestClasses holds the stylesheet and the pages to each other: no page uses a
// class that is not styled, and no style is left that no page uses.
func TestClasses(t *testing.T) {
	css := stylesheet(t)
	styled := map[string]bool{}
	for _, sel := range regexp.MustCompile(`([^{};]*)\{`).FindAllStringSubmatch(css, -1) {
		for _, c := range regexp.MustCompile(`\.([a-zA-Z][\w-]*)`).FindAllStringSubmatch(sel[1], -1) {
			styled[c[1]] = true
		}
	}
	used := map[string]string{}
	for _, s := range append(gallery(), sheets(2, "x")...) {
		for _, m := range regexp.MustCompile(`\sclass="([^"]*)"`).FindAllStringSubmatch(render(t, s.page), -1) {
			for c := range strings.FieldsSeq(m[1]) {
				used[c] = s.name
			}
		}
	}
	for _, c := range slices.Sorted(maps.Keys(used)) {
		if !styled[c] && !slices.Contains(bare, c) {
			t.Errorf("%s uses the class %q, which the stylesheet does not know", used[c], c)
		}
	}
	for _, c := range slices.Sorted(maps.Keys(styled)) {
		if used[c] == "" {
			t.Errorf("the stylesheet styles the class %q, which no page uses", c)
		}
	}
}

// pairs are the colours that must differ, and by how much: 4.5 for text, 3 for
// what a person needs to see of a field or a picture (WCAG 2.2, 1.4.3, 1.4.11).
var pairs = []struct {
	fg, bg string
	least  float64
}{
	{"fg", "canvas", 4.5},
	{"fg", "surface", 4.5},
	{"fg", "sunken", 4.5},
	{"fg-muted", "canvas", 4.5},
	{"fg-muted", "surface", 4.5},
	{"fg-muted", "sunken", 4.5},
	{"fg-subtle", "canvas", 4.5},
	{"fg-subtle", "surface", 4.5},
	{"fg-subtle", "sunken", 4.5},
	{"accent", "canvas", 4.5},
	{"accent", "surface", 4.5},
	{"accent", "accent-soft", 4.5},
	{"on-accent", "accent-solid", 4.5},
	{"on-accent", "accent-hover", 4.5},
	{"pass", "surface", 4.5},
	{"pass", "pass-soft", 4.5},
	{"warn", "surface", 4.5},
	{"warn", "warn-soft", 4.5},
	{"fail", "surface", 4.5},
	{"fail", "fail-soft", 4.5},
	{"info", "info-soft", 4.5},
	{"fg", "info-soft", 4.5},
	{"none", "none-soft", 4.5},
	{"audit", "audit-soft", 4.5},
	{"fail-fill", "pass-quiet", 3},
	{"pass-fill", "surface", 3},
	{"warn-fill", "surface", 3},
	{"fail-fill", "surface", 3},
	{"border-strong", "surface", 3},
	{"border-strong", "canvas", 3},
}

// TestContrast computes the contrast of the tokens in both themes.
func TestContrast(t *testing.T) {
	css := stylesheet(t)
	for theme := range 2 {
		for _, p := range pairs {
			got := contrast(token(t, css, p.fg, theme), token(t, css, p.bg, theme))
			if got < p.least {
				t.Errorf("%s on %s, theme %d: %.2f, less than %.1f", p.fg, p.bg, theme, got, p.least)
			}
		}
	}
}

func token(t *testing.T, css, name string, theme int) string {
	t.Helper()
	m := regexp.MustCompile(`--` + name + `:\s*(?:light-dark\((#\w+),\s*(#\w+)\)|(#\w+))`).FindStringSubmatch(css)
	if m == nil {
		t.Fatalf("the stylesheet has no token --%s", name)
	}
	if m[3] != "" {
		return m[3]
	}
	return m[1+theme]
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// luminance is the relative luminance of a colour, as WCAG defines it.
func luminance(hex string) float64 {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = fmt.Sprintf("%c%c%c%c%c%c", hex[0], hex[0], hex[1], hex[1], hex[2], hex[2])
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			return math.NaN()
		}
		c := float64(v) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
