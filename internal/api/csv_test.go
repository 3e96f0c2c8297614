package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
)

// A list as a table: exactly the rows of the page, nothing that a spreadsheet
// would carry out, and the way to the next page.
func TestAListAsATable(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, name := range []string{"=HYPERLINK(1)", "Ada, \"the first\"", "Bo"} {
			w.must("POST", "/people", `{"name":`+strconv.Quote(name)+`,"email":"`+name[:1]+`@x.example","starts_on":"2026-01-01"}`)
		}
		var names []string
		path := api.Prefix + "/people?limit=2&format=csv"
		for pages := 0; path != "" && pages < 9; pages++ {
			r := w.ask("GET", path, w.lead(), "")
			if r.status != http.StatusOK || !strings.Contains(r.header.Get("Content-Disposition"), `filename="people.csv"`) {
				t.Fatalf("%d %s %v", r.status, r.body, r.header)
			}
			rows, err := csv.NewReader(strings.NewReader(string(r.body))).ReadAll()
			if err != nil || len(rows) > 3 {
				t.Fatalf("%d rows: %v", len(rows), err)
			}
			at := slices.Index(rows[0], "name")
			for _, row := range rows[1:] {
				names = append(names, row[at])
			}
			link, _, more := strings.Cut(strings.TrimPrefix(r.header.Get("Link"), "<"), ">")
			if path = ""; more {
				path = link
			}
		}
		for _, want := range []string{"'=HYPERLINK(1)", `Ada, "the first"`, "Bo"} {
			if !slices.Contains(names, want) {
				t.Errorf("%q is not among %q", want, names)
			}
		}
		if r := w.ask("GET", api.Prefix+"/people?format=json", w.lead(), ""); r.status != 200 || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%d %v", r.status, r.header)
		}
		for _, path := range []string{"/people?format=xml", "/people?format=csv&format=json", "/people?format=csv&nonsense=1", "/org?format=csv"} {
			if r := w.ask("GET", api.Prefix+path, w.lead(), ""); r.status != http.StatusUnprocessableEntity || r.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %s", path, r.status, r.body)
			}
		}
		if r := w.ask("GET", api.Prefix+"/people?format=csv", "", ""); r.status != http.StatusUnauthorized {
			t.Errorf("without a name: %d", r.status)
		}
	})
}

// A client reads a list to its end, however long it is.
func TestALongListIsReadWhole(t *testing.T) {
	w := newWorld(t, "")
	var csv strings.Builder
	csv.WriteString("name,email,starts_on\n")
	const n = 2001
	for i := range n {
		fmt.Fprintf(&csv, "P%d Larch,p%d@x.example,2026-01-01\n", i, i)
	}
	who := access.Console(w.ours.org.ID)
	if _, err := w.suite.People.Import(t.Context(), who, []byte(csv.String()), true); err != nil {
		t.Fatal(err)
	}
	out, err := api.List[api.People](t.Context(), (&api.Server{Suite: w.suite}).Client(who), "person.list", &api.PeopleIn{PeopleFilter: api.PeopleFilter{Query: "Larch"}})
	if err != nil || len(out.People) != n || out.Next != "" {
		t.Fatalf("%d people, next %q: %v", len(out.People), out.Next, err)
	}
	seen := map[string]bool{}
	for i := range out.People {
		seen[out.People[i].ID] = true
	}
	if len(seen) != n {
		t.Errorf("%d different people", len(seen))
	}
}
