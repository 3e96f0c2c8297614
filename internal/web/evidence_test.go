package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
	"assay/internal/standing"
)

func TestEvidence(t *testing.T) {
	h := newSite(t)
	_, err := h.suite.Controls.Adopt(t.Context(), h.console(), []string{"IAM-01"}, standing.NewDate(2026, 1, 1))
	h.must(err)
	owner := h.as(access.RoleOwner)
	owner.get("/evidence").says(200, "No evidence yet", "/evidence/new")
	owner.get("/evidence/new?control=IAM-01").says(200, "IAM-01", "Statement")
	about := []string{"title", "Review of <b>June</b>", "controls", "IAM-01", "from", "2026-06-01", "to", "2026-06-14", "note"}
	owner.upload("/evidence/new", "", "", append(about, "typed note")...).says(422, "Say in a sentence", "typed note", "IAM-01")
	owner.upload("/evidence/new", "x.txt", "content", "title", "T", "controls", "NOT-99", "from", "2026-06-01", "to", "2026-06-14").says(422, "NOT-99")
	owner.upload("/evidence/new", "x.txt", "content", "title", "T", "controls", "IAM-01", "from", "soon", "to", "2026-06-14").says(422, "YYYY-MM-DD", "soon")
	at := owner.upload("/evidence/new", "page.html", "<script>alert(1)</script>", append(about, "")...).goes("/evidence/ev_")
	owner.get(at).says(200, "Review of &lt;b&gt;June", "page.html", "It is added and sealed", "1 Jun 2026 – 14 Jun 2026", "/controls/IAM-01")
	g := owner.get(at+"/download").says(200, "<script>alert(1)</script>")
	if g.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(g.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("a page was served: %v", g.header)
	}
	owner.post(at + "/verify").goes(at)
	owner.get(at + "/log").says(http.StatusNotFound)
	fixed := owner.upload("/evidence/new", "", "", "title", "Review, corrected", "controls", "IAM-01", "from", "2026-06-01", "to", "2026-06-14", "statement", "I read every account and removed two.",
		"supersedes", strings.TrimPrefix(at, "/evidence/")).goes("/evidence/ev_")
	owner.get(at).says(200, "It was corrected by a later piece", fixed)
	owner.get("/evidence?fresh=superseded").says(200, at, "!"+fixed)
	owner.get("/evidence?format=json").says(200, "Review, corrected")

	viewer := h.as(access.RoleViewer)
	viewer.get(at).says(200, "!Correct it")
	viewer.get("/evidence/new").says(http.StatusForbidden)
	other := h.in(h.newOrg("Rival"), access.RoleLead, "")
	other.get(at).says(http.StatusNotFound)
	other.get(at + "/download").says(http.StatusNotFound)
	other.post(at + "/verify").says(http.StatusNotFound)
	h.closed("/evidence/new")
}
