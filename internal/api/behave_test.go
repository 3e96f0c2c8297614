package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/api"
	"assay/internal/db"
	"assay/internal/kit/fault"
	"assay/internal/trail"
)

const keyHeader = "Idempotency-Key"

func TestIdempotency(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		add := func(token, name, key string) reply {
			return w.ask("POST", api.Prefix+"/people", token, `{"name":"`+name+`","starts_on":"2026-01-05"}`, keyHeader, key)
		}
		people := func() float64 { n, _ := w.must("GET", "/people", "")["total"].(float64); return n }

		first := add(w.lead(), "Ada", "k1")
		if first.status != http.StatusOK {
			t.Fatalf("%d %s", first.status, first.body)
		}
		again := add(w.lead(), "Ada", "k1")
		if again.status != http.StatusOK || string(again.body) != string(first.body) || again.header.Get("Idempotent-Replay") != "true" {
			t.Errorf("the same again: %d %s", again.status, again.body)
		}
		if n := people(); n != 1 {
			t.Errorf("%v people after the same request twice, want 1", n)
		}
		if other := add(w.lead(), "Bob", "k1"); other.status != http.StatusConflict {
			t.Errorf("another request under the same key: %d %s, want 409", other.status, other.body)
		}
		if r := add(w.theirs.tokens[access.RoleLead], "Ada", "k1"); r.status != http.StatusOK || r.header.Get("Idempotent-Replay") != "" {
			t.Errorf("the key of another organization is not its own: %d %s", r.status, r.body)
		}
		if r := add(w.lead(), "", "k2"); r.status != http.StatusUnprocessableEntity {
			t.Errorf("a request that is refused: %d", r.status)
		}
		if r := add(w.lead(), "Carol", "k2"); r.status != http.StatusOK {
			t.Errorf("a key whose request failed is not free: %d %s", r.status, r.body)
		}
		if r := add(w.lead(), "Dora", strings.Repeat("k", 201)); r.status != http.StatusUnprocessableEntity {
			t.Errorf("a key of 201 characters: %d", r.status)
		}
		w.hand.Add(25 * time.Hour)
		if r := add(w.lead(), "Erin", "k1"); r.status != http.StatusOK {
			t.Errorf("the key after a day: %d %s", r.status, r.body)
		}
	})
}

// An answer that holds a secret is not kept in a form that the store gives
// away.
func TestKeptAnswersAreSealed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.must("POST", "/invitations", `{"email":"x@example.org","name":"X","role":"viewer"}`, keyHeader, "k")
		link, _ := r["link"].(string)
		if !strings.HasPrefix(link, "/invite/") {
			t.Fatalf("%v", r)
		}
		grant, err := access.Console(w.ours.org.ID).May(access.OrgRead)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.suite.DB.Read(t.Context(), grant, func(tx *db.Tx) error {
			kept, err := db.All(tx, db.Value[[]byte], `SELECT answer FROM api_idempotency WHERE org_id = $1`, tx.Org())
			if len(kept) != 1 || len(kept[0]) == 0 {
				t.Errorf("%d answers are kept, want 1", len(kept))
			}
			for _, b := range kept {
				if strings.Contains(string(b), strings.TrimPrefix(link, "/invite/")) {
					t.Error("the secret of an invitation is in the store")
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		again := w.must("POST", "/invitations", `{"email":"x@example.org","name":"X","role":"viewer"}`, keyHeader, "k")
		if again["link"] != link {
			t.Errorf("the answer again: %v, want %v", again, r)
		}
	})
}

func TestPages(t *testing.T) {
	w := newWorld(t, "")
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		w.must("POST", "/people", `{"name":"P `+name+`","starts_on":"2026-01-05"}`)
	}
	for list, path := range map[string]string{"people": "/people", "entries": "/trail", "users": "/users"} {
		var names []string
		next := ""
		for range 20 {
			page := w.must("GET", path+"?limit=2&after="+next, "")
			items, _ := page[list].([]any)
			for _, item := range items {
				m, _ := item.(map[string]any)
				id, _ := m["id"].(string)
				names = append(names, id)
			}
			if next, _ = page["next"].(string); next == "" {
				break
			}
			if len(items) != 2 {
				t.Errorf("%s: a page of %d before the last", path, len(items))
			}
		}
		whole, _ := w.must("GET", path+"?limit=1000", "")[list].([]any)
		seen := map[string]bool{}
		for _, n := range names {
			seen[n] = true
		}
		if len(names) != len(whole) || len(seen) != len(names) {
			t.Errorf("%s: %d on pages, %d of them different, %d at once", path, len(names), len(seen), len(whole))
		}
	}
	for _, bad := range []string{"/people?limit=0", "/people?limit=1001", "/people?limit=x", "/people?nonsense=1", "/log/entries?after=x"} {
		if r := w.ask("GET", api.Prefix+bad, w.lead(), ""); r.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s, want 422", bad, r.status, r.body)
		}
	}
}

type problem struct {
	Type   string `json:"type"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
		Value    any    `json:"value"`
	} `json:"errors"`
}

func TestProblems(t *testing.T) {
	w := newWorld(t, "")
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		kind               fault.Kind
		field              string
	}{
		"not JSON":            {"POST", "/people", `{`, 400, fault.Invalid, ""},
		"a wrong type":        {"POST", "/people", `{"name":5,"starts_on":"2026-01-05"}`, 422, fault.Invalid, "body.name"},
		"an unknown member":   {"POST", "/people", `{"name":"A","starts_on":"2026-01-05","nonsense":1}`, 422, fault.Invalid, "body.nonsense"},
		"a missing member":    {"POST", "/people", `{"name":"A"}`, 422, fault.Invalid, "body"},
		"a rule of the noun":  {"POST", "/people", `{"name":" ","starts_on":"2026-01-05"}`, 422, fault.Invalid, "body.name"},
		"nothing there":       {"GET", "/people/per_none", "", 404, fault.NotFound, ""},
		"no such operation":   {"GET", "/nonsense", "", 404, fault.NotFound, ""},
		"too large":           {"POST", "/people", `{"name":"` + strings.Repeat("a", 2<<20) + `"}`, 413, fault.TooLarge, ""},
		"twice":               {"POST", "/checks/none/revisions/1/decision", `{"approve":true}`, 404, fault.NotFound, ""},
		"a secret in a value": {"POST", "/login", `{"email":"a@b.example","password":5,"name":"x"}`, 422, fault.Invalid, "body.password"},
	} {
		r := w.ask(c.method, api.Prefix+c.path, w.lead(), c.body)
		var p problem
		if err := json.Unmarshal(r.body, &p); err != nil || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", name, r.status, r.header.Get("Content-Type"), r.body)
			continue
		}
		if r.status != c.status || p.Status != c.status || p.Type != "urn:assay:problem:"+string(c.kind) || p.Detail == "" {
			t.Errorf("%s: %d %s, want %d %s", name, r.status, r.body, c.status, c.kind)
		}
		found := c.field == ""
		for _, e := range p.Errors {
			found = found || e.Location == c.field
			if e.Value != nil {
				t.Errorf("%s: what was sent comes back: %v", name, e.Value)
			}
		}
		if !found {
			t.Errorf("%s: %s does not name %s", name, r.body, c.field)
		}
	}
	if r := w.ask("DELETE", api.Prefix+"/people", w.lead(), ""); r.status != http.StatusMethodNotAllowed || r.header.Get("Allow") != "GET, POST" {
		t.Errorf("a method that the path does not take: %d, Allow %q", r.status, r.header.Get("Allow"))
	}
}

func TestSessionsAndOtherSites(t *testing.T) {
	w := newWorld(t, "")
	session := cookie + "=" + w.ours.sessions[access.RoleLead]
	if r := w.ask("GET", api.Prefix+"/self", "", "", "Cookie", session); r.status != 200 || !strings.Contains(string(r.body), `"door":"web"`) {
		t.Errorf("a session: %d %s", r.status, r.body)
	}
	body := `{"name":"Ada","starts_on":"2026-01-05"}`
	for name, header := range map[string][]string{
		"another site":   {"Cookie", session, "Sec-Fetch-Site", "cross-site"},
		"another origin": {"Cookie", session, "Origin", "https://evil.example"},
	} {
		if r := w.ask("POST", api.Prefix+"/people", "", body, header...); r.status != http.StatusForbidden {
			t.Errorf("a write from %s: %d %s, want 403", name, r.status, r.body)
		}
	}
	if r := w.ask("POST", api.Prefix+"/people", "", body, "Cookie", session, "Sec-Fetch-Site", "same-origin"); r.status != 200 {
		t.Errorf("a write from our own page: %d %s", r.status, r.body)
	}
	if r := w.ask("POST", api.Prefix+"/people", w.lead(), body, "Sec-Fetch-Site", "cross-site"); r.status != 200 {
		t.Errorf("a token vouches for itself: %d %s", r.status, r.body)
	}
	if r := w.ask("POST", api.Prefix+"/tokens", "", `{"name":"mine","days":7}`, "Cookie", session); r.status != 200 ||
		!strings.Contains(string(r.body), `"secret":"assay_`) {
		t.Errorf("a token of a person who signed in: %d %s", r.status, r.body)
	}
	if r := w.ask("GET", api.Prefix+"/self", "", "", "Cookie", cookie+"=wrong"); r.status != http.StatusUnauthorized {
		t.Errorf("a cookie that is none: %d", r.status)
	}
}

func TestLogin(t *testing.T) {
	w := newWorld(t, "")
	in := `{"email":"lead@ours.example","password":"` + password + `","name":"cli","role":"viewer","days":7}`
	r := w.ask("POST", api.Prefix+"/login", "", in)
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	token, _ := r.json(t)["secret"].(string)
	if got := w.ask("GET", api.Prefix+"/self", token, ""); got.status != 200 || !strings.Contains(string(got.body), `"role":"viewer"`) {
		t.Errorf("the token: %d %s", got.status, got.body)
	}
	for name, body := range map[string]string{
		"a wrong password":     strings.ReplaceAll(in, password, "moss-ladder-tin-oboe-418"),
		"an unknown address":   strings.ReplaceAll(in, "lead@ours", "nobody@ours"),
		"another organization": strings.ReplaceAll(in, `"name"`, `"org":"theirs","name"`),
	} {
		if got := w.ask("POST", api.Prefix+"/login", "", body); got.status != 401 && got.status != 404 && got.status != 429 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// What the host's console reads is in the trail; what others read through the
// API is not.
func TestConsoleReadsLeaveATrace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		who := access.Console(w.ours.org.ID)
		c := (&api.Server{Suite: w.suite}).Client(who)
		if _, err := api.Call[api.People](t.Context(), c, "person.list", &api.PeopleIn{}); err != nil {
			t.Fatal(err)
		}
		w.must("GET", "/people", "")
		grant, err := who.May(access.TrailRead)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.suite.DB.Read(t.Context(), grant, func(tx *db.Tx) error {
			list, err := trail.List(tx, trail.Filter{Action: "person.read"})
			if len(list) != 1 || list[0].Door != "console" || list[0].Label != "person.list" {
				t.Errorf("reads in the trail: %+v, want the console's one", list)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestClientFaults(t *testing.T) {
	w := newWorld(t, "")
	c := (&api.Server{Suite: w.suite}).Client(access.Actor{ID: "u", Org: w.ours.org.ID, Role: access.RoleViewer})
	_, err := api.Call[api.Person](t.Context(), c, "person.add", &api.PersonIn{})
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("a viewer adds a person: %v", err)
	}
	c = (&api.Server{Suite: w.suite}).Client(access.Console(w.ours.org.ID))
	_, err = api.Call[api.Person](t.Context(), c, "person.add", &api.PersonIn{Body: api.PersonFields{Name: " ", StartsOn: "2026-01-05"}})
	if !fault.Is(err, fault.Invalid) || len(fault.FieldsOf(err)) == 0 || fault.FieldsOf(err)[0].Name != "name" {
		t.Errorf("fields do not arrive: %v %v", err, fault.FieldsOf(err))
	}
	if _, err = c.Raw(t.Context(), "person.show", []byte(`{}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a parameter that is missing: %v", err)
	}
}

func FuzzBodies(f *testing.F) {
	for _, seed := range []string{``, `{}`, `[]`, `null`, `{"name":"A","starts_on":"2026-01-05"}`, `{"name":{"name":[]}}`, "\x00", `{"a":` + strings.Repeat("[", 2000)} {
		f.Add(uint8(0), seed)
	}
	w := newWorld(f, "")
	var writes []api.Operation
	for _, o := range api.Table() {
		if !o.Reads() && o.ID != "token.login" && o.ID != "connector.test" { // these call out or hash passwords
			writes = append(writes, o)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		here := *w
		here.t = t
		o := &writes[int(n)%len(writes)]
		path, _ := rows()[o.ID].request(o, nothingThere())
		r := here.ask(o.Method, path, w.lead(), body, "Content-Type", contentType(o))
		if r.status >= 500 {
			t.Errorf("%s %q: %d %s", o.ID, body, r.status, r.body)
		}
	})
}
