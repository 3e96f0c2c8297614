package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
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
	h.in(h.newOrg("Rival"), access.RoleAuditor, "").get(at).says(http.StatusNotFound)
}
