package github

import (
	"context"
	"encoding/json"
	"errors"
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
	e := connector.Env{Now: hand.Now, HTTP: &http.Client{Transport: web}, Period: connector.Period{From: noon.AddDate(-20, 0, 0), To: noon}, Hook: "/hooks/o/c"}
	got := connectortest.Gather(t.Context(), Product(), connector.Config{"organization": "github", "token": "x", "webhook_secret": "x"}, e)
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
		"GET /repos/{repo}/collaborators?affiliation=direct", "GET /orgs/{org}/hooks",
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
		kindOrg, kindCollaborator, kindTeam, kindRepository, kindBranch, kindAlert, kindCode, kindSecret, kindInvitation, kindRelease, kindTeamAccess, kindAccess, kindRole,
	} {
		if items[kind] == 0 {
			t.Errorf("nothing was told of %s", kind)
		}
	}
}

// TestDescribedDeliveries asks the same mock server for what a webhook did not
// deliver.
func TestDescribedDeliveries(t *testing.T) {
	web := connectortest.NewDescribed(t, os.Getenv("ASSAY_DESCRIBED_GITHUB"))
	var hand clock.Hand
	hand.Set(noon)
	e := connector.Env{Now: hand.Now, HTTP: &http.Client{Transport: web}, Period: connector.Period{From: noon.AddDate(-20, 0, 0), To: noon}, Hook: "/hooks/o/c"}
	src, err := open(connector.Config{"organization": "github", "token": "x", "webhook_secret": "x"}, e)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := src.(*source)
	if !ok {
		t.Fatalf("a source is a %T", src)
	}
	run := connector.NewRun(e.Now, []string{kindDelivery}, func(context.Context, connector.Resource) error { return nil }, nil)
	c := &collection{source: s, run: run, now: noon, api: newClient(s, run), name: "github"}
	if err := c.undelivered(t.Context(), &webhook{ID: 1, Active: true}, e.Period.From, noon, map[string]bool{}); err != nil {
		t.Fatal(err)
	}
	doc, err := get[json.RawMessage](t.Context(), c.api, "GET /orgs/{org}/hooks/{hook}/deliveries/{delivery}", "/orgs/github/hooks/1/deliveries/2")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := readDelivery(doc); err != nil && !errors.Is(err, errUntold) || err == nil && d.id == "" {
		t.Errorf("a delivery is %+v, %v", d, err)
	}
	for _, call := range run.Calls() {
		if call.Pages == 0 || call.Items == 0 || call.Problem != "" {
			t.Errorf("%+v", call)
		}
	}
	for _, r := range web.Refused() {
		t.Error(r)
	}
}
