package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
	"assay/internal/person"
)

func TestPeople(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/people").says(200, "Nobody is in the register yet", "/people/import", "/people/new")
	lead.get("/people/new").says(200, "First day of work")
	lead.post("/people/new", "name", "", "email", "ann", "starts_on", "tomorrow", "title", "Nurse").says(422, "Write the day as YYYY-MM-DD", "Nurse", `value="tomorrow"`)
	lead.post("/people/new", "name", "", "email", "ann", "starts_on", "2026-01-01", "title", "Nurse").says(422, "person&#39;s name", "Nurse", "2026-01-01")
	at := lead.post("/people/new", "name", "Ann <b>Moss</b>", "email", "ann@larkspur.example", "starts_on", "2026-01-01", "employment", "contractor").goes("/people/per_")
	lead.get(at).says(200, "Ann &lt;b&gt;Moss", "is in the register", "ann@larkspur.example", "1 Jan 2026", "!<b>Moss")
	lead.post("/people/new", "name", "Other", "email", "ann@larkspur.example", "starts_on", "2026-01-01").says(http.StatusConflict, "Somebody else has this mail address")
	lead.get(at+"/edit").says(200, "ann@larkspur.example")
	lead.post(at+"/edit", "name", "Ann Moss", "email", "ann@larkspur.example", "starts_on", "2026-01-01", "ends_on", "2025-01-01").says(422, "The last day is before the first.", "2025-01-01")
	lead.post(at+"/edit", "name", "Ann Moss", "email", "ann@larkspur.example", "starts_on", "2026-01-01", "ends_on", "2026-07-01").goes(at)
	lead.get(at).says(200, "Leaving", "1 Jul 2026", "ends on:")
	lead.get("/people?q=moss&state=leaving").says(200, "Ann Moss", "until 1 Jul 2026")
	lead.get("/people?q=nobody").says(200, "Nobody matches")
	lead.get("/people?format=csv").says(200, "external_id,name", "Ann Moss")
	lead.get("/people?format=json").says(200, `"ends_on": "2026-07-01"`)

	viewer := h.as(access.RoleViewer)
	viewer.get("/people").says(200, "Ann Moss", "!/people/new")
	viewer.get(at).says(200, "!/edit")
	viewer.get(at + "/edit").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get(at).says(http.StatusNotFound)
	other.get(at + "/edit").says(http.StatusNotFound)
	other.post(at+"/edit", "name", "X", "starts_on", "2026-01-01").says(http.StatusNotFound)
	h.closed("/people/new")
	h.closed(at + "/edit")
}

func TestImportingPeople(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/people/import").says(200, "external_id, name", "Only look", "/people/import/template")
	if g := lead.get("/people/import/template").says(200, "external_id,name"); g.header.Get("Content-Disposition") == "" {
		t.Error("the template is not a download")
	}
	lead.upload("/people/import", "", "").says(422, "Choose a file.")
	lead.upload("/people/import", "p.csv", "name\nAnn\n").says(422, "no column")
	const rows = "name,starts_on,email\nAnn Moss,2026-01-01,ann@larkspur.example\nBo,01/02/2026,bo@larkspur.example\n"
	lead.upload("/people/import", "p.csv", rows).says(200, "1 of 2 rows would be taken", "is not a date", "Nothing is saved yet")
	lead.get("/people").says(200, "Nobody is in the register yet")
	lead.upload("/people/import", "p.csv", rows, "apply", "1").says(200, "1 of 2 rows were taken", ">3<", "starts_on")
	lead.upload("/people/import", "p.csv", "name,starts_on\nBo,2026-02-01\n", "apply", "1").goes("/people")
	l, err := h.suite.People.List(t.Context(), h.console(), person.Filter{})
	h.must(err)
	if l.Total != 2 {
		t.Errorf("%d people", l.Total)
	}
	h.as(access.RoleOwner).get("/people/import").says(http.StatusForbidden)
	h.closed("/people/import")
}
