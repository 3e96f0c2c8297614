package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
)

func TestRisks(t *testing.T) {
	h := newSite(t)
	lead, second := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	lead.get("/risks").says(200, "No risk is written down yet", "/risks/starters", "/risks/import", "What could keep the organization")
	lead.get("/risks/starters").says(200, "Former staff or contractors keep access", "Fraud")
	lead.post("/risks/starters").says(422, "Choose at least one")
	lead.post("/risks/starters", "starters", "RS-05").goes("/risks")
	lead.get("/risks/starters").says(200, "It is in the register already")
	lead.get("/risks/new").says(200, "Likelihood before controls", "almost certain")
	lead.post("/risks/new", "title", "", "likelihood", "9", "impact", "4", "event", "<b>x</b>").says(422, "This is needed", "Choose one of: 1, 2, 3, 4, 5", "&lt;b&gt;x&lt;/b&gt;")
	at := lead.post("/risks/new", "title", "Zebra <i>risk</i>", "category", "fraud", "likelihood", "4", "impact", "4", "controls", "iam-03", "event", "# Head\n\n<script>alert(1)</script>", "external_id", "X-1").goes("/risks/R-02")
	lead.get(at).says(200, "Zebra &lt;i&gt;risk&lt;/i&gt;", "!<script>alert", "above the appetite of 9", "IAM-03", "major, likely", "X-1")
	lead.get("/risks").says(200, "2 of 2 risks", "are above appetite", "residual_likelihood=4&amp;residual_impact=4", "No assessment was written down yet")
	lead.get("/risks?residual_likelihood=4&residual_impact=4").says(200, "R-02", "!R-01")
	lead.get("/risks?q=zebra&format=csv").says(200, "Zebra <i>risk</i>", "!RS-05")
	lead.get("/risks?format=json").says(200, `"above_appetite": true`)
	lead.get("/risks?format=xml").says(422)
	lead.get("/risks?sort=plan").says(422)
	lead.get("/risks?owner=nobody").says(200, "No risk matches")

	lead.get(at+"/edit").says(200, `name="version" value="1"`)
	lead.post(at+"/edit", "version", "1", "title", "Zebra", "category", "fraud", "likelihood", "4", "impact", "4", "residual_likelihood", "5").says(422, "not above that before controls")
	lead.post(at+"/edit", "version", "1", "title", "Zebra", "category", "fraud", "likelihood", "4", "impact", "4", "residual_likelihood", "3").goes(at)
	second.post(at+"/edit", "version", "1", "title", "Lost?", "category", "fraud", "likelihood", "1", "impact", "1").says(http.StatusConflict, "while you were at it", `value="Lost?"`)
	lead.get(at+"?tab=versions").says(200, "<del>likely</del>", "<ins>possible</ins>", "Version 2")
	lead.get(at+"?tab=history").says(200, "risk.edit")

	lead.get(at+"/propose").says(200, "Accepted until")
	lead.post(at+"/propose", "reason", "We can bear it.", "accepted_until", "2029-01-01").says(422, "at most a year ahead", "We can bear it.")
	lead.post(at+"/propose", "reason", "We can bear it.", "accepted_until", "2026-12-31").goes(at)
	lead.post(at + "/accept").says(http.StatusForbidden)
	lead.get("/tasks").says(200, "!Decide on R-02")
	second.get("/tasks").says(200, "Decide on R-02")
	second.get(at).says(200, "Accept the risk", at+"/accept")
	second.post(at+"/accept", "accepted_until", "2026-12-31").goes(at)
	second.get(at).says(200, "Accepted to 31 Dec 2026")
	second.get(at + "/accept").says(http.StatusConflict)

	lead.post(at+"/archive", "reason", "").says(422, "Say why")
	lead.post(at+"/archive", "reason", "Twice.").goes("/risks")
	lead.get("/risks").says(200, "is archived", at+"/restore")
	lead.get("/risks?archived=1").says(200, "Zebra")
	lead.get(at).says(200, "Bring back", "Twice.")
	lead.post(at + "/restore").goes(at)
	lead.get("/search?q=zebra").says(200, "R-02")
	lead.get("/search?q=R-02").goes("/risks/R-02")

	viewer := h.as(access.RoleViewer)
	viewer.get(at).says(200, "Zebra", "!/edit", "!/archive")
	viewer.get(at + "/edit").says(http.StatusForbidden)
	viewer.get("/risks/settings").says(http.StatusForbidden)
	viewer.post("/risks/new", "title", "x").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get(at).says(http.StatusNotFound)
	other.get("/risks?q=zebra").says(200, "!Zebra <")
}

func TestTheMatrixIsTheOrganizationsOwn(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.post("/risks/new", "title", "One", "category", "legal", "likelihood", "2", "impact", "3").goes("/risks/R-01")
	lead.get("/risks/settings").says(200, "Appetite", "rare; unlikely")
	lead.post("/risks/settings", "likelihood_labels", "low; mid; high", "impact_labels", "low; mid; high", "medium_from", "3", "high_from", "x", "severe_from", "9", "appetite", "5").says(422, "whole number")
	lead.post("/risks/settings", "likelihood_labels", "low; high", "impact_labels", "low; mid; high", "medium_from", "6", "high_from", "3", "severe_from", "9", "appetite", "5").
		says(422, "Give 3 to 7 steps; these are 2.", "It begins above 6, where the level below it does.")
	lead.post("/risks/new", "title", "Two", "category", "legal", "likelihood", "5", "impact", "3").goes("/risks/R-02")
	lead.post("/risks/settings", "likelihood_labels", "low; mid; often", "impact_labels", "low; mid; grave", "medium_from", "3", "high_from", "6", "severe_from", "9", "appetite", "5").
		says(422, "Likelihood before controls: a step that would be gone is in use, by R-02.")
	lead.post("/risks/R-02/edit", "version", "1", "title", "Two", "category", "legal", "likelihood", "1", "impact", "1").goes("/risks/R-02")
	lead.post("/risks/settings", "likelihood_labels", "low; mid; often", "impact_labels", "low; mid; grave", "medium_from", "3", "high_from", "6", "severe_from", "9", "appetite", "5").goes("/risks")
	lead.get("/risks").says(200, "Often", "Grave", "1 of 2 risks", "!almost certain")
	lead.get("/risks?level=high").says(200, "R-01")
}

func TestAssessments(t *testing.T) {
	h := newSite(t)
	lead, second := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	lead.post("/risks/starters", "starters", "RS-01").goes("/risks")
	at := lead.post("/risk-assessments/new", "title", "Annual assessment 2026", "held_on", "2026-06-10", "fraud_considered", "no").goes("/risk-assessments/RA-01")
	lead.post(at+"/submit").says(422, "An assessment considers it", "Say what came out of it")
	lead.post(at+"/edit", "version", "1", "title", "Annual assessment 2026", "held_on", "2026-06-10", "fraud_considered", "yes", "change_considered", "yes", "vendors_considered", "yes", "conclusion", "One is above appetite.").goes(at)
	lead.post(at + "/submit").goes(at)
	lead.post(at + "/sign").says(http.StatusForbidden)
	second.post(at + "/sign").goes(at)
	lead.get(at).says(200, "Signed", "entry of the log", "!/edit")
	lead.get(at+"/snapshot").says(200, `"records":[{"id":"R-01"`)
	lead.get(at + "/edit").says(200)
	lead.post(at+"/edit", "version", "4", "title", "x", "held_on", "2026-06-10").says(http.StatusConflict, "not changed any more")
	lead.get("/risks").says(200, "Annual assessment 2026", "Signed, and the register frozen")
}

func TestRisksFromAFile(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/risks/import").says(200, "residual_likelihood", "semicolons")
	lead.get("/risks/import/template").says(200, "title,category,event", "Account takeover of an employee")
	lead.upload("/risks/import", "", "").says(422, "Choose a file")
	file := "title,category,likelihood,impact\nOne,fraud,2,2\nTwo,none,2,9\n"
	lead.upload("/risks/import", "a.csv", file).says(200, "1 of 2 rows would be taken", "Nothing is saved yet", "category")
	lead.upload("/risks/import", "a.csv", file, "apply", "1").says(200, "1 of 2 rows were taken", "Refused")
	lead.upload("/risks/import", "a.csv", "\x00\xff").says(422, "not UTF-8")
	lead.upload("/risks/import", "a.csv", strings.Split(file, "\nTwo")[0], "apply", "1").goes("/risks")
	lead.get("/risks").says(200, "0 added, 0 changed, 1 as before")
}
