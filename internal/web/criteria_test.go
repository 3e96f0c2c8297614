package web_test

import (
	"net/http"
	"testing"
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
