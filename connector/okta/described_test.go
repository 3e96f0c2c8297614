package okta

import (
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
)

// TestDescribed collects from a mock server of Okta's own description, as far as
// it goes: every request is one that it admits, and every answer is understood.
func TestDescribed(t *testing.T) {
	web := connectortest.NewDescribed(t, os.Getenv("ASSAY_DESCRIBED_OKTA"))
	web.Else = map[string]string{"/.well-known/okta-organization": `{"id": "00oexample", "pipeline": "v1"}`}
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	var hand clock.Hand
	hand.Set(now)
	e := connector.Env{Now: hand.Now, HTTP: &http.Client{Transport: web}, Period: connector.Period{From: now.AddDate(-1, 0, 0), To: now}}
	got := connectortest.Gather(t.Context(), Product(), connector.Config{"domain": "example.okta.com", "token": "x"}, e)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	for _, r := range web.Refused() {
		t.Error(r)
	}
	for _, w := range got.Wrong() {
		t.Error(w)
	}
	after := []string{"GET /api/v1/api-tokens", "GET /api/v1/devices", "GET /api/v1/logStreams"} // newer than the description
	for _, c := range got.Calls {
		if missing := slices.Contains(after, c.Name); missing != (c.Problem != "") || missing != (c.Pages == 0) {
			t.Errorf("%s: %d pages, %s", c.Name, c.Pages, c.Problem)
		}
	}
	for _, r := range got.Reports {
		if slices.Contains([]string{kindUser, kindGroup, kindApp, kindAssignment, kindAuthenticator}, r.Kind) && r.Items == 0 {
			t.Errorf("nothing was told of %s: %v", r.Kind, r.Problems)
		}
	}
}
