package scim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/db"
	"assay/internal/db/dbtest"
	"assay/internal/factor"
	"assay/internal/keys"
	"assay/internal/kit/clock"
	"assay/internal/kit/fault"
	"assay/internal/kit/secret"
	"assay/internal/org"
	"assay/internal/scim"
	"assay/internal/trail"
)

// house is a store with two organizations, the first with a directory.
type house struct {
	*testing.T
	auth   auth.Service
	scim   scim.Service
	hand   *clock.Hand
	ours   org.Org
	theirs org.Org
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB, hand *clock.Hand) {
		ring := keys.New(secret.NewKey(), t.TempDir())
		users, err := ring.Users(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		h := &house{T: t, hand: hand, auth: auth.Service{DB: d, Factors: factor.Service{Key: users}, Turns: make(chan struct{}, 2)}}
		h.scim = scim.Service{DB: d, Auth: h.auth, Own: func(_ *db.Tx, domain string) (bool, error) { return domain == "ours.example", nil }}
		orgs := org.Service{DB: d, Keys: ring}
		h.ours, err = orgs.Create(t.Context(), org.New{Name: "Ours", Zone: "Etc/UTC"})
		h.must(err)
		h.theirs, err = orgs.Create(t.Context(), org.New{Name: "Theirs", Zone: "Etc/UTC"})
		h.must(err)
		fn(h)
	})
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatalf("%v %v", err, fault.FieldsOf(err))
	}
}

func directory(o org.Org) access.Actor {
	return access.Actor{ID: "tok_1", Org: o.ID, Role: access.RoleJob, Door: access.DoorAPI, Scope: access.Scope(access.SCIMProvision)}
}

// ask sends a request and wants a status.
func (h *house) ask(status int, method, path, body string) map[string]any {
	h.Helper()
	return h.askAs(directory(h.ours), status, method, path, body)
}

func (h *house) askAs(who access.Actor, status int, method, path, body string) map[string]any {
	h.Helper()
	u, err := url.Parse(path)
	h.must(err)
	r, err := h.scim.Do(h.Context(), who, scim.Request{Method: method, Path: u.Path, Query: u.Query(), Body: []byte(body), Base: "https://a.example/scim/v2"})
	if err != nil || r.Status != status {
		h.Fatalf("%s %s %s: %d %s %v, want %d", method, path, body, r.Status, r.Body, err, status)
	}
	out := map[string]any{}
	if len(r.Body) > 0 {
		h.must(json.Unmarshal(r.Body, &out))
	}
	return out
}

func id(o map[string]any) string { s, _ := o["id"].(string); return s }

func total(o map[string]any) int { n, _ := o["totalResults"].(float64); return int(n) }

func (h *house) user(name string) string {
	h.Helper()
	return id(h.ask(201, "POST", "/Users", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"`+name+`@ours.example","name":{"givenName":"`+name+`","familyName":"Ours"}}`))
}

// role is a member's, empty for nobody.
func (h *house) role(email string) access.Role {
	h.Helper()
	list, err := h.auth.Users(h.Context(), access.Console(h.ours.ID))
	h.must(err)
	for i := range list {
		if list[i].Email == email {
			return list[i].Role
		}
	}
	return ""
}

func (h *house) signIn(email string) string {
	h.Helper()
	link, _, err := h.auth.Reset(h.Context(), email)
	h.must(err)
	o, err := h.auth.UseReset(h.Context(), link, "bicycle onion lantern", auth.From{Address: "192.0.2.1"})
	h.must(err)
	return o.Token
}

// TestDeprovisioningEndsWhatIsOpen deactivates somebody who is signed in and has a
// token, in each of the ways that directories do it.
func TestDeprovisioningEndsWhatIsOpen(t *testing.T) {
	each(t, func(h *house) {
		ctx := h.Context()
		for i, way := range []struct{ method, body string }{
			{"PATCH", `{"Operations":[{"op":"replace","path":"active","value":false}]}`},
			{"PATCH", `{"Operations":[{"op":"Replace","value":{"active":"False"}}]}`}, // as Entra says it
			{"PUT", `{"userName":"u2@ours.example","active":false}`},
			{"DELETE", ""},
		} {
			name := fmt.Sprintf("u%d", i)
			u := h.user(name)
			email := name + "@ours.example"
			session := h.signIn(email)
			who, err := h.auth.Actor(ctx, session, "", auth.From{})
			h.must(err)
			_, token, err := h.auth.AddToken(ctx, who, auth.NewToken{Name: "t", Role: access.RoleViewer, ExpiresAt: h.hand.Now().AddDate(0, 0, 9)})
			h.must(err)
			if _, err := h.auth.ActorByToken(ctx, token, auth.From{}); err != nil {
				t.Fatal(err)
			}
			status := 200
			if way.method == "DELETE" {
				status = 204
			}
			h.ask(status, way.method, "/Users/"+u, way.body)
			if _, err := h.auth.Actor(ctx, session, "", auth.From{}); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%v: the session: %v", way, err)
			}
			if _, err := h.auth.ActorByToken(ctx, token, auth.From{}); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%v: the token: %v", way, err)
			}
			if h.role(email) != "" {
				t.Errorf("%v: still a member", way)
			}
			if way.method == "DELETE" {
				h.ask(404, "GET", "/Users/"+u, "")
				continue
			}
			if o := h.ask(200, "GET", "/Users/"+u, ""); o["active"] != false {
				t.Errorf("%v", o)
			}
			h.ask(200, "PATCH", "/Users/"+u, `{"Operations":[{"op":"add","path":"active","value":true}]}`)
			if h.role(email) != access.RoleViewer {
				t.Errorf("%v: not back", way)
			}
			if _, err := h.auth.ActorByToken(ctx, token, auth.From{}); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%v: the token is back: %v", way, err)
			}
		}
	})
}

func TestUsersOfTheDirectory(t *testing.T) {
	each(t, func(h *house) {
		u := h.user("ada")
		o := h.ask(200, "GET", "/Users/"+u, "")
		meta, _ := o["meta"].(map[string]any)
		if o["userName"] != "ada@ours.example" || o["active"] != true || meta["location"] != "https://a.example/scim/v2/Users/"+u || h.role("ada@ours.example") != access.RoleViewer {
			t.Errorf("%v", o)
		}
		if e := h.ask(409, "POST", "/Users", `{"userName":"ADA@ours.example"}`); e["scimType"] != "uniqueness" {
			t.Errorf("%v", e)
		}
		for _, body := range []string{``, `[]`, `null`, `{}`, `{"userName":""}`, `{"userName":7}`, `{"userName":"ada"}`, `{"userName":"x@elsewhere.example"}`, `{"userName":"` + strings.Repeat("a", 300) + `@ours.example"}`} {
			h.ask(400, "POST", "/Users", body)
		}
		o = h.ask(200, "PUT", "/Users/"+u, `{"userName":"countess","externalId":"X1","displayName":"Countess","emails":[{"value":"old@ours.example"},{"value":"ada@ours.example","primary":true}],"password":"never kept","nickName":"x"}`)
		if o["displayName"] != "Countess" || o["externalId"] != "X1" || o["password"] != nil || o["nickName"] != nil || o["name"] != nil {
			t.Errorf("%v", o)
		}
		o = h.ask(200, "PATCH", "/Users/"+u, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
			{"op":"add","path":"name.familyName","value":"Lovelace"},{"op":"replace","path":"emails[value eq \"old@ours.example\"].value","value":"new@ours.example"},
			{"op":"add","path":"emails[type eq \"other\"].value","value":"other@ours.example"},{"op":"remove","path":"displayName"},
			{"op":"add","path":"urn:ietf:params:scim:schemas:core:2.0:User:title","value":"Mathematician"}]}`)
		if name, _ := o["name"].(map[string]any); name["familyName"] != "Lovelace" || o["title"] != "Mathematician" || o["displayName"] != nil {
			t.Errorf("%v", o)
		}
		if list, _ := o["emails"].([]any); len(list) != 3 || !strings.Contains(fmt.Sprint(list), "new@ours.example") {
			t.Errorf("%v", o["emails"])
		}
		for _, body := range []string{
			`{}`, `{"Operations":[]}`, `{"Operations":[{"op":"move","path":"active"}]}`, `{"Operations":[{"op":"remove"}]}`, `{"Operations":[{"op":"replace","path":"id","value":"x"}]}`,
			`{"Operations":[{"op":"replace","path":"emails[type eq","value":"x"}]}`, `{"Operations":[{"op":"replace","path":"userName","value":""}]}`,
			`{"Operations":[{"op":"replace","value":7}]}`, `{"Operations":[{"op":"replace","path":"emails[x pr].value","value":"x"}]}`,
		} {
			h.ask(400, "PATCH", "/Users/"+u, body)
		}
		// Another organization sees nothing, and reaches nothing.
		them := directory(h.theirs)
		if o := h.askAs(them, 200, "GET", "/Users", ""); total(o) != 0 {
			t.Errorf("%v", o)
		}
		h.askAs(them, 404, "GET", "/Users/"+u, "")
		h.askAs(them, 404, "DELETE", "/Users/"+u, "")
		h.askAs(them, 404, "PATCH", "/Users/"+u, `{"Operations":[{"op":"replace","path":"active","value":false}]}`)
		h.askAs(access.Console(h.ours.ID), 403, "GET", "/Users", "")
		h.ask(404, "GET", "/Users/none", "")
		h.ask(404, "GET", "/Users/"+u+"/x", "")
		h.ask(404, "GET", "/Nothing", "")
		h.ask(405, "DELETE", "/Users", "")
		h.ask(501, "GET", "/Me", "")
		h.ask(200, "GET", "/ServiceProviderConfig", "")
		h.ask(200, "GET", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", "")
		h.ask(200, "GET", "/ResourceTypes", "")
	})
}

func TestFiltersAndPages(t *testing.T) {
	each(t, func(h *house) {
		for _, name := range []string{"ada", "bob", "cyd", "dan", "eve"} {
			h.user(name)
		}
		h.ask(200, "PATCH", "/Users/"+h.user("fay"), `{"Operations":[{"op":"replace","path":"active","value":false},{"op":"add","path":"emails","value":[{"type":"work","value":"fay@ours.example"}]}]}`)
		for filter, want := range map[string]int{
			`userName eq "ADA@ours.example"`: 1, `userName eq "x"`: 0, `userName sw "a" or userName sw "b"`: 2, `not (userName sw "a")`: 5,
			`active eq false`: 1, `active eq true and userName co "@ours"`: 5, `name.givenName eq "bob"`: 1, `emails[type eq "work" and value co "fay"]`: 1,
			`emails.value eq "fay@ours.example"`: 1, `emails pr`: 1, `title pr`: 0, `userName gt "d"`: 3, `userName ne "ada@ours.example"`: 5,
			`urn:ietf:params:scim:schemas:core:2.0:User:userName ew "ours.example"`: 6, `meta.created ge "2000-01-01T00:00:00Z"`: 6, `(userName sw "a" or userName sw "b") and not (userName sw "b")`: 1,
			`externalId eq "none"`: 0,
		} {
			if o := h.ask(200, "GET", "/Users?filter="+url.QueryEscape(filter), ""); total(o) != want {
				t.Errorf("%s: %d, want %d", filter, total(o), want)
			}
		}
		for _, filter := range []string{`userName`, `userName eq`, `userName eq x`, `userName is "x"`, `(userName pr`, `userName pr)`, `emails[type pr`, `not userName pr`, `"x" eq "y"`, strings.Repeat("(", 50), strings.Repeat("x", 5000), `userName eq "x`} {
			h.ask(400, "GET", "/Users?filter="+url.QueryEscape(filter), "")
		}
		o := h.ask(200, "GET", "/Users?startIndex=3&count=2&attributes=userName", "")
		list, _ := o["Resources"].([]any)
		if total(o) != 6 || len(list) != 2 || o["startIndex"] != 3.0 {
			t.Errorf("%v", o)
		}
		if one, _ := list[0].(map[string]any); one["userName"] != "cyd@ours.example" || one["name"] != nil || one["id"] == nil {
			t.Errorf("%v", list[0])
		}
		for _, q := range []string{"startIndex=100", "count=0", "startIndex=-1&count=-1"} {
			if o := h.ask(200, "GET", "/Users?"+q, ""); total(o) != 6 || o["Resources"] == nil {
				t.Errorf("%s: %v", q, o)
			}
		}
		if o := h.ask(200, "POST", "/Users/.search", `{"filter":"userName sw \"e\"","count":5}`); total(o) != 1 {
			t.Errorf("%v", o)
		}
	})
}

func TestGroupsStandForRoles(t *testing.T) {
	each(t, func(h *house) {
		ctx, console := h.Context(), access.Console(h.ours.ID)
		lead, err := h.auth.Enroll(ctx, console, auth.New{Email: "lea@ours.example", Name: "Lea", Role: access.RoleLead})
		h.must(err)
		ada, bob, lea := h.user("ada"), h.user("bob"), h.user("lea")
		if h.role("lea@ours.example") != access.RoleLead {
			t.Error("the directory took a role that it did not give")
		}
		member := func(ids ...string) string {
			var list []string
			for _, one := range ids {
				list = append(list, `{"value":"`+one+`"}`)
			}
			return strings.Join(list, ",")
		}
		g := id(h.ask(201, "POST", "/Groups", `{"displayName":"Engineers","members":[`+member(ada)+`]}`))
		h.ask(409, "POST", "/Groups", `{"displayName":"Engineers"}`)
		h.ask(400, "POST", "/Groups", `{"displayName":"X","members":[{"value":"none"}]}`)
		h.ask(400, "POST", "/Groups", `{"members":[]}`)
		if _, err := h.scim.Groups(ctx, console); err != nil || h.role("ada@ours.example") != access.RoleViewer {
			t.Error(err)
		}
		h.must(h.scim.MapGroup(ctx, console, g, access.RoleOwner))
		if h.role("ada@ours.example") != access.RoleOwner {
			t.Error("the group does not give its role")
		}
		h.ask(200, "PATCH", "/Groups/"+g, `{"Operations":[{"op":"add","path":"members","value":[`+member(bob)+`]}]}`)
		h.ask(200, "PATCH", "/Groups/"+g, `{"Operations":[{"op":"remove","path":"members[value eq \"`+ada+`\"]"}]}`)
		if h.role("ada@ours.example") != access.RoleViewer || h.role("bob@ours.example") != access.RoleOwner {
			t.Errorf("%s %s", h.role("ada@ours.example"), h.role("bob@ours.example"))
		}
		h.ask(200, "PATCH", "/Groups/"+g, `{"Operations":[{"op":"remove","path":"members","value":[`+member(bob)+`]},{"op":"replace","value":{"displayName":"Makers"}}]}`)
		if h.role("bob@ours.example") != access.RoleViewer {
			t.Error("left the group, kept the role")
		}
		// Nobody changes their own role through a group, and the last lead stays one.
		h.ask(200, "PUT", "/Groups/"+g, `{"displayName":"Makers","members":[`+member(lea, ada)+`]}`)
		who := access.Actor{ID: lead.ID, Org: h.ours.ID, Role: access.RoleLead, Door: access.DoorWeb}
		if err := h.scim.MapGroup(ctx, who, g, access.RoleLead); !fault.Is(err, fault.Forbidden) {
			t.Error(err)
		}
		if h.role("lea@ours.example") != access.RoleLead || h.role("ada@ours.example") != access.RoleOwner {
			t.Errorf("%s %s", h.role("lea@ours.example"), h.role("ada@ours.example"))
		}
		if o := h.ask(200, "GET", "/Groups?filter="+url.QueryEscape(`displayName eq "makers"`)+"&excludedAttributes=members", ""); total(o) != 1 || strings.Contains(fmt.Sprint(o), "members") {
			t.Errorf("%v", o)
		}
		if o := h.ask(200, "GET", "/Users/"+ada, ""); !strings.Contains(fmt.Sprint(o["groups"]), "Makers") {
			t.Errorf("%v", o)
		}
		if err := h.scim.MapGroup(ctx, access.Console(h.theirs.ID), g, access.RoleLead); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		h.askAs(directory(h.theirs), 404, "GET", "/Groups/"+g, "")
		h.ask(204, "DELETE", "/Groups/"+g, "")
		if h.role("ada@ours.example") != access.RoleViewer {
			t.Error("the group is gone, the role is not")
		}
		// Deprovisioning does not stop at the last lead.
		h.ask(204, "DELETE", "/Users/"+lea, "")
		if h.role("lea@ours.example") != "" {
			t.Error("the last lead outlives the directory")
		}
	})
}

func TestBulk(t *testing.T) {
	each(t, func(h *house) {
		o := h.ask(200, "POST", "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
			{"method":"POST","path":"/Users","bulkId":"a","data":{"userName":"ada@ours.example"}},
			{"method":"POST","path":"/Groups","bulkId":"g","data":{"displayName":"G","members":[{"value":"bulkId:a"}]}},
			{"method":"PATCH","path":"/Users/bulkId:a","data":{"Operations":[{"op":"add","path":"title","value":"x"}]}},
			{"method":"POST","path":"/Users","bulkId":"b","data":{"userName":"b@elsewhere.example"}},
			{"method":"POST","path":"/Groups","bulkId":"h","data":{"displayName":"H","members":[{"value":"bulkId:b"}]}}]}`)
		list, _ := o["Operations"].([]any)
		var got []string
		for _, one := range list {
			m, _ := one.(map[string]any)
			got = append(got, fmt.Sprint(m["status"]))
		}
		if strings.Join(got, " ") != "201 201 200 400 400" {
			t.Errorf("%v", list)
		}
		if o := h.ask(200, "GET", "/Groups", ""); total(o) != 1 || !strings.Contains(fmt.Sprint(o), "ada@ours.example") {
			t.Errorf("%v", o)
		}
		o = h.ask(200, "POST", "/Bulk", `{"failOnErrors":1,"Operations":[{"method":"DELETE","path":"/Users/none"},{"method":"DELETE","path":"/Users/none"}]}`)
		if list, _ := o["Operations"].([]any); len(list) != 1 {
			t.Errorf("%v", list)
		}
		h.ask(400, "POST", "/Bulk", `{}`)
		h.ask(413, "POST", "/Bulk", `{"Operations":[`+strings.Repeat(`{"method":"DELETE"},`, 1000)+`{"method":"DELETE"}]}`)
	})
}

// FuzzDo holds that nothing a directory sends breaks the service.
func FuzzDo(f *testing.F) {
	for _, body := range []string{`{"Operations":[{"op":"add","path":"emails[type eq \"x\"].value","value":{"value":{}}}]}`, `{"userName":"a@ours.example","emails":[{"value":[]}],"name":7}`} {
		f.Add("PATCH", `userName eq "x" and (emails[type pr])`, body)
	}
	f.Fuzz(func(t *testing.T, method, filter, body string) {
		d, _ := dbtest.SQLite(t)
		ring := keys.New(secret.NewKey(), t.TempDir())
		o, err := org.Service{DB: d, Keys: ring}.Create(t.Context(), org.New{Name: "Ours", Zone: "Etc/UTC"})
		if err != nil {
			t.Fatal(err)
		}
		s := scim.Service{DB: d, Auth: auth.Service{DB: d}, Own: func(*db.Tx, string) (bool, error) { return true, nil }}
		made, err := s.Do(t.Context(), directory(o), scim.Request{Method: "POST", Path: "/Users", Body: []byte(`{"userName":"a@b.example","emails":[{"value":"a@b.example","type":"work"}]}`)})
		if err != nil || made.Status != 201 {
			t.Fatalf("%d %s %v", made.Status, made.Body, err)
		}
		var u struct{ ID string }
		if err := json.Unmarshal(made.Body, &u); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/Users/" + u.ID, "/Users", "/Groups", "/Bulk"} {
			r, err := s.Do(t.Context(), directory(o), scim.Request{Method: method, Path: path, Query: url.Values{"filter": {filter}}, Body: []byte(body)})
			if err != nil || r.Status >= 500 && r.Status != 501 {
				t.Errorf("%s %s: %d %v", method, path, r.Status, err)
			}
		}
	})
}

// TestRefusalsAreInTheTrail: what a directory was refused is told to the organization.
func TestRefusalsAreInTheTrail(t *testing.T) {
	each(t, func(h *house) {
		h.ask(400, "POST", "/Users", `{"userName":"x@elsewhere.example"}`)
		h.ask(404, "DELETE", "/Users/scu_none", "")
		h.ask(404, "GET", "/Users/scu_none", "")
		h.ask(200, "POST", "/Bulk", `{"Operations":[{"method":"DELETE","path":"/Users/scu_bulk"}]}`)
		less := directory(h.ours)
		less.Scope = access.Scope(access.PersonRead)
		h.askAs(less, 403, "GET", "/Users", "")
		g, err := access.Console(h.ours.ID).May(access.TrailRead)
		h.must(err)
		var got []string
		h.must(h.auth.DB.Read(h.Context(), g, func(tx *db.Tx) error {
			list, err := trail.List(tx, trail.Filter{Action: "scim.refuse"})
			for _, e := range slices.Backward(list) {
				got = append(got, e.Detail["asked"])
			}
			return err
		}))
		if want := []string{"POST /Users", "DELETE /Users/scu_none", "DELETE /Users/scu_bulk", "GET /Users"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
