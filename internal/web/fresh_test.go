package web_test

import (
	"net/http"
	"testing"
	"time"
)

// TestExportsAndApprovalsWantAFreshSession holds what takes lists away, and the
// approval of a left-out criterion, to a session whose person showed lately who
// they are.
func TestExportsAndApprovalsWantAFreshSession(t *testing.T) {
	h := newHouse(t)
	h.session(lead)
	b := h.visitor()
	b.post("/signin", "email", lead, "password", password).leads("/")
	lists := []string{"/people?format=csv", "/accounts?format=json", "/controls?format=csv", "/settings/users?format=csv", "/settings/me?format=csv&list=sessions", "/vendors?format=csv"}
	for _, path := range lists {
		b.get(path).is(http.StatusOK)
	}
	h.hand.Add(16 * time.Minute)
	for _, path := range lists {
		b.get(path).is(http.StatusForbidden, "Show again that it is you")
	}
	b.post("/criteria/CC6.4/omission", "decision", "approve").is(http.StatusForbidden, "Show again that it is you")
	b.get("/people").is(http.StatusOK)
	b.post("/prove?prove=1", "prove_password", password, "prove_back", "/people?format=csv").leads("/people?format=csv")
	b.get("/people?format=csv").is(http.StatusOK)
}
