package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"assay/build/licence"
)

// bundle is a work of others that is no Go module and travels inside the
// programs.
type bundle struct {
	Name    string `yaml:"name"`
	Version string `yaml:"version"`
	Licence string `yaml:"licence"` // SPDX id
	Source  string `yaml:"source"`  // where it was taken from
	Files   string `yaml:"files"`   // a pattern from the root; something must match
	Text    string `yaml:"text"`    // the licence file, from the root
}

func readBundles(root string) ([]licence.Module, error) {
	list, err := os.ReadFile(filepath.Join(root, "build/notices/bundled.yaml"))
	if err != nil {
		return nil, err
	}
	var bundles []bundle
	dec := yaml.NewDecoder(bytes.NewReader(list))
	dec.KnownFields(true)
	if err := dec.Decode(&bundles); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read bundled.yaml: %w", err)
	}
	var modules []licence.Module
	for _, b := range bundles {
		if found, err := filepath.Glob(filepath.Join(root, b.Files)); err != nil || len(found) == 0 {
			return nil, fmt.Errorf("bundled.yaml: %s: no file matches %q", b.Name, b.Files)
		}
		text, err := os.ReadFile(filepath.Join(root, b.Text))
		if err != nil {
			return nil, fmt.Errorf("bundled.yaml: %s: %w", b.Name, err)
		}
		modules = append(modules, licence.Module{
			Path: b.Name, Version: b.Version, ID: b.Licence,
			Texts: []licence.Text{{Name: filepath.Base(b.Text), Body: strings.TrimSpace(string(text))}},
		})
	}
	return modules, nil
}

// write makes the page: a table, then every text once with the names of those
// that share it.
func write(page *bytes.Buffer, modules, bundles []licence.Module) {
	page.WriteString("# Third-party notices\n\n" +
		"The programs of this repository carry the following works of others. Written by `make generate`\n" +
		"from the licence files of the modules themselves; do not edit.\n\n" +
		"| work | version | licence |\n|---|---|---|\n")
	all := slices.Concat(modules, bundles)
	for _, m := range all {
		fmt.Fprintf(page, "| %s | %s | %s |\n", cmp.Or(title(m), m.Path), m.Version, m.ID)
	}
	type shared struct {
		body string
		of   []string
	}
	var texts []*shared
	for _, m := range all {
		for _, t := range m.Texts {
			of := fmt.Sprintf("%s (%s)", cmp.Or(title(m), m.Path), t.Name)
			i := slices.IndexFunc(texts, func(s *shared) bool { return s.body == t.Body })
			if i < 0 {
				texts = append(texts, &shared{body: t.Body})
				i = len(texts) - 1
			}
			texts[i].of = append(texts[i].of, of)
		}
	}
	for _, t := range texts {
		fmt.Fprintf(page, "\n## %s\n\n", strings.Join(t.of, ", "))
		for line := range strings.Lines(t.body + "\n") {
			page.WriteString(strings.TrimRight("    "+strings.TrimRight(line, " \t\r\n"), " ") + "\n")
		}
	}
}

// title is how a reader knows a work whose path says little.
func title(m licence.Module) string {
	if m.Path == licence.Standard {
		return "the Go standard library"
	}
	return ""
}
