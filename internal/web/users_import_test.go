package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
)

func TestPeopleAreInvitedFromAFile(t *testing.T) {
	h := newSite(t)
	lead, owner := h.as(access.RoleLead), h.as(access.RoleOwner)
	owner.get("/settings/users/import").says(http.StatusForbidden)
	owner.upload("/settings/users/import", "a.csv", "name,email,role\nAda,ada@larkspur.example,viewer\n", "apply", "1").says(http.StatusForbidden)
	lead.get("/settings/users").says(200, "/settings/users/import")
	lead.get("/settings/users/import").says(200, "Only look", "name, email, role, until")
	lead.get("/settings/users/import/template").says(200, "name,email,role,until")
	lead.upload("/settings/users/import", "", "").says(http.StatusUnprocessableEntity, "Choose a file.")
	lead.upload("/settings/users/import", "a.csv", "name,role\n").says(http.StatusUnprocessableEntity, "has no column &#34;email&#34;")
	file := "name,email,role\nAda <b>,ada@larkspur.example,viewer\nBen,ben@larkspur.example,<i>king</i>\n"
	lead.upload("/settings/users/import", "a.csv", file).says(200, "1 of 2 rows would be invited", "Choose one of", "ben@larkspur.example", "!/invite/", "!<i>")
	lead.get("/settings/users").says(200, "!ada@larkspur.example")
	lead.upload("/settings/users/import", "a.csv", file, "apply", "1").says(200, "1 of 2 rows were invited", "/invite/", "shown only now")
	lead.get("/settings/users").says(200, "ada@larkspur.example")
	lead.upload("/settings/users/import", "a.csv", file, "apply", "1").says(200, "0 of 2 rows were invited", "!/invite/")
}
