package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/register"
	"assay/internal/register/all"
)

// sampleOf is the example of a register as a body.
func sampleOf(d *register.Declaration, label string) string {
	body := map[string]any{}
	for name, list := range d.Sample {
		f, ok := d.Field(name)
		switch {
		case ok && f.Many:
			body[name] = list
		default:
			body[name] = list[0]
		}
	}
	body[d.Label] = label
	for i := range d.Fields {
		if f := &d.Fields[i]; f.Type == register.Person && f.Required {
			body[f.Name] = "{person}"
		}
	}
	if d.ParentBy != "" {
		body[d.ParentBy] = "{" + d.Parent + "}"
	}
	b, _ := json.Marshal(body)
	return string(b)
}

// registerRows are the rows of every register that is declared as data.
func registerRows() map[string]row {
	out := map[string]row{}
	declared := all.Declarations()
	for i := range declared {
		d := &declared[i]
		at := "id={" + d.Noun + "}"
		out[d.Noun+".list"], out[d.Noun+".export"], out[d.Noun+".template"] = row{}, row{}, row{}
		out[d.Noun+".show"] = row{params: at}
		out[d.Noun+".add"] = row{body: sampleOf(d, "Quagga")}
		out[d.Noun+".edit"] = row{params: at, body: `{"` + d.Label + `":"Quagga"}`}
		out[d.Noun+".import"] = row{body: d.Label + "\nQuagga\n"}
		out[d.Noun+".archive"], out[d.Noun+".restore"] = row{params: at, body: `{"reason":"Quagga"}`}, row{params: at}
		if d.Starters != nil {
			out[d.Noun+".starters"], out[d.Noun+".adopt"] = row{}, row{body: `{"starters":["Quagga"]}`}
		}
		if len(d.Settings) > 0 {
			out[d.Noun+".settings"], out[d.Noun+".set"] = row{}, row{body: `{}`}
		}
		for _, m := range d.Moves {
			body := `{}`
			if m.Why {
				body = `{"reason":"Quagga"}`
			}
			out[d.Noun+"."+m.Name] = row{params: at, body: body}
			if m.Freezes != "" {
				out[d.Noun+".snapshot"] = row{params: at}
			}
		}
	}
	return out
}

// records puts records into every register of the first organization, and returns
// the id of the last: others give out the first numbers themselves.
func (w *world) records(ids map[string]string) {
	w.t.Helper()
	declared := all.Declarations()
	for i := range declared {
		d := &declared[i]
		body := sampleOf(d, "Zebra "+d.One)
		for name, id := range ids {
			body = strings.ReplaceAll(body, "{"+name+"}", id)
		}
		for range 8 {
			got := w.ask("POST", api.Prefix+"/"+d.Path, w.ours.tokens[whoMay(d.Edit)], body)
			if got.status >= 300 {
				w.t.Fatalf("POST /%s: %d %s", d.Path, got.status, got.body)
			}
			id, _ := got.json(w.t)["id"].(string)
			ids[d.Noun] = id
		}
	}
}

// sheet is a test sheet of the firm's that is in progress.
func (w *world) sheet(engagement string) string {
	w.t.Helper()
	must := func(path, body string) map[string]any {
		got := w.ask("POST", api.Prefix+path, w.ours.tokens[access.RoleAuditor], body)
		if got.status >= 300 {
			w.t.Fatalf("POST %s: %d %s", path, got.status, got.body)
		}
		return got.json(w.t)
	}
	id, _ := must("/sheets", `{"title":"Zebra test","engagement":"`+engagement+`","control":"IAM-03","inspection":"Zebra","attributes":["Zebra"],"items":"zebras","by_hand":["Zebra day"],"by_hand_why":"Zebra"}`)["id"].(string)
	must("/sheets/"+id+"/begin", `{}`)
	return id
}

// whoMay is the first role with a permission: what the firm keeps, no lead writes.
func whoMay(p access.Permission) access.Role {
	for _, role := range access.Roles() {
		if role.Allows(p) {
			return role
		}
	}
	return ""
}

func TestARegister(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		risk := w.must("POST", "/risks", `{"title":"Zebra","category":"fraud","likelihood":4,"impact":"5","controls":["IAM-03","IAM-01"],"external_id":"X1"}`)
		if risk["id"] != "R-01" || risk["inherent"] != float64(20) || risk["level"] != "severe" || risk["above_appetite"] != true || risk["external_id"] != "X1" {
			t.Fatalf("%v", risk)
		}
		for body, want := range map[string]string{
			`{"title":"Z","category":"fraud","likelihood":9,"impact":1}`:                         "likelihood",
			`{"title":"Z","category":"nothing","likelihood":1,"impact":1}`:                       "category",
			`{"title":"Z","category":"fraud","likelihood":1,"impact":1,"residual_impact":2}`:     "residual_impact",
			`{"title":"Z","category":"fraud","likelihood":1,"impact":1,"controls":["NONE-1"]}`:   "controls",
			`{"title":"Z","category":"fraud","likelihood":1,"impact":1,"review_on":"tomorrow"}`:  "review_on",
			`{"title":"Z","category":"fraud","likelihood":1,"impact":1,"owner":"nobody at all"}`: "owner",
			`{"title":"Z","category":"fraud","likelihood":1,"impact":1,"inherent":3}`:            "inherent",
			`{"title":" ","category":"fraud","likelihood":1,"impact":1}`:                         "title",
		} {
			if got := w.ask("POST", api.Prefix+"/risks", w.lead(), body, "Content-Type", "application/json"); got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.body), want) {
				t.Errorf("%s: %d %s", body, got.status, got.body)
			}
		}
		w.must("PATCH", "/risks/R-01", `{"residual_likelihood":2,"treatment":"reduce","version":1}`)
		if got := w.ask("PATCH", api.Prefix+"/risks/R-01", w.lead(), `{"treatment":"avoid","version":1}`, "Content-Type", "application/json"); got.status != http.StatusConflict {
			t.Errorf("an old version: %d %s", got.status, got.body)
		}
		list := w.ask("GET", api.Prefix+"/risks?filter=level:high,severe&sort=-residual&q=zeb&format=csv", w.lead(), "")
		if list.status != http.StatusOK || !strings.Contains(string(list.body), "id,state,version,external_id,title") || !strings.Contains(string(list.body), "R-01,open,2,X1,Zebra") {
			t.Errorf("%d %s", list.status, list.body)
		}
		if got := w.ask("GET", api.Prefix+"/risks?filter=plan:x", w.lead(), ""); got.status != http.StatusUnprocessableEntity {
			t.Errorf("a filter that is none: %d %s", got.status, got.body)
		}
		detail := w.must("GET", "/risks/R-01", "")
		if v, _ := detail["versions"].([]any); len(v) != 2 {
			t.Errorf("%v", detail["versions"])
		}
		file := w.ask("GET", api.Prefix+"/risks/export?format=xlsx", w.lead(), "")
		if file.status != http.StatusOK || !strings.HasPrefix(string(file.body), "PK") {
			t.Fatalf("%d", file.status)
		}
		back := w.ask("POST", api.Prefix+"/risks/import?apply=true", w.lead(), string(file.body), "Content-Type", "application/octet-stream")
		if !strings.Contains(string(back.body), `"same":1`) {
			t.Errorf("%d %s", back.status, back.body)
		}
	})
}
