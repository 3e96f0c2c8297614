package api_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
)

// What belongs to another organization is answered like what does not exist:
// the same status, type and words, but for the id itself. Nobody can find out
// which ids there are.
func TestAnothersIdsAreLikeIdsOfNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids, none := w.things(), nothingThere()
		table, rows := api.Table(), rows()
		for i := range table {
			o, r := &table[i], rows[table[i].ID]
			if o.Public || r.params == "" || r.own {
				continue
			}
			answer := func(ids map[string]string) (int, string) {
				path, body := r.request(o, ids)
				role := access.RoleLead
				if !role.Allows(o.Permission) {
					role = access.RoleAuditor
				}
				got := w.ask(o.Method, path, w.theirs.tokens[role], body, "Content-Type", contentType(o))
				text := string(got.body)
				for _, id := range longestFirst(ids) {
					text = strings.ReplaceAll(strings.ReplaceAll(text, id, "ID"), url.QueryEscape(id), "ID")
				}
				return got.status, text
			}
			status, text := answer(ids)
			wantStatus, want := answer(none)
			if status != wantStatus || text != want {
				t.Errorf("%s: another organization's is answered %d %s, nothing %d %s", o.ID, status, text, wantStatus, want)
			}
			if !strings.Contains(text, `"type":"urn:assay:problem:not_found"`) {
				t.Errorf("%s: %d %s, want a problem of the type not_found", o.ID, status, text)
			}
		}
	})
}

// mayor is the token of the first role that may ask for an operation.
func (w *world) mayor(o *api.Operation) string {
	for _, role := range access.Roles() {
		if o.Public || role.Allows(o.Permission) {
			return w.ours.tokens[role]
		}
	}
	w.t.Fatal(o.ID + " is allowed to nobody")
	return ""
}

// Every operation refuses what it does not know, with a problem that says so,
// and never as a fault of the server.
func TestEveryOperationRefusesWhatItDoesNotKnow(t *testing.T) {
	w := newWorld(t, "")
	ids := w.things()
	table, rows := api.Table(), rows()
	for i := range table {
		o, r := &table[i], rows[table[i].ID]
		path, body := r.request(o, ids)
		ask := func(path, body string, header ...string) reply {
			return w.ask(o.Method, path, w.mayor(o), body, append([]string{"Content-Type", contentType(o)}, header...)...)
		}
		refused := func(what string, got reply, statuses ...int) {
			ok := got.header.Get("Content-Type") == "application/problem+json" && strings.Contains(string(got.body), `"type":"urn:assay:problem:`)
			for _, s := range statuses {
				if got.status == s && ok {
					return
				}
			}
			t.Errorf("%s with %s: %d %.200s, want %v and a problem", o.ID, what, got.status, got.body, statuses)
		}
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		refused("an unknown parameter", ask(path+mark+"nonsense=1", body), http.StatusUnprocessableEntity)
		if o.Reads() || body == "" || !strings.HasPrefix(body, "{") || contentType(o) != "application/json" {
			continue
		}
		refused("an unknown member", ask(path, strings.Replace(strings.Replace(body, "{", `{"nonsense":1,`, 1), ",}", "}", 1)), http.StatusUnprocessableEntity)
		refused("half a body", ask(path, body[:len(body)-1]), http.StatusBadRequest)
		refused("a list", ask(path, "[]"), http.StatusUnprocessableEntity)
		refused("no body", ask(path, ""), http.StatusBadRequest)
		refused("too much", ask(path, `{"nonsense":"`+strings.Repeat("a", 2<<20)+`"}`), http.StatusRequestEntityTooLarge)
		refused("another type", w.ask(o.Method, path, w.mayor(o), "<a/>", "Content-Type", "application/xml"), http.StatusUnsupportedMediaType)
	}
}

// Every list is read in pages, and as a table: it takes a limit and says what to
// ask for next.
func TestEveryListIsReadInPages(t *testing.T) {
	w := newWorld(t, "")
	w.things()
	table := api.Table()
	for i := range table {
		o := &table[i]
		if !o.Reads() || o.Public || !strings.HasSuffix(o.ID, ".list") || strings.Contains(o.Path, "{") {
			continue
		}
		sheet := w.ask(o.Method, api.Prefix+o.Path+"?limit=1&format=csv", w.lead(), "")
		rows, err := csv.NewReader(bytes.NewReader(sheet.body)).ReadAll()
		if sheet.status != http.StatusOK || sheet.header.Get("Content-Type") != "text/csv; charset=utf-8" || err != nil || len(rows) == 0 || len(rows) > 2 {
			t.Errorf("%s as a table: %d %.200s %v", o.ID, sheet.status, sheet.body, err)
		}
		r := w.ask(o.Method, api.Prefix+o.Path+"?limit=1", w.lead(), "")
		if r.status != http.StatusOK {
			t.Errorf("%s takes no limit: %d %.200s", o.ID, r.status, r.body)
			continue
		}
		var page struct {
			Next string `json:"next"`
		}
		if err := json.Unmarshal(r.body, &page); err != nil {
			t.Fatal(err)
		}
		if more := sheet.header.Get("Link") != ""; more != (page.Next != "") {
			t.Errorf("%s: the table leads on to %q, the page to %q", o.ID, sheet.header.Get("Link"), page.Next)
		}
		if page.Next == "" {
			continue
		}
		next := w.ask(o.Method, api.Prefix+o.Path+"?limit=1&after="+url.QueryEscape(page.Next), w.lead(), "")
		if next.status != http.StatusOK || string(next.body) == string(r.body) {
			t.Errorf("%s: the page after %s is %d %.200s", o.ID, page.Next, next.status, next.body)
		}
	}
}
