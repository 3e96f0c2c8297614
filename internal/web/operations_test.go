package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/collect"
)

func TestVendors(t *testing.T) {
	h := newSite(t)
	lead, second := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	lead.get("/vendors").says(200, "No vendor is written down yet")
	at := lead.post("/vendors/new", "title", "Northwind", "criticality", "1", "method", "carve_out", "data", "personal").goes("/vendors/V-01")
	second.post(at+"/approve").says(422, "This is needed first", "watched by a control")
	lead.get(at).says(200, "no control watches it", "No report of theirs")
	lead.post("/vendor-expectations/new", "title", "remove leavers", "vendor", "V-01").goes(at)
	lead.post("/vendor-reports/new", "title", "SOC 2", "vendor", "V-01", "form", "soc2_type2", "from", "2026-02-01", "to", "2026-01-01").says(422, "before the first day")
	lead.post("/vendor-reports/new", "title", "SOC 2", "vendor", "V-01", "form", "soc2_type2", "from", "2025-02-01", "to", "2026-01-31", "opinion", "qualified").goes(at)
	lead.get(at).says(200, "1 of 1 thing", "VS-01", "VE-01", "31 Jan 2026", "qualified")
	h.in(h.newOrg("Rival"), access.RoleLead, "").get(at).says(http.StatusNotFound)
}

func TestDescription(t *testing.T) {
	h := newSite(t)
	lead, second := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	lead.get("/description").says(200, "Begin with the services")
	lead.post("/description/new", "title", "Services", "criterion", "DC1", "text", "By {{controls:IAM-03}}.").says(422, "refers to nothing that there is")
	at := lead.post("/description/new", "title", "Services", "criterion", "DC1", "text", "{{org:name}} runs {{control:ZZZ-99}}.").goes("/description/SD-01")
	lead.post(at + "/approve").says(http.StatusForbidden)
	second.post(at+"/approve").says(422, "{{control:ZZZ-99}} is not on record")
	lead.post(at+"/edit", "version", "1", "title", "Services", "criterion", "DC1", "text", "{{org:name}} takes orders.").goes(at)
	second.post(at + "/approve").goes(at)
	lead.get(at).says(200, "Approved", "Version 3")
	lead.post(at+"/edit", "version", "3", "title", "Other", "criterion", "DC1", "text", "x").says(http.StatusConflict)
	lead.post(at+"/revise", "reason", "Another service.").goes(at)
	lead.post("/user-controls/new", "title", "lock the door", "sort", "complementary").says(422, "Name the criterion that would fail", "Say why our own controls")
	lead.post("/user-controls/new", "title", "lock the door", "sort", "complementary", "criteria", "CC6.4", "why", "It is theirs.").goes("/user-controls/UC-01")
	h.in(h.newOrg("Rival"), access.RoleLead, "").get(at).says(http.StatusNotFound)
	h.as(access.RoleViewer).get("/description/new").says(http.StatusForbidden)
}

func TestIncidents(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/").says(200, "Declare an incident")
	lead.post("/incidents/new", "title", "Down", "detected_at", "2027-01-01 10:00", "customers", "many", "data", "none").says(422, "It lies ahead")
	at := lead.post("/incidents/new", "title", "Down", "detected_at", "2026-06-15 08:00", "customers", "many", "data", "none").goes("/incidents/IN-01")
	lead.get(at).says(200, "1 critical", "Customers told", "running")
	lead.post(at+"/resolve", "contained_at", "2026-06-15 08:10", "restored_at", "2026-06-15 07:00").says(422, "before the incident began")
	lead.post(at+"/resolve", "contained_at", "2026-06-15 08:10", "restored_at", "2026-06-15 08:20").goes(at)
	lead.post("/incident-events/new", "title", "Seen", "incident", "IN-01", "at", "2026-06-15 08:00", "sort", "seen").goes(at)
	lead.post(at+"/close", "reason", "Held.", "cause", "A change.", "lessons", "Test.", "disclose", "no").says(422, "who was in charge")
	lead.get(at).says(200, "20m", "IE-01", "not recorded")
	lead.get("/incidents").says(200, "1 incident", "not closed")
	h.as(access.RoleViewer).get("/incidents/new").says(http.StatusForbidden)
}

func TestContinuity(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/continuity").says(200, "Begin with the stores that hold")
	lead.post("/continuity/new", "title", "Orders", "sort", "data", "within", "soon", "months", "3").says(422, "Write a span such as 4h")
	at := lead.post("/continuity/new", "title", "Orders", "sort", "data", "within", "4h", "loss", "1h", "months", "3").goes("/continuity/RT-01")
	lead.get(at).says(200, "never tested", "!It took")
	lead.get("/continuity").says(200, "of 1 it is not known")
	try := func(day string, more ...string) got {
		return lead.post("/recovery-tests/new", append([]string{"title", "Restored", "recovery", "RT-01", "form", "restore", "held_on", day, "whole", "yes"}, more...)...)
	}
	try("2027-01-01").says(422, "It lies ahead")
	try("2026-06-01", "took", "5h", "lost", "0m").goes(at)
	lead.get(at).says(200, "1 June 2026", "did not meet the target")
	try("2026-06-10", "took", "41m").goes(at) // what was lost is not said
	lead.get("/continuity").says(200, "of 1 it is not known", "!missed")
	try("2026-06-12", "took", "41m", "lost", "0m").goes(at)
	lead.get(at).says(200, "41m", "of 4h", "!did not meet")
	lead.get("/continuity").says(200, "1 target", "met by the newest test", "12 Sep 2026")
	h.as(access.RoleViewer).get("/continuity/new").says(http.StatusForbidden)
	h.in(h.newOrg("Rival"), access.RoleLead, "").get(at).says(http.StatusNotFound)
}

// The firm takes requests from the library, the organization answers one with a
// document, and the firm returns it.
func TestRequests(t *testing.T) {
	h := newSite(t)
	lead, auditor, viewer := h.as(access.RoleLead), h.as(access.RoleAuditor), h.as(access.RoleViewer)
	auditor.get("/requests").says(200, "No request is written down yet")
	auditor.get("/requests/starters").says(http.StatusNotFound, "no engagement under way")
	at := lead.post("/engagements/new", "title", "FY26", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-01-01", "to", "2026-12-31").goes("/engagements/EN-01")
	auditor.get("/requests/starters").says(200, "EN-01", "does not fit", "Scope confirmation")
	lead.post("/controls/adopt", "effective_on", "2026-01-01", "control", "GOV-07").goes("/controls")
	auditor.post("/requests/starters", "of", "EN-01", "starters", "R-001", "starters", "R-011").goes("/requests?engagement=EN-01")
	lead.upload("/requests/RQ-02/submit", "report.txt", "Last year's.\n", "answer", "").says(422, "Name the controls that it serves")
	viewer.get("/requests").says(200, "2 of 2 requests", "for the organization to answer", "!/requests/new")
	viewer.get("/requests/RQ-01/submit").says(http.StatusForbidden)
	viewer.post("/requests/RQ-01/submit", "answer", "x").says(http.StatusForbidden)
	lead.get("/requests/RQ-01/submit").says(200, "A document of yours", "multipart/form-data")
	lead.post("/requests/RQ-01/submit", "answer", "").says(422, "Name evidence or a population, or answer in words.")
	lead.upload("/requests/RQ-01/submit", "scope.txt", "The service Orders, all of it.\n", "answer", "").goes("/requests/RQ-01")
	lead.get("/requests/RQ-01").says(200, "Answered", "/evidence/")
	auditor.post("/requests/RQ-01/return", "reason", "Which locations?").goes("/requests/RQ-01")
	lead.get("/requests/RQ-01").says(200, "Which locations?", "The firm wants more")
	lead.get(at).says(200, "Requests left", "RQ-01", "Answers returned")
	lead.get("/evidence").says(200, "Scope confirmation")
	h.in(h.newOrg("Rival"), access.RoleAuditor, "").get("/requests/RQ-01").says(http.StatusNotFound)
}

// What was not collected cannot be captured, dates can; a lead freezes nothing.
func TestPopulations(t *testing.T) {
	h := newSite(t)
	lead, auditor, viewer := h.as(access.RoleLead), h.as(access.RoleAuditor), h.as(access.RoleViewer)
	lead.post("/engagements/new", "title", "FY26", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-01-01", "to", "2026-01-31").goes("/engagements/EN-01")
	lead.get("/populations").says(200, "No population is written down yet")
	lead.post("/populations/new", "title", "Changes", "engagement", "EN-01", "facts", "github.nothing").goes("/engagements/EN-01")
	lead.post("/populations/PO-01/capture").says(422, "No connection ever told of the kind")
	lead.get("/populations/PO-01").says(200, "not captured yet")
	lead.get("/populations/PO-01/items").says(http.StatusNotFound)
	auditor.post("/populations/new", "title", "Days", "engagement", "EN-01", "facts", "date.day").goes("/engagements/EN-01")
	auditor.post("/populations/PO-02/capture").goes("/populations/PO-02")
	auditor.get("/populations/PO-02").says(200, "31 items", "Reconciliation", "2026-01-01", "The first 25; the files have all.")
	lead.post("/populations/PO-02/reconcile", "second_source", "Calendar", "second_count", "30").says(422, "say why")
	lead.post("/populations/PO-02/reconcile", "second_source", "Calendar", "second_count", "31").goes("/populations/PO-02")
	lead.post("/populations/PO-02/freeze", "reliability", "Looked at.").says(http.StatusForbidden)
	auditor.post("/populations/PO-02/freeze", "reliability", "Looked at.").goes("/populations/PO-02")
	viewer.get("/populations").says(200, "1 of 2 populations", "frozen")
	viewer.get("/populations/PO-02/items?format=csv").says(200, "2026-01-31")
	viewer.get("/populations/PO-02/items?format=pdf").says(422)
	h.in(h.newOrg("Rival"), access.RoleAuditor, "").get("/populations/PO-02/items").says(http.StatusNotFound)
}

func TestEngagements(t *testing.T) {
	h := newSite(t)
	lead, auditor := h.as(access.RoleLead), h.as(access.RoleAuditor)
	lead.get("/engagements").says(200, "No engagement is written down yet")
	at := lead.post("/engagements/new", "title", "FY26", "type", "type2", "categories", "security; privacy", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-01-01", "to", "2026-12-31").goes("/engagements/EN-01")
	lead.post(at + "/propose").goes(at)
	auditor.get("/engagements/new").says(http.StatusForbidden)
	auditor.get(at).says(200, "accepts or declines", "Stages", "/engagements/EN-01/accept")
	lead.get(at + "/accept").says(http.StatusForbidden)
	auditor.post(at+"/accept", "independence", "Looked at.").goes(at)
	lead.post(at+"/edit", "title", "FY26", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2026-01-01", "to", "2026-12-31").says(422, "fixed since")
	lead.get("/engagements").says(200, "1 engagement", "under way")
	rival := h.in(h.newOrg("Rival"), access.RoleAuditor, "")
	rival.get(at).says(http.StatusNotFound)

	owner := h.as(access.RoleOwner)
	auditor.get(at).says(200, at+"/workpapers", "!"+at+"/roll-forward", "!/report?format")
	lead.get(at+"/workpapers").says(200, "PK", "workpapers/requests.csv")
	owner.get(at + "/workpapers").says(http.StatusForbidden)
	lead.get(at+"/report").says(http.StatusNotFound, "no such file")
	owner.get(at + "/report").says(http.StatusForbidden)
	lead.get(at).says(200, at+"/roll-forward")
	lead.get(at+"/roll-forward").says(200, "Begin the next one", "Why before this one has ended")
	auditor.get(at + "/roll-forward").says(http.StatusForbidden)
	auditor.post(at+"/roll-forward", "reason", "Early.").says(http.StatusForbidden)
	lead.post(at+"/roll-forward").says(422, "Say why the next one begins before that")
	lead.post(at+"/roll-forward", "reason", "Early.", "from", "soon").says(422, "Give a day such as")
	lead.post(at+"/roll-forward", "reason", "Early.").goes("/engagements/EN-02")
	lead.get("/engagements/EN-02").says(200, "Compared with EN-01", "0, before 0")
	lead.post(at+"/roll-forward", "reason", "Again.").says(http.StatusConflict, "EN-02 follows EN-01 already")
	for _, path := range []string{"/workpapers", "/report", "/roll-forward"} {
		rival.get(at + path).says(map[bool]int{true: http.StatusForbidden, false: http.StatusNotFound}[path == "/roll-forward"])
	}
}

// A review is decided page by page, never on one's own account, and signed at the
// end; nobody else sees it.
func TestAccessReviews(t *testing.T) {
	h := newSite(t)
	lead, owner, viewer := h.as(access.RoleLead), h.as(access.RoleOwner), h.as(access.RoleViewer)
	lead.get("/access-reviews").says(200, "No access review is written down yet", "Plan one for each quarter")
	lead.post("/access-reviews/new", "title", "First quarter", "due_on", "2026-12-31", "power", "any").goes("/access-reviews/AR-01")
	lead.post("/access-reviews/AR-01/begin").says(http.StatusConflict, "There is no account to review")
	lead.get("/access-reviews/AR-01/accounts").says(http.StatusNotFound, "not begun yet")

	_, err := h.suite.Connectors.DeclareKind(t.Context(), h.console(), []byte(logins))
	h.must(err)
	file, err := h.suite.Connectors.Spool(t.Context(), strings.NewReader("login,mail,can\nann,ann@larkspur.example,true\n<b>sync</b>,,true\n"))
	h.must(err)
	defer func() { _ = file.Close() }()
	_, err = h.suite.Connectors.Import(t.Context(), h.console(), collect.Upload{Kind: "acme.login", Name: "l.csv", File: file})
	h.must(err)
	lead.post("/access-reviews/AR-01/begin").goes("/access-reviews/AR-01")
	lead.get("/access-reviews/AR-01").says(200, "0 of 2 accounts", "Decide on accounts", "Logins of the shop")
	at := "/access-reviews/AR-01/accounts"
	lead.get(at).says(200, "&lt;b&gt;sync", "New since the last review", "Save decisions", "!<b>sync")
	viewer.get(at).says(200, "sync", "!Save decisions")
	ann, sync := strings.TrimPrefix(h.accountCalled("ann"), "/accounts/"), strings.TrimPrefix(h.accountCalled("sync"), "/accounts/")
	lead.post(at).goes(at)
	lead.post(at, "v."+ann, "change", "n."+ann, "", "v."+sync, "keep").says(422, "Say what ann is to be changed to", "Nothing was decided.")
	lead.get(at+"?show=decided").says(200, "None here")
	viewer.post(at, "v."+ann, "keep").says(http.StatusForbidden)
	lead.get("/access-reviews/AR-01/sign").says(200)
	lead.post("/access-reviews/AR-01/sign").says(422, "Not every account is decided on yet")
	owner.post(at, "v."+ann, "keep", "v."+sync, "remove", "n."+sync, "Replaced.").goes(at)
	owner.get(at+"?show=waiting").says(200, "Replaced.", "not seen yet", "/confirm")
	owner.get(at+"?format=csv").says(200, "Replaced.")
	owner.get(at+"?show=thought&format=json").says(200, "[]")
	lead.get("/access-reviews/AR-01/certificate").says(http.StatusNotFound)
	lead.get("/access-reviews/AR-01/keep-unchanged").says(200, "0 accounts")
	lead.post("/access-reviews/AR-01/keep-unchanged", "reason", "").says(422, "Say why these can be kept together")
	lead.post("/access-reviews/AR-01/sign").goes("/access-reviews/AR-01")
	lead.get("/access-reviews/AR-01").says(200, "All 2 accounts", "Signed, not all done", "Certificate")
	lead.post(at, "v."+ann, "remove").says(http.StatusConflict)
	lead.get("/access-reviews/AR-01/certificate?format=json").says(200, `"verdict":"remove"`)
	lead.get("/access-reviews/AR-01/certificate?format=pdf").says(422)
	lead.get(at+"/"+sync+"/confirm").says(200, "What you saw")
	lead.post(at+"/"+sync+"/confirm", "note", "").says(422, "Say what you saw")
	lead.post(at+"/"+sync+"/confirm", "note", "Seen in the console.").goes(at + "?show=waiting")
	lead.get(at).says(200, "Confirmed by", "Seen in the console.")
	rival := h.in(h.newOrg("Rival"), access.RoleLead, "")
	for _, path := range []string{at, "/access-reviews/AR-01/certificate", "/access-reviews/AR-01/keep-unchanged", at + "/" + sync + "/confirm"} {
		rival.get(path).says(http.StatusNotFound)
		if !strings.HasSuffix(path, "/certificate") { // nothing is posted there
			h.closed(path)
		}
	}
	rival.post(at, "v."+ann, "keep").says(http.StatusNotFound)
}
