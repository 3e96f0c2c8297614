package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
	"assay/internal/person"
	"assay/internal/standing"
)

func TestPolicies(t *testing.T) {
	h := newSite(t)
	lead, second := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	lead.get("/policies").says(200, "No policy is written down yet", "/policies/library")
	lead.get("/policies/new").says(200, "Short name", "Markdown")
	lead.post("/policies/new", "id", "aup", "title", "", "text", "# Use\n\nLock <b>it</b>.").says(422, "capital letters", "Lock &lt;b&gt;it")
	at := lead.post("/policies/new", "id", "PLC-AUP", "title", "Acceptable Use", "accept_days", "30", "again_months", "12", "review_months", "12",
		"text", "# Use\n\nLock <script>alert(1)</script> it.\n\n[x](javascript:alert(1))").goes("/policies/PLC-AUP")
	lead.get(at).says(200, "Version 1 is a draft", "<h2>Use</h2>", "!<script>alert", "!javascript:alert", "Send for approval")
	lead.post("/policies/new", "id", "PLC-AUP", "title", "Again", "text", "x").says(http.StatusConflict, "PLC-AUP already")
	lead.post(at+"/approve").says(http.StatusConflict, "draft")
	lead.get(at+"/write").says(200, "Everybody accepts it anew")
	lead.post(at+"/write", "text", " ").says(422, "Write what the policy says")
	lead.post(at+"/write", "text", "# Use\n\nLock your screen.", "note", "Simpler", "ask", "1").goes(at)
	lead.post(at + "/submit").goes(at)
	lead.get(at).says(200, "another lead approves it", "!/approve")
	lead.post(at + "/approve").says(http.StatusForbidden)
	second.get(at).says(200, "/approve", "Return to its author")
	second.post(at+"/return", "why", "").says(422, "Say what should change")
	second.post(at+"/return", "why", "Say <i>who</i>.").goes(at)
	lead.get(at+"/write").says(200, "Returned: Say &lt;i&gt;who&lt;/i&gt;.")
	lead.post(at + "/submit").goes(at)
	second.post(at+"/approve", "effective_on", "2020-01-01").says(422, "before today")
	second.post(at + "/approve").goes(at)
	lead.get(at).says(200, "In force", "Approved by", "SHA-256")
	lead.get(at+"?tab=changes").says(200, "The first version")
	lead.get(at+"?tab=history").says(200, "policy.approve")
	lead.get(at + "?version=9").says(http.StatusNotFound)
	lead.get(at+"/text").says(200, "Lock your screen.")
	lead.post(at+"/write", "text", "# Use\n\nLock your screen and door.").goes(at)
	lead.get(at+"?tab=changes").says(200, "<del>Lock your screen.</del>", "<ins>Lock your screen and door.</ins>", "1 unchanged paragraph")
	lead.post(at + "/withdraw").goes(at)
	second.get(at+"/review").says(200, "why it stays")
	second.post(at+"/review", "note", "short").says(422, "Say in a sentence")
	second.post(at+"/review", "note", "Looked at with the team; it says how we work.").goes(at)
	lead.get(at+"/edit").says(200, "Acceptable Use")
	lead.post(at+"/edit", "title", "Use of things", "review_months", "6", "accept_days", "0").goes(at)
	lead.get("/policies?format=csv").says(200, "Use of things")
	lead.get("/policies?format=json").says(200, `"review_due_on"`)
	lead.get("/policies?state=draft").says(200, "No policy matches")
	second.post(at + "/retire").goes(at)
	lead.get(at).says(200, "Retired on", "/restore")
	second.post(at + "/restore").goes(at)

	viewer := h.as(access.RoleViewer)
	viewer.get(at).says(200, "Use of things", "!/write", "!/approve")
	viewer.get(at + "/write").says(http.StatusForbidden)
	viewer.get("/policies/library").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get(at).says(http.StatusNotFound)
	other.post(at+"/write", "text", "x").says(http.StatusNotFound)
	h.closed("/policies/new")
	h.closed(at + "/write")
}

func TestAcceptingAPolicy(t *testing.T) {
	h := newSite(t)
	lead, second := h.as(access.RoleLead), h.in(h.org, access.RoleLead, "2")
	at := lead.post("/policies/new", "id", "PLC-AUP", "title", "Acceptable Use", "accept_days", "30", "text", "# Use\n\nLock it.").goes("/policies/PLC-AUP")
	lead.post(at + "/submit").goes(at)
	second.post(at + "/approve").goes(at)
	second.get(at).says(200, "!will follow it")
	second.post(at+"/accept", "version", "1").says(http.StatusConflict, "register of people")
	_, err := h.suite.People.Add(t.Context(), h.console(), person.Details{Name: "Second", Email: "lead2@" + h.org.Slug + ".example", StartsOn: standing.NewDate(2020, 1, 1)})
	h.must(err)
	second.get(at).says(200, "I have read this and will follow it")
	second.get("/tasks").says(200, "Acceptable Use", at)
	lead.get(at+"?tab=acceptance").says(200, "Second", "Asked")
	second.post(at+"/accept", "version", "7").says(http.StatusConflict, "Version 1 is in force")
	second.post(at+"/accept", "version", "1").goes(at)
	second.get(at).says(200, "You accepted this policy", "!I have read this")
	second.get("/tasks").says(200, "!Read and accept")
	lead.get(at+"?tab=acceptance").says(200, "Accepted")
	lead.get("/policies").says(200, "1/1")
}

func TestPoliciesFromTheLibrary(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/policies/library").says(200, "Password Policy", "What only you can know")
	lead.post("/policies/library").says(422, "Choose at least one policy")
	lead.post("/policies/library", "policies", "PLC-PWD", "password_length", "2").says(422, "from 8 to 64")
	lead.post("/policies/library", "policies", "PLC-PWD").says(422, "needs an answer")
	lead.post("/policies/library", "policies", "PLC-PWD", "password_manager", "the password manager", "secrets_manager", "the vault",
		"security_contact", "security@larkspur.example", "identity_provider", "the directory", "exception_approver", "the Security Lead").goes("/policies?state=draft")
	lead.get("/policies/PLC-PWD").says(200, "Password Policy", "<h3>Statements</h3>")
	lead.get("/policies/library").says(200, "There is one already.")
}
