package web_test

import (
	"testing"
	"time"

	"assay/internal/access"
	"assay/internal/auth"
	"assay/internal/trail"
)

// TestWhatAGuestReadsIsInTheTrail: the auditor's reading and everybody's refusals are
// told once a minute, and what the organization's own people read is not.
func TestWhatAGuestReadsIsInTheTrail(t *testing.T) {
	h := newHouse(t)
	const guest = "guest@firm.example"
	if _, err := h.suite.Auth.Enroll(t.Context(), access.Console(h.org.ID), auth.New{Email: guest, Name: "Gus Guest", Role: access.RoleAuditor}); err != nil {
		t.Fatal(err)
	}
	entries := func(action string) (out []string) {
		list, err := h.suite.Trail(t.Context(), access.Console(h.org.ID), trail.Filter{Action: action, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			out = append(out, list[i].Name+" "+list[i].Object)
		}
		return out
	}
	h.get(lead, "/people").is(200)
	h.get(viewer, "/people").is(200)
	if got := entries("page.read"); len(got) != 0 {
		t.Errorf("%q", got)
	}
	for range 3 {
		h.get(guest, "/people").is(200)
	}
	h.get(guest, "/criteria").is(200)
	h.get(guest, "/settings/me").is(200)
	if got := entries("page.read"); len(got) != 1 || got[0] != "Gus Guest /people" {
		t.Errorf("%q", got)
	}
	h.hand.Add(2 * time.Minute)
	h.get(guest, "/people").is(200)
	if got := entries("page.read"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	for range 3 {
		h.get(viewer, "/settings/users").is(403)
	}
	h.get(guest, "/people/new").is(403)
	h.get(lead, "/log?format=ocsf&q=access.refuse").is(200, `"class_uid":6003`, `"status_id":2`, "/settings/users").lacks("page.read")
	h.get(owner, "/log?format=ocsf").lacks("class_uid")
	if got := entries("access.refuse"); len(got) != 2 {
		t.Errorf("%q", got)
	}
}
