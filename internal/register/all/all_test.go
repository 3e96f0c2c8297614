package all_test

import (
	"slices"
	"testing"

	"assay/internal/register"
	"assay/internal/register/all"
)

// What is declared is sound, every name is there once, owners come first, every
// facts' kind can be declared, and the examples name only fields that people enter.
func TestDeclarations(t *testing.T) {
	seen := map[string]bool{}
	once := func(what, name string) {
		if seen[what+name] {
			t.Errorf("%s %s is there twice", what, name)
		}
		seen[what+name] = true
	}
	declared := all.Declarations()
	for i := range declared {
		d := &declared[i]
		if err := d.Valid(); err != nil {
			t.Error(err)
		}
		once("noun ", d.Noun)
		once("path ", d.Path)
		once("prefix ", d.Prefix)
		if d.Parent != "" && !seen["noun "+d.Parent] {
			t.Errorf("%s comes before %s, which owns it", d.Noun, d.Parent)
		}
		schema := d.Schema()
		if err := schema.Valid(); err != nil {
			t.Error(err)
		}
		for _, f := range d.Fields {
			if f.Type == register.Link && !slices.ContainsFunc(declared, func(o register.Declaration) bool { return o.Noun == f.To }) {
				t.Errorf("%s.%s leads to %s, which is not there", d.Noun, f.Name, f.To)
			}
		}
		for name := range d.Sample {
			if !slices.ContainsFunc(d.Entered(), func(f register.Field) bool { return f.Name == name }) {
				t.Errorf("the example of %s has %s, which nobody enters", d.Noun, name)
			}
		}
		if len(d.Sample) == 0 {
			t.Errorf("%s has no example", d.Noun)
		}
	}
}
