package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"assay/build/licence"
)

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
