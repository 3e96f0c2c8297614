package report

import (
	"strings"

	"assay/internal/kit/document"
)

// other is section V: what the opinion does not cover.
func (b *builder) other() {
	b.section("V", "Other information from "+b.org.Name)
	b.para(say("This section is management's. The opinion of the auditor does not cover it."))
	b.responses()
	b.crosswalk()
}

// crosswalk relates the criteria in scope to other frameworks.
func (b *builder) crosswalk() {
	walks := b.s.Library.Crosswalks()
	if len(walks) == 0 {
		return
	}
	b.head(2, "Criteria and other frameworks")
	b.para(say("Identifiers of requirements that support or overlap a criterion. That a requirement stands here does not say that it is met."))
	t := &document.Table{Name: "Crosswalk", Wide: true, Head: []string{"Criterion"}, Widths: []int{10}}
	for i := range walks {
		t.Head, t.Widths = append(t.Head, walks[i].Name), append(t.Widths, 90/len(walks))
	}
	for i := range b.inScope {
		row := []string{string(b.inScope[i].ID)}
		for j := range walks {
			list := strings.Join(walks[j].Criteria[b.inScope[i].ID], ", ")
			if list == "" {
				list = "–"
			}
			row = append(row, list)
		}
		t.Rows = append(t.Rows, cells(row...))
	}
	b.grid(t)
}
