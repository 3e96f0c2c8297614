package trouble_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"testing"
	"time"

	"assay/connector"
	"assay/connector/all"
	"assay/connector/connectortest"
	"assay/internal/access"
	"assay/internal/app"
	"assay/internal/collect"
	"assay/internal/db"
	"assay/internal/kit/clock"
	"assay/internal/kit/outbound"
	"assay/internal/org"
	"assay/internal/rule"
	"assay/internal/suite"
)

// house is a store with one connection to a world.
type house struct {
	t     *testing.T
	suite *suite.Suite
	hand  *clock.Hand
	who   access.Actor
	con   string
}

func open(t *testing.T, w *connectortest.World, product string) *house {
	t.Helper()
	h := &house{t: t, hand: &clock.Hand{}}
	h.hand.Set(w.Now)
	s, err := app.Open(t.Context(), suite.Config{Data: t.TempDir(), Rehearsal: true, AllowLocal: true, Now: h.hand.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	h.suite = s
	s.Connectors.HTTP = outbound.New(outbound.Options{Now: h.hand.Now, Base: w, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	s.Connectors.Period = func(*db.Tx) (connector.Period, error) { return w.Period, nil }
	o, err := s.Orgs.Create(t.Context(), org.New{Name: "Example", Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	h.who = access.Console(o.ID)
	c, err := s.Connectors.Add(t.Context(), h.who, collect.New{Product: product, Name: "World", Settings: maps.Clone(w.Settings)})
	if err != nil {
		t.Fatal(err)
	}
	h.con = c.ID
	return h
}

// verdict is what a check said of how many.
type verdict struct {
	Status rule.Status
	Counts rule.Counts
}

// judge collects and returns what every check says that could say anything.
func (h *house) judge() map[string]verdict {
	h.t.Helper()
	ctx, s := h.t.Context(), h.suite
	h.hand.Add(time.Minute)
	if _, err := s.Connectors.Run(ctx, h.who, h.con, nil); err != nil {
		h.t.Fatal(err)
	}
	if _, err := s.Checks.Install(ctx, h.who); err != nil {
		h.t.Fatal(err)
	}
	if _, err := s.Checks.Run(ctx, h.who); err != nil {
		h.t.Fatal(err)
	}
	list, err := s.Checks.List(ctx, h.who)
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]verdict{}
	for i := range list {
		if last := list[i].Last; last != nil && last.Reason != rule.NoCollection {
			out[list[i].ID] = verdict{last.Status, last.Counts}
		}
	}
	return out
}

// withKey gives a recording of Google's a service account's key, which none holds.
func withKey(t *testing.T, data []byte) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "assay@project.example.com", "private_key_id": "kid1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	const settings = "-- settings --\n"
	return bytes.Replace(data, []byte(settings), []byte(settings+"key: "+string(file)+"\n"), 1)
}

// Whatever becomes of one request, no check passes or fails that says otherwise of
// the whole, and a pass is of all there is; when it is answered again, every check
// says of how many what it said of the whole.
func TestChecksInTrouble(t *testing.T) {
	for _, c := range []struct{ product, recording string }{
		{"github", "github/testdata/paging.txtar"},
		{"github", "github/testdata/whole.txtar"},
		{"okta", "okta/testdata/paging.txtar"},
		{"okta", "okta/testdata/whole.txtar"},
		{"aws", "aws/testdata/whole.txtar"},
		{"google_workspace", "googleworkspace/testdata/whole.txtar"},
		{"status_page", "statuspage/testdata/whole.txtar"},
	} {
		t.Run(c.recording, func(t *testing.T) {
			data, err := os.ReadFile("../../connector/" + c.recording)
			if err != nil {
				t.Fatal(err)
			}
			var product connector.Product
			for _, p := range all.Products() {
				if p.Name == c.product {
					product = p
				}
			}
			if c.product == "google_workspace" {
				data = withKey(t, data)
			}
			w := connectortest.NewWorld(t, product, data)
			w.Begin(connectortest.None, "")
			want := open(t, w, c.product).judge()
			changed := 0
			for i, request := range w.Requests {
				if i%4 != 1 { // the other troubles are the connectors' own tests
					continue
				}
				trouble := []connectortest.Trouble{connectortest.Refused, connectortest.Spent, connectortest.Cut}[i/4%3]
				h := open(t, w, c.product)
				w.Begin(trouble, request)
				for id, got := range h.judge() {
					if got.Status == rule.Pass && want[id].Status != rule.Pass || got.Status == rule.Fail && want[id].Status != rule.Fail {
						t.Errorf("%s, %s: %s is %s, and %s otherwise", request, trouble, id, got.Status, want[id].Status)
					}
					if got.Status == rule.Pass && got.Counts != want[id].Counts {
						t.Errorf("%s, %s: %s passes %+v, and there are %+v", request, trouble, id, got.Counts, want[id].Counts)
					}
					if got.Status == rule.Unknown && want[id].Status != rule.Unknown {
						changed++
					}
				}
				w.Begin(connectortest.None, "")
				after := h.judge()
				if !maps.Equal(after, want) {
					for id := range want {
						if after[id] != want[id] {
							t.Errorf("after %s, %s: %s is %+v, and %+v otherwise", request, trouble, id, after[id], want[id])
						}
					}
				}
			}
			if changed == 0 {
				t.Error("no check ever became unknown")
			}
			t.Logf("%d checks, %d times one became unknown", len(want), changed)
		})
	}
}
