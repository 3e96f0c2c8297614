package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"assay/internal/access"
)

// A destination is added, refuses, is mended, paused and removed, all by pages.
func TestSIEM(t *testing.T) {
	h := newSite(t)
	h.suite.SIEM.AllowLocal = true
	var status atomic.Int64
	status.Store(http.StatusForbidden)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(int(status.Load()))
	}))
	defer server.Close()
	lead, auditor := h.as(access.RoleLead), h.as(access.RoleAuditor)
	auditor.get("/settings/siem").says(200, "The trail is sent nowhere", "!Add a destination")
	lead.get("/settings/siem").says(200, "The trail is sent nowhere", "Add a destination")
	lead.post("/settings/siem", "name", "", "form", "lines", "address", "http://siem.example.com", "credential", "k3y").says(422, "Give it a name", "Without TLS only", "http://siem.example.com", "!k3y")
	at := lead.post("/settings/siem", "name", "Splunk <b>", "form", "splunk", "address", server.URL, "credential", "Splunk k3y").goes("/settings/siem/siem_")
	lead.get(at).says(200, "Splunk &lt;b&gt;", "It took nothing: it answered 403 Forbidden", "look at the header and the credential", "!k3y")
	auditor.get("/settings/siem").says(200, "Takes nothing since", "403", "!"+at)
	auditor.get(at).says(http.StatusForbidden)
	auditor.post(at + "/try").says(http.StatusForbidden)
	status.Store(http.StatusOK)
	lead.post(at + "/try").goes("/settings/siem")
	lead.get("/settings/siem").says(200, "Takes entries", "Splunk HTTP Event Collector")
	lead.post(at, "name", "Splunk", "form", "splunk", "address", "http://127.0.0.2:1/").says(422, "The host is another one")
	lead.post(at, "name", "Splunk", "form", "splunk", "address", server.URL).goes("/settings/siem")
	lead.post(at + "/pause").goes(at)
	lead.get(at).says(200, "Paused", "Resume")
	lead.post(at + "/try").goes(at)
	lead.get(at).says(200, "Splunk is paused")
	lead.post(at + "/resume").goes("/settings/siem")
	lead.get(at+"/remove").says(200, "Remove Splunk?")
	lead.post(at + "/remove").goes("/settings/siem")
	lead.get(at).says(http.StatusNotFound)
	lead.get("/log").says(200, "siem.edit")
	theirs := h.in(h.newOrg("Heron"), access.RoleLead, "")
	theirs.post(at + "/try").says(http.StatusNotFound)
}
