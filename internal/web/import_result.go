package web

import (
	"encoding/json"
	"slices"
	"strings"

	"assay/internal/collect"
	"assay/internal/web/view"
	"assay/internal/web/view/page"
)

// shownRows is how many refused rows a page shows.
const shownRows = 200

func importedResult(found *collect.Imported) *page.ImportResult {
	out := &page.ImportResult{
		Title: view.Num(found.Kept) + " of " + plural(found.Rows, "row") + " would be kept", Badge: completeBadge(&found.Report), Sums: []view.Pair{
			{Term: "Rows", Value: view.Say(view.Num(found.Rows))},
			{Term: "Kept", Value: view.Say(view.Num(found.Kept))},
			{Term: "Refused", Value: view.Say(view.Num(found.RefusedAll)), State: stateIf(found.RefusedAll > 0, view.Fail)},
		},
	}
	for i := range found.Refused[:min(shownRows, len(found.Refused))] {
		x := &found.Refused[i]
		out.Refused = append(out.Refused, page.RefusedRow{Line: view.Num(x.Line), Field: nonEmpty(x.Field, "row"), Value: "–", Reason: x.Reason})
	}
	if more := found.RefusedAll - len(out.Refused); more > 0 {
		out.More = view.Num(more) + " more are not shown. "
	}
	if !found.Report.Complete {
		out.More += "The listing would be incomplete: checks over it say unknown, never pass. "
	}
	for _, p := range found.Report.Problems {
		if !strings.HasPrefix(p, "line ") {
			out.More += p + " "
		}
	}
	out.Sample = firstRows(found)
	return out
}

// firstRows are the first rows in columns of the first fields.
func firstRows(found *collect.Imported) *page.SampleRows {
	if len(found.Sample) == 0 {
		return nil
	}
	const mostColumns = 6
	out := &page.SampleRows{Title: "The first rows as they would be kept", Columns: []string{"Id"}}
	var names []string
	for i := range found.Kind.Fields {
		if name := found.Kind.Fields[i].Name; len(names) < mostColumns && (len(found.Kind.ID) > 1 || found.Kind.ID[0] != name) {
			names = append(names, name)
		}
	}
	out.Columns = append(out.Columns, names...)
	for i := range found.Sample {
		x := &found.Sample[i]
		row := []string{clip(x.ID, 60)}
		for _, name := range names {
			text := "–"
			if v, ok := x.Fields[name]; ok {
				text = clip(inWords(v), 60)
			} else if slices.Contains(x.Unavailable, name) {
				text = "unavailable"
			}
			row = append(row, text)
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// inWords is a field's value as people read it.
func inWords(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "–"
	}
	return strings.Trim(string(b), `"`)
}
