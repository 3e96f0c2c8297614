package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"assay/build/licence"
)

// known are the terms of everything that this test's own program links.
func known(t *testing.T, p program) []licence.Module {
	t.Helper()
	terms := []licence.Module{{Path: licence.Standard, Version: strings.TrimPrefix(p.info.GoVersion, "go"), ID: "BSD-3-Clause"}}
	for _, m := range p.info.Deps {
		terms = append(terms, licence.Module{Path: m.Path, Version: m.Version, ID: "MIT"})
	}
	return terms
}

func self(t *testing.T) program {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := inspect(file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAssemble(t *testing.T) {
	p := self(t)
	bundles := []licence.Module{{Path: "script", Version: "1.0.0", ID: "0BSD", PURL: "pkg:npm/script@1.0.0", SHA256: "00"}}
	b, err := assemble("v1.2.3", []program{p}, known(t, p), bundles)
	if err != nil {
		t.Fatal(err)
	}
	first, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	again, err := assemble("v1.2.3", []program{p}, known(t, p), bundles)
	if err != nil {
		t.Fatal(err)
	}
	if second, _ := json.Marshal(again); string(first) != string(second) {
		t.Error("the same program gave two different bills")
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(b.SerialNumber) {
		t.Errorf("serial number %s is no version 8 UUID", b.SerialNumber)
	}

	refs := map[string]component{}
	for _, c := range b.Components {
		if _, twice := refs[c.Ref]; twice {
			t.Errorf("%s is listed twice", c.Ref)
		}
		refs[c.Ref] = c
	}
	if got := refs[p.name].Hashes; len(got) != 1 || got[0].Content != p.sum {
		t.Errorf("the program's hash is %v, want %s", got, p.sum)
	}
	if std := "pkg:golang/std@" + strings.TrimPrefix(p.info.GoVersion, "go"); refs[std].PURL != std {
		t.Errorf("%s is not listed", std)
	}
	if got := refs["pkg:npm/script@1.0.0"]; got.Name != "script" {
		t.Error("the bundled script is not listed")
	}
	for _, d := range b.Dependencies {
		for _, ref := range d.DependsOn {
			if refs[ref].Ref == "" {
				t.Errorf("%s depends on %s, which is not listed", d.Ref, ref)
			}
		}
	}
}

func TestDescribe(t *testing.T) {
	terms := []licence.Module{{Path: "example.com/m", Version: "v1.0.0", ID: "MIT"}}
	good := &debug.Module{Path: "example.com/m", Version: "v1.0.0", Sum: "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}
	c, err := describe(good, terms)
	if err != nil {
		t.Fatal(err)
	}
	want := []hash{{"SHA-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}
	if !slices.Equal(c.Hashes, want) || c.Licenses[0].Expression != "MIT" {
		t.Errorf("described as %+v", c)
	}

	if _, err := describe(&debug.Module{Path: "example.com/other", Version: "v1.0.0"}, terms); err == nil {
		t.Error("a module without known terms was listed")
	}
	if _, err := describe(&debug.Module{Path: "example.com/m", Version: "v1.0.0", Sum: "h1:?"}, terms); err == nil {
		t.Error("a module without a hash was listed")
	}
	if _, err := inspect(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a missing program was listed")
	}
}
