package web_test

import (
	"net/http"
	"testing"
)

func TestReadingPages(t *testing.T) {
	h := newHouse(t)
	h.activity()
	h.get("", "/").leads("/signin")
	h.get(viewer, "/").is(http.StatusOK, "Larkspur FY26", "Restore a backup", "Evidence integrity").lacks("Heron")
	h.get(heron, "/").is(http.StatusOK, "No control is adopted yet").lacks("Restore a backup", "Larkspur")
	h.get(viewer, "/controls").is(http.StatusOK, "IAM-01", "LK-01").lacks("Add control")
	h.get(lead, "/controls").is(http.StatusOK, "Add control")
	h.get(viewer, "/controls?q=restored").is(http.StatusOK, "LK-01").lacks("IAM-01")
	h.get(viewer, "/controls?q=zebra").is(http.StatusOK, "No control matches")
	h.get(viewer, "/controls?format=csv").is(http.StatusOK, "LK-01", "control,number")
	h.get(viewer, "/controls/LK-01").is(http.StatusOK, "A backup is restored each quarter", "Larkspur Owner")
	h.get(viewer, "/controls/LK-01?tab=activities").is(http.StatusOK, "Restore a backup").lacks(">Record")
	h.get(owner, "/controls/LK-01?tab=activities").is(http.StatusOK, ">Record")
	h.get(heron, "/controls/LK-01").is(http.StatusNotFound).lacks("backup")
	h.get(viewer, "/checks").is(http.StatusOK, "No check runs yet")
	h.get(viewer, "/checks/no.such.check").is(http.StatusNotFound, "/search?q=no.such.check")
	h.guarded("/checks/run")
}
