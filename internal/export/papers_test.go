package export_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/export"
	"assay/internal/export/exporttest"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

func TestWorkingPapersVerify(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		h := exporttest.New(t, d, hand, "test.invalid")
		o := h.Outside()
		o.Days(6)
		e := o.Examine()
		b, sum := e.Papers()
		r := good(t, b)
		// One capture, two signatures of the sheet and the settled exception.
		if r.Commitments.Papers != 4 || r.Samples.Same != 1 || r.Samples.Chosen != 0 || sum.Papers < 15 {
			t.Errorf("%+v %+v %+v", r.Commitments, r.Samples, sum)
		}
		files := unzipped(t, b)
		for name, want := range map[string]string{
			"requests.csv": "'=Nobody", "populations/PO-01-query.csv": "A calendar", "populations/PO-01.csv": "place", "samples/SA-01.json": `"seed"`,
			"sheets/TS-01.csv": "a day late", "sheets/TS-01-test.csv": "Name of usr_c", "exceptions.csv": "The ticket came late.", "corrections.csv": "Tickets come late",
			"index.html": "FY26 &lt;examined&gt;", "engagement.json": "Calder \\u0026 Finch",
		} {
			if got := string(files["data/workpapers/"+name]); !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%.600s", name, want, got)
			}
		}
		if !bytes.Contains(files["data/index.html"], []byte(`href="workpapers/index.html"`)) {
			t.Error("index.html does not lead to the working papers")
		}
		links(t, files)
		again, _ := e.Papers()
		same(t, files, unzipped(t, again))
	})
}

// links holds that every file which the table of contents leads to is there.
func links(t *testing.T, files map[string][]byte) {
	t.Helper()
	found := regexp.MustCompile(`href="([^"]+)"`).FindAllSubmatch(files["data/workpapers/index.html"], -1)
	if len(found) < 10 {
		t.Errorf("%d links", len(found))
	}
	for _, l := range found {
		name := "data/workpapers/" + string(l[1])
		if rest, up := strings.CutPrefix(string(l[1]), "../"); up {
			name = "data/" + rest
		}
		if files[name] == nil {
			t.Errorf("%s is not there", name)
		}
	}
}

// same holds that the working papers of one instant are the same bytes.
func same(t *testing.T, one, two map[string][]byte) {
	t.Helper()
	n := 0
	for name, b := range one {
		if strings.HasPrefix(name, "data/workpapers/") {
			n++
			if !bytes.Equal(b, two[name]) {
				t.Errorf("%s differs when it is written again", name)
			}
		}
	}
	if n < 15 {
		t.Errorf("%d working papers", n)
	}
}

func unzipped(t *testing.T, b []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
	}
	return out
}

func TestWhoMayExportWorkingPapers(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	o := h.Outside()
	o.Days(5)
	e := o.Examine()
	for role, want := range map[access.Role]fault.Kind{
		access.RoleLead: "", access.RoleAuditor: "", access.RoleOwner: fault.Forbidden, access.RoleViewer: fault.Forbidden, access.RoleJob: fault.Forbidden,
	} {
		who := h.Lead("usr_x")
		who.Role = role
		var b bytes.Buffer
		_, err := h.Export.Workpapers(t.Context(), who, export.PapersIn{Engagement: e.ID}, &b)
		if fault.Of(err) != want || want != "" && b.Len() > 0 {
			t.Errorf("%s: %v", role, err)
		}
	}
	if _, err := h.Export.Workpapers(t.Context(), h.Lead("usr_x"), export.PapersIn{Engagement: "EN-99"}, io.Discard); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	other := h.Lead("usr_x")
	other.Org = "org_other"
	if _, err := h.Export.Workpapers(t.Context(), other, export.PapersIn{Engagement: e.ID}, io.Discard); err == nil {
		t.Error("another organization's working papers are written")
	}
	g, err := h.Lead("usr_a").May(access.TrailRead)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Read(t.Context(), g, func(tx *db.Tx) error {
		list, err := trail.List(tx, trail.Filter{Action: "engagement.workpapers"})
		if len(list) != 2 {
			t.Errorf("%d exports in the trail, want 2", len(list))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestOSCAL validates the documents against NIST's schema (usnistgov/OSCAL, v1.0.6,
// public domain and CC0), with the words of JSON Schema that it uses.
func TestOSCAL(t *testing.T) {
	d, hand := dbtest.SQLite(t)
	h := exporttest.New(t, d, hand, "test.invalid")
	o := h.Outside()
	o.Days(5)
	b, _ := o.Examine().Papers()
	files := unzipped(t, b)
	s := theSchema(t)
	for _, name := range []string{"assessment-plan", "assessment-results", "poam"} {
		var doc map[string]any
		if err := json.Unmarshal(files["data/workpapers/oscal/"+name+".json"], &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, problem := range s.problems(doc) {
			t.Errorf("%s: %s", name, problem)
		}
		for root, v := range doc { // a document that lacks a part is found out
			m, _ := v.(map[string]any)
			for _, part := range []string{"metadata", "uuid"} {
				kept := m[part]
				delete(m, part)
				if len(s.problems(map[string]any{root: m})) == 0 {
					t.Errorf("%s without its %s is valid", name, part)
				}
				m[part] = kept
			}
			m["uuid"] = "EN-01"
			m["opinion"] = "unqualified"
			if n := len(s.problems(doc)); n < 2 {
				t.Errorf("%s with a wrong uuid and an unknown member has %d problems", name, n)
			}
		}
	}
}

// schema is what JSON Schema says, as far as NIST uses it.
type schema struct {
	root     map[string]any
	byID     map[string]map[string]any
	patterns map[string]*regexp.Regexp
}

func theSchema(t *testing.T) *schema {
	t.Helper()
	f, err := os.Open("testdata/oscal-1.0.6.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	s := &schema{byID: map[string]map[string]any{}, patterns: map[string]*regexp.Regexp{}}
	if err := json.NewDecoder(z).Decode(&s.root); err != nil {
		t.Fatal(err)
	}
	definitions, _ := s.root["definitions"].(map[string]any)
	for name, v := range definitions {
		m, _ := v.(map[string]any)
		s.byID["#/definitions/"+name] = m
		if id, ok := m["$id"].(string); ok {
			s.byID[id] = m
		}
	}
	return s
}

// problems validates a document: by the one alternative that has its member.
func (s *schema) problems(doc map[string]any) []string {
	list, _ := s.root["oneOf"].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		of, _ := m["properties"].(map[string]any)
		for name := range doc {
			if _, ok := of[name]; ok {
				return s.check("", m, doc)
			}
		}
	}
	return []string{"no document of OSCAL"}
}

func (s *schema) check(at string, m map[string]any, v any) (bad []string) {
	if to, ok := m["$ref"].(string); ok {
		if s.byID[to] == nil {
			return []string{at + ": the schema has no " + to}
		}
		bad = append(bad, s.check(at, s.byID[to], v)...)
	}
	bad = append(bad, s.combined(at, m, v)...)
	if kind, ok := m["type"].(string); ok && kind != kindOf(v) {
		return append(bad, fmt.Sprintf("%s: a %s, want a %s", at, kindOf(v), kind))
	}
	if list, ok := m["enum"].([]any); ok && !slices.Contains(list, v) {
		bad = append(bad, fmt.Sprintf("%s: %v is none of %v", at, v, list))
	}
	switch v := v.(type) {
	case string:
		bad = append(bad, s.matches(at, m, v)...)
	case []any:
		if least, ok := m["minItems"].(float64); ok && len(v) < int(least) {
			bad = append(bad, at+": too few")
		}
		if of, ok := m["items"].(map[string]any); ok {
			for i := range v {
				bad = append(bad, s.check(fmt.Sprintf("%s/%d", at, i), of, v[i])...)
			}
		}
	case map[string]any:
		bad = append(bad, s.object(at, m, v)...)
	}
	return bad
}

func (s *schema) combined(at string, m map[string]any, v any) (bad []string) {
	all, _ := m["allOf"].([]any)
	for _, one := range all {
		of, _ := one.(map[string]any)
		bad = append(bad, s.check(at, of, v)...)
	}
	list, _ := m["anyOf"].([]any)
	fits := len(list) == 0
	for _, one := range list {
		of, _ := one.(map[string]any)
		fits = fits || len(s.check(at, of, v)) == 0
	}
	if !fits {
		bad = append(bad, fmt.Sprintf("%s: %v is none of what may be there", at, v))
	}
	return bad
}

func (s *schema) matches(at string, m map[string]any, v string) []string {
	text, ok := m["pattern"].(string)
	if !ok {
		return nil
	}
	if s.patterns[text] == nil {
		s.patterns[text] = regexp.MustCompile(text)
	}
	if !s.patterns[text].MatchString(v) {
		return []string{fmt.Sprintf("%s: %q does not match %s", at, v, text)}
	}
	return nil
}

func (s *schema) object(at string, m, v map[string]any) (bad []string) {
	needed, _ := m["required"].([]any)
	for _, name := range needed {
		if _, ok := v[fmt.Sprint(name)]; !ok {
			bad = append(bad, fmt.Sprintf("%s: no %s", at, name))
		}
	}
	of, _ := m["properties"].(map[string]any)
	for name, member := range v {
		known, ok := of[name].(map[string]any)
		switch {
		case ok:
			bad = append(bad, s.check(at+"/"+name, known, member)...)
		case m["additionalProperties"] == false:
			bad = append(bad, at+": there is no "+name)
		}
	}
	return bad
}

func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		return "integer"
	case bool:
		return "boolean"
	}
	return "null"
}
