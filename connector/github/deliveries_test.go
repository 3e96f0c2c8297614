package github

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/connectortest"
	"assay/internal/kit/clock"
)

// What GitHub says that it sent is compared with what arrived: what did not is
// asked for, once, and the list is complete only where nothing can be missing.
func TestDeliveriesThatDidNotArrive(t *testing.T) {
	const mine = "https://assay.example.com/base/hooks/org_1/con_1"
	sent := []attempt{ // the newest first
		{ID: 5, GUID: "e", At: noon.Add(-time.Second), Status: 202, Event: "push"},
		{ID: 4, GUID: "d", At: noon.Add(-time.Hour), Status: 202, Event: "push"},
		{ID: 3, GUID: "c", At: noon.Add(-2 * time.Hour), Status: 502, Event: "push"},
		{ID: 2, GUID: "b", At: noon.Add(-3 * time.Hour), Status: 0, Event: "star"},
		{ID: 1, GUID: "a", At: noon.Add(-50 * time.Hour), Status: 202, Event: "push"},
	}
	cases := []struct {
		name     string
		hook     webhook
		waits    []string  // ids that arrived and that no collection told of
		until    time.Time // to which an earlier collection had listed them
		asked    []string
		complete bool
		says     string
	}{
		{name: "the first time", hook: webhook{Active: true}, asked: []string{"3"}, complete: true, says: "1 deliveries had not arrived"},
		{name: "it arrived after all", hook: webhook{Active: true}, waits: []string{"c"}, complete: true},
		{name: "one was kept by nobody", hook: webhook{Active: true}, until: noon.Add(-90 * time.Minute), asked: []string{"3", "4"}, complete: true},
		{name: "nothing since", hook: webhook{Active: true}, until: noon.Add(-30 * time.Minute), complete: true},
		{name: "it was changed since", hook: webhook{Active: true, UpdatedAt: noon.Add(-90 * time.Minute)}, complete: true},
		{name: "it is switched off", hook: webhook{}, asked: []string{"3"}, says: "switched off"},
		{name: "it sends elsewhere", hook: webhook{Active: true, Config: struct {
			URL string `json:"url"`
		}{"https://assay.example.com/hooks/org_2/con_1"}}, says: "No webhook of the organization"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.hook.ID = 12
			if c.hook.Config.URL == "" {
				c.hook.Config.URL = mine
			}
			var asked []string
			web := connectortest.Answering(func(req *http.Request, _ string) (int, string) {
				switch path := req.URL.Path; {
				case strings.HasSuffix(path, "/hooks"):
					return http.StatusOK, jsonOf(t, []webhook{c.hook})
				case strings.HasSuffix(path, "/deliveries"):
					return http.StatusOK, jsonOf(t, sent)
				default:
					number := path[strings.LastIndex(path, "/")+1:]
					asked = append(asked, number)
					i := slices.IndexFunc(sent, func(a attempt) bool { return id(a.ID) == number })
					return http.StatusOK, fmt.Sprintf(`{"id": %s, "guid": %q, "event": "push", "delivered_at": %q, "request": {"payload": {"ref": "refs/heads/main"}}}`,
						number, sent[i].GUID, sent[i].At.Format(time.RFC3339))
				}
			})
			told, rep := reconciled(t, web, c.waits, c.until)
			if !slices.Equal(asked, c.asked) {
				t.Errorf("asked for %v, want %v", asked, c.asked)
			}
			if rep.Complete != c.complete || !strings.Contains(strings.Join(rep.Problems, " "), c.says) {
				t.Errorf("%+v: want complete %v and %q", rep, c.complete, c.says)
			}
			if len(told) != len(asked)+len(c.waits) || len(slices.Compact(slices.Sorted(slices.Values(told)))) != len(told) {
				t.Errorf("told of %v", told)
			}
			if !c.hook.UpdatedAt.IsZero() && !rep.From.Equal(c.hook.UpdatedAt) {
				t.Errorf("covers from %v, before the webhook was as it is", rep.From)
			}
		})
	}
}

// reconciled collects the deliveries alone.
func reconciled(t *testing.T, web connectortest.Answering, waits []string, until time.Time) (told []string, rep connector.Report) {
	t.Helper()
	var hand clock.Hand
	hand.Set(noon)
	e := env(&hand, web)
	e.Hook = "/hooks/org_1/con_1"
	src, err := open(connector.Config{"organization": "example", "token": "x", "webhook_secret": "long"}, e)
	if err != nil {
		t.Fatal(err)
	}
	run := connector.NewRun(e.Now, []string{kindDelivery}, func(_ context.Context, r connector.Resource) error {
		told = append(told, r.ID)
		return nil
	}, nil)
	if !until.IsZero() {
		run.SetCovered(map[string]connector.Period{kindDelivery: {From: e.Period.From, To: until}}, e.Period.From)
	}
	s, ok := src.(*source)
	if !ok {
		t.Fatalf("a source is a %T", src)
	}
	c := &collection{source: s, run: run, now: noon, api: newClient(s, run), name: "example"}
	for _, w := range waits {
		c.received = append(c.received, delivery{id: w, event: "push", at: noon.Add(-2 * time.Hour)})
	}
	if err := c.deliveries(t.Context()); err != nil {
		t.Fatal(err)
	}
	return told, run.Reports()[0]
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
