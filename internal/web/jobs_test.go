package web_test

import (
	"net/http"
	"regexp"
	"testing"

	"assay/internal/access"
)

// A lead lets jobs in and ends it; others see, or do not.
func TestJobsOfBuildSystems(t *testing.T) {
	h := newSite(t)
	lead, auditor := h.as(access.RoleLead), h.as(access.RoleAuditor)
	lead.get("/settings/jobs").says(200, "No job comes in this way", "Let jobs in")
	in := []string{"name", "Deploys <b>", "issuer", "https://127.0.0.1:1/x", "minutes", "10", "scope", "import.add", "conditions", "repository = acme/app\nref = refs/heads/main", "audience", ""}
	with := func(name, value string) []string {
		out := append([]string{}, in...)
		for i := 0; i < len(out); i += 2 {
			if out[i] == name {
				out[i+1] = value
			}
		}
		return out
	}
	lead.post("/settings/jobs", with("conditions", "repository = */app")...).says(422, "leaves open whose the job is", "*/app")
	lead.post("/settings/jobs", with("conditions", "main")...).says(422, "is no condition")
	lead.post("/settings/jobs", with("minutes", "61")...).says(422, "1 to 60 minutes")
	lead.post("/settings/jobs", with("minutes", "x")...).says(422, "1 to 60 minutes")
	lead.post("/settings/jobs", with("scope", "user.edit")...).says(422, "user.edit")
	lead.post("/settings/jobs", in...).goes("/settings/jobs")
	seen := lead.get("/settings/jobs").says(200, "Deploys &lt;b&gt;", "acme/app", "refs/heads/main", "import.add, for 10 minutes", "assay:fdt_", "In force", "no job gets in")
	id := regexp.MustCompile(`/settings/jobs/(fdt_[^/"]+)/end`).FindStringSubmatch(seen.body)[1]
	auditor.get("/settings/jobs").says(200, "Deploys", "!Let jobs in", "!End…")
	auditor.post("/settings/jobs", in...).says(http.StatusForbidden)
	auditor.get("/settings/jobs/" + id + "/end").says(http.StatusForbidden)
	auditor.post("/settings/jobs/"+id+"/end", "x", "").says(http.StatusForbidden)
	h.as(access.RoleViewer).get("/settings/jobs").says(http.StatusForbidden)
	other := h.in(h.newOrg("Heron"), access.RoleLead, "")
	other.get("/settings/jobs").says(200, "!In force")
	other.get("/settings/jobs/" + id + "/end").says(http.StatusNotFound)
	other.post("/settings/jobs/"+id+"/end", "x", "").says(http.StatusNotFound)
	lead.get("/settings/jobs/"+id+"/end").says(200, "End Deploys &lt;b&gt;?")
	lead.post("/settings/jobs/"+id+"/end", "x", "").goes("/settings/jobs")
	lead.get("/settings/jobs").says(200, "Ended 15 Jun", "!In force")
}
