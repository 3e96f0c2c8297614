package web_test

import (
	"testing"

	"assay/internal/access"
	"assay/internal/engagement"
	registers "assay/internal/register"
	"assay/internal/standing"
)

// planned is a test sheet of two days that is in progress.
func (h *site) planned() string {
	h.Helper()
	add := func(role access.Role, noun string, pairs ...string) string {
		in := registers.Input{Fields: map[string][]string{}}
		for i := 0; i+1 < len(pairs); i += 2 {
			in.Fields[pairs[i]] = append(in.Fields[pairs[i]], pairs[i+1])
		}
		r, err := h.suite.Registers.Add(h.Context(), access.Actor{ID: "usr_" + string(role), Org: h.org.ID, Name: "Ada", Role: role}, noun, in)
		h.must(err)
		return r.ID
	}
	_, err := h.suite.Controls.Adopt(h.Context(), h.console(), []string{"IAM-08"}, standing.NewDate(2025, 1, 1))
	h.must(err)
	e := add(access.RoleLead, engagement.Noun, "title", "FY", "type", "type2", "categories", "security", "firm", "Calder", "service", "Orders", "subservice", "none", "from", "2025-03-02", "to", "2025-03-06")
	return add(access.RoleAuditor, engagement.SheetNoun, "title", "Leavers <b>in</b> time", "engagement", e, "control", "IAM-08", "inspection", "Records.", "items", "days",
		"attributes", "Recorded", "attributes", "Disabled", "by_hand", "2025-03-03", "by_hand", "2025-03-04", "by_hand_why", "Both sites.")
}

func TestSheets(t *testing.T) {
	h := newSite(t)
	at := "/sheets/" + h.planned()
	lead, auditor, partner := h.as(access.RoleLead), h.as(access.RoleAuditor), h.in(h.org, access.RoleAuditor, "2")
	auditor.get(at+"/marks").says(404, "was not begun yet")
	auditor.post(at + "/begin").goes(at)
	auditor.get(at).says(200, "Make marks", "4 marks", "Leavers &lt;b&gt;in", "!<b>in")
	auditor.get(at+"/marks").says(200, "2025-03-03", "Recorded", `name="c.1.A"`, "Save marks", "can be read by the organization")
	lead.get(at+"/marks").says(200, "2025-03-03", "to mark", `!name="c.1.A"`, "!Save marks")
	lead.post(at+"/marks", "c.1.A", "pass").says(403)
	lead.get(at + "/raise").says(403)

	auditor.post(at+"/marks", "c.1.A", "good", "n.2", "<i>Kept</i>").says(422, "Nothing was marked", "1A: Mark pass", `aria-describedby="c-1-A-error"`, "&lt;i&gt;Kept")
	auditor.post(at+"/marks", "c.9.A", "pass").says(422, "no item of this number")
	auditor.post(at + "/marks").goes(at + "/marks")
	auditor.post(at+"/marks?show=open", "c.1.A", "pass", "c.1.B", "deviation", "c.2.A", "pass", "c.2.B", "not_applicable", "n.1", "").goes(at + "/marks?show=open")
	auditor.get(at+"/marks?show=deviating").says(200, "4 marks made", "2025-03-03", "!2025-03-04", "Sign as prepared…", "Raise an exception…")
	auditor.post(at+"/prepare").says(422, "Say what was seen at 1B")
	auditor.get(at+"/items/1").says(200, "B: Disabled", "deviation", "History")
	auditor.get(at + "/items/9").says(404)
	auditor.post(at+"/items/1", "note.B", "Off a day late.", "evidence.B", "ev_none").says(422, "There is no evidence ev_none", "Off a day late.")
	auditor.post(at+"/items/1", "note.B", "off a day late", "mark.B", "deviation", "evidence.B", "").goes(at + "/marks")
	lead.get(at+"/items/1").says(200, "off a day late", "!Back to nothing", `!name="note.B"`)

	auditor.get(at+"/raise").says(200, "1 of 2 items deviate", "off a day late")
	auditor.post(at+"/raise", "items", "two").says(422, "Write numbers")
	auditor.post(at+"/raise", "items", "2", "what", "x").says(422, "Item 2 does not deviate")
	auditor.post(at+"/raise", "title", "Late", "items", "1", "what", "off a day late").goes("/exceptions/EX-01")
	lead.get("/exceptions/EX-01").says(200, "For 1 of 2 days selected, off a day late.", at[1:][7:])
	auditor.post(at + "/prepare").goes(at)
	auditor.post(at + "/review").says(403)
	partner.post(at + "/review").goes(at)
	lead.get(at+"/marks").says(200, "Deviations, reviewed", "For 1 of 2 days selected, off a day late.", "EX-01", "50.00 %")
	lead.get("/sheets").says(200, "1 of 1 test", "1</b> with deviations")
	lead.get(at+"/file?format=json").says(200, `"state":"reviewed"`)
	h.in(h.newOrg("Other"), access.RoleLead, "").get(at + "/marks").says(404)
}
