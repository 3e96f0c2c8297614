package register_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/kit/fault"
	"assay/internal/register"
)

func (h *house) ids(f register.Filter) (out []string) {
	h.Helper()
	l, err := h.b.List(h.Context(), h.lead, "thing", f)
	h.must(err)
	for i := range l.Records {
		out = append(out, l.Records[i].ID)
	}
	return out
}

func TestListsAreSortedAndCutByKey(t *testing.T) {
	each(t, func(h *house) {
		for i, n := range []string{"100", "-3", "9", "", "1000", "9"} {
			h.add("title", fmt.Sprintf("T%d 50%%_x", i), "number", n, "cost", fmt.Sprintf("%d.00 EUR", 10-i), "span", fmt.Sprintf("%dh", i*7), "size", []string{"small", "big"}[i%2], "on", fmt.Sprintf("2026-03-%02d", 5+i*3))
		}
		want := []string{"TH-04", "TH-02", "TH-03", "TH-06", "TH-01", "TH-05"}
		if got := h.ids(register.Filter{Sort: "number"}); !slices.Equal(got, want) {
			h.Errorf("by number %v", got)
		}
		slices.Reverse(want)
		if got := h.ids(register.Filter{Sort: "-number"}); !slices.Equal(got, want) {
			h.Errorf("by number, down %v", got)
		}
		for _, sort := range []string{"", "-id", "number", "-number", "cost", "-span", "title", "state", "at"} {
			whole := h.ids(register.Filter{Sort: sort})
			var pages []string
			for after := ""; len(pages) < 20; {
				part := h.ids(register.Filter{Sort: sort, After: after, Limit: 2})
				pages = append(pages, part...)
				if len(part) < 2 || len(pages) == len(whole) {
					break
				}
				after = part[1]
			}
			if len(whole) != 6 || !slices.Equal(whole, pages) {
				h.Errorf("sorted by %q: %v, page by page %v", sort, whole, pages)
			}
			back := h.ids(register.Filter{Sort: sort, Before: whole[4], Limit: 2})
			if !slices.Equal(back, whole[2:4]) {
				h.Errorf("sorted by %q, before %s: %v, want %v", sort, whole[4], back, whole[2:4])
			}
		}
		l, err := h.b.List(h.Context(), h.lead, "thing", register.Filter{Sort: "number", After: "TH-02", Limit: 2})
		h.must(err)
		if l.First != 3 || l.Total != 6 || l.All != 6 || l.Next != "TH-06" || l.Counts["size"]["big"] != 3 {
			h.Errorf("%+v", l)
		}
		if got := h.ids(register.Filter{Query: "t3 50%_x"}); !slices.Equal(got, []string{"TH-04"}) {
			h.Errorf("found %v", got)
		}
		if got := h.ids(register.Filter{Query: "50%y"}); len(got) != 0 {
			h.Errorf("found %v", got)
		}
		if got := h.ids(register.Filter{Where: []register.Cond{{Field: "size", Any: []string{"big", "none"}}}, Until: []register.Cond{{Field: "on", Any: []string{"2026-03-12"}}}}); !slices.Equal(got, []string{"TH-02"}) {
			h.Errorf("narrowed to %v", got)
		}
		for _, f := range []register.Filter{{Sort: "text"}, {Sort: "controls"}, {Where: []register.Cond{{Field: "text", Any: []string{"x"}}}}} {
			_, err := h.b.List(h.Context(), h.lead, "thing", f)
			h.refused(err, fault.Invalid)
		}
		pending, mine, err := h.b.Pending(h.Context(), h.lead, 0)
		h.must(err)
		if mine != "per_1" || len(pending) != 3 || pending[0].On.String() != "2026-03-05" {
			h.Errorf("%d pending, %s", len(pending), mine)
		}
	})
}

func TestAnExportIsImportedAgain(t *testing.T) {
	each(t, func(h *house) {
		h.add("title", "=cmd()", "text", "a; b\nc", "owner", "Ann Berg", "controls", "IAM-01 IAM-03", "cost", "5 SEK", "done", "no", "at", "2026-01-01T00:00:00Z")
		h.add("title", "Two", "size", "small")
		for _, format := range []register.Format{register.CSV, register.XLSX} {
			var file bytes.Buffer
			h.must(h.b.Export(h.Context(), h.lead, "thing", register.Filter{}, format, &file))
			for _, apply := range []bool{false, true, true} {
				res, err := h.b.Import(h.Context(), h.lead, "thing", register.Intake{File: file.Bytes(), Apply: apply})
				h.must(err)
				if res.Counts[register.Same] != 2 || len(res.Rows) != 2 || len(res.Ignored) != 0 {
					h.Errorf("%s: %+v", format, res)
				}
			}
		}
		var out bytes.Buffer
		h.must(h.b.Export(h.Context(), h.lead, "thing", register.Filter{Query: "two"}, register.JSON, &out))
		if s := out.String(); strings.Contains(s, "cmd") || !strings.Contains(s, `"size": "small"`) || !strings.Contains(s, `"v": 1`) {
			h.Error(s)
		}
	})
}

func TestImport(t *testing.T) {
	each(t, func(h *house) {
		h.add("title", "One", "size", "big", "number", "7")
		file := "External ID,Title,Size,Number,Nonsense\n" +
			"X1,New,small,3,a\n" + // added
			",One,small,,b\n" + // changed: the empty number empties it
			",One,small,,b\n" + // the same as the line before
			"X2,Bad,huge,99999,c\n" + // refused for two fields
			"X1,New,big,3,d\n" // the same as the first
		look, err := h.b.Import(h.Context(), h.lead, "thing", register.Intake{File: []byte(file), Apply: false})
		h.must(err)
		done, err := h.b.Import(h.Context(), h.lead, "thing", register.Intake{File: []byte(file), Apply: true})
		h.must(err)
		for _, res := range []*register.Imported{look, done} {
			if c := res.Counts; c[register.Added] != 1 || c[register.Changed] != 1 || c[register.Refused] != 3 || !slices.Equal(res.Ignored, []string{"Nonsense"}) {
				h.Errorf("%+v", res)
			}
		}
		if bad := done.Rows[3]; bad.Line != 5 || len(bad.Errors) != 2 || bad.Errors[0].Name != "size" {
			h.Errorf("%+v", bad)
		}
		l, err := h.b.List(h.Context(), h.lead, "thing", register.Filter{})
		h.must(err)
		if l.Total != 2 || l.Records[0].Get("size") != "small" || l.Records[0].Get("number") != "" || l.Records[1].ExternalID != "X1" {
			h.Errorf("%+v", l.Records)
		}
		again, err := h.b.Import(h.Context(), h.lead, "thing", register.Intake{File: []byte("external_id,title,size\nX1,New name,small\n"), Apply: true})
		h.must(err)
		if again.Rows[0].ID != "TH-02" || again.Rows[0].Changes["title"] != "New → New name" {
			h.Errorf("%+v", again.Rows)
		}
		for _, bad := range []string{"", "a,b\n1,2\n", "title,title\na,b\n", "id,title\nTH-99,x\n"} {
			res, err := h.b.Import(h.Context(), h.lead, "thing", register.Intake{File: []byte(bad), Apply: true})
			if err == nil && res.Counts[register.Refused] != 1 {
				h.Errorf("%q was taken: %+v", bad, res)
			}
		}
		var template bytes.Buffer
		h.must(h.b.Template(h.Context(), h.lead, "thing", register.CSV, &template))
		res, err := h.b.Import(h.Context(), h.lead, "thing", register.Intake{File: template.Bytes(), Apply: false})
		if err != nil || res.Counts[register.Same]+res.Counts[register.Added]+res.Counts[register.Changed] != 1 {
			h.Error("the template's example is not taken", res, err)
		}
	})
}

func TestWhatNamesAControl(t *testing.T) {
	each(t, func(h *house) {
		h.add("title", "One", "controls", "IAM-03")
		h.add("title", "Two", "controls", "CHG-03")
		three := register.Input{Fields: map[string][]string{"title": {"Three"}, "controls": {"CHG-03", "IAM-03"}}}
		_, err := h.b.Add(h.Context(), h.lead, "thing", three)
		h.must(err)
		named := func(who access.Actor, id string) (ids []string) {
			list, err := h.b.Naming(h.Context(), who, register.Control, id)
			h.must(err)
			for i := range list {
				for j := range list[i].Records {
					ids = append(ids, list[i].Records[j].ID)
				}
			}
			return ids
		}
		if got := named(h.lead, "IAM-03"); !slices.Equal(got, []string{"TH-01", "TH-03"}) {
			t.Error(got)
		}
		if got := named(h.lead, "IAM-0"); len(got) > 0 {
			t.Error("a part of an id", got)
		}
		if got := named(h.newOrg("Rival"), "IAM-03"); len(got) > 0 {
			t.Error("another organization's", got)
		}
		nobody := h.lead
		nobody.Role = ""
		if got := named(nobody, "IAM-03"); len(got) > 0 {
			t.Error("without permission", got)
		}
		_, err = h.b.Archive(h.Context(), h.lead, "thing", "TH-01", "Not ours.")
		h.must(err)
		if got := named(h.lead, "IAM-03"); !slices.Equal(got, []string{"TH-03"}) {
			t.Error("archived", got)
		}
	})
}
