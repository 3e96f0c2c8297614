package web_test

import (
	"net/http"
	"strings"
	"testing"

	"assay/internal/access"
)

// From an organization without a program to an assessment, on the pages alone.
func TestGapAnalysis(t *testing.T) {
	h := newSite(t)
	lead, viewer := h.as(access.RoleLead), h.as(access.RoleViewer)
	lead.get("/gap-analysis").says(200, "No program yet", "Add a program")
	lead.get("/readiness-questions/answer").says(http.StatusNotFound)
	lead.post("/settings/program/new", "name", "FY26", "type", "type2", "category", "security", "from", "2026-01-01", "to", "2026-12-31").goes("/settings/program")
	lead.get("/gap-analysis").says(200, "0 of 33 criteria", "No control serves it.", "Write down 33 gaps", "nobody can say")
	lead.get("/gap-analysis?rating=met").says(200, "No criterion matches")
	lead.get("/gap-analysis?format=csv").says(200, "CC1.1,", "not_met")
	viewer.get("/gap-analysis").says(200, "0 of 33 criteria", "!Write down")
	for _, at := range []string{"/gap-analysis/find", "/gap-analysis/plan", "/gap-analysis/questions", "/gap-analysis/take", "/readiness-questions/answer"} {
		viewer.post(at).says(http.StatusForbidden)
	}

	lead.get("/readiness-questions").says(200, "Begin with all of the library")
	lead.post("/gap-analysis/questions").goes("/gap-analysis")
	lead.get("/readiness-questions/answer").says(200, "Does every person sign in", "A good answer", "50 questions")
	lead.post("/readiness-questions/answer", "id", "Q-01", "version", "1").says(422, "Choose an answer")
	lead.post("/readiness-questions/answer", "id", "Q-01", "version", "1", "answer", "no").says(422, "Say what is missing")
	lead.post("/readiness-questions/answer", "id", "Q-01", "version", "1", "answer", "no", "note", "Two share one.").goes("/readiness-questions/answer")
	lead.get("/readiness-questions/answer").says(200, "49 questions", "Q-02")
	lead.get("/gap-analysis").says(200, "Two share one.")

	lead.post("/gap-analysis/take", "title", "First").says(http.StatusConflict, "Write them down first")
	lead.post("/gap-analysis/find").goes("/gap-analysis")
	lead.get("/gap-analysis").says(200, "34 gaps written down", "Plan the days")
	lead.post("/gap-analysis/plan").goes("/gap-analysis")
	lead.get("/gap-analysis").says(200, "34 gaps planned", "The day after the last of 34 open gaps")
	lead.post("/gap-analysis/take", "title", "First", "conclusion", "Much to do.").goes("/readiness-assessments/RD-01")
	lead.get("/readiness-assessments/RD-01").says(200, "CC1.1 not met")
	h.in(h.newOrg("Rival"), access.RoleLead, "").get("/readiness-assessments/RD-01").says(http.StatusNotFound)
}

// Reports are built from the page by whoever may, and what is asked for wrongly is
// said beside the form.
func TestReports(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/reports").says(200, "SOC 2 Type 2", "For anyone.", "Build and download")
	lead.post("/reports", "type", "2", "format", "html").says(http.StatusNotFound, "neither an engagement nor a program")
	lead.post("/settings/program/new", "name", "FY26", "type", "type2", "category", "security", "from", "2026-01-01", "to", "2026-12-31").goes("/settings/program")
	for kind, want := range map[string]string{"2": "no opinion is given", "3": "may be read by anyone", "readiness": "Open gaps|No gap is open", "board": "as they are rated today"} {
		got := lead.post("/reports", "type", kind, "format", "html")
		if !strings.Contains(got.body, strings.Split(want, "|")[0]) && !strings.Contains(got.body, want[strings.LastIndex(want, "|")+1:]) {
			t.Errorf("%s does not say %s", kind, want)
		}
	}
	lead.post("/reports", "type", "bridge", "format", "pdf").says(http.StatusConflict, "No engagement is issued")
	lead.post("/reports", "type", "2", "format", "odt").says(422, "It is PDF, DOCX")
	lead.post("/reports", "type", "4", "format", "pdf").says(422, "It is 1, 2, 3")
	viewer := h.as(access.RoleViewer)
	viewer.get("/reports").says(http.StatusForbidden)
	viewer.post("/reports", "type", "2", "format", "html").says(http.StatusForbidden)
}

// The rehearsal tells what an auditor would write, to the organization alone.
func TestRehearsal(t *testing.T) {
	h := newSite(t)
	lead := h.as(access.RoleLead)
	lead.get("/rehearsal").says(200, "Nothing to rehearse yet", "No program says")
	lead.post("/settings/program/new", "name", "FY26", "type", "type2", "category", "security", "from", "2026-01-01", "to", "2026-12-31").goes("/settings/program")
	lead.get("/rehearsal").says(200, "Rehearsal, not an opinion", "0 exceptions", "No control matches")
	lead.get("/rehearsal?show=prevent").says(200, "Nothing is open")
	lead.get("/rehearsal?format=json").says(200, `"results"`)
	h.as(access.RoleAuditor).get("/rehearsal").says(http.StatusForbidden)
}
