package policy_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"assay/internal/policy"
)

func TestParagraphs(t *testing.T) {
	got := policy.Paragraphs("# Title\nFirst line\nsecond line\n\n\n## Part\n\n- a\n- b\r\n\r\nLast\n")
	want := []string{"# Title", "First line\nsecond line", "## Part", "- a\n- b", "Last"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := policy.Paragraphs(" \n\n"); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

func TestCompare(t *testing.T) {
	show := func(list []policy.Paragraph) (out []string) {
		for _, p := range list {
			out = append(out, map[policy.Change]string{policy.Same: "=", policy.Removed: "-", policy.Added: "+"}[p.Change]+p.Text)
		}
		return out
	}
	for _, tt := range []struct{ before, after, want string }{
		{"a\n\nb\n\nc", "a\n\nB\n\nc", "=a -b +B =c"},
		{"", "a", "+a"},
		{"a", "", "-a"},
		{"a\n\nb", "a\n\nb", "=a =b"},
		{"a\n\nb\n\nc\n\nd", "b\n\nd\n\ne", "-a =b -c =d +e"},
	} {
		if got := strings.Join(show(policy.Compare(tt.before, tt.after)), " "); got != tt.want {
			t.Errorf("%q to %q: %s", tt.before, tt.after, got)
		}
	}
}

// Whatever changed, without the added paragraphs it is the old text, and without
// the removed ones the new.
func TestCompareLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "# d"}), 0, 12)
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		var old, now []string
		for _, p := range policy.Compare(strings.Join(before, "\n\n"), strings.Join(after, "\n\n")) {
			if p.Change != policy.Added {
				old = append(old, p.Text)
			}
			if p.Change != policy.Removed {
				now = append(now, p.Text)
			}
		}
		if !slices.Equal(old, before) || !slices.Equal(now, after) {
			t.Fatalf("%q to %q gives %q and %q", before, after, old, now)
		}
	})
}
