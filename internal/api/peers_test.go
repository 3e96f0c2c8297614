package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/trail"
)

// The tests of this file are the mistakes that other products of this kind have
// published as weaknesses of theirs. Each fails on the mistake.

// An administrator could make an owner: whoever manages users handed out more
// than they had.
func TestPeerNobodyHandsOutMoreThanTheyHave(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		users := w.ours.users
		for _, role := range []access.Role{access.RoleOwner, access.RoleAuditor, access.RoleViewer} {
			for what, r := range map[string]reply{
				"make oneself a lead":    w.ask("PUT", api.Prefix+"/users/"+users[role].ID+"/role", w.ours.tokens[role], `{"role":"lead"}`),
				"make another a lead":    w.ask("PUT", api.Prefix+"/users/"+users[access.RoleViewer].ID+"/role", w.ours.tokens[role], `{"role":"lead"}`),
				"invite a lead":          w.ask("POST", api.Prefix+"/invitations", w.ours.tokens[role], `{"email":"x@example.org","name":"X","role":"lead"}`),
				"be whomever they like":  w.ask("PUT", api.Prefix+"/users/"+users[role].ID+"/person", w.ours.tokens[role], `{"person":""}`),
				"ask less of sign-ins":   w.ask("PUT", api.Prefix+"/org/signin", w.ours.tokens[role], `{"second":"nothing"}`),
				"take a lead's role off": w.ask("PUT", api.Prefix+"/users/"+users[access.RoleLead].ID+"/role", w.ours.tokens[role], `{"role":"viewer"}`),
			} {
				if r.status != http.StatusForbidden {
					t.Errorf("%s can %s: %d %s", role, what, r.status, r.body)
				}
			}
			who, err := w.suite.Auth.Actor(t.Context(), w.ours.sessions[role], "", auth.From{})
			if err != nil {
				t.Fatal(err)
			}
			for _, more := range access.Roles() {
				_, _, err := w.suite.Auth.AddToken(t.Context(), who, auth.NewToken{Name: "x", Role: more, ExpiresAt: w.hand.Now().AddDate(0, 0, 1)})
				if (err == nil) != more.Within(role) {
					t.Errorf("a token with the role %s made by %s: %v", more, role, err)
				}
			}
			if _, _, err := w.suite.Auth.AddToken(t.Context(), who, auth.NewToken{Name: "x", Service: true, ExpiresAt: w.hand.Now().AddDate(0, 0, 1)}); err == nil {
				t.Errorf("%s makes a service's token", role)
			}
		}
		if r := w.ask("PUT", api.Prefix+"/users/"+users[access.RoleLead].ID+"/role", w.lead(), `{"role":"viewer"}`); r.status != http.StatusForbidden {
			t.Errorf("a lead changes their own role: %d %s", r.status, r.body)
		}
	})
}

// A public interface read other tenants by the id in the request.
func TestPeerNothingPublicReadsATenant(t *testing.T) {
	public := []string{"token.login", "token.exchange", "device.begin", "device.poll"} // the last two show what one asked for oneself
	table := api.Table()
	for i := range table {
		o := &table[i]
		if o.Public != slices.Contains(public, o.ID) {
			t.Errorf("%s: public is %v; whatever is public is listed here, with what it can show", o.ID, o.Public)
		}
		if o.Public && (o.Permission != "" || o.Reads()) {
			t.Errorf("%s is public and reads, or has a permission that nobody is asked for", o.ID)
		}
		for _, name := range o.Params() {
			if name == "org" {
				t.Errorf("%s takes the organization from the request: it comes from who asks", o.ID)
			}
		}
	}
}

// Something could be signed for somebody else.
func TestPeerNobodySignsForAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
		victim := text(w.must("POST", "/people", `{"name":"Vera","email":"vera@example.org","starts_on":"2025-01-05"}`), "id")
		w.must("POST", "/policies", `{"id":"PLC-NDA","title":"NDA","accept_days":30,"text":"Silence."}`)
		accept := func(body string) reply {
			return w.ask("POST", api.Prefix+"/policies/PLC-NDA/accept", w.ours.tokens[access.RoleViewer], body)
		}
		for _, body := range []string{`{"version":1,"person":"` + victim + `"}`, `{"version":1,"user":"` + victim + `"}`} {
			if r := accept(body); r.status < 400 {
				t.Errorf("%s was taken: %d %s", body, r.status, r.body)
			}
		}
		if r := w.ask("PUT", api.Prefix+"/users/"+w.ours.users[access.RoleLead].ID+"/person", w.lead(), `{"person":"`+victim+`"}`); r.status != http.StatusForbidden {
			t.Errorf("somebody makes themselves another person: %d %s", r.status, r.body)
		}
		if r := w.ask("PUT", api.Prefix+"/users/"+w.ours.users[access.RoleOwner].ID+"/person", w.lead(), `{"person":"`+victim+`"}`); r.status != http.StatusNoContent {
			t.Fatalf("%d %s", r.status, r.body)
		}
		if r := w.ask("PUT", api.Prefix+"/users/"+w.ours.users[access.RoleViewer].ID+"/person", w.lead(), `{"person":"`+victim+`"}`); r.status != http.StatusConflict {
			t.Errorf("two accounts are one person's: %d %s", r.status, r.body)
		}
	})
}

// A thing of one's own was made to point at another tenant's.
func TestPeerForeignKeysStayInTheTenant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.things() // ours
		text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
		theirs := func(method, path, body string) reply {
			return w.ask(method, api.Prefix+path, w.theirs.tokens[access.RoleLead], body)
		}
		for path, body := range map[string]string{"/tasks": `{"title":"T","role":"lead"}`, "/controls/adopt": `{"controls":["IAM-03"]}`} {
			if r := theirs("POST", path, body); r.status >= 300 {
				t.Fatalf("%s: %d %s", path, r.status, r.body)
			}
		}
		task := ""
		list, _ := theirs("GET", "/tasks/all", "").json(t)["tasks"].([]any)
		for _, one := range list {
			if m, _ := one.(map[string]any); text(m, "kind") == "asked" {
				task = text(m, "id")
			}
		}
		member := w.theirs.users[access.RoleViewer].ID
		for what, r := range map[string]reply{
			"a member is another tenant's person":       theirs("PUT", "/users/"+member+"/person", `{"person":"`+ids["person"]+`"}`),
			"an invitation is another tenant's person":  theirs("POST", "/invitations", `{"email":"y@example.org","name":"Y","role":"viewer","person":"`+ids["person"]+`"}`),
			"a task is given to another tenant's user":  theirs("PUT", "/tasks/"+task+"/assignee", `{"assignee":"`+ids["user"]+`"}`),
			"a person's manager is another tenant's":    theirs("POST", "/people", `{"name":"P","starts_on":"2025-01-05","manager":"`+ids["person"]+`"}`),
			"evidence refers to another's collection":   theirs("POST", "/evidence/references", `{"title":"E","controls":["IAM-03"],"from":"2026-01-01","connection":"`+ids["connection"]+`","seq":1}`),
			"an exclusion is of another tenant's check": theirs("POST", "/exclusions", `{"check":"zebra.none","resource":{"kind":"zebra.device","authority":"zebra","id":"1"},"reason":"It does not count at all.","until":"2026-03-01T00:00:00Z"}`),
		} {
			if r.status < 400 || r.status >= 500 {
				t.Errorf("%s: %d %s", what, r.status, r.body)
			}
			if strings.Contains(string(r.body), "Zebra") {
				t.Errorf("%s, and is told of: %s", what, r.body)
			}
		}
	})
}

// One request asked for a thing many times under other names, and answered for
// as long.
func TestPeerARequestAsksForABoundedAmount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, path := range []string{"/people?limit=1001", "/trail?limit=1000000", "/evidence?limit=-1", "/users?limit=9999999999999999999"} {
			if r := w.ask("GET", api.Prefix+path, w.lead(), ""); r.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %.200s", path, r.status, r.body)
			}
		}
		var batch strings.Builder
		for range 1000 {
			batch.WriteString(`{"name":"x"},`)
		}
		for path, body := range map[string]string{
			"/people": "[" + strings.TrimSuffix(batch.String(), ",") + "]", "/graphql": `{"query":"{a:org{id} b:org{id}}"}`, "/batch": "[]",
		} {
			if r := w.ask("POST", api.Prefix+path, w.lead(), body); r.status < 400 || r.status >= 500 {
				t.Errorf("%s: %d %.200s", path, r.status, r.body)
			}
		}
		if r := w.ask("POST", api.Prefix+"/people", w.lead(), `{"name":"`+strings.Repeat("x", 2<<20)+`","starts_on":"2026-01-05"}`); r.status != http.StatusRequestEntityTooLarge {
			t.Errorf("2 MiB: %d %.200s", r.status, r.body)
		}
		var doc struct {
			Paths map[string]map[string]struct {
				Parameters []struct {
					Name   string
					Schema struct{ Maximum *float64 }
				}
			}
		}
		if err := json.Unmarshal(w.ask("GET", api.Prefix+"/openapi.json", "", "").body, &doc); err != nil {
			t.Fatal(err)
		}
		n := 0
		for path, methods := range doc.Paths {
			for _, o := range methods {
				for _, p := range o.Parameters {
					if p.Name != "limit" {
						continue
					}
					if n++; p.Schema.Maximum == nil || *p.Schema.Maximum > 1000 {
						t.Errorf("%s takes a limit without a bound", path)
					}
				}
			}
		}
		if n < 10 {
			t.Errorf("only %d lists have a limit", n)
		}
	})
}

// What somebody did went away with them.
func TestPeerTheTrailOutlivesItsActors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		entries := func() (own, all int) {
			g, err := access.Console(w.ours.org.ID).May(access.TrailRead)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.suite.DB.Read(t.Context(), g, func(tx *db.Tx) error {
				list, err := trail.List(tx, trail.Filter{Limit: 1000})
				for i := range list {
					if list[i].Actor == w.ours.users[access.RoleOwner].ID && list[i].Name != "" {
						own++
					}
				}
				all = len(list)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return own, all
		}
		own, all := entries()
		if own == 0 {
			t.Fatal("the owner did nothing yet")
		}
		if r := w.ask("DELETE", api.Prefix+"/users/"+w.ours.users[access.RoleOwner].ID, w.lead(), ""); r.status != http.StatusNoContent {
			t.Fatalf("%d %s", r.status, r.body)
		}
		if own2, all2 := entries(); own2 != own || all2 <= all {
			t.Errorf("%d entries of the owner and %d in all became %d and %d", own, all, own2, all2)
		}
	})
}
