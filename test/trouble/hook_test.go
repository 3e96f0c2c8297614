package trouble_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"assay/connector/connectortest"
	"assay/connector/github"
	"assay/internal/kit/fault"
	"assay/internal/web"
)

const webhookSecret = "a long random text"

// post sends a delivery as GitHub does, and returns the status.
func (h *house) post(guid, event, secret, body string, at ...string) int {
	h.t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(body))
	path := "/hooks/" + h.who.Org + "/" + h.con
	if len(at) > 0 {
		path = at[0]
	}
	req := httptest.NewRequestWithContext(h.t.Context(), http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("X-Github-Delivery", guid)
	req.Header.Set("X-Github-Event", event)
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	rec := httptest.NewRecorder()
	(&web.Server{Suite: h.suite}).Handler().ServeHTTP(rec, req)
	return rec.Code
}

// told lists the deliveries that collections told of.
func (h *house) told() []string {
	h.t.Helper()
	p, err := h.suite.Facts.Population(h.t.Context(), h.who, "github.delivery", []string{h.con})
	if fault.Is(err, fault.NotFound) {
		return nil // nothing was collected
	}
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, v := range p.Views {
		out = append(out, fmt.Sprint(v.ID, " ", v.Fields["name"]))
	}
	slices.Sort(out)
	return out
}

// A delivery counts when it is signed with the connection's secret, once however
// often it comes, and in whichever order.
func TestDeliveries(t *testing.T) {
	data, err := os.ReadFile("../../connector/github/testdata/whole.txtar")
	if err != nil {
		t.Fatal(err)
	}
	w := connectortest.NewWorld(t, github.Product(), data)
	w.Begin(connectortest.None, "")
	w.Settings = maps.Clone(w.Settings)
	w.Settings["webhook_secret"] = webhookSecret
	h := open(t, w, "github")
	body := func(action, at string) string {
		return fmt.Sprintf(`{"action": %q, "rule": {"name": "main", "updated_at": %q}, "repository": {"full_name": "example/shop", "owner": {"login": "example"}}, "sender": {"id": 1, "login": "ann", "type": "User"}, "secret_of_ours": "x"}`, action, at)
	}
	deleted, created := body("deleted", "2026-03-01T08:00:00Z"), body("created", "2026-03-01T09:00:00Z")
	const rule = "branch_protection_rule"
	for _, c := range []struct {
		say, guid, event, secret, body string
		at                             []string
		want                           int
	}{
		{"the later one first", "g-2", rule, webhookSecret, created, nil, 202},
		{"then the earlier one", "g-1", rule, webhookSecret, deleted, nil, 202},
		{"and again", "g-1", rule, webhookSecret, deleted, nil, 202},
		{"with another secret", "g-3", rule, "guessed", deleted, nil, 401},
		{"without a secret", "g-3", rule, "", deleted, nil, 401},
		{"to a connection that is not there", "g-3", rule, webhookSecret, deleted, []string{"/hooks/" + h.who.Org + "/con_none"}, 401},
		{"to another organization", "g-3", rule, webhookSecret, deleted, []string{"/hooks/org_none/" + h.con}, 401},
		{"cut off", "g-3", rule, webhookSecret, deleted[:40], nil, 422},
		{"without an id", "", rule, webhookSecret, deleted, nil, 422},
		{"an event that tells nothing", "g-4", "star", webhookSecret, `{"action": "created", "sender": {"id": 1}}`, nil, 202},
		{"a ping", "g-5", "ping", webhookSecret, `{"zen": "x", "hook_id": 1}`, nil, 202},
		{"too large", "g-6", rule, webhookSecret, strings.Repeat(" ", 26<<20), nil, 413},
	} {
		if got := h.post(c.guid, c.event, c.secret, c.body, c.at...); got != c.want {
			t.Errorf("%s: %d, want %d", c.say, got, c.want)
		}
	}
	if got := h.told(); len(got) != 0 {
		t.Errorf("before a collection: %v", got)
	}
	before := h.judge()
	want := []string{"g-1 branch_protection_rule deleted example/shop", "g-2 branch_protection_rule created example/shop"}
	if got := h.told(); !slices.Equal(got, want) {
		t.Errorf("told: %v", got)
	}
	if got := h.post("g-1", rule, webhookSecret, deleted); got != 202 { // after it was told of
		t.Error(got)
	}
	after := h.judge()
	if got := h.told(); !slices.Equal(got, want) {
		t.Errorf("told again: %v", got)
	}
	if !maps.Equal(before, after) {
		t.Error("a delivery changed what checks say")
	}
}
