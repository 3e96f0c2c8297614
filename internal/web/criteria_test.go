package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
	"assay/internal/criteria"
	"assay/internal/program"
	"assay/internal/standing"
)

func TestCriteria(t *testing.T) {
	h := newHouse(t)
	h.get(viewer, "/criteria").is(http.StatusOK, `id="CC6"`, "CC6.1", "A1.1", "IAM-01", "No control", "Gaps only").lacks("P1.1")
	h.get(viewer, "/criteria?gap=1").is(http.StatusOK, "CC1.1").lacks(`id="CC6.1"`)
	h.get(viewer, "/criteria?category=availability").is(http.StatusOK, `id="A1.1"`)
	h.get(viewer, "/criteria?q=zebra").is(http.StatusOK, "No criterion matches")
	h.get(viewer, "/criteria?format=csv&q=CC6.1").is(http.StatusOK, "id,title,summary", "CC6.1").lacks("CC1.1,")
	h.get(viewer, "/criteria/CC6.1").is(http.StatusOK, "Points of focus", "IAM-01", "CC6.1-1").lacks("Ask to leave it out")
	h.get(lead, "/criteria/CC6.1").is(http.StatusOK, "Ask to leave it out")
	h.get(lead, "/criteria/P1.1").is(http.StatusNotFound, "not in the scope")
	h.get(lead, "/criteria/ZZ9.9").is(http.StatusNotFound)
	h.get("", "/criteria").leads("/signin?next=%2Fcriteria")
}

func TestCriterionLeftOut(t *testing.T) {
	h := newHouse(t)
	sc, err := h.suite.Programs.Get(t.Context(), h.actor(lead), "")
	if err != nil {
		t.Fatal(err)
	}
	const reason = "The service has no office: <b>nobody</b> enters one."
	h.guarded("/criteria/CC6.4/omit", "program", sc.ID, "reason", reason)
	h.guarded("/criteria/CC6.4/omission", "program", sc.ID, "decision", "approve")

	h.post(lead, "/criteria/CC6.4/omit", "program", sc.ID, "reason", "short").is(http.StatusUnprocessableEntity, ">short</textarea>", "Say why it does not apply")
	h.post(lead, "/criteria/CC6.4/omit", "program", sc.ID, "reason", reason).leads("/criteria/CC6.4")
	h.get(lead, "/criteria/CC6.4").is(http.StatusOK, "waits for a second person", "The service has no office: &lt;b&gt;").lacks("Approve")
	h.post(lead, "/criteria/CC6.4/omission", "program", sc.ID, "decision", "approve").is(http.StatusForbidden)
	h.get(second, "/criteria/CC6.4").is(http.StatusOK, "Approve")
	h.post(heron, "/criteria/CC6.4/omission", "program", sc.ID, "decision", "approve").is(http.StatusNotFound)
	h.post(second, "/criteria/CC6.4/omission", "program", sc.ID, "decision", "approve").leads("/criteria/CC6.4")
	h.get(viewer, "/criteria").is(http.StatusOK, "Not relevant", "approved by Larkspur Second")
	h.post(second, "/criteria/CC6.4/omission", "program", sc.ID, "decision", "withdraw").leads("/criteria/CC6.4")
	h.get(viewer, "/criteria").is(http.StatusOK).lacks("Not relevant")
}

func TestLicensedText(t *testing.T) {
	h := newSite(t)
	org := h.org
	_, err := h.suite.Programs.Add(t.Context(), h.console(), program.Program{
		Name: "FY26", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: standing.NewDate(2026, 1, 1), To: standing.NewDate(2027, 1, 1),
	})
	h.must(err)
	lead, owner, viewer, auditor := h.as(access.RoleLead), h.as(access.RoleOwner), h.as(access.RoleViewer), h.as(access.RoleAuditor)
	h.closed("/criteria/licensed")
	h.closed("/criteria/licensed/forget")

	lead.get("/criteria").says(http.StatusOK, `href="/criteria/licensed"`)
	viewer.get("/criteria").says(http.StatusOK, `!href="/criteria/licensed"`)
	viewer.get("/criteria/licensed").says(http.StatusForbidden)
	lead.get("/criteria/licensed").says(http.StatusOK, "Your copy", "None", "!Forget it")
	lead.get("/criteria/licensed/forget").says(http.StatusNotFound)
	lead.upload("/criteria/licensed", "", "").says(http.StatusUnprocessableEntity, "Choose a file.")
	lead.upload("/criteria/licensed", "a.csv", "id,text\nCC6.1,fine\nCC9.9,<b>no</b>\nCC1.1,\n", "publication", "2022 <i>edition</i>").
		says(http.StatusUnprocessableEntity, "2 lines refused", "CC9.9", "CC1.1 has no text", "2022 &lt;i&gt;edition", "None")
	lead.upload("/criteria/licensed", "a.doc", "x").says(http.StatusUnprocessableEntity, "should end in")
	owner.get("/criteria/CC6.1").says(http.StatusOK, "!Licensed wording")

	lead.upload("/criteria/licensed", "a.csv", "id,text\nCC6.1,\"Zebra <b>one</b>.\nSecond line.\"\nCC6.1-1,Zebra point.\n", "publication", "2022 edition").goes("/criteria/licensed")
	lead.get("/criteria/licensed").says(http.StatusOK, "1 of 61", "1 of 251", "2022 edition", "Forget it", "1 criterion and 1 point of focus")
	owner.get("/criteria/CC6.1").says(http.StatusOK, "Licensed wording", "Zebra &lt;b&gt;one&lt;/b&gt;.", "Second line.", "Zebra point.", "In our words", "own licensed copy", "2022 edition")
	owner.get("/criteria/CC6.2").says(http.StatusOK, "!Licensed wording")
	for _, guest := range []*browser{viewer, auditor} {
		guest.get("/criteria/CC6.1").says(http.StatusOK, "Points of focus", "!Zebra", "!Licensed wording")
	}
	lead.get("/criteria?format=csv").says(http.StatusOK, "CC6.1", "!Zebra")
	lead.get("/log?size=100").says(http.StatusOK, "criteria.import", "!Zebra") // all of one instant, in no order

	other := h.newOrg("Heron")
	h.org = other
	_, err = h.suite.Programs.Add(t.Context(), h.console(), program.Program{
		Name: "FY26", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: standing.NewDate(2026, 1, 1), To: standing.NewDate(2027, 1, 1),
	})
	h.must(err)
	heron := h.as(access.RoleLead)
	heron.get("/criteria/CC6.1").says(http.StatusOK, "!Zebra")
	heron.get("/criteria/licensed").says(http.StatusOK, "None", "!2022 edition")
	heron.post("/criteria/licensed/forget").says(http.StatusNotFound)
	h.org = org

	lead.get("/criteria/licensed/forget").says(http.StatusOK, "Forget the licensed text?")
	lead.post("/criteria/licensed/forget").goes("/criteria/licensed")
	owner.get("/criteria/CC6.1").says(http.StatusOK, "!Zebra")
	lead.post("/criteria/licensed/forget").says(http.StatusNotFound)
}
