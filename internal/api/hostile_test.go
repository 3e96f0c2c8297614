package api_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"assay/internal/api"
)

// schema is the part of an OpenAPI schema that is needed to make values of it.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any    // a word, or a list of words
	Enum       []any
	Properties map[string]*schema
	Items      *schema
	Format     string
}

// described is the part of the OpenAPI document that says what to send.
type described struct {
	Paths map[string]map[string]*struct {
		OperationID string
		Parameters  []struct {
			Name, In string
			Schema   *schema
		}
		RequestBody *struct {
			Content map[string]struct{ Schema *schema }
		}
	}
	Components struct{ Schemas map[string]*schema }
}

// maker makes what nobody should send.
type maker struct {
	rand *rand.Rand
	doc  *described
	ids  []string
}

// text is a string that something may stumble over.
func (m *maker) text() string {
	nasty := []string{
		"", " ", "\x00", "a\x00b", "'", "' OR 1=1 --", `"; DROP TABLE org_org; --`, "%", "_", `\`, "../../etc/passwd", "%2e%2e%2f", "<script>alert(1)</script>",
		"{{7*7}}", "${jndi:ldap://x}", "\r\nSet-Cookie: a=b", "\u202e\u0000", "\U0001F4A9", "\xff\xfe", strings.Repeat("A", 5000), "-1", "0", "1e400", "NaN", "null",
		"9223372036854775808", "2026-02-30", "0000-00-00", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+99:99", "[]", "{}", "true", "=1+1", "@x", "a:b", "a/b", "http://169.254.169.254/",
	}
	if len(m.ids) > 0 && m.rand.IntN(3) == 0 {
		return m.ids[m.rand.IntN(len(m.ids))]
	}
	return nasty[m.rand.IntN(len(nasty))]
}

// value is a value of the schema, or sometimes of none.
func (m *maker) value(s *schema, depth int) any {
	if s == nil || depth > 6 {
		return nil
	}
	if s.Ref != "" {
		return m.value(m.doc.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]], depth+1)
	}
	if m.rand.IntN(12) == 0 { // of another type
		return []any{nil, true, -1, 1e300, "x", []any{}, map[string]any{"x": []any{nil}}}[m.rand.IntN(7)]
	}
	if len(s.Enum) > 0 && m.rand.IntN(4) > 0 {
		return s.Enum[m.rand.IntN(len(s.Enum))]
	}
	kind, _ := s.Type.(string)
	if list, ok := s.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	switch kind {
	case "object":
		out := map[string]any{}
		for name, p := range s.Properties {
			if name != "$schema" && m.rand.IntN(8) > 0 {
				out[name] = m.value(p, depth+1)
			}
		}
		return out
	case "array":
		var out []any
		for range m.rand.IntN(4) {
			out = append(out, m.value(s.Items, depth+1))
		}
		return out
	case "integer", "number":
		return []any{0, 1, -1, 2147483648, 1e18, 0.5, 90}[m.rand.IntN(7)]
	case "boolean":
		return m.rand.IntN(2) == 0
	}
	if s.Format == "date" && m.rand.IntN(2) == 0 {
		return "2026-03-01"
	}
	if s.Format == "date-time" && m.rand.IntN(2) == 0 {
		return "2026-03-01T10:00:00Z"
	}
	return m.text()
}

// TestNothingSentBreaksAnOperation sends each operation what its own description
// allows and what it does not, as a lead. It may refuse; it may not fail. With
// ASSAY_FUZZ_ROUNDS it goes on for longer.
func TestNothingSentBreaksAnOperation(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: -short")
	}
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv("ASSAY_FUZZ_ROUNDS")); err == nil {
		rounds = n
	}
	w := newWorld(t, "")
	things := w.things()
	doc := &described{}
	if err := json.Unmarshal(w.ask("GET", api.Prefix+"/openapi.json", "", "").body, doc); err != nil {
		t.Fatal(err)
	}
	m := &maker{rand: rand.New(rand.NewPCG(1, 2)), doc: doc}
	for _, id := range things {
		m.ids = append(m.ids, id)
	}
	sent, by := 0, map[int]int{}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			for range rounds {
				at, query, header := path, url.Values{}, []string{}
				for _, p := range o.Parameters {
					switch p.In {
					case "path":
						at = strings.ReplaceAll(at, "{"+p.Name+"}", url.PathEscape(m.text()))
					case "query":
						if m.rand.IntN(2) == 0 {
							query.Set(p.Name, fmt.Sprint(m.value(p.Schema, 0)))
						}
					}
				}
				body := ""
				if o.RequestBody != nil {
					for kind, c := range o.RequestBody.Content {
						b, err := json.Marshal(m.value(c.Schema, 0))
						if err != nil {
							t.Fatal(err)
						}
						body, header = string(b), []string{"Content-Type", kind}
						if m.rand.IntN(10) == 0 {
							body = m.text()
						}
						break
					}
				}
				if len(query) > 0 {
					at += "?" + query.Encode()
				}
				sent++
				r := w.ask(strings.ToUpper(method), api.Prefix+at, w.lead(), body, header...)
				by[r.status]++
				if r.status >= http.StatusInternalServerError {
					t.Errorf("%s %s %s\n%.600s\n%d %s", o.OperationID, method, at, body, r.status, r.body)
				}
			}
		}
	}
	if sent < rounds*len(api.Table()) {
		t.Errorf("%d requests for %d operations", sent, len(api.Table()))
	}
	if by[http.StatusOK]+by[http.StatusNoContent] < sent/20 {
		t.Errorf("hardly anything was taken, so that little was reached: %v", by)
	}
	t.Logf("%d requests: %v", sent, by)
}
