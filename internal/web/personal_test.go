package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
)

// Somebody leaves, asks what is kept, and is erased; a lead does it by pages.
func TestPersonalData(t *testing.T) {
	h := newSite(t)
	lead, kim := h.as(access.RoleLead), h.as(access.RoleViewer)
	kim.get("/settings/me").says(200, "What is kept of you", `href="/settings/me/kept"`)
	kim.get("/settings/me/kept").says(200, `"name": "Kim viewer"`, `"devices"`)
	kim.get("/settings/personal").says(http.StatusForbidden)
	kim.get("/settings/personal/" + lead.id + "/kept").says(http.StatusForbidden)
	lead.get("/settings/personal").says(200, "No name of a user who left", `value="0"`)
	lead.post("/settings/personal", "months", "3").says(422, "Give 12 to 240 months")
	lead.post("/settings/personal", "months", "x").says(422, "Give 12 to 240 months")
	lead.post("/settings/personal", "months", "24").goes("/settings/personal")
	at := "/settings/personal/" + kim.id
	lead.get(at).says(http.StatusNotFound)
	lead.get("/settings/users/"+kim.id).says(200, at+"/kept")
	lead.get(at+"/kept").says(200, `"name": "Kim viewer"`, `!"devices"`)
	lead.post("/settings/users/"+kim.id+"/remove", "confirm", "viewer@larkspur.example").goes("/settings/users")
	lead.get("/settings/personal").says(200, "Kim viewer", at, `value="24"`)
	lead.get(at).says(200, "Erase Kim viewer?", "It cannot be undone")
	lead.post(at, "basis", "request", "why", " ", "confirm", "Kim viewer").says(422, "Say why")
	lead.post(at, "basis", "request", "why", "Asked.", "confirm", "Kim").says(422, "This is not the name")
	lead.post(at, "basis", "request", "why", "Kim viewer asked on 3 March.", "confirm", "Kim viewer").goes("/settings/personal")
	lead.get("/settings/personal").says(200, "Erased from", "No name of a user who left")
	lead.post(at, "basis", "request", "why", "Again.").says(http.StatusNotFound)
	if page := lead.get("/log?limit=200").says(200, "user.erase"); strings.Contains(page.body, "Kim viewer") {
		t.Error("the name is in the log's page")
	}
	lead.post("/log/verify").says(200, "!Differs")
	theirs := h.in(h.newOrg("Heron"), access.RoleLead, "")
	theirs.get(at + "/kept").says(http.StatusNotFound)
	theirs.get("/settings/personal/" + lead.id + "/kept").says(http.StatusNotFound)
}
