package paper_test

import (
	"strings"
	"testing"

	"assay/internal/kit/paper"
)

func TestHTML(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"# A\n\nb *c*", "<h2>A</h2>\n<p>b <em>c</em></p>\n"},
		{"###### deep", "<h6>deep</h6>\n"},
		{"1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"[a](https://example.org/?a=1&b=2)", "<p><a href=\"https://example.org/?a=1&amp;b=2\">a</a></p>\n"},
		{"![the words](https://example.org/x.png)", "<p>the words</p>\n"},
		{"a < b & c", "<p>a &lt; b &amp; c</p>\n"},
	} {
		got, err := paper.HTML(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%q: %q %v", tt.in, got, err)
		}
	}
	if got, err := paper.HTML("| a | b |\n|---|---|\n| 1 | 2 |"); err != nil || !strings.Contains(got, "<table>") {
		t.Errorf("%q %v", got, err)
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<img src=x onerror=alert(1)>",
		"a <b style=\"x\">b</b>", "![x](javascript:alert(1))", "<https://example.org>", "[x]: javascript:alert(1)\n[x]", "&lt;script&gt;",
		"| a |\n|:-:|\n| b |", "```html\n<script>\n```", "# a {onclick=x}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := paper.HTML(s)
		if err != nil {
			t.Fatal(err)
		}
		lower := strings.ToLower(got)
		for _, bad := range []string{"<script", "<style", "<iframe", "<img", "<svg", "<form", "<input", " onclick=", " onerror=", " style=", "href=\"javascript:", "href=\"data:", "href=\"vbscript:"} {
			if at := strings.Index(lower, bad); at >= 0 && strings.Count(lower[:at], "<")-strings.Count(lower[:at], ">") >= 0 && inTag(lower, at) {
				t.Fatalf("%q gives %q", s, got)
			}
		}
	})
}

// inTag tells whether a place is the start of a tag or within one: in text, the
// same letters are only words.
func inTag(s string, at int) bool {
	return s[at] == '<' || strings.LastIndexByte(s[:at], '<') > strings.LastIndexByte(s[:at], '>')
}
