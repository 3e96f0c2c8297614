package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
)

var update = flag.Bool("update", false, "write the golden files")

func hold(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what the table makes: go test ./internal/api -update, and read the difference", file)
	}
}

func TestOpenAPI(t *testing.T) {
	w := newWorld(t, "")
	r := w.ask("GET", api.Prefix+"/openapi.json", "", "")
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			ID       string                `json:"operationId"`
			Security []map[string][]string `json:"security"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(r.body, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %s", doc.OpenAPI)
	}
	for _, o := range api.Table() {
		d := doc.Paths[o.Path][strings.ToLower(o.Method)]
		if d.ID != o.ID {
			t.Errorf("%s is not in the document", o.ID)
		}
		if (len(d.Security) == 0) != o.Public {
			t.Errorf("%s: security %v, public %v", o.ID, d.Security, o.Public)
		}
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, r.body, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	hold(t, golden("docs/spec/openapi.json"), pretty.Bytes())
}

func TestPermissionsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Permissions\n\nWho may do what. This page is made from the table of operations; a test holds it to the program.\n\n## Roles\n\n")
	for _, r := range access.Roles() {
		fmt.Fprintf(&b, "- **%s**: %s.\n", r, r.Meaning())
	}
	b.WriteString("\nA token has a role too, at most that of the person who made it. The host's console, `assay … --data DIR`, has the lead's role,\n" +
		"and everything it does or reads is in the trail.\n\n## Operations\n\n| operation | request | permission |")
	for _, r := range access.Roles() {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(access.Roles())) + "\n")
	for _, o := range api.Table() {
		perm := string(o.Permission)
		if o.Public {
			perm = "none: public"
		}
		fmt.Fprintf(&b, "| `%s` | `%s %s` | %s |", o.ID, o.Method, o.Path, perm)
		for _, r := range access.Roles() {
			mark := ""
			if o.Public || r.Allows(o.Permission) {
				mark = "yes"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	b.WriteString("\nEverything else is refused. Another organization's things do not exist for whoever asks: 404, not 403.\n")
	hold(t, golden("docs/user/permissions.md"), []byte(b.String()))
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	known := access.Permissions()
	for _, o := range api.Table() {
		if seen[o.ID] || seen[o.Method+o.Path] {
			t.Errorf("%s or its path is there twice", o.ID)
		}
		seen[o.ID], seen[o.Method+o.Path] = true, true
		if strings.Count(o.ID, ".") != 1 || o.Summary == "" || !strings.HasSuffix(o.Summary, ".") || o.Do == nil {
			t.Errorf("%s: want noun.verb, a sentence and a use case", o.ID)
		}
		if o.Public != (o.Permission == "") {
			t.Errorf("%s: public %v with permission %q", o.ID, o.Public, o.Permission)
		}
		if !o.Public && !slices.Contains(known, o.Permission) {
			t.Errorf("%s: there is no permission %q", o.ID, o.Permission)
		}
	}
}
