package exporttest

import (
	"embed"
	"fmt"
	"testing"
	"time"

	"assay/connector"
	"assay/internal/resource"
	"assay/internal/rule"
)

func accountKinds() []resource.Schema {
	return []resource.Schema{{
		Kind: "test.account", Version: 1, Title: "Accounts", Family: resource.State, Label: "name", Fields: []resource.Field{
			{Name: "name", Type: resource.String},
			{Name: "mfa", Type: resource.Bool},
			{Name: "admin", Type: resource.Bool, Optional: true},
			{Name: "email", Type: resource.String, Personal: true, Optional: true},
			{Name: "last_used_at", Type: resource.Time, Volatile: true, Optional: true},
		},
		Facets: []resource.Claim{{Facet: "account", Version: 1, Fields: map[string]resource.Mapping{
			"name": {From: "name"}, "mfa": {From: "mfa"}, "email": {From: "email"}, "admin": {From: "admin"},
		}}},
	}}
}

func peopleKinds() []resource.Schema {
	return []resource.Schema{{
		Kind: "test.person", Version: 1, Title: "People", Family: resource.State, Label: "name", Fields: []resource.Field{
			{Name: "name", Type: resource.String, Personal: true},
			{Name: "email", Type: resource.String, Personal: true},
			{Name: "active", Type: resource.Bool},
		},
	}}
}

func mergeKinds() []resource.Schema {
	return []resource.Schema{{
		Kind: "test.merge", Version: 1, Title: "Merges", Family: resource.Event, At: "at", Fields: []resource.Field{
			{Name: "at", Type: resource.Time},
			{Name: "reviewed", Type: resource.Bool},
			{Name: "author", Type: resource.String, Personal: true},
		},
	}}
}

// accounts are those of a day: some change, some come, some go, some cannot be
// read whole.
func accounts(n, day int) []connector.Resource {
	var out []connector.Resource
	for i := range n {
		if i > 0 && (i+day)%11 == 0 {
			continue
		}
		r := connector.Resource{Kind: "test.account", ID: fmt.Sprintf("id-%03d", i), Fields: map[string]any{
			"name": fmt.Sprintf("Konto %d ü", i), "mfa": i%4 != 1 || day%13 > 8, "email": fmt.Sprintf("person%d@example.com", i%7),
			"last_used_at": time.Date(2026, 1, 1+day/4, i%24, 0, 0, 0, time.UTC),
		}}
		switch {
		case i%5 == 0:
			r.Fields["admin"] = day%2 == 0
		case i == 3 && day%6 == 4:
			delete(r.Fields, "mfa")
			r.Unavailable = []string{"mfa"}
		case i == 7:
			delete(r.Fields, "email")
		case i == 8:
			delete(r.Fields, "last_used_at")
		}
		out = append(out, r)
	}
	return out
}

func people(day int) []connector.Resource {
	var out []connector.Resource
	for i := range 5 {
		out = append(out, connector.Resource{Kind: "test.person", ID: fmt.Sprintf("per-%d", i), Fields: map[string]any{
			"name": fmt.Sprintf("Person %d", i), "email": fmt.Sprintf("person%d@example.com", i), "active": i != 2 || day < 12,
		}})
	}
	return out
}

//go:embed checks/*.yaml
var checks embed.FS

func definitions(t testing.TB) []*rule.Definition {
	t.Helper()
	files, err := checks.ReadDir("checks")
	if err != nil {
		t.Fatal(err)
	}
	var out []*rule.Definition
	for _, f := range files {
		text, err := checks.ReadFile("checks/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		d, err := rule.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, d)
	}
	return out
}
