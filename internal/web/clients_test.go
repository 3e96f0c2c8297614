package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"testing"

	"assay/internal/access"
	"assay/internal/trail"
)

var codeOnPage = regexp.MustCompile(`assay_client_[A-Za-z0-9_-]+`)

// code makes a provider's code and reads it off the page, which shows it once.
func code(t *testing.T, lead *browser, client string) string {
	t.Helper()
	at := lead.post("/clients/codes", "name", client).header.Get("Location")
	c := codeOnPage.FindString(lead.get(at).body)
	if c == "" {
		t.Fatal("no code is shown")
	}
	lead.get(at).says(200, "!"+c)
	return c
}

// A client consents, publishes, lets staff in and ends it, all by pages.
func TestClients(t *testing.T) {
	h := newSite(t)
	provider := h.newOrg("Ridgeway IT")
	lead, theirs := h.in(provider, access.RoleLead, ""), h.as(access.RoleLead)
	anna := h.in(provider, access.RoleOwner, "")
	theirs.get("/").says(200, `!href="/clients"`)
	lead.get("/clients").says(200, "No client yet", "Make a code", `href="/clients"`)
	lead.post("/clients/codes", "name", " ").says(422, "Say which client it is for")
	secret := code(t, lead, "Cove <b>")
	lead.get("/").says(200, `href="/clients"`)
	lead.get("/clients").says(200, "Codes that wait for an answer", "Cove &lt;b&gt;")

	theirs.post("/settings/providers", "code", "assay_client_none").says(422, "The code is not valid")
	theirs.post("/settings/providers", "code", secret).says(200, "Let Ridgeway IT in?", "What is due")
	lead.get("/clients").says(200, "No client yet") // looking is no consent
	theirs.post("/settings/providers", "code", secret, "seen", "yes", "terms", "work").goes("/settings/providers")
	theirs.get("/settings/providers").says(200, "Ridgeway IT", "Figures, what is due", "In force")
	page := lead.get("/clients").says(200, h.org.Name, "No program yet", "!Codes that wait")
	id := regexp.MustCompile(`/clients/(con_[^"]+)"`).FindStringSubmatch(page.body)[1]
	lead.get("/clients?format=json").says(200, `"counts": true`)
	lead.get("/clients?q=nobody").says(200, "No client matches")
	lead.get("/clients/work").says(200, "Work at all clients")
	lead.get("/clients/calendar").says(200, "Calendar of all clients", "Nothing in ")
	lead.get("/clients/"+id).says(200, "What it consented to", "Nobody of yours may come in")

	at := "/settings/providers/" + id
	theirs.get(at).says(200, "Ending takes effect at once")
	theirs.post(at, "terms", "work", "terms", "staff").goes("/settings/providers")
	lead.get("/clients/"+id).says(200, "Have somebody come in", "Kim owner")
	lead.post("/clients/"+id+"/staff", "user", "usr_none").says(http.StatusNotFound)
	lead.post("/clients/"+id+"/staff", "user", anna.id).goes("/clients/" + id)
	theirs.get("/settings/users").says(200, "provider, of a provider")
	theirs.get(at).says(200, "Its people in here")
	anna.get("/clients").says(200, "Enter")
	anna.post("/orgs?org="+h.org.ID, "x", "").goes("/")
	anna.get("/controls").says(200, h.org.Name)
	anna.get("/settings/users").says(http.StatusForbidden)
	h.read(anna.id, "page.read") // in the client's trail
	lead.post("/clients/"+id+"/staff/"+anna.id+"/recall", "x", "").goes("/clients/" + id)
	theirs.get("/settings/users").says(200, "!provider, of a provider")
	if got := anna.get("/controls"); got.status == 200 {
		t.Error("whoever was recalled is still in")
	}
	anna.get("/signin").says(200, "E-mail address")

	theirs.get(at+"/end").says(200, "The trails of both sides keep it")
	theirs.post(at+"/end", "why", "").says(422, "Say why")
	theirs.post(at+"/end", "why", "We do it ourselves.").goes("/settings/providers")
	theirs.get("/settings/providers").says(200, "Ended", "We do it ourselves.")
	lead.get("/clients").says(200, "No client yet")
	lead.get("/clients/" + id).says(http.StatusNotFound)
}

func TestClientsAreForThoseWhoMay(t *testing.T) {
	h := newSite(t)
	for _, role := range []access.Role{access.RoleViewer, access.RoleAuditor, access.RoleProvider} {
		b := h.as(role)
		b.get("/clients").says(http.StatusForbidden)
		b.get("/clients/work").says(http.StatusForbidden)
		b.get("/clients/calendar").says(http.StatusForbidden)
		b.post("/clients/codes", "name", "x").says(http.StatusForbidden)
		b.post("/settings/providers", "code", "x").says(http.StatusForbidden)
		b.get("/settings/providers").says(200, "!Let a provider in")
	}
	owner := h.as(access.RoleOwner)
	owner.get("/clients").says(200, "!Make a code")
	owner.post("/clients/codes", "name", "x").says(http.StatusForbidden)
	rival := h.in(h.newOrg("Rival"), access.RoleLead, "")
	for _, path := range []string{"/clients/con_none", "/clients/con_none/end", "/settings/providers/con_none", "/settings/providers/con_none/end"} {
		rival.get(path).says(http.StatusNotFound)
	}
}

// A membership ends with the day that a lead said.
func TestAMembershipEndsByItself(t *testing.T) {
	h := newSite(t)
	lead, viewer := h.as(access.RoleLead), h.as(access.RoleViewer)
	viewer.get("/controls").says(200)
	at := "/settings/users/" + viewer.id
	lead.post(at+"/role", "role", "viewer", "until", "soon").says(422, "Give a day such as")
	lead.post(at+"/role", "role", "viewer", "until", "2001-01-01").says(422, "within the next three years")
	today := h.hand.Now().Format("2006-01-02")
	lead.post(at+"/role", "role", "viewer", "until", today).goes("/settings/users")
	lead.get("/settings/users").says(200, "until "+today)
	viewer.get("/controls").says(200)
	h.hand.Add(24 * 60 * 60 * 1e9)
	if got := viewer.get("/controls"); got.status == 200 {
		t.Error("a membership goes on after its last day")
	}
	viewer.get("/signin").says(200, "E-mail address") // and whoever it was can sign in elsewhere
}

// read fails unless the trail of the site's organization tells of an act of somebody's.
func (h *site) read(actor, action string) {
	h.Helper()
	list, err := h.suite.Trail(h.Context(), h.console(), trail.Filter{Limit: 500})
	h.must(err)
	if !slices.ContainsFunc(list, func(e trail.Entry) bool { return e.Actor == actor && e.Action == action }) {
		h.Errorf("the trail tells of no %s of %s", action, actor)
	}
}
