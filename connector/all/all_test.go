package all

import (
	"regexp"
	"strings"
	"testing"

	"assay/connector/imports"
)

func TestProductsAreWhole(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen, kinds := map[string]bool{}, map[string]string{}
	for _, p := range Products() {
		if !name.MatchString(p.Name) || seen[p.Name] {
			t.Errorf("%q: want a short name of its own", p.Name)
		}
		seen[p.Name] = true
		if p.Version == "" || p.Title == "" || p.Summary == "" || p.Open == nil || p.Every <= 0 {
			t.Errorf("%s lacks a version, a title, a summary, a period or a way to open it", p.Name)
		}
		if len(p.Grant.Steps) == 0 || len(p.Grant.NotRead) == 0 {
			t.Errorf("%s does not say what to allow and what it does not read", p.Name)
		}
		for _, s := range p.Settings {
			if s.Name == "" || s.Label == "" || s.Help == "" {
				t.Errorf("%s: setting %q lacks a label or a help", p.Name, s.Name)
			}
		}
		if (len(p.Kinds) == 0) != (p.Declare != nil) {
			t.Errorf("%s: want either kinds or a way to declare them", p.Name)
		}
		for _, k := range p.Kinds {
			if first, _, _ := strings.Cut(k.Kind, "."); !imports.Reserved(first) {
				t.Errorf("%s: a file could declare %s: reserve %s in connector/imports", p.Name, k.Kind, first)
			}
			if err := k.Valid(); err != nil {
				t.Error(err)
			}
			if other, taken := kinds[k.Kind]; taken {
				t.Errorf("%s is declared by %s and by %s", k.Kind, other, p.Name)
			}
			kinds[k.Kind] = p.Name
		}
	}
}
