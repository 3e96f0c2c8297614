package web_test

import (
	"net/http"
	"testing"

	"assay/internal/access"
	"assay/internal/control"
	"assay/internal/criteria"
	"assay/internal/program"
	"assay/internal/standing"
)

// The address names the period, and everything on the page is of it; whoever
// goes on stays in it.
func TestThePeriodOfTheAddress(t *testing.T) {
	h := newHouse(t)
	who := access.Console(h.org.ID)
	if _, err := h.suite.Controls.Save(t.Context(), who, control.Version{
		Control: "LK-01", EffectiveOn: standing.NewDate(2025, 3, 1), Title: "The round", Statement: "Somebody walks the round.", Criteria: []string{"CC6.4"}, Frequency: "monthly",
		Lanes: []control.Lane{{ID: "activity/walk", Kind: standing.ByActivity, Title: "Walk", Schedule: standing.Schedule{Frequency: standing.Monthly, Anchor: standing.NewDate(2025, 3, 31)}}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.suite.Programs.Add(t.Context(), who, program.Program{
		Name: "FY25", Type: program.Type2, Categories: []criteria.CategoryID{criteria.Security}, From: standing.NewDate(2025, 1, 1), To: standing.NewDate(2026, 1, 1),
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.suite.Controls.Rebuild(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	h.get(lead, "/controls").is(http.StatusOK, "LK-01", `href="/controls/LK-01"`, "Jan ’26")
	h.get(lead, "/controls?p=fy25").is(http.StatusOK, "LK-01", `href="/controls/LK-01?p=fy25"`, `href="/checks?p=fy25"`, "Jan ’25").lacks("IAM-01", "Jan ’26")
	h.get(lead, "/controls/LK-01?p=fy25").is(http.StatusOK, "1 Jan 2025 – 31 Dec 2025", "/controls/LK-01?tab=deviations&amp;p=fy25")
	h.get(lead, "/controls/LK-01").is(http.StatusOK, "1 Jan 2026 – 31 Dec 2026")
	h.get(lead, "/criteria?p=fy25").is(http.StatusOK, "Jan ’25", `href="/criteria/CC6.4?p=fy25"`)
	h.get(lead, "/criteria/CC6.4?p=fy25").is(http.StatusOK, "/controls/LK-01?p=fy25")
	h.get(lead, "/?p=fy25").is(http.StatusOK, "/controls?state=deviation&amp;p=fy25")
	for _, path := range []string{"/controls?p=fy20", "/criteria?p=fy20", "/?p=fy20", "/controls/LK-01?p=heron-fy26"} {
		h.get(lead, path).is(http.StatusNotFound)
	}
}
