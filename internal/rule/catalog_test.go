package rule_test

import (
	"io/fs"
	"strings"
	"testing"

	"assay/catalog"
	"assay/internal/resource"
	"assay/internal/rule"
)

// TestFacetChecks runs the golden cases of the checks that need no connector's
// kinds: those over facets. A connector's own are run where its kinds are.
func TestFacetChecks(t *testing.T) {
	kinds := rule.Kinds{}
	for name, f := range resource.Facets() {
		claim := resource.Claim{Facet: name, Version: 1, Fields: map[string]resource.Mapping{}}
		s := &resource.Schema{Kind: "test." + name, Version: 1, Title: f.Title, Family: f.Family, Fields: f.Fields}
		for _, field := range f.Fields {
			claim.Fields[field.Name] = resource.Mapping{From: field.Name}
		}
		if f.Family == resource.Event {
			s.At = "at"
		}
		s.Facets = []resource.Claim{claim}
		if err := s.Valid(); err != nil {
			t.Fatal(err)
		}
		kinds[s.Kind] = s
	}
	n := 0
	err := fs.WalkDir(catalog.Checks(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(path, "any/") {
			return err
		}
		text, err := fs.ReadFile(catalog.Checks(), path)
		if err != nil {
			return err
		}
		def, err := rule.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		n++
		for _, res := range def.RunTests(kinds) {
			if !res.OK {
				t.Errorf("%s: %s: %s", path, res.Name, res.Detail)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 15 {
		t.Errorf("only %d facet checks were found", n)
	}
}
