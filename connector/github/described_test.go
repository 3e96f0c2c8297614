package github

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
)

// TestDescribed collects from a mock server of GitHub's own description: every
// request is one that it admits, and every answer is one that is understood.
func TestDescribed(t *testing.T) {
	web := connectortest.NewDescribed(t, os.Getenv("ASSAY_DESCRIBED_GITHUB"))
	var hand clock.Hand
	hand.Set(noon)
	e := connector.Env{Now: hand.Now, HTTP: &http.Client{Transport: web}, Period: connector.Period{From: noon.AddDate(-20, 0, 0), To: noon}}
	got := connectortest.Gather(t.Context(), Product(), connector.Config{"organization": "github", "token": "x"}, e)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	for _, r := range web.Refused() {
		t.Error(r)
	}
	for _, w := range got.Wrong() {
		t.Error(w)
	}
	answered := map[string]bool{}
	for _, c := range got.Calls {
		answered[c.Name] = c.Pages > 0
		if c.Problem != "" && !c.Truncated && !strings.HasPrefix(c.Name, "query") { // there is one page of everything, and no GraphQL
			t.Errorf("%s: %s", c.Name, c.Problem)
		}
	}
	for _, name := range []string{
		"GET /orgs/{org}", "GET /orgs/{org}/members?role=admin", "GET /orgs/{org}/outside_collaborators", "GET /orgs/{org}/teams",
		"GET /orgs/{org}/teams/{team}/members", "GET /orgs/{org}/repos", "GET /repos/{repo}/branches/{branch}/protection",
		"GET /repos/{repo}/rules/branches/{branch}", "GET /orgs/{org}/dependabot/alerts", "GET /orgs/{org}/dependabot/alerts?state=closed",
		"GET /orgs/{org}/code-scanning/alerts", "GET /orgs/{org}/secret-scanning/alerts", "GET /orgs/{org}/audit-log", "GET /orgs/{org}/invitations",
		"GET /repos/{repo}/releases", "GET /orgs/{org}/teams/{team}/repos", "GET /orgs/{org}/organization-roles",
		"GET /orgs/{org}/organization-roles/{role}/users", "GET /orgs/{org}/organization-roles/{role}/teams", "GET /repos/{repo}/branches?protected=true",
	} {
		if !answered[name] {
			t.Errorf("%s was not answered", name)
		}
	}
	items := map[string]int{}
	for _, r := range got.Reports {
		items[r.Kind] = r.Items
	}
	for _, kind := range []string{
		kindOrg, kindCollaborator, kindTeam, kindRepository, kindBranch, kindAlert, kindCode, kindSecret, kindInvitation, kindRelease, kindTeamAccess, kindRole,
	} {
		if items[kind] == 0 {
			t.Errorf("nothing was told of %s", kind)
		}
	}
}
